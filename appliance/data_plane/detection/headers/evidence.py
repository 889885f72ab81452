"""Reads a column's name: which labels it speaks for, how strongly, and whether it speaks of something about them instead."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec

from appliance.configurations.entities import LABELS
from appliance.data_plane.detection.folding import fold

STRONG, WEAK = 4.0, 1.8
"""Log-odds that a header's words lend to a label."""
AGAINST = -3.0
"""What a negative word lends to every label that the header would speak for."""
_UNKNOWN_BESIDE, _NEUTRAL_BESIDE, _NOT_HEAD = 1.2, 0.2, 2.2
_LONGEST_NAME, _MOST_WORDS, _LONGEST_PHRASE = 120, 10, 5
_SHORT = 2
_LEAST_COMPOUND = 5

_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"[^\W_]+")
_TAIL = re.compile(r"(?<=\D)\d+$")
_EAST_ASIAN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


class HeaderEvidence(msgspec.Struct, frozen=True):
    """What a name says. `weights`: log-odds by label; `words`: the phrase behind each (ours, from the table, never the user's own);
    `negative`: a word says that the values are about something else."""

    weights: dict[str, float] = {}
    words: dict[str, str] = {}
    negative: bool = False


class _Vocabulary(msgspec.Struct, frozen=True):
    phrases: dict[str, tuple[tuple[str, float], ...]]
    glued: dict[str, str]
    compounds: dict[str, str]
    neutral: frozenset[str]
    negative: frozenset[str]


@cache
def _vocabulary() -> _Vocabulary:
    phrases: dict[str, dict[str, float]] = {}
    for line in _lines("phrases.txt"):
        label, _, rest = line.partition(":")
        if label not in LABELS:
            raise ValueError(f"unknown label {label} in the table of headers")
        strong, _, weak = rest.partition("~")
        for text, weight in ((strong, STRONG), (weak, WEAK)):
            for phrase in text.split(","):
                words = phrase.strip() if "'" not in phrase else " ".join(_WORDS.findall(phrase))
                if words:
                    phrases.setdefault(words, {}).setdefault(label, weight)
    table = {phrase: tuple(labels.items()) for phrase, labels in phrases.items()}
    glued = {phrase.replace(" ", ""): phrase for phrase in table if " " in phrase}
    compounds = {phrase: phrase for phrase in table if " " not in phrase and len(phrase) >= _LEAST_COMPOUND}
    return _Vocabulary(table, glued, compounds, _listed("neutral.txt"), _listed("negatives.txt"))


def _listed(name: str) -> frozenset[str]:
    return frozenset(word for line in _lines(name) for word in line.split())


def _lines(name: str) -> list[str]:
    text = (files(__package__) / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def words_of(name: str) -> list[str]:
    """The folded words of a column's name: `dateOfBirth_2` is date, of, birth, 2."""
    spaced = _CAMEL.sub(" ", name[:_LONGEST_NAME])
    return _WORDS.findall(fold(spaced))[:_MOST_WORDS]


@cache
def _nothing() -> HeaderEvidence:
    return HeaderEvidence()


def header_evidence(name: str) -> HeaderEvidence:
    """What a column's name says about its values."""
    words = words_of(name)
    if not words:
        return _nothing()
    known = _vocabulary()
    found = _found(words, known)
    if not found and _EAST_ASIAN.search(name):
        found = _inside(fold(name), known)
    held = {place for place, size, _, _ in found for place in range(place, place + size)}
    rest = [word for place, word in enumerate(words) if place not in held]
    negative = any(word in known.negative for word in rest)
    unknown = sum(1 for word in rest if word not in known.neutral and not word.isdigit() and not _EAST_ASIAN.search(word))
    return _weighed(found, known, negative, bool(rest), unknown)


def _weighed(found: list[tuple[int, int, str, float]], known: _Vocabulary, negative: bool, more: bool, unknown: int) -> HeaderEvidence:
    weights: dict[str, float] = {}
    words: dict[str, str] = {}
    head = max((place for place, *_ in found), default=0)
    for place, _, phrase, trust in found:
        for label, weight in known.phrases[phrase]:
            beside = (_UNKNOWN_BESIDE if unknown else _NEUTRAL_BESIDE) if more else 0.0
            lent = AGAINST if negative else max(0.3, (weight - beside - _NOT_HEAD * (place < head)) * trust)
            if lent > weights.get(label, -9.0) and not (negative and label in weights):
                weights[label], words[label] = lent, phrase
    return HeaderEvidence(weights, words, negative)


def _found(words: list[str], known: _Vocabulary) -> list[tuple[int, int, str, float]]:
    """Phrases of the table in the words, longest first, none over another: (place, words, phrase, trust)."""
    whole = "".join(words)
    if len(words) > 1 and whole in known.phrases:
        return [(0, len(words), whole, 1.0)]
    if whole in known.glued and " ".join(words) not in known.phrases:
        return [(0, len(words), known.glued[whole], 1.0)]
    found: list[tuple[int, int, str, float]] = []
    taken: set[int] = set()
    for size in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
        for place in range(len(words) - size + 1):
            if taken.intersection(range(place, place + size)):
                continue
            hit = _phrase(words[place : place + size], known)
            if hit:
                found.append((place, size, *hit))
                taken.update(range(place, place + size))
    return sorted(found)


def _phrase(words: list[str], known: _Vocabulary) -> tuple[str, float] | None:
    text = " ".join(words)
    for form in (text, _TAIL.sub("", text)):
        if form in known.phrases:
            return form, 0.75 if len(form) <= _SHORT and form.isascii() else 1.0
        if form in known.glued:
            return known.glued[form], 1.0
    if len(words) == 1:
        return _compound(_TAIL.sub("", text), known)
    return None


def _compound(word: str, known: _Vocabulary) -> tuple[str, float] | None:
    """A long word that ends in, or starts with, one of the table: Kundentelefonnummer."""
    if word in known.neutral or word in known.negative:
        return None
    for cut in range(1, len(word) - _SHORT):
        if word[:cut] in known.neutral and word[cut:] in known.phrases:
            return word[cut:], 1.0
    for cut in range(1, len(word) - _LEAST_COMPOUND + 1):
        if word[cut:] in known.compounds or word[cut:] in known.glued:
            phrase = known.glued.get(word[cut:], word[cut:])
            return phrase, 1.0 if len(word[cut:]) > _LEAST_COMPOUND or word[:cut] in known.neutral else 0.6
    for cut in range(len(word) - 1, _LEAST_COMPOUND - 1, -1):
        if word[:cut] in known.compounds and (word[cut:] in known.neutral or word[cut:] in known.negative):
            return word[:cut], 0.0 if word[cut:] in known.negative else 1.0
    return None


def _inside(name: str, known: _Vocabulary) -> list[tuple[int, int, str, float]]:
    """Scripts without blanks: the longest phrase of two signs or more inside the name."""
    hits = [phrase for phrase in known.phrases if len(phrase) > 1 and _EAST_ASIAN.search(phrase) and phrase in name]
    return [(0, 1, max(hits, key=len), 0.8)] if hits else []
