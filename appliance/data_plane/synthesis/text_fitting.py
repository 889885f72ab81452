"""Learning a text model: which words, continuations, lengths and digits enough training rows hold, and what may never be made."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import Marks, make_marks
from appliance.data_plane.synthesis.options import RARE, Note
from appliance.data_plane.synthesis.text_model import (
    BITS,
    LABEL,
    LENGTHS,
    ORDER,
    SPAN,
    Continuations,
    TextModel,
    end_marked,
    length_labels,
    span_hash,
    whole_hash,
)
from appliance.data_plane.synthesis.text_theme import find_theme
from appliance.data_plane.synthesis.text_tokens import CODEPOINTS, DIGITS, Tokens, tokenise
from appliance.data_plane.tables.schema import ColumnKind, Table

VOCABULARY = 2**BITS - 2
LEAST_TEXTS = 100
"""Fewer free texts have too few words that enough of them hold."""

LEAST_COVER = 0.3
"""The share of a column's words that must be among those that may be made."""


def with_text_classes(table: Table, seed: int) -> tuple[Table, tuple[TextModel, ...], tuple[Note, ...]]:
    """The table as the trees learn it: texts that fewer than `RARE` rows hold are replaced by the class of their length. Columns without
    enough texts, or whose texts are JSON, stay as they are."""
    data, models, notes = table.data, [], []
    for place, schema in enumerate(table.schema.columns):
        if schema.kind is not ColumnKind.TEXT:
            continue
        column = whole(table.data.column(place))
        column = column if pa.types.is_string(column.type) else column.cast(pa.string())
        free = _free(column)
        fitted = fit_text(table, place, column, free, seed) if free.sum() >= LEAST_TEXTS and not _is_json(column) else None
        if fitted is None:
            continue
        model, classes = fitted
        labels = np.full(len(column), 0)
        labels[free] = classes
        data = data.set_column(place, schema.name, pc.if_else(pa.array(free), length_labels(labels, free), column))
        models.append(model)
        notes.append(Note(schema.name, _note(model, int(free.sum()), len(column) - column.null_count, table)))
    return Table(table.schema, data), tuple(models), tuple(notes)


def _note(model: TextModel, free: int, present: int, table: Table) -> str:
    common = f"; only phrases that at least {RARE} rows share (as {present - free} of the {present} cells do) are used again as they are"
    kept = common if free < present else ""
    theme = f", its words follow {table.schema.names[model.theme.column]}" if model.theme is not None else ""
    return (
        f"is free text from a word n-gram model: it looks like the column{theme}, but has no fluent sentences and no meaning; "
        f"{len(model.forms)} words and marks held by at least {RARE} rows are used{kept}"
    )


def _free(column: pa.Array) -> Array:
    """Which cells are texts that fewer than `RARE` rows hold."""
    encoded = column.dictionary_encode()
    counts = np.bincount(np.asarray(encoded.indices.drop_null()), minlength=len(encoded.dictionary))
    rare = np.asarray(
        [count < RARE or str(text).startswith(LABEL) for count, text in zip(counts.tolist(), encoded.dictionary.to_pylist(), strict=True)]
    )
    codes = np.asarray(pc.fill_null(encoded.indices, 0))
    return np.asarray(column.is_valid()) & (rare[codes] if len(rare) else False)


def _is_json(column: pa.Array) -> bool:
    """Whether most of the first texts are JSON objects or lists, of which words without grammar would make rubble."""
    some = [str(text) for text in column.drop_null().slice(0, 50).to_pylist()]
    return sum(map(_parses, some)) > len(some) / 2


