"""What the report says of one column: counts, distances and a drawing that names no rare value."""

from __future__ import annotations

import datetime
import math
from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.quality.column import NAMED_ROWS, Column, Counts, Floats, Role, Side
from appliance.data_plane.quality.distribution import any_distance, column_distance, numeric_distance, text_structure_distance
from appliance.data_plane.quality.entities import ReplayedColumn
from appliance.data_plane.quality.measures import Measures, measure_column
from appliance.data_plane.quality.validity import CheckedColumn
from appliance.data_plane.tables.schema import ColumnKind

NAMED_CATEGORIES = 12
UNIT_VALUES = 15
BINS = 24
OTHER_VALUES = "(other)"
MISSING = "(missing)"
STEPS_OF_TIME = (1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 15552000, 31536000)


class Counted(msgspec.Struct, frozen=True):
    """One side's counts: rows, rows without a value, distinct values, mean, least and most characters of a value."""

    rows: int
    missing: int
    unique: int
    average_length: float
    shortest: int
    longest: int


class Drawing(msgspec.Struct, frozen=True):
    """Shares of rows (0–1) on both sides: over `labels` (categories) or between `edges` (bins), or nothing at all.

    The first and last bin are open: they also hold what lies beyond. `moment` marks edges in seconds since 1970."""

    form: str
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    left: tuple[float, ...] = ()
    right: tuple[float, ...] = ()
    moment: bool = False


class Facts(msgspec.Struct, frozen=True):
    """One column's facts. `distance` counts in the score; `shown_distance` is also given for moments; `as_category` for any column."""

    name: str
    kind: ColumnKind
    role: Role
    left: Counted
    right: Counted
    distance: float | None
    shown_distance: float | None
    as_category: float
    holdout_distance: float | None
    text_distance: float | None
    holdout_text_distance: float | None
    unseen_share: float | None
    outside_share: float | None
    drawing: Drawing
    measures: Measures
    validity: CheckedColumn
    replay: ReplayedColumn | None

    @property
    def key(self) -> bool:
        """Whether the column is a key: listed, but in no score."""
        return self.kind == ColumnKind.IDENTIFIER


def describe(column: Column, validity: CheckedColumn, replay: ReplayedColumn | None) -> Facts:
    """Everything that needs the whole column, computed from the counts of its values; `validity` and `replay` from its rows and texts."""
    distance = column_distance(column, column.right)
    held = column.holdout
    return Facts(
        name=column.name,
        kind=column.kind,
        role=column.role,
        left=_counted(column, column.left),
        right=_counted(column, column.right),
        distance=distance,
        shown_distance=_moment_distance(column) if distance is None and column.moment else distance,
        as_category=any_distance(column, column.right),
        holdout_distance=column_distance(column, held) if held else None,
        text_distance=text_structure_distance(column, column.right),
        holdout_text_distance=text_structure_distance(column, held) if held else None,
        unseen_share=_unseen(column),
        outside_share=_outside(column),
        drawing=_drawing(column),
        measures=measure_column(column),
        validity=validity,
        replay=replay,
    )


def _moment_distance(column: Column) -> float:
    return numeric_distance(column.values, column.left.present, column.right.present)


def _counted(column: Column, side: Side) -> Counted:
    held = side.present > 0
    lengths = column.lengths[held]
    total = int(side.present.sum())
    return Counted(
        rows=side.rows,
        missing=side.missing,
        unique=int(held.sum()),
        average_length=float(column.lengths @ side.present) / total if total else 0.0,
        shortest=int(lengths.min()) if len(lengths) else 0,
        longest=int(lengths.max()) if len(lengths) else 0,
    )


def _unseen(column: Column) -> float | None:
    """Share of the synthetic values that the training table does not have; None for numbers and free text."""
    if not column.tabular or column.numeric:
        return None
    total = int(column.right.present.sum())
    return float(column.right.present[column.left.present == 0].sum()) / total if total else None


def _outside(column: Column) -> float | None:
    """Share of the synthetic numbers beyond the training table's range."""
    if not (column.numeric or column.moment):
        return None
    known = column.values[(column.left.present > 0) & np.isfinite(column.values)]
    total = int(column.right.present.sum())
    if not len(known) or not total:
        return None
    beyond = (column.values < known.min()) | (column.values > known.max())
    return float(column.right.present[beyond].sum()) / total


def _drawing(column: Column) -> Drawing:
    numeric = column.numeric or (column.moment and column.role is not Role.EMPTY)
    if numeric and not _few_values(column):
        return _bins(column)
    if column.tabular or numeric:
        return _categories(column)
    return Drawing("none")


def _few_values(column: Column) -> bool:
    """Few enough values to name each one, and all of them common."""
    held = column.left.present[column.left.present > 0]
    return len(held) <= UNIT_VALUES and bool((held >= NAMED_ROWS).all())


