"""Scores, grades and the published curves that turn distances into scores (all on 0–100)."""

from __future__ import annotations

import math
from typing import Any

SCORE_GRADES = ("Very Poor", "Poor", "Moderate", "Good", "Excellent")
PRIVACY_GRADES = ("Poor", "Moderate", "Good", "Very Good", "Excellent")
UNAVAILABLE = "Unavailable"

CORRELATION_WEIGHT = 1.0
STRUCTURE_WEIGHT = 0.84
DISTRIBUTION_WEIGHT = 0.86
SEMANTIC_WEIGHT = 0.7
TEXT_STRUCTURE_WEIGHT = 0.3

Score = dict[str, Any]


def grade(value: float, grades: tuple[str, ...] = SCORE_GRADES) -> str:
    """The band of a score: five equal bands with lower edges 0, 20, 40, 60 and 80 (80 itself is the best)."""
    return grades[min(4, max(0, int(value // 20)))]


def score_object(value: float | None, grades: tuple[str, ...] = SCORE_GRADES, *, notes: str = "") -> Score:
    """`{raw_score, grade, score}` as clients read it; `score` is cut, not rounded. None: Unavailable, with the reason in `notes`."""
    if value is None:
        return {"raw_score": None, "grade": UNAVAILABLE, "score": None, "notes": notes}
    raw = round(min(100.0, max(0.0, value)), 6)
    made: Score = {"raw_score": raw, "grade": grade(raw, grades), "score": int(raw)}
    return made | {"notes": notes} if notes else made


def distribution_curve(distance: float) -> float:
    """Column distribution: score of the mean Jensen–Shannon distance."""
    if distance > 0.99:
        return 0.0
    if distance < 0.02:
        return 100.0
    return _bounded(7.44 * distance * distance - 16.646 * distance + 10.305)


def correlation_curve(error: float) -> float:
    """Column correlation: score of the mean absolute difference of the two association matrices."""
    if error > 0.46:
        return 0.0
    if error < 0.01:
        return 100.0
    return _bounded(37.562 * error * error - 35.643 * error + 10.056)


def structure_curve(distance: float) -> float:
    """Deep structure: score of the mean Jensen–Shannon distance of two principal components."""
    return _bounded(10.0 * math.exp(-1.6 * distance))


def text_structure_curve(distance: float) -> float:
    """Text structure: score of the mean distance of sentence, word and character counts."""
    if distance > 0.8:
        return 15.0
    if distance < 0.12:
        return 100.0
    return _bounded(-12.5 * distance + 11.5)


def weighted(parts: list[tuple[float, float | None]]) -> float | None:
    """Weighted mean of (weight, score) where a missing score takes its weight with it. None when nothing is left."""
    present = [(weight, value) for weight, value in parts if value is not None and weight > 0]
    total = sum(weight for weight, _ in present)
    return sum(weight * value for weight, value in present) / total if present else None


def tabular_score(correlation: float | None, structure: float | None, distribution: float | None) -> float | None:
    """(correlation + 0.84 structure + 0.86 distribution) / 2.7; the weights of missing parts are dropped."""
    return weighted([(CORRELATION_WEIGHT, correlation), (STRUCTURE_WEIGHT, structure), (DISTRIBUTION_WEIGHT, distribution)])


def text_score(semantic: float | None, structure: float | None) -> float | None:
    """0.7 semantic + 0.3 structure; the weight of a missing part is dropped."""
    return weighted([(SEMANTIC_WEIGHT, semantic), (TEXT_STRUCTURE_WEIGHT, structure)])


def _bounded(tenths: float) -> float:
    return min(100.0, max(0.0, 10.0 * tenths))
