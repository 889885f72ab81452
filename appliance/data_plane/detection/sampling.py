"""What a detector is shown of a file: a uniform sample of its rows, each column as distinct values with how often they were met."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np

from appliance.data_plane.detection.finding import ColumnSample
from appliance.data_plane.tables.cells import cells_of
from appliance.data_plane.tables.sampled import RawSample, sample_raw
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, TableSchema
from appliance.data_plane.tables.sniff import describe
from appliance.data_plane.tables.source import TableOverrides

MOST_ROWS = 10_000
MOST_VALUES = 1_000
"""Distinct values of a column that are shown, spread evenly over those met; of the other ones only the rows count."""
_MOST_CELLS = 2_000_000
_MOST_BYTES = 64 << 20


class FileSample(msgspec.Struct, frozen=True):
    """A file as it was looked at: how its columns are read and written back, and what they hold.

    Of a file without rows the columns are there with nothing in them."""

    schema: TableSchema
    columns: tuple[ColumnSample, ...]


def sample_file(path: Path, seed: int, *, most_read: int | None = None, form: str | None = None) -> FileSample:
    """A sample of a file, the same for the same file and seed, in bounded memory. `most_read`: of its cells only the first bytes;
    `form`: its format, where that is known better than by its name and first bytes.

    Raises DataRefused for a file that is no table."""
    overrides = TableOverrides(format=form)
    limits = {"most_rows": MOST_ROWS, "most_cells": _MOST_CELLS, "most_bytes": _MOST_BYTES}
    raw = sample_raw(path, seed, **limits, most_read=most_read, overrides=overrides)
    schema = _schema(raw, overrides)
    return FileSample(schema, tuple(_column(raw, column) for column in schema.columns))


def _schema(raw: RawSample, overrides: TableOverrides) -> TableSchema:
    if raw.raw.num_rows:
        return describe(raw.source, raw.raw, overrides).schema
    return TableSchema(tuple(ColumnSchema(name, ColumnKind.EMPTY) for name in raw.source.names), raw.source.file)


def _column(raw: RawSample, column: ColumnSchema) -> ColumnSample:
    counts: Counter[str] = Counter()
    missing = 0
    for chunk in raw.raw[column.name].chunks:
        cells = cells_of(chunk, raw.source.file.format)
        missing += len(cells.codes) - cells.filled
        used = np.bincount(cells.codes[cells.rows], minlength=len(cells.array))
        for text, count in zip(cells.texts, used.tolist(), strict=True):
            counts[text.strip()] += count
    met = list(counts.items())
    step = max(1.0, len(met) / MOST_VALUES)
    kept = [met[int(place * step)] for place in range(min(len(met), MOST_VALUES))]
    return ColumnSample(
        column.name,
        tuple(value for value, _ in kept),
        tuple(count for _, count in kept),
        raw.raw.num_rows,
        missing,
        column.kind.value,
    )
