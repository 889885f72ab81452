"""`transform_v2` and `transforms`: a file in which personal data is changed by rules. Training classifies the columns once, fixes the plan
and transforms the data source; a run applies the same plan, under the same key, to another file of any size.

Key: the project's, handed over in memory; a model keeps the number of its key. Number 0 is a key made from the seed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from appliance import __version__
from appliance.configurations.classify import Wanted
from appliance.contract.artifact import MODEL_ARTIFACTS, RUN_ARTIFACTS
from appliance.data_plane.context import Context
from appliance.data_plane.detection.detector import Detector
from appliance.data_plane.detection.finding import ColumnVerdict
from appliance.data_plane.models.archive import write_archive
from appliance.data_plane.models.conversion import convert
from appliance.data_plane.models.detecting import Judged, detector_versions, judge_columns, load_detector
from appliance.data_plane.models.packing import disk_errors, write_gzip
from appliance.data_plane.models.passing import Odometer, digest_of, given_file, rules_text, tell_configuration, tell_remarks, versions_of
from appliance.data_plane.models.recalled import checked_plan, recalled, recalled_configuration
from appliance.data_plane.models.reporting import Stopwatch, publish_report, tell_scores
from appliance.data_plane.models.rule_engines import RuleEngine, engine_of
from appliance.data_plane.models.transform_keys import KeyChoice, choose_key
from appliance.data_plane.tables.memory import use_frugal_memory
from appliance.data_plane.tables.sniff import open_source
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.passage import Passage
from appliance.data_plane.transform.plan import TransformPlan
from appliance.data_plane.transform.policies.plan import PolicyPlan
from appliance.data_plane.transform.report.facts import Transformed, report_of
from appliance.data_plane.transform.report.page import render

ENGINE = "rules"
_CHECKED_BYTES = 128 << 20
"""Bytes of the output's cells that are searched again: rules treat the first rows as they treat the last."""


class Remembered(msgspec.Struct, frozen=True):
    """What a model keeps beside its configuration. `plan`: as the engine of its type wrote it; `key`: number of the key that its fakes
    hang on; `seed`: of the key numbered 0; `verdicts` and `entities`: what the training file's columns were taken for, by what is of
    `versions`; `remarks`: what is odd about the configuration."""

    plan: msgspec.Raw
    key: int
    seed: int
    verdicts: tuple[ColumnVerdict, ...]
    entities: dict[str, str | None]
    versions: dict[str, str]
    remarks: tuple[str, ...] = ()


def train(context: Context) -> None:
    """Classify, plan, transform the data source, and search the result again. Raises DataRefused, JobFailed."""
    use_frugal_memory()
    document: dict[str, Any] = json.loads(json.dumps(context.assignment.configuration))
    work = _Work(context, document)
    remarks = tell_remarks(context, document)
    judged = work.judge()
    engine = work.engine
    plan = engine.plan(judged)
    key = choose_key(context.secrets, work.own.get("key"), engine.seed if engine.seed is not None else context.seed)
    work.settle(
        Remembered(msgspec.Raw(plan), key.number, key.seed, tuple(judged.verdicts), engine.entities(judged), work.versions(), remarks)
    )
    account = work.transform(plan, key, MODEL_ARTIFACTS["data_preview"], "data_preview", "train")
    tell_configuration(context, document)
    work.publish_archive()
    report = work.report(account, key, "data_preview")
    publish_report(context, "report", report, render(report))
    tell_scores(context, report)


def run(context: Context) -> None:
    """Transform another file as the model's data source was. Raises DataRefused, and JobFailed where its key was destroyed."""
    use_frugal_memory()
    folder = context.directory.tmp / "model"
    folder.mkdir()
    archive = context.input("model")
    assert archive is not None
    document = recalled_configuration(archive, folder, context.assignment.model_type)
    known = recalled(folder / "plan.json", Remembered)
    work = _Work(context, document)
    plan = checked_plan(bytes(known.plan), PolicyPlan if work.model_type == "transforms" else TransformPlan, work.section)
    work.settle(known)
    key = choose_key(context.secrets, known.key, known.seed)
    account = work.transform(plan, key, RUN_ARTIFACTS["data"], "data", "run")
    name = RUN_ARTIFACTS["run_report_json"]
    report = work.report(account, key, "data")
    write_gzip(context.staging(name), json.dumps(report, ensure_ascii=False).encode())
    context.publish("run_report_json", name)


