"""One column of several tables brought to one arrow type, whatever each table made of it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def common_arrays(columns: list[pa.ChunkedArray]) -> list[pa.Array]:
    """The columns in one type, the first one's where that is possible; values that cannot be read in it are missing.

    Integers beside floats become floats; NaN counts as missing."""
    arrays = [_plain(column) for column in columns]
    target = _target([array.type for array in arrays])
    return [_without_nan(_as_type(array, target)) for array in arrays]


def _plain(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_temporal(array.type) and not pa.types.is_timestamp(array.type):
        return array.cast(pa.string())
    return array


def _target(types: list[pa.DataType]) -> pa.DataType:
    known = [kind for kind in types if not pa.types.is_null(kind)]
    if not known:
        return pa.null()
    first = known[0]
    if _is_number(first):
        numbers = [kind for kind in known if _is_number(kind)]
        return pa.int64() if all(pa.types.is_integer(kind) for kind in numbers) else pa.float64()
    if pa.types.is_timestamp(first):
        return pa.timestamp("us")
    return first if pa.types.is_boolean(first) else pa.string()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _as_type(array: pa.Array, target: pa.DataType) -> pa.Array:
    if array.type == target or pa.types.is_null(target):
        return array
    if _is_number(array.type) and _is_number(target):
        return array.cast(target, safe=False)
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), target)
    if pa.types.is_timestamp(array.type) and pa.types.is_timestamp(target):
        return array.cast(target, safe=False)
    return _converted(array, target)


def _converted(array: pa.Array, target: pa.DataType) -> pa.Array:
    encoded = array.dictionary_encode()
    read = _reader(target)
    values = pa.array([None if value is None else read(value) for value in encoded.dictionary.to_pylist()], target)
    return values.take(encoded.indices)


def _reader(target: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_integer(target):
        return _integer
    if pa.types.is_floating(target):
        return _number
    if pa.types.is_boolean(target):
        return _boolean
    return _moment if pa.types.is_timestamp(target) else _text


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _integer(value: Any) -> int | None:
    number = _number(value)
    if number is None or not math.isfinite(number) or number != int(number) or abs(number) >= 2**63:
        return None
    return int(number)


def _boolean(value: Any) -> bool | None:
    text = str(value).strip().lower()
    return True if text in ("true", "1", "1.0", "yes") else False if text in ("false", "0", "0.0", "no") else None


def _moment(value: Any) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)


def _without_nan(array: pa.Array) -> pa.Array:
    if not pa.types.is_floating(array.type):
        return array
    return pc.if_else(pc.fill_null(pc.is_nan(array), False), pa.scalar(None, array.type), array)
