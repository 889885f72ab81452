"""Columns that come typed (Parquet): the kind each arrow type has here, and the way back to the very type of the file.

`ColumnFormat.storage` is the type's arrow name, or `arrow:` and its serialized form where the name alone does not say it all.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.kinds import is_key, words_kind
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema
from appliance.data_plane.tables.types import distinct_of
from appliance.errors import DataRefused

_EXACT = 2.0**53
_HEXADECIMAL = "hex"
"""Pattern of a column of bytes that are no text."""


def storage_of(kind: pa.DataType) -> str:
    """The type as text, from which `type_of` makes it again."""
    try:
        if pa.type_for_alias(str(kind)) == kind:
            return str(kind)
    except ValueError:
        pass
    return "arrow:" + base64.b64encode(pa.schema([pa.field("", kind)]).serialize().to_pybytes()).decode("ascii")


def type_of(storage: str) -> pa.DataType:
    """The arrow type of a storage text. Raises DataRefused for a text that is none."""
    try:
        if storage.startswith("arrow:"):
            return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(storage[6:]))).field(0).type
        return pa.type_for_alias(storage)
    except (ValueError, OSError, binascii.Error, pa.ArrowException):
        raise DataRefused("A column's storage type cannot be read. The schema is damaged.") from None


def is_text(kind: pa.DataType) -> bool:
    """Whether the type holds texts, directly or in a dictionary."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_string_view(plain))


def describe_typed(name: str, values: pa.ChunkedArray) -> tuple[ColumnSchema, pa.ChunkedArray]:
    """Kind, format and values of a column of any arrow type other than text. Raises DataRefused for a type that no table here can have."""
    kind, storage = values.type, storage_of(values.type)
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = kind.value_type
    if values.null_count == len(values):
        return ColumnSchema(name, ColumnKind.EMPTY, ColumnFormat(storage=storage)), pa.chunked_array([pa.nulls(len(values))])
    if pa.types.is_boolean(kind):
        return ColumnSchema(name, ColumnKind.BOOLEAN, ColumnFormat(storage=storage)), values
    if pa.types.is_temporal(kind):
        return _moments(name, values, kind, storage)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(name, values, kind, storage)
    return _others(name, values, kind, storage)


def _moments(name: str, values: pa.ChunkedArray, kind: pa.DataType, storage: str) -> tuple[ColumnSchema, pa.ChunkedArray]:
    if pa.types.is_duration(kind) or pa.types.is_interval(kind):
        return _numbers(name, values.cast(pa.int64()), pa.int64(), storage)
    if pa.types.is_date(kind):
        return ColumnSchema(name, ColumnKind.DATETIME, ColumnFormat(pattern="%Y-%m-%d", storage=storage)), values.cast(pa.timestamp("us"))
    if pa.types.is_time(kind):
        midnight = values.cast(pa.time64("us"), safe=False).cast(pa.int64()).cast(pa.timestamp("us"))
        pattern = "%H:%M:%S" + _fraction(midnight)
        return ColumnSchema(name, ColumnKind.DATETIME, ColumnFormat(pattern=pattern, storage=storage)), midnight
    moments = values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"))
    pattern = "%Y-%m-%d %H:%M:%S" + _fraction(moments) + ("%z" if kind.tz else "")
    return ColumnSchema(name, ColumnKind.DATETIME, ColumnFormat(pattern=pattern, storage=storage)), moments


def _fraction(moments: pa.ChunkedArray) -> str:
    micros = pc.drop_null(moments.cast(pa.int64())).to_numpy()
    return ".%6f" if bool((micros % 1_000_000).any()) else ""


def _numbers(name: str, values: pa.ChunkedArray, kind: pa.DataType, storage: str) -> tuple[ColumnSchema, pa.ChunkedArray]:
    exact = _as_int64(values, kind)
    if exact is None and (pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 0)):
        return _wide_integers(name, values, storage)
    decimals = max(kind.scale, 0) if pa.types.is_decimal(kind) else None
    form = ColumnFormat(storage=storage, decimals=decimals, fixed_decimals=bool(decimals), least_decimals=decimals or 0)
    if exact is None:
        numbers = values.cast(pa.float64())
        finite = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
        return ColumnSchema(name, ColumnKind.NUMERIC, form), finite
    distinct = pc.unique(pc.drop_null(exact)).to_numpy()
    if pa.types.is_floating(kind):
        form = msgspec.structs.replace(form, decimals=1, fixed_decimals=True, least_decimals=1)
    elif pa.types.is_integer(kind) and is_key(name, distinct, len(exact) - exact.null_count):
        return ColumnSchema(name, ColumnKind.IDENTIFIER, form), exact
    return ColumnSchema(name, ColumnKind.INTEGER, form), exact


