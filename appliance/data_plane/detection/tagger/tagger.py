"""Finds person names, places and organisations in texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.tagger import model as model_file
from appliance.data_plane.detection.tagger.answers import answers
from appliance.data_plane.detection.tagger.decoding import KINDS, LABELS, Floats, posteriors, stretches
from appliance.data_plane.detection.tagger.features import Words, folded, token_rows, word_rows, words_of
from appliance.data_plane.detection.tagger.gazetteer import COMMON, Gazetteer
from appliance.data_plane.detection.tagger.model import LANES, Model
from appliance.data_plane.detection.tagger.tokens import MARGIN, Tokens, tokenize

BATCH = 200_000
"""Characters that are tagged at a time."""
FLOOR = 0.3
"""Tokens are looked at whose probability of being anything reaches this; what is reported has a calibrated score of its own."""
CERTAIN = 3.0
"""Log-odds against every entity from which on a token counts as "nothing", unless it is within `REACH` of one that does not."""
REACH = 2
KNOWN = 4.0
"""What a name that is known from the row's other columns adds to the score of being one, in nats."""

PERSON = 1 + 2 * KINDS.index("person_name")


class Tagger:
    """The tagger with its model in memory. It keeps no state between calls: a text's spans depend on nothing but the text."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def load(cls, source: Callable[[str], bytes] | None = None) -> Tagger:
        """The tagger with the shipped model (or the files that `source` gives by name). Raises `ModelDamaged`."""
        return cls(model_file.read(source) if source else model_file.read())

    def spans(self, texts: Sequence[str], known: Sequence[Sequence[str]] | None = None) -> list[list[Span]]:
        """Per text the person names, locations, postcodes and organisations in it, in order of their start and without overlap. `score` is
        the calibrated probability that the stretch is personal data of that label.

        `known`: per text, person names that are already known from elsewhere (other columns of its row): their words count as names
        wherever the text has them with a capital, and where they are no ordinary words in lower case too."""
        found: list[list[Span]] = []
        for start, end in _batches(texts):
            names = None if known is None else known[start:end]
            if end - start == 1 and len(texts[start]) > BATCH:
                found.append(self._long(texts[start], names))
            else:
                found += self._tag(texts[start:end], names)
        return found

    def _long(self, text: str, known: Sequence[Sequence[str]] | None) -> list[Span]:
        """The spans of a text that is tagged in pieces, so that memory stays small."""
        found: list[Span] = []
        for start, end in pieces(text, BATCH):
            (inside,) = self._tag([text[start:end]], known)
            found += [Span(start + span.start, start + span.end, span.label, span.score) for span in inside]
        return found

    def _tag(self, texts: Sequence[str], known: Sequence[Sequence[str]] | None) -> list[list[Span]]:
        tokens = tokenize(texts)
        words = words_with_flags(tokens, self._model.gazetteer)
        scores = emissions(tokens, words, self._model)
        if known is not None:
            named = known_tokens(tokens, words, known)
            scores[named, PERSON : PERSON + 2] += KNOWN
        active = near(scores[:, 1:].max(1) > -CERTAIN) & (tokens.ids != 0)
        found = stretches(posteriors(scores, self._model.transitions, active), FLOOR)
        return answers(texts, tokens, found, self._model.head.calibration)


def near(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The chosen tokens and those within `REACH` of one."""
    wider = chosen.copy()
    for step in range(1, REACH + 1):
        wider[step:] |= chosen[:-step]
        wider[:-step] |= chosen[step:]
    return wider


def known_tokens(tokens: Tokens, words: Words, known: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """The tokens that are a word of a name known for their text: written with a capital, or no ordinary word."""
    numbers: dict[str, list[int]] = {}
    for number, word in enumerate(tokens.types):
        if len(word) > 1 and (word[0].isupper() or not int(words.flags[number]) & COMMON):
            numbers.setdefault(word.lower(), []).append(number)
    places = [np.zeros(0, np.int64)]
    for at, names in enumerate(known):
        first, last = tokens.edges[at], tokens.edges[at + 1]
        wanted = [number for name in names for word in tokenize([name]).types for number in numbers.get(word.lower(), ())]
        if wanted:
            places.append(first + np.flatnonzero(np.isin(tokens.ids[first:last], wanted)))
    return np.unique(np.concatenate(places))


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


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Stretches of texts of about `BATCH` characters; a longer text is alone."""
    start = size = 0
    for at, text in enumerate(texts):
        if start < at and size + len(text) > BATCH:
            yield start, at
            start, size = at, 0
        size += len(text) + MARGIN
    if start < len(texts):
        yield start, len(texts)
