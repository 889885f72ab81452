"""How far apart two columns are: the Jensen–Shannon distance of their values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Column, Floats, Side
from appliance.data_plane.quality.score import distribution_curve, text_structure_curve

ONE_SIDE_EMPTY = 0.5887
FALLBACK_BINS = 500

Weights = npt.NDArray[np.floating] | npt.NDArray[np.integer]


def jensen_shannon(left: Weights, right: Weights) -> float:
    """Jensen–Shannon distance, base 2 (0 same, 1 disjoint), of two histograms over the same bins; 0.5887 if just one is empty."""
    total_left, total_right = float(left.sum()), float(right.sum())
    if total_left <= 0 or total_right <= 0:
        return 0.0 if total_left == total_right else ONE_SIDE_EMPTY
    p, q = (np.asarray(side / total, dtype=np.float64) for side, total in ((left, total_left), (right, total_right)))
    if np.array_equal(p, q):
        return 0.0
    middle = (p + q) / 2
    divergence = (_entropy_to(p, middle) + _entropy_to(q, middle)) / 2
    return float(np.sqrt(min(1.0, max(0.0, divergence))))


def _entropy_to(p: Floats, q: Floats) -> float:
    held = p > 0
    return float(np.sum(p[held] * np.log2(p[held] / q[held])))


def doane_edges(values: Floats, weights: Floats) -> Floats:
    """Bin edges by Doane's rule over weighted values; 500 equal bins where the rule asks for more."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    total = float(weights.sum())
    scale = high - low
    centred = (values - low) / scale
    centred = centred - float(centred @ weights) / total
    sigma = float(np.sqrt((centred**2) @ weights / total))
    bins = 1.0
    if total > 2 and sigma > 0:
        skew = float(((centred / sigma) ** 3) @ weights / total)
        spread = float(np.sqrt(6.0 * (total - 2) / ((total + 1.0) * (total + 3))))
        bins = 1.0 + np.log2(total) + np.log2(1.0 + abs(skew) / spread)
    count = int(np.ceil(bins))
    return np.linspace(low, high, (count if count < FALLBACK_BINS else FALLBACK_BINS) + 1)


def binned(values: Floats, weights: Weights, edges: Floats) -> Floats:
    """Weights that fall between neighbouring edges; the last bin holds its right edge too."""
    places = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2)
    held: Floats = np.bincount(places, weights.astype(np.float64), minlength=len(edges) - 1).astype(np.float64)
    return held


def numeric_distance(values: Floats, left: Weights, right: Weights) -> float:
    """Distance of two numeric columns given as weights on shared values, binned together."""
    held = np.isfinite(values) & ((left + right) > 0)
    if not held.any():
        return jensen_shannon(left[held], right[held])
    values, left, right = values[held], left[held], right[held]
    edges = doane_edges(values, (left + right).astype(np.float64))
    return jensen_shannon(binned(values, left, edges), binned(values, right, edges))


def sample_distance(left: Floats, right: Floats) -> float:
    """Distance of two samples of numbers."""
    values = np.concatenate([left, right])
    weights = np.zeros(len(values))
    weights[: len(left)] = 1.0
    return numeric_distance(values, weights, 1.0 - weights)


def column_distance(column: Column, other: Side) -> float | None:
    """Distance of one column between training and `other`; None for text and free-form columns, which the score leaves out.

    Missing is a category of its own; numbers are compared where they are present."""
    if column.numeric:
        return numeric_distance(column.values, column.left.present, other.present)
    return jensen_shannon(column.left.counts, other.counts) if column.tabular else None


def any_distance(column: Column, other: Side) -> float:
    """Distance of the columns as categories, whatever their role."""
    return jensen_shannon(column.left.counts, other.counts)


def distribution_score(distances: list[float]) -> tuple[float | None, float | None]:
    """(mean distance, score) over the tabular columns; (None, None) if there are none."""
    if not distances:
        return None, None
    mean = float(np.mean(distances))
    return mean, distribution_curve(mean)


def text_structure_distance(column: Column, other: Side) -> float | None:
    """Mean distance of sentences per record, words per sentence and characters per word; None for other columns."""
    if column.left.text is None or other.text is None:
        return None
    return float(np.mean([sample_distance(a, b) for a, b in zip(column.left.text, other.text, strict=True)]))


def text_structure_score(distances: list[float]) -> float | None:
    """Score of the mean over the text columns; None without any."""
    return text_structure_curve(float(np.mean(distances))) if distances else None
