"""Texts as tokens: words with the space before them, marks, line breaks, single characters of scripts that set no spaces.

Digits of a token are all written `0`: what stands for a number is its shape. Addresses, links, numbers of more than `DIGITS` digits and
overlong words are no tokens at all; a text model never makes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array

DIGITS = 4
"""The most digits of a number that is learnt by its shape."""

LONGEST = 40
"""Characters of the longest word that is learnt."""

CODEPOINTS = 20_000
"""Characters of a text that are read; the rest is not learnt from."""

_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff\u200c\u200d"
_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"(?:(?![{_SINGLE}])[\w{_MARKS}])"
_TOKEN = re.compile(rf"\s*\n|\s*(?:\S+@\S+|\w+://\S+|www\.\S+|[{_SINGLE}]|{_LETTER}+(?:['’\-]{_LETTER}+)*|[^\s])")
_ADDRESS = re.compile(r"\S@\S|://|^www\.", re.IGNORECASE)
_ALONE = re.compile(f"[{_SINGLE}]")


class Tokens(msgspec.Struct, frozen=True):
    """All texts of a column, end to end. `codes`: each token's number among `forms`, -1 where it is none that may be made; `rows`: the text
    it stands in; `words`: a hash of the word in lower case, 0 for marks and line breaks; `digits`: by token its digits, as they stand."""

    codes: Array
    rows: Array
    words: Array
    forms: tuple[str, ...]
    digits: dict[int, Array]

    @property
    def spoken(self) -> Array:
        """Which tokens are words."""
        return np.asarray(self.words != 0)


class _Numbered(dict[str, int]):
    """Numbers what it is asked for, in the order of asking."""

    def __missing__(self, key: str) -> int:
        self[key] = len(self)
        return self[key]


def tokenise(texts: Sequence[str]) -> Tokens:
    """The tokens of all texts."""
    numbered = _Numbered()
    raw: list[int] = []
    lengths = np.zeros(len(texts), np.int64)
    for row, text in enumerate(texts):
        found = _TOKEN.findall(" " + text[:CODEPOINTS].replace("\r\n", "\n").replace("\n", "\n "))
        lengths[row] = len(found)
        raw.extend(map(numbered.__getitem__, found))
    every, rows = np.asarray(raw, np.int64), np.repeat(np.arange(len(texts)), lengths)
    spellings = list(numbered)
    forms = [form_of(spelling) for spelling in spellings]
    known = _Numbered()
    code = np.asarray([-1 if form is None else known[form] for form in forms], np.int64)
    words = np.asarray([word_hash(spelling) for spelling in spellings], np.uint64)
    if not len(every):
        return Tokens(every, rows, np.zeros(0, np.uint64), (), {})
    return Tokens(code[every], rows, words[every], tuple(known), _digits(spellings, forms, code, every, rows))


def form_of(spelling: str) -> str | None:
    """What is learnt of a token: one space before it or none, its digits as `0`; None where nothing may be."""
    core = spelling.strip()
    if not core:
        return "\n" if "\n" in spelling else None
    digits = sum(character.isdecimal() for character in core)
    if len(core) > LONGEST or digits > DIGITS or _ADDRESS.search(core):
        return None
    if digits:
        core = "".join("0" if character.isdecimal() else character for character in core)
    return " " + core if spelling[0].isspace() and not _ALONE.match(core) else core


def word_hash(spelling: str) -> int:
    """A number for a word, alike however it is spelt in case and space; 0 for what is no word."""
    core = spelling.strip().lower()
    if not any(character.isalnum() for character in core):
        return 0
    core = "".join("0" if character.isdecimal() else character for character in core)
    return int.from_bytes(hashlib.blake2b(core.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") | 1


def _digits(spellings: list[str], forms: list[str | None], code: Array, every: Array, rows: Array) -> dict[int, Array]:
    """For every form with digits: rows × (row number, its digits from left to right), -1 where it has fewer."""
    numeric = np.asarray([form is not None and "0" in form for form in forms])
    some = np.flatnonzero(numeric[every])
    table = np.full((len(spellings), DIGITS), -1, np.int64)
    for number in np.flatnonzero(numeric).tolist():
        found = [int(character) for character in spellings[number] if character.isdecimal()]
        table[number, : len(found)] = found
    entries = np.column_stack([rows[some], table[every[some]]])
    owners = code[every[some]]
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.unique(owners), side="left")
    return {int(owners[part[0]]): entries[part] for part in np.split(order, starts[1:]) if len(part)}


def joined(tokens: Sequence[str]) -> str:
    """A text from its tokens."""
    return "".join(tokens).replace("\n ", "\n").strip()
