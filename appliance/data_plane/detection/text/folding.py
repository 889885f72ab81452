"""Texts as the scan sees them: one ASCII byte for every character, accents off, so that every offset is a character's offset."""

from __future__ import annotations

import functools
import unicodedata

import numpy
from numpy.typing import NDArray

SEPARATOR = "\x00\x00"
"""Stands between the texts of a page; no pattern crosses it: signs refuse its character, and phrases have single blanks inside."""

OTHER = 1
"""The byte of a sign that is neither letter, digit, blank nor a mark of ASCII."""

_TABLE_SIZE = 0x2200
_CYRILLIC = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ", "abvgdezzijklmnoprstufhccssyyyeuaeiieg", strict=True))
_GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezhtiklmnxoprsstufcpo", strict=True))
_LETTERS = {"ß": "s", "ø": "o", "đ": "d", "ł": "l", "æ": "a", "œ": "o", "þ": "t", "ð": "d", "ı": "i", "ħ": "h", **_CYRILLIC, **_GREEK}
_MARKS = {**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("‘’‛′", "'"), **dict.fromkeys("“”„‟«»", '"'), "º": "o", "ª": "a", "№": "#"}


def _plain_sign(code: int) -> int:
    sign = chr(code)
    if code < 0x80:
        return code
    if sign in _MARKS:
        return ord(_MARKS[sign])
    base = unicodedata.normalize("NFKD", sign)[0]
    lower = base.lower()
    if base.isascii() and base.isprintable():
        return ord(base)
    if lower in _LETTERS:
        return ord(_LETTERS[lower].upper() if base != lower else _LETTERS[lower])
    if base.isdecimal():
        return ord(str(unicodedata.digit(base)))
    return ord("x") if base.isalpha() or unicodedata.category(base) == "Mn" else ord(" ") if base.isspace() else OTHER


@functools.cache
def _table() -> NDArray[numpy.uint8]:
    table = numpy.full(0x10000, ord("x"), dtype=numpy.uint8)
    table[:_TABLE_SIZE] = [_plain_sign(code) for code in range(_TABLE_SIZE)]
    table[_TABLE_SIZE:0x2E80] = OTHER
    table[0x3004:0xFE00] = OTHER  # no blanks stand between these scripts and numbers
    table[0xFE00:0x10000] = OTHER
    table[0xFF01:0xFF5F] = numpy.arange(0x21, 0x7F)
    table[0x3000:0x3004] = ord(" ")
    return table


_WORD_BYTES = (
    bytes(code if 97 <= code < 123 or 48 <= code < 58 else code + 32 if 65 <= code < 91 else 32 for code in range(128)) + b" " * 128
)


def fold(text: str) -> bytes:
    """One ASCII byte per character: letters without accents (case kept), digits of any script, dashes, quotes and blanks as ASCII's."""
    if text.isascii():
        return text.encode("ascii")
    codes = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    plain: NDArray[numpy.uint8] = _table()[numpy.minimum(codes, 0xFFFF)]
    return plain.tobytes()


def words(folded: bytes) -> bytes:
    """Only lower-case letters, digits and blanks, byte for byte: what word lists are looked up in."""
    return folded.translate(_WORD_BYTES)


def folded_word(word: str) -> str:
    """A word or phrase of a list as it stands in `words(fold(text))`."""
    return " ".join(words(fold(word)).decode("ascii").split())