def _as_int64(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The values as int64 where each of them is whole and fits, else None."""
    if pa.types.is_floating(kind):
        numbers = values.cast(pa.float64())
        present = pc.drop_null(numbers).to_numpy()
        present = present[~np.isnan(present)]
        if not len(present) or not (np.abs(present) <= _EXACT).all() or (present != np.floor(present)).any():
            return None
        values = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        return None


def _wide_integers(name: str, values: pa.ChunkedArray, storage: str) -> tuple[ColumnSchema, pa.ChunkedArray]:
    texts = values.cast(pa.string())
    distinct = distinct_of(texts, name)
    return ColumnSchema(name, words_kind(distinct.texts, distinct.counts), ColumnFormat(storage=storage)), texts


def _others(name: str, values: pa.ChunkedArray, kind: pa.DataType, storage: str) -> tuple[ColumnSchema, pa.ChunkedArray]:
    """Bytes as texts where they are UTF-8 (else in hexadecimal), everything nested as canonical JSON."""
    if _is_binary(kind):
        texts, form = _legible(values), ColumnFormat(storage=storage)
        if texts is None:
            texts = pa.chunked_array([pa.array([None if item is None else item.hex() for item in values.to_pylist()], pa.string())])
            form = msgspec.structs.replace(form, pattern=_HEXADECIMAL)
        distinct = distinct_of(texts, name)
        return ColumnSchema(name, words_kind(distinct.texts, distinct.counts), form), texts
    if not pa.types.is_nested(kind):
        raise DataRefused(f"Column {name!r} has the type {kind}, which is not supported. Convert it to text or numbers, or leave it out.")
    cells = [None if item is None else canonical_json(item) for item in values.to_pylist()]
    return ColumnSchema(name, ColumnKind.TEXT, ColumnFormat(storage=storage)), pa.chunked_array([pa.array(cells, pa.string())])


def _legible(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        return values.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return None


def canonical_json(value: Any) -> str:
    """One value as JSON without blanks, keys in their own order; what JSON does not know (dates, bytes, decimals) as its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def stored(texts: pa.Array, values: pa.Array, column: ColumnSchema) -> pa.Array:
    """The column as its file's own arrow type. `texts`: the values as text; `values`: in the arrow type of their kind.

    A value that the type cannot hold (a made-up text in a nested column) becomes null."""
    if not column.format.storage or column.format.storage == "json":
        return _by_kind(values, column)
    kind = type_of(column.format.storage)
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), kind)
    if is_text(kind):
        return (
            texts.cast(pa.string()).dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else texts.cast(pa.string()).cast(kind)
        )
    if pa.types.is_nested(kind) and not pa.types.is_dictionary(kind):
        return _nested(values, kind)
    if _is_binary(kind):
        return _bytes(values, kind) if column.format.pattern == _HEXADECIMAL else values.cast(pa.binary()).cast(kind)
    return _converted(values, kind)


def _by_kind(values: pa.Array, column: ColumnSchema) -> pa.Array:
    return values.cast(pa.date32()) if column.kind is ColumnKind.DATETIME and column.format.pattern == "%Y-%m-%d" else values


def _converted(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return _converted(values, kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_timestamp(values.type) and pa.types.is_time(kind):
        return values.cast(pa.time64("us")).cast(kind, safe=False)
    if pa.types.is_timestamp(values.type) and pa.types.is_timestamp(kind):
        return (pc.assume_timezone(values, "UTC") if kind.tz else values).cast(kind, safe=False)
    if pa.types.is_decimal(kind) and pa.types.is_floating(values.type):
        values = pa.array(
            np.round(values.to_numpy(zero_copy_only=False), max(kind.scale, 0)), mask=values.is_null().to_numpy(zero_copy_only=False)
        )
    if pa.types.is_decimal(kind) and pa.types.is_integer(values.type):
        return values.cast(pa.decimal128(19, 0)).cast(kind)
    return values.cast(kind, safe=False)


def _nested(values: pa.Array, kind: pa.DataType) -> pa.Array:
    cells = [_parsed(text) for text in values.to_pylist()]
    try:
        return pa.array(cells, kind)
    except (pa.ArrowException, TypeError, ValueError, AttributeError):
        return values


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def _bytes(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return pa.array([None if text is None else bytes.fromhex(text) for text in values.to_pylist()], kind)
    except (ValueError, pa.ArrowException):
        return values.cast(pa.binary())


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind)
    )
