"""A finished file in another format: batch by batch, each cell with the text that it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from appliance.data_plane.tables import read_batches, write_batches
from appliance.data_plane.tables.cells import as_texts
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, FileFormat, Table, TableSchema
from appliance.data_plane.tables.sniff import open_source
from appliance.data_plane.tables.source import TableOverrides
from appliance.errors import DataRefused

_PACKED = "gz"


def convert(path: Path, target: Path, wanted: str, given: str) -> None:
    """Write the table at `path` as `wanted` (csv, json, jsonl, parquet), packed with gzip; `given`: its format. Raises DataRefused
    for a file that is no table.

    CSV holds the texts of all cells; formats that know types get numbers where the columns hold nothing else."""
    form, known = FileFormat(format=wanted, compression=_PACKED), TableOverrides(format=given)
    if wanted == "csv":
        _write_texts(path, target, form, known)
        return
    try:
        batches = read_batches(path, overrides=known)
        first = next(batches, None)
        if first is None:
            _write_texts(path, target, form, known)
        else:
            write_batches(first.schema, _after(first, batches), target, file=form)
    except DataRefused:  # a value far down that fits no type: all cells as texts
        _write_texts(path, target, form, known)


def _after(first: Table, rest: Iterator[Table]) -> Iterator[Table]:
    yield first
    yield from rest


def _write_texts(path: Path, target: Path, form: FileFormat, known: TableOverrides) -> None:
    source = open_source(path, known)
    schema = TableSchema(tuple(ColumnSchema(name, ColumnKind.TEXT) for name in source.names), source.file)
    tables = (
        Table(schema, pa.table([as_texts(column, source.file.format) for column in batch.columns], names=list(source.names)))
        for batch in source.batches()
    )
    write_batches(schema, tables, target, file=form)
