"""Sequences that nobody marked: a key that repeats, noticed by what its rows share and how they follow each other."""

from __future__ import annotations

import re

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import RARE, Note
from appliance.data_plane.synthesis.sequences.grouping import NO_OWNER, Groups, group_rows, owners_of, ranks
from appliance.data_plane.synthesis.sequences.layout import is_constant
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table

LOOKED_AT = 50_000
"""So many first rows are looked at."""

REPEATED = 0.5
"""The least share of rows whose key occurs again."""

SEPARATE = 1.1
"""Rows of a key stand together in the file where there are at most this many runs of keys for every key."""

SURE = 0.98
SELDOM = 0.5
LEAST_PAIRS = 20
MOST_CANDIDATES = 24
_KINDS = (ColumnKind.IDENTIFIER, ColumnKind.INTEGER, ColumnKind.CATEGORICAL)
_ORDERS = (ColumnKind.DATETIME, ColumnKind.INTEGER, ColumnKind.IDENTIFIER)
_KEY_NAMES = frozenset(
    {"id", "ids", "uuid", "guid", "key", "pk", "user", "customer", "client", "patient", "account", "member", "person", "subject"}
    | {"session", "device", "household", "employee", "student", "sensor", "vehicle", "card"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a column as the key of sequences.

    `named`: its name is a key's. `constant`: columns that never change inside its rows though they change elsewhere. `order`: the column to
    order by; `ascends`: it does so inside keys, and not in the whole file; `regular`: by the same step. `together`: the rows of a key stand
    together in the file."""

    column: str
    keys: int
    named: bool
    constant: tuple[str, ...]
    order: str | None
    ascends: bool
    regular: bool
    together: bool

    @property
    def enough(self) -> bool:
        """Whether the user is told."""
        if self.named:
            return bool(self.constant) or self.ascends
        return self.regular or (self.together and self.ascends)


def notice_sequences(table: Table) -> Note | None:
    """A note for a table without a group key in which one column looks like the key of sequences; None otherwise. It holds names and
    counts only."""
    some = Table(table.schema, table.data.slice(0, LOOKED_AT).combine_chunks())
    dated = any(column.kind is ColumnKind.DATETIME for column in some.schema.columns)
    candidates = [column for column in some.schema.columns if column.kind in _KINDS and (dated or _named(column))]
    likely = [column for column in candidates if _repeats(some, column.name)][:MOST_CANDIDATES]
    evidence = [_evidence(column, group_rows(some, [column.name], None), some) for column in likely]
    found = [one for one in evidence if one.enough]
    if not found:
        return None
    best = max(found, key=lambda one: (one.named, len(one.constant), one.keys))
    order = f" and order_training_examples_by: {best.order}" if best.order is not None else ""
    told = f"looks like the key of sequences: {best.keys} keys stand in {some.rows} rows. The rows are learnt as if each stood alone"
    return Note(best.column, f"{told}; to learn them as sequences set group_training_examples_by: {best.column}{order}")


def _repeats(table: Table, name: str) -> bool:
    """Whether many keys stand in several rows each, and no row is without."""
    owners = owners_of(table, [name])
    if not len(owners) or int(owners.min()) == NO_OWNER:
        return False
    lengths = np.bincount(owners)
    return len(lengths) >= RARE and int(lengths[lengths > 1].sum()) >= max(REPEATED * table.rows, LEAST_PAIRS)


def _named(column: ColumnSchema) -> bool:
    words = {word.lower() for word in _WORD.findall(column.name)}
    return column.kind is ColumnKind.IDENTIFIER or bool((words | {word.rstrip("s") for word in words}) & _KEY_NAMES)


def _evidence(column: ColumnSchema, groups: Groups, table: Table) -> Evidence:
    level = ranks(whole(table.data.column(column.name)))
    together = 1 + int((level[1:] != level[:-1]).sum()) <= SEPARATE * groups.count
    others = [other for other in table.schema.columns if other.name != column.name and other.kind is not ColumnKind.EMPTY]
    if not together and not _named(column):
        others = [other for other in others if other.kind is ColumnKind.DATETIME]
    shared = tuple(other.name for other in others if _varies(groups, other.name) and is_constant(groups, other.name))
    changing = [other for other in others if other.name not in shared]
    order, regular = _order(groups, table, changing)
    dates = [other.name for other in changing if other.kind is ColumnKind.DATETIME]
    best = order if order is not None else dates[0] if len(dates) == 1 else None
    return Evidence(column.name, groups.count, _named(column), shared, best, order is not None, regular, together)


def _varies(groups: Groups, name: str) -> bool:
    """Whether two rows of different keys seldom agree in a column."""
    level = ranks(whole(groups.firsts().data.column(name))).astype(np.int64)
    return float(((np.bincount(level) / max(len(level), 1)) ** 2).sum()) <= SELDOM


def _order(groups: Groups, table: Table, others: list[ColumnSchema]) -> tuple[str | None, bool]:
    """The column by which the rows of a key follow each other in the file, dates before numbers, and whether by equal steps."""
    inside = np.flatnonzero(groups.position > 0)
    for column in sorted((other for other in others if other.kind in _ORDERS), key=lambda other: _ORDERS.index(other.kind)):
        level = ranks(groups.column(column.name)).astype(np.float64)
        step = level[inside] - level[inside - 1]
        if float((step >= 0).mean()) < SURE or float((step > 0).mean()) < SELDOM:
            continue
        if _equal_steps(level, step):
            return column.name, True
        every = ranks(whole(table.data.column(column.name)))
        if float((every[1:] >= every[:-1]).mean()) < SURE:
            return column.name, False
    return None, False


def _equal_steps(level: Array, step: Array) -> bool:
    """Whether neighbouring rows of a key lie equally far apart, while rows of other keys share their values: one row a key and date."""
    values, counts = np.unique(step, return_counts=True)
    shared = len(np.unique(level)) <= len(level) / 2
    return shared and bool(values[np.argmax(counts)] > 0) and float(counts.max() / len(step)) >= SURE
