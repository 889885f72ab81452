"""Methods and properties of values, by the type that a value has: what is not in these tables cannot be called or read."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from appliance.data_plane.transform.evaluation.bounds import MOST_ITEMS, bounded, check_items, check_text
from appliance.data_plane.transform.evaluation.patterns import Found
from appliance.data_plane.transform.evaluation.vectors import UNDEFINED, CellFault, text_of

_Function = Callable[..., Any]


def replaced(text: str, old: str, new: str, count: int | None = None) -> str:
    """The text with `old` as `new`, at most `count` times (None: everywhere)."""
    most = text.count(old) if count is None or count < 0 else min(text.count(old), count)
    check_text(len(text) + most * (len(new) - len(old)))
    return text.replace(old, new, most)


def padded(text: str, width: int, fill: str, method: str) -> str:
    """`ljust`, `rjust` or `center`."""
    check_text(width)
    return {"ljust": str.ljust, "rjust": str.rjust, "center": str.center}[method](text, width, fill)


def _zfill(text: str, width: int) -> str:
    check_text(width)
    return text.zfill(width)


def split(text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
    """The pieces between the separators, at most MOST_ITEMS."""
    check_items(text.count(sep) + 1 if sep else len(text) // 2 + 1 if len(text) > 2 * MOST_ITEMS else 0)
    return text.split(sep, maxsplit)


def _rsplit(text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
    split(text, sep)
    return text.rsplit(sep, maxsplit)


def join(glue: str, items: Any) -> str:
    """The items as text with `glue` between them."""
    if not isinstance(items, list | tuple | str):
        raise CellFault
    texts = [text_of(item) for item in items]
    check_text(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def _position(text: str, sub: str, start: int = 0, end: int | None = None) -> int:
    return text.index(sub, start, len(text) if end is None else end)


def _with_ends(method: Callable[[str, str, int, int], Any]) -> _Function:
    def call(text: str, sub: str, start: int = 0, end: int | None = None) -> Any:
        return method(text, sub, start, len(text) if end is None else end)

    return call


_TEXT: dict[str, _Function] = {
    **{name: getattr(str, name) for name in ("lower", "upper", "title", "capitalize", "swapcase", "casefold")},
    **{
        name: getattr(str, name)
        for name in ("isdigit", "isalpha", "isalnum", "isupper", "islower", "isspace", "isnumeric", "isdecimal", "istitle")
    },
    "strip": lambda text, chars=None: text.strip(chars),
    "lstrip": lambda text, chars=None: text.lstrip(chars),
    "rstrip": lambda text, chars=None: text.rstrip(chars),
    "replace": replaced,
    "split": split,
    "rsplit": _rsplit,
    "splitlines": lambda text, keepends=False: bounded(text.splitlines(bool(keepends))),
    "join": lambda text, iterable: join(text, iterable),
    "startswith": lambda text, prefix, start=0, end=None: text[start:end].startswith(_prefix(prefix)),
    "endswith": lambda text, suffix, start=0, end=None: text[start:end].endswith(_prefix(suffix)),
    "removeprefix": lambda text, prefix: text.removeprefix(prefix),
    "removesuffix": lambda text, suffix: text.removesuffix(suffix),
    "find": _with_ends(str.find),
    "rfind": _with_ends(str.rfind),
    "index": _position,
    "count": _with_ends(str.count),
    "partition": lambda text, sep: list(text.partition(sep)),
    "rpartition": lambda text, sep: list(text.rpartition(sep)),
    "zfill": _zfill,
    "ljust": lambda text, width, fillchar=" ": padded(text, width, fillchar, "ljust"),
    "rjust": lambda text, width, fillchar=" ": padded(text, width, fillchar, "rjust"),
    "center": lambda text, width, fillchar=" ": padded(text, width, fillchar, "center"),
}

_LIST: dict[str, _Function] = {
    "index": lambda items, sub, start=0, end=None: items.index(sub, start, len(items) if end is None else end),
    "count": lambda items, sub: items.count(sub),
}

_MAPPING: dict[str, _Function] = {
    "get": lambda mapping, key, default=None: mapping.get(key, default),
    "keys": lambda mapping: list(mapping),
    "values": lambda mapping: list(mapping.values()),
    "items": lambda mapping: [[key, value] for key, value in mapping.items()],
}


def _replaced_date(moment: datetime.date, **fields: Any) -> datetime.date:
    return moment.replace(**fields)


def _clock(moment: datetime.date) -> datetime.time:
    if not isinstance(moment, datetime.datetime):
        raise CellFault
    return moment.time()


def _strftime(moment: datetime.date, format: str) -> str:
    return bounded(moment.strftime(format))  # type: ignore[no-any-return]


_DATE: dict[str, _Function] = {
    "strftime": _strftime,
    "isoformat": lambda moment: moment.isoformat(),
    "date": lambda moment: moment.date() if isinstance(moment, datetime.datetime) else moment,
    "time": _clock,
    "weekday": lambda moment: moment.weekday(),
    "isoweekday": lambda moment: moment.isoweekday(),
    "replace": _replaced_date,
}

_DURATION: dict[str, _Function] = {"total_seconds": lambda duration: duration.total_seconds()}

_FOUND: dict[str, _Function] = {
    "group": lambda found, index=0: found.group(index),
    "groups": lambda found: list(found.texts[1:]),
    "start": lambda found, index=0: found.span(index)[0],
    "end": lambda found, index=0: found.span(index)[1],
    "span": lambda found, index=0: list(found.span(index)),
}

_NUMBER: dict[str, _Function] = {"is_integer": lambda number: float(number).is_integer()}

_BY_TYPE: dict[type, dict[str, _Function]] = {
    str: _TEXT,
    list: _LIST,
    dict: _MAPPING,
    datetime.date: _DATE,
    datetime.datetime: _DATE,
    datetime.timedelta: _DURATION,
    Found: _FOUND,
    int: _NUMBER,
    float: _NUMBER,
}

_PROPERTIES: dict[type, frozenset[str]] = {
    datetime.date: frozenset({"year", "month", "day"}),
    datetime.datetime: frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond"}),
    datetime.time: frozenset({"hour", "minute", "second", "microsecond"}),
    datetime.timedelta: frozenset({"days", "seconds", "microseconds"}),
}


def called(name: str, parameters: tuple[str, ...]) -> _Function:
    """The method as a function of a value and its arguments, which are given under the names `parameters`."""

    def call(of: Any, *arguments: Any) -> Any:
        function = _BY_TYPE.get(type(of), {}).get(name)
        if function is None:
            raise CellFault
        if function in _BY_KEYWORD:
            return function(of, **dict(zip(parameters, arguments, strict=True)))
        return bounded(function(of, *arguments))

    return call


_BY_KEYWORD = (_replaced_date,)


def attribute(of: Any, name: str) -> Any:
    """The key of a mapping, or a property of a date or a duration; undefined where a mapping lacks it."""
    if isinstance(of, dict):
        return of.get(name, UNDEFINED)
    if name not in _PROPERTIES.get(type(of), ()):
        raise CellFault
    return getattr(of, name)


def item(of: Any, key: Any) -> Any:
    """`of[key]` of a text, list or mapping; undefined where it has none."""
    if isinstance(of, dict):
        return of.get(key, UNDEFINED)
    if of is None or of is UNDEFINED:
        return UNDEFINED
    if not isinstance(of, str | list | tuple) or isinstance(key, bool) or not isinstance(key, int):
        raise CellFault
    return of[key] if -len(of) <= key < len(of) else UNDEFINED


def part(of: Any, start: Any, stop: Any, step: Any) -> Any:
    """`of[start:stop:step]` of a text or list; missing stays missing."""
    if of is None:
        return None
    if not isinstance(of, str | list | tuple):
        raise CellFault
    return of[slice(start, stop, step)]


def _prefix(prefix: Any) -> str | tuple[str, ...]:
    return tuple(prefix) if isinstance(prefix, list) else prefix
