"""Fakes of numbers that identify: other digits and letters in the shape of the value, with check digits that hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.checks import Numbers, aba_digit, iban_digits, luhn_digit, luhn_sum, vin_mark
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.shapes import ZERO, Grid, by_length, digits_of, redrawn, redrawn_hex
from appliance.data_plane.transform.values.words import Words, picked

Marks = npt.NDArray[np.bool_]
Change = Callable[[Numbers, Numbers], Numbers]

_TWO_DIGITS = np.isin(
    np.arange(100),
    (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86, *range(90, 96), 98),
)
"""Country calling codes of two digits (ITU-T E.164); 1 and 7 have one digit, all others three."""
_VIN_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", np.uint8).astype(np.uint32)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9 ]{8,40}\Z", re.ASCII)
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F:{}-]{12,}\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[1-8][0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}\Z")


def shaped(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Another digit for each digit, another letter for each letter; hexadecimal stays hexadecimal, a UUID keeps its version.

    A value without digits and letters becomes eight digits."""
    made = by_length(values, redrawn, draws)
    rows = [row for row, value in enumerate(values) if len(value) > 11 and _HEX.match(value) and not value.isdecimal()]
    if rows:
        hexes = by_length([values[row] for row in rows], _hex, draws.subset(np.array(rows)))
        for row, text in zip(rows, hexes, strict=True):
            made[row] = _kept_version(values[row], text)
    return _filled(made, values, draws)


def _hex(grid: Grid, draws: Draws) -> Grid:
    made = redrawn_hex(grid, draws)
    prefixed = grid[:, 1] == ord("x")
    made[prefixed, :2] = grid[prefixed, :2]
    return made


def _kept_version(value: str, made: str) -> str:
    if not _UUID.match(value):
        return made
    version, variant = (14, 19) if "-" in value else (12, 16)
    mark = "89ab"[int(made[variant], 16) % 4]
    return made[:version] + value[version] + made[version + 1 : variant] + (mark.upper() if value.isupper() else mark) + made[variant + 1 :]


def _filled(made: list[str], values: Sequence[str], draws: Draws) -> list[str]:
    bare = [row for row, (value, text) in enumerate(zip(values, made, strict=True)) if value == text and not any(map(str.isalnum, value))]
    for row, number in zip(bare, draws.subset(np.array(bare, np.int64)).index(90_000_000).tolist(), strict=True):
        made[row] = str(10_000_000 + number)
    return made


def lent(method: str, change: Maker) -> Maker:
    """`change` for values that have at least four digits; others take a number that Faker makes for the locale, changed likewise."""

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        short = [not (len(value) > 3 and value[-4:].isdecimal()) and sum(map(str.isdecimal, value)) < 4 for value in values]
        if any(short):
            pool = picked(words.pool(method, calls=500), draws)
            values = [other if is_short else value for value, other, is_short in zip(values, pool, short, strict=True)]
        return change(words, values, draws)

    return make


def digitwise(change: Change) -> Maker:
    """The maker that redraws a value's marks and then settles its digits: `change` gets source and drawn digits, (n, count) each."""

    def settle(grid: Grid, draws: Draws) -> Grid:
        made = redrawn(grid, draws)
        places = digits_of(made)
        counts = places.sum(axis=1)
        for count in np.unique(counts[counts > 0]).tolist():
            rows = np.flatnonzero(counts == count)
            where, part = places[rows], made[rows]
            source = np.clip(grid[rows][where].reshape(len(rows), count).astype(np.int64) - ZERO, 0, 9)
            drawn = part[where].reshape(len(rows), count).astype(np.int64) - ZERO
            part[where] = (change(source, drawn) + ZERO).astype(np.uint32).ravel()
            made[rows] = part
        return made

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        return by_length(values, settle, draws)

    return make


def card_digits(source: Numbers, drawn: Numbers) -> Numbers:
    """The network's first digit or two are kept, the last digit passes the Luhn test."""
    if source.shape[1] < 12:
        return drawn
    drawn[:, 0] = source[:, 0]
    drawn[:, 1] = np.where(np.isin(source[:, 0], (2, 3, 5, 6)), source[:, 1], drawn[:, 1])
    drawn[:, -1] = luhn_digit(drawn[:, :-1])
    return drawn


def luhn_digits(source: Numbers, drawn: Numbers) -> Numbers:
    """The last digit passes the Luhn test where the source's does."""
    if source.shape[1] < 8:
        return drawn
    drawn[:, -1] = np.where(luhn_sum(source) == 0, luhn_digit(drawn[:, :-1]), drawn[:, -1])
    return drawn


