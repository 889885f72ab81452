"""What a configuration makes public about columns: bounds of numbers and dates, lists of categories.

Values outside are not learnt: numbers are moved to the nearest bound, categories count as protected. Public categories may leave however
few rows hold them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.relations import Range, cells_of
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)
_NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMERIC)


def number_of(value: object, kind: ColumnKind) -> float | None:
    """A number or ISO date of a configuration as cells hold it; None where it does not fit the kind."""
    if kind in _NUMBERS:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind is not ColumnKind.DATETIME or not isinstance(value, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return float((moment - _EPOCH) // _MICROSECOND)


def within_domain(table: Table, options: EngineOptions) -> tuple[Table, tuple[Range, ...], tuple[Note, ...]]:
    """The table with values moved into the bounds, the bounds as ranges, and how many rows were outside. Raises DataRefused for columns
    that are not there and for bounds that do not fit them."""
    data, ranges, notes = table.data, [], []
    for name, bounds in options.bounds.items():
        place = _place(table, name, "bounds")
        kind, column = table.schema.columns[place].kind, whole(table.data.column(place))
        low, high = (number_of(bound, kind) for bound in bounds)
        if low is None or high is None:
            raise DataRefused(f"The bounds of the column {name!r} do not fit it: it is read as {kind.value}.")
        values, present = cells_of(column)
        outside = int((present & ((values < low) | (values > high))).sum())
        if outside:
            data = data.set_column(place, name, _clipped(column, values, present, (low, high)))
            notes.append(Note(name, f"{outside} of {table.rows} rows are outside of the configured bounds and count as the nearest bound"))
        ranges.append(Range(place, low, high))
    for name, listed in options.categories.items():
        place = _place(table, name, "categories")
        if table.schema.columns[place].kind is ColumnKind.IDENTIFIER:
            raise DataRefused(f"The categories of the column {name!r} do not fit it: it is read as identifier.")
        rows = _outside(whole(table.data.column(place)), listed)
        if rows:
            notes.append(Note(name, f"{rows} of {table.rows} rows hold none of the configured categories; their values are never made"))
    return Table(table.schema, data), tuple(ranges), tuple(notes)


def _place(table: Table, name: str, key: str) -> int:
    if name not in table.schema.names:
        raise DataRefused(f"The configuration's {key} name the column {name!r}, but the table has no such column.")
    return table.schema.names.index(name)


def _clipped(column: pa.Array, values: Array, present: Array, bounds: tuple[float, float]) -> pa.Array:
    if pa.types.is_floating(column.type):
        return pa.array(np.clip(values, *bounds), column.type, mask=~present)
    low, high = int(np.ceil(bounds[0])), int(np.floor(bounds[1]))
    return pa.array(np.clip(values, low, high), pa.int64(), mask=~present).cast(column.type)


def _outside(column: pa.Array, listed: Sequence[Any]) -> int:
    return int(pc.sum(pc.invert(listed_cells(column, listed))).as_py() or 0)


def listed_cells(column: pa.Array, listed: Sequence[Any]) -> pa.Array:
    """Which present cells are among a configuration's categories; missing where the cell is."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        numbers = pa.array([float(value) for value in listed if isinstance(value, int | float)], pa.float64())
        found = pc.is_in(column.cast(pa.float64()), value_set=numbers)
    else:
        text = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        found = pc.is_in(text.cast(pa.string()), value_set=pa.array(category_texts(listed), pa.string()))
    return pc.if_else(column.is_valid(), found, pa.scalar(None, pa.bool_()))


def category_texts(listed: Sequence[Any]) -> list[str]:
    """Categories of a configuration as cells hold them."""
    return [("true" if value else "false") if isinstance(value, bool) else str(value) for value in listed]
