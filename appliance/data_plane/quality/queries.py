"""Queries: how far counts over random ranges and means by group are from what the training table answers."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.binning import BINNED_ROWS, Binned, thinned
from appliance.data_plane.quality.column import NAMED_ROWS, Feature, Floats
from appliance.data_plane.quality.estimate import same_size

QUERIES = 200
MOST_CONDITIONS = 3
GROUP_ROWS = 50
MOST_GROUPS = 300
SIDES = ("left", "right", "holdout")


class Errors(msgspec.Struct, frozen=True):
    """Queries asked, their mean absolute error and its 95 % quantile, and both for held-out rows (scaled to the synthetic table's size)."""

    count: int
    mean: float
    worst: float
    reference_mean: float | None
    reference_worst: float | None


class Queries(msgspec.Struct, frozen=True):
    """`ranges`: shares of rows that meet one to three conditions. `groups`: means of a number in a group, in training deviations."""

    ranges: Errors | None
    groups: Errors | None


def measure_queries(features: list[Feature], binned: list[Binned], seed: int) -> Queries:
    """Ask all sides the same questions; `binned` are the measurable features' bins."""
    usable = [feature for feature in features if feature.measurable]
    return Queries(_ranges(binned, np.random.default_rng([seed, 91])), _groups(usable, binned))


def _ranges(binned: list[Binned], random: np.random.Generator) -> Errors | None:
    """Conditions are runs of bins of a column: a range of numbers, or some categories."""
    varied = [part for part in binned if part.size > 2]
    if not varied:
        return None
    shares = []
    for _ in range(QUERIES):
        columns = random.choice(len(varied), min(len(varied), 1 + int(random.integers(MOST_CONDITIONS))), replace=False)
        limits = [np.sort(random.integers(0, varied[column].size - 1, 2)) for column in columns]
        shares.append([_met(varied, columns, limits, side) for side in SIDES])
    answers = np.array(shares)
    sizes = [len(getattr(varied[0], side)) for side in SIDES]
    return _errors(np.abs(answers[:, 1] - answers[:, 0]), np.abs(answers[:, 2] - answers[:, 0]), sizes)


def _met(binned: list[Binned], columns: npt.NDArray[np.int64], limits: list[npt.NDArray[np.int64]], side: str) -> float:
    met = None
    for column, (low, high) in zip(columns, limits, strict=True):
        codes = getattr(binned[column], side)
        inside = (codes >= low) & (codes <= high)
        met = inside if met is None else met & inside
    return float(met.mean()) if met is not None and len(met) else 0.0


def _groups(features: list[Feature], binned: list[Binned]) -> Errors | None:
    """Means of every number within every bin (held by 50 training rows) of every category, at most 300 of them."""
    numbers = [i for i, feature in enumerate(features) if feature.ordered]
    grouping = [i for i, feature in enumerate(features) if not feature.ordered]
    ours: list[float] = []
    held: list[float] = []
    for number in numbers:
        values = [features[number].numbers(thinned(getattr(features[number], side), BINNED_ROWS)) for side in SIDES]
        scale = float(np.nanstd(values[0])) if np.isfinite(values[0]).any() else 0.0
        if scale <= 0 or len(ours) >= MOST_GROUPS:
            continue
        for group in grouping:
            means = [_means(binned[group], side, part) for side, part in zip(SIDES, values, strict=True)]
            (left, rows), (right, right_rows), (other, other_rows) = means
            asked = (rows >= GROUP_ROWS) & (right_rows > 0)
            ours += (np.abs(right - left)[asked] / scale).tolist()
            held += (np.abs(other - left)[asked & (other_rows >= NAMED_ROWS)] / scale).tolist()
    if not ours:
        return None
    sizes = [len(getattr(binned[0], side)) for side in SIDES]
    return _errors(np.array(ours), np.array(held), sizes)


def _means(groups: Binned, side: str, values: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    codes = getattr(groups, side)
    present = np.isfinite(values)
    rows = np.bincount(codes[present], minlength=groups.size)
    sums = np.bincount(codes[present], values[present], minlength=groups.size)
    return sums / np.maximum(1, rows), rows


def _errors(ours: Floats, held: Floats, sizes: list[int]) -> Errors:
    known = len(held) > 0 and sizes[2] > 0
    return Errors(
        count=len(ours),
        mean=float(ours.mean()),
        worst=float(np.quantile(ours, 0.95)),
        reference_mean=same_size(float(held.mean()), sizes[0], sizes[2], sizes[1]) if known else None,
        reference_worst=same_size(float(np.quantile(held, 0.95)), sizes[0], sizes[2], sizes[1]) if known else None,
    )
