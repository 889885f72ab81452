"""Accuracy of marginals: how much of the mass of one, two and three columns together falls into the same bins."""

from __future__ import annotations

import itertools
import math

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.binning import BINS, Binned
from appliance.data_plane.quality.estimate import GROUPS, Estimate, Floats, around, chance_variation, jackknife_error, same_size

MOST_PAIRS = 1_000
MOST_TRIPLES = 300
GROUPED_CELLS = 20_000
"""Joint tables with more cells are not split into groups of rows: they would cost more than they tell."""


class Distances(msgspec.Struct, frozen=True):
    """One marginal: its columns (positions), total variation, the same without each group of rows, of held-out rows, and by chance."""

    columns: tuple[int, ...]
    value: float
    without: Floats
    reference: float | None
    chance: float


class Marginals(msgspec.Struct, frozen=True):
    """All marginals of as many columns: how many there are, how many were compared over how many rows, and 1 − their mean distance."""

    marginals: int
    compared: int
    rows: int
    bins: int
    accuracy: Estimate | None


def marginal_distances(binned: list[Binned], ways: int, most: int, seed: int) -> list[Distances]:
    """The total variation between training and synthetic rows of every choice of `ways` columns, or of `most` choices by lot."""
    chosen = choices(len(binned), ways, most, np.random.default_rng([seed, 60 + ways]))
    return [_distances(binned, columns) for columns in chosen]


def choices(width: int, ways: int, most: int, random: np.random.Generator) -> list[tuple[int, ...]]:
    """All choices of `ways` out of `width` in order, or `most` different ones by lot."""
    total = math.comb(width, ways)
    if total <= most:
        return list(itertools.combinations(range(width), ways))
    found: set[tuple[int, ...]] = set()
    while len(found) < most:
        drawn = np.sort(random.choice(width, ways, replace=False))
        found.add(tuple(int(column) for column in drawn))
    return sorted(found)


def summarised(found: list[Distances], width: int, ways: int, rows: int) -> Marginals:
    """The mean accuracy with its interval and the held-out rows' mean."""
    total = math.comb(width, ways)
    if not found:
        return Marginals(total, 0, rows, BINS, None)
    value = float(np.mean([one.value for one in found]))
    error = jackknife_error(np.mean([one.without for one in found], axis=0))
    held = [one.reference for one in found if one.reference is not None]
    reference = 1 - float(np.mean(held)) if held else None
    return Marginals(total, len(found), rows, BINS, around(1 - value, error, 0.0, 1.0, reference))


def _distances(binned: list[Binned], columns: tuple[int, ...]) -> Distances:
    parts = [binned[column] for column in columns]
    size = math.prod(part.size for part in parts)
    groups = GROUPS if size <= GROUPED_CELLS else 1
    left, right, held = (_counts([getattr(part, side) for part in parts], parts, size, groups) for side in ("left", "right", "holdout"))
    all_left, all_right, all_held = (counts.sum(axis=1) for counts in (left, right, held))
    sizes = int(all_left.sum()), int(all_right.sum()), int(all_held.sum())
    value = variation(all_left, all_right)
    without = variations(all_left[:, None] - left, all_right[:, None] - right) if groups > 1 else np.full(GROUPS, value)
    reference = same_size(variation(all_left, all_held), sizes[0], sizes[2], sizes[1]) if sizes[2] else None
    return Distances(columns, value, without, reference, chance_variation(all_left / max(1, sizes[0]), sizes[0], sizes[1]))


def _counts(codes: list[npt.NDArray[np.int32]], parts: list[Binned], size: int, groups: int) -> npt.NDArray[np.int64]:
    """Rows per joint cell and group (cells × groups)."""
    joint = codes[0].astype(np.int64)
    for part, more in zip(parts[1:], codes[1:], strict=True):
        joint *= part.size
        joint += more
    if groups > 1:
        joint *= groups
        joint += np.arange(len(joint)) % groups
    return np.bincount(joint, minlength=size * groups).reshape(size, groups)


def _shares(counts: npt.NDArray[np.int64]) -> Floats:
    shares: Floats = counts / np.maximum(1, counts.sum(axis=0))
    return shares


def variations(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Floats:
    """Total variation of each column of two tables of histograms (cells × groups)."""
    found: Floats = 0.5 * np.abs(_shares(left) - _shares(right)).sum(axis=0)
    return found


def variation(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> float:
    """Total variation of two histograms over the same cells (0 same, 1 disjoint)."""
    return float(0.5 * np.abs(left / max(1, left.sum()) - right / max(1, right.sum())).sum())
