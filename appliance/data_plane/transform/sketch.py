"""How many distinct values a column has, and how many of one column's are in another's, in bounded memory.

Every value has a keyed 64-bit hash. All are kept up to a limit; beyond it only those below a threshold that halves as often as needed
(adaptive sampling: Wegman 1984, Flajolet 1990). Both sides of a comparison sample the same values, because the hash decides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

MOST_HELD = 1 << 19
"""Hashes of one column that are kept: 4 MB."""
_ODD = 0x9E3779B97F4A7C15


class Sketch:
    """The distinct values of one column."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held: Hashes = np.zeros(0, np.uint64)
        self._waiting: list[Hashes] = []
        self._count = 0
        self.shift = 0
        """Only hashes whose top `shift` bits are zero are kept."""

    def add(self, hashes: Hashes) -> None:
        """More values; those seen before do not count again."""
        kept = hashes if not self.shift else hashes[hashes >> np.uint64(64 - self.shift) == 0]
        self._waiting.append(kept)
        self._count += len(kept)
        if self._count > self._most:
            self._settle()

    def _settle(self) -> None:
        self._held = np.unique(np.concatenate([self._held, *self._waiting]))
        self._waiting, self._count = [], 0
        while len(self._held) > self._most:
            self.shift += 1
            self._held = self._held[self._held >> np.uint64(64 - self.shift) == 0]

    @property
    def held(self) -> Hashes:
        """The kept hashes, in order."""
        if self._waiting:
            self._settle()
        return self._held

    @property
    def distinct(self) -> int:
        """How many distinct values there were; exact while `shift` is 0."""
        return len(self.held) << self.shift

    def share_in(self, other: Sketch) -> float:
        """The share of these values that the other column has too."""
        mine, others = self.held, other.held
        shift = max(self.shift, other.shift)
        if shift:
            mine = mine[mine >> np.uint64(64 - shift) == 0]
        if not len(mine):
            return 0.0
        return float(np.isin(mine, others, assume_unique=True).mean())


def hashes_of(texts: pa.Array, secret: bytes) -> Hashes:
    """A keyed polynomial hash (mod 2^64, then MurmurHash3's finisher) of each text; missing ones are left out. For counting only."""
    filled = texts.drop_null().cast(pa.large_binary())
    if not len(filled):
        return np.zeros(0, np.uint64)
    _, offsets_buffer, data = filled.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[filled.offset : filled.offset + len(filled) + 1]
    body = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.zeros(0, np.uint8)
    starts = offsets[:-1] - offsets[0]
    lengths = np.diff(offsets)
    base = int.from_bytes(secret[:8], "little") | 1
    place = np.arange(len(body), dtype=np.int64) - np.repeat(starts, lengths)
    weights = _powers(base, int(lengths.max(initial=0)) + 1)
    terms = (body.astype(np.uint64) + np.uint64(1)) * weights[place]
    totals = np.zeros(len(filled), np.uint64)
    if len(terms):
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
        totals = sums[starts + lengths] - sums[starts]
    return _finished(totals + lengths.astype(np.uint64) * np.uint64(_ODD))


def _powers(base: int, count: int) -> Hashes:
    with np.errstate(over="ignore"):
        steps = np.full(count, base, np.uint64)
        steps[0] = 1
        return np.cumprod(steps, dtype=np.uint64)


def _finished(state: Hashes) -> Hashes:
    state = (state ^ (state >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    state = (state ^ (state >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(state ^ (state >> np.uint64(33)))
