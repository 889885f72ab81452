"""Fakes by a pattern of places, as Faker's `bothify` and its like write them."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.shapes import grids, texts

LONGEST = 4096
_DIGITS = {"#": "0123456789", "%": "123456789"}


def filled(pattern: str, places: dict[str, str], draws: Draws) -> list[str]:
    """The pattern for each value, every mark that `places` names replaced by a drawn one of its letters.

    `!` and `@` (a digit, or a digit from 1 to 9, or nothing) are known where `#` is. Raises ValueError for a pattern that is too long."""
    if len(pattern) > LONGEST:
        raise ValueError(f"A pattern has at most {LONGEST} marks.")
    if not pattern:
        return [""] * len(draws)
    codes = np.frombuffer(pattern.encode("utf-32-le", "surrogatepass"), "<u4")
    grid = np.tile(codes, (len(draws), 1))
    wide = draws.table(len(pattern))
    known = places | ({"!": "0123456789\0", "@": "123456789\0"} if "#" in places else {})
    for mark, letters in known.items():
        columns = np.flatnonzero(codes == ord(mark))
        if len(columns):
            marks = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), "<u4")
            grid[:, columns] = marks[wide[:, columns] * np.uint32(len(marks)) >> 16]
    made = texts(grid)
    return [text.replace("\0", "") for text in made] if set("!@") & set(pattern) and "#" in places else made


def filled_each(patterns: Sequence[str], places: dict[str, str], draws: Draws) -> list[str]:
    """What `filled` makes of the same draws, with a pattern of its own for each value. Raises ValueError for one that is too long."""
    if max(map(len, patterns), default=0) > LONGEST:
        raise ValueError(f"A pattern has at most {LONGEST} marks.")
    known = places | ({"!": "0123456789\0", "@": "123456789\0"} if "#" in places else {})
    made = [""] * len(patterns)
    for rows, codes in grids(patterns):
        wide, grid = draws.subset(rows).table(codes.shape[1]), codes.copy()
        for mark, letters in known.items():
            marks = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), "<u4")
            marked = codes == ord(mark)
            grid[marked] = marks[wide[marked] * np.uint32(len(marks)) >> 16]
        for row, text in zip(rows.tolist(), texts(grid), strict=True):
            made[row] = text.replace("\0", "") if "#" in places and ("!" in patterns[row] or "@" in patterns[row]) else text
    return made


EACH: dict[str, dict[str, str]] = {
    "numerify": _DIGITS,
    "bothify": _DIGITS | {"?": string.ascii_letters},
    "lexify": {"?": string.ascii_letters},
    "hexify": {"^": "0123456789abcdef"},
}
"""By provider: the marks of a pattern that is its one argument."""


def numerify(draws: Draws, text: str = "###") -> list[str]:
    """Digits for `#`, `%`, `!` and `@`."""
    return filled(text, _DIGITS, draws)


def bothify(draws: Draws, text: str = "## ??", letters: str = string.ascii_letters) -> list[str]:
    """Digits as `numerify`, letters for `?`."""
    return filled(text, _DIGITS | {"?": letters}, draws)


def lexify(draws: Draws, text: str = "????", letters: str = string.ascii_letters) -> list[str]:
    """Letters for `?`."""
    return filled(text, {"?": letters}, draws)


def hexify(draws: Draws, text: str = "^^^^", upper: bool = False) -> list[str]:
    """Hexadecimal digits for `^`."""
    return filled(text, {"^": "0123456789ABCDEF" if upper else "0123456789abcdef"}, draws)


def random_int(draws: Draws, min: int = 0, max: int = 9999, step: int = 1) -> list[int]:
    """A whole number from `min` to `max` in steps. Raises ValueError where there is none."""
    count = (int(max) - int(min)) // int(step) + 1
    if count < 1 or step < 1:
        raise ValueError("There is no whole number between these.")
    if count <= 1 << 32:
        return [int(min) + place * int(step) for place in draws.index(count).tolist()]
    return [int(min) + int(share * count) * int(step) for share in draws.shares().tolist()]


def random_number(draws: Draws, digits: int | None = None, fix_len: bool = False) -> list[int]:
    """A whole number of at most so many digits (9 where not said), or of exactly so many. Raises ValueError for digits beyond 0 to 18."""
    count = 9 if digits is None else int(digits)
    if not 0 <= count <= 18:
        raise ValueError("digits is a number from 0 to 18.")
    low = 10 ** (count - 1) if fix_len and count else 0
    return random_int(draws, low, max(10**count - 1, low))


def uuid4(draws: Draws) -> list[str]:
    """A random UUID (RFC 9562, version 4)."""
    words = draws.table(8).tolist()
    made = ["".join(f"{word:04x}" for word in row) for row in words]
    return [f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}" for text in made]
