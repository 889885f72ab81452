"""The report as JSON: per column what it holds and why that was said, per label how much of it there is. No value of the data.

Shares lie between 0 and 1. `report.schema.json` describes every key."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from appliance.configurations.entities import LABELS, canonical
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.detection.report.wording import verdict_of, warnings_of
from appliance.data_plane.detection.shapes import usual_shapes
from appliance.data_plane.detection.survey import ColumnCount, Survey

REPORT_VERSION = 1
OWN_GROUP = "own"


class Searched(msgspec.Struct, frozen=True):
    """What a report is made from: the finished survey, the samples that its verdicts came from, and how it was done.

    `settings`: pairs for people; `versions`: of appliance, libraries, word lists and models; `configuration_digest`: sha256 in hex."""

    survey: Survey
    samples: Sequence[ColumnSample]
    title: str
    model_type: str
    settings: Sequence[tuple[str, str]]
    versions: Mapping[str, str]
    configuration_digest: str
    remarks: Sequence[str] = ()


def report_of(searched: Searched, run: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report. `run`: what differs from run to run, with `wall_seconds`."""
    samples = {sample.name: sample for sample in searched.samples}
    survey = searched.survey
    columns = [_column(verdict, survey.counts[name], samples.get(name)) for name, verdict in survey.verdicts.items()]
    entities = entities_of(columns)
    warnings = warnings_of(columns, searched.remarks)
    return {
        "report_version": REPORT_VERSION,
        "kind": "classify",
        "title": searched.title,
        "model_type": searched.model_type,
        "elapsed_time_seconds": run.get("wall_seconds", 0.0),
        "record_count": survey.rows,
        "field_count": len(columns),
        "warnings": [warning["what"] for warning in warnings],
        "advice": warnings,
        "summary": summary_of(columns, survey.rows),
        "verdict": verdict_of(columns, entities, survey.rows),
        "columns": columns,
        "entities": entities,
        "metadata": {"training_record_count": survey.rows, "fields": [_field(column) for column in columns]},
        "settings": [list(pair) for pair in searched.settings],
        "versions": dict(searched.versions),
        "configuration_sha256": searched.configuration_digest,
        "run": dict(run),
    }


def _column(verdict: ColumnVerdict, count: ColumnCount, sample: ColumnSample | None) -> dict[str, Any]:
    found = dict(sorted(count.findings.items(), key=lambda item: (-item[1], item[0])))
    return {
        "name": verdict.name,
        "shape": verdict.shape.value if found else (ColumnShape.EMPTY.value if not count.filled else ColumnShape.NONE.value),
        "label": next(iter(found)) if verdict.shape is ColumnShape.WHOLE and found else None,
        "score": round(verdict.score, 3) if found and verdict.shape is ColumnShape.WHOLE else None,
        "evidence": {word: round(value, 3) if isinstance(value, float) else value for word, value in verdict.evidence.items()},
        "rows": count.rows,
        "filled": count.filled,
        "missing": count.rows - count.filled,
        "distinct": count.distinct.estimate if count.distinct is not None else distinct_estimate(sample, count.filled),
        "cells_found": count.found,
        "coverage": _share(count.found, count.filled),
        "characters_covered": _share(count.covered, count.characters),
        "findings": found,
        "examples": _examples(verdict, count, sample),
    }


def _examples(verdict: ColumnVerdict, count: ColumnCount, sample: ColumnSample | None) -> dict[str, list[str]]:
    """Shapes by label: of a column that is one label throughout the most usual ones of its sample."""
    if verdict.shape is ColumnShape.WHOLE and sample is not None:
        return {label: list(usual_shapes(zip(sample.values, sample.counts, strict=True))) for label in count.findings}
    return {label: shapes for label, shapes in sorted(count.shapes.items()) if count.findings.get(label)}


def distinct_estimate(sample: ColumnSample | None, filled: int) -> int:
    """About how many distinct values a column has, from those of its sample (Charikar et al., PODS 2000): values met once stand for more
    where the sample is a part of the column."""
    if sample is None or not sample.values:
        return 0
    seen = sum(sample.counts)
    once = sum(1 for count in sample.counts if count == 1)
    scale = math.sqrt(max(1.0, filled / seen))
    return min(filled, round(len(sample.values) - once + once * scale)) if filled else 0


def entities_of(columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every label that was found: how often, in which columns, and whether it identifies a person by itself."""
    findings: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    for column in columns:
        for label, number in column["findings"].items():
            findings[label] += number
            places.setdefault(label, []).append(column["name"])
    return [
        {"label": label, "group": group_of(label), "quasi": is_quasi(label), "findings": number, "columns": places[label]}
        for label, number in sorted(findings.items(), key=lambda item: (-item[1], item[0]))
    ]


def group_of(label: str) -> str:
    """The group of a label of either vocabulary; `own` for one of the user's."""
    found = canonical(label)
    return LABELS[found[0]].group if found else OWN_GROUP


def is_quasi(label: str) -> bool:
    """Whether a label identifies a person only together with others."""
    found = canonical(label)
    return bool(found) and LABELS[found[0]].quasi


def summary_of(columns: Sequence[Mapping[str, Any]], rows: int) -> list[dict[str, Any]]:
    """The few numbers that lists of models and clients show."""
    held = [column for column in columns if column["findings"]]
    pairs = {
        "record_count": rows,
        "field_count": len(columns),
        "fields_with_personal_data": len(held),
        "fields_that_identify": sum(1 for column in held if any(not is_quasi(label) for label in column["findings"])),
        "findings": sum(sum(column["findings"].values()) for column in held),
        "labels": len({label for column in held for label in column["findings"]}),
    }
    return [{"field": field, "value": value} for field, value in pairs.items()]


def _field(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column as the reports of the service described one."""
    filled = column["filled"]
    entities = [
        {
            "label": label,
            "count": number,
            "approx_distinct_count": min(number, column["distinct"]),
            "f_ratio": _share(number if column["shape"] != ColumnShape.TEXT else min(number, filled), filled),
        }
        for label, number in column["findings"].items()
    ]
    return {
        "name": column["name"],
        "count": filled,
        "approx_distinct_count": column["distinct"],
        "missing_count": column["missing"],
        "labels": [column["label"]] if column["label"] else [],
        "attributes": [],
        "entities": entities,
    }


def _share(part: int, whole: int) -> float:
    return round(min(1.0, part / whole), 4) if whole else 0.0
