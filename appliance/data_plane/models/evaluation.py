"""`evaluate`: two or three given tables held against each other. Nothing is trained, so nothing can be run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml

from appliance.configurations import normalise
from appliance.configurations.evaluation import DOWNSTREAM, TEXT
from appliance.data_plane.context import Context
from appliance.data_plane.models.downstream import downstream_options, judge_downstream
from appliance.data_plane.models.reporting import Stopwatch, library_versions, publish_report, tell_scores
from appliance.data_plane.quality import JudgeOptions, judge, render_report
from appliance.data_plane.quality.report.text import render_text
from appliance.data_plane.quality.text import TextOptions, measure_text
from appliance.data_plane.tables import TableOverrides, read_table
from appliance.data_plane.tables.schema import Table, TableSchema
from appliance.errors import DataRefused, JobFailed

TRAINING_NAMES = ("0", "training", "train", "reference", "real")
HOLDOUT_NAMES = ("holdout", "test", "test_data", "validation")
MOST_SCORE_ROWS = 100_000
MOST_CORRELATED = 300
"""What 0 (as many as fit) stands for."""
SHOWN_ROWS = 10
NAMED_COLUMNS = 10


def train(context: Context) -> None:
    """Judge the tables and leave the report of the task. Raises DataRefused for tables that cannot be compared."""
    _Evaluation(context).perform()


def run(context: Context) -> None:
    """Refuse: an evaluation has no model."""
    raise JobFailed("An evaluation makes no records, so there is nothing to run; its report is already with the model.")


def assign_references(paths: dict[str, Path]) -> tuple[Path | None, Path | None]:
    """The training table and the holdout among the references: by their names, the rest in order (numbers by size)."""
    left = sorted(paths, key=lambda key: (not key.isdecimal(), int(key) if key.isdecimal() else 0))
    lowered = {key.lower(): key for key in reversed(left)}
    named = {role: next((lowered[name] for name in names if name in lowered), None) for role, names in _ROLES.items()}
    left = [key for key in left if key not in named.values()]
    training = named["training"] or (left.pop(0) if left else None)
    holdout = named["holdout"] or (left.pop(0) if left else None)
    return paths.get(training or ""), paths.get(holdout or "")


_ROLES = {"training": TRAINING_NAMES, "holdout": HOLDOUT_NAMES}


class _Tables(msgspec.Struct, frozen=True):
    """What is compared; `remarks` are sentences about columns that could not be."""

    train: Table
    synthetic: Table
    holdout: Table | None
    remarks: tuple[str, ...] = ()


class _Evaluation:
    """One evaluation. `section` is the configuration's object of the model type."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.stopwatch = Stopwatch(context)
        self.document: dict[str, Any] = json.loads(json.dumps(context.assignment.configuration))
        self.section: dict[str, Any] = self.document["models"][0][context.assignment.model_type]
        self.params: dict[str, Any] = self.section["params"]
        self.task: str = self.section["task"]["type"]

    def perform(self) -> None:
        tables = self._read()
        self._tell_plan(tables)
        if self.task in DOWNSTREAM:
            options = downstream_options(self.task, self.params, title=self._title(), model_type="evaluate")
            judge_downstream(self.context, (tables.train, tables.synthetic, tables.holdout), options, self.stopwatch)
        elif self.task == TEXT:
            self._judge_text(tables)
        else:
            self._judge_quality(tables)

    def _title(self) -> str:
        return str(self.document.get("name") or "evaluate")

    def _read(self) -> _Tables:
        context = self.context
        synthetic = context.input("data_source")
        training, holdout = assign_references(context.inputs("ref_data."))
        if synthetic is None or training is None:
            missing = "data_source, the synthetic table" if synthetic is None else 'ref_data "0", the training table'
            raise DataRefused(
                f"The configuration names no {missing}.", hint="An evaluation needs both, and a holdout as a third if there is one."
            )
        train_table = read_table(training)
        like = train_table.schema
        tables = _Tables(train_table, _read_like(synthetic, like), _read_like(holdout, like) if holdout is not None else None)
        context.rows_in = tables.train.rows + tables.synthetic.rows + (tables.holdout.rows if tables.holdout is not None else 0)
        return self._without_dropped(tables)

    def _without_dropped(self, tables: _Tables) -> _Tables:
        dropped = set(self.section["appliance"]["drop_columns"])
        if not dropped:
            return tables
        sides = (tables.train, tables.synthetic, tables.holdout)
        unknown = dropped - {name for side in sides if side is not None for name in side.schema.names}
        if unknown:
            raise DataRefused(f"The configuration drops the column {min(unknown)!r}, but no table has such a column.")
        kept = [None if side is None else chosen(side, [name for name in side.schema.names if name not in dropped]) for side in sides]
        assert kept[0] is not None
        assert kept[1] is not None
        return _Tables(kept[0], kept[1], kept[2])

    def _tell_plan(self, tables: _Tables) -> None:
        log, held = self.context.log, tables.holdout
        log(
            "pre",
            "The tables were read.",
            columns=len(tables.train.schema.names),
            training_rows=tables.train.rows,
            synthetic_rows=tables.synthetic.rows,
            holdout_rows=held.rows if held is not None else 0,
        )
        for key in self._without_effect():
            log("pre", f"The key {key} is known but has no effect on this evaluation.", level="warning")
        for key in sorted(set(self.context.inputs("ref_data.")))[2:]:
            log("pre", f"The reference {key} is not used: an evaluation takes a training table and a holdout.", level="warning")
        self.section["appliance"]["seed"] = self.context.seed
        self.context.resolved(self.document)
        text = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True)
        log("train", f"Using updated model configuration: \n{text}")

    def _without_effect(self) -> tuple[str, ...]:
        """Known keys that were changed from their default although this task does not use them."""
        plain = normalise({"schema_version": "1.0", "models": [{"evaluate": {"data_source": "_"}}]}).section
        changed = {
            key: {name: item for name, item in value.items() if item != plain[key].get(name)} if isinstance(value, dict) else value
            for key, value in self.section.items()
            if key not in ("data_source", "ref_data") and value != plain[key]
        }
        given = {"schema_version": "1.0", "models": [{"evaluate": {"data_source": "_", **changed}}]}
        return normalise(given).ignored

    def _judge_quality(self, tables: _Tables) -> None:
        tables = _comparable(tables, self.params, self.context.seed)
        for remark in tables.remarks:
            self.context.log("pre", remark, level="warning")
        self.context.log("run", "The synthetic rows are being judged against the training data.")
        report = judge(tables.train, tables.synthetic, tables.holdout, self._options(tables.remarks), self.context.seed, self._follow)
        report["run"] = self.stopwatch.run_facts()
        publish_report(self.context, "report", report, render_report(report))
        tell_scores(self.context, report)

    def _options(self, remarks: tuple[str, ...]) -> JudgeOptions:
        params, privacy = self.params, self.section["privacy_metrics"]
        return JudgeOptions(
            title=self._title(),
            model_type="evaluate",
            mechanism=(("synthetic table", "given as a file"), ("seed", str(self.context.seed))),
            versions=library_versions(),
            warnings=remarks,
            score_rows=params["sqs_report_rows"] or MOST_SCORE_ROWS,
            correlation_columns=params["correlation_columns"] or MOST_CORRELATED,
            membership=not (privacy["skip"] or privacy["skip_mia"]),
            attributes=not (privacy["skip"] or privacy["skip_aia"]),
            attacks=not privacy["skip"],
            sample_rows=SHOWN_ROWS,
        )

    def _judge_text(self, tables: _Tables) -> None:
        params = self.params
        options = TextOptions(
            columns=(params["target"],) if params["target"] else tuple(params["mandatory_columns"]),
            rows=params["sqs_report_rows"],
            title=self._title(),
            versions=library_versions(),
        )
        self.context.log("run", "The texts are being compared.")
        report = measure_text(tables.train, tables.synthetic, tables.holdout, options, self.context.seed, self._follow)
        report["run"] = self.stopwatch.run_facts()
        for warning in report["warnings"]:
            self.context.log("run", warning["what"], level="info" if warning["level"] == "note" else "warning")
        publish_report(self.context, "text_metrics_report", report, render_text(report))
        tell_scores(self.context, report, "text")

    def _follow(self, step: str, done: int, total: int) -> None:
        self.context.progress("judge", done, total)


