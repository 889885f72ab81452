"""Finds person names, places and organisations in texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.tagger import model as model_file
from appliance.data_plane.detection.tagger.decoding import KINDS, LABELS, Floats, Stretches, posteriors, stretches
from appliance.data_plane.detection.tagger.features import Words, folded, token_rows, word_rows, words_of
from appliance.data_plane.detection.tagger.gazetteer import Gazetteer
from appliance.data_plane.detection.tagger.model import LANES, Model
from appliance.data_plane.detection.tagger.tokens import MARGIN, Tokens, tokenize

BATCH = 200_000
"""Characters that are tagged at a time."""
FLOOR = 0.3
"""Tokens are looked at whose probability of being anything reaches this; what is reported has a calibrated score of its own."""
CERTAIN = 6.0
"""Log-odds against every entity from which on a token counts as "nothing" without looking at its neighbours."""


class Tagger:
    """The tagger with its model in memory. It keeps no state between calls: a text's spans depend on nothing but the text."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def load(cls, source: Callable[[str], bytes] | None = None) -> Tagger:
        """The tagger with the shipped model (or the files that `source` gives by name). Raises `ModelDamaged`."""
        return cls(model_file.read(source) if source else model_file.read())

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Per text the person names, locations and organisations in it, in order of their start and without overlap. `score` is the
        calibrated probability that the stretch is personal data of that label."""
        if any(len(text) > BATCH for text in texts):
            return [found for text in texts for found in (self._long(text) if len(text) > BATCH else self.spans([text]))]
        found: list[list[Span]] = []
        for batch in _batches(texts):
            found += self._tag(batch)
        return found

    def _long(self, text: str) -> list[list[Span]]:
        """The spans of a text that is tagged in pieces, so that memory stays small."""
        found: list[Span] = []
        for start, end in pieces(text, BATCH):
            (inside,) = self._tag([text[start:end]])
            found += [Span(start + span.start, start + span.end, span.label, span.score) for span in inside]
        return [found]

    def _tag(self, texts: Sequence[str]) -> list[list[Span]]:
        tokens = tokenize(texts)
        scores = emissions(tokens, self._words(tokens), self._model)
        active = scores[:, 1:].max(1) > -CERTAIN
        active[tokens.ids == 0] = False
        found = stretches(posteriors(scores, self._model.transitions, active), FLOOR)
        return _spans(texts, tokens, found, self._model.head.calibration)

    def _words(self, tokens: Tokens) -> Words:
        return words_with_flags(tokens, self._model.gazetteer)


def words_with_flags(tokens: Tokens, gazetteer: Gazetteer) -> Words:
    """The distinct words of a batch with the lists they are in."""
    lower = [word.lower() for word in tokens.types]
    return words_of(tokens.types, lower, gazetteer.flags(folded(lower)))


def emissions(tokens: Tokens, words: Words, model: Model) -> Floats:
    """Score of each label at each token, before its neighbours' labels count: the sum of the weights of its features."""
    bits, table = model.head.bits, model.weights
    sums: dict[int, np.ndarray[tuple[int, int], np.dtype[np.int16]]] = {}
    for offset, row in word_rows(words, bits):
        if offset in sums:
            sums[offset] += table.take(row, axis=0)
        else:
            sums[offset] = table.take(row, axis=0)
    n = len(tokens.ids)
    padded = np.concatenate([np.zeros(MARGIN, np.int32), tokens.ids, np.zeros(MARGIN, np.int32)])
    total = np.zeros((n, LANES), np.int16)
    for offset, summed in sums.items():
        total += summed.take(padded[MARGIN + offset : MARGIN + offset + n], axis=0)
    for row in token_rows(tokens, words, bits):
        total += table.take(row, axis=0)
    return total[:, :LABELS].astype(np.float32) * np.float32(model.head.scale)


def pieces(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Where a text is cut into pieces of at most `most` characters: behind the last blank or line break of its second half."""
    start = 0
    while len(text) - start > most:
        end = max(text.rfind("\n", start + most // 2, start + most), text.rfind(" ", start + most // 2, start + most)) + 1
        end = end or start + most
        yield start, end
        start = end
    yield start, len(text)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for at, text in enumerate(texts):
        size += len(text)
        if size >= BATCH:
            yield texts[start : at + 1]
            start, size = at + 1, 0
    if start < len(texts):
        yield texts[start:]


def calibrated(score: Floats, slope: float, intercept: float) -> Floats:
    """Probability from a raw score: a logistic curve over its log-odds (Platt 1999)."""
    clipped = np.clip(score, 1e-6, 1 - 1e-6)
    return np.asarray(1 / (1 + np.exp(-(slope * np.log(clipped / (1 - clipped)) + intercept))), np.float32)


def _spans(texts: Sequence[str], tokens: Tokens, found: Stretches, calibration: Sequence[tuple[float, float]]) -> list[list[Span]]:
    result: list[list[Span]] = [[] for _ in texts]
    scores = np.zeros(len(found.first), np.float32)
    for kind, (slope, intercept) in enumerate(calibration):
        scores = np.where(found.kind == kind, calibrated(found.score, slope, intercept), scores)
    owner = np.searchsorted(tokens.edges, found.first, side="right") - 1
    starts = tokens.starts[found.first] - tokens.bases[owner]
    ends = tokens.ends[found.last] - tokens.bases[owner]
    for at, start, end, kind, score in zip(
        owner.tolist(), starts.tolist(), ends.tolist(), found.kind.tolist(), scores.tolist(), strict=True
    ):
        result[at].append(Span(start, end, KINDS[kind], round(score, 4)))
    return result
