"""From a trained model to records in a file, with the filters that the configuration promises."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.data_plane.context import Context
from appliance.data_plane.models.engine import TrainedModel
from appliance.data_plane.models.packing import pack_file
from appliance.data_plane.synthesis import Sampled
from appliance.data_plane.tables import write_table
from appliance.data_plane.tables.schema import FileFormat, Table


class Wish(msgspec.Struct, frozen=True):
    """What is wanted: `count` records, or one for each row of `seeds`; filters at `medium`, `high`, `auto` or None."""

    count: int
    seed: int
    seeds: Table | None = None
    temperature: float = 1.0
    outliers: str | None = None
    similarity: str | None = None

    @classmethod
    def of(cls, section: dict[str, Any], *, count: int, seed: int, seeds: Table | None = None, temperature: float | None = None) -> Wish:
        """The wish of a configuration's section; a run may set its own temperature."""
        filters = section.get("privacy_filters") or {}
        warmth = temperature if temperature is not None else section["appliance"].get("temperature") or 1.0
        return cls(count, seed, seeds, float(warmth), filters.get("outliers"), filters.get("similarity"))


def generate(context: Context, model: TrainedModel, wish: Wish, announced: int | None = None) -> Sampled:
    """Make the records and tell about it. `announced`: what a progress bar counts to where more are made for the report.

    Raises DataRefused for seeds that do not fit, JobFailed when nothing may leave."""
    sampled = model.sample_records(
        wish.count,
        wish.seed,
        conditions=wish.seeds,
        temperature=wish.temperature,
        outliers=wish.outliers,
        similarity=wish.similarity,
    )
    made = sampled.table.rows
    context.rows_out = made
    context.progress("run", made, made)
    context.log("run", "Records were made.", current_valid_count=min(made, announced or made), current_invalid_count=sampled.invalid)
    for note in sampled.notes:
        context.log("run", f"{note.column}: {note.text}" if note.column else f"Note: {note.text}.", level="warning")
    return sampled


def write_records(context: Context, table: Table, artifact_type: str, name: str, wanted_format: str | None) -> None:
    """Publish the table, packed. Without a wanted format: comma-separated UTF-8, which every client reads."""
    plain = context.directory.tmp / f"{artifact_type}.plain"
    write_table(table, plain, file=file_format(table, wanted_format))
    pack_file(plain, context.staging(name))
    plain.unlink()
    context.publish(artifact_type, name)


def file_format(table: Table, wanted: str | None) -> FileFormat:
    """The form of an output: the input's own dialect where its format is wanted, else the plain form of the wanted format."""
    own = table.schema.file
    if wanted is not None and wanted == own.format:
        return msgspec.structs.replace(own, compression="")
    return FileFormat(format=wanted or "csv")
