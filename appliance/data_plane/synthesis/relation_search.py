"""Finding what holds between two columns in every training row.

Only pairs that chance would break speak: pairs whose ranges meet, numbers of like scale. A quick look at few rows comes first, so that wide
tables cost little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import UNITS, whole
from appliance.data_plane.synthesis.options import RARE
from appliance.data_plane.synthesis.relations import DAY, Bound, Link, Relations, Sum, cells_of
from appliance.data_plane.synthesis.sum_search import find_sums
from appliance.data_plane.tables.schema import ColumnKind, Table

LEAST_ROWS = 200
"""Fewer rows with both cells present say nothing."""

SCREEN = 128
SURPRISE_ROWS = 1000
SURPRISE = 0.01
"""Numbers in an order that fewer shuffled pairs than this would break are of different scales, not related."""

CLOSE = 0.5
"""A difference that varies at most this share of what the later date itself varies is learnt in its place."""

_END = 5


class _Column(msgspec.Struct, frozen=True):
    """A column under search. `some` are evenly spaced rows."""

    place: int
    values: Array
    present: Array
    some: Array

    @property
    def unit(self) -> int:
        """The largest unit of time that all moments are whole multiples of."""
        values = self.values[self.present]
        return next((unit for unit in UNITS if not (values % unit).any()), 1)


class _Pair(msgspec.Struct, frozen=True):
    """Two columns of which the first may be nowhere above the second."""

    low: _Column
    high: _Column


def find_relations(table: Table, seeds: Sequence[int] = ()) -> Relations:
    """The relations of a table. Seed columns are never computed from others."""
    dates = _columns(table, (ColumnKind.DATETIME,))
    numbers = _columns(table, (ColumnKind.INTEGER, ColumnKind.NUMERIC))
    pairs = [pair for pair in _likely_pairs(dates) if _ordered(pair)]
    days = [pair for pair in _likely_pairs(dates, DAY) if _ordered(pair, DAY) and _ordered(_Pair(pair.high, pair.low), DAY)]
    counts = [pair for pair in _likely_pairs(numbers) if _surprising(pair) and _ordered(pair)]
    candidates = [*_equal_links([*pairs, *counts]), *_day_links(days), *_order_links(pairs)]
    links = _chosen([(spread, link) for spread, link in candidates if link.target not in seeds])
    linked = {(link.source, link.target) for link in links if link.sign == 0 or not (link.grain == DAY and _has_time(dates, link.source))}
    same = {link.target for link in links if not link.sign}
    known = [
        pair for pair in [*pairs, *counts] if not {pair.low.place, pair.high.place} & same and not _ordered(_Pair(pair.high, pair.low))
    ]
    full = {column.place for column in (*dates, *numbers) if column.present.all()}
    ties = {(pair.low.place, pair.high.place): _ties(pair) for pair in known}
    bounds = _reduced({(pair.low.place, pair.high.place) for pair in known}, full)
    sums = find_sums(table, {link.target: (link.source,) for link in links}, seeds)
    linked |= _implied(table, sums)
    return Relations(links, tuple(Bound(*pair, ties[pair]) for pair in bounds if not {pair, pair[::-1]} & linked), sums)


def _implied(table: Table, sums: Sequence[Sum]) -> set[tuple[int, int]]:
    """Parts that are below their total because no part is below zero."""
    lowest = {place: cells_of(whole(table.data.column(place)))[0].min(initial=0) for total in sums for place in total.sources}
    totals = [total for total in sums if total.constant == 0 and all(f == 1 for f in total.factors) and len(total.sources) > 1]
    return {(source, total.target) for total in totals for source in total.sources if all(lowest[place] >= 0 for place in total.sources)}


def _ties(pair: _Pair) -> float:
    """The share of equal values among rows where both are present."""
    both = pair.low.present & pair.high.present
    rows = int((both & (pair.low.values == pair.high.values)).sum())
    return rows / max(int(both.sum()), 1) if rows >= RARE else 0.0


def _columns(table: Table, kinds: Sequence[ColumnKind]) -> list[_Column]:
    columns = []
    some = np.linspace(0, max(table.rows - 1, 0), min(SURPRISE_ROWS, table.rows)).astype(np.int64)
    for place, schema in enumerate(table.schema.columns):
        if schema.kind in kinds:
            values, present = cells_of(whole(table.data.column(place)))
            if present.sum() >= LEAST_ROWS:
                columns.append(_Column(place, values, present, some))
    return columns


def _likely_pairs(columns: Sequence[_Column], grain: int = 1) -> list[_Pair]:
    """Pairs whose ranges meet, so that chance could break their order, and that no screened row breaks, in whole `grain`s."""
    if len(columns) < 2:
        return []
    rows = columns[0].some[:: max(len(columns[0].some) // SCREEN, 1)]
    present = np.stack([column.present[rows] for column in columns], 1)
    values = np.stack([(column.values[rows] // grain if grain > 1 else column.values[rows]).astype(np.float64) for column in columns], 1)
    lowest = np.asarray([column.values[column.present].min() for column in columns], np.float64)
    highest = np.asarray([column.values[column.present].max() for column in columns], np.float64)
    found: list[_Pair] = []
    for place, low in enumerate(columns):
        broken = (present & present[:, place, None] & (values[:, place, None] > values)).any(0)
        likely = ~broken & (highest[place] > lowest)
        likely[place] = False
        found.extend(_Pair(low, columns[other]) for other in np.flatnonzero(likely).tolist())
    return found


def _ordered(pair: _Pair, grain: int = 1) -> bool:
    """Whether the first column is nowhere above the second, in at least `LEAST_ROWS` rows, in whole `grain`s."""
    both = pair.low.present & pair.high.present
    low, high = pair.low.values, pair.high.values
    if grain > 1:
        low, high = low // grain, high // grain
    return int(both.sum()) >= LEAST_ROWS and not (both & (low > high)).any()


def _surprising(pair: _Pair) -> bool:
    some = pair.low.some[(pair.low.present & pair.high.present)[pair.low.some]]
    low, high = pair.low.values[some], np.roll(pair.high.values[some], len(some) // 2)
    return len(some) > 0 and float(np.mean(low > high)) >= SURPRISE


def _equal_links(pairs: Sequence[_Pair]) -> list[tuple[float, Link]]:
    """Columns that are equal in every row and missing together."""
    return [
        (-2.0, Link(pair.high.place, pair.low.place, 0))
        for pair in pairs
        if pair.low.values.dtype == pair.high.values.dtype
        and bool((pair.low.present == pair.high.present).all())
        and bool((pair.low.values == pair.high.values)[pair.low.present].all())
    ]


def _day_links(pairs: Sequence[_Pair]) -> list[tuple[float, Link]]:
    """Moments on the same day: the time of day is learnt on top of the day, best from a column without times."""
    return [
        (-1.0 - 0.5 * (pair.low.unit == DAY), _limited(Link(pair.high.place, pair.low.place, 1, DAY), pair.high))
        for pair in pairs
        if not (pair.high.present & ~pair.low.present).any()
    ]


def _order_links(pairs: Sequence[_Pair]) -> list[tuple[float, Link]]:
    """Dates close to one another, by how much their difference varies; the later one on top of the earlier one is tried first."""
    found = []
    for pair in pairs:
        for target, source, sign in ((pair.high, pair.low, 1), (pair.low, pair.high, -1)):
            if (target.present & ~source.present).any():
                continue
            grain = target.unit if target.unit > source.unit else 1
            base = source.values - source.values % grain
            spans = (sign * (target.values - base))[target.present].astype(np.float64)
            spread = spans.std() / max(float(target.values[target.present].std()), 1.0)
            if spread <= CLOSE and spans.min() >= 0:
                found.append((spread + 1e-6 * (sign < 0), _limited(Link(target.place, source.place, sign, grain), target)))
    return found


def _limited(link: Link, target: _Column) -> Link:
    """The link with the range of its target: at both ends the mean of the values next to the outermost one."""
    values = np.sort(target.values[target.present])
    low, high = (int(part[0] + np.mean(part - part[0])) for part in (values[1 : 1 + _END], values[-1 - _END : -1]))
    return msgspec.structs.replace(link, low=low, high=high)


def _chosen(candidates: Sequence[tuple[float, Link]]) -> tuple[Link, ...]:
    """At most one link a target, the closest first, none in a circle; sources before their targets."""
    source_of: dict[int, Link] = {}
    for _, link in sorted(candidates, key=lambda pair: (pair[0], pair[1].source, pair[1].target)):
        if link.target not in source_of and link.target not in _line(source_of, link.source):
            source_of[link.target] = link
    return tuple(sorted(source_of.values(), key=lambda link: (len(_line(source_of, link.target)), link.target)))


def _line(source_of: Mapping[int, Link], column: int) -> list[int]:
    line = [column]
    while line[-1] in source_of:
        line.append(source_of[line[-1]].source)
    return line


def _has_time(columns: Sequence[_Column], place: int) -> bool:
    return any(column.place == place and column.unit != DAY for column in columns)


def _reduced(pairs: set[tuple[int, int]], full: set[int]) -> list[tuple[int, int]]:
    """The pairs without those that follow from two others over a column without missing values."""
    middles = {low: {high for first, high in pairs if first == low} & full for low, _ in pairs}
    return sorted((low, high) for low, high in pairs if not any((middle, high) in pairs for middle in middles[low]))