def _parses(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def fit_text(table: Table, place: int, column: pa.Array, free: Array, seed: int) -> tuple[TextModel, Array] | None:
    """The model of a column's free texts and the class of each; None where its words are too rare to make texts of."""
    written = [str(text) for text in column.filter(pa.array(free)).to_pylist()]
    tokens = tokenise(written)
    kept = _vocabulary(tokens)
    codes = np.where(tokens.codes >= 0, np.append(kept, -1)[tokens.codes], -1)
    if int((kept >= 0).sum()) < 2 * RARE or float(np.mean(codes >= 0)) < LEAST_COVER:
        return None
    texts = int(free.sum())
    forms = tuple(form for form, number in zip(tokens.forms, kept.tolist(), strict=True) if number >= 0)
    words = np.zeros(len(forms), np.uint64)
    words[codes[codes >= 0]] = tokens.words[codes >= 0]
    rows = tokens.rows
    orders = tuple(_continuations(codes, rows, texts, len(forms), order) for order in range(ORDER + 1))
    shortest, longest, classes = _lengths(np.asarray([min(len(text), CODEPOINTS) for text in written]))
    numbered, digits = _digit_shares(tokens, kept)
    model = TextModel(
        place,
        forms,
        orders,
        words.view(np.int64),
        _ends(orders[1], len(forms)),
        shortest,
        longest,
        numbered,
        digits,
        _forbidden(tokens, codes, texts, int(generator(seed, 6, place).integers(2**63))),
        find_theme(table, place, codes, np.flatnonzero(free)[rows], len(forms)),
    )
    return model, classes


def _vocabulary(tokens: Tokens) -> Array:
    """By form: its number among those that at least `RARE` texts hold, or -1; the most frequent ones where there are too many."""
    some = tokens.codes >= 0
    pairs = np.unique(tokens.codes[some] * (int(tokens.rows.max(initial=0)) + 1) + tokens.rows[some])
    held = np.bincount(pairs // (int(tokens.rows.max(initial=0)) + 1), minlength=len(tokens.forms))
    floor = RARE if int((held >= RARE).sum()) <= VOCABULARY else int(np.sort(held)[-VOCABULARY]) + 1
    kept = held >= floor
    return np.where(kept, np.cumsum(kept) - 1, -1)


def _continuations(codes: Array, rows: Array, texts: int, size: int, order: int) -> Continuations:
    """Continuations of `order` tokens that at least `RARE` texts hold."""
    lengths = np.bincount(rows, minlength=texts)
    width = lengths + order + 1
    first = np.cumsum(width) - width
    line = np.full(int(width.sum()), size, np.int64)
    at = np.arange(len(codes)) + np.repeat(first + order, lengths) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    line[at], line[first + width - 1] = codes, size + 1
    owner = np.repeat(np.arange(texts), width)
    target = np.concatenate([at, first + width - 1])
    context, known = np.zeros(len(target), np.int64), np.ones(len(target), bool)
    for back in range(order, 0, -1):
        token = line[target - back]
        context, known = context << BITS | np.maximum(token, 0), known & (token >= 0)
    return _kept_pairs(context[known], line[target][known], owner[target][known])


def _kept_pairs(context: Array, token: Array, owner: Array) -> Continuations:
    """The pairs of a context and a known token that at least `RARE` texts hold; unknown tokens (-1) count in `seen` alone."""
    usable = token >= 0
    order = np.lexsort((owner[usable], token[usable], context[usable]))
    c, t, o = context[usable][order], token[usable][order], owner[usable][order]
    new = np.r_[True, (np.diff(c) != 0) | (np.diff(t) != 0)] if len(c) else np.zeros(0, bool)
    group = np.cumsum(new) - 1
    fresh = new | np.r_[True, np.diff(o) != 0] if len(c) else new
    held, count = np.bincount(group[fresh]), np.bincount(group)
    keep = held >= RARE
    c, t, count = c[new][keep], t[new][keep], count[keep]
    contexts, start = np.unique(c, return_index=True)
    total = np.unique(context, return_counts=True)
    every = total[1][np.searchsorted(total[0], contexts)] if len(contexts) else np.zeros(0)
    start = np.append(start, len(c))
    mass = np.cumsum(count).astype(np.int64)
    sums = np.diff(np.r_[0, mass][start])
    return Continuations(contexts, start.astype(np.int32), t.astype(np.int32), mass, (sums / np.maximum(every, 1)).astype(np.float32))


def _ends(pairs: Continuations, size: int) -> Array:
    """Tokens after which a text ends in at least `RARE` texts."""
    owners = np.repeat(pairs.context, np.diff(pairs.start))[pairs.token == size + 1]
    return np.asarray(np.isin(np.arange(size), owners))


def _lengths(lengths: Array) -> tuple[Array, Array, Array]:
    """Borders of up to `LENGTHS` classes, each of at least `RARE` texts, and the class of each text: classes of like many texts, and one
    for each length that as many have. The outermost borders are means of `RARE` texts."""
    ordered = np.sort(lengths)
    count = max(min(LENGTHS // 2, len(lengths) // RARE), 1)
    cuts = np.unique(ordered[np.linspace(0, len(ordered) - 1, count + 1).astype(np.int64)[1:]])
    common = [cut for cut in cuts.tolist() if (lengths == cut).sum() >= len(lengths) / count]
    cuts = np.unique([*cuts, *(cut - 1 for cut in common)])
    cuts = cuts[(cuts < ordered[-1]) & (cuts >= ordered[0])].astype(np.int64)
    classes = np.searchsorted(cuts, lengths)
    held = np.bincount(classes, minlength=len(cuts) + 1)
    while (held < RARE).any() and len(cuts):
        cuts = np.delete(cuts, min(int(held.argmin()), len(cuts) - 1))
        classes = np.searchsorted(cuts, lengths)
        held = np.bincount(classes, minlength=len(cuts) + 1)
    top = int(np.rint(ordered[-RARE:].mean()))
    longest = np.append(cuts, max(top, int(cuts[-1]) + 1 if len(cuts) else 1))
    shortest = np.append(min(int(np.rint(ordered[:RARE].mean())), int(longest[0])), cuts + 1)
    return np.maximum(shortest, 1).astype(np.int32), np.maximum(longest, 1).astype(np.int32), classes


def _digit_shares(tokens: Tokens, kept: Array) -> tuple[Array, Array]:
    """For every token with digits how often each digit stands at each place; digits that fewer than `RARE` texts hold there do not count,
    and where none does all are alike."""
    numbered = sorted((int(kept[code]), entries) for code, entries in tokens.digits.items() if kept[code] >= 0)
    shares = np.zeros((len(numbered), DIGITS * 10), np.float32)
    for line, (_, entries) in enumerate(numbered):
        for place in range(DIGITS):
            pairs = np.unique(entries[:, [0, place + 1]], axis=0)[:, 1]
            counts = np.bincount(pairs[pairs >= 0], minlength=10)
            counts = np.where(counts >= RARE, counts, 0)
            shares[line, place * 10 : place * 10 + 10] = counts / counts.sum() if counts.any() else 0.1
    return np.asarray([number for number, _ in numbered], np.int32), shares


def _forbidden(tokens: Tokens, codes: Array, texts: int, salt: int) -> Marks:
    """Marks of every `SPAN` words, every text up to there and every whole text that fewer than `RARE` texts hold and that could be made."""
    spoken = tokens.spoken
    words, rows, known = tokens.words[spoken], tokens.rows[spoken], codes[spoken] >= 0
    hashes, owners = [], []
    if len(words) >= SPAN:
        window = np.lib.stride_tricks.sliding_window_view
        inside = (rows[SPAN - 1 :] == rows[: len(rows) - SPAN + 1]) & window(known, SPAN).all(1)
        hashes.append(span_hash(window(words, SPAN)[inside]))
        owners.append(rows[SPAN - 1 :][inside])
    counts, all_known = np.bincount(rows, minlength=texts), np.bincount(rows[~known], minlength=texts) == 0
    short = np.flatnonzero((counts > 0) & (counts < SPAN) & all_known)
    hashes.append(span_hash(_short(words, rows, counts, short)))
    owners.append(short)
    made = np.flatnonzero((counts > 0) & all_known)
    hashes.append(whole_hash(words, np.cumsum(counts) - counts, counts)[made])
    owners.append(made)
    every, row = np.concatenate(hashes), np.concatenate(owners)
    pairs = np.unique(np.column_stack([every.view(np.int64), row]), axis=0) if len(every) else np.zeros((0, 2), np.int64)
    values, held = np.unique(pairs[:, 0], return_counts=True)
    return make_marks(values[held < RARE].view(np.uint64), salt)


def _short(words: Array, rows: Array, counts: Array, short: Array) -> Array:
    """The words of short texts at the right of rows of `SPAN`, the last place the end of the text."""
    table = np.zeros((len(short), SPAN), np.uint64)
    starts = np.cumsum(counts) - counts
    for line, text in enumerate(short.tolist()):
        table[line, SPAN - 1 - counts[text] : SPAN - 1] = words[starts[text] : starts[text] + counts[text]]
    return end_marked(table)
