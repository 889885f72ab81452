"""A user's own labels (`label_predictors`): patterns run by RE2, and lists of words, over texts and over whole cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from appliance.configurations.label_predictors import LabelPredictors, OwnPattern
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.folding import fold
from appliance.data_plane.detection.text.byte_offsets import ByteOffsets
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.phrases import Phrases
from appliance.data_plane.detection.text.ranks import USER

WINDOW = 1024
"""Bytes that a search goes over at a time, and the longest match inside a longer text: many matches in one long line stay cheap."""
REACH = 40
"""Characters before a match in which a word of its label counts as context."""
_WORDS = re.compile(r"[^\W_]+")
_MEMORY = 64 << 20


class UserPatterns:
    """Made once from a configuration's predictors. Labels are `namespace/label`; scores are the configuration's, raised by context: half of
    what is missing to 1 is added where the words of the label stand in the header or shortly before the match."""

    def __init__(self, predictors: LabelPredictors) -> None:
        import re2

        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        self._patterns = predictors.patterns
        self._compiled = [re2.compile(pattern.regex, options=options) for pattern in self._patterns]
        self._anywhere = _set(re2.Set.SearchSet(options), self._patterns)
        self._whole = _set(re2.Set.FullMatchSet(options), self._patterns)
        self._phrases = Phrases(predictors.phrases)
        self._context = {label: frozenset(_WORDS.findall(fold(label.rpartition("/")[2]))) for label in predictors.labels}

    def label(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        """The label of each value as a whole: a pattern matches all of it, or it is one of the words. The likeliest one wins."""
        named = frozenset(_WORDS.findall(fold(header)))
        return [self._best_whole(value, named) for value in values]

    def _best_whole(self, value: str, named: frozenset[str]) -> Span | None:
        if not value:
            return None
        labels = [(self._patterns[number].score, self._patterns[number].label) for number in self._whole(_bytes(value))]
        labels.extend((score, label) for label, score in self._phrases.whole(value))
        raised = [(self._raised(score, label, named), label) for score, label in labels]
        if not raised:
            return None
        score, label = max(raised, key=lambda pair: pair[0])
        return Span(0, len(value), label, score)

    def spans(self, text: str, header: str = "") -> list[Span]:
        """Every match in a text, of patterns and words; matches may overlap."""
        named = frozenset(_WORDS.findall(fold(header)))
        found = [(start, end, label, score) for start, end, label, score in self._matches(text) if end > start]
        return [
            Span(start, end, label, self._raised(score, label, named | self._before(text, start))) for start, end, label, score in found
        ]

    def read(self, page: Page) -> None:
        """Add every match in the texts of a page."""
        for base, text in zip(page.starts, page.texts, strict=True):
            for span in self.spans(text):
                page.add(base + span.start, base + span.end, span.label, span.score, USER)

    def _matches(self, text: str) -> Iterator[tuple[int, int, str, float]]:
        data = _bytes(text)
        offsets = ByteOffsets(text, data)
        for number in self._anywhere(data):
            pattern = self._patterns[number]
            for start, end in matches(self._compiled[number], data):
                yield offsets.character(start), offsets.character(end), pattern.label, pattern.score
        yield from self._phrases.inside(text)

    def _raised(self, score: float, label: str, words: frozenset[str]) -> float:
        return 1 - (1 - score) / 2 if self._context[label] and self._context[label] <= words else score

    @staticmethod
    def _before(text: str, start: int) -> frozenset[str]:
        return frozenset(_WORDS.findall(fold(text[max(start - REACH, 0) : start])))


def matches(compiled: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """The matches of a compiled pattern, in windows, so that the time is the data's length times a constant whatever the pattern.

    In data longer than two windows a match is cut off behind `WINDOW` bytes."""
    at, size = 0, len(data)
    while at <= size:
        last = size if size - at <= 2 * WINDOW else at + 2 * WINDOW
        step = at
        for found in compiled.finditer(data, at, last):
            start, end = found.span()
            if last < size and start >= at + WINDOW:
                break
            yield start, end
            step = max(end, start + 1)
        at = size + 1 if last == size else max(step, at + WINDOW)


def _set(made: Any, patterns: Sequence[OwnPattern]) -> Any:
    for pattern in patterns:
        made.Add(pattern.regex)
    if not patterns:
        return lambda data: ()
    made.Compile()
    return lambda data: made.Match(data) or ()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