def _categories(column: Column) -> Drawing:
    levels = [level for level in column.names if column.left.present[level] > 0][: UNIT_VALUES if column.numeric else NAMED_CATEGORIES]
    if all(np.isfinite(column.values[level]) for level in levels):
        levels.sort(key=lambda level: column.values[level])
    labels = [short_label(column.names[level]) for level in levels]
    shares = [_named_shares(side, levels) for side in (column.left, column.right)]
    for place, extra in ((-2, OTHER_VALUES), (-1, MISSING)):
        if shares[0][place] or shares[1][place]:
            labels.append(extra)
    keep = [i for i in range(len(levels) + 2) if i < len(levels) or shares[0][i] or shares[1][i]]
    return Drawing("categories", labels=distinct_labels(labels), left=_at(shares[0], keep), right=_at(shares[1], keep))


def _named_shares(side: Side, levels: list[int]) -> list[float]:
    rows = max(1, side.rows)
    named = [float(side.present[level]) / rows for level in levels]
    other = (int(side.present.sum()) - int(side.present[levels].sum())) / rows if levels else int(side.present.sum()) / rows
    return [*named, other, side.missing / rows]


def _at(shares: list[float], places: list[int]) -> tuple[float, ...]:
    return tuple(shares[place] for place in places)


def short_label(text: str) -> str:
    """A value as a label of at most 60 characters."""
    return text if len(text) <= 60 else text[:59] + "…"


def distinct_labels(labels: list[str]) -> tuple[str, ...]:
    """The labels, each made unique (cut ones may meet, and a value may be called like one of ours)."""
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return tuple(made)


def _bins(column: Column) -> Drawing:
    held = (column.left.present > 0) & np.isfinite(column.values)
    values, counts = column.values[held], column.left.present[held]
    if counts.sum() < 2 * NAMED_ROWS:
        return Drawing("none")
    low, high = clipped_range(values, counts)
    edges = round_edges(low, high, whole=bool((values == np.round(values)).all()), moment=column.moment)
    if len(edges) < 2:
        return Drawing("none")
    left, right = (_bin_shares(column.values, side, edges) for side in (column.left, column.right))
    return Drawing("bins", edges=tuple(float(edge) for edge in edges), left=left, right=right, moment=column.moment)


def clipped_range(values: Floats, counts: Counts) -> tuple[float, float]:
    """The two quantiles beyond which 1 % of the rows, and at least 10 rows, lie on either side; 10 rows where those are equal."""
    order = np.argsort(values)
    cumulated = np.cumsum(counts[order])
    total = int(cumulated[-1])
    low = high = 0.0
    for least in (total * 0.01, 0.0):
        beyond = min(total * 0.25, max(least, float(NAMED_ROWS)))
        low = float(values[order][np.searchsorted(cumulated, beyond)])
        high = float(values[order][min(len(order) - 1, int(np.searchsorted(cumulated, total - beyond)))])
        if low < high:
            break
    return low, max(low, high)


def round_edges(low: float, high: float, *, whole: bool, moment: bool, bins: int = BINS) -> Floats:
    """Edges at round numbers, so that no edge is a value of the data; whole numbers get steps of two or more."""
    span = high - low
    if span <= 0:
        span = abs(low) or 1.0
    step = _time_step(span / bins) if moment else _round_step(span / bins)
    if whole and not moment:
        step = max(2.0, step)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    if last - first > 4 * bins or not math.isfinite(first * step) or first * step + step == first * step:
        return np.zeros(0)
    return np.round(np.arange(first, last + 1) * step, max(0, 2 - math.floor(math.log10(step))))


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * 0.75)


def _time_step(rough: float) -> float:
    return float(next((step for step in STEPS_OF_TIME if step >= rough * 0.75), math.ceil(rough / 31536000) * 31536000))


def _bin_shares(values: Floats, side: Side, edges: Floats) -> tuple[float, ...]:
    held = np.isfinite(values) & (side.present > 0)
    places = np.clip(np.searchsorted(edges, values[held], "right") - 1, 0, len(edges) - 2)
    counts = np.bincount(places, side.present[held], minlength=len(edges) - 1)
    return tuple(float(count) for count in counts / max(1.0, float(counts.sum())))


def edge_text(value: float, *, moment: bool, step: float) -> str:
    """A bin edge as people write it: short numbers, dates, times (times of day stand on the first day of 1970)."""
    if not moment:
        return (
            f"{value:.6g}" if value != round(value) or abs(value) >= 1e15 else f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
        )
    if step <= 10800 and 0 <= value <= 86400:
        return f"{int(value // 3600):02d}:{int(value % 3600 // 60):02d}"
    instant = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=min(max(value, -6.2e10), 2.5e11))
    return instant.strftime("%Y-%m-%d" if step >= 86400 else "%Y-%m-%d %H:%M")


def legacy_distribution(drawing: Drawing, shares: tuple[float, ...]) -> dict[str, Any]:
    """`{value: percent}` as older clients read it: names of common categories, or ranges."""
    if drawing.form == "categories":
        return {label: round(100 * share, 4) for label, share in zip(drawing.labels, shares, strict=True)}
    if drawing.form != "bins":
        return {}
    step = drawing.edges[1] - drawing.edges[0]
    texts = [edge_text(edge, moment=drawing.moment, step=step) for edge in drawing.edges]
    return {f"{texts[i]} – {texts[i + 1]}": round(100 * share, 4) for i, share in enumerate(shares)}