class _Work:
    """One transform of one file by a checked configuration."""

    def __init__(self, context: Context, document: dict[str, Any]) -> None:
        self.context = context
        self.document = document
        self.model_type = next(iter(document["models"][0]))
        self.section: dict[str, Any] = document["models"][0][self.model_type]
        self.own: dict[str, Any] = self.section["appliance"]
        self.stopwatch = Stopwatch(context)
        self.engine: RuleEngine = engine_of(document)
        self._known: Remembered | None = None
        self._form: str | None = None

    @cached_property
    def detector(self) -> Detector:
        """What looks for personal data, loaded when it is first asked: its patterns take half a second to compile."""
        return load_detector(self.document, Wanted(), names=True)

    def judge(self) -> Judged:
        """What the columns of the data source are taken for; by no detector where the configuration leaves that out."""
        path = given_file(self.context)
        detector = self.detector if self.engine.classifies else None
        judged = judge_columns(path, detector, self.context.seed, self.engine.predictors)
        count = sum(1 for verdict in judged.verdicts if verdict.label)
        self.context.log("pre", "The columns were classified." if detector else "Columns are not classified, as configured.", found=count)
        return judged

    def settle(self, known: Remembered) -> None:
        """From here on it is known what the columns are and what is done."""
        self._known = known

    def versions(self) -> dict[str, str]:
        """Of everything that the result hangs on."""
        return (detector_versions() if self.engine.searches else {}) | versions_of("faker")

    def transform(self, plan: bytes, key: KeyChoice, name: str, kind: str, stage: str) -> TransformAccount:
        """The whole file into the artifact `kind`."""
        context, path = self.context, given_file(self.context)
        given = open_source(path, most_objects=1).file.format
        wanted = self._form = self._wanted_format(given)
        size, odometer = max(1, path.stat().st_size), Odometer(context, stage, "Transformed")
        made = context.staging(name) if wanted == given else context.directory.tmp / "transformed"
        with disk_errors():
            passage = Passage(
                path,
                made,
                key.value,
                context.clock.monotonic,
                spans=self.detector.spans if self.engine.searches else None,
                mixed_spans=self.detector.mixed_spans if self.engine.searches else None,
                progress=lambda rows, consumed: odometer.tell(consumed / size, rows),
                compression="gz",
            )
            account = self.engine.transform(plan, passage)
            if wanted != given:
                convert(made, context.staging(name), wanted, given)
                made.unlink()
            context.publish(kind, name)
        context.rows_in, context.rows_out = account.rows_in, account.rows_out
        context.log(stage, "Every row was transformed.", rows=account.rows_in, rows_out=account.rows_out, cells=account.total("changed"))
        return account

    def _wanted_format(self, given: str) -> str:
        """The format of the output: as asked; else CSV, which every client reads, and plain text of plain text."""
        params = (self.context.assignment.params.get("params") or {}).get("appliance") or {}
        asked = params.get("format") or self.own.get("format")
        if asked == "text" or (asked is None and given == "text"):
            return given
        return asked or "csv"

    def publish_archive(self) -> None:
        """What is needed to transform another file alike; no key is in it."""
        name, file = MODEL_ARTIFACTS["model"], self.context.directory.tmp / "plan.json"
        file.write_bytes(msgspec.json.encode(self._known, order="deterministic"))
        write_archive(
            self.context.staging(name),
            {"plan.json": file},
            model_type=self.model_type,
            engine=ENGINE,
            appliance_version=__version__,
            configuration=self.document,
        )
        self.context.publish("model", name)

    def report(self, account: TransformAccount, key: KeyChoice, kind: str) -> dict[str, Any]:
        """The report, after the output was searched again."""
        known = self._known
        assert known is not None
        made = Transformed(
            account=account,
            before=known.verdicts,
            after=self._search_again(kind),
            entities=known.entities,
            title=str(self.document.get("name") or self.model_type),
            model_type=self.model_type,
            settings=self._settings(key),
            versions=self.versions(),
            configuration_digest=digest_of(self.document),
            remarks=known.remarks,
            checked=self.engine.classifies,
            rules_text=rules_text(self.section),
        )
        return report_of(made, self.stopwatch.run_facts())

    def _search_again(self, kind: str) -> Sequence[ColumnVerdict]:
        if not self.engine.classifies:
            return ()
        path, seed = self._published(kind), self.context.seed
        return judge_columns(path, self.detector, seed, self.engine.predictors, most_read=_CHECKED_BYTES, form=self._form).verdicts

    def _published(self, kind: str) -> Path:
        (name,) = [entry.name for entry in self.context.artifacts if entry.type == kind]
        return self.context.directory.artifacts / name

    def _settings(self, key: KeyChoice) -> list[tuple[str, str]]:
        same = "the same values become the same fakes, in any order of rows and in other tables under the same key"
        return [
            ("columns classified", "yes" if self.engine.classifies else "no, as configured"),
            ("output searched again", "a sample of its rows" if self.engine.classifies else "no"),
            ("key", "made from the seed" if key.value.weak else f"number {key.number} of the project"),
            ("repeatable", same),
            ("cells whose expression fails", str(self.own.get("on_error") or "redact")),
            ("seed of fakes", "none: the key alone decides" if self.engine.seed is None else str(self.engine.seed)),
        ]
