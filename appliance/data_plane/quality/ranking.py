"""Rankings: the area under the ROC curve, its error, its points, and what is found at few false alarms (ties split)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

CURVE_POINTS = 40


def area(scores: Floats, positive: Mask) -> float:
    """AUC: the chance that a positive scores above a negative, ties counted half; 0.5 without one of the two."""
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return 0.5
    high, low = np.sort(scores[positive]), np.sort(scores[~positive])
    below = np.searchsorted(low, high, "left").sum() + np.searchsorted(low, high, "right").sum()
    return float(below / 2 / (count * others))


def area_error(auc: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC (Hanley and McNeil 1982)."""
    first, second = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (first - auc * auc) + (negatives - 1) * (second - auc * auc)
    return math.sqrt(max(0.0, spread) / max(1, positives * negatives))


def curve(scores: Floats, positive: Mask) -> tuple[tuple[float, float], ...]:
    """Points (false alarms, found) of the ROC curve at even steps of false alarms."""
    high, low = np.sort(-scores[positive]), np.sort(-scores[~positive])
    steps = np.linspace(0, 1, CURVE_POINTS + 1)
    cuts = np.quantile(low, steps, method="higher") if len(low) else np.zeros(len(steps))
    alarms = np.searchsorted(low, cuts, "right") / max(1, len(low))
    found = np.searchsorted(high, cuts, "right") / max(1, len(high))
    return ((0.0, 0.0), *((round(float(x), 4), round(float(y), 4)) for x, y in zip(alarms, found, strict=True)))


def found_at(distances: Floats, member: Mask, alarms: float) -> float:
    """Share of members nearer than a border that a share `alarms` of the others passes; rows that tie at the border are split."""
    near, far = distances[member], distances[~member]
    cut = np.quantile(far, alarms)
    room = max(0.0, alarms - float((far < cut).mean())) / max(float((far == cut).mean()), 1e-12)
    return float((near < cut).mean() + (near == cut).mean() * min(1.0, room))


def found_interval(found: float, alarms: float, members: int, others: int) -> tuple[float, float]:
    """95 % interval of `found_at`: the members' own error, and the border's, which the `others` set (a curve of slope found/alarms)."""
    own = found * (1 - found) / max(1, members)
    border = (found / alarms) ** 2 * alarms * (1 - alarms) / max(1, others)
    half = 1.96 * math.sqrt(own + border)
    return max(0.0, found - half), min(1.0, max(found + half, 3.7 / max(1, members)))
