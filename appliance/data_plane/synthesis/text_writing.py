"""Writing texts from a text model, all of a batch side by side, one token at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.text_model import BITS, LABEL, ORDER, SPAN, Continuations, TextModel, end_marked, span_hash, whole_hash
from appliance.data_plane.synthesis.text_tokens import DIGITS, joined
from appliance.data_plane.tables.schema import Table

BATCH = 8192
TRIES = 12
"""Times a token is drawn again where it may not stand; then the text ends."""

ROUNDS = 6
"""Times a text is written again where it may be one of few training rows; then there is none."""

PATIENCE = 1.25
"""A text that finds no end goes on to so many times its length."""

AGAIN = 3
"""Times a token is drawn again that a longer context knows, after that context was left for others."""

THEMED = 3
"""Tokens drawn for every place where the words follow a theme; one of them is kept, by how well it goes with the theme."""

STRAY = 0.6
"""The largest chance to forget the furthest token of a context: what would be followed by rare tokens only is then followed by others."""


def with_texts(models: Sequence[TextModel], table: Table, seed: tuple[int, int], given: Mapping[str, pa.Array]) -> Table:
    """The table with texts in place of the classes of their lengths; `seed`: the job's and the number of the chunk. Columns that were
    `given` stay as they are."""
    data = table.data
    for model in models:
        name = table.schema.names[model.column]
        if name not in given:
            data = data.set_column(model.column, name, _written(model, table, seed))
    return Table(table.schema, data)


def _written(model: TextModel, table: Table, seed: tuple[int, int]) -> pa.Array:
    column = _plain(whole(table.data.column(model.column)))
    classes = pc.index_in(column, value_set=pa.array([f"{LABEL}{number}" for number in range(len(model.longest))]))
    rows = np.flatnonzero(np.asarray(classes.is_valid()))
    numbers = np.asarray(classes.drop_null())
    themes = whole(table.data.column(model.theme.column)).take(pa.array(rows)) if model.theme is not None else None
    texts: list[str | None] = []
    for number, start in enumerate(range(0, len(rows), BATCH)):
        part = slice(start, min(start + BATCH, len(rows)))
        random = generator(seed[0], 15, model.column, seed[1], number)
        texts += write_texts(model, numbers[part], themes.slice(start, BATCH) if themes is not None else None, random)
    made = column.to_pylist()
    for row, text in zip(rows.tolist(), texts, strict=True):
        made[row] = text
    return pa.array(made, pa.string())


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def write_texts(model: TextModel, classes: Array, themes: pa.Array | None, random: np.random.Generator) -> list[str | None]:
    """One text for every class of length; None where nothing could be written."""
    texts: list[str | None] = [None] * len(classes)
    waiting = np.arange(len(classes))
    for _ in range(ROUNDS):
        page = _Page(model, classes[waiting], themes.take(pa.array(waiting)) if themes is not None else None, random)
        while len(page.open):
            page.write()
        fresh = page.fresh()
        for row, text, fine in zip(waiting.tolist(), page.read(), fresh.tolist(), strict=True):
            texts[row] = text if fine else None
        waiting = waiting[~fresh]
        if not len(waiting):
            break
    return texts


class _Page:
    """Texts being written. `history`: the last `ORDER` tokens of each, `words`: its last words' hashes,
    `spoken`: how many words it has, `length`: its characters. `nearly`: how much shorter than wanted it may be."""

    def __init__(self, model: TextModel, classes: Array, themes: pa.Array | None, random: np.random.Generator) -> None:
        self.model, self.random = model, random
        count = len(classes)
        self.wanted = random.integers(model.shortest[classes], model.longest[classes] + 1)
        self.history = np.full((count, ORDER), model.start, np.int64)
        self.words = np.zeros((count, SPAN - 1), np.uint64)
        self.spoken, self.length = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.open = np.arange(count)
        self.columns: list[tuple[Array, Array]] = []
        self.hashes = np.append(model.words, [0, 0]).view(np.uint64)
        self.widths = np.asarray([len(form) for form in model.forms])
        self.pairs = [np.repeat(np.arange(len(part.context)), np.diff(part.start)) << BITS | part.token for part in model.orders]
        self.before = [np.append(0, part.mass)[part.start] for part in model.orders]
        self.nearly = self._half_way()
        self.themes = model.theme.ratios(themes) if model.theme is not None and themes is not None else None

    def write(self) -> None:
        """One more token for every open text; those that are long enough, or can go no further, are closed."""
        rows, last = self.open, self.history[self.open, -1]
        begun = last < self.model.start
        tired = self.length[rows] >= np.ceil(self.wanted[rows] * PATIENCE) + self.nearly
        complete = begun & (self.length[rows] + self.nearly >= self.wanted[rows]) & self.model.ends[np.where(begun, last, 0)]
        stop = tired | complete
        stop[stop] = self._may_end(rows[stop]) | tired[stop]
        rows = rows[~stop]
        tokens = self._drawn(rows)
        rows, tokens = rows[tokens >= 0], tokens[tokens >= 0]
        self.columns.append((rows, tokens))
        self.length[rows] += self.widths[tokens]
        self.history[rows] = np.column_stack([self.history[rows, 1:], tokens])
        spoken = rows[self.hashes[tokens] != 0]
        self.words[spoken] = np.column_stack([self.words[spoken, 1:], self.hashes[self.history[spoken, -1]]])
        self.spoken[spoken] += 1
        self.open = rows

    def fresh(self) -> Array:
        """Which texts are no texts of few training rows."""
        rows, tokens = self._lines()
        words, spoken = self.hashes[tokens], self.hashes[tokens] != 0
        counts = np.bincount(rows[spoken], minlength=len(self.wanted))
        return np.asarray(~self.model.marks.contain(whole_hash(words[spoken], np.cumsum(counts) - counts, counts)))

    def _lines(self) -> tuple[Array, Array]:
        """The text of each token and the token, text after text."""
        rows = np.concatenate([part[0] for part in self.columns]) if self.columns else np.zeros(0, np.int64)
        tokens = np.concatenate([part[1] for part in self.columns]) if self.columns else rows
        order = np.argsort(rows, kind="stable")
        return rows[order], tokens[order]

    def _half_way(self) -> float:
        """Half of the usual way from one token that may stand last to the next, in characters: a text ends at the nearest one."""
        known = self.model.orders[0]
        mass = np.diff(known.mass, prepend=0)[known.token < self.model.start]
        tokens = known.token[known.token < self.model.start]
        ends = float(mass[self.model.ends[tokens]].sum())
        return 1 + float((mass * self.widths[tokens]).sum()) / ends / 2 if ends else 0.0

    def _may_end(self, rows: Array) -> Array:
        """Whether texts may end here: short ones may not be a rare training text."""
        table = end_marked(np.column_stack([self.words[rows], np.zeros(len(rows), np.uint64)]))
        return np.asarray((self.spoken[rows] >= SPAN) | ~self.model.marks.contain(span_hash(table)))

    def _drawn(self, rows: Array) -> Array:
        """A token for each text that makes no forbidden span; -1 where none was found."""
        tokens = np.full(len(rows), -1, np.int64)
        waiting = np.arange(len(rows))
        for attempt in range(TRIES):
            drawn = self._proposed(rows[waiting], ORDER - attempt * (ORDER + 1) // TRIES)
            fine = drawn != self.model.end
            fine[fine] = self._allowed(rows[waiting[fine]], drawn[fine])
            tokens[waiting[fine]] = drawn[fine]
            waiting = waiting[~fine]
            if not len(waiting):
                break
        return tokens

    def _allowed(self, rows: Array, tokens: Array) -> Array:
        hashes = self.hashes[tokens]
        checked = (hashes != 0) & (self.spoken[rows] >= SPAN - 1)
        some = np.flatnonzero(checked)
        spans = np.column_stack([self.words[rows[some]], hashes[some]])
        fine = np.ones(len(rows), bool)
        fine[some] = ~self.model.marks.contain(span_hash(spans))
        return fine

    def _proposed(self, rows: Array, order: int) -> Array:
        """A token for each text, from the longest context that is known, at most `order` tokens."""
        tokens = np.full(len(rows), self.model.end, np.int64)
        waiting, left = np.arange(len(rows)), np.full((len(rows), ORDER + 1), -1)
        for length in range(order, -1, -1):
            known = self.model.orders[length]
            place = _places(known, self._contexts(rows[waiting], length))
            found = place >= 0
            if length:
                stray = np.minimum(1.0 - known.seen[np.maximum(place, 0)], STRAY) if len(known.seen) else 0.0
                found &= self.random.random(len(waiting)) >= stray
                left[waiting[~found], length] = place[~found]
            tokens[waiting[found]] = self._new(length, place[found], rows[waiting[found]], left[waiting[found]])
            waiting = waiting[~found]
            if not len(waiting):
                break
        return tokens

    def _new(self, length: int, place: Array, rows: Array, left: Array) -> Array:
        """Continuations that do not follow the longer contexts which were left: what follows those has had its chance."""
        tokens = self._themed(length, place, rows)
        for _ in range(AGAIN):
            again = np.zeros(len(tokens), bool)
            for longer in range(length + 1, ORDER + 1):
                again |= (left[:, longer] >= 0) & _member(self.pairs[longer], left[:, longer] << BITS | tokens)
            some = np.flatnonzero(again)
            if not len(some):
                break
            tokens[some] = self._themed(length, place[some], rows[some])
        return tokens

    def _contexts(self, rows: Array, length: int) -> Array:
        context = np.zeros(len(rows), np.int64)
        for back in range(length, 0, -1):
            context = context << BITS | self.history[rows, -back]
        return context

    def _themed(self, length: int, place: Array, rows: Array) -> Array:
        """Continuations drawn by mass; of several, one by its ratio under the text's theme."""
        if self.themes is None:
            return self._continued(length, place)
        lines, ratios = self.themes
        table = self._continued(length, np.tile(place, THEMED)).reshape(THEMED, -1).T
        weights = np.where(
            table < ratios.shape[1], ratios[lines[rows][:, None], np.minimum(table, ratios.shape[1] - 1)], np.float32(1.0)
        ).cumsum(1)
        chosen = (weights <= self.random.random((len(rows), 1)) * weights[:, -1:]).sum(1)
        return np.asarray(table[np.arange(len(rows)), np.minimum(chosen, THEMED - 1)])

    def _continued(self, length: int, place: Array) -> Array:
        """One continuation for each context, by mass."""
        known, before = self.model.orders[length], self.before[length]
        low, high = before[place], before[place + 1]
        found = np.searchsorted(known.mass, low + self.random.random(len(place)) * (high - low), side="right")
        return np.asarray(known.token[np.minimum(found, known.start[place + 1] - 1)], np.int64)

    def read(self) -> list[str | None]:
        """The texts."""
        rows, tokens = self._lines()
        forms = np.asarray([*self.model.forms, ""], object)[tokens]
        self._count_up(forms, tokens)
        ends = np.cumsum(np.bincount(rows, minlength=len(self.wanted))).tolist()
        pieces = forms.tolist()
        return [joined(pieces[start:end]) or None for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def _count_up(self, forms: Array, tokens: Array) -> None:
        """Puts digits in the place of shapes."""
        some = np.flatnonzero(np.isin(tokens, self.model.numbered))
        shares = self.model.digits[np.searchsorted(self.model.numbered, tokens[some])].reshape(-1, DIGITS, 10)
        border = shares.cumsum(2)
        drawn = (border <= self.random.random((len(some), DIGITS, 1)) * border[:, :, -1:]).sum(2).clip(0, 9)
        for place, digits in zip(some.tolist(), drawn.tolist(), strict=True):
            following = iter(digits)
            forms[place] = "".join(str(next(following)) if character == "0" else character for character in forms[place])


def _places(known: Continuations, context: Array) -> Array:
    """Where each context stands among the known ones; -1 where it does not."""
    if not len(known.context):
        return np.full(len(context), -1)
    place = np.minimum(np.searchsorted(known.context, context), len(known.context) - 1)
    return np.where(known.context[place] == context, place, -1)


def _member(ordered: Array, values: Array) -> Array:
    if not len(ordered):
        return np.zeros(len(values), bool)
    return np.asarray(ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values)
