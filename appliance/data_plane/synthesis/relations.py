"""What holds between columns in every training row: a moment before another, the same day, equal values, one number below another, a
total that is the sum of its parts. And what a configuration says shall hold in every record.

Between dates that keep close to each other the engine learns the difference in place of the later one (a *link*), so that durations are
learnt and the order cannot break. A column that is a sum of others is not learnt at all but computed. For everything else (bounds, ranges,
combinations) offending values are drawn again, and records that still offend are dropped. Only relations that chance would break speak,
and only where all their cells are present."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    """In every row where both are present, column `low` is not above column `high`, and where `strict` not equal to it; `ties` is the share
    of those rows where they are equal (0 where they are fewer than `RARE`)."""

    low: int
    high: int
    ties: float = 0.0
    strict: bool = False


class Sum(msgspec.Struct, frozen=True):
    """Column `target` is `constant` plus the sum of each of `sources` times its factor, rounded to `decimals` digits after the point (None:
    not rounded), and lies between `low` and `high`, each the mean of several training values. `whole`: the target holds integers."""

    target: int
    sources: tuple[int, ...]
    factors: tuple[float, ...]
    constant: float = 0.0
    decimals: int | None = 0
    low: float = -(2.0**62)
    high: float = 2.0**62
    whole: bool = True


class Range(msgspec.Struct, frozen=True):
    """Column `column` lies between `low` and `high` (dates: microseconds since 1970); None: no such border."""

    column: int
    low: float | None = None
    high: float | None = None


class Combination(msgspec.Struct, frozen=True):
    """The values of `columns` stand together in one of `rows`, as text; None: missing."""

    columns: tuple[int, ...]
    rows: tuple[tuple[str | None, ...], ...]


Check = Link | Bound | Sum | Range | Combination


class Relations(msgspec.Struct, frozen=True):
    """All relations of a table. No column is the target of two links or sums, and none follows from itself. `unique`: sets of columns of
    which no two records have the same values."""

    links: tuple[Link, ...] = ()
    bounds: tuple[Bound, ...] = ()
    sums: tuple[Sum, ...] = ()
    ranges: tuple[Range, ...] = ()
    combinations: tuple[Combination, ...] = ()
    unique: tuple[tuple[int, ...], ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """What a record must be checked for."""
        return (*(link for link in self.links if link.sign), *self.bounds, *self.sums, *self.ranges, *self.combinations)

    @property
    def parents(self) -> dict[int, tuple[int, ...]]:
        """The columns that each computed column is computed from."""
        return {link.target: (link.source,) for link in self.links} | {sum_.target: sum_.sources for sum_ in self.sums}

    def roots(self, column: int) -> frozenset[int]:
        """The columns of the engine that a column is put together from."""
        total = next((sum_ for sum_ in self.sums if sum_.target == column), None)
        if total is not None:
            return frozenset().union(*(self.roots(source) for source in total.sources))
        link = next((link for link in self.links if link.target == column), None)
        if link is None:
            return frozenset({column})
        return self.roots(link.source) | (frozenset({column}) if link.sign else frozenset())

    def needs(self, check: Check) -> frozenset[int]:
        """The columns of the engine that a check looks at."""
        if isinstance(check, Combination):
            return frozenset().union(*(self.roots(column) for column in check.columns))
        if isinstance(check, Bound):
            return self.roots(check.low) | self.roots(check.high)
        return self.roots(check.column if isinstance(check, Range) else check.target)

    def value(self, column: int, made: Callable[[int], pa.Array]) -> pa.Array:
        """A column of the table from the columns that the engine `made`."""
        total = next((sum_ for sum_ in self.sums if sum_.target == column), None)
        if total is not None:
            return computed(total, [self.value(source, made) for source in total.sources])
        link = next((link for link in self.links if link.target == column), None)
        if link is None:
            return made(column)
        source = self.value(link.source, made)
        return _joined(link, source, made(column)) if link.sign else source

    def broken(self, check: Check, made: Callable[[int], pa.Array]) -> Array:
        """Which rows break a check."""
        if isinstance(check, Combination):
            return ~among(check, [self.value(column, made) for column in check.columns])
        if isinstance(check, Bound):
            excess, present = excess_of(self.value(check.low, made), self.value(check.high, made))
            return present & ((excess >= 0) if check.strict else (excess > 0))
        values, present = cells_of(self.value(check.column if isinstance(check, Range) else check.target, made))
        below = values < check.low if check.low is not None else np.zeros(len(values), bool)
        return present & (below | (values > check.high if check.high is not None else False))


def computed(total: Sum, sources: Sequence[pa.Array]) -> pa.Array:
    """The target of a sum, in its arrow type; missing where a source is."""
    cells = [cells_of(source) for source in sources]
    present = np.logical_and.reduce([here for _, here in cells])
    value = np.full(len(present), total.constant)
    for factor, (values, _) in zip(total.factors, cells, strict=True):
        value = value + factor * values
    if total.whole:
        return pa.array(np.rint(np.where(present, value, 0.0)).astype(np.int64), pa.int64(), mask=~present)
    return pa.array(value if total.decimals is None else np.round(value, total.decimals) + 0.0, pa.float64(), mask=~present)


def among(check: Combination, columns: Sequence[pa.Array]) -> Array:
    """Which rows hold one of the combinations."""
    codes, allowed = np.zeros(len(columns[0]), np.int64), np.zeros(len(check.rows), np.int64)
    for place, column in enumerate(columns):
        listed = pa.array([row[place] for row in check.rows], pa.string())
        values = listed.unique()
        found = np.asarray(pc.fill_null(pc.index_in(as_text(column), value_set=values), len(values)), np.int64)
        width = len(values) + 1
        codes = np.where((found == len(values)) | (codes < 0), -1, codes * width + found)
        allowed = allowed * width + np.asarray(pc.index_in(listed, value_set=values), np.int64)
        distinct, allowed = np.unique(allowed, return_inverse=True)
        at = np.minimum(np.searchsorted(distinct, codes), len(distinct) - 1)
        codes = np.where((codes >= 0) & (distinct[at] == codes), at, -1)
    return np.asarray(codes >= 0)


def as_text(column: pa.Array) -> pa.Array:
    """Cells as combinations hold them: as text, dates as whole microseconds."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


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
    for total in relations.sums:
        column = pa.nulls(table.rows, table.data.column(total.target).type)
        data = data.set_column(total.target, table.schema.names[total.target], column)
    return Table(table.schema, data)


def cells_of(column: pa.Array) -> tuple[Array, Array]:
    """Values and which of them are present; missing ones are 0."""
    present = np.asarray(column.is_valid())
    if pa.types.is_floating(column.type):
        values = np.asarray(pc.fill_null(column, 0.0), np.float64)
        return values, present & np.isfinite(values)
    return np.asarray(pc.fill_null(column.cast(pa.int64()), 0), np.int64), present