def _read_like(path: Path, schema: TableSchema) -> Table:
    """A table read as the training one was; as its own values suggest where those do not fit."""
    try:
        return read_table(path, overrides=TableOverrides(like=schema))
    except DataRefused:
        return read_table(path)


def chosen(table: Table, names: list[str]) -> Table:
    """The table with these columns, in this order."""
    columns = tuple(table.schema.column(name) for name in names)
    return Table(TableSchema(columns, table.schema.file), table.data.select(names))


def _comparable(tables: _Tables, params: dict[str, Any], seed: int) -> _Tables:
    """The tables with the mandatory columns first, and no more shared columns than wanted; those that the holdout lacks are left out."""
    shared = _shared(tables.train, tables.synthetic)
    missing = [name for name in params["mandatory_columns"] if name not in shared]
    if missing:
        raise DataRefused(f"The mandatory column {missing[0]!r} is not in both tables.", hint="Name columns that every table has.")
    remarks = []
    if tables.holdout is not None and shared:
        held = set(tables.holdout.schema.names)
        lost = [name for name in shared if name not in held]
        if len(lost) == len(shared):
            raise DataRefused("The holdout has no column in common with the other two tables.", hint="Give rows of the same kind.")
        if lost:
            remarks.append(f"The holdout lacks {_listed(lost)}, so the report leaves that out.")
            shared = [name for name in shared if name in held]
    kept = _limited(shared, params["mandatory_columns"], params["sqs_report_columns"], seed)
    if len(kept) < len(shared):
        remarks.append(f"{len(kept)} of {len(shared)} columns are judged, as configured (sqs_report_columns).")
    sides = [_arranged(side, kept, tables) for side in (tables.train, tables.synthetic)]
    holdout = chosen(tables.holdout, kept) if tables.holdout is not None and kept else tables.holdout
    return _Tables(sides[0], sides[1], holdout, tuple(remarks))


def _shared(first: Table, second: Table) -> list[str]:
    there = set(second.schema.names)
    return [name for name in first.schema.names if name in there]


def _limited(shared: list[str], mandatory: list[str], limit: int, seed: int) -> list[str]:
    """At most `limit` columns (0: all): the mandatory ones first, then others by lot, in the order of the table."""
    first = [name for name in dict.fromkeys(mandatory) if name in shared]
    rest = [name for name in shared if name not in first]
    room = max(0, (limit or len(shared)) - len(first))
    if len(rest) > room:
        drawn = np.sort(np.random.default_rng([seed, 61]).choice(len(rest), room, replace=False))
        rest = [rest[place] for place in drawn]
    return [*first, *rest]


def _arranged(side: Table, kept: list[str], tables: _Tables) -> Table:
    """`kept` first; then the columns that only this table has, which the report names."""
    both = set(_shared(tables.train, tables.synthetic))
    return chosen(side, [*kept, *(name for name in side.schema.names if name not in both)])


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_COLUMNS])
    many = "the column " if len(names) == 1 else "the columns "
    return many + shown + (f" and {len(names) - NAMED_COLUMNS} more" if len(names) > NAMED_COLUMNS else "")
