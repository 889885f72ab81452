"""Fakes of places: streets, towns, regions, postal codes, countries, and points on land."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.people import as_cased
from appliance.data_plane.transform.values.shapes import by_length, redrawn
from appliance.data_plane.transform.values.words import Words, picked

REGIONS = ("administrative_unit", "state", "region", "province", "department_name", "county")
_PAIR = re.compile(r"([^\d-]*)(-?\d+(?:\.\d+)?)([^\d-]+)(-?\d+(?:\.\d+)?)(\D*)\Z", re.ASCII)
_PLAIN_DEGREES = re.compile(r"-?\d{1,3}\.\d+\Z", re.ASCII)
_FIRST_DIGITS = re.compile(r"\d+", re.ASCII)
_AROUND = 0.05
"""Degrees around a known town within which a point is taken."""


def street_address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """House number and street as the locale writes them."""
    return as_cased(values, renumbered(words, "street_address", draws))


def renumbered(words: Words, method: str, draws: Draws, joint: str = "\n") -> list[str]:
    """Lines that Faker makes, their first number, if there is one, drawn anew: the pool's streets times all numbers of that length.

    `joint` stands where Faker breaks the line."""
    parts = words.kept(f"numbered {method}", lambda: _parted(words.pool(method, calls=6000)))
    place = draws.index(len(parts.starts))
    lows = parts.lows[place]
    numbers = (lows + (draws.shares() * 9 * lows).astype(np.int64)).tolist()
    starts, ends = (map(side.__getitem__, place.tolist()) for side in (parts.starts, parts.ends))
    made = [f"{start}{number}{end}" if number else start for start, number, end in zip(starts, numbers, ends, strict=True)]
    return made if joint == "\n" or method == "street_address" else [line.replace("\n", joint) for line in made]


class _Parts(msgspec.Struct, frozen=True):
    """Lines cut at their first number: `lows` is the least number of as many digits, 0 where a line has none."""

    starts: list[str]
    lows: npt.NDArray[np.int64]
    ends: list[str]


def _parted(lines: list[str]) -> _Parts:
    found = [_FIRST_DIGITS.search(line) for line in lines]
    starts = [line if mark is None else line[: mark.start()] for line, mark in zip(lines, found, strict=True)]
    ends = ["" if mark is None else line[mark.end() :] for line, mark in zip(lines, found, strict=True)]
    return _Parts(starts, np.array([0 if mark is None else 10 ** (len(mark.group()) - 1) for mark in found], np.int64), ends)


def city(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A town."""
    return as_cased(values, picked(words.pool("city"), draws))


def region(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A state, province or other part of the country; its abbreviation where values are of two or three capitals."""
    names = picked(words.pool(*REGIONS, calls=1000), draws)
    if not any(_short(value) for value in values):
        return as_cased(values, names)
    shorts = picked(words.pool("state_abbr", "province_abbr", "estado_sigla", calls=1000), draws)
    return [short if _short(value) else name for value, short, name in zip(values, shorts, names, strict=True)]


def _short(value: str) -> bool:
    return len(value) in (2, 3) and value.isupper() and value.isascii()


def country(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A country; its code where values are of two or three capitals."""
    names = picked(words.pool("country"), draws)
    if not any(_short(value) for value in values):
        return as_cased(values, names)
    place = draws.index(1 << 32)
    codes = {2: words.derived("alpha-2", lambda: _codes(words, "alpha-2")), 3: words.derived("alpha-3", lambda: _codes(words, "alpha-3"))}
    return [
        codes[len(value)][at % len(codes[len(value)])] if _short(value) else name
        for value, name, at in zip(values, names, place.tolist(), strict=True)
    ]


def _codes(words: Words, kind: str) -> list[str]:
    words.faker.seed_instance(f"appliance {kind}")
    return [words.faker.country_code(representation=kind) for _ in range(2000)]


def postcode(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A postal code in the shape of the value; of the locale where the value has no digit."""
    made = by_length(values, redrawn, draws)
    if all(any(map(str.isdigit, value)) for value in values):
        return made
    lent = picked(words.pool("postcode"), draws)
    return [own if any(map(str.isdigit, value)) else other for value, own, other in zip(values, made, lent, strict=True)]


def address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Street, town and postal code in one line."""
    return as_cased(values, renumbered(words, "address", draws, joint=", "))


def latitude(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """The latitude of a point near a town, with the value's number of decimals."""
    return _degrees(values, _points(words, draws)[:, 0])


def longitude(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """The longitude of a point near a town, with the value's number of decimals."""
    return _degrees(values, _points(words, draws)[:, 1])


def coordinate(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Latitude and longitude of one point near a town, in the value's own writing where it has two numbers."""
    points = _points(words, draws)
    found = [_pair(value) for value in values]
    north, east = (_degrees([parts[place] for parts in found], points[:, side]) for side, place in enumerate((1, 3)))
    return [f"{parts[0]}{one}{parts[2]}{other}{parts[4]}" for parts, one, other in zip(found, north, east, strict=True)]


def _pair(value: str) -> tuple[str, str, str, str, str]:
    """What stands before, between and behind two numbers, and the numbers; two of five decimals where the value is no such pair."""
    north, mark, east = value.partition(", ")
    if mark and _PLAIN_DEGREES.match(north) and _PLAIN_DEGREES.match(east):
        return "", north, mark, east, ""
    found = _PAIR.match(value)
    return found.groups() if found else ("", "0.00000", ", ", "0.00000", "")  # type: ignore[return-value]  # five groups


def towns(words: Words) -> list[tuple[float, float]]:
    """Latitude and longitude of the towns that Faker lists: points that are surely on land."""
    return [(float(town[0]), float(town[1])) for town in words.faker.provider("faker.providers.geo").land_coords]


def _points(words: Words, draws: Draws) -> npt.NDArray[np.float64]:
    moved = np.stack([draws.shares(), draws.shares()], axis=1) * (2 * _AROUND) - _AROUND
    listed = words.kept("towns", lambda: np.array(towns(words)))
    return np.asarray(listed[draws.index(len(listed))] + moved)


def _degrees(values: Sequence[str], degrees: npt.NDArray[np.float64]) -> list[str]:
    """Degrees with as many decimals as each value has (5 where it is no number), behind a comma where it has one."""
    made = []
    for value, degree in zip(values, degrees.tolist(), strict=True):
        whole, mark, decimals = value.partition("." if "." in value else ",")
        known = whole[-1:].isdigit() and decimals[:1].isdigit()
        written = f"{degree:.{min(len(decimals), 12) if known else 5 if not whole[-1:].isdigit() else 1}f}"
        made.append(written.replace(".", ",") if known and mark == "," else written)
    return made
