"""From raw cells to what expressions see: whole numbers, numbers, truth values and texts; None for a missing one.

Dates stay texts, except in files that have a type for them. A cell that does not fit its column's kind is seen as its text."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.json import whole
from appliance.data_plane.tables.missing import missing_among_numbers
from appliance.data_plane.tables.numbers import read_numbers
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.data_plane.tables.storage import canonical_json, is_text
from appliance.data_plane.transform.cells import Reader
from appliance.data_plane.transform.evaluation.vectors import Vector

_TRUTHS = ({"true", "false"}, {"True", "False"}, {"TRUE", "FALSE"})


def reader_for(column: ColumnSchema, form: str) -> Reader:
    """How a column of a `csv`, `text`, `json`, `jsonl` or `parquet` file is read."""
    if form == "parquet":
        return _of_values
    if form in ("json", "jsonl"):
        return lambda raw: _of_json(raw, column.format.missing)
    if column.kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC) or column.format.storage == "int64":
        kind = ColumnKind.NUMERIC if column.kind is ColumnKind.NUMERIC else ColumnKind.INTEGER
        return lambda raw: _of_numbers(raw, column, kind)
    if column.kind is ColumnKind.BOOLEAN and {column.format.true, column.format.false} in _TRUTHS:
        return lambda raw: _of_truths(raw, column)
    if column.kind in (ColumnKind.BOOLEAN, ColumnKind.DATETIME):
        return lambda raw: pc.if_else(missing_among_numbers(raw, column.format.missing), pa.scalar(None, raw.type), raw)
    return lambda raw: _of_words(raw, column.format.missing)


def _of_words(raw: pa.Array, token: str) -> Vector:
    missing = pc.equal(pc.binary_length(raw), 0)
    if token:
        missing = pc.or_(missing, pc.equal(raw, token))
    return pc.if_else(missing, pa.scalar(None, raw.type), raw) if missing.true_count else raw


def _of_numbers(raw: pa.Array, column: ColumnSchema, kind: ColumnKind) -> Vector:
    missing = missing_among_numbers(raw, column.format.missing)
    texts = pc.if_else(missing, pa.scalar(None, raw.type), raw)
    numbers = read_numbers(texts, kind, column.format)
    if kind is ColumnKind.INTEGER and numbers.null_count == missing.true_count:
        return numbers
    values: list[Any] = numbers.to_pylist()
    return [text if value is None else value for value, text in zip(values, texts.to_pylist(), strict=True)]


def _of_truths(raw: pa.Array, column: ColumnSchema) -> Vector:
    missing = missing_among_numbers(raw, column.format.missing)
    told = {column.format.true: True, column.format.false: False}
    return [None if empty else told.get(text, text) for text, empty in zip(raw.to_pylist(), missing.to_pylist(), strict=True)]


def _of_json(raw: pa.Array, token: str) -> Vector:
    """JSON texts of cells. Lists and objects are seen as their JSON text."""
    texts = raw.to_pylist()
    if all(text is None or (text.startswith('"') and "\\" not in text) for text in texts):
        return _of_words(pc.utf8_slice_codeunits(raw, 1, -1), token)
    values = [None if text is None else text if text[0] in "[{" else _loaded(text) for text in texts]
    return [None if value == "" or (value == token and isinstance(value, str)) else value for value in values]


def _loaded(text: str) -> Any:
    value = json.loads(text)
    if isinstance(value, str):
        return whole(value)
    return None if isinstance(value, float) and not -1.8e308 < value < 1.8e308 else value


def _of_values(raw: pa.Array) -> Vector:
    """Cells of a typed file. Decimals are seen as numbers, bytes and nested values as texts."""
    if is_text(raw.type):
        return raw.cast(pa.string())
    kind = raw.type.value_type if pa.types.is_dictionary(raw.type) else raw.type
    if pa.types.is_timestamp(kind):
        raw = raw.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_time(kind):
        raw = raw.cast(pa.time64("us"), safe=False)
    elif pa.types.is_duration(kind):
        raw = raw.cast(pa.duration("us"), safe=False)
    return [None if value is None else _seen(value) for value in raw.to_pylist()]


def _seen(value: Any) -> Any:
    convert = _SEEN.get(type(value))
    return convert(value) if convert is not None else canonical_json(value)


def _same(value: Any) -> Any:
    return value


def _bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


_SEEN: dict[type, Callable[[Any], Any]] = {
    int: _same,
    bool: _same,
    str: _same,
    float: lambda value: None if value != value else value,
    Decimal: lambda value: int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value),
    bytes: _bytes,
    datetime.date: _same,
    datetime.datetime: _same,
    datetime.time: lambda value: value.isoformat(),
    datetime.timedelta: _same,
}
