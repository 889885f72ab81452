"""From the texts of a column to arrow values of its kind, and back.

A column is read through its distinct texts: everything is decided, converted and rendered once per text, never once per row.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.dates import read_dates, write_dates
from appliance.data_plane.tables.missing import missing_among_numbers
from appliance.data_plane.tables.numbers import read_numbers, write_numbers
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.data_plane.tables.source import told_row
from appliance.errors import DataRefused

JSON_STORAGE = "json"
"""Storage of columns whose cells hold JSON: nested values, or numbers among strings."""

_WORDS = frozenset({ColumnKind.CATEGORICAL, ColumnKind.TEXT, ColumnKind.IDENTIFIER})


class Distinct(msgspec.Struct, frozen=True):
    """A column of texts: `texts` distinct, `counts` rows of each, `codes` the index of each row's text (null: no text at all).

    `marks` tells JSON's own types apart: `string` (texts stood in quotes), `bare` (numbers or truth values), `json` (nested or mixed),
    and is empty for files that know only text. `place` tells a row (from 1) as people are told it."""

    texts: pa.Array
    counts: pa.Array
    codes: pa.ChunkedArray
    marks: str = ""
    place: Callable[[int], str] = told_row

    @property
    def rows(self) -> int:
        return len(self.codes)

    def first_row(self, index: int) -> str:
        """The first row that holds the text at `index`, as people are told it: `row 58 (line 59)`."""
        return self.place(int(pc.index(self.codes, pa.scalar(index, pa.int32())).as_py()) + 1)


def distinct_of(raw: pa.ChunkedArray, name: str) -> Distinct:
    """The distinct texts of a string or dictionary column. Raises DataRefused when they hold more than 2 GB."""
    try:
        encoded = raw.unify_dictionaries() if pa.types.is_dictionary(raw.type) else pc.dictionary_encode(raw)
        texts = encoded.chunk(0).dictionary.cast(pa.string()) if encoded.num_chunks else pa.array([], pa.string())
    except (pa.ArrowInvalid, pa.ArrowCapacityError):
        raise DataRefused(f"Column {name!r} holds more than 2 GB of text. Leave it out, or split the table.") from None
    codes = pa.chunked_array([chunk.indices.cast(pa.int32()) for chunk in encoded.chunks], pa.int32())
    used = np.bincount(pc.drop_null(codes).to_numpy(), minlength=len(texts))
    return _unmarked(texts, pa.array(used, pa.int64()), codes)


def _unmarked(texts: pa.Array, counts: pa.Array, codes: pa.ChunkedArray) -> Distinct:
    """Without dictionary entries that no row holds."""
    if not pc.any(pc.equal(counts, 0)).as_py():
        return Distinct(texts, counts, codes)
    used = pc.greater(counts, 0)
    places = np.cumsum(used.to_numpy(zero_copy_only=False)) - 1
    return Distinct(texts.filter(used), counts.filter(used), _take(pa.array(places, pa.int32()), codes))


def of_json(distinct: Distinct) -> Distinct:
    """Cells that are JSON texts, told apart by what they hold."""
    quoted = pc.starts_with(distinct.texts, '"')
    nested = pc.match_substring_regex(distinct.texts, r"^[{\[]")
    if pc.all(quoted).as_py():
        texts = pa.array([json.loads(text) for text in distinct.texts.to_pylist()], pa.string())
        return msgspec.structs.replace(distinct, texts=texts, marks="string")
    truths = pc.is_in(distinct.texts, value_set=pa.array(["true", "false"]))
    mixed = pc.any(truths).as_py() and not pc.all(truths).as_py()
    bare = not (pc.any(quoted).as_py() or pc.any(nested).as_py() or mixed)
    return msgspec.structs.replace(distinct, marks="bare" if bare else "json")


def values_of(distinct: Distinct, column: ColumnSchema) -> pa.ChunkedArray:
    """The column's values in the arrow type of its kind. Raises DataRefused naming column and row of a text that is no such value."""
    values = _read(distinct, column)
    if column.kind in (ColumnKind.TEXT, ColumnKind.CATEGORICAL) or column.format.misfits:
        return _take(values, distinct.codes)
    misfit = pc.and_(values.is_null(), pc.invert(_missing(distinct, column)))
    place = pc.index(misfit, True).as_py()
    if place >= 0:
        raise DataRefused(
            f"Column {column.name!r}, {distinct.first_row(place)}: the value does not fit the column's kind, {column.kind.value}. "
            "Correct the value, or give the column another kind."
        )
    return _take(values, distinct.codes)


