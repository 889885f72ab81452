"""One training from table to archive, preview and report."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import yaml

from appliance import __version__
from appliance.configurations.constraints import first_columns, target_column
from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS, MODEL_ARTIFACTS
from appliance.data_plane.context import Context
from appliance.data_plane.models.archive import write_archive
from appliance.data_plane.models.downstream import check_task
from appliance.data_plane.models.engine import PRIVATE, Engine, TrainedModel, choose_engine, find_engine
from appliance.data_plane.models.generation import Made, Output, Wish, generate
from appliance.data_plane.models.holdout import Split, split_holdout
from appliance.data_plane.models.idle_keys import keys_without_effect
from appliance.data_plane.models.private_rows import read_secretly, split_secretly
from appliance.data_plane.models.reporting import Stopwatch
from appliance.data_plane.models.training_report import TrainingReport
from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.options import Budget
from appliance.data_plane.synthesis.private.noise import SystemNoise
from appliance.data_plane.synthesis.sequences.notice import notice_sequences
from appliance.data_plane.tables import check_trainable, read_sample, write_table
from appliance.data_plane.tables.memory import release_unused
from appliance.data_plane.tables.schema import FileFormat, Table, TableSchema
from appliance.errors import DataRefused

EARLY_RECORDS = 10
EARLY_TRAINING_ROWS = 2_000
JUDGED_RECORDS = 50_000
_MEASURED_RECORDS = 1_000
_SAMPLED = "The table is larger than what is learnt from at once: a uniform random sample of its rows is used."
_MEGABYTE = 1_000_000


class Training:
    """One training. `section` is the configuration's object of the model type."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.model_type = context.assignment.model_type
        self.document: dict[str, Any] = json.loads(json.dumps(context.assignment.configuration))
        self.section: dict[str, Any] = self.document["models"][0][self.model_type]
        self.own: dict[str, Any] = self.section["appliance"]
        self.engine_name = choose_engine(self.model_type, self.section)
        self.epochs = 1
        self.sampled_from = 0
        self.stopwatch = Stopwatch(context)

    def perform(self) -> None:
        """Everything, in the order in which a user wants to see it: early records first, the report last."""
        context = self.context
        engine = find_engine(self.engine_name)
        split = self._split()
        release_unused()
        if not engine.private:
            self._show_early_records(engine, split.train)
        model = engine.fit(split.train, self._options(), self._follow)
        release_unused()
        self._tell_notes(model)
        self._resolve(model)
        self._publish_archive(model)
        wanted = self._records_wanted(model)
        output = Output("data_preview", MODEL_ARTIFACTS["data_preview"], self.own.get("format"), wanted, self._group_by())
        judged = min(split.train.rows, JUDGED_RECORDS)
        made = generate(context, model, self._wish(max(wanted, judged)), output, keep=JUDGED_RECORDS)
        self._judge(split, model, made)

    def _split(self) -> Split:
        """The rows to learn from and the holdout; the table that they came from is let go."""
        table = self._read()
        private = self.engine_name == PRIVATE
        split = split_secretly(table, SystemNoise()) if private else split_holdout(table, self.context.seed, self._group_by())
        self._tell_plan(table, split)
        return split

    def _read(self) -> Table:
        context = self.context
        path = context.input("data_source")
        if path is None:
            raise DataRefused("The configuration names no data_source, so there is nothing to train on.")
        private = self.engine_name == PRIVATE
        read = read_secretly(path, SystemNoise()) if private else read_sample(path, context.seed, together=self._group_by())
        table = without_columns(read.table, self.own["drop_columns"])
        check_trainable(table)
        self._check_target(table)
        check_task(table, self.section["evaluate"])
        context.rows_in = read.total_rows
        self.sampled_from = read.total_rows if read.partial else 0
        if read.partial:
            context.log("pre", _SAMPLED, rows=table.rows, total_rows=read.total_rows)
        return table

    def _check_target(self, table: Table) -> None:
        name = target_column(self.own["target"])
        if name is not None and name not in table.schema.names:
            raise DataRefused(f"The configuration's target names the column {name!r}, but the table has no such column.")

    def _tell_plan(self, table: Table, split: Split) -> None:
        log = self.context.log
        self.epochs = self._count_epochs(table.schema)
        log("pre", "The training data was read.", rows=table.rows, columns=len(table.schema.names), num_epochs=self.epochs)
        for column in table.schema.columns:
            log("pre", f"Column {column.name} is read as {column.kind.value}.", level="debug")
        for key in keys_without_effect(self.document):
            log("pre", f"The key {key} is known but has no effect on the engine used here.", level="warning")
        if split.holdout is None:
            log("pre", "Too few rows to set a holdout aside: privacy scores will be unavailable.", level="warning", rows=table.rows)
        else:
            log("pre", "A holdout was set aside for the report; nothing is learnt from it.", holdout_rows=split.holdout.rows)
        noticed = None if self._group_by() or self.engine_name == PRIVATE else notice_sequences(table)
        if noticed is not None:
            log("pre", f"{noticed.column}: {noticed.text}", level="warning")

    def _count_epochs(self, schema: TableSchema) -> int:
        """What the client's progress bar counts to: the configured epochs, else 1 where the type has none and one for each column."""
        params = self.section.get("params") or {}
        if "epochs" not in params:
            return 1
        return params["epochs"] if isinstance(params["epochs"], int) else len(schema.names)

    def _follow(self, column: str, done: int, total: int, loss: float) -> None:
        """The engine's progress after each column; `loss` is measured on rows that the trees were not grown on."""
        context = self.context
        epoch = round(self.epochs * done / total, 2)
        context.progress("train", done, total)
        context.metric("out_of_sample_loss", float(loss), column=column)
        context.log("train", f"Learnt {column}.", epoch=int(epoch) if epoch == int(epoch) else epoch, loss=round(float(loss), 6))

    def _group_by(self) -> tuple[str, ...]:
        """The key of sequences; empty where rows stand alone."""
        key = self.section.get("group_training_examples_by")
        return tuple(key) if isinstance(key, list) else (key,) if key else ()

    def _options(self, effort: str | None = None) -> EngineOptions:
        own = self.own
        options = EngineOptions(
            seed=self.context.seed,
            seed_columns=first_columns(own),
            threads=self.context.threads,
            effort=effort or ("fast" if self.model_type == "amplify" else "normal"),
            group_by=self._group_by(),
            order_by=self.section.get("order_training_examples_by"),
            bounds=own["bounds"],
            categories=own["categories"],
            constraints=tuple(own["constraints"]),
            budget=self._budget() if self.engine_name == PRIVATE else None,
        )
        return msgspec.structs.replace(options, fast_rows=EARLY_TRAINING_ROWS) if effort == "fast" else options

    def _budget(self) -> Budget:
        """What differential privacy may spend, from whichever section promises it."""
        params = self.section["params"] if self.model_type == "tabular_dp" else self.section["privacy_params"]
        delta = None if params["delta"] == "auto" else float(params["delta"])
        return Budget(float(params["epsilon"]), delta, bool(params.get("infer_domain", True)), self.sampled_from)

    def _wish(self, count: int) -> Wish:
        return Wish.of(self.section, count=count, seed=self.context.seed)

    def _show_early_records(self, engine: Engine, train: Table) -> None:
        """Ten records from a quick fit, long before training ends; the same filter keeps copies back."""
        name = EXTRA_MODEL_ARTIFACTS["preview_early"]
        table = engine.fit(train, self._options("fast"), None).sample(EARLY_RECORDS, self.context.seed)
        write_table(table, self.context.staging(name), file=FileFormat(format="json"))
        self.context.publish("preview_early", name)
        self.context.log("pre", "Early records of a quick fit are ready.", records=table.rows)

    def _tell_notes(self, model: TrainedModel) -> None:
        for name, value in model.mechanism:
            self.context.log("train", f"{name}: {value}.")
        for note in model.notes:
            self.context.log("train", f"{note.column}: {note.text}" if note.column else f"Note: {note.text}.", level="warning")

    def _resolve(self, model: TrainedModel) -> None:
        """Put what was decided in the place of every null and `auto` that matters, and tell it in the words that clients look for."""
        self.own["seed"] = self.context.seed
        params = self.section.get("params") or {}
        if params.get("epochs") == "auto":
            params["epochs"] = self.epochs
        if self.model_type == "amplify":
            params["num_records"] = self._records_wanted(model)
            params["target_size_mb"] = None
        self.context.resolved(self.document)
        text = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True)
        self.context.log("train", f"Using updated model configuration: \n{text}")

    def _records_wanted(self, model: TrainedModel) -> int:
        """How many records the preview holds."""
        params = self.section.get("params") or {}
        if self.model_type != "amplify":
            return int(self.section["generate"]["num_records"])
        if params.get("num_records"):
            return int(params["num_records"])
        if params.get("target_size_mb"):
            return max(1, round(float(params["target_size_mb"]) * _MEGABYTE / self._bytes_per_record(model)))
        return model.trained_rows

    def _bytes_per_record(self, model: TrainedModel) -> float:
        table = model.sample(_MEASURED_RECORDS, self.context.seed)
        path = self.context.directory.tmp / "measured"
        write_table(table, path, file=FileFormat())
        size = path.stat().st_size
        path.unlink()
        return size / max(1, table.rows)

    def _publish_archive(self, model: TrainedModel) -> None:
        context, name = self.context, MODEL_ARTIFACTS["model"]
        engine = context.directory.tmp / "engine"
        model.save(engine)
        write_archive(
            context.staging(name),
            {"engine": engine},
            model_type=self.model_type,
            engine=self.engine_name,
            appliance_version=__version__,
            configuration=self.document,
        )
        context.publish("model", name)

    def _judge(self, split: Split, model: TrainedModel, made: Made) -> None:
        """The report, where the configuration does not leave it out."""
        if self.section["evaluate"]["skip"]:
            self.context.log("run", "The report was skipped, as configured.")
            return
        TrainingReport(self.context, self.document, self.model_type, self.sampled_from, self._group_by()).publish(
            split, model, made.sampled, self.stopwatch
        )


def without_columns(table: Table, names: list[str]) -> Table:
    """The table less some columns. Raises DataRefused when one is not there."""
    missing = [name for name in names if name not in table.schema.names]
    if missing:
        raise DataRefused(f"The configuration drops the column {missing[0]!r}, but the table has no such column.")
    kept = tuple(column for column in table.schema.columns if column.name not in names)
    return Table(TableSchema(kept, table.schema.file), table.data.select([column.name for column in kept]))
