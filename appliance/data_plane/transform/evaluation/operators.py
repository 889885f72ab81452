"""Arithmetic and comparisons of two values, bounded, by type; a missing number makes a missing result and compares as false."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable
from typing import Any

from appliance.data_plane.transform.evaluation.bounds import MOST_BITS, bounded, check_items, check_text, weighed
from appliance.data_plane.transform.evaluation.vectors import UNDEFINED, CellFault, text_of

_NUMBERS = (int, float)
_MOMENTS = (datetime.date, datetime.datetime, datetime.timedelta)


def add(left: Any, right: Any) -> Any:
    """Numbers, texts, lists, and durations to dates."""
    if isinstance(left, str) and isinstance(right, str):
        check_text(len(left) + len(right))
    elif isinstance(left, list) and isinstance(right, list):
        return weighed(left + right)
    else:
        return _numeric(operator.add, left, right)
    return left + right


def subtract(left: Any, right: Any) -> Any:
    """Numbers, dates and durations."""
    return _numeric(operator.sub, left, right)


def multiply(left: Any, right: Any) -> Any:
    """Numbers; texts and lists by a whole number."""
    if isinstance(left, int) and isinstance(right, str | list):
        left, right = right, left
    if isinstance(left, str | list) and isinstance(right, int):
        (check_text if isinstance(left, str) else check_items)(len(left) * max(right, 0))
        return left * right if isinstance(left, str) else weighed(left * right)
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MOST_BITS:
        raise CellFault
    return _numeric(operator.mul, left, right)


def power(left: Any, right: Any) -> Any:
    """Numbers; the result has at most MOST_BITS bits."""
    if isinstance(left, int) and isinstance(right, int) and right > 0 and left.bit_length() * right > MOST_BITS:
        raise CellFault
    made = _numeric(operator.pow, left, right)
    if isinstance(made, complex):
        raise CellFault
    return made


def _numeric(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if left is None or right is None:
        other = right if left is None else left
        if other is None or isinstance(other, (*_NUMBERS, *_MOMENTS)):
            return None
        raise CellFault
    if not isinstance(left, (*_NUMBERS, *_MOMENTS)) or not isinstance(right, (*_NUMBERS, *_MOMENTS)):
        raise CellFault
    return bounded(function(left, right))


def concat(*parts: Any) -> str:
    """The parts as text, joined."""
    texts = ["None" if part is None else text_of(part) for part in parts]
    check_text(sum(map(len, texts)))
    return "".join(texts)


def contains(member: Any, container: Any) -> bool:
    """`member in container` of texts, lists and mappings; nothing is in what is missing."""
    if container is None or container is UNDEFINED:
        return False
    if isinstance(container, str):
        return member is not None and text_of(member) in container
    if isinstance(container, list | tuple | dict):
        return member in container
    raise CellFault


def _ordered(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        return function(*_alike(left, right))

    return compare


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """A date beside a moment as that day's midnight."""
    if isinstance(left, datetime.datetime) and not isinstance(right, datetime.datetime) and isinstance(right, datetime.date):
        return left, datetime.datetime.combine(right, datetime.time(), left.tzinfo)
    if isinstance(right, datetime.datetime) and not isinstance(left, datetime.datetime) and isinstance(left, datetime.date):
        return datetime.datetime.combine(left, datetime.time(), right.tzinfo), right
    return left, right


def negative(value: Any) -> Any:
    """`-value`; missing stays missing."""
    return _numeric(operator.mul, value, -1)


def positive(value: Any) -> Any:
    """`+value`; missing stays missing."""
    return _numeric(operator.mul, value, 1)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": lambda left, right: _numeric(operator.truediv, left, right),
    "//": lambda left, right: _numeric(operator.floordiv, left, right),
    "%": lambda left, right: _numeric(operator.mod, left, right),
    "**": power,
}

COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": contains,
    "not in": lambda left, right: not contains(left, right),
}
