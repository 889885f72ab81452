"""What a file holds, sniffed once: format, dialect, columns; and reading it whole or in batches by what was sniffed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from appliance.data_plane.tables.compression import PlainStream
from appliance.data_plane.tables.csv import CsvSource, write_csv
from appliance.data_plane.tables.json import JsonSource, write_json
from appliance.data_plane.tables.kinds import Reading, decide
from appliance.data_plane.tables.numbers import proves_decimal_comma
from appliance.data_plane.tables.parquet import ParquetSource, write_parquet
from appliance.data_plane.tables.prose import ProseSource, is_prose, write_prose
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, FileFormat, Table, TableSchema
from appliance.data_plane.tables.source import Source, TableOverrides
from appliance.data_plane.tables.storage import describe_typed, is_text, storage_of
from appliance.data_plane.tables.types import Distinct, distinct_of, of_json, values_of
from appliance.errors import DataRefused

LEAST_ROWS = 20
"""Rows below which no model is trained."""
_NO_OVERRIDES = TableOverrides()
_HEAD = 64 << 10
_SNIFFED_BYTES = 256 << 20
"""Bytes of raw batches from which `sniff` and `read_batches` decide; `read_table` decides on all that it reads."""


def open_source(path: Path, overrides: TableOverrides = _NO_OVERRIDES, *, most_objects: int | None = None) -> Source:
    """The file, opened by what its first bytes show. `most_objects`: of JSON, how many objects tell the columns. Raises DataRefused."""
    form = overrides.format or _format_of(path)
    if form == "parquet":
        return ParquetSource(path)
    if form == "text":
        return ProseSource(path, overrides.encoding)
    return CsvSource(path, overrides) if form == "csv" else JsonSource(path, overrides, form, most_objects)


def _format_of(path: Path) -> str:
    with PlainStream(path) as plain:
        head = plain.read(_HEAD)
    if not head:
        raise DataRefused("The file is empty. Upload a table with a row of column names and at least one row of data.")
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    ending = re.sub(r"\.(gz|zst)$", "", path.name.lower()).rpartition(".")[2]
    if re.match(rb"\[\s*([{\]]|$)", text) or (ending == "json" and text.startswith(b"[")):
        return "json"
    if re.match(rb'\{\s*["}]', text) or ending in ("jsonl", "ndjson", "json"):
        return "jsonl"
    return "text" if is_prose(head, path.name) else "csv"


def sniff(path: Path, overrides: TableOverrides = _NO_OVERRIDES) -> TableSchema:
    """What the file holds, by its first 256 MB. Raises DataRefused."""
    source = open_source(path, overrides)
    return describe(source, gather(source, most_bytes=_SNIFFED_BYTES), overrides).schema


def read_table(path: Path, *, limit: int | None = None, overrides: TableOverrides = _NO_OVERRIDES) -> Table:
    """The whole file, or its first `limit` rows. Raises DataRefused with a sentence that says what, where and what to do."""
    source = open_source(path, overrides)
    return describe(source, gather(source, most_rows=limit), overrides)


def read_batches(path: Path, *, overrides: TableOverrides = _NO_OVERRIDES, schema: TableSchema | None = None) -> Iterator[Table]:
    """The file in batches, all with one schema: the given one, else that of `sniff`.

    Raises DataRefused also when a value far down does not fit what the first 256 MB showed."""
    settled = schema or sniff(path, overrides)
    source = open_source(path, overrides)
    start = 0
    for batch in source.batches():
        yield Table(settled, convert(source, pa.Table.from_batches([batch]), settled, start))
        start += batch.num_rows


def write_table(table: Table, path: Path, *, file: FileFormat | None = None) -> None:
    """Write the table as its file was, or as `file` tells. The same table gives the same bytes."""
    write_batches(table.schema, (table,), path, file=file)


def write_batches(schema: TableSchema, batches: Iterable[Table], path: Path, *, file: FileFormat | None = None) -> None:
    """Write batches of one schema as one table, each as it comes; as the schema's file was, or as `file` tells."""
    form = file or schema.file
    styled = _restyled(schema, form.format)
    write = {"csv": write_csv, "json": write_json, "jsonl": write_json, "parquet": write_parquet, "text": write_prose}[form.format]
    write(styled, (Table(styled, batch.data) for batch in batches), path, form)


def _restyled(schema: TableSchema, form: str) -> TableSchema:
    """The schema with columns whose look belongs to another format made plain: quotes, and in JSON the marks inside numbers."""
    if schema.file.format == form:
        return schema
    plain = {"decimal_comma": False, "thousands": "", "prefix": "", "suffix": "", "negative": ""} if form in ("json", "jsonl") else {}
    columns = [(column, msgspec.structs.replace(column.format, quoted=False, **plain)) for column in schema.columns]
    return msgspec.structs.replace(schema, columns=tuple(msgspec.structs.replace(column, format=look) for column, look in columns))


def check_trainable(table: Table) -> None:
    """Raises DataRefused when the table has too few rows to learn from."""
    if table.rows < LEAST_ROWS:
        counted = "1 row" if table.rows == 1 else f"{table.rows} rows"
        raise DataRefused(f"The table has {counted}; at least {LEAST_ROWS} are needed to train a model. Add rows.")


