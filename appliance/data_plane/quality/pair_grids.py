"""Pairs of columns whose values go together differently than in training, drawn as small grids that name no rare value."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.binning import BINNED_ROWS, thinned
from appliance.data_plane.quality.column import NAMED_ROWS, Feature
from appliance.data_plane.quality.facts import MISSING, OTHER_VALUES, clipped_range, distinct_labels, round_edges, short_label
from appliance.data_plane.quality.marginals import Distances

WORST = 12
AXIS_BINS = 6
AXIS_CATEGORIES = 6

Places = npt.NDArray[np.int64]


class Axis(msgspec.Struct, frozen=True):
    """One side of a grid: categories with `labels`, or open-ended bins between `edges` and, after them, one place for missing values."""

    form: str
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    moment: bool = False


class Grid(msgspec.Struct, frozen=True):
    """A pair: total variation, the held-out rows' one, and shares of rows (lines along the first axis). A cell that fewer than 10 training
    rows hold is None on the training side."""

    first: str
    second: str
    distance: float
    reference: float | None
    first_axis: Axis
    second_axis: Axis
    left: tuple[tuple[float | None, ...], ...]
    right: tuple[tuple[float, ...], ...]


def worst_pairs(features: list[Feature], distances: list[Distances]) -> list[Grid]:
    """The pairs that are furthest apart beyond what chance explains; `features` are those the distances number."""
    order = sorted(distances, key=lambda one: (one.chance - one.value, one.columns))
    axes: dict[int, tuple[Axis, Places]] = {}
    found = []
    for pair in order[:WORST]:
        for column in pair.columns:
            if column not in axes:
                axes[column] = _axis(features[column])
        found.append(_grid(pair, [features[column] for column in pair.columns], [axes[column] for column in pair.columns]))
    return found


def _grid(pair: Distances, features: list[Feature], axes: list[tuple[Axis, Places]]) -> Grid:
    sizes = [int(places.max()) + 1 for _, places in axes]
    sides = []
    for side in ("left", "right"):
        first, second = (places[thinned(getattr(feature, side), BINNED_ROWS)] for feature, (_, places) in zip(features, axes, strict=True))
        sides.append(np.bincount(first * sizes[1] + second, minlength=sizes[0] * sizes[1]).reshape(sizes))
    left, right = sides
    return Grid(
        first=features[0].name,
        second=features[1].name,
        distance=pair.value,
        reference=pair.reference,
        first_axis=axes[0][0],
        second_axis=axes[1][0],
        left=tuple(tuple(_share(cell, left.sum()) if cell >= NAMED_ROWS or cell == 0 else None for cell in line) for line in left),
        right=tuple(tuple(_share(cell, right.sum()) for cell in line) for line in right),
    )


def _share(count: int, total: int) -> float:
    return round(float(count) / max(1, int(total)), 5)


def _axis(feature: Feature) -> tuple[Axis, Places]:
    """The axis and the place on it of every level (missing last)."""
    if feature.ordered and not _few(feature):
        axis = _bins(feature)
        if axis is not None:
            return axis
    return _categories(feature)


def _few(feature: Feature) -> bool:
    held = np.bincount(feature.left, minlength=feature.levels + 1)[:-1] > 0
    return bool(held.sum() <= AXIS_CATEGORIES and feature.frequent[held].all())


def _bins(feature: Feature) -> tuple[Axis, Places] | None:
    counts = np.bincount(feature.left, minlength=feature.levels + 1)[:-1]
    held = (counts > 0) & np.isfinite(feature.values)
    if counts[held].sum() < 2 * NAMED_ROWS:
        return None
    values = feature.values[held]
    low, high = clipped_range(values, counts[held])
    edges = round_edges(low, high, whole=bool((values == np.round(values)).all()), moment=feature.moment, bins=AXIS_BINS)
    if len(edges) < 2:
        return None
    last = len(edges) - 2
    places = np.clip(np.searchsorted(edges, np.nan_to_num(feature.values), "right") - 1, 0, last)
    places = np.append(np.where(np.isfinite(feature.values), places, last + 1), last + 1)
    return Axis("bins", edges=tuple(float(edge) for edge in edges), moment=feature.moment), places


def _categories(feature: Feature) -> tuple[Axis, Places]:
    counts = np.bincount(feature.left, minlength=feature.levels + 1)
    levels = sorted(feature.names, key=lambda level: (-counts[level], level))[:AXIS_CATEGORIES]
    places = np.full(feature.levels + 1, len(levels), dtype=np.int64)
    places[levels] = np.arange(len(levels))
    places[-1] = len(levels) + 1
    labels = [*(short_label(feature.names[level]) for level in levels), OTHER_VALUES, MISSING]
    return Axis("categories", labels=distinct_labels(labels)), places
