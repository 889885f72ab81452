"""What holds between two columns in every training row: a moment before another, the same day, equal values, one number below another.

Between dates that keep close to each other the engine learns the difference in place of the later one (a *link*), so that durations are
learnt and the order cannot break. For all other pairs (a *bound*) offending values are drawn again, and records that still offend are
dropped. Only pairs that chance would break speak, and only where both cells of a pair are present."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import UNITS, whole
from appliance.data_plane.tables.schema import Table

DAY = UNITS[0]


class Link(msgspec.Struct, frozen=True):
    """Column `target` is `source`, rounded down to `grain` microseconds, plus `sign` times the difference that the engine makes in its
    place; with `sign` 0 it is equal to `source`. What it is then lies between `low` and `high`, each the mean of several values."""

    target: int
    source: int
    sign: int
    grain: int = 1
    low: int = -(2**62)
    high: int = 2**62


class Bound(msgspec.Struct, frozen=True):
    """In every row where both are present, column `low` is not above column `high`; `ties` is the share of those rows where they are equal
    (0 where they are fewer than `RARE`)."""

    low: int
    high: int
    ties: float = 0.0


class Relations(msgspec.Struct, frozen=True):
    """All relations of a table; every link stands behind the link of its source."""

    links: tuple[Link, ...] = ()
    bounds: tuple[Bound, ...] = ()

    @property
    def checks(self) -> tuple[Link | Bound, ...]:
        """What a record must be checked for."""
        return (*(link for link in self.links if link.sign), *self.bounds)

    def roots(self, column: int) -> frozenset[int]:
        """The columns of the engine that a column is put together from."""
        link = next((link for link in self.links if link.target == column), None)
        if link is None:
            return frozenset({column})
        return self.roots(link.source) | (frozenset({column}) if link.sign else frozenset())

    def needs(self, check: Link | Bound) -> frozenset[int]:
        """The columns of the engine that a check looks at."""
        return self.roots(check.target) if isinstance(check, Link) else self.roots(check.low) | self.roots(check.high)

    def value(self, column: int, made: Callable[[int], pa.Array]) -> pa.Array:
        """A column of the table from the columns that the engine `made`."""
        link = next((link for link in self.links if link.target == column), None)
        if link is None:
            return made(column)
        source = self.value(link.source, made)
        return _joined(link, source, made(column)) if link.sign else source

    def broken(self, check: Link | Bound, made: Callable[[int], pa.Array]) -> Array:
        """Which rows break a check."""
        if isinstance(check, Link):
            values, present = cells_of(self.value(check.target, made))
            return present & ((values < check.low) | (values > check.high))
        excess, present = excess_of(self.value(check.low, made), self.value(check.high, made))
        return present & (excess > 0)


def _joined(link: Link, source: pa.Array, difference: pa.Array) -> pa.Array:
    """The target of a link: a missing source or difference makes it missing."""
    base = _floor(source.cast(pa.int64()), link.grain)
    step = difference.cast(pa.int64())
    return (pc.add(base, step) if link.sign > 0 else pc.subtract(base, step)).cast(pa.timestamp("us"))


def difference(link: Link, target: pa.Array, source: pa.Array) -> pa.Array:
    """What the engine learns in place of a link's target: a span, held as a moment after 1970; nothing where both are equal."""
    if not link.sign:
        return pa.nulls(len(target), target.type)
    base, value = _floor(source.cast(pa.int64()), link.grain), target.cast(pa.int64())
    return (pc.subtract(value, base) if link.sign > 0 else pc.subtract(base, value)).cast(pa.timestamp("us"))


def implied_source(link: Link, target: pa.Array, spans: pa.Array) -> pa.Array:
    """A source that fits given targets and drawn differences, up to the grain."""
    if not link.sign:
        return target
    value, span = target.cast(pa.int64()), spans.cast(pa.int64())
    if link.grain == DAY and link.sign > 0:
        return _floor(value, DAY).cast(pa.timestamp("us"))
    return (pc.subtract(value, span) if link.sign > 0 else pc.add(value, span)).cast(pa.timestamp("us"))


def _floor(values: pa.Array, grain: int) -> pa.Array:
    if grain == 1:
        return values
    numbers = np.asarray(pc.fill_null(values, 0), np.int64)
    return pa.array(numbers - numbers % grain, pa.int64(), mask=~np.asarray(values.is_valid()))


def excess_of(low: pa.Array, high: pa.Array) -> tuple[Array, Array]:
    """By how much one column is above another, and where both are present."""
    (a, here), (b, there) = cells_of(low), cells_of(high)
    return a - b, here & there


def with_differences(table: Table, relations: Relations) -> Table:
    """The table as the engine learns it."""
    data = table.data
    for link in relations.links:
        column = difference(link, whole(table.data.column(link.target)), whole(table.data.column(link.source)))
        data = data.set_column(link.target, table.schema.names[link.target], column)
    return Table(table.schema, data)


def cells_of(column: pa.Array) -> tuple[Array, Array]:
    """Values and which of them are present; missing ones are 0."""
    present = np.asarray(column.is_valid())
    if pa.types.is_floating(column.type):
        values = np.asarray(pc.fill_null(column, 0.0), np.float64)
        return values, present & np.isfinite(values)
    return np.asarray(pc.fill_null(column.cast(pa.int64()), 0), np.int64), present
