"""A step from one row of a sequence to the next as records for the tree engine: what surrounds it and what is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import arrow_type
from appliance.data_plane.synthesis.sequences.layout import Layout, fresh_name
from appliance.data_plane.synthesis.sequences.past import Past
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

TWICE = 12
"""Up to this many event columns are also looked at two rows before."""


class Surroundings:
    """Columns that surround a step; every name is free of the training table's. `asked`: the names of which the cells are put together,
    None: all."""

    def __init__(self, layout: Layout, asked: frozenset[str] | None = None) -> None:
        self._taken = set(layout.schema.names)
        self._asked = asked
        self.schemas: list[ColumnSchema] = []
        self.cells: dict[str, pa.Array] = {}

    def keep(self, schema: ColumnSchema, cells: Callable[[], pa.Array]) -> None:
        """A column of the training table."""
        self.schemas.append(schema)
        if self._asked is None or schema.name in self._asked:
            self.cells[schema.name] = cells()

    def add(self, name: str, kind: ColumnKind, cells: Callable[[], pa.Array]) -> None:
        """A column of another name."""
        self.keep(ColumnSchema(fresh_name(name, self._taken), kind), cells)

    def add_number(self, name: str, values: Callable[[], Array]) -> None:
        """A column of numbers; what is not a number is missing."""
        self.add(name, ColumnKind.NUMERIC, lambda: _numbers(values()))

    def table(self) -> Table:
        """All columns, where all were asked for."""
        names = [schema.name for schema in self.schemas]
        return Table(TableSchema(tuple(self.schemas)), pa.Table.from_arrays([self.cells[name] for name in names], names=names))


def _numbers(values: Array) -> pa.Array:
    missing = ~np.isfinite(values)
    return pa.array(np.where(missing, 0.0, values), pa.float64(), mask=missing)


def surroundings(
    past: Past, layout: Layout, clock: Array | None, gap: Array | None = None, asked: frozenset[str] | None = None
) -> Surroundings:
    """What a step may depend on: the constant columns, place and rows to come, the events before, and the order column.

    `clock`: the order column in steps, of the row before or, when it is made already, of the row itself; `gap`: then how far it moved."""
    columns = Surroundings(layout, asked)
    for name in (name for name in layout.parents if name in layout.told):
        columns.keep(layout.schema.column(name), partial(_cells, past.parents, name))
    columns.add("rows before", ColumnKind.INTEGER, lambda: pa.array(past.position, pa.int64()))
    columns.add("rows to come", ColumnKind.INTEGER, lambda: pa.array(past.coming, pa.int64()))
    for name in layout.events:
        if name != layout.order:
            _add_event(columns, past, layout, name)
    if layout.order is not None and clock is not None:
        _add_order(columns, past, layout, layout.order, clock, gap)
    return columns


def _cells(table: pa.Table, name: str) -> pa.Array:
    return _whole(table.column(name))


def _add_event(columns: Surroundings, past: Past, layout: Layout, name: str) -> None:
    kind, change = layout.schema.column(name).kind, layout.changes.get(name)
    if change is not None and change.reference == "last":
        columns.add(f"{name} before", kind, lambda: layout.grids[name].values(past.known[name]))
        columns.add_number(f"{name} moved before", lambda: past.changed[name])
        return
    columns.add(f"{name} before", kind, partial(_cells, past.last, name))
    if len(layout.events) <= TWICE:
        columns.add(f"{name} two before", kind, partial(_cells, past.before, name))
    if name in layout.grids and kind is not ColumnKind.DATETIME:
        columns.add_number(f"{name} so far", lambda: np.round(past.mean(name), 1) if layout.grids[name].whole else past.mean(name))


def _add_order(columns: Surroundings, past: Past, layout: Layout, name: str, clock: Array, gap: Array | None) -> None:
    kind = layout.schema.column(name).kind
    cells = layout.grids[name].values(clock)
    columns.add(f"{name} by now", kind, lambda: cells)
    columns.add_number(f"{name} since the first", lambda: clock - past.begun)
    columns.add_number(f"{name} moved before", lambda: past.changed[name])
    if gap is not None:
        columns.add_number(f"{name} moved", lambda: gap)
    if kind is ColumnKind.DATETIME:
        columns.add("weekday", ColumnKind.CATEGORICAL, lambda: pc.day_of_week(cells).cast(pa.string()))
        columns.add("month", ColumnKind.CATEGORICAL, lambda: pc.month(cells).cast(pa.string()))
        columns.add("day", ColumnKind.INTEGER, lambda: pc.day(cells))
        columns.add("hour", ColumnKind.INTEGER, lambda: pc.hour(cells))


def reference_of(past: Past, layout: Layout, name: str, clock: Array | None) -> Array:
    """What a column's differences are taken from, in its own steps."""
    reference, grid = layout.changes[name].reference, layout.grids[name]
    if reference == "last":
        return past.known[name]
    if reference == "mean":
        return np.rint(past.mean(name)) if grid.whole else past.mean(name)
    assert layout.order is not None
    assert clock is not None
    return np.rint(clock * (layout.grids[layout.order].unit / grid.unit))


def stay_names(layout: Layout) -> dict[str, str]:
    """For every column that may stay as it was: the name of the column that says so."""
    taken = set(layout.schema.names)
    return {name: fresh_name(f"{name} stays", taken) for name in layout.stays}


def value_columns(layout: Layout, values: dict[str, pa.Array], stays: dict[str, Array]) -> Table:
    """The made columns of a step in the form in which they are learnt: `values` hold differences where a column has them."""
    schemas, cells, flags = [], [], stay_names(layout)
    for name in layout.events:
        if name == layout.order:
            continue
        schema, column = layout.schema.column(name), values[name]
        if name in layout.changes:
            schema = ColumnSchema(name, ColumnKind.INTEGER if pa.types.is_integer(column.type) else ColumnKind.NUMERIC)
        if name in flags:
            schemas.append(ColumnSchema(flags[name], ColumnKind.BOOLEAN))
            cells.append(pa.array(stays[name]))
            column = pc.if_else(cells[-1], pa.scalar(None, column.type), column)
        schemas.append(schema)
        cells.append(column)
    return Table(TableSchema(tuple(schemas)), pa.Table.from_arrays(cells, names=[schema.name for schema in schemas]))


def read_values(layout: Layout, made: Mapping[str, pa.Array], past: Past, clock: Array | None, order: pa.Array | None) -> pa.Table:
    """The event columns of a row from what was made for its step."""
    flags, cells = stay_names(layout), []
    for name in layout.events:
        if name == layout.order:
            assert order is not None
            cells.append(order)
            continue
        column = made[name]
        if name in layout.changes:
            change = np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")), np.float64)
            column = layout.grids[name].values(reference_of(past, layout, name, clock) + change)
        if name in flags:
            stays = pc.fill_null(made[flags[name]], False)
            column = pc.if_else(stays, _whole(past.last.column(name)), column)
        cells.append(column.cast(_type(layout, name)))
    return pa.Table.from_arrays(cells, names=list(layout.events))


def _type(layout: Layout, name: str) -> pa.DataType:
    return arrow_type(layout.schema.column(name).kind)


def joined(made: Table, around: Table) -> Table:
    """The columns that are made, and behind them those that surround them."""
    data = pa.Table.from_arrays([*made.data.columns, *around.data.columns], names=[*made.schema.names, *around.schema.names])
    return Table(TableSchema((*made.schema.columns, *around.schema.columns)), data)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
