"""Tables of two columns under noise, and what agrees best with all of them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.accountant import variance_for
from appliance.data_plane.synthesis.private.census import Census, to_total

SWEEPS = 3

Pair = tuple[int, int]


class PairTable(msgspec.Struct, frozen=True):
    """Noisy rows by the groups of two columns (first by second), and the standard deviation of the noise."""

    counts: Array
    deviation: float


def measure_pairs(
    codes: dict[int, Array], sizes: dict[int, int], pairs: list[Pair], rho: float, names: tuple[str, ...], census: Census
) -> dict[Pair, PairTable]:
    """The tables of the pairs, `rho` for each. `codes`: the groups of every row, by column."""
    if not pairs:
        return {}
    shapes = [(sizes[first], sizes[second]) for first, second in pairs]

    def joint(number: int) -> Array:
        first, second = pairs[number]
        return codes[first].astype(np.int64) * sizes[second] + codes[second]

    def purpose(number: int) -> str:
        return " with ".join(names[column] for column in pairs[number])

    noisy = census.count_all([one * two for one, two in shapes], joint, rho, purpose)
    deviation = variance_for(rho) ** 0.5
    return {pair: PairTable(cells.reshape(shape), deviation) for pair, shape, cells in zip(pairs, shapes, noisy, strict=True)}


def reconcile(
    tables: Mapping[Pair, PairTable], masses: dict[int, Array], deviations: dict[int, Array], total: float
) -> tuple[dict[int, Array], dict[Pair, Array]]:
    """Masses of groups and tables of pairs that are nowhere below 0 and agree with each other.

    `masses`: what is known of each column by itself, `deviations` its noise. Every table says something about the masses of its columns:
    the mean is taken, each by the inverse of its variance; then every table is fitted to them (iterative proportional fitting, Deming,
    Stephan 1940)."""
    agreed: dict[int, Array] = {}
    for column, own in masses.items():
        weight = 1.0 / np.maximum(deviations[column], 1e-9) ** 2
        summed = own * weight
        for (first, second), table in tables.items():
            if column in (first, second):
                across = 1 if column == first else 0
                one = 1.0 / (table.counts.shape[across] * table.deviation**2)
                summed, weight = summed + table.counts.sum(across) * one, weight + one
        agreed[column] = to_total(summed / weight, total)
    return agreed, {pair: _fitted(table.counts, agreed[pair[0]], agreed[pair[1]], total) for pair, table in tables.items()}


def _fitted(counts: Array, rows: Array, columns: Array, total: float) -> Array:
    table = to_total(counts.ravel(), total).reshape(counts.shape) + 1e-6 * np.outer(rows, columns) / max(total, 1.0)
    for _ in range(SWEEPS):
        table *= (rows / np.maximum(table.sum(1), 1e-12))[:, None]
        table *= columns / np.maximum(table.sum(0), 1e-12)
    return np.asarray(table)
