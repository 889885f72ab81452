"""Values enciphered in their own format: digits stay digits, letters stay letters of their case, everything else stays itself.

Reversible with the key. A value's digits and letters, taken by kind, are one number below N = 10**digits · 26**letters; it is enciphered
by FF1: in radix 10 or 26 where there is one kind, else in radix 2 with cycle walking (the cipher is applied until the result is below N
again). Where N is below a million, the least domain that the standard allows, a table permutes the numbers: their order by AES."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from appliance.data_plane.transform.values.checks import luhn_digit, luhn_sum
from appliance.data_plane.transform.values.ff1 import LEAST_DOMAIN, Ff1, Numbers, number_type
from appliance.data_plane.transform.values.shapes import ZERO, Grid, grids, texts

CLASSES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""The kinds of marks that are enciphered when no alphabet is given."""
ALPHABET = CLASSES[0] + CLASSES[1] + CLASSES[2]
"""A radix means its first marks, as customary: 10 digits, 36 with small letters, 62 with capitals."""

_OTHERS = re.compile(r"[^0-9]")
_TABLES = 64
_MOST_WALKS = 10_000


class FormatCipher:
    """Enciphers and deciphers texts. `secret`: 32 bytes; `tweak`: public bytes, another tweak is another cipher.

    `alphabets`: the kinds of marks that are enciphered (one for a given radix)."""

    def __init__(self, secret: bytes, tweak: bytes = b"", alphabets: Sequence[str] = CLASSES) -> None:
        self._ff1 = Ff1(secret)
        self._tweak = tweak
        self._alphabets = [np.frombuffer(each.encode("utf-32-le"), "<u4").astype(np.uint32) for each in alphabets]
        self._marks = frozenset("".join(alphabets))
        self._tables: dict[int, tuple[Numbers, Numbers]] = {}

    def encrypt(self, values: Sequence[str]) -> list[str]:
        """The values enciphered; what has no mark of the alphabets stays as it is."""
        return self._changed(values, False)

    def decrypt(self, values: Sequence[str]) -> list[str]:
        """The inverse of `encrypt`."""
        return self._changed(values, True)

    def touches(self, value: str) -> bool:
        """Whether the value has a mark that is enciphered."""
        return any(mark in self._marks for mark in value)

    def numbers(self, values: Sequence[str], inverse: bool = False) -> list[str]:
        """Numbers that lose nothing when they are read as such: no leading zero where there was none, no trailing zero of decimals."""
        return self._walked(values, inverse, _number_classes, range(len(values)))

    def luhn(self, values: Sequence[str], inverse: bool = False) -> list[str]:
        """Numbers that pass the Luhn test become numbers that do, and others others."""
        passing = _passing(values)
        made = self._walked(values, inverse, _passing, [row for row, passes in enumerate(passing) if not passes])
        rows = [row for row, passes in enumerate(passing) if passes]
        places = [_last_digit(values[row]) for row in rows]
        payloads = [values[row][:place] + values[row][place + 1 :] for row, place in zip(rows, places, strict=True)]
        changed = self._changed(payloads, inverse)
        for row, place, payload, check in zip(rows, places, changed, _checks(changed), strict=True):
            made[row] = f"{payload[:place]}{check}{payload[place:]}"
        return made

    def _walked(
        self, values: Sequence[str], inverse: bool, classify: Callable[[Sequence[str]], list[Any]], rows: Sequence[int]
    ) -> list[str]:
        """Cycle walking inside the class of each value: a permutation of the class, because it is one of the whole domain."""
        made = list(values)
        classes = classify([values[row] for row in rows])
        for _ in range(_MOST_WALKS):
            if not rows:
                break
            changed = self._changed([made[row] for row in rows], inverse)
            for row, text in zip(rows, changed, strict=True):
                made[row] = text
            left = [place for place, (found, wanted) in enumerate(zip(classify(changed), classes, strict=True)) if found != wanted]
            rows, classes = [rows[place] for place in left], [classes[place] for place in left]
        return made

    def _changed(self, values: Sequence[str], inverse: bool) -> list[str]:
        made = list(values)
        for rows, grid in grids(values):
            self._change(grid, inverse)
            for row, text in zip(rows.tolist(), texts(grid), strict=True):
                made[row] = text
        return made

    def _change(self, grid: Grid, inverse: bool) -> None:
        """The grid enciphered in place, group by group of rows that have as many marks of each alphabet."""
        masks = [np.isin(grid, marks) for marks in self._alphabets]
        counts = np.stack([mask.sum(axis=1) for mask in masks], axis=1)
        kinds, groups = np.unique(counts, axis=0, return_inverse=True)
        for number, kind in enumerate(kinds.tolist()):
            rows = np.flatnonzero(groups.ravel() == number)
            parts = [
                _places(marks, grid[rows][mask[rows]]).reshape(len(rows), count)
                for marks, mask, count in zip(self._alphabets, masks, kind, strict=True)
            ]
            done = self._numerals(parts, inverse)
            self._put(grid, rows, masks, done)

    def _put(self, grid: Grid, rows: Numbers, masks: list[npt.NDArray[np.bool_]], done: list[Numbers]) -> None:
        part = grid[rows]
        for marks, mask, numerals in zip(self._alphabets, masks, done, strict=True):
            part[mask[rows]] = marks[numerals.astype(np.int64).ravel()]
        grid[rows] = part

    def _numerals(self, parts: list[Numbers], inverse: bool) -> list[Numbers]:
        """Numerals of each alphabet, (n, count) each, enciphered together."""
        sizes = [(len(marks), part.shape[1]) for marks, part in zip(self._alphabets, parts, strict=True)]
        used = [place for place, (_, count) in enumerate(sizes) if count]
        domain = reduce(lambda product, size: product * size[0] ** size[1], sizes, 1)
        if domain == 1:
            return parts
        if len(used) == 1 and domain >= LEAST_DOMAIN and sizes[used[0]][1] > 1:
            done = list(parts)
            done[used[0]] = self._direct(parts[used[0]], sizes[used[0]][0], inverse)
            return done
        ranks = _rank(parts, sizes, domain)
        changed = self._table(domain)[inverse][ranks.astype(np.int64)] if domain < LEAST_DOMAIN else self._binary(ranks, domain, inverse)
        return _unrank(changed, sizes)

    def _direct(self, numerals: Numbers, radix: int, inverse: bool) -> Numbers:
        length = numerals.shape[1]
        half, kind = length // 2, number_type(length, radix)
        halves = _number(numerals[:, :half], radix, kind), _number(numerals[:, half:], radix, kind)
        a, b = self._ff1.halves(*halves, length, radix, tweak=self._tweak, inverse=inverse)
        return np.concatenate([_digits(a, radix, half), _digits(b, radix, length - half)], axis=1)

    def _binary(self, ranks: Numbers, domain: int, inverse: bool) -> Numbers:
        """FF1 on the bits of the ranks, again where the result is no rank."""
        bits = (domain - 1).bit_length()
        low = bits - bits // 2
        kind = number_type(bits, 2)
        made, rows = ranks.copy(), np.arange(len(ranks))
        while len(rows):
            part = made[rows]
            halves = [(part >> _like(low, part)).astype(kind), (part & _like((1 << low) - 1, part)).astype(kind)]
            a, b = self._ff1.halves(halves[0], halves[1], bits, 2, tweak=self._tweak, inverse=inverse)
            joined = (a.astype(part.dtype) << _like(low, part)) + b.astype(part.dtype)
            made[rows] = joined
            rows = rows[joined >= _like(domain, part)]
        return made

    def _table(self, domain: int) -> tuple[Numbers, Numbers]:
        """A keyed permutation of the numbers below `domain`, and its inverse."""
        if domain not in self._tables:
            while len(self._tables) >= _TABLES:
                self._tables.pop(next(iter(self._tables)))
            label = hashlib.blake2b(b"table" + domain.to_bytes(4, "big") + self._tweak, digest_size=8).digest()
            plain = np.empty((domain, 2), "<u8")
            plain[:, 0], plain[:, 1] = np.frombuffer(label, "<u8")[0], np.arange(domain)
            order = np.frombuffer(self._ff1.blocks(plain.tobytes()), "<u8").reshape(-1, 2)
            forward = np.lexsort((order[:, 1], order[:, 0]))
            self._tables[domain] = forward, np.argsort(forward)
        return self._tables[domain]


