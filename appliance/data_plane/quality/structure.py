"""Deep structure: two principal components, fitted on the training rows and applied to both tables."""

from __future__ import annotations

import msgspec
import numpy as np

from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.distribution import sample_distance
from appliance.data_plane.quality.score import structure_curve

GRID = 32
POINTS = 400


class Structure(msgspec.Struct, frozen=True):
    """The components of both tables (rows × 1 or 2), their mean distance, score and shares of the training rows' variance."""

    left: Floats
    right: Floats
    distance: float
    score: float
    explained: tuple[float, ...]


def deep_structure(features: list[Feature], other: str = "right") -> Structure | None:
    """Training against the side named `other`; None without a tabular column or rows."""
    chosen = [feature for feature in features if feature.tabular]
    if not chosen or not len(chosen[0].left) or not len(getattr(chosen[0], other)):
        return None
    left = np.stack([_encoded(feature, feature.left) for feature in chosen], axis=1)
    right = np.stack([_encoded(feature, getattr(feature, other)) for feature in chosen], axis=1)
    _standardise(left, right)
    axes, explained = _components(left)
    left, right = left @ axes, right @ axes
    distance = component_distance(left, right)
    return Structure(left, right, distance, structure_curve(distance), explained)


def component_distance(left: Floats, right: Floats) -> float:
    """Mean distance of the components of two tables."""
    return float(np.mean([sample_distance(left[:, i], right[:, i]) for i in range(left.shape[1])]))


def _encoded(feature: Feature, codes: Codes) -> Floats:
    """Numbers with the training median for missing ones; categories as the number of training rows that hold them."""
    if not feature.numeric:
        return np.bincount(feature.left, minlength=feature.levels + 1).astype(np.float64)[codes]
    known = feature.numbers(feature.left)
    known = known[np.isfinite(known)]
    median = float(np.median(known)) if len(known) else 0.0
    numbers = feature.numbers(codes)
    return np.where(np.isfinite(numbers), numbers, median)


def _standardise(left: Floats, right: Floats) -> None:
    """In place, by the training mean and deviation; constant columns are only centred."""
    scale = np.maximum(np.abs(left).max(axis=0), 1e-300)
    left /= scale
    right /= scale
    mean, deviation = left.mean(axis=0), left.std(axis=0)
    deviation[deviation < 1e-12] = 1.0
    left -= mean
    left /= deviation
    right -= mean
    right /= deviation
    np.clip(right, -1e12, 1e12, out=right)


def _components(rows: Floats) -> tuple[Floats, tuple[float, ...]]:
    """Up to two axes of greatest variance (signs fixed: the largest loading is positive) and the variance each explains."""
    covariance = rows.T @ rows / max(1, len(rows) - 1)
    variances, axes = np.linalg.eigh(covariance)
    count = min(2, len(variances))
    chosen = axes[:, ::-1][:, :count]
    largest = np.abs(chosen).argmax(axis=0)
    signs = np.sign(chosen[largest, np.arange(count)])
    total = max(1e-300, float(variances.clip(0).sum()))
    explained = tuple(float(max(0.0, value) / total) for value in variances[::-1][:count])
    return chosen * np.where(signs == 0, 1.0, signs), explained


def density_grids(structure: Structure) -> tuple[list[float], list[float], list[list[int]], list[list[int]]]:
    """Edges of both axes between the 1 % and 99 % quantiles of the training rows, and the rows per cell (per 10,000) of both tables."""
    left, right = _two(structure.left), _two(structure.right)
    edges = [_axis(left[:, i], right[:, i]) for i in range(2)]
    grids = [_grid(rows, edges) for rows in (left, right)]
    return [round(float(e), 3) for e in edges[0]], [round(float(e), 3) for e in edges[1]], grids[0], grids[1]


def _two(rows: Floats) -> Floats:
    return rows if rows.shape[1] == 2 else np.column_stack([rows[:, 0], np.zeros(len(rows))])


def _axis(left: Floats, right: Floats) -> Floats:
    low, high = np.quantile(left, [0.01, 0.99])
    other = np.quantile(right, [0.05, 0.95])
    low, high = min(low, other[0]), max(high, other[1])
    margin = 0.05 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, GRID + 1)


def _grid(rows: Floats, edges: list[Floats]) -> list[list[int]]:
    places = [np.searchsorted(edges[i], rows[:, i], "right") - 1 for i in range(2)]
    inside = (places[0] >= 0) & (places[0] < GRID) & (places[1] >= 0) & (places[1] < GRID)
    counts = np.bincount(places[1][inside] * GRID + places[0][inside], minlength=GRID * GRID)
    return [[int(cell) for cell in line] for line in np.round(10_000 * counts / max(1, len(rows))).reshape(GRID, GRID)]


def grid_points(first: list[float], second: list[float], grid: list[list[int]]) -> dict[str, list[float]]:
    """At most 400 cell centres in proportion to the cells' rows, as the component lists older clients read."""
    counts = np.asarray(grid, dtype=np.float64).ravel()
    if not counts.sum():
        return {"pc1": [], "pc2": []}
    repeats = np.diff(np.floor(np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum() * POINTS + 1e-9)).astype(int)
    cells = np.repeat(np.arange(GRID * GRID), repeats)
    centres = [(np.asarray(edges[1:]) + np.asarray(edges[:-1])) / 2 for edges in (first, second)]
    return {"pc1": [round(float(v), 3) for v in centres[0][cells % GRID]], "pc2": [round(float(v), 3) for v in centres[1][cells // GRID]]}
