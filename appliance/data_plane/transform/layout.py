"""The columns of a table between the steps of a transform: added, dropped, renamed, and chosen by a rule."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from appliance.configurations.entities import canonical, plain_word
from appliance.configurations.expression.absent import near_column
from appliance.configurations.transform_v2 import listed
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.data_plane.transform.plan import PlannedColumn, planned
from appliance.errors import DataRefused


class LayoutColumn(msgspec.Struct, frozen=True):
    """A column under its present name. `key` never changes; `source`: its name in the file, None for an added one."""

    key: str
    name: str
    source: str | None
    planned: PlannedColumn

    def properties(self, position: int) -> dict[str, Any]:
        """What expressions read as `column`."""
        return {
            "name": self.name,
            "entity": self.planned.entity,
            "type": self.planned.type,
            "dtype": self.planned.dtype,
            "position": position,
        }


class Layout:
    """Columns in order."""

    def __init__(self, columns: tuple[LayoutColumn, ...]) -> None:
        self.columns = columns

    @cached_property
    def keys(self) -> dict[str, str]:
        """The key of each column by its name."""
        return {column.name: column.key for column in self.columns}

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {column.key: place for place, column in enumerate(self.columns)}

    def position(self, column: LayoutColumn) -> int:
        """The column's place, from 0."""
        return self._positions[column.key]


def added(layout: Layout, rule: dict[str, Any], told: str, key: str) -> Layout:
    """With a new column of nothing. Raises DataRefused where a column has that name."""
    name = str(rule["name"])
    if name in layout.keys:
        raise DataRefused(f"{told} adds a column {name!r}, which is there already. Choose another name, or leave the rule out.")
    column = LayoutColumn(key, name, None, planned(ColumnSchema(name, ColumnKind.EMPTY)))
    columns = list(layout.columns)
    position = len(columns) if rule["position"] is None else rule["position"]
    columns.insert(position, column)
    return Layout(tuple(columns))


def dropped(layout: Layout, gone: list[LayoutColumn], told: str) -> Layout:
    """Without some columns. Raises DataRefused where none would be left."""
    keys = {column.key for column in gone}
    left = tuple(column for column in layout.columns if column.key not in keys)
    if not left:
        raise DataRefused(f"{told} drops every column of the table. Keep at least one.")
    return Layout(left)


def renamed(layout: Layout, rule: dict[str, Any], locked: frozenset[str], told: str) -> Layout:
    """With a column under another name. Raises DataRefused where it is not there, or another one has that name."""
    old, new = str(rule["name"]), str(rule["value"])
    if old not in layout.keys:
        raise DataRefused(f"{told} names the column {old!r}, which the table does not have at that point{near_column(old, layout.keys)}.")
    if old in locked or old == new:
        return layout
    if new in layout.keys:
        raise DataRefused(f"{told} gives column {old!r} the name {new!r}, which another column has. Choose another name.")
    return Layout(tuple(msgspec.structs.replace(column, name=new) if column.name == old else column for column in layout.columns))


def locked_out(layout: Layout, rule: dict[str, Any], locked: frozenset[str]) -> tuple[str, ...]:
    """The locked columns that a rule asks for by name, entity, type or position; a rule that asks for all columns means none of them."""
    if not any(listed(rule[key]) for key in ("name", "entity", "type", "position")):
        return ()
    names = [str(name) for name in listed(rule["name"])]
    count = len(layout.columns)
    return tuple(one.name for place, one in enumerate(layout.columns) if one.name in locked and _fits(one, place, count, names, rule))


def selected(layout: Layout, rule: dict[str, Any], locked: frozenset[str], told: str, warnings: list[str]) -> tuple[LayoutColumn, ...]:
    """The columns that a rule names by name, entity, type and position (all that are given must fit), locked ones left out.

    Raises DataRefused where a rule names columns of which the table has none; a name among several that it lacks is a warning."""
    names = [str(name) for name in listed(rule["name"])]
    lacking = [name for name in names if name not in layout.keys]
    if names and len(lacking) == len(names):
        shown = ", ".join(repr(name) for name in names[:3])
        raise DataRefused(
            f"{told} names {'the column' if len(names) == 1 else 'columns'} {shown}, which the table does not have"
            f"{near_column(names[0], layout.keys)}."
        )
    warnings.extend(f"{told} names the column {name!r}, which the table does not have." for name in lacking)
    chosen = []
    for place, column in enumerate(layout.columns):
        if column.name not in locked and _fits(column, place, len(layout.columns), names, rule):
            chosen.append(column)
    return tuple(chosen)


def _fits(column: LayoutColumn, place: int, count: int, names: list[str], rule: dict[str, Any]) -> bool:
    entities, types, positions = listed(rule["entity"]), listed(rule["type"]), listed(rule["position"])
    return (
        (not names or column.name in names)
        and (not entities or is_entity(column.planned.entity, entities))
        and (not types or column.planned.type in types)
        and (not positions or place in positions or place - count in positions)
    )


def is_entity(entity: str | None, wanted: list[Any]) -> bool:
    """Whether a column's entity is one of the wanted words, in whichever vocabulary they are written."""
    if entity is None:
        return False
    plain = plain_word(entity)
    return any(plain == plain_word(str(word)) for word in wanted) or any(
        set(canonical(entity)[:1]) & set(canonical(str(word))[:1]) for word in wanted
    )
