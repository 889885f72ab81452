"""The report as JSON: rules in the order in which they ran, columns before and after, and what a second search found. No value of the data.

Shares lie between 0 and 1. `report.schema.json` describes every key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict
from appliance.data_plane.transform.account import ColumnAccount, RowDropAccount, RuleAccount, TransformAccount
from appliance.data_plane.transform.policies.stream import PolicyAccount, TransformCount
from appliance.data_plane.transform.report.wording import identifies, verdict_of, warnings_of

REPORT_VERSION = 1
_LONGEST_RULES = 60_000


class Transformed(msgspec.Struct, frozen=True):
    """What a report is made from: the account of the run; what the columns were taken for before (`before`; `entities`: the
    configuration's words for them) and what a search of the output says (`after`); how it was done.

    `rules_text`: the rules as the configuration has them. `settings`: pairs for people; `versions`: of appliance, libraries, word lists
    and models; `configuration_digest`: sha256 in hex."""

    account: TransformAccount
    before: Sequence[ColumnVerdict]
    after: Sequence[ColumnVerdict]
    entities: Mapping[str, str | None]
    title: str
    model_type: str
    settings: Sequence[tuple[str, str]]
    versions: Mapping[str, str]
    configuration_digest: str
    remarks: Sequence[str] = ()
    checked: bool = True
    rules_text: str = ""


def report_of(made: Transformed, run: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report. `run`: what differs from run to run, with `wall_seconds`."""
    account = made.account
    columns = _columns(made)
    rules = [_rule(rule) for rule in account.rules]
    drops = [_drop(rule) for rule in account.row_drops]
    key = {"number": account.key_number, "weak": account.weak_key}
    warnings = warnings_of(columns, rules, drops, key, [*account.warnings, *made.remarks])
    return {
        "report_version": REPORT_VERSION,
        "kind": "transform",
        "title": made.title,
        "model_type": made.model_type,
        "training_time_seconds": run.get("wall_seconds", 0.0),
        "record_count": account.rows_out,
        "field_count": len(account.columns_out),
        **_transforms(account, columns),
        "warnings": [warning["what"] for warning in warnings],
        "advice": warnings,
        "summary": _summary(account, columns),
        "verdict": verdict_of(columns, key, checked=made.checked),
        "rows": {"in": account.rows_in, "out": account.rows_out, "dropped": account.rows_in - account.rows_out},
        "columns_in": list(account.columns_in),
        "columns_out": list(account.columns_out),
        "rules": rules,
        "rules_text": made.rules_text[:_LONGEST_RULES],
        "row_drops": drops,
        "columns": columns,
        "guarded_cells": account.guarded,
        "unfit_cells": account.unfit,
        "key": key,
        "checked": made.checked,
        "metadata": {"training_record_count": account.rows_in, "fields": [_field(column) for column in columns]},
        "settings": [list(pair) for pair in made.settings],
        "versions": dict(made.versions),
        "configuration_sha256": made.configuration_digest,
        "run": dict(run),
    }


def _rule(rule: RuleAccount) -> dict[str, Any]:
    return {
        "place": rule.place,
        "description": rule.description,
        "columns": list(rule.columns),
        "mode": rule.mode,
        "passthrough": rule.passthrough,
        "matched": rule.matched,
        "changed": rule.changed,
        "unchanged": rule.unchanged,
        "missing": rule.missing,
        "errors": rule.errors,
        "fallbacks": rule.fallbacks,
        "redrawn": rule.redrawn,
        "locked": list(rule.locked),
        "text": rule.text,
    }


def _drop(rule: RowDropAccount) -> dict[str, Any]:
    return {"place": rule.place, "description": rule.description, "dropped": rule.dropped, "errors": rule.errors}


def _columns(made: Transformed) -> list[dict[str, Any]]:
    """Every column of the output, then those that went."""
    account = made.account
    touched = {column.name: column for column in account.touched}
    before = {verdict.name: verdict for verdict in made.before}
    after = {verdict.name: verdict for verdict in made.after}
    sources = account.sources or account.columns_out
    found = [
        _column(name, source, touched.get(name), before.get(source), after.get(name), made.entities.get(source))
        for name, source in zip(account.columns_out, sources, strict=True)
    ]
    gone = [name for name in account.columns_in if name not in sources]
    return found + [_gone(name, before.get(name), made.entities.get(name)) for name in gone]


def _column(
    name: str, source: str, touched: ColumnAccount | None, known: ColumnVerdict | None, after: ColumnVerdict | None, entity: str | None
) -> dict[str, Any]:
    facts = _described(name, source, known, entity)
    facts["residual"] = labels_of(after)
    facts["state"] = _state(facts, touched)
    if touched is None:
        return facts
    return facts | {
        "cells": touched.cells,
        "made": touched.made,
        "changed": touched.cells - touched.missing_before - touched.kept,
        "kept": touched.kept,
        "distinct_before": touched.distinct_before,
        "distinct_after": touched.distinct_after,
        "missing_before": touched.missing_before,
        "missing_after": touched.missing_after,
        "merged": touched.merged,
        "replayed": round(touched.replayed, 4),
        "exact": touched.exact,
    }


def _described(name: str, source: str, known: ColumnVerdict | None, entity: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "source": source,
        "entity": entity,
        "found": labels_of(known),
        "score": round(known.score, 3) if known is not None and known.label else None,
        "in_text": known is not None and known.shape is ColumnShape.TEXT,
        "state": "kept",
        "cells": None,
        "made": 0,
        "changed": 0,
        "kept": 0,
        "distinct_before": None,
        "distinct_after": None,
        "missing_before": None,
        "missing_after": None,
        "merged": 0,
        "replayed": None,
        "exact": True,
        "residual": [],
    }


def _gone(name: str, known: ColumnVerdict | None, entity: str | None) -> dict[str, Any]:
    return _described(name, name, known, entity) | {"state": "dropped"}


def _state(facts: Mapping[str, Any], touched: ColumnAccount | None) -> str:
    """changed: no filled cell is as it was; partly: some are; searched: rules went through its cells for what lies inside them; kept: as it
    was, and nothing personal is known of it; exposed: as it was, although there is."""
    personal = bool(facts["found"] or facts["residual"])
    if touched is None or not touched.made:
        return "exposed" if personal else "kept"
    if not touched.kept:
        return "changed"
    if facts["in_text"] or not facts["found"]:
        return "searched"
    return "exposed" if touched.kept >= touched.cells - touched.missing_before else "partly"


def labels_of(verdict: ColumnVerdict | None) -> list[str]:
    """The labels that a verdict stands for, the most frequent first."""
    if verdict is None or verdict.shape in (ColumnShape.NONE, ColumnShape.EMPTY):
        return []
    if verdict.label is not None:
        return [verdict.label]
    return [label for label, _ in sorted(verdict.others.items(), key=lambda item: (-item[1], item[0]))]


def _transforms(account: TransformAccount, columns: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What was changed as a whole and what inside of cells: by transform where the language has named ones, else by column."""
    if isinstance(account, PolicyAccount):
        return {"field_transforms": _counted(account.field_transforms), "value_transforms": _counted(account.value_transforms)}
    changed = [column for column in columns if column["changed"]]
    return {
        "field_transforms": [_changed(column) for column in changed if not column["in_text"]],
        "value_transforms": [_changed(column) for column in changed if column["in_text"]],
    }


def _changed(column: Mapping[str, Any]) -> dict[str, Any]:
    return {"field": column["name"], "label": column["entity"], "transform": None, "cells": column["changed"]}


def _counted(counts: Sequence[TransformCount]) -> list[dict[str, Any]]:
    return [{"field": one.column, "label": one.label or None, "transform": one.transform, "cells": one.cells} for one in counts]


def _summary(account: TransformAccount, columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    exposed = [column for column in columns if column["state"] == "exposed"]
    pairs = {
        "record_count": account.rows_out,
        "field_count": len(account.columns_out),
        "fields_changed": sum(1 for column in columns if column["changed"]),
        "fields_dropped": sum(1 for column in columns if column["state"] == "dropped"),
        "fields_left_personal": len(exposed),
        "fields_left_identifying": sum(1 for column in exposed if identifies(column)),
        "cells_changed": account.total("changed"),
        "cells_unchanged": account.total("unchanged"),
        "cells_failed": account.total("errors"),
        "rows_dropped": account.rows_in - account.rows_out,
    }
    return [{"field": field, "value": value} for field, value in pairs.items()]


def _field(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column as the reports of the service described one."""
    filled = None if column["cells"] is None else column["cells"] - column["missing_before"]
    return {
        "name": column["source"],
        "count": filled,
        "approx_distinct_count": column["distinct_before"],
        "missing_count": column["missing_before"],
        "labels": column["found"][:1] if not column["in_text"] else [],
        "attributes": [],
        "entities": [
            {"label": label, "count": filled if not column["in_text"] else None, "approx_distinct_count": column["distinct_before"],
             "f_ratio": 1.0 if len(column["found"]) == 1 and not column["in_text"] else None}
            for label in column["found"]
        ],
    }  # fmt: skip
