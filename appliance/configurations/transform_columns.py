"""Columns that the rules of a `transform_v2` section name, held against those that a table has, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from appliance.configurations.document import Loc
from appliance.configurations.expression import CELL, ROW, Names, parse_value
from appliance.configurations.expression.absent import absent_column, near_column
from appliance.configurations.transform_rules import told
from appliance.configurations.transform_v2 import listed
from appliance.errors import Fault

MOST_FAULTS = 20
"""That are told: for each the nearest of up to thousands of names is looked for."""
_EXPRESSIONS = ("condition", "foreach", "value", "fallback_value")


def lock_fault(section: dict[str, Any], columns: Iterable[str]) -> str:
    """What is wrong with `globals.lock_columns`, for a table of these columns and those that rules make; empty for nothing."""
    rules = [step["columns"] for step in section["steps"]]
    made = [*(rule["name"] for one in rules for rule in one["add"]), *(rule["value"] for one in rules for rule in one["rename"])]
    known = [*columns, *map(str, made)]
    lacking = [name for name in section["globals"]["lock_columns"] if name not in known]
    if not lacking:
        return ""
    return f"globals.lock_columns names the column {lacking[0]!r}, which the table does not have{near_column(lacking[0], known)}."


def read_fault(given: Any, names: Names, place: str, known: list[str]) -> str:
    """What is wrong with the columns that an expression reads, with its place; empty for nothing."""
    found = None if not isinstance(given, str) or "row" not in given else absent_column(parse_value(given, names), known)
    if found is None:
        return ""
    name, offset = found
    return f"{place}, character {offset + 1}: the table has no column {name!r} at that point{near_column(name, known)}."


def transform_faults(section: dict[str, Any], columns: tuple[str, ...], loc: Loc) -> list[Fault]:
    """The first places where a filled-in section names a column that the table lacks then. Of rules that choose by entity or condition
    alone only a run can tell whether they apply, and what they read is left to it."""
    return list(islice(_faults(section, columns, loc), MOST_FAULTS))


def _faults(section: dict[str, Any], columns: tuple[str, ...], loc: Loc) -> Iterator[Fault]:
    locked = section["globals"]["lock_columns"]
    if said := lock_fault(section, columns):
        yield Fault((*loc, "globals", "lock_columns"), said)
    known = list(columns)
    for number, step in enumerate(section["steps"]):
        here = (*loc, "steps", number)
        yield from _column_faults(step["columns"], known, locked, (*here, "columns"))
        yield from _row_faults(step["rows"], known, (*here, "rows"))


def _column_faults(rules: dict[str, Any], known: list[str], locked: list[str], loc: Loc) -> Iterator[Fault]:
    """Of rules that add, drop and rename; `known` becomes what they leave."""
    known.extend(str(rule["name"]) for rule in rules["add"])
    for place, rule in enumerate(rules["drop"]):
        yield from _selection_faults(rule, known, (*loc, "drop", place))
        if not any(rule[key] not in (None, []) for key in ("entity", "type", "position", "condition")):
            known[:] = [name for name in known if name not in listed(rule["name"]) or name in locked]
    for place, rule in enumerate(rules["rename"]):
        yield from _selection_faults(rule, known, (*loc, "rename", place))
        if rule["name"] not in locked:
            known[:] = [str(rule["value"]) if name == rule["name"] else name for name in known]


def _row_faults(rules: dict[str, Any], known: list[str], loc: Loc) -> Iterator[Fault]:
    for place, rule in enumerate(rules["drop"]):
        yield from _read_faults(rule, ("condition",), ROW, known, (*loc, "drop", place))
    for place, rule in enumerate(rules["update"]):
        here = (*loc, "update", place)
        yield from _selection_faults(rule, known, here)
        if any(name in known for name in listed(rule["name"])):
            names = CELL if rule["foreach"] is None else CELL.having(items=True)
            yield from _read_faults(rule, _EXPRESSIONS, names, known, here)


def _selection_faults(rule: dict[str, Any], known: list[str], loc: Loc) -> list[Fault]:
    """A rule that names columns of which the table has none."""
    names = [str(name) for name in listed(rule["name"])]
    if not names or any(name in known for name in names):
        return []
    near = near_column(names[0], known)
    return [Fault((*loc, "name"), f"{told(loc)} names the column {names[0]!r}, which the table does not have at that point{near}.")]


def _read_faults(rule: dict[str, Any], keys: tuple[str, ...], names: Names, known: list[str], loc: Loc) -> list[Fault]:
    said = [(key, read_fault(rule[key], names, told((*loc, key)), known)) for key in keys if rule[key] is not None]
    return [Fault((*loc, key), what) for key, what in said if what]
