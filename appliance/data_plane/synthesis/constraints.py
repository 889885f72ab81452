"""What a configuration says shall hold in every record, put beside what was learnt.

Sums and equal columns are computed, so that nothing can break them; for the rest offending values are drawn again and records that still
offend are dropped. Training rows that break a constraint are counted and told; the records keep it all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.domain import number_of
from appliance.data_plane.synthesis.encoding import decimals_of, whole
from appliance.data_plane.synthesis.options import RARE, EngineOptions, Note
from appliance.data_plane.synthesis.relations import (
    Bound,
    Combination,
    Link,
    Range,
    Relations,
    Sum,
    among,
    as_text,
    cells_of,
    computed,
    excess_of,
)
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMERIC)
_ORDERED = (*NUMBERS, ColumnKind.DATETIME)
_FREE = (ColumnKind.TEXT, ColumnKind.IDENTIFIER)


class _Declared(msgspec.Struct, frozen=True):
    """A constraint as a relation, and which training rows break it."""

    relation: Link | Bound | Sum | Range | Combination | tuple[int, ...] | None
    broken: Array


def with_constraints(learnt: Relations, table: Table, options: EngineOptions) -> tuple[Relations, tuple[Note, ...]]:
    """The learnt relations and those of the configuration. Raises DataRefused for constraints that do not fit the columns' kinds."""
    declared: list[Link | Bound | Sum | Range | Combination | tuple[int, ...]] = []
    notes: list[Note] = []
    for number, constraint in enumerate(options.constraints):
        for found in _READERS[str(constraint["type"])](_Place(table, number, options.seed_columns), constraint):
            count = int(found.broken.sum())
            if count:
                notes.append(Note("", _told(number, constraint, count, table.rows)))
            if found.relation is not None:
                declared.append(found.relation)
    return _together(learnt, declared), tuple(notes)


def _told(number: int, constraint: Mapping[str, Any], count: int, rows: int) -> str:
    if constraint["type"] == "combinations":
        return f"constraint {number} (combinations): {count} of {rows} rows hold rare combinations, which are protected and never made"
    return f"constraint {number} ({constraint['type']}): {count} of {rows} training rows break it; the records made keep it"


def _together(learnt: Relations, declared: Sequence[Link | Bound | Sum | Range | Combination | tuple[int, ...]]) -> Relations:
    """What is declared goes before what was learnt about the same columns."""
    links = [part for part in declared if isinstance(part, Link)]
    sums = [part for part in declared if isinstance(part, Sum)]
    bounds = [part for part in declared if isinstance(part, Bound)]
    held = {place for link in links for place in (link.target, link.source)}
    held |= {place for total in sums for place in (total.target, *total.sources)}
    pairs = {(bound.low, bound.high) for bound in bounds}
    together = Relations(
        (*(link for link in learnt.links if link.target not in held), *links),
        (*(bound for bound in learnt.bounds if (bound.low, bound.high) not in pairs), *bounds),
        (*(total for total in learnt.sums if total.target not in held), *sums),
        (*learnt.ranges, *(part for part in declared if isinstance(part, Range))),
        tuple(part for part in declared if isinstance(part, Combination)),
        tuple(part for part in declared if isinstance(part, tuple)),
    )
    if len(together.parents) < len(together.links) + len(together.sums) or _circular(together.parents):
        raise DataRefused("The constraints of the configuration compute a column from itself, or in two ways. Remove one of them.")
    return together


def _circular(parents: Mapping[int, Sequence[int]]) -> bool:
    waiting = set(parents)
    while waiting:
        ready = {target for target in waiting if not waiting.intersection(parents[target])}
        if not ready:
            return True
        waiting -= ready
    return False


class _Place:
    """One constraint's view of the table: columns by name, with refusals that name the constraint."""

    def __init__(self, table: Table, number: int, seeds: Sequence[str]) -> None:
        self.table, self.number, self.seeds = table, number, seeds

    def column(self, name: str, kinds: Sequence[ColumnKind] = (), *, but: Sequence[ColumnKind] = ()) -> int:
        """The column's place. Raises DataRefused where there is none or its kind does not fit."""
        if name not in self.table.schema.names:
            raise DataRefused(f"Constraint {self.number} names the column {name!r}, but the table has no such column.")
        place = self.table.schema.names.index(name)
        kind = self.kind(place)
        if (kinds and kind not in kinds) or kind in but:
            fitting = ", ".join(one.value for one in kinds) if kinds else f"columns that are not {' or '.join(one.value for one in but)}"
            raise DataRefused(
                f"Constraint {self.number} does not fit the column {name!r}, which is read as {kind.value}.",
                hint=f"This type of constraint is for {fitting}. Constraints are counted from 0.",
            )
        return place

    def kind(self, place: int) -> ColumnKind:
        return self.table.schema.columns[place].kind

    def cells(self, place: int) -> pa.Array:
        return whole(self.table.data.column(place))

    def refuse(self, why: str) -> DataRefused:
        return DataRefused(f"Constraint {self.number} {why}")