def _take(values: pa.Array, codes: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([values.take(chunk) for chunk in codes.chunks], values.type)


def _missing(distinct: Distinct, column: ColumnSchema) -> pa.Array:
    if column.kind is ColumnKind.IDENTIFIER and column.format.storage != "int64":
        return pc.equal(distinct.texts, column.format.missing)
    return missing_among_numbers(distinct.texts, column.format.missing)


def _read(distinct: Distinct, column: ColumnSchema) -> pa.Array:
    texts, form = distinct.texts, column.format
    match column.kind:
        case ColumnKind.INTEGER | ColumnKind.NUMERIC:
            return _unless_missing(texts, column, lambda kept: read_numbers(kept, column.kind, form))
        case ColumnKind.IDENTIFIER if form.storage == "int64":
            return _unless_missing(texts, column, lambda kept: read_numbers(kept, ColumnKind.INTEGER, form))
        case ColumnKind.BOOLEAN:
            known = pc.is_in(texts, value_set=pa.array([form.true, form.false]))
            return pc.if_else(known, pc.equal(texts, form.true), pa.scalar(None, pa.bool_()))
        case ColumnKind.DATETIME:
            return _unless_missing(texts, column, lambda kept: read_dates(kept, form.pattern))
        case ColumnKind.EMPTY:
            return pa.nulls(len(texts))
    if distinct.marks:
        return texts
    return pc.if_else(pc.equal(texts, form.missing), pa.scalar(None, texts.type), texts)


def _unless_missing(texts: pa.Array, column: ColumnSchema, read: Callable[[pa.Array], pa.Array]) -> pa.Array:
    missing = missing_among_numbers(texts, column.format.missing)
    return read(pc.if_else(missing, pa.scalar(None, texts.type), texts))


def texts_of(values: pa.ChunkedArray | pa.Array, column: ColumnSchema) -> pa.DictionaryArray:
    """The values as the texts that the file shows, dictionary-encoded; nulls stay null."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_null(whole.type):
        return pa.DictionaryArray.from_arrays(pa.nulls(len(whole), pa.int32()), pa.array([], pa.string()))
    encoded = whole if pa.types.is_dictionary(whole.type) else pc.dictionary_encode(whole)
    return pa.DictionaryArray.from_arrays(encoded.indices, _rendered(encoded.dictionary, column))


def _rendered(values: pa.Array, column: ColumnSchema) -> pa.Array:
    form = column.format
    if pa.types.is_floating(values.type) and form.storage in ("float", "halffloat"):
        return write_numbers(values.cast(pa.float32()), form)
    if pa.types.is_integer(values.type) and form.width:
        return pc.utf8_lpad(values.cast(pa.string()), form.width, "0")
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return write_numbers(values, form)
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, form.true, form.false)
    if pa.types.is_timestamp(values.type):
        return write_dates(values, form.pattern or "%Y-%m-%d %H:%M:%S")
    return values.cast(pa.string())


def plain(data: pa.Table) -> pa.Table:
    """The table with its dictionary arrays as the values that they stand for."""
    for place, column in enumerate(data.columns):
        if pa.types.is_dictionary(column.type):
            data = data.set_column(place, data.schema.names[place], column.cast(column.type.value_type))
    return data


def holds_words(column: ColumnSchema) -> bool:
    """Whether the column's values are texts of no other meaning."""
    return column.kind in _WORDS and column.format.storage != "int64"
