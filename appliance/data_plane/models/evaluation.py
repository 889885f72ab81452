"""`evaluate`: two or three given tables held against each other. Nothing is trained, so nothing can be run."""

from __future__ import annotations

import json
from typing import Any

import yaml

from appliance.configurations import normalise
from appliance.configurations.evaluation import DOWNSTREAM, TEXT
from appliance.data_plane.context import Context
from appliance.data_plane.models.downstream import downstream_options, judge_downstream
from appliance.data_plane.models.evaluation_tables import Compared, assign_references, comparable, read_tables, without_dropped
from appliance.data_plane.models.reporting import Stopwatch, library_versions, publish_report, tell_scores
from appliance.data_plane.quality import JudgeOptions, judge, render_report
from appliance.data_plane.quality.report.text import render_text
from appliance.data_plane.quality.text import TextOptions, measure_text
from appliance.errors import DataRefused, JobFailed

MOST_SCORE_ROWS = 100_000
MOST_CORRELATED = 300
"""What 0 (as many as fit) stands for."""
SHOWN_ROWS = 10


def train(context: Context) -> None:
    """Judge the tables and leave the report of the task. Raises DataRefused for tables that cannot be compared."""
    _Evaluation(context).perform()


def run(context: Context) -> None:
    """Refuse: an evaluation has no model."""
    raise JobFailed("An evaluation makes no records, so there is nothing to run; its report is already with the model.")


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

    def _read(self) -> Compared:
        context = self.context
        synthetic = context.input("data_source")
        training, holdout = assign_references(context.inputs("ref_data."))
        if synthetic is None or training is None:
            missing = "data_source, the synthetic table" if synthetic is None else 'ref_data "0", the training table'
            hint = "An evaluation needs both, and a holdout as a third if there is one."
            raise DataRefused(f"The configuration names no {missing}.", hint=hint)
        tables = read_tables(synthetic, training, holdout, context.seed)
        context.rows_in = sum(side.rows for side in tables.sides)
        for remark in tables.remarks:
            context.log("pre", remark, level="warning")
        return without_dropped(tables, self.section["appliance"]["drop_columns"])

    def _tell_plan(self, tables: Compared) -> None:
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
        references = self.context.inputs("ref_data.")
        for key in [key for key, path in references.items() if path not in assign_references(references)]:
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

    def _judge_quality(self, tables: Compared) -> None:
        told = len(tables.remarks)
        tables = comparable(tables, self.params, self.context.seed)
        for remark in tables.remarks[told:]:
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

    def _judge_text(self, tables: Compared) -> None:
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