def _inequality(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    low, high = at.column(said["low"], _ORDERED), at.column(said["high"], _ORDERED)
    if (at.kind(low) is ColumnKind.DATETIME) != (at.kind(high) is ColumnKind.DATETIME):
        raise at.refuse("compares dates with numbers.")
    strict = bool(said.get("strict"))
    excess, present = excess_of(at.cells(low), at.cells(high))
    same = int((present & (excess == 0)).sum())
    ties = same / max(int(present.sum()), 1) if same >= RARE and not strict else 0.0
    return [_Declared(Bound(low, high, ties, strict), present & ((excess >= 0) if strict else (excess > 0)))]


def _range(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    place = at.column(said["column"], _ORDERED)
    borders = [None if said.get(key) is None else number_of(said[key], at.kind(place)) for key in ("low", "high")]
    for key, border in zip(("low", "high"), borders, strict=True):
        if border is None and said.get(key) is not None:
            raise at.refuse(f"has a value for {key} that does not fit the column {said['column']!r}.")
    values, present = cells_of(at.cells(place))
    low, high = (np.inf * sign if border is None else border for sign, border in zip((-1, 1), borders, strict=True))
    return [_Declared(Range(place, *borders), present & ((values < low) | (values > high)))]


def _sum(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    names = [said["column"], *said["parts"]]
    places = [at.column(name, NUMBERS) for name in names]
    if len(set(places)) < len(places):
        raise at.refuse("names a column twice.")
    factors = [-1.0, *(float(factor) for factor in said.get("factors") or [1.0] * len(said["parts"]))]
    choice = next((place for place, name in enumerate(names) if name not in at.seeds), None)
    if choice is None:
        raise at.refuse("has seed columns only; one of its columns must be free to be computed.")
    others = [place for place in range(len(names)) if place != choice]
    shares = tuple(-factors[place] / factors[choice] for place in others)
    constant = -float(said.get("constant") or 0.0) / factors[choice]
    integer = at.kind(places[choice]) is ColumnKind.INTEGER
    values, present = cells_of(at.cells(places[choice]))
    decimals = 0 if integer else decimals_of(values[present].astype(np.float64))
    total = Sum(places[choice], tuple(places[place] for place in others), shares, constant, decimals, whole=integer)
    made, there = cells_of(computed(total, [at.cells(place) for place in total.sources]))
    slack = (0.5 * 10.0**-decimals * (1 + 1e-6) if decimals is not None else 0.0) + 1e-9 * float(np.abs(values).max(initial=0.0))
    return [_Declared(total, present & there & (np.abs(made - values) > slack))]


def _equal(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    places = sorted((at.column(name, but=_FREE) for name in said["columns"]), key=lambda p: at.table.schema.names[p] not in at.seeds)
    first, found = places[0], []
    for other in places[1:]:
        one, two = at.cells(first), at.cells(other)
        if at.kind(first) in NUMBERS and at.kind(other) in NUMBERS and at.kind(first) is not at.kind(other):
            found += _sum(at, {"column": at.table.schema.names[other], "parts": [at.table.schema.names[first]]})
            continue
        if at.kind(first) is not at.kind(other):
            raise at.refuse("sets columns equal that are read as different kinds.")
        if at.table.schema.names[other] in at.seeds:
            raise at.refuse("sets two seed columns equal.")
        same = pc.fill_null(pc.equal(as_text(one), as_text(two)), False)
        both_missing = ~np.asarray(one.is_valid()) & ~np.asarray(two.is_valid())
        found.append(_Declared(Link(other, first, 0), ~(np.asarray(same) | both_missing)))
    return found


def _unique(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    places = tuple(at.column(name, but=(ColumnKind.TEXT,)) for name in said["columns"])
    repeated, present = repeated_rows([at.cells(place) for place in places]), np.ones(at.table.rows, bool)
    for place in places:
        present &= np.asarray(at.cells(place).is_valid())
    if any(at.kind(place) is ColumnKind.IDENTIFIER for place in places):
        alone = any(not repeated_rows([at.cells(place)]).any() for place in places if at.kind(place) is ColumnKind.IDENTIFIER)
        if not alone:
            raise at.refuse("asks for unique keys of a column that repeats; keys are made anew and only kept unique where they were.")
        return [_Declared(None, repeated & present)]
    return [_Declared(places, repeated & present)]


def repeated_rows(columns: Sequence[pa.Array]) -> Array:
    """Rows whose values stood together in an earlier row; rows with a missing value never repeat."""
    codes, present = np.zeros(len(columns[0]), np.int64), np.ones(len(columns[0]), bool)
    for column in columns:
        encoded = as_text(column).dictionary_encode()
        present &= np.asarray(column.is_valid())
        codes = codes * (len(encoded.dictionary) + 1) + np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)), np.int64)
        codes = np.unique(codes, return_inverse=True)[1]
    _, first = np.unique(codes, return_index=True)
    again = np.ones(len(codes), bool)
    again[first] = False
    return again & present


def _combinations(at: _Place, said: Mapping[str, Any]) -> list[_Declared]:
    """The combinations that enough rows hold: ten; where those cover less than half of the rows five, then three, as for categories."""
    places = tuple(at.column(name, but=_FREE) for name in said["columns"])
    table = pa.table({str(number): as_text(at.cells(place)) for number, place in enumerate(places)})
    counted = table.group_by(table.column_names, use_threads=False).aggregate([([], "count_all")])
    counts = np.asarray(counted.column("count_all"))
    floor = next((floor for floor in (RARE, 5) if counts[counts >= floor].sum() >= table.num_rows / 2), 3)
    kept = counted.filter(pa.array(counts >= floor)).select(table.column_names)
    if not kept.num_rows:
        raise at.refuse("names columns of which no combination stands in enough rows to be shown.")
    columns = [column.to_pylist() for column in kept.columns]
    rows = sorted(zip(*columns, strict=True), key=lambda row: tuple((cell is None, cell or "") for cell in row))
    found = Combination(places, tuple(rows))
    return [_Declared(found, ~among(found, [at.cells(place) for place in places]))]


_READERS: dict[str, Callable[[_Place, Mapping[str, Any]], list[_Declared]]] = {
    "inequality": _inequality,
    "range": _range,
    "sum": _sum,
    "equal": _equal,
    "unique": _unique,
    "combinations": _combinations,
}
