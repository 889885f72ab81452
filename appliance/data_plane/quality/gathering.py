"""Findings put under the keys that clients read: the old names, the new names, and our own sections."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.column import NAMED_ROWS, Floats, Role
from appliance.data_plane.quality.facts import Counted, Facts, legacy_distribution
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.quality.score import PRIVACY_GRADES, Score, distribution_curve, score_object
from appliance.data_plane.quality.sections import CAPS, gather_privacy, gather_sections
from appliance.data_plane.quality.structure import density_grids, grid_points
from appliance.data_plane.quality.wording import fit_for_use, leaks, verdict, warnings_of

REPORT_VERSION = 2
NO_EMBEDDER = "Not measured: no embedding model is installed. The text score rests on structure alone."
SKIPPED = "Left out, as configured."
NOTHING = "Nothing to judge: no column but keys holds a value."
PAIRS = 12
SUMMARY = (
    ("synthetic_data_quality_score", "synthetic_quality_score"),
    ("field_correlation_stability", "column_correlation_stability"),
    ("principal_component_stability", "deep_structure_stability"),
    ("field_distribution_stability", "column_distribution_stability"),
    ("structure_similarity", "text_structure_similarity"),
    ("semantic_similarity", "text_semantic_similarity"),
    ("privacy_protection_level", "data_privacy_score"),
    ("membership_inference_attack_score", "membership_inference_protection_score"),
    ("attribute_inference_attack_score", "attribute_inference_protection_score"),
)
"""Old and new name of every score."""


def gather(findings: Findings, options: JudgeOptions, seed: int) -> dict[str, Any]:
    """The whole report except the sample and `run`."""
    scores = _scores(findings, options)
    report: dict[str, Any] = {"report_version": REPORT_VERSION, "title": options.title}
    report["verdict"] = verdict(findings, options)
    for old, new in SUMMARY:
        if new in scores:
            report[old] = report[new] = scores[new]
    report["summary"] = [{"field": name, "value": scores[pair[1]]["score"]} for pair in SUMMARY if pair[1] in scores for name in pair]
    report["fit_for_use"] = fit_for_use(findings, options)
    report["warnings"] = warnings_of(findings, options)
    report["reference"] = _reference(findings)
    report["engine"] = _engine(options)
    report |= _counts(findings) | _fields(findings, options) | _correlation(findings) | _structure(findings)
    report["privacy"] = _privacy(findings) | gather_privacy(findings.sections, options)
    report["detection"] = findings.discriminator
    report["intervals"] = findings.intervals
    report |= gather_sections(findings.sections, findings.comparison, options, seed)
    report["sampling"] = _sampling(findings, options, seed)
    report["versions"] = dict(options.versions)
    return report


def _scores(findings: Findings, options: JudgeOptions) -> dict[str, Score]:
    correlation, structure = findings.correlation, findings.structure
    none = "No column of the table can be measured this way." if findings.quality is not None else NOTHING
    scores = {
        "synthetic_quality_score": score_object(findings.quality, notes="" if findings.quality is not None else none),
        "column_correlation_stability": score_object(correlation.score, notes="") if correlation else score_object(None, notes=none),
        "deep_structure_stability": score_object(structure.score, notes="") if structure else score_object(None, notes=none),
        "column_distribution_stability": score_object(findings.distribution[1], notes="" if findings.distribution[1] is not None else none),
    }
    if findings.text_structure is not None:
        scores["text_structure_similarity"] = score_object(findings.text_structure)
        scores["text_semantic_similarity"] = score_object(None, notes=NO_EMBEDDER)
    return scores | _privacy_scores(findings, options)


def _privacy_scores(findings: Findings, options: JudgeOptions) -> dict[str, Score]:
    reason = findings.no_attacks
    membership = findings.membership.score if findings.membership else None
    attribute = findings.attribute.score if findings.attribute else None
    lone = reason or ("" if findings.attribute else "Attribute inference needs at least two tabular columns.")
    lone = lone if options.attributes or reason else SKIPPED
    return {
        "data_privacy_score": score_object(findings.privacy, PRIVACY_GRADES, notes=reason),
        "membership_inference_protection_score": score_object(
            membership, PRIVACY_GRADES, notes=reason if options.membership or reason else SKIPPED
        ),
        "attribute_inference_protection_score": score_object(attribute, PRIVACY_GRADES, notes=lone),
    }


def _reference(findings: Findings) -> dict[str, Any] | None:
    if findings.reference is None:
        return None
    return {"rows": findings.comparison.holdout_rows, "synthetic_quality_score": score_object(findings.reference)}


def _engine(options: JudgeOptions) -> dict[str, Any]:
    return {"model_type": options.model_type, "engine": options.engine, "mechanism": [list(pair) for pair in options.mechanism]}


def _counts(findings: Findings) -> dict[str, Any]:
    comparison, exact = findings.comparison, findings.exact
    return {
        "left_rows": comparison.left_rows,
        "left_cols": comparison.left_columns,
        "right_rows": comparison.right_rows,
        "right_cols": comparison.right_columns,
        "holdout_rows": comparison.holdout_rows,
        "left_missing": sum(facts.left.missing for facts in comparison.facts),
        "right_missing": sum(facts.right.missing for facts in comparison.facts),
        "left_duplicate_rows": exact.left_duplicates,
        "right_duplicate_rows": exact.right_duplicates,
        "columns_missing_in_synthetic": list(comparison.absent),
        "columns_added_in_synthetic": list(comparison.added),
        "memorized_lines": exact.copies,
        "mean_absolute_error": findings.correlation.error if findings.correlation else None,
        "average_divergence": findings.distribution[0],
        "fatal_error": False,
    }


def _fields(findings: Findings, options: JudgeOptions) -> dict[str, Any]:
    facts = findings.comparison.facts
    shown = [_field(one) for one in facts[: options.report_columns]]
    return {"fields": shown, "fields_not_shown": max(0, len(facts) - options.report_columns)}


def _field(facts: Facts) -> dict[str, Any]:
    drawing, score = facts.drawing, facts.distance
    made: dict[str, Any] = {
        "name": facts.name,
        "kind": str(facts.kind),
        "type": str(facts.role),
        "is_categorical": facts.role in (Role.CATEGORICAL, Role.BINARY),
        "is_numeric": facts.role is Role.NUMERIC,
    }
    for side, counted, shares in (("left", facts.left, drawing.left), ("right", facts.right, drawing.right)):
        made[f"{side}_rows"] = counted.rows
        made[f"{side}_unique_values"] = counted.unique
        made[f"{side}_missing_values"] = counted.missing
        made[f"{side}_average_length"] = counted.average_length
        made[f"{side}_distribution"] = legacy_distribution(drawing, shares)
        made[f"{side}_field_features"] = _features(facts, counted)
    made["distribution_distance"] = facts.shown_distance
    made["distribution_stability"] = score_object(distribution_curve(score) if score is not None else None, notes=_unscored(facts))
    made |= {"in_score": score is not None, "holdout_distance": facts.holdout_distance, "text_structure_distance": facts.text_distance}
    return made | {
        "unseen_values_share": facts.unseen_share,
        "outside_range_share": facts.outside_share,
        "drawing": drawing,
        "measures": facts.measures,
    }


def _unscored(facts: Facts) -> str:
    """Why a column is not in the column distribution score, or nothing."""
    if facts.distance is not None:
        return ""
    if facts.role is Role.EMPTY:
        return "not scored: empty"
    return "text score" if facts.role is Role.TEXT else "not scored: a key" if facts.key else "not scored"


def _features(facts: Facts, counted: Counted) -> dict[str, Any]:
    present = counted.rows - counted.missing
    return {
        "name": facts.name,
        "type": str(facts.role),
        "count": present,
        "unique_count": counted.unique,
        "unique_percent": 100 * counted.unique / present if present else 0.0,
        "missing_count": counted.missing,
        "missing_percent": 100 * counted.missing / counted.rows if counted.rows else 0.0,
        "min_str_length": counted.shortest,
        "max_str_length": counted.longest,
        "avg_str_length": counted.average_length,
    }


def _correlation(findings: Findings) -> dict[str, Any]:
    found = findings.correlation
    if found is None:
        return {"left_correlation": {}, "right_correlation": {}, "correlation_difference": {}, "correlation_changes": []}
    difference = found.right - found.left
    return {
        "left_correlation": _square(found.columns, found.left),
        "right_correlation": _square(found.columns, found.right),
        "correlation_difference": _square(found.columns, difference),
        "correlation_changes": _changes(found.columns, found.left, found.right),
    }


def _square(names: tuple[str, ...], matrix: Floats) -> dict[str, dict[str, float]]:
    lines = matrix.round(4).tolist()
    return {name: dict(zip(names, line, strict=True)) for name, line in zip(names, lines, strict=True)}


def _changes(names: tuple[str, ...], left: Floats, right: Floats) -> list[dict[str, Any]]:
    """The pairs whose association changed most."""
    pairs = [(abs(right[i, j] - left[i, j]), i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    best: dict[tuple[int, int], tuple[float, int, int]] = {}
    for change, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        best.setdefault((min(i, j), max(i, j)), (float(change), i, j))
    chosen = list(best.values())[:PAIRS]
    return [{"first": names[i], "second": names[j], "left": float(left[i, j]), "right": float(right[i, j])} for _, i, j in chosen]


def _structure(findings: Findings) -> dict[str, Any]:
    found = findings.structure
    if found is None:
        return {"left_pca": {"pc1": [], "pc2": []}, "right_pca": {"pc1": [], "pc2": []}, "deep_structure": None}
    first, second, left, right = density_grids(found)
    drawn = {"pc1_edges": first, "pc2_edges": second, "left_density": left, "right_density": right, "explained": found.explained}
    return {
        "left_pca": grid_points(first, second, left),
        "right_pca": grid_points(first, second, right),
        "deep_structure": drawn | {"distance": found.distance},
    }


def _privacy(findings: Findings) -> dict[str, Any]:
    attribute = findings.attribute
    return {
        "unavailable": findings.no_attacks,
        "alarm": leaks(findings),
        "interval": _interval(findings),
        "membership": findings.membership,
        "attributes": {"rows": attribute.rows, "trials": attribute.trials, "columns": list(attribute.columns)} if attribute else None,
        "exact_copies": findings.exact,
        "near_copies": findings.near,
        "tail": findings.tail,
        "tests": findings.tests,
        "identifier_columns_left_out": list(findings.comparison.identifiers),
    }


def _interval(findings: Findings) -> dict[str, float] | None:
    """The 95 % interval of the data privacy score over other held-out rows."""
    score, margin = findings.privacy, findings.privacy_margin
    return None if score is None else {"low": max(0.0, score - margin), "high": min(100.0, score + margin)}


def _sampling(findings: Findings, options: JudgeOptions, seed: int) -> dict[str, Any]:
    features = findings.comparison.features
    found = findings.correlation
    return {
        "seed": seed,
        "score_rows": [len(features[0].left), len(features[0].right)],
        "correlation_rows": list(found.rows) if found else [0, 0],
        "correlation_columns": len(found.columns) if found else 0,
        "correlation_columns_limit": options.correlation_columns,
        "attack_rows": options.attack_rows,
        "attack_columns_limit": options.attack_columns,
        "copy_rows": options.copy_rows,
        "report_columns_limit": options.report_columns,
        "named_from_rows": NAMED_ROWS,
        "caps": dict(CAPS),
    }
