"""Free text: a word n-gram model with back-off (Katz 1987 in its idea), learnt from the column alone.

It makes what looks like the column (its words, its marks, its lengths); it makes no fluent sentences. Nothing in it stands for fewer than
`RARE` training rows: not a word, not a continuation of up to three words, not a digit at a place of a number. No `SPAN` words in a row
that fewer than `RARE` training rows hold are ever made, nor a whole shorter text that fewer hold: both are remembered as marks."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.filters import Marks, mix
from appliance.data_plane.synthesis.text_theme import Theme

SPAN = 8
"""So many words in a row never leave where fewer than `RARE` training rows hold them."""

ORDER = 3
"""The most tokens before a token that it may depend on."""

BITS = 15
LENGTHS = 24
"""The most classes of lengths."""

LABEL = "\ue000"
"""Stands before the number of a class of lengths, in place of the texts of that class while the trees learn."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Continuations(msgspec.Struct, frozen=True):
    """What follows each context of so many tokens. `context`: sorted, each token in `BITS` bits; the tokens of context k stand at
    `start[k]` to `start[k + 1]` of `token`, `mass` is the running sum of their occurrences over all contexts; `seen`: the share of what
    follows the context in training that stands here."""

    context: Array
    start: Array
    token: Array
    mass: Array
    seen: Array


class TextModel(msgspec.Struct, frozen=True):
    """One column's texts. Tokens are numbers into `forms`; after them come the number of *start* and the number of *end*.

    `orders`: continuations of 0, 1, 2 … tokens. `words`: by token a hash of the word, 0 for marks. `ends`: which tokens may stand last.
    `shortest`, `longest`: of each class of lengths, in characters. `numbered`: tokens with digits, and in `digits` (those × places × 10)
    how often each digit stands at each place. `marks`: spans and short texts that may not be made. `theme`: on what the words depend."""

    column: int
    forms: tuple[str, ...]
    orders: tuple[Continuations, ...]
    words: Array
    ends: Array
    shortest: Array
    longest: Array
    numbered: Array
    digits: Array
    marks: Marks
    theme: Theme | None = None

    @property
    def start(self) -> int:
        return len(self.forms)

    @property
    def end(self) -> int:
        return len(self.forms) + 1

    def label(self, texts: pa.Array) -> pa.Array:
        """Given texts as the class of their length."""
        lengths = np.asarray(pc.utf8_length(pc.fill_null(texts, "")))
        return length_labels(np.searchsorted(self.longest[:-1], lengths), np.asarray(texts.is_valid()))


def span_hash(words: Array) -> Array:
    """One number for each row of word hashes (rows × `SPAN`)."""
    total = np.zeros(len(words), np.uint64)
    for place in range(words.shape[1]):
        total = total * _FACTOR + words[:, place]
    return mix(total)


def length_labels(classes: Array, present: Array) -> pa.Array:
    """Classes of length as the trees see them; nothing where no text is present."""
    return pa.array([f"{LABEL}{number}" for number in range(LENGTHS)]).take(pa.array(classes, pa.int64(), mask=~present))


def whole_hash(words: Array, starts: Array, counts: Array) -> Array:
    """One number for each text from its words, end to end; `starts`: each text's first word, `counts`: how many it has."""
    place = np.arange(len(words)) - np.repeat(starts, counts)
    terms = np.append(words * powers(int(counts.max(initial=0)))[place], np.uint64(0))
    total = np.where(counts > 0, np.add.reduceat(terms, np.minimum(starts, len(words))), np.uint64(0))
    return mix(total.astype(np.uint64) + counts.astype(np.uint64) * np.uint64(2))


def powers(count: int) -> Array:
    """What each place of a word in its text counts for."""
    return np.multiply.accumulate(np.full(count + 1, _FACTOR, np.uint64))


def end_marked(table: Array) -> Array:
    """Rows of words whose last place is the end of a text."""
    table = table.copy()
    table[:, -1] = np.uint64(2)
    return table
