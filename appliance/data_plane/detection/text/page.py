"""The texts of a batch as one buffer, with what was found in it so far."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence

from appliance.data_plane.detection.text.folding import SEPARATOR, fold

NEGATIVE = "-"
"""The label of words that say a number is none of a person: order, invoice, part."""

_BREAK = re.compile(r"[0-9\x00]")
_NO_LABELS: frozenset[str] = frozenset()

Found = tuple[int, int, str, float, int]
"""Start and end in the page's characters, label, probability, and the rank by which overlaps are settled."""


class Page:
    """`text`: the texts joined by separators; `plain`: the same, folded (same offsets); `starts`: where each text begins.

    Readers append to `found`. Cues are the words that announce a kind of value, in order of their places."""

    __slots__ = ("cue_ends", "cue_labels", "cue_starts", "data", "found", "numbers", "plain", "starts", "text", "texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.text = SEPARATOR + SEPARATOR.join(texts) + SEPARATOR
        self.data = fold(self.text)
        self.plain = self.data.decode("ascii")
        self.starts: list[int] = []
        at = len(SEPARATOR)
        for text in texts:
            self.starts.append(at)
            at += len(text) + len(SEPARATOR)
        self.found: list[Found] = []
        self.numbers: list[tuple[int, int, str]] = []
        self.cue_starts: list[int] = []
        self.cue_ends: list[int] = []
        self.cue_labels: list[frozenset[str]] = []

    def add(self, start: int, end: int, label: str, score: float, rank: int) -> None:
        """Note a finding."""
        self.found.append((start, end, label, score, rank))

    def add_cue(self, start: int, end: int, labels: frozenset[str]) -> None:
        """Note a cue word; called in order of places."""
        self.cue_starts.append(start)
        self.cue_ends.append(end)
        self.cue_labels.append(labels)

    def nearest(self, start: int, reach: int = 40) -> frozenset[str]:
        """What the last cue before `start` announces: at most `reach` characters off, in the same text, no digit in between."""
        index = bisect.bisect_right(self.cue_ends, start) - 1
        if index < 0:
            return _NO_LABELS
        end = self.cue_ends[index]
        if start - end > reach or _BREAK.search(self.plain, end, start):
            return _NO_LABELS
        return self.cue_labels[index]

    def announced(self, start: int, label: str, reach: int = 40) -> bool:
        """Does one of the last three cues before `start` announce `label`, with no digit and no denial in between?"""
        index = bisect.bisect_right(self.cue_ends, start) - 1
        for at in range(index, max(index - 3, -1), -1):
            end = self.cue_ends[at]
            if start - end > reach or NEGATIVE in self.cue_labels[at] or _BREAK.search(self.plain, end, start):
                return False
            if label in self.cue_labels[at]:
                return True
        return False

    def follows(self, end: int, label: str, reach: int = 4) -> bool:
        """Does a cue for `label` come within `reach` characters after `end`?"""
        index = bisect.bisect_left(self.cue_starts, end)
        if index >= len(self.cue_starts) or self.cue_starts[index] - end > reach or label not in self.cue_labels[index]:
            return False
        return not _BREAK.search(self.plain, end, self.cue_starts[index])
