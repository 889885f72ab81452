"""A table by sequence: whose row is which, and what follows what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema

Array = npt.NDArray[Any]


class Side(msgspec.Struct, frozen=True):
    """One table by sequence, rows in order: `owner` ascends, `pair` are rows that follow another of their sequence."""

    data: pa.Table
    owner: Array
    pair: Array

    @property
    def lengths(self) -> Array:
        """Rows of every sequence."""
        return np.bincount(self.owner) if len(self.owner) else np.zeros(0, np.int64)


def side_of(table: Table, group_by: Sequence[str], order: str | None) -> Side:
    """A table by sequence, in order; rows without key are left out."""
    numbers, present = np.zeros(table.rows, np.int64), np.ones(table.rows, bool)
    for name in group_by:
        column = whole(table.data.column(name))
        present &= np.asarray(column.is_valid())
        codes = np.asarray(pc.fill_null(column.dictionary_encode().indices, 0), np.int64)
        numbers = np.unique(numbers * (table.rows + 1) + codes, return_inverse=True)[1].astype(np.int64)
    rank = np.zeros(table.rows, np.int64) if order is None else ranks(table.data.column(order))
    rows = np.lexsort((rank, numbers))
    rows = rows[present[rows]]
    owner = np.unique(numbers[rows], return_inverse=True)[1].astype(np.int64)
    pair = np.flatnonzero(owner[1:] == owner[:-1]) + 1 if len(owner) else np.zeros(0, np.int64)
    return Side(table.data.take(pa.array(rows)), owner, pair)


def with_identifiers(table: Table, group_by: Sequence[str]) -> Table:
    """The table with its keys read as identifiers, whatever they look like: they are made anew, and count in no score."""
    kinds = dict.fromkeys(group_by, ColumnKind.IDENTIFIER)
    columns = tuple(msgspec.structs.replace(column, kind=kinds.get(column.name, column.kind)) for column in table.schema.columns)
    return Table(TableSchema(columns, table.schema.file), table.data)


def ranks(column: pa.ChunkedArray) -> Array:
    """Dense ranks of a column's values; missing ones last."""
    cells = whole(column)
    if pa.types.is_null(cells.type):
        return np.zeros(len(cells), np.int64)
    return np.asarray(
        pc.rank(cells.cast(pa.int8()) if pa.types.is_boolean(cells.type) else cells, "ascending", tiebreaker="dense"), np.int64
    )


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One array without chunks."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def constant_share(side: Side, name: str) -> float:
    """The share of the sequences with two rows and more in which a column has one value; 1 where there are none."""
    level = ranks(side.data.column(name))
    differ = np.bincount(side.owner[side.pair], level[side.pair] != level[side.pair - 1], minlength=int(side.owner[-1]) + 1)
    long = side.lengths > 1
    return float((differ[long] == 0).mean()) if long.any() else 1.0


def replayed_keys(left: Side, right: Side, group_by: Sequence[str]) -> int:
    """How many synthetic keys, over all key columns, are keys of training sequences."""
    keys = [
        set(zip(*(side.data.column(name).to_pylist() for name in group_by), strict=True)) if side.data.num_rows else set()
        for side in (left, right)
    ]
    return len(keys[0] & keys[1])


def ordered_share(side: Side, order: str | None) -> float | None:
    """In which share of neighbouring rows the order column does not fall."""
    if order is None or not len(side.pair):
        return None
    level = ranks(side.data.column(order))
    return float((level[side.pair] >= level[side.pair - 1]).mean())


def differences(side: Side, order: str, kind: ColumnKind) -> tuple[Array, Array]:
    """Gaps between neighbouring rows (moments in seconds), and the sequence of each."""
    column = whole(side.data.column(order))
    if kind is ColumnKind.DATETIME:
        values = np.where(np.asarray(column.is_valid()), np.asarray(pc.fill_null(column.cast(pa.int64()), 0)) / 1e6, np.nan)
    else:
        values = np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")), np.float64)
    gaps = values[side.pair] - values[side.pair - 1]
    present = np.isfinite(gaps)
    return np.asarray(gaps[present]), np.asarray(side.owner[side.pair][present])
