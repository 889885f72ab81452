"""Rows as matrices for learners: all that is fitted (means, levels) is fitted on the rows that are learnt from, real or synthetic."""

from __future__ import annotations

import msgspec
import numpy as np

from appliance.data_plane.quality.column import Codes, Floats
from appliance.data_plane.quality.downstream_table import Part

DIMENSIONS = 400
LEVELS = 25
LEAST_LEVEL_ROWS = 3
BOOSTED_LEVELS = 60
FARTHEST = 10.0
"""Standard deviations beyond which a number counts as this far away, so that one outlier cannot bend a linear model."""


class Matrices(msgspec.Struct, frozen=True):
    """`wide`: standardised numbers and a column for each common level. `narrow`: raw numbers (NaN where missing), levels by frequency."""

    wide: Floats
    narrow: Floats


class Design:
    """How the rows of one table become matrices; `categorical[i]` says whether column i of `narrow` holds levels."""

    def __init__(self, part: Part) -> None:
        numbers = np.where(np.isfinite(part.numbers), part.numbers, np.nan)
        present = np.isfinite(numbers)
        counts = np.maximum(1, present.sum(axis=0))
        filled = np.where(present, numbers, 0.0)
        self._means = filled.sum(axis=0) / counts
        spread = np.sqrt((np.where(present, numbers - self._means, 0.0) ** 2).sum(axis=0) / counts)
        self._spread = np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
        self._gaps = ~present.all(axis=0)
        self._places = [_places(part.codes[:, column]) for column in range(part.codes.shape[1])]
        self._levels = min(LEVELS, max(1, DIMENSIONS // max(1, len(self._places))))
        self.categorical = [False] * part.numbers.shape[1] + [True] * len(self._places)

    def matrices(self, part: Part) -> Matrices:
        """The rows of any table in the form that these learners know."""
        numbers = part.numbers
        missing = ~np.isfinite(numbers)
        standard = np.clip(np.where(missing, 0.0, (np.where(missing, 0.0, numbers) - self._means) / self._spread), -FARTHEST, FARTHEST)
        ranks = [_ranks(part.codes[:, column], places) for column, places in enumerate(self._places)]
        hot = [_one_hot(rank, min(self._levels, len(places))) for rank, places in zip(ranks, self._places, strict=True)]
        wide = np.concatenate([standard, missing[:, self._gaps].astype(np.float64), *hot], axis=1)
        levels = [np.where((rank >= 0) & (rank < BOOSTED_LEVELS), rank, np.nan)[:, None] for rank in ranks]
        return Matrices(wide, np.concatenate([np.where(missing, np.nan, numbers), *levels], axis=1))


def _places(codes: Codes) -> dict[int, int]:
    """Levels that at least three rows hold, most frequent first, with their rank; missing (−1) is a level of its own."""
    levels, counts = np.unique(codes, return_counts=True)
    order = np.lexsort((levels, -counts))
    common = [int(levels[place]) for place in order if counts[place] >= LEAST_LEVEL_ROWS]
    return {level: rank for rank, level in enumerate(common)}


def _ranks(codes: Codes, places: dict[int, int]) -> Floats:
    """The rank of every row's level; −1 for one that was not learnt."""
    levels, inverse = np.unique(codes, return_inverse=True)
    table = np.array([places.get(int(level), -1) for level in levels], dtype=np.float64)
    ranks: Floats = table[inverse] if len(levels) else np.zeros(0)
    return ranks


def _one_hot(ranks: Floats, width: int) -> Floats:
    hot = np.zeros((len(ranks), width))
    held = (ranks >= 0) & (ranks < width)
    hot[np.flatnonzero(held), ranks[held].astype(np.int64)] = 1.0
    return hot
