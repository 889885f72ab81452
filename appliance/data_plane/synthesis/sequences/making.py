"""Making sequences: first rows with their lengths, then row after row for all sequences at once, then filters and keys."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import arrow_type, whole
from appliance.data_plane.synthesis.filters import OUTLIER_SHARE
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.options import Note
from appliance.data_plane.synthesis.sampling import Request
from appliance.data_plane.synthesis.sequences.batches import ROUNDS, Batch, Maker
from appliance.data_plane.synthesis.sequences.grouping import ranks
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.sequences.whole import row_numbers, sequence_hashes
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused, JobFailed

BATCH = 65_536
"""Sequences that are made at the same time."""

_LAST = 2**31

FRUITLESS = 40
"""Batches of which no sequence may leave before the engine gives up."""


def make_sequences(model: SequenceModel, count: int, request: Request) -> Sampled:
    """Whole sequences until there are `count` rows. Raises JobFailed when none may leave."""
    maker = Maker(model, request)
    parts: list[pa.Table] = []
    owners: list[Array] = []
    found = groups = invalid = number = fruitless = 0
    mean = max(model.trained_rows / max(model.trained_groups, 1), 1.0)
    while found < count and fruitless < FRUITLESS:
        wanted = min(BATCH, int((count - found) / mean * 1.1) + 2)
        batch = _valid(model, maker.batch(wanted, number), request)
        rows = _cut(batch.owner, count - found)
        parts.append(batch.rows.slice(0, rows))
        owners.append(batch.owner[:rows] + groups)
        groups += int(batch.owner[rows - 1]) + 1 if rows else 0
        found, invalid, number = found + rows, invalid + batch.invalid, number + 1
        fruitless = 0 if rows else fruitless + 1
    if not found and count:
        raise JobFailed("Every sequence that the model makes equals training rows; there is nothing that may leave.")
    if not parts:
        batch = maker.batch(0, 0)
        parts, owners = [batch.rows], [batch.owner]
    return _finished(maker, pa.concat_tables(parts), np.concatenate(owners), invalid, {}, _told(found, count))


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
    maker = Maker(model, request)
    batch = maker.batch(conditions.rows, 0, given)
    least = least_score(batch, request)
    for attempt in range(1, ROUNDS + 1):
        some = np.flatnonzero(refused_sequences(model, batch, least))
        if not len(some):
            break
        again = maker.batch(len(some), attempt, {name: cells.take(pa.array(some)) for name, cells in given.items()})
        batch = _replaced(batch, again, some)
    return _finished(maker, batch.rows, batch.owner, batch.invalid, given, ())


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


def least_score(batch: Batch, request: Request) -> float:
    """The likelihood that a sequence's steps need to pass the outlier filter."""
    long = batch.score[batch.score != 0]
    return float(np.quantile(long, OUTLIER_SHARE[request.outliers])) if request.outliers and len(long) else -np.inf


def refused_sequences(model: SequenceModel, batch: Batch, least: float) -> Array:
    """Which sequences are, or may be, unique training sequences of two rows and more, or less likely than the filter lets through."""
    present, start = np.unique(batch.owner, return_index=True)
    start = np.r_[start, len(batch.owner)]
    refused = np.asarray((batch.score != 0) & (batch.score < least))
    hashes = sequence_hashes(row_numbers(batch.rows, model.layout.told, len(batch.owner)), start)
    refused[present] |= model.whole.contain(hashes) & (np.diff(start) > 1)
    return refused


def _valid(model: SequenceModel, batch: Batch, request: Request) -> Batch:
    """A batch without the sequences that may not leave; the rest is numbered anew."""
    keep = ~refused_sequences(model, batch, least_score(batch, request))[batch.owner]
    owner = np.unique(batch.owner[keep], return_inverse=True)[1].astype(np.int64)
    return Batch(batch.rows.take(pa.array(np.flatnonzero(keep))), owner, batch.score, batch.invalid + int((~keep).sum()))


def _finished(
    maker: Maker,
    rows: pa.Table,
    owner: Array,
    invalid: int,
    given: Mapping[str, pa.Array],
    notes: tuple[Note, ...],
) -> Sampled:
    """The table of all sequences, with keys and other identifiers made at once so that they are unique."""
    model = maker.model
    count, index = int(owner.max(initial=-1)) + 1, pa.array(owner)
    columns = {name: whole(rows.column(name)) for name in model.layout.values}
    for number, labels in enumerate(part for part in (model.keys, model.group_labels) if part is not None):
        made = labels.sample(count, maker.seed(_LAST, number))
        columns |= {name: given.get(name, whole(made.data.column(name))).take(index) for name in made.schema.names}
    if model.labels is not None:
        marked = model.labels.sample(len(owner), maker.seed(_LAST, 2))
        columns |= {name: _in_order(model, name, whole(marked.data.column(name)), owner) for name in marked.schema.names}
    if model.texts is not None:
        told = Table(model.rows.schema, rows.select(list(model.layout.told))) if model.layout.told else None
        written = model.texts.sample(len(owner), maker.seed(_LAST, 3), conditions=told, temperature=maker.request.temperature)
        columns |= {name: whole(written.data.column(name)) for name in model.layout.texts}
    data = pa.Table.from_arrays([columns[name] for name in model.schema.names], names=list(model.schema.names))
    return Sampled(Table(model.schema, data), invalid, notes=notes)


def _in_order(model: SequenceModel, name: str, labels: pa.Array, owner: Array) -> pa.Array:
    """Labels of rows; where sequences are ordered by them they ascend inside each."""
    if name != model.layout.sorted_by:
        return labels
    order = np.lexsort((ranks(labels), owner))
    return labels.take(pa.array(order))
