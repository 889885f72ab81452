"""Making sequences: first rows with their lengths, then row after row for all sequences at once, then filters and keys."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import arrow_type, whole
from appliance.data_plane.synthesis.filters import OUTLIER_SHARE, SIMILARITY_GROUPS
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.sampling import Request, near_hashes
from appliance.data_plane.synthesis.sequences.drawing import Drawer
from appliance.data_plane.synthesis.sequences.grouping import ranks
from appliance.data_plane.synthesis.sequences.past import Past, beginning
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.sequences.steps import read_values, surroundings
from appliance.data_plane.synthesis.sequences.whole import row_numbers, sequence_hashes
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table, TableSchema
from appliance.errors import DataRefused, JobFailed

BATCH = 65_536
"""Sequences that are made at the same time."""

ROUNDS = 5
"""Times a row is drawn again that equals a unique training row or lies past the order column's end."""

_LAST = 2**31

FRUITLESS = 40
"""Batches of which no sequence may leave before the engine gives up."""


class Batch(msgspec.Struct):
    """Rows of sequences that were made together: `owner`, the sequence of each row, ascends; `score`, the mean log likelihood of the
    steps of each sequence."""

    rows: pa.Table
    owner: Array
    score: Array
    invalid: int


def make_sequences(model: SequenceModel, count: int, request: Request) -> Sampled:
    """Whole sequences until there are `count` rows. Raises JobFailed when none may leave."""
    parts: list[pa.Table] = []
    owners: list[Array] = []
    found = groups = invalid = number = fruitless = 0
    mean = max(model.trained_rows / max(model.trained_groups, 1), 1.0)
    while found < count and fruitless < FRUITLESS:
        wanted = min(BATCH, int((count - found) / mean * 1.1) + 2)
        batch = _valid(model, _batch(model, wanted, request, number), request)
        rows = _cut(batch.owner, count - found)
        parts.append(batch.rows.slice(0, rows))
        owners.append(batch.owner[:rows] + groups)
        groups += int(batch.owner[rows - 1]) + 1 if rows else 0
        found, invalid, number = found + rows, invalid + batch.invalid, number + 1
        fruitless = 0 if rows else fruitless + 1
    if not found and count:
        raise JobFailed("Every sequence that the model makes equals training rows; there is nothing that may leave.")
    if not parts:
        batch = _batch(model, 0, request, 0)
        parts, owners = [batch.rows], [batch.owner]
    return _finished(model, pa.concat_tables(parts), np.concatenate(owners), request, invalid, {}, _told(found, count))


def _told(found: int, count: int) -> tuple[Note, ...]:
    if found < count:
        return (Note("", f"only {found} of {count} rows could be made that are no copies of training rows"),)
    return (Note("", f"whole sequences were made: {found} rows where {count} were asked for"),) if found > count else ()


def _cut(owner: Array, count: int) -> int:
    """Rows up to the end of the sequence that reaches `count`."""
    return len(owner) if len(owner) <= count else int(np.searchsorted(owner, owner[count - 1], "right"))


def complete_sequences(model: SequenceModel, conditions: Table, request: Request) -> Sampled:
    """One sequence for every row of `conditions`, in their order, the given cells the same in every row.

    Raises DataRefused for columns that change inside sequences or that the model does not have, and for cells that do not fit."""
    given = {name: _given(model, conditions, name) for name in conditions.schema.names}
    batch = _batch(model, conditions.rows, request, 0, given)
    for attempt in range(1, ROUNDS + 1):
        some = np.flatnonzero(refused_sequences(model, batch, request, conditions.rows))
        if not len(some):
            break
        again = _batch(model, len(some), request, attempt, {name: cells.take(pa.array(some)) for name, cells in given.items()})
        batch = _replaced(batch, again, some)
    return _finished(model, batch.rows, batch.owner, request, batch.invalid, given, ())


def _replaced(batch: Batch, again: Batch, some: Array) -> Batch:
    """A batch with some of its sequences made again."""
    old = np.flatnonzero(~np.isin(batch.owner, some))
    owner = np.r_[batch.owner[old], some[again.owner]]
    rows = pa.concat_tables([batch.rows.take(pa.array(old)), again.rows])
    order = np.argsort(owner, kind="stable")
    score = batch.score.copy()
    score[some] = again.score
    return Batch(rows.take(pa.array(order)), owner[order], score, batch.invalid + again.invalid + len(batch.owner) - len(old))


def _given(model: SequenceModel, conditions: Table, name: str) -> pa.Array:
    """A column of the seed rows in the type of the model's."""
    if name not in model.schema.names:
        raise DataRefused(f"The seeds name the column {name!r}, which the model was not trained on.")
    if name not in model.seedable:
        allowed = ", ".join(model.seedable)
        raise DataRefused(
            f"The seeds hold the column {name!r}, which changes inside sequences. A seed row stands for one whole sequence and may hold "
            f"the key and the columns that do not change in it: {allowed}."
        )
    column, kind = whole(conditions.data.column(name)), _type(model, name)
    try:
        return column if column.type == kind else column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataRefused(f"The seeds of column {name!r} do not fit its kind ({model.schema.column(name).kind.value}).") from None


