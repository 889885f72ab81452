"""Shapes: a value as it may be shown to anybody. Letters become x, digits 9, and of what else there is only usual marks are kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from appliance.data_plane.detection.finding import Span

LEAST_LENGTH = 4
"""Values shorter than this have no shape worth showing: it would be all there is to them."""
MOST_SHAPES = 3
_LONGEST = 64
_MOST_LETTERS = 3
_KEPT = frozenset(" .,-_/:;()+#'@&%$")
_OTHER = "·"


def shape_of(value: str) -> str:
    """The shape of a value: `xxx.xxx@xxx.xxx`, `+99 99 999 99 99`. Runs of letters are cut to three, so that no name shows its length;
    digits keep their number, which is their format's. Empty for a value too short to have one."""
    plain = value.strip()
    if len(plain) < LEAST_LENGTH:
        return ""
    marks = "".join("x" if mark.isalpha() else "9" if mark.isnumeric() else mark if mark in _KEPT else _OTHER for mark in plain[:200])
    short = re.sub(r"·+", _OTHER, re.sub(r"x{4,}", "x" * _MOST_LETTERS, marks))
    return short if len(short) <= _LONGEST else short[: _LONGEST - 1] + "…"


def usual_shapes(values: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """The most usual shapes of values with their counts, the most usual first (ties by the shape itself)."""
    counts: Counter[str] = Counter()
    for value, count in values:
        shape = shape_of(value)
        if shape:
            counts[shape] += count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(shape for shape, _ in ranked[:MOST_SHAPES])


def redacted(text: str, spans: Iterable[Span]) -> str:
    """A text in which each span is its label in angle brackets and everything else its shape, word by word."""
    parts, place = [], 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < place:
            continue
        parts += [blurred(text[place : span.start]), f"<{span.label}>"]
        place = span.end
    return "".join([*parts, blurred(text[place:])])


def blurred(text: str) -> str:
    """A text with every letter an x and every digit a 9, at most three of either in a row."""
    marks = "".join("x" if mark.isalpha() else "9" if mark.isnumeric() else _mark(mark) for mark in text)
    return re.sub(r"9{4,}", "999", re.sub(r"x{4,}", "xxx", marks))


def _mark(character: str) -> str:
    return character if character in _KEPT else " " if character.isspace() else _OTHER
