"""Filters that mean what they mean in Jinja, one value at a time. A missing value stays missing where a text is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from appliance.data_plane.transform.evaluation.bounds import bounded, check_items, check_text
from appliance.data_plane.transform.evaluation.methods import join, padded, replaced
from appliance.data_plane.transform.evaluation.vectors import FAILED, UNDEFINED, CellFault, text_of

_WORD = re.compile(r"\w+")


def _items(value: Any) -> list[Any]:
    """What a filter of sequences walks over: a list's items, a text's characters, a mapping's keys."""
    if not isinstance(value, str | list | tuple | dict):
        raise CellFault
    check_items(len(value))
    return list(value)


def _on_text(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(value: Any, *arguments: Any, **named: Any) -> Any:
        return None if value is None else function(text_of(value), *arguments, **named)

    return call


def _default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    if value is None or value is UNDEFINED or (boolean and not value):
        return default_value
    return value


def _float(value: Any, default: Any = 0.0) -> Any:
    if value is FAILED:
        raise CellFault
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _int(value: Any, default: Any = 0, base: int = 10) -> Any:
    try:
        return int(value, base) if isinstance(value, str) and base != 10 else int(float(value)) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _whole(value: Any, default: Any = 0, base: int = 10) -> Any:
    """Whole numbers in text keep every digit; others are cut."""
    if value is FAILED:
        raise CellFault
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return _int(value, default, base)


def _first(value: Any) -> Any:
    return next(iter(_items(value)), UNDEFINED)


def _last(value: Any) -> Any:
    items = _items(value)
    return items[-1] if items else UNDEFINED


def _least(value: Any) -> Any:
    return min(_items(value), default=UNDEFINED)


def _greatest(value: Any) -> Any:
    return max(_items(value), default=UNDEFINED)


def _join(value: Any, d: str = "") -> Any:
    return None if value is None else join(d, value)


def _length(value: Any) -> int:
    if not isinstance(value, str | list | tuple | dict):
        raise CellFault
    return len(value)


def _reverse(value: Any) -> Any:
    if value is None:
        return None
    return value[::-1] if isinstance(value, str) else list(reversed(_items(value)))


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -300 <= precision <= 300:
        raise CellFault
    if method == "common":
        return round(float(value), precision)
    rounding = {"ceil": ROUND_CEILING, "floor": ROUND_FLOOR}.get(method, ROUND_HALF_EVEN)
    return float(Decimal(value).quantize(Decimal(1).scaleb(-precision), rounding))


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _sort(value: Any, reverse: bool = False, case_sensitive: bool = False) -> list[Any]:
    return sorted(_items(value), key=None if case_sensitive else _folded, reverse=bool(reverse))


def _unique(value: Any, case_sensitive: bool = False) -> list[Any]:
    held: dict[Any, Any] = {}
    for item in _items(value):
        held.setdefault(item if case_sensitive else _folded(item), item)
    return list(held.values())


def _sum(value: Any) -> Any:
    return bounded(sum(_items(value)))


def _pairs(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise CellFault
    return [[key, item] for key, item in value.items()]


def _truncate(text: str, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 5) -> str:
    if length < len(end) or leeway < 0:
        raise CellFault
    if len(text) <= length + leeway:
        return text
    kept = text[: length - len(end)]
    return (kept if killwords else kept.rsplit(" ", 1)[0]) + end


def _center(text: str, width: int = 80) -> str:
    check_text(width)
    return padded(text, width, " ", "center")


def _title(text: str) -> str:
    """Every word's first letter large and the others small; a word also starts behind a hyphen, a bracket or a brace."""
    made, fresh = [], True
    for mark in text:
        made.append(mark.upper() if fresh else mark.lower())
        fresh = mark.isspace() or mark in "-([{<"
    return "".join(made)


def _replace(text: str, old: Any, new: Any, count: int | None = None) -> str:
    return replaced(text, text_of(old), text_of(new), count)


JINJA: dict[str, Callable[..., Any]] = {
    "abs": lambda value: None if value is None else abs(value),
    "capitalize": _on_text(str.capitalize),
    "center": _on_text(_center),
    "count": _length,
    "default": _default,
    "first": _first,
    "float": _float,
    "int": _whole,
    "items": _pairs,
    "join": _join,
    "last": _last,
    "length": _length,
    "list": _items,
    "lower": _on_text(str.lower),
    "max": _greatest,
    "min": _least,
    "replace": _on_text(_replace),
    "reverse": _reverse,
    "round": _round,
    "sort": _sort,
    "string": _on_text(str),
    "sum": _sum,
    "title": _on_text(_title),
    "trim": _on_text(lambda text, chars=None: text.strip(chars)),
    "truncate": _on_text(_truncate),
    "unique": _unique,
    "upper": _on_text(str.upper),
    "wordcount": _on_text(lambda text: sum(1 for _ in _WORD.finditer(text))),
}
"""Filters by name. `length` and `count` of a number fail; numbers are shown as text where a text is asked for."""


def bound(function: Callable[..., Any], names: tuple[str, ...], parameters: tuple[str, ...]) -> Callable[..., Any]:
    """The function for arguments given under `names`: in their places where these lead the parameters, else by name."""
    if names == parameters[: len(names)]:
        return function

    def call(value: Any, *arguments: Any) -> Any:
        return function(value, **dict(zip(names, arguments, strict=True)))

    return call
