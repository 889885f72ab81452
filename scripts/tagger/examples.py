"""Training examples: the teacher's sentences, cleaned, and varied by other names and other case; token labels and feature rows."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance.data_plane.detection.tagger.decoding import KINDS
from appliance.data_plane.detection.tagger.features import folded, token_rows, word_rows, words_of
from appliance.data_plane.detection.tagger.gazetteer import CITY, COUNTRY, FIRST, LAST, ORGANISATION, Gazetteer
from appliance.data_plane.detection.tagger.tokens import MARGIN, tokenize
from scripts.tagger.frames import Text, Writer

TECHNICAL = ("python-doc", "django-doc", "postgresql-doc", "apache2-doc", "rust-doc", "sqlite3-doc", "docstrings")
"""Sources in which teachers take names of programs for organisations and people: only what the word lists confirm is kept."""
HIDDEN_FLAGS, HIDDEN_SPELLING = 0.3, 0.25
"""Shares of distinct words whose lists, and whose own spelling, are kept from the learner, so that it can do without."""
SLOTS = {"person_name": ("person", "first", "last"), "location": ("city", "country", "region"), "organization_name": ("org",)}


class Examples(NamedTuple):
    """`rows`: tokens × features, -1 for none; `labels` per token; `edges`: where each text's tokens start and, last, end."""

    rows: NDArray[np.int32]
    labels: NDArray[np.int8]
    edges: NDArray[np.int64]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    if text[start:end].lower().startswith("the "):
        start += 4
    if text[start:end].endswith(("'s", "’s")):
        end -= 2
    return start, end


def _confirmed(words: str, label: str, lists: Gazetteer) -> bool:
    values = words.lower().split()
    if not values:
        return False
    bits = lists.flags(folded(values)).astype(int)
    if label == "person_name":
        return len(values) > 1 and bool(bits[0] & FIRST) and bool(bits[-1] & LAST)
    if label == "location":
        return all(b & (CITY | COUNTRY) for b in bits)
    return len(values) > 1 and bool(bits[-1] & ORGANISATION)


def prose(path: Path, lists: Gazetteer) -> list[Text]:
    """The sentences on which the teachers agree, articles and possessive endings cut off the names."""
    found = []
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if not line["agreed"]:
                continue
            text, spans = line["text"], []
            for start, end, label in line["spans"]:
                a, b = _trimmed(text, start, end)
                if a < b and (line["source"] not in TECHNICAL or _confirmed(text[a:b], label, lists)):
                    spans.append((a, b, label))
            found.append(Text(text, spans))
    return found


def swapped(text: Text, writer: Writer) -> Text:
    """The sentence with other names in the same places."""
    pieces, spans, at, size = [], [], 0, 0
    home = writer.home()
    for start, end, label in text.spans:
        choices = SLOTS[label]
        slot = choices[0] if label == "person_name" and " " in text.text[start:end] else writer.chance.choice(choices[-2:])
        value = writer.name(slot, home)
        pieces += [text.text[at:start], value]
        size += start - at
        spans.append((size, size + len(value), label))
        size += len(value)
        at = end
    return Text("".join([*pieces, text.text[at:]]), spans)


def cased(text: Text, chance: random.Random) -> Text:
    """The sentence in lower case or capitals, or without its last stop."""
    changed = chance.choice((text.text.lower, text.text.lower, text.text.upper, text.text.title))()
    return Text(changed, text.spans) if len(changed) == len(text.text) else text


def token_labels(texts: Sequence[Text]) -> NDArray[np.int8]:
    """Label per token of the joined texts, as `tokenize` cuts them."""
    tokens = tokenize([text.text for text in texts])
    labels = np.zeros(len(tokens.ids), np.int8)
    for number, text in enumerate(texts):
        first, last = tokens.edges[number], tokens.edges[number + 1]
        starts = tokens.starts[first:last] - tokens.bases[number]
        ends = tokens.ends[first:last] - tokens.bases[number]
        for start, end, label in text.spans:
            inside = first + np.flatnonzero((starts < end) & (ends > start))
            labels[inside] = 2 + 2 * KINDS.index(label)
            labels[inside[:1]] -= 1
    return labels


def featurise(texts: Sequence[Text], lists: Gazetteer, bits: int, chance: np.random.Generator | None = None) -> Examples:
    """Feature rows and labels of some texts. With `chance`, a share of the words hides its lists or its spelling."""
    tokens = tokenize([text.text for text in texts])
    lower = [word.lower() for word in tokens.types]
    flags = lists.flags(folded(lower))
    hidden = np.zeros(len(lower), bool)
    if chance is not None:
        flags = np.where((chance.random(len(lower)) < HIDDEN_FLAGS) & (flags & np.uint64(128) == 0), np.uint64(0), flags)
        hidden = (chance.random(len(lower)) < HIDDEN_SPELLING) & (flags & np.uint64(128) == 0)
    words = words_of(tokens.types, lower, flags)
    n = len(tokens.ids)
    padded = np.concatenate([np.zeros(MARGIN, np.int32), tokens.ids, np.zeros(MARGIN, np.int32)])
    columns = []
    for number, (offset, row) in enumerate(word_rows(words, bits)):
        kept = np.where(hidden, -1, row) if number in SPELLING else row
        columns.append(kept[padded[MARGIN + offset : MARGIN + offset + n]])
    columns += list(token_rows(tokens, words, bits))
    edges = np.array([*tokens.edges], np.int64)
    return Examples(np.stack(columns, 1).astype(np.int32), token_labels(texts), edges)


SPELLING = (9, 10)
"""Places, among the features of single words, of the token's own lower-case and exact spelling."""
