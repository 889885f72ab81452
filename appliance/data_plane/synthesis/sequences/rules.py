"""What holds inside every row of a sequence: learnt relations, the configuration's constraints, and rows that may not repeat for one key.

Sums and equal columns are computed once a row is drawn; rows that break anything else are drawn again, and dropped where they still do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.constraints import with_constraints
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.relation_search import find_relations
from appliance.data_plane.synthesis.relations import Bound, Link, Relations
from appliance.data_plane.synthesis.sequences.layout import Layout
from appliance.data_plane.synthesis.sequences.whole import row_numbers
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused


def learn_rules(table: Table, layout: Layout, options: EngineOptions) -> tuple[Relations, tuple[Note, ...]]:
    """What holds in every row of `table`, which has the columns that rows are compared by; and what the configuration says."""
    fixed = tuple(name for name in layout.told if name in (*layout.parents, layout.order))
    learnt = find_relations(table, [layout.told.index(name) for name in fixed])
    plain = msgspec.structs.replace(learnt, links=tuple(link for link in learnt.links if not link.sign), bounds=_bounds(learnt))
    return with_constraints(
        plain, table, msgspec.structs.replace(options, constraints=row_constraints(options, layout), seed_columns=fixed)
    )


def _bounds(learnt: Relations) -> tuple[Bound, ...]:
    """Bounds, also those that lie in links of dates."""
    spans = [link for link in learnt.links if link.sign and link.grain == 1]
    return (*learnt.bounds, *(_bound(link) for link in spans))


def _bound(link: Link) -> Bound:
    return Bound(link.source, link.target) if link.sign > 0 else Bound(link.target, link.source)


def row_constraints(options: EngineOptions, layout: Layout) -> tuple[dict[str, Any], ...]:
    """The constraints that are about the columns of one row. Raises DataRefused for those that a model of sequences cannot keep."""
    found = []
    for number, constraint in enumerate(options.constraints):
        named = _columns(constraint)
        anew = [name for name in named if name in layout.schema.names and name not in layout.told]
        if constraint["type"] == "unique":
            if layout.key not in named:
                raise DataRefused(f"Constraint {number} (unique) names no key: rows of different sequences may have the same values.")
        elif anew:
            raise DataRefused(f"Constraint {number} names the column {anew[0]!r}, which is made anew for every sequence or row.")
        else:
            found.append(constraint)
    return tuple(found)


def distinct_columns(options: EngineOptions, layout: Layout) -> tuple[tuple[str, ...], ...]:
    """Sets of columns of which no two rows of one sequence may have the same values."""
    unique = [_columns(constraint) for constraint in options.constraints if constraint["type"] == "unique"]
    return tuple(tuple(name for name in layout.told if name in named) for named in unique if layout.key in named)


def _columns(constraint: dict[str, Any]) -> list[str]:
    """The columns that a constraint names, whatever its form."""
    named = [constraint[key] for key in ("column", "low", "high") if isinstance(constraint.get(key), str)]
    return [*named, *(name for key in ("columns", "parts") for name in constraint.get(key) or ())]


def computed_row(relations: Relations, rows: pa.Table) -> pa.Table:
    """Rows with the columns that follow from others set right."""
    if not relations.parents:
        return rows
    cells = [whole(column) for column in rows.columns]
    return pa.Table.from_arrays([relations.value(place, cells.__getitem__) for place in range(len(cells))], schema=rows.schema)


def broken_rows(relations: Relations, rows: pa.Table) -> Array:
    """Which rows break what holds in every row."""
    cells, broken = [whole(column) for column in rows.columns], np.zeros(rows.num_rows, bool)
    for check in relations.checks:
        broken |= relations.broken(check, cells.__getitem__)
    return broken


def repeated_in_sequence(rows: pa.Table, owner: Array, distinct: Sequence[tuple[str, ...]]) -> Array:
    """Which rows repeat an earlier one of their sequence in a set of columns; a row with a missing value among them repeats none."""
    repeated = np.zeros(len(owner), bool)
    for names in distinct:
        present = np.logical_and.reduce([np.asarray(whole(rows.column(name)).is_valid()) for name in names], initial=True)
        keys = np.stack([owner.astype(np.uint64), row_numbers(rows, names, len(owner))], 1)
        first = np.unique(keys, axis=0, return_index=True)[1]
        again = np.ones(len(owner), bool)
        again[first] = False
        repeated |= again & present
    return repeated
