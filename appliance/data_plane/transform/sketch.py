"""How many distinct values a column has, and how many of one column's are in another's, in bounded memory.

Every value has a keyed 64-bit hash. All are kept up to a limit; beyond it only those below a threshold that halves as often as needed
(adaptive sampling: Wegman 1984, Flajolet 1990). Both sides of a comparison sample the same values, because the hash decides."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

MOST_HELD = 1 << 19
"""Hashes of one column that are kept: 4 MB."""
_ODD = 0x9E3779B97F4A7C15
_WORD = 8
_MOST_BYTES = 256
"""Bytes of a text that are hashed by whole-array operations."""
_MASKS: Hashes = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)


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
        self._held = _distinct(np.concatenate([self._held, *self._waiting]))
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


def _distinct(hashes: Hashes) -> Hashes:
    """In order, each once. By sorting: numpy's own way by hashing is slower here."""
    ordered = np.sort(hashes)
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def hashes_of(texts: pa.Array, secret: bytes) -> Hashes:
    """A keyed 64-bit hash of each text, eight bytes at a time (multiply and fold); missing ones are left out. For counting only."""
    filled = texts.drop_null() if texts.null_count else texts
    _, offsets_buffer, data = filled.cast(pa.large_binary()).buffers()
    if not len(filled) or data is None:
        return _finished(np.full(len(filled), _seed(secret), np.uint64))
    offsets = np.frombuffer(offsets_buffer, np.int64)[filled.offset : filled.offset + len(filled) + 1]
    starts, lengths = offsets[:-1], np.diff(offsets)
    body = np.concatenate([np.frombuffer(data, np.uint8)[: offsets[-1]], np.zeros(_WORD, np.uint8)])
    words: Hashes = np.ndarray((len(body) - _WORD + 1,), "<u8", body, strides=(1,))
    state = lengths.astype(np.uint64) * np.uint64(_ODD) + np.uint64(_seed(secret))
    shortest = int(lengths.min())
    for place in range(0, min(int(lengths.max(initial=0)), _MOST_BYTES), _WORD):
        left = lengths - place
        if place + _WORD <= shortest:
            state = _mixed(state, words[starts + place])
            continue
        some = np.flatnonzero(left > 0)
        state[some] = _mixed(state[some], words[starts[some] + place] & _MASKS[np.minimum(left[some], _WORD)])
    for long in np.flatnonzero(lengths > _MOST_BYTES).tolist():
        rest = body[starts[long] + _MOST_BYTES : starts[long] + lengths[long]].tobytes()
        state[long] ^= np.uint64(int.from_bytes(hashlib.blake2b(rest, digest_size=8, key=secret).digest(), "little"))
    return _finished(state)


def _seed(secret: bytes) -> int:
    return int.from_bytes(secret[:8], "little") | 1


def _mixed(state: Hashes, word: Hashes) -> Hashes:
    state = (state ^ word) * np.uint64(_ODD)
    return state ^ (state >> np.uint64(29))


def _finished(state: Hashes) -> Hashes:
    """MurmurHash3's finisher."""
    state = (state ^ (state >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    state = (state ^ (state >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(state ^ (state >> np.uint64(33)))
