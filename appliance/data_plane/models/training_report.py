"""The report of a training: what was made, judged against what was learnt from, with what the judge must be told of the job."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from appliance.configurations.constraints import target_column
from appliance.data_plane.context import Context
from appliance.data_plane.models.downstream import publish_downstream
from appliance.data_plane.models.engine import TrainedModel
from appliance.data_plane.models.holdout import Split
from appliance.data_plane.models.reporting import Stopwatch, library_versions, publish_report, tell_scores
from appliance.data_plane.quality import JudgeOptions, judge, render_report
from appliance.data_plane.synthesis import Sampled

SHOWN_RECORDS = 10
_PRIVATE = "differential privacy"


class TrainingReport:
    """The report of one training. `document` is the configuration as it was resolved; `sampled_from` the rows of the file where only a
    sample of them was learnt from, else 0; `group_by` the key of sequences."""

    def __init__(self, context: Context, document: dict[str, Any], model_type: str, sampled_from: int, group_by: tuple[str, ...]) -> None:
        self.context = context
        self.document = document
        self.model_type = model_type
        self.section: dict[str, Any] = document["models"][0][model_type]
        self.sampled_from = sampled_from
        self.group_by = group_by

    def publish(self, split: Split, model: TrainedModel, sampled: Sampled, stopwatch: Stopwatch) -> None:
        """Score, attack, write the report, and the downstream one where the configuration asks for it."""
        context = self.context
        context.log("run", "The records are being judged against the training data.", rows=split.train.rows)
        tables = (split.train, sampled.table, split.holdout)
        report = judge(*tables, self.options(model, sampled), context.seed, self._follow)
        report["run"] = stopwatch.run_facts()
        publish_report(context, "report", report, render_report(report))
        tell_scores(context, report)
        publish_downstream(context, *tables, self.section["evaluate"], title=str(self.document.get("name") or ""), engine=model.engine)

    def options(self, model: TrainedModel, sampled: Sampled) -> JudgeOptions:
        """What the judge is told of the job."""
        private = _is_private(model)
        return JudgeOptions(
            title=str(self.document.get("name") or self.model_type),
            model_type=self.model_type,
            engine=model.engine,
            mechanism=self._mechanism(model, sampled),
            versions=library_versions(),
            warnings=tuple(f"{note.column}: {note.text}" if note.column else note.text for note in (*model.notes, *sampled.notes)),
            sample_rows=SHOWN_RECORDS,
            budget=model.mechanism if private else (),
            provenance=self._provenance(),
            target=target_column(self.section["appliance"]["target"]) or "",
            group_by=self.group_by,
            order_by=self.section.get("order_training_examples_by") or "",
        )

    def _mechanism(self, model: TrainedModel, sampled: Sampled) -> tuple[tuple[str, str], ...]:
        filters = self.section.get("privacy_filters") or {}
        filtered = "refused by the filters or " if filters.get("outliers") or filters.get("similarity") else ""
        redrawn = f"records {filtered}redrawn because they may equal a training row"
        used = f"{model.trained_rows:,} of a uniform random sample of the {self.sampled_from:,} rows"
        return (
            ("engine", model.engine),
            ("seed", str(self.context.seed)),
            *((("rows learnt from", used),) if self.sampled_from else ()),
            *(() if _is_private(model) else model.mechanism),
            ("outlier filter", str(filters.get("outliers") or "off")),
            ("similarity filter", str(filters.get("similarity") or "off")),
            ("records refused by the outlier filter" if _is_private(model) else redrawn, str(sampled.invalid)),
        )

    def _provenance(self) -> tuple[tuple[str, str], ...]:
        """The digest of the resolved configuration, but for the name of the upload, which differs from one upload to the next."""
        section = {key: value for key, value in self.section.items() if key not in ("data_source", "ref_data")}
        text = json.dumps({self.model_type: section}, sort_keys=True, ensure_ascii=False)
        return (("configuration (sha256)", hashlib.sha256(text.encode()).hexdigest()),)

    def _follow(self, step: str, done: int, total: int) -> None:
        self.context.progress("judge", done, total)


def _is_private(model: TrainedModel) -> bool:
    """Whether the model's mechanism is differential privacy: that is told in a place of its own, and no record is held against a row."""
    return any(name == _PRIVATE and value != "none" for name, value in model.mechanism)
