"""Rows of a table put together by key, in order."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

NO_OWNER = -1


class Groups(msgspec.Struct, frozen=True):
    """`table`: rows sorted by group and inside a group by order; `start`: the first row of every group and, last, the number of rows;
    `keyless`: rows that were left out because their key is missing."""

    table: Table
    start: Array
    keyless: int = 0

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.start) - 1

    @property
    def lengths(self) -> Array:
        """Rows of every group."""
        return np.asarray(np.diff(self.start))

    @property
    def owner(self) -> Array:
        """The group of every row."""
        return np.asarray(np.repeat(np.arange(self.count), self.lengths))

    @property
    def position(self) -> Array:
        """Each row's place in its group, from 0."""
        return np.asarray(np.arange(self.table.rows) - np.repeat(self.start[:-1], self.lengths))

    def firsts(self) -> Table:
        """The first row of every group."""
        return Table(self.table.schema, self.table.data.take(pa.array(self.start[:-1])))

    def column(self, name: str) -> pa.Array:
        """One column of the sorted rows."""
        return whole(self.table.data.column(name))


def owners_of(table: Table, keys: Sequence[str]) -> Array:
    """The number of the group that each row belongs to, in the order in which groups first appear; `NO_OWNER` where a key is missing.

    Raises DataRefused for a key that is not there."""
    missing = [name for name in keys if name not in table.schema.names]
    if missing:
        raise DataRefused(f"The configuration groups by the column {missing[0]!r}, but the table has no such column.")
    numbers, present = np.zeros(table.rows, np.int64), np.ones(table.rows, bool)
    for name in keys:
        column = whole(table.data.column(name))
        present &= np.asarray(column.is_valid())
        codes = np.asarray(pc.fill_null(column.dictionary_encode().indices, 0), np.int64)
        numbers = np.unique(numbers * (table.rows + 1) + codes, return_inverse=True)[1].astype(np.int64)
    found, first, inverse = np.unique(numbers[present], return_index=True, return_inverse=True)
    place = np.empty(len(found), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(found))
    owners = np.full(table.rows, NO_OWNER, np.int64)
    owners[present] = place[inverse]
    return owners


def group_rows(table: Table, keys: Sequence[str], order_by: str | None) -> Groups:
    """The table's rows by group, inside a group by `order_by` (missing ones last, ties as in the file) or as in the file.

    Raises DataRefused for columns that are not there."""
    owners = owners_of(table, keys)
    if order_by is not None and order_by not in table.schema.names:
        raise DataRefused(f"The configuration orders sequences by the column {order_by!r}, but the table has no such column.")
    rank = np.zeros(table.rows, np.uint64) if order_by is None else ranks(whole(table.data.column(order_by)))
    rows = np.lexsort((rank, owners))
    keyless = int((owners == NO_OWNER).sum())
    rows = rows[keyless:]
    start = np.r_[0, np.cumsum(np.bincount(owners[rows]))] if len(rows) else np.zeros(1, np.int64)
    return Groups(Table(table.schema, table.data.take(pa.array(rows)).combine_chunks()), start, keyless)


def ranks(column: pa.Array) -> Array:
    """Dense ranks of a column's values from 1; missing ones last."""
    if pa.types.is_null(column.type):
        return np.ones(len(column), np.uint64)
    plain = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return np.asarray(pc.rank(plain, "ascending", tiebreaker="dense"), np.uint64)


def shortened(groups: Groups, most: int) -> Groups:
    """Groups without the rows past the first `most` of each."""
    if not groups.count or int(groups.lengths.max()) <= most:
        return groups
    data = groups.table.data.filter(pa.array(groups.position < most)).combine_chunks()
    return Groups(Table(groups.table.schema, data), np.r_[0, np.cumsum(np.minimum(groups.lengths, most))], groups.keyless)


def chosen_groups(groups: Groups, rows: int, seed: int) -> Groups:
    """Groups drawn at random until they hold `rows` rows, in their order; all where they hold no more."""
    if groups.table.rows <= rows:
        return groups
    drawn = generator(seed, 20).permutation(groups.count)
    total = np.cumsum(groups.lengths[drawn])
    kept = np.sort(drawn[: max(1, int(np.searchsorted(total, rows, "right")))])
    flags = np.zeros(groups.count, bool)
    flags[kept] = True
    data = groups.table.data.filter(pa.array(flags[groups.owner])).combine_chunks()
    return Groups(Table(groups.table.schema, data), np.r_[0, np.cumsum(groups.lengths[kept])], groups.keyless)
