"""Independent draws from digests: as many as a fake needs, each a function of the digest and of its place in the order of draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.keys import Digests

Indices = npt.NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ROUND = 1 << 20
"""Draws set aside for one turn."""
_ASIDE = 1 << 12
"""More turns than anybody takes."""


class Draws:
    """Draws for `len(digests)` values. Each call moves on by one draw; subsets move on by themselves.

    `turn` counts redraws: another turn gives other draws from the same digests. Draws are SplitMix64 (Steele, Lea, Flood 2014) of the
    digest's halves: the digest is the secret part, the mixing only spreads its bits."""

    def __init__(self, digests: Digests, turn: int = 0) -> None:
        self._digests = digests
        self._turn = turn
        self._place = turn * _ROUND

    def __len__(self) -> int:
        return len(self._digests)

    def words(self) -> npt.NDArray[np.uint64]:
        """64 bits for each value."""
        self._place += 1
        step = np.uint64(self._place * _GOLDEN & 0xFFFFFFFFFFFFFFFF)
        return _mix(_mix(self._digests[:, 0] + step) ^ self._digests[:, 1])

    def index(self, size: int) -> Indices:
        """A number below `size` (at most 2**32) for each value; the bias is below size / 2**32."""
        return ((self.words() >> np.uint64(32)) * np.uint64(size) >> np.uint64(32)).astype(np.int64)

    def shares(self) -> npt.NDArray[np.float64]:
        """A number from 0 up to and without 1 for each value."""
        return (self.words() >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))

    def table(self, width: int) -> npt.NDArray[np.uint32]:
        """(n, width) numbers of 16 bits."""
        columns = [self.words().view(np.uint16).reshape(len(self), 4) for _ in range(-(-width // 4))]
        wide = np.concatenate(columns, axis=1) if columns else np.zeros((len(self), 0), np.uint16)
        return wide[:, :width].astype(np.uint32)

    def subset(self, rows: npt.NDArray[np.int64]) -> Draws:
        """The draws of some values, as if no draw had been made: what they become must not depend on draws for their neighbours."""
        return Draws(self._digests[rows], self._turn)

    def aside(self) -> Draws:
        """Draws that are none of those made here: for a choice that comes before a maker's own."""
        return Draws(self._digests, self._turn + _ASIDE)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    mixed: npt.NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