def ssn_digits(source: Numbers, drawn: Numbers) -> Numbers:
    """Nine digits become a number whose area, 773 to 899, was not issued before 2011: it looks right and is hardly anybody's."""
    if source.shape[1] != 9:
        return drawn
    whole = drawn @ 10 ** np.arange(8, -1, -1)
    area, group, serial = 773 + whole // 10**6 % 127, 1 + whole // 10**4 % 99, 1 + whole % 9999
    joined = area * 10**6 + group * 10**4 + serial
    return np.asarray(joined[:, None] // 10 ** np.arange(8, -1, -1) % 10)


def routing_digits(source: Numbers, drawn: Numbers) -> Numbers:
    """Nine digits become a routing number of a Federal Reserve district with its check digit."""
    if source.shape[1] != 9:
        return drawn
    district = 1 + (drawn[:, 0] * 10 + drawn[:, 1]) % 12
    drawn[:, 0], drawn[:, 1] = district // 10, district % 10
    drawn[:, 8] = aba_digit(drawn[:, :8])
    return drawn


def phone_number(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Other digits in the value's own spelling; the country's code behind `+` or `00` and a trunk prefix `0` stay."""
    return by_length(values, _phone, draws)


def _phone(grid: Grid, draws: Draws) -> Grid:
    drawn = redrawn(grid, draws)
    made = np.where(digits_of(drawn), drawn, grid)
    places = digits_of(made)
    order = places.cumsum(axis=1, dtype=np.int16) - np.int16(1)
    kept, counts = _kept_digits(grid, places, order), places.sum(axis=1)
    np.copyto(made, grid, where=places & (order < kept[:, None].astype(np.int16)))
    plan = (counts - kept == 10) & ((kept == 0) | ((kept == 1) & (_first_digit(grid, places) == 1)))
    for behind, rows in ((0, np.flatnonzero(counts > kept)), (3, np.flatnonzero(plan))):
        columns = (order[rows] == (kept[rows] + behind)[:, None]).argmax(axis=1)
        marks = made[rows, columns]
        made[rows, columns] = np.where(marks < ZERO + 2, marks + np.uint32(2) + (columns % 3).astype(np.uint32), marks)
    return made


def _kept_digits(grid: Grid, places: Marks, order: npt.NDArray[np.int16]) -> Numbers:
    """How many leading digits of each row say no more than the country: its code behind `+` or `00`, and a trunk `0` or `1`."""
    counts = places.sum(axis=1)
    heads = np.full((len(grid), 6), -1, np.int64)
    every = np.arange(len(grid))
    for number in range(6):
        marks = grid[every, (order == number).argmax(axis=1)].astype(np.int64) - ZERO
        heads[:, number] = np.where(counts > number, marks, -1)
    double = (heads[:, 0] == 0) & (heads[:, 1] == 0)
    start = np.where(grid[:, 0] == ord("+"), 0, np.where(double, 2, -1))
    codes = np.take_along_axis(heads, np.clip(start[:, None] + np.arange(2), 0, 5), axis=1)
    long = np.where(_TWO_DIGITS[np.clip(codes[:, 0] * 10 + codes[:, 1], 0, 99)], 2, 3)
    kept = start + np.where((codes[:, 0] == 1) | (codes[:, 0] == 7), 1, long)
    kept += np.take_along_axis(heads, np.clip(kept, 0, 5)[:, None], axis=1)[:, 0] == 0
    home = (heads[:, 0] == 0) | ((heads[:, 0] == 1) & (counts == 11))
    return np.where(start >= 0, kept, home)


def _first_digit(grid: Grid, places: Marks) -> Numbers:
    return np.asarray(grid[np.arange(len(grid)), places.argmax(axis=1)].astype(np.int64) - ZERO)


def vehicle(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A vehicle number of 17 marks with its check mark, without I, O and Q; other values keep their shape."""
    return by_length(values, _vehicle, draws)


def _vehicle(grid: Grid, draws: Draws) -> Grid:
    made = redrawn(grid, draws)
    if grid.shape[1] != 17:
        return made
    letters = ~digits_of(made)
    made[letters] = _VIN_LETTERS[made[letters] % len(_VIN_LETTERS)]
    made[:, 8] = vin_mark(made)
    return made


def account(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """An account number; an IBAN stays one of its country, with check digits that hold."""
    made = by_length(values, redrawn, draws)
    return [_iban(value, fake) if value[:2].isalpha() and _IBAN.match(value) else fake for value, fake in zip(values, made, strict=True)]


def _iban(value: str, fake: str) -> str:
    checks = iban_digits((value[:2] + "00" + fake[4:]).replace(" ", ""))
    return value[:2] + checks + fake[4:]


def swift(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A bank's code in the shape of the value; its country stays."""
    made = by_length(values, redrawn, draws)
    return [fake[:4] + value[4:6] + fake[6:] if len(value) in (8, 11) else fake for value, fake in zip(values, made, strict=True)]


def license_plate(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A plate in the shape of the value; of the locale where the value has no digit."""
    made = by_length(values, redrawn, draws)
    if all(any(map(str.isdigit, value)) for value in values):
        return made
    pool = picked(words.pool("license_plate", calls=1000), draws)
    return [own if any(map(str.isdigit, value)) else other for value, own, other in zip(values, made, pool, strict=True)]
