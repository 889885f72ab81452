"""Counting under noise: the only way in which the engine looks at a table, beside the number of rows and the exponential mechanism."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.accountant import Ledger, list_threshold, variance_for
from appliance.data_plane.synthesis.private.noise import NoiseSource, discrete_gaussian


class Census:
    """Counts with discrete Gaussian noise, each paid from the ledger before the table is looked at."""

    def __init__(self, ledger: Ledger, source: NoiseSource) -> None:
        self.ledger = ledger
        self.source = source

    def count(self, codes: Array, size: int, rho: float, purpose: str) -> Array:
        """How many rows hold each code from 0 to `size`, exclusive, with noise (float64). A row counts in at most one cell, so one row
        more or less changes one count by one: 1 / (2 · variance)-zCDP."""
        (noisy,) = self.count_all([size], lambda _: codes, rho, lambda _: purpose)
        return noisy

    def count_all(self, sizes: list[int], codes_of: Callable[[int], Array], rho: float, purpose_of: Callable[[int], str]) -> list[Array]:
        """Several counts, each paid `rho` for, whose noise is drawn at once; the codes of one at a time are in memory."""
        variance = variance_for(rho)
        for number in range(len(sizes)):
            self.ledger.spend(purpose_of(number), "discrete Gaussian", 1.0 / (2.0 * variance))
        noise = np.split(discrete_gaussian(variance, sum(sizes), self.source), np.cumsum(sizes)[:-1])
        return [np.asarray(_rows(codes_of(number), size) + noise[number], np.float64) for number, size in enumerate(sizes)]

    def figures(self, values: Array, rho: float, purpose: str) -> tuple[Array, float]:
        """Whole numbers, each of which one row changes by at most one, with noise (float64); and the deviation of that noise. `rho` is for
        all of them together."""
        variance = variance_for(rho / len(values))
        self.ledger.spend(purpose, "discrete Gaussian", len(values) / (2.0 * variance))
        return np.asarray(values + discrete_gaussian(variance, len(values), self.source), np.float64), variance**0.5

    def heavy(self, counts: Array, missing: int, rho: float, delta: float, purpose: str) -> tuple[Array, Array, float]:
        """Which of the values that stand in the table may be told, their noisy counts, and the noisy count of missing cells. `counts`: rows
        of each value.

        A value of fewer than `least` rows is passed over unseen; one of exactly `least` passes with at most `delta`: so a value that
        a single row brings in or takes out gives itself away with at most that."""
        variance = variance_for(rho)
        self.ledger.spend(purpose, "discrete Gaussian over a threshold", 1.0 / (2.0 * variance))
        least = 1 + int(variance**0.5) // 4
        seen = np.flatnonzero(counts >= least)
        noisy = counts[seen] + discrete_gaussian(variance, len(seen), self.source)
        told = noisy >= least + list_threshold(variance, delta) - 1
        blank = missing + int(discrete_gaussian(variance, 1, self.source)[0])
        return np.asarray(seen[told]), np.asarray(noisy[told], np.float64), float(blank)


def _rows(codes: Array, size: int) -> Array:
    return np.bincount(codes[(codes >= 0) & (codes < size)], minlength=size)


def to_total(counts: Array, total: float) -> Array:
    """The counts of at least 0 that add up to `total` and lie nearest to noisy ones (projection onto the simplex)."""
    if not len(counts) or total <= 0:
        return np.zeros(len(counts))
    falling = np.sort(counts)[::-1]
    excess = np.cumsum(falling) - total
    last = int(np.flatnonzero(falling * np.arange(1, len(counts) + 1) > excess)[-1])
    return np.asarray(np.maximum(counts - excess[last] / (last + 1), 0.0))
