"""The texts of a batch as one buffer, with what was found in it so far."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from appliance.data_plane.detection.text.folding import SEPARATOR, fold
from appliance.data_plane.detection.text.vocabulary import NEGATIVE, cue_bits

REACH = 40
"""Characters between a cue and what it announces, at most."""
REMEMBERED = 3
"""Cues that count: the last, and those before it."""
_REACH_BEHIND = 24
_NEGATIVE_BIT = numpy.uint64(cue_bits((NEGATIVE,)))
_BEHIND_BIT = numpy.uint64(cue_bits(("phone behind",)))
_PHONE_BIT = numpy.uint64(cue_bits(("phone_number",)))
_BREAK = re.compile(r"[0-9\x00]")
_NOTHING: dict[str, int] = {}
_FAR = 1 << 30

Found = tuple[int, int, str, float, int]
"""Start and end in the page's characters, label, probability, and the rank by which overlaps are settled."""


class Page:
    """`text`: the texts joined by separators; `plain`: the same, folded (same offsets); `starts`: where each text begins.

    Readers append to `found`. `address_end`: where the last address of a page on the net ends, for readers that come in order of places.
    Cues are the words that announce a kind of value, in order of their places."""

    __slots__ = (
        "_asked",
        "_blanks",
        "_context",
        "_cue_bits",
        "address_end",
        "codes",
        "cue_ends",
        "cue_labels",
        "cue_starts",
        "data",
        "found",
        "plain",
        "starts",
        "text",
        "texts",
    )

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.text = SEPARATOR + SEPARATOR.join(texts) + SEPARATOR
        self.data = fold(self.text)
        self.plain = self.data.decode("ascii")
        self.codes = numpy.frombuffer(self.data, dtype=numpy.uint8)
        self._blanks: NDArray[numpy.intp] | None = None
        self.starts: list[int] = []
        at = len(SEPARATOR)
        for text in texts:
            self.starts.append(at)
            at += len(text) + len(SEPARATOR)
        self.found: list[Found] = []
        self.address_end = 0
        self._asked = -1
        self._context = _NOTHING
        self._cue_bits = numpy.zeros(0, dtype=numpy.uint64)
        self.cue_starts: list[int] = []
        self.cue_ends: list[int] = []
        self.cue_labels: list[frozenset[str]] = []

    def word_starts(self, ends: NDArray[numpy.intp]) -> NDArray[numpy.intp]:
        """Where the words begin that stand before each place with one blank between."""
        if self._blanks is None:
            self._blanks = numpy.flatnonzero(self.codes <= 32)
        starts: NDArray[numpy.intp] = self._blanks[numpy.maximum(numpy.searchsorted(self._blanks, ends - 1) - 1, 0)] + 1
        return starts

    def add(self, start: int, end: int, label: str, score: float, rank: int) -> None:
        """Note a finding."""
        self.found.append((start, end, label, score, rank))

    def set_cues(self, starts: list[int], ends: list[int], labels: list[frozenset[str]], bits: NDArray[numpy.uint64]) -> None:
        """Note the cue words, in order of places; `bits`: `cue_bits` of each one's labels."""
        self.cue_starts, self.cue_ends, self.cue_labels, self._cue_bits = starts, ends, labels, bits
        self._asked = -1

    def announcements(self, starts: NDArray[numpy.intp]) -> NDArray[numpy.uint64]:
        """For each place the bits of what `announced` says there with its full reach, and of a telephone that comes behind it."""
        announced = numpy.zeros(len(starts), dtype=numpy.uint64)
        if not self.cue_ends:
            return announced
        bits, ends, begins = self._cue_bits, numpy.array(self.cue_ends), numpy.array(self.cue_starts)
        codes = self.codes
        breaks = numpy.concatenate([[0], numpy.cumsum(((codes >= 48) & (codes <= 57)) | (codes == 0))])
        last = numpy.searchsorted(ends, starts, side="right") - 1
        open_ = numpy.ones(len(starts), dtype=bool)
        for back in range(REMEMBERED):
            at = numpy.maximum(last - back, 0)
            open_ &= (last >= back) & (starts - ends[at] <= REACH) & (breaks[starts] == breaks[ends[at]])
            announced[open_] |= bits[at[open_]]
            open_ &= (bits[at] & _NEGATIVE_BIT) == 0
        behind = numpy.minimum(numpy.searchsorted(begins, starts), len(begins) - 1)
        near = (begins[behind] >= starts) & (begins[behind] - starts <= _REACH_BEHIND)
        announced[near] |= numpy.where(bits[behind[near]] & _BEHIND_BIT, _PHONE_BIT, numpy.uint64(0))
        return announced

    def announced(self, start: int, label: str, reach: int = REACH) -> bool:
        """Does one of the last three cues before `start` announce `label`: in the same text, no digit and no denial in between?

        `NEGATIVE` as label: is the last cue a denial? `reach`: characters between the cue and `start`, 40 at most."""
        if start != self._asked:
            self._asked = start
            self._context = self._read_context(start)
        return self._context.get(label, _FAR) <= reach

    def _read_context(self, start: int) -> dict[str, int]:
        index = bisect.bisect_right(self.cue_ends, start) - 1
        if index < 0 or start - self.cue_ends[index] > REACH:
            return _NOTHING
        context: dict[str, int] = {}
        for at in range(index, max(index - REMEMBERED, -1), -1):
            distance = start - self.cue_ends[at]
            if distance > REACH or _BREAK.search(self.plain, self.cue_ends[at], start):
                break
            labels = self.cue_labels[at]
            if NEGATIVE in labels:
                return context or {NEGATIVE: distance}
            for label in labels:
                context.setdefault(label, distance)
        return context

    def follows(self, end: int, label: str, reach: int = 4) -> bool:
        """Does a cue for `label` come within `reach` characters after `end`?"""
        index = bisect.bisect_left(self.cue_starts, end)
        if index >= len(self.cue_starts) or self.cue_starts[index] - end > reach or label not in self.cue_labels[index]:
            return False
        return not _BREAK.search(self.plain, end, self.cue_starts[index])
