"""Lists of words and phrases, met as whole words; case and accents make no difference unless a list says that case does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from appliance.configurations.label_predictors import OwnPhrases
from appliance.data_plane.detection.folding import fold

_WORD = re.compile(r"\w+")
_LONGEST_GAP = 3
"""Signs and blanks that may stand between two words of a phrase."""

Meaning = tuple[str, float, str]
"""Label, score, and the words as they must be written where case counts, else nothing."""


class Phrases:
    """An index from a phrase's folded words to its labels. A phrase without a word in it is found sign by sign."""

    def __init__(self, lists: Sequence[OwnPhrases]) -> None:
        self._meanings: dict[tuple[str, ...], list[Meaning]] = {}
        self._lengths: dict[str, set[int]] = {}
        self._signs: list[tuple[str, str, float]] = []
        for entry in lists:
            for phrase in entry.phrases:
                self._add(phrase.strip(), entry)

    def _add(self, phrase: str, entry: OwnPhrases) -> None:
        words = _WORD.findall(phrase)
        if not words:
            self._signs.append((phrase, entry.label, entry.score))
            return
        key = tuple(map(fold, words))
        self._meanings.setdefault(key, []).append((entry.label, entry.score, " ".join(words) if entry.case_sensitive else ""))
        self._lengths.setdefault(key[0], set()).add(len(key))

    def whole(self, value: str) -> list[tuple[str, float]]:
        """Label and score of every list that has the value."""
        words = _WORD.findall(value)
        found = [(label, score) for label, score in self._meant(words, tuple(map(fold, words)))] if words else []
        return found + [(label, score) for sign, label, score in self._signs if sign == value.strip()]

    def inside(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        """Start, end, label and score of every phrase in a text."""
        if self._lengths:
            yield from self._words(text)
        for sign, label, score in self._signs:
            at = text.find(sign)
            while at >= 0:
                yield at, at + len(sign), label, score
                at = text.find(sign, at + len(sign))

    def _words(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        places = [(found.start(), found.end(), found.group()) for found in _WORD.finditer(text)]
        folded = [fold(word) for _, _, word in places]
        for index, first in enumerate(folded):
            for length in self._lengths.get(first, ()):
                last = index + length - 1
                if last < len(places) and _together(places[index : last + 1]):
                    words = [word for _, _, word in places[index : last + 1]]
                    for label, score in self._meant(words, tuple(folded[index : last + 1])):
                        yield places[index][0], places[last][1], label, score

    def _meant(self, words: Sequence[str], folded: tuple[str, ...]) -> Iterator[tuple[str, float]]:
        for label, score, exact in self._meanings.get(folded, ()):
            if not exact or exact == " ".join(words):
                yield label, score


def _together(places: Sequence[tuple[int, int, str]]) -> bool:
    return all(after[0] - before[1] <= _LONGEST_GAP for before, after in pairwise(places))
