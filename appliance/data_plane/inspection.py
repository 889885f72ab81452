"""Inspection of an uploaded file: its profile and a preview, from a bounded sample and one pass that counts rows.

A file that cannot be used is no failure of the inspection: its profile says `failed` and why. No value of the data is in the profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from appliance.clock import Clock
from appliance.contract.artifact import INSPECTION_ARTIFACTS
from appliance.data_plane.tables.schema import ColumnSchema, FileFormat, Table
from appliance.data_plane.tables.sniff import describe, open_source
from appliance.data_plane.tables.source import Source, TableOverrides
from appliance.data_plane.tables.types import texts_of
from appliance.errors import DataRefused

SAMPLE_ROWS = 100_000
SAMPLE_BYTES = 64 << 20
PREVIEW_ROWS = 100
_LONGEST_CELL = 1_000
"""Characters of a cell that the preview shows."""
_COUNTING_S = 25.0
"""Seconds after which rows are no longer counted but estimated."""


class ColumnProfile(msgspec.Struct, frozen=True):
    """One column of the sample: its kind, rows without a value, and distinct values."""

    name: str
    kind: str
    missing: int
    distinct: int


class Profile(msgspec.Struct, frozen=True):
    """What `profile.json` holds. `status`: `ready`, or `failed` with the sentence in `message`. `bytes` are the file's own, `rows` of the
    whole file (`rows_estimated`: by its size), `sampled_rows` those that the columns' figures are about."""

    status: str
    bytes: int
    message: str = ""
    format: str = ""
    compression: str = ""
    dialect: dict[str, str | bool] = {}
    rows: int = 0
    rows_estimated: bool = False
    sampled_rows: int = 0
    column_count: int = 0
    columns: tuple[ColumnProfile, ...] = ()


class Preview(msgspec.Struct, frozen=True):
    """What `preview.json` holds: the first rows as the texts the file shows (null: missing; long ones cut)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class InspectionContext(Protocol):
    """What an inspection needs of its attempt."""

    clock: Clock
    rows_in: int

    def inputs(self, prefix: str) -> dict[str, Path]: ...

    def log(self, stage: str, msg: str, *, level: str = "info", **ctx: str | int | float | bool | None) -> None: ...

    def staging(self, name: str) -> Path: ...

    def publish(self, artifact_type: str, name: str) -> None: ...


def inspect(context: InspectionContext) -> None:
    """Profile and preview the one input file and publish both. Raises DataRefused only when there is no input at all."""
    path = next(iter(context.inputs("").values()), None)
    if path is None:
        raise DataRefused("There is no file to inspect.")
    try:
        profile, preview = examine(path, context.clock)
    except DataRefused as refusal:
        profile, preview = Profile("failed", path.stat().st_size, refusal.message), None
    context.rows_in = profile.rows
    _publish(context, "profile", profile)
    if preview is not None:
        _publish(context, "preview", preview)
    context.log("post", f"The inspection is {profile.status}.", rows=profile.rows, columns=profile.column_count)


def examine(path: Path, clock: Clock) -> tuple[Profile, Preview]:
    """Profile and preview of a file. Raises DataRefused for one that cannot be used."""
    overrides = TableOverrides()
    source = open_source(path, overrides, most_objects=SAMPLE_ROWS)
    batches = source.batches()
    sample = _sample(source, batches)
    table = describe(source, sample, overrides)
    rows, estimated = _count(source, batches, sample.num_rows, path.stat().st_size, clock)
    profile = Profile(
        "ready",
        path.stat().st_size,
        format=source.file.format,
        compression=source.file.compression,
        dialect=_dialect(source.file),
        rows=rows,
        rows_estimated=estimated,
        sampled_rows=sample.num_rows,
        column_count=len(table.schema.columns),
        columns=tuple(_profiled(column, table) for column in table.schema.columns),
    )
    return profile, _preview(table)


def _publish(context: InspectionContext, artifact_type: str, document: Profile | Preview) -> None:
    name = INSPECTION_ARTIFACTS[artifact_type]
    context.staging(name).write_bytes(msgspec.json.encode(document))
    context.publish(artifact_type, name)


def _sample(source: Source, batches: Iterator[pa.RecordBatch]) -> pa.Table:
    taken, rows, size = [], 0, 0
    for batch in batches:
        taken.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= SAMPLE_ROWS or size >= SAMPLE_BYTES:
            break
    if not taken:
        return pa.table({name: pa.array([], pa.string()) for name in source.names})
    return pa.Table.from_batches(taken)


def _count(source: Source, batches: Iterator[pa.RecordBatch], rows: int, size: int, clock: Clock) -> tuple[int, bool]:
    """Rows of the whole file, and whether they are estimated. Every row that is counted is also checked for its number of fields."""
    told = source.rows
    if told is not None:
        return told, False
    end = clock.monotonic() + _COUNTING_S
    for batch in batches:
        rows += batch.num_rows
        consumed = source.consumed()
        if clock.monotonic() > end and consumed < size:
            return round(rows * size / max(consumed, 1)), True
    return rows, False


def _dialect(file: FileFormat) -> dict[str, str | bool]:
    if file.format == "parquet":
        return {}
    return {"delimiter": file.delimiter, "encoding": file.encoding, "line_end": file.line_end, "quote_all": file.quote_all}


def _profiled(column: ColumnSchema, table: Table) -> ColumnProfile:
    values = table.data[column.name]
    distinct = 0 if pa.types.is_null(values.type) else pc.count_distinct(values, mode="only_valid").as_py()
    return ColumnProfile(column.name, column.kind.value, values.null_count, distinct)


def _preview(table: Table) -> Preview:
    head = table.data.slice(0, PREVIEW_ROWS)
    columns = []
    for column in table.schema.columns:
        encoded = texts_of(head[column.name], column)
        columns.append([None if text is None else text[:_LONGEST_CELL] for text in encoded.dictionary.take(encoded.indices).to_pylist()])
    return Preview(table.schema.names, tuple(zip(*columns, strict=True)))
