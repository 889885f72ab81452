"""Hashed features of tokens. What depends on a word alone is computed once per distinct word, and summed once per word and offset.

A feature is a 64-bit value mixed with the number of its kind and cut down to a row of the weight table (feature hashing, Weinberger et al.
2009). Features of a word count for its neighbours too, under other numbers: `WORD_OFFSETS`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.tagger.tokens import GAP_LINE, Tokens

U64 = NDArray[np.uint64]
WIDTH = 24
_MULTIPLY = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(0x100000001B3)


class Words(NamedTuple):
    """Values of the distinct words of a batch: `lower` and `exact` spelling, `shape`, first 2–4 and last 1–4 letters, `flags` of the word
    lists they are in (a bit each), `long`: length up to 12."""

    lower: U64
    exact: U64
    shape: U64
    heads: tuple[U64, ...]
    tails: tuple[U64, ...]
    flags: U64
    long: U64


def shape(word: str) -> int:
    """How a word is written: 0 lower, 1 Capital, 2 ALL CAPS, 3 one capital, 4 McCapital, 5 oDD, 6 without case, 7–9 digits, 10 other."""
    if word.islower():
        return 0
    if word.isalpha() and len(word) > 1 and word[0].isupper() and word[1:].islower():
        return 1
    if word.isupper():
        return 2 if len(word) > 1 else 3
    if word[0].isupper():
        return 4
    if word.isdigit():
        return 7 if len(word) == 4 else 8 if len(word) < 4 else 9
    if word[0].isalpha():
        return 6 if word.lower() == word.upper() else 5
    return 10


def folded(words: list[str]) -> U64:
    """64-bit values of spellings, equal for equal strings on every machine."""
    return np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint64)


def _rolling(matrix: NDArray[np.uint32], columns: range) -> U64:
    value = np.full(len(matrix), 7, np.uint64)
    for column in columns:
        value = value * _FOLD + matrix[:, column]
    return value


def _matrix(words: list[str], width: int) -> NDArray[np.uint32]:
    return np.array(words, f"<U{width}").view(np.uint32).reshape(len(words), width)


def words_of(types: list[str], lower: list[str], flags: U64) -> Words:
    """The values of distinct words. `lower`: the same words in lower case; `flags`: per word, a bit for every list it is in."""
    head = _matrix(lower, 4)
    tail = _matrix([word[-4:].rjust(4) for word in lower], 4)
    return Words(
        lower=folded(lower),
        exact=folded(types),
        shape=np.fromiter(map(shape, types), np.uint64, len(types)),
        heads=tuple(_rolling(head, range(n)) for n in (2, 3, 4)),
        tails=tuple(_rolling(tail, range(4 - n, 4)) for n in (1, 2, 3, 4)),
        flags=flags,
        long=np.minimum(np.fromiter(map(len, types), np.uint64, len(types)), np.uint64(12)),
    )


def _pair(a: U64, b: U64) -> U64:
    return (a * _FOLD) ^ (b + np.uint64(0x51ED27))


def word_values(words: Words) -> dict[int, list[U64]]:
    """Per offset, the values of the features that a word gives to the token so many places behind (negative) or ahead of it."""
    cased = _pair(words.flags, words.shape)
    near = [words.lower, words.shape, words.flags, cased, words.tails[2]]
    own = [words.lower, words.exact, words.shape, *words.heads, *words.tails, words.flags, cased]
    own += [_pair(words.shape, words.tails[2]), _pair(words.long, words.shape), _pair(words.flags, words.tails[2])]
    far = [words.lower, words.shape, words.flags]
    return {-3: [words.lower], -2: far, -1: near, 0: own, 1: near, 2: far, 3: [words.lower]}


def rows(value: U64, kind: int, bits: int) -> NDArray[np.int32]:
    """Rows of the weight table for the values of one kind of feature."""
    mixed = (value + np.uint64(kind * 0x2545F491)) * _MULTIPLY
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(64 - bits)).astype(np.int32)


def word_rows(words: Words, bits: int) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Offset and row, per distinct word, of every feature of single words."""
    kind = 0
    for offset, values in word_values(words).items():
        for value in values:
            kind += 1
            yield offset, rows(value, kind, bits)


def _around(values: U64, offset: int) -> U64:
    """The values of the tokens `offset` places on, those at the ends standing for what lies beyond."""
    if offset < 0:
        return np.concatenate([np.repeat(values[:1], -offset), values[:offset]])
    return np.concatenate([values[offset:], np.repeat(values[-1:], offset)])


def _runs(tokens: Tokens, capital: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each token the place of the last token before, and of the first after, the run of capitals it stands in (or beside)."""
    n = len(capital)
    place = np.arange(n)
    before = np.maximum.accumulate(np.where(capital, 0, place))
    after = np.minimum.accumulate(np.where(capital, n - 1, place)[::-1])[::-1]
    return np.where(capital, before, np.maximum(place - 1, 0)), np.where(capital, after, np.minimum(place + 1, n - 1))


def casing(tokens: Tokens, shapes: U64) -> U64:
    """How the line of each token is written: 0 as prose, 1 without lower case, 2 without capitals, 3 mostly capitals; + 4 when short."""
    new_line = (tokens.gaps == GAP_LINE) | (tokens.ids == 0)
    new_line[0] = True
    starts = np.flatnonzero(new_line)
    low = np.add.reduceat(((shapes == 0) & (tokens.ends - tokens.starts > 1)).astype(np.int32), starts)
    high = np.add.reduceat(((shapes >= 1) & (shapes <= 4)).astype(np.int32), starts)
    kind = np.where(low == 0, np.where(high == 0, 0, 1), np.where(high == 0, 2, np.where(high > low, 3, 0)))
    kind = kind + 4 * (low + high <= 4)
    return np.repeat(kind, np.diff(np.append(starts, len(shapes)))).astype(np.uint64)


def token_rows(tokens: Tokens, words: Words, bits: int) -> Iterator[NDArray[np.int32]]:
    """Rows, per token, of every feature that looks at more than one word."""
    low, form, flags = words.lower[tokens.ids], words.shape[tokens.ids], words.flags[tokens.ids]
    both = _pair(flags, form)
    tail = words.tails[2][tokens.ids]
    one, two, three = _around(low, -1), _around(low, 1), _around(low, 2)
    before, after = _runs(tokens, (form >= 1) & (form <= 4))
    place = np.arange(len(low))
    left = np.minimum(place - before, 3).astype(np.uint64)
    right = np.minimum(after - place, 3).astype(np.uint64)
    line, gap = casing(tokens, form), tokens.gaps.astype(np.uint64)
    next_gap = _around(gap, 1)
    values = [
        _pair(one, low),
        _pair(low, two),
        _pair(_pair(_around(form, -1), form), _around(form, 1)),
        _pair(one, both),
        _pair(both, two),
        _pair(_pair(_around(low, -2), one), form),
        _pair(_pair(form, two), three),
        _pair(_pair(_around(flags, -1), both), _around(flags, 1)),
        _pair(_pair(one, form), two),
        _pair(line, both),
        _pair(line, _pair(tail, form)),
        _pair(_pair(gap, next_gap), _pair(form, _around(form, -1))),
        _pair(_pair(gap, form), _pair(flags, _around(flags, -1))),
        _pair(low[before], _pair(left, form)),
        _pair(low[after], _pair(right, form)),
        _pair(_pair(low[before], low[after]), form),
        _pair(_pair(left, right), both),
        _pair(_pair(_around(flags, -2), _around(flags, -1)), _pair(flags, line)),
    ]
    for kind, value in enumerate(values, 101):
        yield rows(value, kind, bits)
