"""Dates, times and timestamps in text: which pattern a column follows, reading and writing by that pattern.

The pattern is decided on every distinct text. Day or month first: by evidence (a first number above 12 somewhere means day first);
without any, dates with slashes are month first and dates with dots or dashes day first. `day_first` decides otherwise.
Values are timestamp[us] without zone. A fixed zone (`Z`, `+02:00`) is part of the pattern's text and values are as on that clock;
where zones differ from row to row values are in UTC. Times of day stand on 1970-01-01, months on their first day.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_DIRECTIVES = {
    "Y": r"(?P<year>[0-9]{4})", "y": r"(?P<short>[0-9]{2})", "m": r"(?P<month>0[1-9]|1[0-2])", "-m": r"(?P<month>[1-9]|1[0-2])",
    "d": r"(?P<day>0[1-9]|[12][0-9]|3[01])", "-d": r"(?P<day>[1-9]|[12][0-9]|3[01])", "b": r"(?P<name>[A-Z][a-z]{2})",
    "B": r"(?P<name>[A-Z][a-z]{2,8})", "H": r"(?P<hour>[01][0-9]|2[0-3])", "-H": r"(?P<hour>1?[0-9]|2[0-3])",
    "I": r"(?P<half>0[1-9]|1[0-2])", "-I": r"(?P<half>[1-9]|1[0-2])", "M": r"(?P<minute>[0-5][0-9])", "S": r"(?P<second>[0-5][0-9])",
    "p": r"(?P<noon>[AP]M|[ap]m)", "z": r"(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})",
}  # fmt: skip
_DATES = (
    "%Y-%m-%d", "%Y-%-m-%-d", "%Y/%m/%d", "%Y/%-m/%-d", "%Y.%m.%d",
    "%m/%d/%Y", "%d/%m/%Y", "%-m/%-d/%Y", "%-d/%-m/%Y", "%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%-d/%-m/%y",
    "%d.%m.%Y", "%m.%d.%Y", "%-d.%-m.%Y", "%-m.%-d.%Y", "%d.%m.%y", "%-d.%-m.%y",
    "%d-%m-%Y", "%m-%d-%Y", "%-d-%-m-%Y", "%-m-%-d-%Y", "%d-%m-%y", "%m-%d-%y",
    "%d-%b-%Y", "%d-%b-%y", "%-d-%b-%Y", "%-d-%b-%y", "%d %b %Y", "%-d %b %Y", "%d %B %Y", "%-d %B %Y", "%b %d, %Y", "%b %-d, %Y",
    "%B %d, %Y", "%B %-d, %Y", "%b-%Y", "%b-%y", "%b %Y", "%B %Y", "%Y-%m", "%Y/%m", "%m/%Y", "%Y%m%d",
    "%Y年%m月%d日", "%Y年%-m月%-d日", "%Y年%m月", "%Y年%-m月", "%y年%m月%d日", "%y年%-m月%-d日",
    "%Y년 %m월 %d일", "%Y년 %-m월 %-d일", "%Y년%m월%d일", "%Y년%-m월%-d일", "%Y년 %m월", "%Y년 %-m월", "%Y년%m월", "%Y년%-m월",
)  # fmt: skip
_CLOCKS = (
    "%H:%M:%S", "%H:%M", "%-H:%M:%S", "%-H:%M", "%I:%M:%S %p", "%-I:%M:%S %p", "%I:%M %p", "%-I:%M %p", "%-I:%M%p", "%-I:%M:%S%p",
    "%H時%M分%S秒", "%H時%M分", "%-H時%M分%S秒", "%-H時%M分", "%H时%M分%S秒", "%H时%M分", "%-H时%M分%S秒", "%-H时%M分",
    "%H시 %M분 %S초", "%H시 %M분", "%-H시 %M분 %S초", "%-H시 %M분",
)  # fmt: skip
_TOKEN = re.compile(r"%(-?[A-Za-z]|[1-9]f)|(.)", re.DOTALL)
_TAIL = re.compile(r"(?P<fraction>\.[0-9]{1,9})?(?P<zone> ?Z| ?[-+][0-9]{2}:?[0-9]{2}| UTC| GMT)?$")
_MOMENT = re.compile(r"((?P<date>.*[0-9日일])(?P<gap>T|, | |(?<=[日일])))?(?P<clock>[0-9]{1,2}[:時时시].*)$")
_HEAD = 500
_LEAST_COMPACT = 5
"""Distinct numbers such as 20240131 below which they are left numbers."""


def sniff_pattern(texts: pa.Array, day_first: bool | None = None) -> str | None:
    """The pattern that every distinct text follows, or None."""
    first = texts[0].as_py() if len(texts) else ""
    if not 4 <= len(first) <= 40 or not any(mark.isdigit() for mark in first):
        return None
    head = texts.slice(0, _HEAD)
    for pattern in _candidates(first, head, day_first):
        compact = "%Y%m%d" in pattern
        if compact and (len(texts) < _LEAST_COMPACT or not _this_age(texts)):
            continue
        if all(not read_dates(part, pattern).null_count for part in (head, texts)):
            return pattern
    return None


def fitting_dates(texts: pa.Array, pattern: str | None, day_first: bool | None = None) -> pa.Array:
    """Which texts follow the pattern, or the one that most texts follow."""
    head = texts.slice(0, _HEAD)
    tried = [pattern] if pattern else dict.fromkeys(each for text in head[:5].to_pylist() for each in _candidates(text, head, day_first))
    found = [read_dates(texts, each).is_valid() for each in tried]
    return max(found, key=lambda mask: mask.true_count, default=pa.array([False] * len(texts), pa.bool_()))


def following_patterns(text: str, day_first: bool | None = None) -> list[str]:
    """Every pattern that one text may follow, best first."""
    return _candidates(text, pa.array([text]), day_first)


def has_clock(pattern: str) -> bool:
    """Whether the pattern tells a time of day."""
    return any(mark in pattern for mark in ("%H", "%-H", "%I", "%-I"))


def read_dates(texts: pa.Array, pattern: str) -> pa.Array:
    """The texts as timestamp[us], null where one does not follow the pattern or names no day of the calendar."""
    parts = pc.extract_regex(texts, _regex(pattern))
    valid = parts.is_valid().to_numpy(zero_copy_only=False)
    names = {parts.type.field(index).name for index in range(parts.type.num_fields)}
    held = {name: pc.struct_field(parts, name) for name in names}
    day, sound = _days(held, len(texts))
    micros = day * 86_400_000_000 + _micros(held, len(texts))
    missing = ~(valid & sound)
    return pa.array(np.where(missing, 0, micros), pa.int64(), mask=missing).cast(pa.timestamp("us"))


def write_dates(values: pa.Array, pattern: str) -> pa.Array:
    """timestamp[us] as texts in the pattern (a null stays null)."""
    pieces: list[pa.Array | str] = []
    for directive, literal in _TOKEN.findall(pattern):
        if directive:
            pieces.append(_written(values, directive))
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += literal
        else:
            pieces.append(literal)
    return pc.binary_join_element_wise(*pieces, "") if any(not isinstance(piece, str) for piece in pieces) else values.cast(pa.string())


def _candidates(first: str, head: pa.Array, day_first: bool | None) -> list[str]:
    """Patterns that the first text follows, best first."""
    found = _following(first, _DATES) + _with_clock(first, head)
    if day_first is None:
        return found
    return sorted(found, key=lambda pattern: _is_day_first(pattern) is (not day_first))


def _following(text: str, patterns: tuple[str, ...]) -> list[str]:
    return [pattern for pattern in patterns if _python(pattern).match(text)]


def _is_day_first(pattern: str) -> bool | None:
    """None where the pattern leaves no doubt."""
    numeric = re.match(r"%-?([dm])[./-]%-?([dm])", pattern)
    return None if numeric is None else numeric.group(1) == "d"


def _with_clock(first: str, head: pa.Array) -> list[str]:
    """Patterns of a time of day, with a date before it and parts of a second or a zone behind it where the first text has them."""
    tail = _TAIL.search(first)
    if not any(mark in first for mark in ":時时시") or tail is None:
        return []
    fraction = f".%{len(tail['fraction']) - 1}f" if tail["fraction"] else ""
    zone = tail["zone"] or ""
    if zone and not pc.all(pc.ends_with(head, zone)).as_py():
        zone = " %z" if zone.startswith(" ") else "%z"
    parts = _MOMENT.match(first[: tail.start()])
    if parts is None:
        return []
    clocks = [clock + fraction + zone for clock in _following(parts["clock"], _CLOCKS)]
    if not parts["date"]:
        return clocks
    return [date + parts["gap"] + clock for date, clock in product(_following(parts["date"], _DATES), clocks)]


def _this_age(texts: pa.Array) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, "^(19|20)")).as_py())


def _regex(pattern: str) -> str:
    return "^" + _body(pattern) + "$"


@lru_cache(maxsize=4096)
def _python(pattern: str) -> re.Pattern[str]:
    return re.compile(_body(pattern) + r"\Z")


def _body(pattern: str) -> str:
    made = []
    for directive, literal in _TOKEN.findall(pattern):
        if literal:
            made.append(re.escape(literal))
        elif directive[0].isdigit():
            made.append(f"(?P<fraction>[0-9]{{{directive[0]}}})")
        elif directive == "f":
            made.append("(?P<fraction>[0-9]{1,6})")
        else:
            made.append(_DIRECTIVES.get(directive, re.escape("%" + directive)))
    return "".join(made)


def _whole(held: dict[str, pa.Array], name: str, size: int, default: int) -> npt.NDArray[np.int64]:
    """A part of the matches as numbers; `default` where it is absent."""
    if name not in held:
        return np.full(size, default, np.int64)
    texts = held[name]
    texts = pc.if_else(pc.equal(pc.binary_length(texts), 0), str(default), texts)
    numbers: npt.NDArray[np.int64] = pc.fill_null(texts, str(default)).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _days(held: dict[str, pa.Array], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Days since 1970-01-01, and whether the day is one of the calendar."""
    year = _whole(held, "year", size, 1970)
    if "short" in held:
        short = _whole(held, "short", size, 70)
        year = np.where(short < 69, 2000, 1900) + short
    month, known = _month(held, size)
    day = _whole(held, "day", size, 1)
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    days = first.astype(np.int64) + day - 1
    same_month = days.astype("datetime64[D]").astype("datetime64[M]") == first.astype("datetime64[M]")
    return days, known & same_month & (year > 0)


