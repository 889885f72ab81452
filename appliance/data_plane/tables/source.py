"""A file as a stream of raw batches: what every format offers, and how their columns get names.

Raw columns are texts as in the file (CSV), JSON texts of each cell (JSON, JSONL) or of the file's own types (Parquet).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Protocol

import msgspec
import pyarrow as pa

from appliance.data_plane.tables.dialect import MAX_COLUMNS
from appliance.data_plane.tables.schema import ColumnKind, FileFormat, TableSchema
from appliance.errors import DataRefused

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")
_LONGEST_NAME = 1_000


class TableOverrides(msgspec.Struct, frozen=True):
    """What the user knows better than the file shows. Everything not given is sniffed.

    `kinds`: per column. `patterns`: strptime pattern of a date column. `format`: `csv`, `json`, `jsonl`, `parquet` or `text`.
    `header`: False when the first row is data (columns are named column_1, column_2, …). `day_first` and `decimal_comma` settle what could
    be read both ways. `like`: columns of the same name get the kind they have there (seed rows and holdouts are read as the training
    table was)."""

    kinds: dict[str, ColumnKind] = {}
    patterns: dict[str, str] = {}
    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool = True
    day_first: bool | None = None
    decimal_comma: bool | None = None
    like: TableSchema | None = None


class Source(Protocol):
    """One opened file.

    `headers`: the file's own spelling of a column's name where it differs. `quoted`: columns whose values stand in quotes. `rows`: how many
    the file itself tells, None when they must be counted."""

    file: FileFormat
    names: tuple[str, ...]
    headers: dict[str, str]
    quoted: frozenset[str]

    @property
    def rows(self) -> int | None: ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Raw batches from the first row on. Raises DataRefused naming the row that cannot be read."""

    def consumed(self) -> int:
        """Bytes of the file itself that the batches so far came from."""

    def place(self, row: int) -> str:
        """The row (from 1) as told to people: `row 58 (line 59)`, without the line where the format has none."""


def told_row(row: int, line: int | None = None) -> str:
    """`row 58 (line 59)`, or `row 58`."""
    return f"row {row:,}" if line is None else f"row {row:,} (line {line:,})"


def column_names(raw: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Clean names of a header, and the header's own spelling of those that were changed. Raises DataRefused for names that cannot stand."""
    if len(raw) > MAX_COLUMNS:
        raise DataRefused(f"The table has {len(raw):,} columns; {MAX_COLUMNS:,} are allowed. Leave out columns that are not needed.")
    names = tuple(_CONTROL.sub(" ", name).strip() or f"column_{index + 1}" for index, name in enumerate(raw))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(repr(name) for name in twice[:3])
        raise DataRefused(f"The header names more than one column {shown}. Give every column a name of its own.")
    for index, name in enumerate(names):
        if len(name) > _LONGEST_NAME:
            raise DataRefused(f"The name of column {index + 1} is longer than {_LONGEST_NAME:,} characters. Is the first row a header?")
    return names, {name: own for name, own in zip(names, raw, strict=True) if name != own}
