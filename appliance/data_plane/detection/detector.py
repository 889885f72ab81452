"""The detector: which columns, cells and stretches of text hold personal data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from appliance.configurations.entities import told_as
from appliance.configurations.label_predictors import LabelPredictors
from appliance.data_plane.detection.cells import CellReader
from appliance.data_plane.detection.columns import ColumnReader
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict, Span
from appliance.data_plane.detection.lexicon import Lexicon

if TYPE_CHECKING:
    from appliance.data_plane.detection.text.scanner import TextScanner
    from appliance.data_plane.detection.text.user_patterns import UserPatterns


_MOST_TEXTS, _LONGEST_TEXT = 40, 2_000
"""Texts of a column of prose that are read for its verdict, and signs of each."""
_LONGEST_VALUE, _MOST_BLANKS = 80, 6
"""Signs, and blanks between words, of a cell that may be one bare value."""
_PROSE = re.compile(r"(?:[^\W\d_]{2,} ){3}[^\W\d_]{2,}|@|[\u3040-\u9fff\uac00-\ud7a3]{8}")
"""Some words in a row, as logs and lists of programs have them seldom."""

_REHEARSAL = tuple(
    ColumnSample(name, values, (1,) * len(values), len(values))
    for name, values in (
        ("name", ("Ada Bell", "Ben Carr", "Cleo Dorn")),
        ("mail", ("a@example.org", "b@example.org")),
        ("day", ("2001-02-03", "2001-02-04")),
        ("code", ("AB12 3CD", "EF45 6GH", "12345")),
        ("number", ("12345678901", "+49 30 1234567", "4111 1111 1111 1111")),
    )
)


class DetectorOptions(msgspec.Struct, frozen=True):
    """`labels`: canonical labels that are looked for (None: all); words of either vocabulary are for the caller to translate
    (`configurations.entities.canonical`). `label_predictors`: the user's own patterns and word lists. `use_names`: whether names,
    places and organisations are looked for inside running text."""

    labels: tuple[str, ...] | None = None
    label_predictors: LabelPredictors | None = None
    use_names: bool = True


def _own_patterns(predictors: LabelPredictors | None) -> UserPatterns | None:
    if predictors is None or not (predictors.patterns or predictors.phrases):
        return None
    from appliance.data_plane.detection.text.user_patterns import UserPatterns

    return UserPatterns(predictors)


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST_VALUE and text.strip().count(" ") <= _MOST_BLANKS


def _told(span: Span, wanted: frozenset[str] | None) -> Span | None:
    """A finding under the label that was asked for, None when none of what it is was."""
    told = span.label if wanted is None else told_as(span.label, wanted)
    if told is None or told == span.label:
        return None if told is None else span
    return msgspec.structs.replace(span, label=told)


class Detector:
    """Keeps no state between calls: the same values give the same verdicts, whatever came before."""

    def __init__(self, options: DetectorOptions, lexicon: Lexicon) -> None:
        self._options = options
        self._labels = None if options.labels is None else frozenset(options.labels)
        self._cells = CellReader(lexicon)
        self._columns = ColumnReader(lexicon, self._cells, self._labels)
        self._scanner: TextScanner | None = None
        self._own = _own_patterns(options.label_predictors)

    @classmethod
    def load(cls, options: DetectorOptions | None = None) -> Detector:
        """The detector with its word lists and expressions, built by a rehearsal, so that no column pays for them. What reads running
        text is loaded when first asked."""
        made = cls(options or DetectorOptions(), Lexicon.load())
        made._columns.verdicts(_REHEARSAL)
        return made

    def columns(self, samples: Sequence[ColumnSample]) -> tuple[ColumnVerdict, ...]:
        """The verdict on each column of one table, in order; columns beside each other lend each other evidence. Of a column of prose
        `others` tells which share of some of its texts holds each label."""
        verdicts = self._columns.verdicts(samples)
        return tuple(
            msgspec.structs.replace(verdict, others=self._inside(sample)) if verdict.shape is ColumnShape.TEXT else verdict
            for verdict, sample in zip(verdicts, samples, strict=True)
        )

    def _inside(self, sample: ColumnSample) -> dict[str, float]:
        texts = [text[:_LONGEST_TEXT] for text in sample.values[:: max(1, len(sample.values) // _MOST_TEXTS)]]
        if not any(map(_PROSE.search, texts)):
            return {}
        held = Counter(label for spans in self.spans(texts) for label in {span.label for span in spans})
        return {label: round(count / len(texts), 4) for label, count in sorted(held.items(), key=lambda pair: (-pair[1], pair[0]))}

    def cells(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        """The label of each distinct value as a whole, None where it is nothing that was asked for."""
        own = self._own
        users = own.label(values, header) if own else [None] * len(values)
        found = self._cells.read(values, header)
        return [user or self._asked(span) for user, span in zip(users, found, strict=True)]

    def spans(
        self, texts: Sequence[str], labels: Sequence[str] | None = None, threshold: float = 0.0, *,
        known: Sequence[Sequence[str]] | None = None,
    ) -> list[list[Span]]:  # fmt: skip
        """What lies inside each text, in order and without overlap. `labels`: only these; `threshold`: the least score; `known`: per text,
        names of people that other columns of its row hold."""
        if self._scanner is None:
            self._scanner = self._load_scanner()
        found = self._scanner.spans(texts, known)
        if labels is None and threshold <= 0.0:
            return found
        kept = None if labels is None else frozenset(labels)
        return [[told for span in spans if span.score >= threshold and (told := _told(span, kept))] for spans in found]

    def mixed_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """What lies inside each cell of a mixed column; a short one in which nothing is found is judged as a whole, by itself alone, and so
        alike in any batch."""
        found = self.spans(texts)
        bare = [place for place, spans in enumerate(found) if not spans and _is_short(texts[place])]
        for place, span in zip(bare, self._cells.alone([texts[place] for place in bare]), strict=True):
            told = self._asked(span)
            found[place] = [] if told is None else [told]
        return found

    def _asked(self, span: Span | None) -> Span | None:
        return None if span is None else _told(span, self._labels)

    def _load_scanner(self) -> TextScanner:
        from appliance.data_plane.detection.text.options import TextOptions
        from appliance.data_plane.detection.text.scanner import TextScanner

        return TextScanner.load(TextOptions(use_names=self._options.use_names, labels=self._labels, user=self._own))
