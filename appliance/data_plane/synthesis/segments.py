"""Segments: what an identifier is made of. A part held by few values is drawn from those that at least `RARE` rows hold; digits that count
are a number inside the range seen; other signs keep, place by place, what at least `RARE` rows hold there, or the smallest known alphabet
around it; words of many lengths are strung together letter by letter. No segment remembers what fewer rows hold."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import RARE

_HEX = string.digits + "abcdef"
_DIGITS, _SMALL, _LARGE = string.digits, string.ascii_lowercase, string.ascii_uppercase
_ALNUM = _DIGITS + _SMALL + _LARGE
_KNOWN = ("01", "89ab", "89AB", "01234567", _DIGITS, "abcdef", "ABCDEF", _HEX, _HEX.upper(), _HEX + "ABCDEF", _SMALL, _LARGE)
_WIDER = (_DIGITS + _SMALL, _DIGITS + _LARGE, _SMALL + _LARGE, _ALNUM, _ALNUM + "-_", _ALNUM + "+/=")
ALPHABETS = tuple(sorted((*_KNOWN, *_WIDER), key=len))
"""Known alphabets, the smallest first; `89ab` are the variants of a UUID (RFC 9562)."""

COVERED = 0.9
"""A part is made of its common values alone where they cover at least this share of the rows."""

WITHIN = 0.98
KNOTS = 256
WORDS = 1000
LONGEST_NUMBER = 18
_BORDER = 5
_STRETCH = 1.3
_PATIENCE = 25


class Words(msgspec.Struct, frozen=True, tag="words"):
    """One of several texts (a separator is a single one), with the rows that hold each."""

    texts: tuple[str, ...]
    rows: tuple[int, ...]

    def draw(self, count: int, grow: int, random: np.random.Generator) -> list[str]:
        """That many texts."""
        if len(self.texts) == 1:
            return [self.texts[0]] * count
        return [self.texts[place] for place in _choose(self.rows, count, random).tolist()]


class Number(msgspec.Struct, frozen=True, tag="number"):
    """Digits that count, `width` long with leading zeros (0: as long as they are). Between two `knots` lies the same mass; a knot is the
    mean of several values."""

    knots: tuple[int, ...]
    width: int

    def draw(self, count: int, grow: int, random: np.random.Generator) -> list[str]:
        """That many numbers inside the range; the more it must `grow`, the further past its end, with more digits last of all."""
        low, high = np.asarray(self.knots[:-1], np.int64), np.asarray(self.knots[1:], np.int64)
        if grow:
            low, high = low[:1], np.asarray([self._end(grow)], np.int64)
        which = random.integers(0, len(low), count)
        values = random.integers(low[which], np.maximum(high[which], low[which]) + 1)
        return [str(value).zfill(self.width) for value in values.tolist()]

    def _end(self, grow: int) -> int:
        span = self.knots[-1] - self.knots[0] + 1
        end = self.knots[-1] + int(span * (_STRETCH**grow - 1)) + grow
        return int(min(end, 10**self.width - 1 if self.width and grow < _PATIENCE else 2**63 - 2))


class Place(msgspec.Struct, frozen=True):
    """The signs that may stand at one place, with their weights."""

    signs: str
    rows: tuple[int, ...]

    def draw(self, count: int, random: np.random.Generator) -> Array:
        """That many signs."""
        return np.asarray(list(self.signs))[_choose(self.rows, count, random)]


class Signs(msgspec.Struct, frozen=True, tag="signs"):
    """Signs place by place, for every length with the rows that have it."""

    rows: tuple[int, ...]
    places: tuple[tuple[Place, ...], ...]

    def draw(self, count: int, grow: int, random: np.random.Generator) -> list[str]:
        """That many texts, longer by a sign for every five steps of `grow`."""
        out = [""] * count
        which = _choose(self.rows, count, random)
        for number, places in enumerate(self.places):
            some = np.flatnonzero(which == number)
            more = (places[-1],) * ((grow + 4) // 5)
            for row, signs in zip(
                some.tolist(), zip(*(place.draw(len(some), random) for place in (*places, *more)), strict=True), strict=True
            ):
                out[row] = "".join(signs)
        return out


class Letters(msgspec.Struct, frozen=True, tag="letters"):
    """Words: the common ones as they are (`words`, over `rows` of other words), all others letter after letter. `after` has a place for
    every letter of `letters`."""

    words: Words
    rows: int
    lengths: Words
    first: Place
    letters: str
    after: tuple[Place, ...]

    def draw(self, count: int, grow: int, random: np.random.Generator) -> list[str]:
        """That many words; with `grow`, longer ones and none of the common ones."""
        common = sum(self.words.rows) if not grow else 0
        known = random.random(count) * (common + max(self.rows, 1)) < common
        texts = self._chains(count, grow, random)
        kept = iter(self.words.draw(int(known.sum()), 0, random)) if common else iter(())
        return [next(kept) if word else text for word, text in zip(known.tolist(), texts, strict=True)]

    def _chains(self, count: int, grow: int, random: np.random.Generator) -> list[str]:
        lengths = np.asarray([int(length) for length in self.lengths.draw(count, 0, random)], np.int64) + (grow + 4) // 5
        place_of = {letter: place for place, letter in enumerate(self.letters)}
        steps = np.zeros((len(self.letters), len(self.letters)))
        for place, following in enumerate(self.after):
            steps[place, [place_of[letter] for letter in following.signs]] = following.rows
        steps = np.cumsum(steps, 1) / steps.sum(1, keepdims=True)
        state = np.asarray([place_of[letter] for letter in self.first.draw(count, random).tolist()], np.int64)
        chain = [state]
        for _ in range(int(lengths.max(initial=1)) - 1):
            state = np.minimum((steps[state] <= random.random((count, 1))).sum(1), len(self.letters) - 1)
            chain.append(state)
        whole = np.stack(chain, 1)
        return [
            "".join(self.letters[place] for place in row[:length]) for row, length in zip(whole.tolist(), lengths.tolist(), strict=True)
        ]


Segment = Words | Number | Signs | Letters


def _choose(rows: Sequence[int], count: int, random: np.random.Generator) -> Array:
    share = np.asarray(rows, np.float64)
    return random.choice(len(share), count, p=share / share.sum())


def common_words(texts: Sequence[str]) -> Words:
    """The texts that at least `RARE` rows hold, the most frequent first; perhaps none."""
    counts = sorted(((text, rows) for text, rows in Counter(texts).items() if rows >= RARE), key=lambda pair: (-pair[1], pair[0]))[:WORDS]
    return Words(tuple(text for text, _ in counts), tuple(rows for _, rows in counts))


def fit_segment(texts: Sequence[str], shape: str, integer: bool = False) -> Segment:
    """Learns one part from all its texts. `shape`: `9` digits, `a` letters, anything else both mixed."""
    words = common_words(texts)
    if sum(words.rows) >= COVERED * len(texts):
        return words
    if shape == "9":
        number = _number(texts, integer)
        return number if number is not None else _signs(texts)
    lengths = common_words([str(len(text)) for text in texts])
    return _letters(texts, words, lengths) if shape == "a" and len(lengths.texts) > 2 else _signs(texts)


def _number(texts: Sequence[str], integer: bool) -> Number | None:
    """Digits as a number; None where they do not count: too long, or with leading zeros though of different lengths."""
    lengths = {len(text) for text in texts}
    padded = sum(1 for text in texts if text[0] == "0" and len(text) > 1)
    if (max(lengths) > LONGEST_NUMBER and not integer) or (len(lengths) > 1 and padded > 0.01 * len(texts)):
        return None
    return Number(_knots(sorted(int(text) for text in texts)), lengths.pop() if len(lengths) == 1 and not integer else 0)


def _knots(values: list[int]) -> tuple[int, ...]:
    """Borders between stretches of ten rows or more, each the mean of five values on either side; at the ends of those next to the last."""
    bins = min(max(len(values) // RARE, 1), KNOTS)
    cuts = [len(values) * place // bins for place in range(1, bins)]
    inner = [_mean(values[cut - _BORDER : cut + _BORDER]) for cut in cuts]
    return (_mean(values[1 : 1 + _BORDER] or values), *inner, _mean(values[-1 - _BORDER : -1] or values))


def _mean(values: list[int]) -> int:
    return sum(values) // len(values)


def alphabet_of(counts: Counter[str]) -> str:
    """The smallest known alphabet that holds nearly all signs; where none does, those that at least `RARE` rows hold."""
    total = sum(counts.values())
    for alphabet in ALPHABETS:
        if sum(counts[sign] for sign in alphabet) >= WITHIN * total:
            return alphabet
    return "".join(sorted(sign for sign, rows in counts.items() if rows >= RARE)) or _ALNUM


def _seen(texts: Iterable[str]) -> str:
    """The alphabet of a part: exactly the signs that many rows hold where those are nearly all, else a known one."""
    counts = Counter(sign for text in texts for sign in set(text))
    common = sorted(sign for sign, rows in counts.items() if rows >= RARE)
    covered = sum(counts[sign] for sign in common) >= 0.99 * sum(counts.values())
    return "".join(common) if covered else alphabet_of(counts)


def _signs(texts: Sequence[str]) -> Signs:
    lengths = common_words([str(len(text)) for text in texts])
    alphabet = _seen(texts)
    if not lengths.texts:
        place = Place(alphabet, (1,) * len(alphabet))
        return Signs((1,), ((place,) * max(int(np.median([len(text) for text in texts])), 1),))
    groups = [[text for text in texts if len(text) == int(length)] for length in lengths.texts]
    return Signs(lengths.rows, tuple(tuple(_place(Counter(signs), alphabet) for signs in zip(*group, strict=True)) for group in groups))


def _place(counts: Counter[str], alphabet: str) -> Place:
    """What may stand at a place: signs with the rows that hold them, or the alphabet around them evenly."""
    common = sorted((sign, rows) for sign, rows in counts.items() if rows >= RARE)
    if sum(rows for _, rows in common) >= COVERED * sum(counts.values()):
        return Place("".join(sign for sign, _ in common), tuple(rows for _, rows in common))
    known = alphabet_of(counts)
    signs = "".join(sign for sign in known if sign in alphabet) or known
    return Place(signs, (1,) * len(signs))


def _letters(texts: Sequence[str], words: Words, lengths: Words) -> Letters:
    first = _place(Counter(text[0] for text in texts), _seen(texts))
    pairs = Counter(pair for text in texts for pair in set(pairwise(text)))
    inner = _place(Counter(sign for text in texts for sign in text[1:]), _seen(text[1:] for text in texts))
    letters = "".join(sorted(set(first.signs + inner.signs)))
    after = []
    for letter in letters:
        common = [(other, pairs[letter, other]) for other in inner.signs if pairs[letter, other] >= RARE]
        after.append(Place("".join(sign for sign, _ in common), tuple(rows for _, rows in common)) if common else inner)
    return Letters(words, len(texts) - sum(words.rows), lengths, first, letters, tuple(after))
