"""Tabular synthesis: train on one table, judge, leave archive, report and preview; run an archive to make more records.

Stages and context keys of the log are those that the client's progress bars read: `pre` (`num_epochs`), `train` (`epoch`),
`pre_run` (`num_records`) and `run` (`current_valid_count`).
"""

from __future__ import annotations

import json
from typing import Any

from appliance.contract.artifact import RUN_ARTIFACTS
from appliance.data_plane.context import Context
from appliance.data_plane.models.archive import read_archive
from appliance.data_plane.models.engine import TrainedModel, find_engine
from appliance.data_plane.models.generation import Made, Output, Wish, generate
from appliance.data_plane.models.packing import write_gzip
from appliance.data_plane.tables import TableOverrides, read_table
from appliance.data_plane.tables.memory import use_frugal_memory
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused


def train(context: Context) -> None:
    """Learn from `data_source`. Raises DataRefused for a table that cannot be used, JobFailed when no valid records can be made."""
    from appliance.data_plane.models.training import Training  # brings the measures and all their libraries

    use_frugal_memory()
    Training(context).perform()


def run(context: Context) -> None:
    """Make `num_records` records, or one for each seed row, from an archive. Raises DataRefused for an archive or seeds that do not fit."""
    use_frugal_memory()
    folder = context.directory.tmp / "model"
    folder.mkdir()
    archive = context.input("model")
    assert archive is not None
    manifest = read_archive(archive, folder)
    model = find_engine(manifest.engine).load(folder / "engine")
    params = dict(context.assignment.params.get("params") or {})
    own = params.get("appliance") or {}
    section = manifest.configuration["models"][0][manifest.model_type]
    seeds = _read_seeds(context, model)
    if seeds is not None and isinstance(own.get("target"), dict):
        raise DataRefused("Wanted shares and seed rows do not go together: seed rows say what the records are. Leave one of them out.")
    count = seeds.rows if seeds else int(params.get("num_records") or model.trained_rows)
    context.log("pre_run", "Records are about to be made.", num_records=count, seeded=seeds is not None)
    wish = Wish.of(
        section,
        count=count,
        seed=context.seed,
        seeds=seeds,
        temperature=own.get("temperature"),
        max_invalid=params.get("max_invalid"),
        target=own.get("target"),
    )
    output = Output("data", RUN_ARTIFACTS["data"], own.get("format") or section["appliance"].get("format"))
    made = generate(context, model, wish, output)
    _publish_report(context, manifest.model_type, model, made, wish)


def _read_seeds(context: Context, model: TrainedModel) -> Table | None:
    """The seed rows, read as the training table was."""
    path = context.input("data_source") or context.input("seed")
    if path is None:
        return None
    seeds = read_table(path, overrides=TableOverrides(like=model.schema))
    context.rows_in = seeds.rows
    return seeds


def _publish_report(context: Context, model_type: str, model: TrainedModel, made: Made, wish: Wish) -> None:
    sampled = made.sampled
    report: dict[str, Any] = {
        "report_version": 1,
        "model_type": model_type,
        "engine": model.engine,
        "seed": wish.seed,
        "num_records": made.rows,
        "invalid_records": sampled.invalid,
        "conditional": None if wish.seeds is None else {"columns": list(wish.seeds.schema.names)},
        "effective_sample_size": sampled.effective_sample_size,
        "candidates_per_record": sampled.candidates,
        "temperature": wish.temperature,
        "target": wish.target,
        "privacy_filters": {"outliers": wish.outliers, "similarity": wish.similarity},
        "notes": [note.text if not note.column else f"{note.column}: {note.text}" for note in sampled.notes],
    }
    name = RUN_ARTIFACTS["run_report_json"]
    write_gzip(context.staging(name), json.dumps(report, ensure_ascii=False).encode())
    context.publish("run_report_json", name)