def gather(source: Source, *, most_rows: int | None = None, most_bytes: int | None = None) -> pa.Table:
    """Raw batches from the first on, until there are so many rows or bytes."""
    batches, rows, size = [], 0, 0
    if most_rows != 0:
        for batch in source.batches():
            batches.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if (most_rows is not None and rows >= most_rows) or (most_bytes is not None and size >= most_bytes):
                break
    if not batches:
        return pa.table({name: pa.array([], pa.string()) for name in source.names})
    return pa.Table.from_batches(batches).slice(0, most_rows)


def describe(source: Source, raw: pa.Table, overrides: TableOverrides) -> Table:
    """Decide every column on the raw rows and read it."""
    if not raw.num_rows:
        raise DataRefused("The file has column names but no rows. Upload a table with at least one row of data.")
    _check_named(source, overrides)
    held = {name: _distinct(source, raw[name], name) for name in source.names if _has_texts(raw[name])}
    european = _is_european(source, held, overrides)
    columns, values = [], []
    for name in source.names:
        reading = _reading(name, overrides, european)
        column, read = _column(source, name, raw[name], held.pop(name, None), reading)
        columns.append(column)
        values.append(read)
    schema = TableSchema(tuple(columns), source.file)
    return Table(schema, pa.table(values, names=list(source.names)))


def convert(source: Source, raw: pa.Table, schema: TableSchema, above: int = 0) -> pa.Table:
    """Raw rows as values of the schema's kinds; `above`: rows of the file before them. Raises DataRefused for a value that does not fit."""
    values = []
    for column in schema.columns:
        cells = raw[column.name]
        if _has_texts(cells):
            values.append(values_of(_distinct(source, cells, column.name, above), column))
        else:
            values.append(_cast(describe_typed(column.name, cells)[1], column, f", rows {above + 1:,} to {above + raw.num_rows:,},"))
    return pa.table(values, names=list(schema.names))


def _has_texts(raw: pa.ChunkedArray) -> bool:
    return is_text(raw.type)


def _distinct(source: Source, raw: pa.ChunkedArray, name: str, above: int = 0) -> Distinct:
    distinct = msgspec.structs.replace(distinct_of(raw, name), place=lambda row: source.place(above + row))
    if source.file.format in ("json", "jsonl"):
        return of_json(distinct)
    return distinct if source.file.format == "csv" else msgspec.structs.replace(distinct, marks="string")


def _is_european(source: Source, held: dict[str, Distinct], overrides: TableOverrides) -> bool:
    """Whether a number that could be read both ways has a decimal comma."""
    if overrides.decimal_comma is not None:
        return overrides.decimal_comma
    if source.file.format != "csv" or source.file.delimiter != ";":
        return False
    return any(proves_decimal_comma(distinct.texts.slice(0, 1_000)) for distinct in held.values())


def _check_named(source: Source, overrides: TableOverrides) -> None:
    for name in (*overrides.kinds, *overrides.patterns):
        if name not in source.names:
            raise DataRefused(f"The configuration names the column {name!r}, which the file does not have. Correct the name.")


def _reading(name: str, overrides: TableOverrides, european: bool) -> Reading:
    like = next((column for column in overrides.like.columns if column.name == name), None) if overrides.like else None
    forced = overrides.kinds.get(name) or (like.kind if like else None)
    pattern = overrides.patterns.get(name) or (like.format.pattern if like else "")
    if pattern and forced is None:
        forced = ColumnKind.DATETIME
    return Reading(european=european, day_first=overrides.day_first, forced=forced, pattern=pattern or None)


def _column(
    source: Source, name: str, raw: pa.ChunkedArray, distinct: Distinct | None, reading: Reading
) -> tuple[ColumnSchema, pa.ChunkedArray]:
    if distinct is None:
        column, values = describe_typed(name, raw)
        if reading.forced is not None and reading.forced is not column.kind:
            column = msgspec.structs.replace(column, kind=reading.forced)
            values = _cast(values, column)
    else:
        column = decide(name, distinct, reading)
        values = values_of(distinct, column)
    return _as_in_file(source, column, raw.type), values


def _as_in_file(source: Source, column: ColumnSchema, kind: pa.DataType) -> ColumnSchema:
    """The column's format with what only the source knows: quotes, the header's spelling, the stored type."""
    form: ColumnFormat = column.format
    if source.file.format == "parquet":
        form = msgspec.structs.replace(form, storage=storage_of(kind), quoted=False)
    elif column.name in source.quoted:
        form = msgspec.structs.replace(form, quoted=True)
    return msgspec.structs.replace(column, format=msgspec.structs.replace(form, header=source.headers.get(column.name)))


def _cast(values: pa.ChunkedArray, column: ColumnSchema, where: str = "") -> pa.ChunkedArray:
    """Typed values as another kind. Raises DataRefused when they cannot be; `where`: the rows meant, as told in it."""
    wanted = {
        ColumnKind.INTEGER: pa.int64(),
        ColumnKind.NUMERIC: pa.float64(),
        ColumnKind.BOOLEAN: pa.bool_(),
        ColumnKind.DATETIME: pa.timestamp("us"),
        ColumnKind.EMPTY: pa.null(),
        ColumnKind.IDENTIFIER: values.type,
    }.get(column.kind, pa.string())
    try:
        if pa.types.is_null(wanted) and values.null_count < len(values):
            raise pa.ArrowInvalid("values in a column without any")
        return values if values.type == wanted else values.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataRefused(f"Column {column.name!r}{where} cannot be read as {column.kind.value}. Choose another kind for it.") from None
