"""Variables of a step, and what they ask of whole columns: facts that are gathered in a pass over the file before the step runs."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from appliance.configurations.expression import VARIABLE, ExpressionFault, parse_value, tree
from appliance.configurations.expression.usage import nodes
from appliance.data_plane.transform.cells import Cells
from appliance.data_plane.transform.evaluation.bounds import MOST_ITEMS, weighed
from appliance.data_plane.transform.evaluation.evaluator import Evaluator
from appliance.data_plane.transform.evaluation.folding import Bindings, fold
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import CELL_FAULTS, FAILED, UNDEFINED, Same, guarded, listed
from appliance.errors import DataRefused, JobFailed

Facts = Mapping[tuple[str, str], Any]
"""By column and function."""

_MOST_DISTINCT = 1_000_000
_MOST_CHARACTERS = 64 << 20
_MOST_LITERAL = 100_000


def wanted_facts(
    given: Mapping[str, Any], variables: Mapping[str, Any], shared: Mapping[str, Any], evaluator: Evaluator
) -> tuple[tuple[str, str], ...]:
    """The columns and functions that the variables of a step name. Raises JobFailed for a column that is not told by the configuration."""
    found: dict[tuple[str, str], None] = {}
    bindings = Bindings(variables, shared)
    for name, value in given.items():
        for text in _texts(value):
            folded = fold(parse_value(text, VARIABLE), bindings, evaluator)
            for node in nodes(folded):
                if isinstance(node, tree.Data):
                    if not isinstance(node.column, tree.Constant):
                        raise JobFailed(
                            f"{evaluator.place.told}, {name}: data needs the name of a column, such as data.age or data['age']."
                        )
                    found[(str(node.column.value), node.function)] = None
    return tuple(found)


def _texts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value]


def variables_of(
    given: Mapping[str, Any], earlier: Mapping[str, Any], shared: Mapping[str, Any], facts: Facts, evaluator: Evaluator, step: int
) -> dict[str, Any]:
    """The values of a step's variables, each seeing those before it. Raises JobFailed naming the variable that has no value."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        bindings = Bindings({**earlier, **made}, shared, None, facts)
        told = f"Step {step + 1}, vars {name}"
        made[name] = _valued(value, bindings, evaluator, told)
        if isinstance(made[name], list | dict) and guarded(weighed, made[name]) is FAILED:
            raise JobFailed(f"{told}: the list or mapping is too large, or too deep.", hint="Make it smaller.")
    return made


def _valued(given: Any, bindings: Bindings, evaluator: Evaluator, told: str) -> Any:
    if isinstance(given, dict):
        return {key: _valued(one, bindings, evaluator, f"{told}.{key}") for key, one in given.items()}
    if isinstance(given, list):
        return [_valued(one, bindings, evaluator, f"{told}.{number}") for number, one in enumerate(given)]
    try:
        node = fold(parse_value(given, VARIABLE), bindings, evaluator)
    except ExpressionFault as fault:
        raise JobFailed(f"{told}, character {fault.offset + 1}: {fault.message}.") from None
    key = Same(told)
    vector = evaluator.value(node, Scope(1, key=lambda: key))
    value = vector.value if isinstance(vector, Same) else listed(vector, 1)[0]
    if value is FAILED or value is UNDEFINED:
        raise JobFailed(f"{told}: the expression has no value.", hint="Check the columns and variables that it names.")
    return _literal(value)


def _literal(value: Any) -> Any:
    """A text that writes a list or a mapping is one."""
    if not isinstance(value, str) or value[:1] not in ("[", "{") or len(value) > _MOST_LITERAL:
        return value
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value
    return found if isinstance(found, list | dict) else value


class ColumnFacts:
    """What `data.column` is asked for, while batches go by. Raises DataRefused where a column is too large for an answer."""

    def __init__(self, column: str, functions: frozenset[str], told: str) -> None:
        self._column = column
        self._functions = functions
        self._told = told
        self._counts: Counter[Any] = Counter()
        self._all: list[Any] = []
        self._characters = 0

    def add(self, cells: Cells) -> None:
        """The next rows of the column."""
        values = listed(cells.pool.vector, cells.pool.size)
        if "to_list" in self._functions:
            if len(self._all) + len(cells.codes) > MOST_ITEMS:
                self._refuse("to_list", f"{MOST_ITEMS:,} rows")
            self._all.extend(values[code] for code in cells.codes.tolist())
            self._taken(self._all[-len(cells.codes) :])
        seen: dict[int, None] = dict.fromkeys(cells.codes.tolist())
        weights = cells.weights()
        for code in seen:
            if values[code] is not None:
                if values[code] not in self._counts:
                    self._taken([values[code]])
                self._counts[values[code]] += int(weights[code])
        if len(self._counts) > _MOST_DISTINCT or ("unique" in self._functions and len(self._counts) > MOST_ITEMS):
            limit = MOST_ITEMS if "unique" in self._functions else _MOST_DISTINCT
            self._refuse("unique" if "unique" in self._functions else "", f"{limit:,} distinct values")

    def _taken(self, values: list[Any]) -> None:
        self._characters += sum(len(value) for value in values if isinstance(value, str))
        if self._characters > _MOST_CHARACTERS:
            self._refuse("", f"{_MOST_CHARACTERS >> 20} MB of distinct text")

    def _refuse(self, function: str, limit: str) -> None:
        asked = f"data.{self._column}.{function}" if function else f"data.{self._column}"
        raise DataRefused(f"{self._told}: column {self._column!r} is too large for {asked}; it may have {limit} at most.")

    def answers(self) -> dict[tuple[str, str], Any]:
        """The answer to every function; one that has none is left out."""
        made = {}
        for function in self._functions:
            try:
                made[(self._column, function)] = self._answer(function)
            except CELL_FAULTS:
                continue
        return made

    def _answer(self, function: str) -> Any:
        counts = self._counts
        if function == "to_list":
            return list(self._all)
        if function == "unique":
            return list(counts)
        if function == "nunique":
            return len(counts)
        if function == "mean":
            total = sum((Fraction(value) * count for value, count in counts.items()), Fraction(0))
            return float(total / counts.total()) if counts else None
        if not counts:
            return None
        if function == "mode":
            most = max(counts.values())
            return min(value for value, count in counts.items() if count == most)
        return min(counts) if function == "min" else max(counts)
