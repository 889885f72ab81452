"""Sequences that are made together: first rows with their lengths, then row after row for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import arrow_type, whole
from appliance.data_plane.synthesis.filters import SIMILARITY_GROUPS
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.nearness import near_hashes
from appliance.data_plane.synthesis.sampling import Request
from appliance.data_plane.synthesis.sequences.drawing import Drawer
from appliance.data_plane.synthesis.sequences.past import Past, beginning
from appliance.data_plane.synthesis.sequences.rules import broken_rows, computed_row, repeated_in_sequence
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.sequences.steps import read_values, surroundings
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table, TableSchema

ROUNDS = 5
"""Times a row is drawn again that equals a unique training row or lies past the order column's end."""

FEW = 512
SPARE = 4
"""Where at most `FEW` sequences are left, each row is drawn this many times at once: that costs no more than a second round."""

Given = Mapping[str, pa.Array] | None


class Batch(msgspec.Struct):
    """Rows of sequences that were made together: `owner`, the sequence of each row, ascends; `score`, the mean log likelihood of the
    steps of each sequence."""

    rows: pa.Table
    owner: Array
    score: Array
    invalid: int


class Maker:
    """Makes batches of one model for one request."""

    def __init__(self, model: SequenceModel, request: Request) -> None:
        self.model, self.layout, self.request = model, model.layout, request
        self._moves = Drawer(model.moves, 1) if model.moves is not None else None
        self._steps = Drawer(model.steps, model.layout.step_columns) if model.steps is not None else None
        self._fields = pa.schema([(name, arrow_type(model.schema.column(name).kind)) for name in model.layout.values])

    def seed(self, *path: int) -> int:
        """A seed that depends on the request and the path alone."""
        return int(generator(self.request.seed, 25, *path).integers(2**62))

    def batch(self, count: int, number: int, given: Given = None) -> Batch:
        """`count` sequences, by `given` columns that do not change in them; those that are finished leave the loop first, because they
        stand in order of length."""
        layout = self.layout
        first, refused = self._sound_first_rows(count, number, given)
        lengths = np.maximum(np.asarray(pc.fill_null(whole(first.column(layout.length)), 1), np.int64), 1)
        order = np.argsort(-lengths, kind="stable")
        lengths, data = lengths[order], first.take(pa.array(order)).combine_chunks()
        parents, events = data.select(list(layout.parents)), data.select(list(layout.events))
        parts, flags, scores = [self._joined(parents, events)], [np.ones(len(order), bool)], np.zeros(len(order))
        past = beginning(parents, events, lengths, layout)
        for step in range(1, int(lengths.max(initial=1))):
            active = int((lengths > step).sum())
            past = past.take(np.arange(active)) if active < past.rows else past
            events, score, kept = self._step(past, (number, step))
            parts.append(self._joined(past.parents, events))
            flags.append(kept)
            scores[:active] += score
            past = past.followed(events, layout)
        mean = np.zeros(len(order))
        mean[order] = scores / np.maximum(lengths - 1, 1)
        return self._put_together(parts, flags, order, mean, refused)

    def _sound_first_rows(self, count: int, number: int, given: Given) -> tuple[pa.Table, int]:
        """First rows that may leave, and how many draws could not; those that may not after `ROUNDS` rounds are left out, unless somebody
        gave their columns."""
        sampled = self._first_rows(count, given, number)
        data, invalid = sampled.table.data, sampled.invalid
        for attempt in range(ROUNDS + 1):
            data, bad = self._checked(data)
            some = np.flatnonzero(bad)
            if not len(some) or attempt == ROUNDS:
                break
            known = {name: cells.take(pa.array(some)) for name, cells in given.items()} if given is not None else None
            new = self._first_rows(len(some), known, number, 0, attempt).table.data
            index = np.arange(data.num_rows)
            index[some[: new.num_rows]] = data.num_rows + np.arange(new.num_rows)
            data, invalid = pa.concat_tables([data, new]).take(pa.array(index)).combine_chunks(), invalid + len(some)
        return (data if given is not None else data.take(pa.array(np.flatnonzero(~bad)))), invalid

    def _checked(self, data: pa.Table) -> tuple[pa.Table, Array]:
        """First rows with the columns that follow from others set right, and which of them may not leave."""
        parents, events = data.select(list(self.layout.parents)), data.select(list(self.layout.events))
        events = self._computed(parents, events)
        for name in events.column_names:
            data = data.set_column(data.column_names.index(name), name, events.column(name))
        return data, self._refused(parents, events, data.num_rows, copies=False)

    def _first_rows(self, count: int, given: Given, *path: int) -> Sampled:
        """The first row of every sequence, with its length; none is a copy of a unique training row."""
        model, request, seed = self.model, self.request, self.seed(*path)
        known = {name: cells for name, cells in (given or {}).items() if name in self.layout.parents}
        if not known:
            outliers, similarity = (request.outliers, request.similarity) if given is None else (None, None)
            return model.firsts.sample_records(count, seed, temperature=request.temperature, outliers=outliers, similarity=similarity)
        schema = TableSchema(tuple(model.schema.column(name) for name in known))
        conditions = Table(schema, pa.Table.from_arrays(list(known.values()), names=list(known)))
        return model.firsts.sample_records(count, seed, conditions=conditions, temperature=request.temperature)

    def _joined(self, parents: pa.Table, events: pa.Table) -> pa.Table:
        """Rows in the columns of the training table, less key and labels; `parents` and `events` have as many rows."""
        cells = [whole((parents if name in self.layout.parents else events).column(name)) for name in self.layout.values]
        return pa.Table.from_arrays([c.cast(field.type) for c, field in zip(cells, self._fields, strict=True)], schema=self._fields)

    def _step(self, past: Past, path: tuple[int, int]) -> tuple[pa.Table, Array, Array]:
        """The events of the next row of every sequence, their log likelihood, and whether the row may leave."""
        rows, score, again, copies = self._chosen(past, (*path, 0))
        for attempt in range(1, ROUNDS + 1):
            some = np.flatnonzero(copies | again)
            if not len(some):
                break
            new, score[some], again[some], copies[some] = self._chosen(past.take(some), (*path, attempt))
            index = np.arange(past.rows)
            index[some] = past.rows + np.arange(len(some))
            rows = pa.concat_tables([rows, new]).take(pa.array(index)).combine_chunks()
        return rows, score, ~copies

    def _chosen(self, past: Past, path: tuple[int, ...]) -> tuple[pa.Table, Array, Array, Array]:
        """The first of the draws of every row that nothing speaks against, else the last one; with its likelihood and what speaks."""
        times = SPARE if past.rows <= FEW else 1
        every = past.take(np.repeat(np.arange(past.rows), times)) if times > 1 else past
        rows, score, again = self._drawn(every, path)
        copies = self._refused(every.parents, rows, every.rows)
        if times == 1:
            return rows, score, again, copies
        bad = (again | copies).reshape(past.rows, times)
        best = np.where(bad.all(1), times - 1, np.argmin(bad, 1)) + np.arange(past.rows) * times
        return rows.take(pa.array(best)).combine_chunks(), score[best], again[best], copies[best]

    def _drawn(self, past: Past, path: tuple[int, ...]) -> tuple[pa.Table, Array, Array]:
        """One draw of the next rows, its log likelihood, and which rows had better be drawn again: past the order column's bounds (they are
        held at them), or against a relation."""
        layout, warmth, score, again = self.layout, self.request.temperature, np.zeros(past.rows), np.zeros(past.rows, bool)
        clock, gap, order = None, None, None
        made: dict[str, pa.Array] = {}
        if layout.order is not None and self._moves is not None:
            grid = layout.grids[layout.order]
            around = surroundings(past, layout, past.known[layout.order], asked=self._moves.asked)
            cells, score, _ = self._moves.draw(around.cells, past.rows, self.seed(*path, 0), warmth)
            gap = np.asarray(pc.fill_null(cells[layout.order].cast(pa.float64()), float("nan")), np.float64)
            clock = past.known[layout.order] + gap
            again = (clock > grid.high) | (clock < grid.low)
            clock = np.clip(clock, grid.low, grid.high)
            order = grid.values(clock)
        if self._steps is not None:
            around = surroundings(past, layout, clock, gap, asked=self._steps.asked)
            made, likely, broken = self._steps.draw(around.cells, past.rows, self.seed(*path, 1), warmth)
            score, again = score + likely, again | broken
        return self._computed(past.parents, read_values(layout, made, past, clock, order)), score, again

    def _computed(self, parents: pa.Table, events: pa.Table) -> pa.Table:
        """Events with the columns that follow from others of their row set right."""
        relations = self.model.rows.relations
        if not relations.parents:
            return events
        rows = computed_row(relations, self._told(parents, events))
        return pa.Table.from_arrays([rows.column(name) for name in events.column_names], schema=events.schema)

    def _told(self, parents: pa.Table, events: pa.Table) -> pa.Table:
        """Rows in the columns that they are compared by."""
        return self._joined(parents, events).select(list(self.layout.told))

    def _refused(self, parents: pa.Table, events: pa.Table, count: int, copies: bool = True) -> Array:
        """Which of `count` rows are, or may be, unique training rows, or break what holds in every row; where the filter asks for it
        also those that are unique training rows with numbers taken coarsely. `copies` False: exact copies
        are not looked for, because whoever made the rows did."""
        rows = self.model.rows
        if not self.layout.told:
            return np.zeros(count, bool)
        table = Table(rows.schema, self._told(parents, events))
        refused = broken_rows(rows.relations, table.data)
        if copies:
            refused |= ~rows.copies.drop_copies(table)
        if self.request.similarity:
            groups, places = SIMILARITY_GROUPS[self.request.similarity], sorted(rows.order)
            codecs = [codec for codec in (rows.columns[place].codec for place in places) if not isinstance(codec, PatternCodec)]
            codes = [c.encode(whole(table.data.column(place))).codes for c, place in zip(codecs, places, strict=True)]
            refused |= rows.near[str(groups)].contain(near_hashes(codecs, codes, groups))
        return refused

    def _put_together(self, parts: list[pa.Table], flags: list[Array], order: Array, score: Array, invalid: int) -> Batch:
        """Rows of all steps by sequence. `order`: the sequence of each line of a step; `flags`: which lines may leave."""
        owner = np.concatenate([order[: len(some)] for some in flags])
        place = np.repeat(np.arange(len(flags)), [len(some) for some in flags])
        keep = np.concatenate(flags)
        rows = np.lexsort((place, owner))
        rows = rows[keep[rows]]
        data = pa.concat_tables(parts).take(pa.array(rows))
        fresh = np.flatnonzero(~repeated_in_sequence(data, owner[rows], self.layout.distinct))
        return Batch(data.take(pa.array(fresh)), owner[rows][fresh], score, invalid + len(owner) - len(fresh))