def _type(model: SequenceModel, name: str) -> pa.DataType:
    """The arrow type of a column that seeds may hold."""
    for labels in (model.keys, model.group_labels):
        if labels is not None and name in labels.schema.names:
            codec = labels.columns[labels.schema.names.index(name)].codec
            return pa.int64() if isinstance(codec, PatternCodec) and codec.integer else pa.string()
    return arrow_type(model.schema.column(name).kind)


def _batch(model: SequenceModel, count: int, request: Request, number: int, given: Mapping[str, pa.Array] | None = None) -> Batch:
    """`count` sequences, row after row; those that are finished leave the loop first, because they stand in order of length."""
    layout = model.layout
    sampled = _first_rows(model, count, request, number, given)
    lengths = np.maximum(np.asarray(pc.fill_null(whole(sampled.table.data.column(layout.length)), 1), np.int64), 1)
    order = np.argsort(-lengths, kind="stable")
    lengths, data = lengths[order], sampled.table.data.take(pa.array(order)).combine_chunks()
    parents, events = data.select(list(layout.parents)), data.select(list(layout.events))
    kept = np.ones(len(order), bool) if given is not None or not request.similarity else ~_refused(model, parents, events, request)
    parts, flags, scores = [_joined(model, parents, events)], [kept], np.zeros(len(order))
    past = beginning(parents, events, lengths, layout)
    for step in range(1, int(lengths.max(initial=1))):
        active = int((lengths > step).sum())
        past = past.take(np.arange(active)) if active < past.rows else past
        events, score, kept = _step(model, past, request, (number, step))
        parts.append(_joined(model, past.parents, events))
        flags.append(kept)
        scores[:active] += score
        past = past.followed(events, layout)
    owner = np.concatenate([order[: len(some)] for some in flags])
    place = np.repeat(np.arange(len(flags)), [len(some) for some in flags])
    keep = np.concatenate(flags)
    rows = np.lexsort((place, owner))
    rows = rows[keep[rows]]
    mean = np.zeros(len(order))
    mean[order] = scores / np.maximum(lengths - 1, 1)
    return Batch(pa.concat_tables(parts).take(pa.array(rows)), owner[rows], mean, sampled.invalid + int((~keep).sum()))


def _first_rows(model: SequenceModel, count: int, request: Request, number: int, given: Mapping[str, pa.Array] | None) -> Sampled:
    """The first row of every sequence, with its length."""
    seed, temperature = _seed(request, number), request.temperature
    known = {name: cells for name, cells in (given or {}).items() if name in model.layout.parents}
    if not known:
        outliers, similarity = (request.outliers, request.similarity) if given is None else (None, None)
        return model.firsts.sample_records(count, seed, temperature=temperature, outliers=outliers, similarity=similarity)
    schema = TableSchema(tuple(model.schema.column(name) for name in known))
    conditions = Table(schema, pa.Table.from_arrays(list(known.values()), names=list(known)))
    return model.firsts.sample_records(count, seed, conditions=conditions, temperature=temperature)


def _seed(request: Request, *path: int) -> int:
    return int(generator(request.seed, 25, *path).integers(2**62))


def _joined(model: SequenceModel, parents: pa.Table, events: pa.Table) -> pa.Table:
    """Rows in the columns of the training table, less key and labels; `parents` and `events` have as many rows."""
    cells = [whole((parents if name in model.layout.parents else events).column(name)) for name in model.layout.values]
    return pa.Table.from_arrays([c.cast(field.type) for c, field in zip(cells, _fields(model), strict=True)], schema=_fields(model))


def _fields(model: SequenceModel) -> pa.Schema:
    return pa.schema([(name, arrow_type(model.schema.column(name).kind)) for name in model.layout.values])


def _step(model: SequenceModel, past: Past, request: Request, path: tuple[int, int]) -> tuple[pa.Table, Array, Array]:
    """The events of the next row of every sequence, their log likelihood, and whether the row may leave."""
    rows, score, again = _drawn(model, past, request, (*path, 0))
    copies = _refused(model, past.parents, rows, request)
    for attempt in range(1, ROUNDS + 1):
        some = np.flatnonzero(copies | again)
        if not len(some):
            break
        there = past.take(some)
        new, score[some], again[some] = _drawn(model, there, request, (*path, attempt))
        copies[some] = _refused(model, there.parents, new, request)
        index = np.arange(past.rows)
        index[some] = past.rows + np.arange(len(some))
        rows = pa.concat_tables([rows, new]).take(pa.array(index)).combine_chunks()
    return rows, score, ~copies


