"""A finished file in another format: batch by batch, each cell with the text that it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from appliance.data_plane.tables import read_batches, write_batches
from appliance.data_plane.tables.cells import as_texts
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, FileFormat, Table, TableSchema
from appliance.data_plane.tables.sniff import open_source
from appliance.errors import DataRefused

_PACKED = "gz"


def convert(path: Path, target: Path, wanted: str) -> None:
    """Write the table at `path` as `wanted` (csv, json, jsonl, parquet), packed with gzip. Raises DataRefused for a file that is no table.

    CSV holds the texts of all cells; formats that know types get numbers where the columns hold nothing else."""
    form = FileFormat(format=wanted, compression=_PACKED)
    if wanted == "csv":
        _write_texts(path, target, form)
        return
    try:
        batches = read_batches(path)
        first = next(batches, None)
        if first is None:
            _write_texts(path, target, form)
        else:
            write_batches(first.schema, _after(first, batches), target, file=form)
    except DataRefused:  # a value far down that fits no type: all cells as texts
        _write_texts(path, target, form)


def _after(first: Table, rest: Iterator[Table]) -> Iterator[Table]:
    yield first
    yield from rest


def _write_texts(path: Path, target: Path, form: FileFormat) -> None:
    source = open_source(path)
    schema = TableSchema(tuple(ColumnSchema(name, ColumnKind.TEXT) for name in source.names), source.file)
    tables = (
        Table(schema, pa.table([as_texts(column, source.file.format) for column in batch.columns], names=list(source.names)))
        for batch in source.batches()
    )
    write_batches(schema, tables, target, file=form)
