"""Texts as numbered words and runs of words: what was said before, how often, and which passages were copied."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Counts, Hashes
from appliance.data_plane.quality.comparison import mixed

WITHOUT_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts whose words are not set apart by spaces: each of their letters counts as a word."""
_WORD = re.compile(rf"[{WITHOUT_SPACES}]|[^\W_{WITHOUT_SPACES}]+(?:['’-][^\W_{WITHOUT_SPACES}]+)*")
_LETTER_WORD = re.compile(rf"[{WITHOUT_SPACES}]")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def words_of(text: str) -> list[str]:
    """The words of a text in small letters."""
    return _WORD.findall(text.lower())


def mostly_letters(words: Sequence[Sequence[str]]) -> bool:
    """Whether most words are single letters of a script without spaces."""
    total = sum(map(len, words))
    return sum(1 for line in words for word in line if _LETTER_WORD.match(word)) * 2 > total > 0


class Tokens(msgspec.Struct, frozen=True):
    """The words of many texts end to end: `words[i]` is the number of a word, `rows[i]` the text that it stands in, ascending."""

    words: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    texts: int


def number_words(*sides: Sequence[Sequence[str]]) -> tuple[list[Tokens], list[str]]:
    """Several tables' texts in shared word numbers, and the words by number."""
    known: dict[str, int] = {}
    found = []
    for side in sides:
        words = np.fromiter((known.setdefault(word, len(known)) for line in side for word in line), np.int64)
        rows = np.repeat(np.arange(len(side)), [len(line) for line in side]).astype(np.int64)
        found.append(Tokens(words, rows, len(side)))
    return found, list(known)


def runs(tokens: Tokens, length: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """The digest of every run of `length` words inside a text, and the place of its first word."""
    last = len(tokens.words) - length + 1
    if last <= 0:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    places = np.flatnonzero(tokens.rows[:last] == tokens.rows[length - 1 :])
    digests = np.zeros(len(places), np.uint64)
    with np.errstate(over="ignore"):
        for step in range(length):
            digests = (digests ^ mixed(tokens.words[places + step].astype(np.uint64))) * _FACTOR
    return digests, places


def unseen_share(known: Tokens, asked: Tokens, length: int) -> float | None:
    """The share of the runs of `asked` that `known` never has; None when it has no run."""
    digests, _ = runs(asked, length)
    if not len(digests):
        return None
    return float(1 - np.isin(digests, np.unique(runs(known, length)[0])).mean())


class Copied(msgspec.Struct, frozen=True):
    """Passages of at least `words` words that also stand in few training texts: how many, in how many texts, the longest in words."""

    words: int
    passages: int
    texts: int
    share: float
    longest: int


def copied_passages(known: Tokens, asked: Tokens, length: int, common: int) -> Copied:
    """Runs of `asked` that stand in at least one and fewer than `common` texts of `known`; neighbouring runs are one passage."""
    digests, places = runs(known, length)
    pairs = np.unique(np.stack([digests, known.rows[places].astype(np.uint64)], axis=1), axis=0)[:, 0]
    held, counts = np.unique(pairs, return_counts=True)
    asked_digests, asked_places = runs(asked, length)
    hit = asked_places[np.isin(asked_digests, held[counts < common])]
    if not len(hit):
        return Copied(length, 0, 0, 0.0, 0)
    breaks = np.flatnonzero((np.diff(hit) > 1) | (np.diff(asked.rows[hit]) > 0))
    starts, ends = hit[np.r_[0, breaks + 1]], hit[np.r_[breaks, len(hit) - 1]]
    texts = len(np.unique(asked.rows[hit]))
    return Copied(length, len(starts), texts, texts / max(1, asked.texts), int((ends - starts).max()) + length)


def texts_with(tokens: Tokens, vocabulary: int) -> Counts:
    """In how many texts each word stands."""
    pairs = np.unique(tokens.rows * max(1, vocabulary) + tokens.words)
    return np.bincount(pairs % max(1, vocabulary), minlength=vocabulary).astype(np.int64)
