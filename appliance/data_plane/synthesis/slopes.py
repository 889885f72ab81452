"""Numbers that follow other numbers inside a leaf: a line through ranks, taken off before the sketch is made.

In every pool of light numbers a few rounds of least squares on one earlier numeric column each (the one that explains most); a slope is
drawn towards zero by as much as chance alone would give (James, Stein 1961), and dropped where it is not clear."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array

ROUNDS = 2
COMPANIONS = 6
LEAST_ROWS = 15
CLEAR = 8.0
"""A slope stays where its explained share times the pool's rows, relative to what is left, is above this (about the square of its t)."""

STEEPEST = 4.0


class Lean(msgspec.Struct, frozen=True):
    """By round and pool: the column leant on (-1: none), the slope and the rank at which it takes nothing off."""

    companion: Array
    slope: Array
    center: Array

    @property
    def columns(self) -> set[int]:
        """The columns leant on."""
        return set(np.unique(self.companion).tolist()) - {-1}

    def shift(self, pool: Array, positions: Mapping[int, Array]) -> Array:
        """What to add to each record's number for the ranks it holds; nothing where the other number is missing."""
        total = np.zeros(len(pool))
        for companion, slope, center in zip(self.companion, self.slope, self.center, strict=True):
            wanted = companion[pool]
            for column in sorted(set(companion.tolist()) - {-1}):
                rows = np.flatnonzero(wanted == column)
                at = pool[rows]
                shift = (positions[column][rows] - center[at]) * slope[at]
                total[rows] += np.where(np.isfinite(shift), shift, 0.0)
        return total


def no_lean(pools: int) -> Lean:
    """Leans on nothing."""
    return Lean(np.zeros((0, pools), np.int32), np.zeros((0, pools), np.float32), np.zeros((0, pools), np.float32))


def fit_lean(pool: Array, places: Array, positions: Mapping[int, Array]) -> Lean:
    """The slopes of every pool; `positions` are ranks of earlier numeric columns, not a number where missing."""
    pools = int(pool.max()) + 1
    columns = _strongest(places, positions)
    rounds: list[tuple[Array, Array, Array]] = []
    left = places.copy()
    for _ in range(ROUNDS if columns else 0):
        step = _round(pool, pools, left, {column: positions[column] for column in columns})
        rounds.append(step)
        left = left - Lean(*(part[None] for part in step)).shift(pool, positions)
    if not rounds:
        return no_lean(pools)
    return Lean(*(np.stack([step[part] for step in rounds]) for part in range(3)))


def _strongest(places: Array, positions: Mapping[int, Array]) -> list[int]:
    """The columns with the highest correlation over all pools."""
    strength = {}
    for column, values in positions.items():
        present = np.isfinite(values)
        x, y = values[present], places[present]
        if len(x) >= LEAST_ROWS:
            x, y = x - x.mean(), y - y.mean()
            strength[column] = abs(float(x @ y)) / max(float((x @ x) * (y @ y)) ** 0.5, 1e-12)
    return sorted(strength, key=lambda column: (-strength[column], column))[:COMPANIONS]


def _round(pool: Array, pools: int, left: Array, positions: Mapping[int, Array]) -> tuple[Array, Array, Array]:
    best = np.full(pools, CLEAR)
    companion, slope, center = np.full(pools, -1, np.int32), np.zeros(pools, np.float32), np.zeros(pools, np.float32)
    for column, values in positions.items():
        clearness, slopes, centers = _lines(pool, pools, left, values)
        better = clearness > best
        best = np.where(better, clearness, best)
        companion[better], center[better] = column, centers[better]
        slope[better] = np.clip(slopes * (1 - 2 / np.maximum(clearness, 2)), -STEEPEST, STEEPEST)[better]
    return companion, slope, center


def _lines(pool: Array, pools: int, left: Array, values: Array) -> tuple[Array, Array, Array]:
    """Least squares in every pool: how clear the slope is (its squared t value), the slope, the mean rank."""
    present = np.isfinite(values)
    owner, x, y = pool[present], values[present], left[present]
    count = np.maximum(np.bincount(owner, minlength=pools), 1)
    mean_x, mean_y = np.bincount(owner, x, pools) / count, np.bincount(owner, y, pools) / count
    dx, dy = x - mean_x[owner], y - mean_y[owner]
    xx, xy, yy = np.bincount(owner, dx * dx, pools), np.bincount(owner, dx * dy, pools), np.bincount(owner, dy * dy, pools)
    slope = xy / np.maximum(xx, 1e-9)
    unexplained = np.maximum(yy - slope * xy, 1e-12 + 1e-6 * yy)
    clear = np.where((count >= LEAST_ROWS) & (xx > 1e-6), slope * xy * (count - 2) / unexplained, 0.0)
    return clear, slope, mean_x
