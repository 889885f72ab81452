"""Finds personal data in texts, many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text import announced, dates, places
from appliance.data_plane.detection.text.engines import Engine, engine_of
from appliance.data_plane.detection.text.folding import words as word_bytes
from appliance.data_plane.detection.text.merge import settled
from appliance.data_plane.detection.text.numbers import Numbers
from appliance.data_plane.detection.text.options import TextOptions
from appliance.data_plane.detection.text.page import Found, Page
from appliance.data_plane.detection.text.signs import NUMBER, SIGNS
from appliance.data_plane.detection.text.vocabulary import Word, vocabulary

if TYPE_CHECKING:
    from appliance.data_plane.detection.text.names import Names

_PAGE_SIZE = 1 << 20


class TextScanner:
    """Made once by `load`, then asked as often as wanted; it keeps nothing of the texts but shapes of numbers."""

    def __init__(self, options: TextOptions, engine: Engine, words: Sequence[Word], names: Names | None) -> None:
        self._options = options
        self._engine = engine
        self._words = words
        self._names = names
        self._numbers = Numbers(options.regions)
        self._sign_readers = (self._number, self._number, *(reader for _, reader in SIGNS))

    @classmethod
    def load(cls, options: TextOptions | None = None) -> TextScanner:
        """Compile the patterns, and read the tagger's model where names are asked for."""
        options = options or TextOptions()
        words = vocabulary()
        engine = engine_of(options.engine, [*NUMBER, *(pattern for pattern, _ in SIGNS)], [word.text for word in words])
        return cls(options, engine, words, _names(options))

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The personal data of each text: in order of places, without overlaps, offsets in its characters."""
        found: list[list[Span]] = []
        for batch in _batches(texts):
            found.extend(self._page(batch))
        return found

    def _page(self, texts: Sequence[str]) -> list[list[Span]]:
        page = Page(texts)
        self._read_words(page)
        for end, number in self._engine.signs(page.data):
            self._sign_readers[number](page, end - 1, end)
        if self._names is not None:
            self._names.read(page)
        if self._options.user is not None:
            self._options.user.read(page)
        return self._answer(page, settled(page.found))

    def _number(self, page: Page, start: int, end: int) -> None:
        self._numbers.read(page, start)

    def _read_words(self, page: Page) -> None:
        later = []
        for end, number in self._engine.words(word_bytes(page.data)):
            word = self._words[number]
            start = end - len(word.text)
            if word.cues:
                page.add_cue(start, end, word.cues)
            later.append((start, end, word))
        for start, end, word in later:
            if word.month:
                dates.date_with_month(page, start, end)
            if word.box:
                places.post_box(page, start, end)
            if word.cues and not announced.LABELS.isdisjoint(word.cues):
                announced.announced_value(page, start, end, word.cues)

    def _answer(self, page: Page, kept: list[Found]) -> list[list[Span]]:
        wanted, threshold = self._options.labels, self._options.threshold
        answer: list[list[Span]] = [[] for _ in page.texts]
        ends = [start + len(text) for start, text in zip(page.starts, page.texts, strict=True)]
        index = 0
        for start, end, label, score, _ in kept:
            while start >= ends[index]:
                index += 1
            if score >= threshold and (wanted is None or label in wanted):
                offset = page.starts[index]
                answer[index].append(Span(start - offset, end - offset, label, score))
        return answer


def _names(options: TextOptions) -> Names | None:
    if not options.use_names:
        return None
    from appliance.data_plane.detection.text.names import Names

    return Names.load()


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first, size = 0, 0
    for index, text in enumerate(texts):
        size += len(text)
        if size >= _PAGE_SIZE:
            yield texts[first : index + 1]
            first, size = index + 1, 0
    if first < len(texts):
        yield texts[first:]
