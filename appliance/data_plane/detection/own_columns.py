"""Columns that hold a user's own labels (`label_predictors`): whole, cell by cell, or inside their texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from appliance.configurations.label_predictors import LabelPredictors
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict, Span
from appliance.data_plane.detection.text.user_patterns import UserPatterns

_LOOKED_INSIDE = 200
"""Distinct values of a column that are searched inside when none matches as a whole."""


def with_own_labels(
    samples: Sequence[ColumnSample], verdicts: Sequence[ColumnVerdict], predictors: LabelPredictors
) -> tuple[ColumnVerdict, ...]:
    """The verdicts with those of the user's own labels put before them: a column has such a label where at least the configured share of
    its cells carry it; where fewer do it is searched cell by cell, and where matches lie inside longer cells as text."""
    if not predictors.labels:
        return tuple(verdicts)
    patterns = UserPatterns(predictors)
    return tuple(_judged(sample, verdict, patterns, predictors.threshold) for sample, verdict in zip(samples, verdicts, strict=True))


def _judged(sample: ColumnSample, verdict: ColumnVerdict, patterns: UserPatterns, threshold: float) -> ColumnVerdict:
    met = sum(sample.counts)
    if not met:
        return verdict
    shares, scores = _shares(patterns.label(sample.values, sample.name), sample.counts, met)
    best = max(shares, key=lambda label: (shares[label], label), default=None)
    if best is not None and shares[best] >= threshold:
        evidence: dict[str, float | str] = {"matched": round(shares[best], 3), "pattern": "your own"}
        return ColumnVerdict(sample.name, ColumnShape.WHOLE, best, scores[best], evidence)
    if verdict.shape not in (ColumnShape.NONE, ColumnShape.MIXED):
        return verdict
    if shares:
        return ColumnVerdict(sample.name, ColumnShape.MIXED, None, 0.0, verdict.evidence, {**verdict.others, **shares})
    inside = verdict.shape is ColumnShape.NONE and any(patterns.spans(value, sample.name) for value in sample.values[:_LOOKED_INSIDE])
    return ColumnVerdict(sample.name, ColumnShape.TEXT, None, 0.0, {"pattern": "your own, inside"}) if inside else verdict


def _shares(spans: Sequence[Span | None], counts: Sequence[int], met: int) -> tuple[dict[str, float], dict[str, float]]:
    """By label: the share of the cells that carry it, and their mean score."""
    cells: Counter[str] = Counter()
    weighted: dict[str, float] = {}
    for span, count in zip(spans, counts, strict=True):
        if span is not None:
            cells[span.label] += count
            weighted[span.label] = weighted.get(span.label, 0.0) + span.score * count
    return {label: count / met for label, count in cells.items()}, {label: weighted[label] / cells[label] for label in cells}
