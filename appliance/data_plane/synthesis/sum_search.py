"""Finding columns that are sums, differences or multiples of others in every training row.

Every numeric column is projected on random directions over some rows; what adds up there adds up in those rows, so that triples of columns
are compared as single numbers. What is left is verified on all rows, up to half of the target's last digit. Columns stand together only
where they are missing in the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import decimals_of, whole
from appliance.data_plane.synthesis.relations import Sum, cells_of
from appliance.data_plane.tables.schema import ColumnKind, Table

LEAST_ROWS = 100
"""Fewer rows say nothing."""

SCREEN = 512
MOST_COLUMNS = 150
"""Of more columns with the same missing rows, the first are searched."""

MOST_CANDIDATES = 500
RUN = 60
"""The most neighbouring columns that are tried as parts of one total."""

LARGEST = 2.0**52
DISTINCT = 4
"""A target with fewer different values is no sum worth keeping."""

_END = 5
_KINDS = (ColumnKind.INTEGER, ColumnKind.NUMERIC)


class _Number(msgspec.Struct, frozen=True):
    """A numeric column: its place, its present values, their digits after the point (None: more than can be told); `whole`:
    whether it holds integers."""

    place: int
    values: Array
    decimals: int | None
    whole: bool

    @property
    def slack(self) -> float:
        """How far a computed value may be from the written one."""
        half = 0.5 * 10.0**-self.decimals if self.decimals is not None else 0.0
        return half * (1 + 1e-6) + 1e-9 * float(np.abs(self.values).max())


class _Candidate(msgspec.Struct, frozen=True):
    """Columns (places in a group) that add up to a constant with these signs."""

    columns: tuple[int, ...]
    signs: tuple[int, ...]


def find_sums(table: Table, taken: Mapping[int, tuple[int, ...]], seeds: Sequence[int] = ()) -> tuple[Sum, ...]:
    """The sums of a table, none for a seed column. `taken`: the columns that are computed otherwise, and from which."""
    parents, found = dict(taken), []
    for group in _groups(table, taken):
        for total in _sums(group, parents, seeds):
            found.append(total)
            parents[total.target] = total.sources
    return tuple(found)


def _groups(table: Table, taken: Mapping[int, tuple[int, ...]]) -> list[list[_Number]]:
    """Numeric columns with the same missing rows, those that vary and are not computed already."""
    groups: dict[bytes, list[_Number]] = {}
    for place, schema in enumerate(table.schema.columns):
        if schema.kind not in _KINDS or place in taken:
            continue
        values, present = cells_of(whole(table.data.column(place)))
        numbers = values[present].astype(np.float64)
        if len(numbers) < LEAST_ROWS or np.abs(numbers).max() > LARGEST or len(np.unique(numbers[:: max(len(numbers) // SCREEN, 1)])) < 2:
            continue
        decimals = 0 if schema.kind is ColumnKind.INTEGER else decimals_of(numbers)
        groups.setdefault(np.packbits(present).tobytes(), []).append(_Number(place, numbers, decimals, schema.kind is ColumnKind.INTEGER))
    return [group[:MOST_COLUMNS] for group in groups.values() if len(group) > 1]


def _sums(group: Sequence[_Number], parents: dict[int, tuple[int, ...]], seeds: Sequence[int]) -> Iterator[Sum]:
    """Sums of one group, the shortest first; what is computed is not searched for longer ones."""
    rows = np.linspace(0, len(group[0].values) - 1, min(SCREEN, len(group[0].values))).astype(np.int64)
    known = dict(parents)
    for search in (_multiples, _short_sums, _runs):
        left = [column for column in group if column.place not in known]
        if len(left) < 2:
            return
        screen = np.stack([column.values[rows] for column in left], 1)
        varied = np.flatnonzero(np.ptp(screen, axis=0) > 0)
        left, screen = [left[place] for place in varied.tolist()], screen[:, varied]
        for candidate in search(left, screen):
            total = _settled([left[place] for place in candidate.columns], candidate.signs, known, seeds)
            if total is not None:
                known[total.target] = total.sources
                yield total


def _multiples(group: Sequence[_Number], screen: Array) -> Iterator[_Candidate]:
    """Pairs in which one column rises or falls evenly with the other."""
    middle = screen - screen.mean(0)
    spread = np.sqrt((middle**2).sum(0))
    usable = np.flatnonzero(spread > 0)
    shares = middle[:, usable] / spread[usable]
    like = np.abs(shares.T @ shares)
    for first, second in zip(*np.nonzero(np.triu(like > 1 - 1e-6, 1)), strict=True):
        yield _Candidate((int(usable[first]), int(usable[second])), (1, -1))


def _projected(group: Sequence[_Number], screen: Array) -> tuple[Array, Array]:
    """Every column on two random directions, and how far the arithmetic of floats may move it."""
    middle = screen - screen.mean(0)
    directions = generator(len(group), 7).normal(size=(len(screen), 2))
    digits = max((column.decimals for column in group if column.decimals is not None), default=9)
    slack = np.asarray([1e-4 * 10.0**-digits + 1e-12 * float(np.abs(column.values).max()) for column in group])
    return middle.T @ directions, np.sqrt(len(screen)) * slack


def _short_sums(group: Sequence[_Number], screen: Array) -> Iterator[_Candidate]:
    """Three and four columns that add up with some signs, three first."""
    points, slack = _projected(group, screen)
    count, most = len(group), float(slack.max())
    first, second = np.triu_indices(count, 1)
    plus, minus = points[first] + points[second], points[first] - points[second]
    singles, nobody = np.arange(count), np.full(count, -1)
    pairs_plus, pairs_minus = (first, second, 1), (first, second, -1)
    found = [
        *_matches(plus, pairs_plus, points, (singles, nobody, 1), most),
        *_matches(plus, pairs_plus, -points, (singles, nobody, -1), most),
        *_matches(minus, pairs_minus, points, (singles, nobody, 1), most),
        *_matches(minus, pairs_minus, -points, (singles, nobody, -1), most),
    ]
    yield from sorted(set(found), key=lambda c: (sorted(c.signs) != [-1, 1, 1], c.columns))
    longer = [
        *_matches(plus, pairs_plus, plus, pairs_plus, most),
        *_matches(plus, pairs_plus, minus, pairs_minus, most),
        *_matches(plus, pairs_plus, -minus, (second, first, -1), most),
        *_matches(minus, pairs_minus, minus, pairs_minus, most),
        *_matches(plus, pairs_plus, -plus, (first, second, 2), most),
    ]
    yield from sorted(set(longer), key=lambda c: (sorted(c.signs) != [-1, 1, 1, 1], c.columns))


_Side = tuple[Array, Array, int]
"""Two columns for each point, and the sign of the second; a second column of -1: there is only the first, with this sign. 2: both minus."""


def _matches(left: Array, left_side: _Side, right: Array, right_side: _Side, slack: float) -> list[_Candidate]:
    """Points of the left that fall together with points of the right, as columns that add up to a constant."""
    order = np.argsort(left[:, 0], kind="stable")
    low = np.searchsorted(left[order, 0], right[:, 0] - 2 * slack)
    high = np.searchsorted(left[order, 0], right[:, 0] + 2 * slack, side="right")
    found: list[_Candidate] = []
    for at in np.flatnonzero(high > low).tolist():
        some = order[low[at] : high[at]]
        for one in some[np.abs(left[some, 1] - right[at, 1]) <= 2 * slack].tolist():
            candidate = _joined(_terms(left_side, one), _terms(right_side, at))
            if candidate is not None:
                found.append(candidate)
        if len(found) > MOST_CANDIDATES:
            break
    return found


def _terms(side: _Side, at: int) -> list[tuple[int, int]]:
    first, second, sign = side
    if second[at] < 0:
        return [(int(first[at]), sign)]
    return [(int(first[at]), -1), (int(second[at]), -1)] if sign == 2 else [(int(first[at]), 1), (int(second[at]), sign)]


def _joined(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> _Candidate | None:
    """Left minus right, the first column with a plus where that leaves fewer minus signs; None where a column stands on both sides."""
    terms = sorted([*left, *((column, -sign) for column, sign in right)])
    if len({column for column, _ in terms}) < len(terms):
        return None
    if sum(sign for _, sign in terms) < 0 or (sum(sign for _, sign in terms) == 0 and terms[0][1] < 0):
        terms = [(column, -sign) for column, sign in terms]
    return _Candidate(tuple(column for column, _ in terms), tuple(sign for _, sign in terms))


def _runs(group: Sequence[_Number], screen: Array) -> Iterator[_Candidate]:
    """A column that is the sum of four or more neighbouring ones."""
    points, slack = _projected(group, screen)
    sums = np.vstack([np.zeros(2), np.cumsum(points, 0)])
    first, last = np.triu_indices(len(group) + 1, 4)
    some = last - first <= RUN
    first, last = first[some], last[some]
    runs = sums[last] - sums[first]
    for target, point in enumerate(points):
        near = np.abs(runs - point).max(1) <= 2 * slack.max() * np.sqrt(last - first)
        for start, end in zip(first[near].tolist(), last[near].tolist(), strict=True):
            if not start <= target < end:
                yield _Candidate((target, *range(start, end)), (-1, *(1,) * (end - start)))


def _settled(columns: Sequence[_Number], signs: Sequence[int], parents: Mapping[int, tuple[int, ...]], seeds: Sequence[int]) -> Sum | None:
    """The candidate as a sum, if it holds in every row, with the target that suits best: a total of parts before a difference, and the
    last column before others."""
    if len(columns) == 2:
        choices = [0, 1] if len(np.unique(columns[0].values)) < len(np.unique(columns[1].values)) else [1, 0]
    else:
        choices = sorted(range(len(columns)), key=lambda at: (sum(signs) * signs[at] > 0, signs.count(signs[at]), -columns[at].place))
    for choice in choices:
        target, others = columns[choice], [column for at, column in enumerate(columns) if at != choice]
        places = tuple(column.place for column in others)
        if target.place in seeds or target.place in parents or _follows(parents, places, target.place):
            continue
        if len(columns) == 2:
            found = _multiple(target, others[0])
        else:
            factors = tuple(float(-sign * signs[choice]) for at, sign in enumerate(signs) if at != choice)
            found = _verified(target, others, factors)
        if found is not None:
            return found
    return None


def _follows(parents: Mapping[int, tuple[int, ...]], columns: Sequence[int], ancestor: int) -> bool:
    """Whether one of the columns is computed, however remotely, from another."""
    waiting = list(columns)
    while waiting:
        column = waiting.pop()
        if column == ancestor:
            return True
        waiting.extend(parents.get(column, ()))
    return False


def _multiple(target: _Number, source: _Number) -> Sum | None:
    """Target as a multiple of the source, by a factor of few digits, plus a constant."""
    low, high = int(source.values.argmin()), int(source.values.argmax())
    width = source.values[high] - source.values[low]
    factor = (target.values[high] - target.values[low]) / width
    for digits in range(1, 7):
        rounded = float(f"{factor:.{digits - 1}e}")
        for tried in (rounded, 1 / round(1 / factor) if factor and round(1 / factor) else rounded):
            found = _verified(target, [source], (tried,))
            if found is not None:
                return found
    return None


def _verified(target: _Number, others: Sequence[_Number], factors: tuple[float, ...]) -> Sum | None:
    """The sum, if every row keeps it within half of the target's last digit."""
    value = np.zeros(len(target.values))
    for factor, column in zip(factors, others, strict=True):
        value += factor * column.values
    rest = target.values - value
    constant = float(np.median(rest)) if target.decimals is None else round(float(np.median(rest)), max(target.decimals, 0))
    constant = 0.0 if np.abs(rest).max() <= target.slack else constant
    scale = target.slack + 1e-9 * float(np.abs(value).max())
    if np.abs(rest - constant).max() > scale or len(np.unique(target.values)) < DISTINCT or target.values.std() < 3 * scale:
        return None
    ordered = np.sort(target.values)
    low, high = float(ordered[1 : 1 + _END].mean()), float(ordered[-1 - _END : -1].mean())
    return Sum(target.place, tuple(column.place for column in others), factors, constant, target.decimals, low, high, target.whole)
