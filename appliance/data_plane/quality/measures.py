"""One column's plain measures: total variation, KS, Wasserstein, tails, rare categories and missing values, on every row."""

from __future__ import annotations

import msgspec
import numpy as np

from appliance.data_plane.quality.column import NAMED_ROWS, Column, Counts, Floats, Role
from appliance.data_plane.quality.estimate import same_size
from appliance.data_plane.quality.marginals import variation

TAIL = 0.01
RARE_SHARE = 0.01


class Measure(msgspec.Struct, frozen=True):
    """A figure, what it should be, and what held-out rows read (distances scaled to the synthetic table's size)."""

    value: float
    expected: float | None
    reference: float | None


class Measures(msgspec.Struct, frozen=True):
    """The measures that apply to a column. Distances are over present values; `wasserstein` is in training standard deviations."""

    total_variation: Measure | None
    kolmogorov_smirnov: Measure | None
    wasserstein: Measure | None
    tail_low: Measure | None
    tail_high: Measure | None
    rare_recall: Measure | None
    missing_difference: Measure


def measure_column(column: Column) -> Measures:
    """All measures from the counts of the column's values."""
    ordered = column.numeric or (column.moment and column.role is not Role.EMPTY)
    numbers = _numbers(column) if ordered else {}
    category = column.tabular and not column.numeric
    return Measures(
        total_variation=_categories(column) if category else None,
        kolmogorov_smirnov=numbers.get("kolmogorov_smirnov"),
        wasserstein=numbers.get("wasserstein"),
        tail_low=numbers.get("tail_low"),
        tail_high=numbers.get("tail_high"),
        rare_recall=_rare_recall(column) if category else None,
        missing_difference=_missing(column),
    )


def _categories(column: Column) -> Measure | None:
    left, right, held = column.left.present, column.right.present, column.holdout
    if not (left.any() and right.any()):
        return None
    return _distance(column, variation(left, right), variation(left, held.present) if held and held.present.any() else None)


def _distance(column: Column, value: float, held: float | None) -> Measure:
    rows = [int(side.present.sum()) if side else 0 for side in (column.left, column.holdout, column.right)]
    return Measure(value, 0.0, same_size(held, *rows))


def _numbers(column: Column) -> dict[str, Measure]:
    """The four measures of ordered values; none where a side holds no number."""
    finite = np.flatnonzero(np.isfinite(column.values))
    order = finite[np.argsort(column.values[finite], kind="stable")]
    values = column.values[order]
    sides = [side.present[order] if side else None for side in (column.left, column.right, column.holdout)]
    left, right, held = sides
    if left is None or right is None or not left.sum() or not right.sum():
        return {}
    held = held if held is not None and held.sum() else None
    scale = _deviation(values, left)
    found = {"kolmogorov_smirnov": _distance(column, _ks(left, right), _ks(left, held) if held is not None else None)}
    if scale > 0:
        moved = [_wasserstein(values, left, side) / scale if side is not None else None for side in (right, held)]
        found["wasserstein"] = _distance(column, float(moved[0] or 0.0), moved[1])
    return found | _tails(left, right, held)


def _cumulated(counts: Counts) -> Floats:
    return np.asarray(np.cumsum(counts) / max(1, counts.sum()), dtype=np.float64)


def _ks(left: Counts, right: Counts) -> float:
    return float(np.abs(_cumulated(left) - _cumulated(right)).max())


def _wasserstein(values: Floats, left: Counts, right: Counts) -> float:
    return float(np.abs(_cumulated(left) - _cumulated(right))[:-1] @ np.diff(values))


def _deviation(values: Floats, counts: Counts) -> float:
    span = float(np.abs(values).max()) or 1.0
    shares = counts / counts.sum()
    scaled = values / span
    return float(np.sqrt(max(0.0, shares @ (scaled - shares @ scaled) ** 2))) * span


def _tails(left: Counts, right: Counts, held: Counts | None) -> dict[str, Measure]:
    """Shares of rows at or beyond the training rows' 1 % and 99 % quantiles."""
    made = {}
    for name, step in (("tail_low", 1), ("tail_high", -1)):
        known, ours = _cumulated(left[::step]), _cumulated(right[::step])
        border = int(np.searchsorted(known, TAIL))
        reference = float(_cumulated(held[::step])[border]) if held is not None else None
        made[name] = Measure(float(ours[border]), float(known[border]), reference)
    return made


def _rare_recall(column: Column) -> Measure | None:
    """Share of the categories held by few training rows (but ten at least) that are met again."""
    counts = column.left.present
    rare = (counts >= NAMED_ROWS) & (counts <= max(NAMED_ROWS, RARE_SHARE * counts.sum()))
    if not rare.any():
        return None
    held = column.holdout
    return Measure(float((column.right.present[rare] > 0).mean()), 1.0, float((held.present[rare] > 0).mean()) if held else None)


def _missing(column: Column) -> Measure:
    shares = [side.missing / side.rows if side and side.rows else None for side in (column.left, column.right, column.holdout)]
    left, right, held = shares
    gap = (right or 0.0) - (left or 0.0)
    return Measure(gap, 0.0, None if held is None or left is None else held - left)