def _drawn(model: SequenceModel, past: Past, request: Request, path: tuple[int, ...]) -> tuple[pa.Table, Array, Array]:
    """One draw of the next rows, its log likelihood, and which rows had better be drawn again: past the order column's bounds (they are
    held at them), or against a relation."""
    layout, score, again = model.layout, np.zeros(past.rows), np.zeros(past.rows, bool)
    clock, gap, order = None, None, None
    made: dict[str, pa.Array] = {}
    if layout.order is not None and model.moves is not None:
        grid, drawer = layout.grids[layout.order], Drawer(model.moves, 1)
        around = surroundings(past, layout, past.known[layout.order], asked=drawer.asked)
        cells, score, _ = drawer.draw(around.cells, past.rows, _seed(request, *path, 0), request.temperature)
        gap = np.asarray(pc.fill_null(cells[layout.order].cast(pa.float64()), float("nan")), np.float64)
        clock = past.known[layout.order] + gap
        again = (clock > grid.high) | (clock < grid.low)
        clock = np.clip(clock, grid.low, grid.high)
        order = grid.values(clock)
    if model.steps is not None:
        drawer = Drawer(model.steps, layout.step_columns)
        around = surroundings(past, layout, clock, gap, asked=drawer.asked)
        made, likely, broken = drawer.draw(around.cells, past.rows, _seed(request, *path, 1), request.temperature)
        score, again = score + likely, again | broken
    return read_values(layout, made, past, clock, order), score, again


def _refused(model: SequenceModel, parents: pa.Table, events: pa.Table, request: Request) -> Array:
    """Which rows are, or may be, unique training rows; where the filter asks for it also those that are so with numbers taken coarsely."""
    table = Table(model.rows.schema, _joined(model, parents, events).select(list(model.layout.told)))
    refused = ~model.rows.copies.drop_copies(table)
    if request.similarity:
        groups = SIMILARITY_GROUPS[request.similarity]
        codecs = [model.rows.columns[place].codec for place in sorted(model.rows.order)]
        plain = [codec for codec in codecs if not isinstance(codec, PatternCodec)]
        codes = [c.encode(whole(table.data.column(place))).codes for c, place in zip(plain, sorted(model.rows.order), strict=True)]
        refused |= model.rows.near[str(groups)].contain(near_hashes(plain, codes, groups))
    return refused


def refused_sequences(model: SequenceModel, batch: Batch, request: Request, count: int) -> Array:
    """Which of `count` sequences are, or may be, unique training sequences, or the least likely where the filter asks for it."""
    present, start = np.unique(batch.owner, return_index=True)
    hashes = sequence_hashes(row_numbers(batch.rows, model.layout.told), np.r_[start, len(batch.owner)])
    refused, long = np.zeros(count, bool), np.zeros(count, bool)
    long[present] = np.diff(np.r_[start, len(batch.owner)]) > 1
    refused[present] = model.whole.contain(hashes) & long[present]
    if request.outliers and long.any():
        refused |= long & (batch.score < np.quantile(batch.score[long], OUTLIER_SHARE[request.outliers]))
    return refused


def _valid(model: SequenceModel, batch: Batch, request: Request) -> Batch:
    """A batch without the sequences that may not leave; the rest is numbered anew."""
    keep = ~refused_sequences(model, batch, request, len(batch.score))[batch.owner]
    owner = np.unique(batch.owner[keep], return_inverse=True)[1].astype(np.int64)
    return Batch(batch.rows.filter(pa.array(keep)), owner, batch.score, batch.invalid + int((~keep).sum()))


def _finished(
    model: SequenceModel,
    rows: pa.Table,
    owner: Array,
    request: Request,
    invalid: int,
    given: Mapping[str, pa.Array],
    notes: tuple[Note, ...],
) -> Sampled:
    """The table of all sequences, with keys and other identifiers made at once so that they are unique."""
    count, index = int(owner.max(initial=-1)) + 1, pa.array(owner)
    columns = {name: whole(rows.column(name)) for name in model.layout.values}
    for number, labels in enumerate(part for part in (model.keys, model.group_labels) if part is not None):
        made = labels.sample(count, _seed(request, _LAST, number))
        columns |= {name: given.get(name, whole(made.data.column(name))).take(index) for name in made.schema.names}
    if model.labels is not None:
        marked = model.labels.sample(len(owner), _seed(request, _LAST, 2))
        columns |= {name: _in_order(model, name, whole(marked.data.column(name)), owner) for name in marked.schema.names}
    if model.texts is not None:
        told = Table(model.rows.schema, rows.select(list(model.layout.told)))
        written = model.texts.sample(told.rows, _seed(request, _LAST, 3), conditions=told, temperature=request.temperature)
        columns |= {name: whole(written.data.column(name)) for name in model.layout.texts}
    data = pa.Table.from_arrays([columns[name] for name in model.schema.names], names=list(model.schema.names))
    return Sampled(Table(model.schema, data), invalid, notes=notes)


def _in_order(model: SequenceModel, name: str, labels: pa.Array, owner: Array) -> pa.Array:
    """Labels of rows; where sequences are ordered by them they ascend inside each."""
    if name != model.layout.sorted_by:
        return labels
    order = np.lexsort((ranks(labels), owner))
    return labels.take(pa.array(order))