def _month(held: dict[str, pa.Array], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    if "name" not in held:
        return _whole(held, "month", size, 1), np.ones(size, bool)
    names = held["name"]
    short = pc.index_in(names, value_set=pa.array([name[:3] for name in _MONTHS]))
    full = pc.index_in(names, value_set=pa.array(_MONTHS))
    number = pc.fill_null(pc.coalesce(full, short), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(number < 0, 1, number + 1), number >= 0


def _micros(held: dict[str, pa.Array], size: int) -> npt.NDArray[np.int64]:
    """Microseconds since midnight, moved to UTC where the text names a zone."""
    hour = _whole(held, "hour", size, 0)
    if "half" in held:
        afternoon = pc.fill_null(pc.equal(pc.utf8_upper(held["noon"]), "PM"), False).to_numpy(zero_copy_only=False)
        hour = _whole(held, "half", size, 12) % 12 + 12 * afternoon
    seconds = hour * 3600 + _whole(held, "minute", size, 0) * 60 + _whole(held, "second", size, 0)
    micros: npt.NDArray[np.int64] = (seconds - _offsets(held, size)) * 1_000_000 + _fraction(held, size)
    return micros


def _fraction(held: dict[str, pa.Array], size: int) -> npt.NDArray[np.int64]:
    if "fraction" not in held:
        return np.zeros(size, np.int64)
    padded = pc.utf8_slice_codeunits(pc.utf8_rpad(held["fraction"], 6, "0"), 0, 6)
    return _whole({"fraction": padded}, "fraction", size, 0)


def _offsets(held: dict[str, pa.Array], size: int) -> npt.NDArray[np.int64]:
    """Seconds by which the named zones are ahead of UTC."""
    if "zone" not in held:
        return np.zeros(size, np.int64)
    distinct = pc.dictionary_encode(held["zone"])
    seconds = np.array([_offset(text) for text in distinct.dictionary.to_pylist()] or [0], np.int64)
    ahead: npt.NDArray[np.int64] = seconds[pc.fill_null(distinct.indices, 0).to_numpy(zero_copy_only=False)]
    return ahead


def _offset(zone: str) -> int:
    digits = re.sub(r"[^0-9]", "", zone)
    if not digits:
        return 0
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone.startswith("-") else seconds


def _written(values: pa.Array, directive: str) -> pa.Array | str:
    if directive in ("b", "B"):
        names = pa.array([name[:3] if directive == "b" else name for name in _MONTHS])
        return names.take(pc.subtract(pc.month(values), 1))
    if directive == "p":
        return pc.if_else(pc.greater_equal(pc.hour(values), 12), "PM", "AM")
    if directive == "z":
        return "+00:00"
    if directive[-1] == "f":
        digits = 6 if directive == "f" else int(directive[0])
        micros = pc.add(pc.multiply(pc.millisecond(values).cast(pa.int64()), 1000), pc.microsecond(values))
        padded = pc.utf8_lpad(micros.cast(pa.string()), 6, "0")
        return pc.utf8_slice_codeunits(pc.utf8_rpad(padded, 9, "0"), 0, digits)
    number, width = _number(values, directive)
    texts = number.cast(pa.string())
    return texts if directive.startswith("-") else pc.utf8_lpad(texts, width, "0")


def _number(values: pa.Array, directive: str) -> tuple[pa.Array, int]:
    plain = directive.removeprefix("-")
    if plain == "I":
        hour = pc.hour(values).to_numpy(zero_copy_only=False)
        half = np.nan_to_num((hour + 11) % 12 + 1).astype(np.int64)
        return pa.array(half, mask=values.is_null().to_numpy(zero_copy_only=False)), 2
    if plain == "y":
        year = pc.year(values)
        return pc.subtract(year, pc.multiply(pc.divide(year, 100), 100)), 2
    read = {"Y": pc.year, "m": pc.month, "d": pc.day, "H": pc.hour, "M": pc.minute, "S": pc.second}[plain]
    return read(values), 4 if plain == "Y" else 2
