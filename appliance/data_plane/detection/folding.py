"""Words as they are compared: lower case, without accents, Latin letters with strokes as their plain forms."""

from __future__ import annotations

import unicodedata
from functools import cache

_LETTERS = {
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŋ": "n",
    "ə": "e",
    "ς": "σ",
    "\u2019": "'",
    "\u02bc": "'",
    "\u2010": "-",
    "\u2011": "-",
}
_MARKED = ((0x00C0, 0x0250), (0x0370, 0x0400), (0x1E00, 0x2000))
"""Only Latin and Greek letters lose their marks: in other scripts these are letters of their own (й, が)."""
_MARKS = range(0x0300, 0x0370)


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(_MARKS)
    for first, end in _MARKED:
        for code in range(first, end):
            plain = unicodedata.normalize("NFD", chr(code))[0]
            if plain != chr(code):
                table[code] = plain
    return table | {ord(sign): plain for sign, plain in _LETTERS.items()}


def fold(text: str) -> str:
    """The text in lower case and without accents. `Ångström` and `angstrom` fold to the same; `й` stays `й`."""
    lower = text.lower()
    return lower if lower.isascii() else unicodedata.normalize("NFC", lower).translate(_table())