def alphabet_of(radix: int) -> str:
    """The marks of a radix from 2 to 62. Raises ValueError outside."""
    if not 2 <= radix <= len(ALPHABET):
        raise ValueError(f"radix is a number from 2 to {len(ALPHABET)}.")
    return ALPHABET[:radix]


def _places(marks: Grid, found: Grid) -> Numbers:
    order = np.argsort(marks)
    return order[np.searchsorted(marks, found, sorter=order)]


def _like(number: int, array: Numbers) -> Any:
    return number if array.dtype == object else np.uint64(number)


def _number(numerals: Numbers, radix: int, kind: Any) -> Numbers:
    number = np.zeros(len(numerals), kind)
    for column in numerals.T:
        number = number * _like(radix, number) + column.astype(kind)
    return number


def _digits(numbers: Numbers, radix: int, count: int) -> Numbers:
    made = np.empty((len(numbers), count), np.int64)
    for place in range(count - 1, -1, -1):
        made[:, place] = numbers % _like(radix, numbers)
        numbers = numbers // _like(radix, numbers)
    return made


def _rank(parts: list[Numbers], sizes: list[tuple[int, int]], domain: int) -> Numbers:
    kind: Any = np.uint64 if domain.bit_length() <= 62 else object
    rank = np.zeros(len(parts[0]), kind)
    for part, (radix, count) in zip(parts, sizes, strict=True):
        if count:
            rank = rank * _like(radix**count, rank) + _number(part, radix, kind)
    return rank


