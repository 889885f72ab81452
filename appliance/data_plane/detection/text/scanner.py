"""Finds personal data in texts, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy

from appliance.configurations.entities import told_as
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text import announced, dates, places
from appliance.data_plane.detection.text.engines import Engine, engine_of
from appliance.data_plane.detection.text.folding import words as word_bytes
from appliance.data_plane.detection.text.merge import settled
from appliance.data_plane.detection.text.numbers import Numbers
from appliance.data_plane.detection.text.options import TextOptions
from appliance.data_plane.detection.text.page import Found, Page
from appliance.data_plane.detection.text.signs import SIGNS
from appliance.data_plane.detection.text.vocabulary import Word, cue_bits, vocabulary

if TYPE_CHECKING:
    from appliance.data_plane.detection.text.names import Names

_PAGE_SIZE = 1 << 20
LONGEST = 4 << 20
"""Characters of a text that are read at a time."""


class TextScanner:
    """Made once by `load`, then asked as often as wanted; it keeps nothing of the texts but shapes of numbers."""

    def __init__(self, options: TextOptions, engine: Engine, words: Sequence[Word], names: Names | None) -> None:
        self._options = options
        self._engine = engine
        self._words = words
        self._names = names
        self._cue_bits = numpy.array([cue_bits(word.cues) for word in words], dtype=numpy.uint64)
        self._labels = [word.cues for word in words]
        self._lengths = [len(word.text) for word in words]
        self._active = [bool(word.month or word.box or word.cues & (announced.LABELS | announced.SECRETS)) for word in words]
        self._numbers = Numbers(options.regions)
        self._sign_readers = tuple(reader for _, reader in SIGNS)

    @classmethod
    def load(cls, options: TextOptions | None = None) -> TextScanner:
        """Compile the patterns, and read the tagger's model where names are asked for."""
        options = options or TextOptions()
        words = vocabulary()
        engine = engine_of(options.engine, [pattern for pattern, _ in SIGNS], [word.text for word in words])
        return cls(options, engine, words, _names(options))

    def spans(self, texts: Sequence[str], known: Sequence[Sequence[str]] | None = None) -> list[list[Span]]:
        """The personal data of each text: in order of places, without overlaps, offsets in its characters. Equal texts are read once.

        `known`: per text, names of people that other columns of its row hold; they are found with less doubt."""
        if any(len(text) > LONGEST for text in texts):
            return [spans for at, text in enumerate(texts) for spans in self._alone(text, None if known is None else known[at : at + 1])]
        if known is not None:
            return [spans for batch, names in _batches_with(texts, known) for spans in self._page(batch, names)]
        distinct = dict.fromkeys(texts)
        found = [spans for batch in _batches(list(distinct)) for spans in self._page(batch)]
        if len(distinct) == len(texts):
            return found
        answers = dict(zip(distinct, found, strict=True))
        return [list(answers[text]) for text in texts]

    def _alone(self, text: str, known: Sequence[Sequence[str]] | None) -> list[list[Span]]:
        """One text, in pieces where it is long, so that memory stays small."""
        found: list[Span] = []
        for start, end in pieces(text, LONGEST):
            (spans,) = self._page([text[start:end]], known)
            found.extend(Span(start + span.start, start + span.end, span.label, span.score) for span in spans)
        return [found]

    def _page(self, texts: Sequence[str], known: Sequence[Sequence[str]] | None = None) -> list[list[Span]]:
        page = Page(texts)
        self._read_words(page)
        self._numbers.read(page)
        for end, number in self._engine.signs(page.data):
            self._sign_readers[number](page, end - 1, end)
        if self._names is not None:
            self._names.read(page, known)
        if self._options.user is not None:
            self._options.user.read(page)
        return self._answer(page, settled(page.found))

    def _read_words(self, page: Page) -> None:
        hits = self._engine.words(word_bytes(page.data))
        cues = [hit for hit in hits if self._labels[hit[1]]]
        numbers = [number for _, number in cues]
        starts = [end - self._lengths[number] for end, number in cues]
        page.set_cues(
            starts,
            [end for end, _ in cues],
            [self._labels[number] for number in numbers],
            self._cue_bits[numpy.array(numbers, dtype=numpy.intp)],
        )
        for end, number in hits:
            if self._active[number]:
                self._read_word(page, end - self._lengths[number], end, self._words[number])

    @staticmethod
    def _read_word(page: Page, start: int, end: int, word: Word) -> None:
        if word.month:
            dates.date_with_month(page, start, end)
        if word.box:
            places.post_box(page, start, end)
        if word.cues:
            announced.announced_value(page, start, end, word.cues)

    def _answer(self, page: Page, kept: list[Found]) -> list[list[Span]]:
        wanted, threshold = self._options.labels, self._options.threshold
        answer: list[list[Span]] = [[] for _ in page.texts]
        owners = numpy.searchsorted(page.starts, [start for start, *_ in kept], side="right") - 1
        for owner, (start, end, label, score, _) in zip(owners.tolist(), kept, strict=True):
            told = label if wanted is None else told_as(label, wanted)
            if score >= threshold and told is not None:
                offset = page.starts[owner]
                answer[owner].append(Span(start - offset, end - offset, told, score))
        return answer


def _names(options: TextOptions) -> Names | None:
    if not options.use_names:
        return None
    from appliance.data_plane.detection.text.names import Names

    return Names.load(options.ner_model)


def pieces(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Where a text is cut into pieces of at most `most` characters: behind the last line break or blank of a piece's second half."""
    start = 0
    while len(text) - start > most:
        half, full = start + most // 2, start + most
        end = max(text.rfind("\n", half, full), text.rfind(" ", half, full)) + 1 or full
        yield start, end
        start = end
    yield start, len(text)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first, size = 0, 0
    for index, text in enumerate(texts):
        size += len(text)
        if size >= _PAGE_SIZE:
            yield texts[first : index + 1]
            first, size = index + 1, 0
    if first < len(texts):
        yield texts[first:]


def _batches_with(texts: Sequence[str], known: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    first = 0
    for batch in _batches(texts):
        yield batch, known[first : first + len(batch)]
        first += len(batch)
