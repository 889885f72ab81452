"""The shapes of `appliance.constraints` and `appliance.target`: what each key may hold, and which columns they name.

Constraints hold in every record that is made:

```yaml
constraints:
  - {type: combinations, columns: [city, postcode]}      # only such as enough training rows hold
  - {type: inequality, low: opened, high: closed}        # low ≤ high; strict: true for low < high
  - {type: range, column: age, low: 18, high: 99}        # one of the two may be left out; dates as ISO text
  - {type: sum, column: total, parts: [net, tax]}        # factors: [1, -1] and constant: 0 where wanted
  - {type: equal, columns: [mail, login]}
  - {type: unique, columns: [shop, day]}                 # no two records alike in these columns
target: {column: fraud, shares: {yes: 0.5, no: 0.5}}     # or only the name of the column that matters most
```"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from appliance.configurations.document import Loc
from appliance.configurations.walk import Walk, nearest

MOST_CONSTRAINTS = 200
MOST_COLUMNS = 100
MOST_SHARES = 1000
ROUNDING = 1e-6


def check_constraints(walk: Walk, constraints: list[Any], loc: Loc) -> None:
    """A fault for every constraint that has not the shape of its type."""
    if len(constraints) > MOST_CONSTRAINTS:
        walk.fault(loc, f"constraints must be at most {MOST_CONSTRAINTS}.")
        return
    for number, constraint in enumerate(constraints):
        here = (*loc, number)
        kind = constraint.get("type") if isinstance(constraint, dict) else None
        if not isinstance(kind, str) or kind not in _KEYS:
            walk.fault((*here, "type") if isinstance(constraint, dict) else here, _no_type(kind))
            continue
        walk.unknown(constraint, ("type", *_KEYS[kind]), here)
        _CHECKS[kind](walk, constraint, here)


def check_target(walk: Walk, target: Any, loc: Loc) -> None:
    """A fault where `target` is neither null, nor a column's name, nor a column with the shares of its values."""
    if target is None or isinstance(target, str):
        return
    if not isinstance(target, dict):
        walk.fault(loc, "target must be the name of a column, or an object with column and shares.")
        return
    walk.unknown(target, ("column", "shares"), loc)
    _check_name(walk, target.get("column"), (*loc, "column"))
    shares = target.get("shares")
    if not isinstance(shares, dict) or not 0 < len(shares) <= MOST_SHARES or not all(_is_share(share) for share in shares.values()):
        walk.fault((*loc, "shares"), "shares must give values of the column a share between 0 and 1 each, such as {yes: 0.5, no: 0.5}.")
    elif sum(shares.values()) > 1 + ROUNDING or sum(shares.values()) <= 0:
        walk.fault(
            (*loc, "shares"), "shares must add up to 1; to less than 1 where the other values share the rest as in the training data."
        )


def target_column(target: Any) -> str | None:
    """The column that `target` names."""
    column = target.get("column") if isinstance(target, dict) else target
    return column if isinstance(column, str) else None


def first_columns(own: dict[str, Any]) -> tuple[str, ...]:
    """The columns of an `appliance` section that a model makes first: a target with shares, then the seed columns."""
    target = [own["target"]["column"]] if isinstance(own.get("target"), dict) else []
    return (*target, *(name for name in own["seed_columns"] if name not in target))


def constraint_columns(constraint: Any) -> list[tuple[str, str]]:
    """The keys under which a constraint names columns, and the columns."""
    if not isinstance(constraint, dict):
        return []
    keys = ("low", "high") if constraint.get("type") == "inequality" else ("column", "columns", "parts")
    found = [(key, constraint.get(key)) for key in keys]
    return [(key, name) for key, value in found for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)]


def _no_type(kind: object) -> str:
    known = ", ".join(_KEYS)
    if isinstance(kind, str) and kind:
        return f"That type of constraint is not known{nearest(kind, _KEYS)}. Types are {known}."
    return f"A constraint is an object with a type, one of {known}, and the keys of that type."


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0


def _is_border(value: object) -> bool:
    if not isinstance(value, str):
        return _is_number(value)
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_name(walk: Walk, value: object, loc: Loc) -> None:
    if not isinstance(value, str):
        walk.fault(loc, f"{loc[-1]} must be the name of a column.")


def _check_names(walk: Walk, value: object, loc: Loc, least: int) -> None:
    if not isinstance(value, list) or not least <= len(value) <= MOST_COLUMNS or not all(isinstance(name, str) for name in value):
        walk.fault(loc, f"{loc[-1]} must be a list of {least} to {MOST_COLUMNS} names of columns.")
    elif len(set(value)) < len(value):
        walk.fault(loc, f"{loc[-1]} names a column twice.")


def _check_inequality(walk: Walk, said: dict[str, Any], loc: Loc) -> None:
    for key in ("low", "high"):
        _check_name(walk, said.get(key), (*loc, key))
    if isinstance(said.get("low"), str) and said.get("low") == said.get("high"):
        walk.fault((*loc, "high"), "low and high name the same column.")
    if not isinstance(said.get("strict", False), bool):
        walk.fault((*loc, "strict"), "strict must be true or false.")


def _check_range(walk: Walk, said: dict[str, Any], loc: Loc) -> None:
    _check_name(walk, said.get("column"), (*loc, "column"))
    borders = {key: said[key] for key in ("low", "high") if said.get(key) is not None}
    if not borders:
        walk.fault((*loc, "low"), "A range needs low, high or both.")
    for key, border in borders.items():
        if not _is_border(border):
            walk.fault((*loc, key), f"{key} must be a number, or a date as ISO text such as '2020-12-31'.")
    values = list(borders.values())
    if len(values) == 2 and all(map(_is_number, values)) and values[0] > values[1]:
        walk.fault((*loc, "low"), "low is above high.")


def _check_sum(walk: Walk, said: dict[str, Any], loc: Loc) -> None:
    _check_name(walk, said.get("column"), (*loc, "column"))
    _check_names(walk, said.get("parts"), (*loc, "parts"), 1)
    parts, factors = said.get("parts"), said.get("factors")
    if isinstance(parts, list) and said.get("column") in parts:
        walk.fault((*loc, "parts"), "parts holds the column itself.")
    if factors is not None and (
        not isinstance(factors, list) or not all(_is_number(factor) and factor for factor in factors) or len(factors) != len(parts or ())
    ):
        walk.fault((*loc, "factors"), "factors must be a list of numbers other than 0, one for each of parts.")
    if not _is_number(said.get("constant", 0)):
        walk.fault((*loc, "constant"), "constant must be a number.")


def _check_columns(least: int) -> Callable[[Walk, dict[str, Any], Loc], None]:
    return lambda walk, said, loc: _check_names(walk, said.get("columns"), (*loc, "columns"), least)


_KEYS: dict[str, tuple[str, ...]] = {
    "combinations": ("columns",),
    "inequality": ("low", "high", "strict"),
    "range": ("column", "low", "high"),
    "sum": ("column", "parts", "factors", "constant"),
    "equal": ("columns",),
    "unique": ("columns",),
}
_CHECKS: dict[str, Callable[[Walk, dict[str, Any], Loc], None]] = {
    "combinations": _check_columns(2),
    "inequality": _check_inequality,
    "range": _check_range,
    "sum": _check_sum,
    "equal": _check_columns(2),
    "unique": _check_columns(1),
}