def _unrank(ranks: Numbers, sizes: list[tuple[int, int]]) -> list[Numbers]:
    made: list[Numbers] = []
    numbers = ranks.astype(np.uint64) if ranks.dtype != object else ranks
    for radix, count in reversed(sizes):
        size = _like(radix**count, numbers)
        made.append(_digits(numbers % size, radix, count))
        numbers = numbers // size
    return made[::-1]


def _passing(values: Sequence[str]) -> list[Any]:
    """Which values pass the Luhn test: of at least two digits."""
    made = [False] * len(values)
    for rows, grid in grids([_OTHERS.sub("", value) for value in values]):
        if grid.shape[1] > 1:
            for row, rest in zip(rows.tolist(), luhn_sum(grid.astype(np.int64) - ZERO).tolist(), strict=True):
                made[row] = rest == 0
    return made


def _checks(payloads: Sequence[str]) -> list[int]:
    """The Luhn digit behind the digits of each payload, of which there is at least one."""
    made = [0] * len(payloads)
    for rows, grid in grids([_OTHERS.sub("", payload) for payload in payloads]):
        for row, check in zip(rows.tolist(), luhn_digit(grid.astype(np.int64) - ZERO).tolist(), strict=True):
            made[row] = check
    return made


def _last_digit(value: str) -> int:
    place = len(value) - 1
    while value[place] not in CLASSES[0]:
        place -= 1
    return place


def _number_classes(values: Sequence[str]) -> list[Any]:
    """Whether a number begins with a zero that says nothing, and whether its decimals end with one."""
    parts = [value.strip().lstrip("+-").partition(".") for value in values]
    return [(len(whole) > 1 and whole.startswith("0"), decimals.endswith("0")) for whole, _, decimals in parts]
