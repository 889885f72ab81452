"""`is …`: the tests of an expression, and whether a value is missing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from appliance.data_plane.transform.evaluation.operators import COMPARATORS
from appliance.data_plane.transform.evaluation.vectors import FAILED, UNDEFINED, CellFault


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing: none, undefined, or a number that is none. Raises CellFault for a value that failed."""
    if value is FAILED:
        raise CellFault
    return value is None or value is UNDEFINED or (isinstance(value, float) and value != value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellFault
    return value


_TESTS: dict[str, Callable[..., bool]] = {
    "defined": lambda value: value is not UNDEFINED,
    "undefined": lambda value: value is UNDEFINED,
    "none": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "boolean": lambda value: isinstance(value, bool),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    "mapping": lambda value: isinstance(value, dict),
    "sequence": lambda value: isinstance(value, str | list | tuple | dict),
    "iterable": lambda value: isinstance(value, str | list | tuple | dict),
    "even": lambda value: _number(value) % 2 == 0,
    "odd": lambda value: _number(value) % 2 == 1,
    "divisibleby": lambda value, by: _number(value) % _number(by) == 0,
    "lower": lambda value: isinstance(value, str) and value.islower(),
    "upper": lambda value: isinstance(value, str) and value.isupper(),
    "in": COMPARATORS["in"],
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": COMPARATORS["<"],
    "le": COMPARATORS["<="],
    "gt": COMPARATORS[">"],
    "ge": COMPARATORS[">="],
}


def predicate_of(name: str) -> Callable[..., bool]:
    """The test of this name as a function of a value and its arguments; it raises CellFault for a value that failed."""
    test = _TESTS[name]

    def told(value: Any, *arguments: Any) -> bool:
        if value is FAILED:
            raise CellFault
        return test(value, *arguments)

    return told
