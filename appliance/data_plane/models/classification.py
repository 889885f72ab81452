"""`classify`: a file searched for personal data. Training searches the data source; a run does the same with another file.

A column is judged by a sample from the whole file; then every row is searched by these verdicts while the findings are written. Memory
holds the sample, one batch of rows and counts, whatever the file's size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from appliance import __version__
from appliance.configurations.classify import Wanted, wanted_labels
from appliance.configurations.label_predictors import predictors_of
from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS, MODEL_ARTIFACTS, RUN_ARTIFACTS
from appliance.data_plane.context import Context
from appliance.data_plane.detection.findings import SCHEMA, file_format
from appliance.data_plane.detection.report.facts import Searched, report_of
from appliance.data_plane.detection.report.page import render
from appliance.data_plane.detection.survey import Survey
from appliance.data_plane.models.archive import write_archive
from appliance.data_plane.models.detecting import Judged, detector_versions, judge_columns, load_detector
from appliance.data_plane.models.packing import disk_errors, write_gzip
from appliance.data_plane.models.passing import Odometer, Passage, digest_of, given_file, tell_configuration, tell_remarks
from appliance.data_plane.models.preview import masked_preview
from appliance.data_plane.models.recalled import recalled_configuration
from appliance.data_plane.models.reporting import Stopwatch, publish_report, tell_scores
from appliance.data_plane.models.running_text import as_running_text
from appliance.data_plane.tables import write_batches
from appliance.data_plane.tables.memory import use_frugal_memory
from appliance.data_plane.tables.schema import FileFormat, Table

MODEL_TYPE = "classify"
ENGINE = "detector"


def train(context: Context) -> None:
    """Search the data source and leave findings, report, preview and a model that searches other files alike. Raises DataRefused."""
    use_frugal_memory()
    document: dict[str, Any] = json.loads(json.dumps(context.assignment.configuration))
    document["models"][0][MODEL_TYPE]["appliance"]["seed"] = context.seed
    tell_remarks(context, document)
    search = _Search(context, document)
    search.perform(EXTRA_MODEL_ARTIFACTS["data"], "train", document["models"][0][MODEL_TYPE]["appliance"]["format"])
    tell_configuration(context, document)
    search.publish_preview()
    search.publish_archive()
    report = search.report()
    publish_report(context, "report", report, render(report))
    tell_scores(context, report)


def run(context: Context) -> None:
    """Search another file as the model says; leaves the findings and a report as JSON. Raises DataRefused."""
    use_frugal_memory()
    folder = context.directory.tmp / "model"
    folder.mkdir()
    archive = context.input("model")
    assert archive is not None
    document = recalled_configuration(archive, folder, MODEL_TYPE)
    own = (context.assignment.params.get("params") or {}).get("appliance") or {}
    search = _Search(context, document)
    search.perform(RUN_ARTIFACTS["data"], "run", own.get("format") or document["models"][0][MODEL_TYPE]["appliance"]["format"])
    name = RUN_ARTIFACTS["run_report_json"]
    write_gzip(context.staging(name), json.dumps(search.report(), ensure_ascii=False).encode())
    context.publish("run_report_json", name)


class _Search:
    """One search of one file by a checked configuration."""

    def __init__(self, context: Context, document: dict[str, Any]) -> None:
        self.context = context
        self.document = document
        self.section: dict[str, Any] = document["models"][0][MODEL_TYPE]
        self.stopwatch = Stopwatch(context)
        self.wanted: Wanted = wanted_labels(self.section)
        self.detector = load_detector(document, self.wanted, names=self.section["use_nlp"] is not False)
        self.preview: Table | None = None
        judged = judge_columns(given_file(context), self.detector, context.seed, predictors_of(document))
        self.judged: Judged = as_running_text(judged)
        self.survey = Survey(self.detector, self.judged.verdicts, self.wanted)

    def perform(self, name: str, stage: str, wanted_format: str | None) -> None:
        """Judge the columns, then write the findings as the artifact `data` under `name`."""
        context, path = self.context, given_file(self.context)
        context.log("pre", "The columns were judged by a sample of the file.", columns=len(self.judged.verdicts), rows=self._looked_at)
        with disk_errors():
            write_batches(SCHEMA, self._found(path, stage), context.staging(name), file=file_format(wanted_format))
            context.publish("data", name)
        context.rows_in = self.survey.rows
        context.rows_out = sum(count.findings.total() for count in self.survey.counts.values())
        context.log(stage, "Every row was searched.", rows=self.survey.rows, findings=context.rows_out)

    def _found(self, path: Path, stage: str) -> Iterator[Table]:
        passage = Passage(path, Odometer(self.context, stage, "Searched for personal data"))
        for batch in passage.batches():
            if self.preview is None:
                self.preview = masked_preview(batch, passage.source.file.format, self.survey, self.judged.sample.columns)
            yield self.survey.search(batch, passage.source.file.format)
        if self.preview is None:
            empty = pa.record_batch([pa.array([], pa.string()) for _ in passage.source.names], names=list(passage.source.names))
            self.preview = masked_preview(empty, passage.source.file.format, self.survey, self.judged.sample.columns)

    def publish_preview(self) -> None:
        """The first rows, with labels in place of what was found."""
        name = MODEL_ARTIFACTS["data_preview"]
        assert self.preview is not None
        write_batches(self.preview.schema, (self.preview,), self.context.staging(name), file=FileFormat(compression="gz"))
        self.context.publish("data_preview", name)

    def publish_archive(self) -> None:
        """What is needed to search another file alike: the configuration, and what it was searched with."""
        name, file = MODEL_ARTIFACTS["model"], self.context.directory.tmp / "detector.json"
        file.write_bytes(msgspec.json.encode(detector_versions(), order="deterministic"))
        write_archive(
            self.context.staging(name),
            {"detector.json": file},
            model_type=MODEL_TYPE,
            engine=ENGINE,
            appliance_version=__version__,
            configuration=self.document,
        )
        self.context.publish("model", name)

    def report(self) -> dict[str, Any]:
        """The report so far."""
        searched = Searched(
            survey=self.survey,
            samples=self.judged.sample.columns,
            title=str(self.document.get("name") or MODEL_TYPE),
            model_type=MODEL_TYPE,
            settings=self._settings(),
            versions=detector_versions(),
            configuration_digest=digest_of(self.document),
        )
        return report_of(searched, self.stopwatch.run_facts())

    @property
    def _looked_at(self) -> int:
        """Rows that the columns were judged by."""
        return max((sample.rows for sample in self.judged.sample.columns), default=0)

    def _settings(self) -> list[tuple[str, str]]:
        asked = ", ".join(self.wanted.words) if self.wanted.words else "all"
        return [
            ("labels looked for", asked),
            ("names and places in free text", "no" if self.section["use_nlp"] is False else "yes"),
            ("rows that columns were judged by", f"{self._looked_at:,}"),
            ("seed", str(self.context.seed)),
        ]
