"""The steps of `transform_v2`: the keys of every rule, and the expressions in them, each with its place in step and rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import field

from appliance.configurations.document import Loc
from appliance.configurations.entities import MISSPELT, plain_word
from appliance.configurations.kinds import Column, Text
from appliance.configurations.section import Section
from appliance.configurations.walk import Walk

if TYPE_CHECKING:
    from appliance.configurations.expression import Names

MOST_STEPS = 10
MOST_RULES = 500
"""In one list of a step."""
MOST_VARIABLES = 200
MOST_EXPRESSION_BYTES = 64_000
"""Of all expressions together."""
COLUMN_TYPES = ("text", "numeric", "categorical", "binary", "other", "empty")
"""What `column.type` may be."""

Columns = Column | list[Column] | None
Words = Text | list[Text] | None
Positions = int | list[int] | None


class ColumnAdd(Section, frozen=True):
    """A new, empty column; `position` counts from 0, null: behind the last."""

    used: ClassVar[frozenset[str]] = frozenset({"name", "position"})
    name: Column | None = None
    position: int | None = None
    value: Any = None
    description: Text | None = None


class ColumnDrop(Section, frozen=True):
    """Columns to leave out: by name, entity, type or position, and of those the ones for which `condition` holds."""

    used: ClassVar[frozenset[str]] = frozenset({"name", "entity", "type", "position", "condition", "description"})
    name: Columns = None
    entity: Words = None
    type: Words = None
    position: Positions = None
    condition: Any = None
    description: Text | None = None


class ColumnRename(Section, frozen=True):
    """`name` becomes `value`, which is a text and no expression."""

    used: ClassVar[frozenset[str]] = frozenset({"name", "value", "description"})
    name: Column | None = None
    value: Column | None = None
    description: Text | None = None


class RowDrop(Section, frozen=True):
    """Rows to leave out: those for which `condition` holds."""

    used: ClassVar[frozenset[str]] = frozenset({"condition", "description"})
    condition: Any = None
    description: Text | None = None


class RowUpdate(Section, frozen=True):
    """Cells to change: in columns by name, entity, type or position, where `condition` holds. With `foreach` the value is made once for
    each item, `this` being what the one before made. `fallback_value` stands where `value` fails."""

    used: ClassVar[frozenset[str]] = frozenset(
        {"name", "entity", "type", "position", "condition", "foreach", "value", "fallback_value", "description"}
    )
    name: Columns = None
    entity: Words = None
    type: Words = None
    position: Positions = None
    condition: Any = None
    foreach: Any = None
    value: Any = None
    fallback_value: Any = None
    description: Text | None = None


class StepColumns(Section, frozen=True):
    """What happens to columns, in this order."""

    used: ClassVar[frozenset[str]] = frozenset({"add", "drop", "rename"})
    add: list[Any] = field(default_factory=list)
    drop: list[Any] = field(default_factory=list)
    rename: list[Any] = field(default_factory=list)


class StepRows(Section, frozen=True):
    """What happens to rows: `drop` before `update`."""

    used: ClassVar[frozenset[str]] = frozenset({"drop", "update"})
    drop: list[Any] = field(default_factory=list)
    update: list[Any] = field(default_factory=list)


class Step(Section, frozen=True):
    """One step: first its variables, then columns, then rows."""

    used: ClassVar[frozenset[str]] = frozenset({"vars", "columns", "rows"})
    vars: dict[str, Any] = field(default_factory=dict)
    columns: StepColumns = StepColumns()
    rows: StepRows = StepRows()


_SELECTORS = ("name", "entity", "type", "position", "condition")
_MISTYPED = re.compile(r"\bc\(olumn\.")
_MISSPELT = re.compile(r"(?<![\w\])]\[)(['\"])(" + "|".join(MISSPELT) + r")\1")


def check_steps(walk: Walk, given: list[Any], loc: Loc, repairs: list[str]) -> list[dict[str, Any]]:
    """The steps with every default filled in and their expressions checked; `repairs` grows by what had to be repaired."""
    if not 1 <= len(given) <= MOST_STEPS:
        walk.fault(loc, f"steps must be a list of 1 to {MOST_STEPS} steps; it has {len(given)}.")
        return []
    reader = _Reader(walk, repairs)
    return [reader.step(step, (*loc, number)) for number, step in enumerate(given)]


def repaired_entities(words: list[str] | None, place: str, repairs: list[str]) -> list[str] | None:
    """`words` with the known misspellings put right; each is told with its place."""
    if words is None:
        return None
    wrong = [word for word in words if plain_word(word) in MISSPELT]
    repairs.extend(f"{place}: the entity '{word}' is read as '{MISSPELT[plain_word(word)]}'." for word in wrong)
    return [MISSPELT.get(plain_word(word), word) for word in words]


class _Reader:
    """Reads steps one after another; variables stay visible in later ones."""

    def __init__(self, walk: Walk, repairs: list[str]) -> None:
        self._walk = walk
        self._repairs = repairs
        self._variables: set[str] = set()
        self._left = MOST_EXPRESSION_BYTES

    def step(self, given: Any, loc: Loc) -> dict[str, Any]:
        """One step, filled in."""
        step = self._walk.section(Step, given, loc, _dotted(loc))
        if isinstance(given, dict) and not any((step["vars"], *step["columns"].values(), *step["rows"].values())):
            self._walk.fault(loc, "A step needs vars, columns or rows that say what to do.")
        self._read_variables(step["vars"], (*loc, "vars"))
        columns, rows = step["columns"], step["rows"]
        columns["add"] = self._rules(ColumnAdd, columns["add"], (*loc, "columns", "add"))
        columns["drop"] = self._rules(ColumnDrop, columns["drop"], (*loc, "columns", "drop"))
        columns["rename"] = self._rules(ColumnRename, columns["rename"], (*loc, "columns", "rename"))
        rows["drop"] = self._rules(RowDrop, rows["drop"], (*loc, "rows", "drop"))
        rows["update"] = self._rules(RowUpdate, rows["update"], (*loc, "rows", "update"))
        return step

    def _read_variables(self, variables: dict[str, Any], loc: Loc) -> None:
        from appliance.configurations.expression import VARIABLE

        if len(variables) > MOST_VARIABLES:
            self._walk.fault(loc, f"A step may have at most {MOST_VARIABLES} variables; this one has {len(variables)}.")
            return
        for name, value in variables.items():
            if not name.isidentifier() or name.startswith("_"):
                self._walk.fault((*loc, name[:64]), "A variable's name must be a word that begins with a letter.")
            variables[name] = self._expressions(value, VARIABLE, (*loc, name[:64]))
            self._variables.add(name)

    def _expressions(self, value: Any, names: Names, loc: Loc) -> Any:
        """A variable: texts at any depth are expressions."""
        if isinstance(value, dict):
            return {key: self._expressions(one, names, (*loc, key[:64])) for key, one in value.items()}
        if isinstance(value, list):
            return [self._expressions(one, names, (*loc, number)) for number, one in enumerate(value)]
        return self._expression(value, names, loc)

    def _rules(self, kind: type[Section], given: list[Any], loc: Loc) -> list[dict[str, Any]]:
        if len(given) > MOST_RULES:
            self._walk.fault(loc, f"A step may have at most {MOST_RULES} rules of a kind; this one has {len(given)}.")
            return []
        return [self._rule(kind, rule, (*loc, number)) for number, rule in enumerate(given)]

    def _rule(self, kind: type[Section], given: Any, loc: Loc) -> dict[str, Any]:
        rule = self._walk.section(kind, given, loc, _dotted(loc))
        if isinstance(given, dict):
            _check_shape(self._walk, kind, rule, given, loc)
        if isinstance(rule.get("entity"), list | str):
            words = [rule["entity"]] if isinstance(rule["entity"], str) else rule["entity"]
            fixed = repaired_entities(words, f"{told(loc)}, entity", self._repairs) or []
            rule["entity"] = fixed[0] if isinstance(rule["entity"], str) else fixed
        self._check_types(rule.get("type"), (*loc, "type"))
        for key in ("condition", "foreach", "value", "fallback_value"):
            if kind in _SCOPED and rule.get(key) is not None and (key, rule[key]) != ("value", ""):
                rule[key] = self._expression(rule[key], self._names(kind, key, rule), (*loc, key))
        return rule

    def _check_types(self, types: Any, loc: Loc) -> None:
        for word in types if isinstance(types, list) else [types]:
            if word is not None and word not in COLUMN_TYPES:
                self._walk.warnings.append(f"{told(loc)}: no column has the type '{word[:64]}'; types are {', '.join(COLUMN_TYPES)}.")

    def _names(self, kind: type[Section], key: str, rule: dict[str, Any]) -> Names:
        from appliance.configurations import expression

        if key == "condition":
            scope = {ColumnDrop: expression.COLUMN, RowDrop: expression.ROW}.get(kind, expression.CONDITION)
            return scope.having(variables=frozenset(self._variables))
        items = rule.get("foreach") is not None and key != "foreach"
        return expression.CELL.having(variables=frozenset(self._variables), items=items)

    def _expression(self, value: Any, names: Names, loc: Loc) -> Any:
        """The value as it was given, or as it was repaired."""
        from appliance.configurations.expression import ExpressionFault, parse_value

        if isinstance(value, str):
            value = self._repaired(value, loc)
            self._left -= len(value.encode())
        if self._left < 0:
            self._walk.fault(loc, f"All expressions together may have at most {MOST_EXPRESSION_BYTES:,} bytes.")
            return value
        try:
            parse_value(value, names.having(variables=frozenset(self._variables)) if "data" in names.known else names)
        except ExpressionFault as fault:
            self._walk.fault(loc, f"{told(loc)}, character {fault.offset + 1}: {fault.message}.")
        return value

    def _repaired(self, text: str, loc: Loc) -> str:
        """With the two typing errors of published templates put right."""
        for match in _MISTYPED.finditer(text):
            self._repairs.append(f"{told(loc)}, character {match.start() + 1}: 'c(olumn' is read as '(column'.")
        text = _MISTYPED.sub("(column.", text)
        if "column.entity" in text:
            for match in _MISSPELT.finditer(text):
                right = MISSPELT[match[2]]
                self._repairs.append(f"{told(loc)}, character {match.start() + 1}: the entity '{match[2]}' is read as '{right}'.")
            text = _MISSPELT.sub(lambda match: f"{match[1]}{MISSPELT[match[2]]}{match[1]}", text)
        return text


_SCOPED = (ColumnDrop, RowDrop, RowUpdate)


def told(loc: Loc) -> str:
    """A place in steps as people say it: `Step 1, rows update rule 16, condition`."""
    parts = loc[loc.index("steps") + 1 :]
    words = [f"Step {int(parts[0]) + 1}"]
    if parts[1:2] == ("vars",):
        return ", ".join([*words, "vars " + ".".join(map(str, parts[2:]))])
    return ", ".join([*words, f"{parts[1]} {parts[2]} rule {int(parts[3]) + 1}", *map(str, parts[4:])])


def _dotted(loc: Loc) -> str:
    """`steps[0].rows.update[2].`"""
    below = loc[loc.index("steps") :]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in below).lstrip(".") + "."


def _check_shape(walk: Walk, kind: type[Section], rule: dict[str, Any], given: dict[str, Any], loc: Loc) -> None:
    """Keys that a rule cannot be without; `given`: the rule before its defaults."""
    if kind in (ColumnDrop, RowUpdate) and all(rule[key] in (None, []) for key in _SELECTORS):
        walk.fault(loc, f"{told(loc)} says not where: it needs one of {', '.join(_SELECTORS)}.")
    needed = {ColumnAdd: ("name",), ColumnRename: ("name", "value"), RowDrop: ("condition",), RowUpdate: ("value",)}.get(kind, ())
    for key in needed:
        if given.get(key) in (None, ""):
            more = "; for an empty cell say value: none" if (kind, key) == (RowUpdate, "value") else ""
            walk.fault((*loc, key), f"{told(loc)} lacks its {key}{more}.")
    for key in ("condition", "foreach", "fallback_value"):
        if isinstance(rule.get(key), list | dict) and key != "foreach":
            walk.fault((*loc, key), f"{told(loc)}: {key} must be an expression, or a number or truth value.")
