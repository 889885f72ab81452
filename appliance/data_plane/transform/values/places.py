"""Fakes of places: streets, towns, regions, postal codes, countries, and points on land."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.people import as_cased
from appliance.data_plane.transform.values.shapes import by_length, redrawn
from appliance.data_plane.transform.values.words import Words, picked

REGIONS = ("administrative_unit", "state", "region", "province", "department_name", "county")
_NUMBER = re.compile(r"-?\d+(?:[.,](\d+))?", re.ASCII)
_AROUND = 0.05
"""Degrees around a known town within which a point is taken."""


def street_address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """House number and street as the locale writes them."""
    return as_cased(values, renumbered(words.pool("street_address", calls=6000), draws))


def renumbered(pool: list[str], draws: Draws) -> list[str]:
    """One of the pool whose house number, if it has one, is drawn anew: the pool's streets times all numbers of that length."""
    shares = draws.shares().tolist()
    return [_with_number(text, share) for text, share in zip(picked(pool, draws), shares, strict=True)]


def _with_number(text: str, share: float) -> str:
    start = next((place for place, mark in enumerate(text) if mark.isdecimal()), -1)
    if start < 0:
        return text
    stop = start + 1
    while stop < len(text) and text[stop].isdecimal():
        stop += 1
    low = 10 ** (stop - start - 1)
    return f"{text[:start]}{low + int(share * 9 * low)}{text[stop:]}"


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
    lines = words.derived("address lines", lambda: [", ".join(text.split("\n")) for text in words.pool("address", calls=5000)])
    return as_cased(values, renumbered(lines, draws))


def latitude(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """The latitude of a point near a town, with the value's number of decimals."""
    return [_degrees(value, point[0]) for value, point in zip(values, _points(words, draws), strict=True)]


def longitude(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """The longitude of a point near a town, with the value's number of decimals."""
    return [_degrees(value, point[1]) for value, point in zip(values, _points(words, draws), strict=True)]


def coordinate(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Latitude and longitude of one point near a town, in the value's own writing where it has two numbers."""
    made = []
    for value, point in zip(values, _points(words, draws), strict=True):
        found = list(_NUMBER.finditer(value))
        if len(found) != 2:
            made.append(f"{point[0]:.5f}, {point[1]:.5f}")
            continue
        first, second = (_degrees(each.group(), degrees) for each, degrees in zip(found, point, strict=True))
        made.append(f"{value[: found[0].start()]}{first}{value[found[0].end() : found[1].start()]}{second}{value[found[1].end() :]}")
    return made


def towns(words: Words) -> list[tuple[float, float]]:
    """Latitude and longitude of the towns that Faker lists: points that are surely on land."""
    return [(float(town[0]), float(town[1])) for town in words.faker.provider("faker.providers.geo").land_coords]


def _points(words: Words, draws: Draws) -> list[tuple[float, float]]:
    moved = np.stack([draws.shares(), draws.shares()], axis=1) * (2 * _AROUND) - _AROUND
    listed = np.array(towns(words))
    found: list[tuple[float, float]] = np.round(listed[draws.index(len(listed))] + moved, 6).tolist()
    return found


def _degrees(value: str, degrees: float) -> str:
    found = _NUMBER.search(value)
    decimals = len(found.group(1) or "") if found else 5
    written = f"{degrees:.{min(max(decimals, 1), 12)}f}"
    return written.replace(".", ",") if found and "," in found.group() else written
