"""Measures of rows that belong together by a key: lengths, gaps, memory, moves between categories, and what stays constant in a sequence.

Every distance stands beside `chance`: what two samples of one source, as large as the two tables, keep below in 95 of 100 cases. Figures
name categories held by at least ten training sequences only, and edges between clipped quantiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from appliance.data_plane.quality.sequence_facts import Coherence, SequenceMeasures
from appliance.data_plane.quality.sequence_figures import Values, category_moves, gap_spread, spread_of
from appliance.data_plane.quality.sequence_memory import column_memory
from appliance.data_plane.quality.sequence_side import Side, constant_share, ordered_share, replayed_keys, side_of
from appliance.data_plane.tables.schema import ColumnKind, Table

MOST_COLUMNS = 40
"""Columns of each kind that are measured: the first ones of the table."""

WITHIN = 0.999
"""A column that is constant in this share of the training sequences of two rows and more belongs to the sequence, not to the row."""

_NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMERIC)
_CATEGORIES = (ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN)


def measure_sequences(
    train: Table, synthetic: Table, holdout: Table | None, group_by: Sequence[str], order_by: str | None, seed: int
) -> SequenceMeasures | None:
    """Compare the sequences of two tables of the same columns; None where the key is not there or either side has no sequence."""
    if not set(group_by) <= set(train.schema.names) or not group_by:
        return None
    order = order_by if order_by in train.schema.names else None
    random = np.random.default_rng([seed, 31])
    left, right = (side_of(table, group_by, order) for table in (train, synthetic))
    held = side_of(holdout, group_by, order) if holdout is not None else None
    if not len(left.owner) or not len(right.owner):
        return None
    schema = train.schema
    rest = [column for column in schema.columns if column.name not in (*group_by, order)]
    whole = [c.name for c in rest if c.kind is not ColumnKind.EMPTY and constant_share(left, c.name) >= WITHIN][:MOST_COLUMNS]
    numbers = [c.name for c in rest if c.kind in _NUMBERS and c.name not in whole][:MOST_COLUMNS]
    categories = [c.name for c in rest if c.kind in _CATEGORIES and c.name not in whole][:MOST_COLUMNS]
    memory = [column_memory(left, right, name) for name in numbers]
    moves = [category_moves(left, right, name, random) for name in categories]
    return SequenceMeasures(
        tuple(group_by),
        order,
        len(left.lengths),
        len(right.lengths),
        left.data.num_rows,
        right.data.num_rows,
        replayed_keys(left, right, group_by),
        ordered_share(right, order),
        spread_of(_lengths(left), _lengths(right), _lengths(held) if held else None, (len(left.lengths), len(right.lengths)), random),
        gap_spread(left, right, held, order, schema.column(order).kind, random) if order else None,
        tuple(found for found in memory if found is not None),
        tuple(found for found in moves if found is not None),
        tuple(Coherence(name, constant_share(left, name), constant_share(right, name)) for name in whole),
    )


def _lengths(side: Side) -> Values:
    lengths = side.lengths
    return Values(lengths.astype(np.float64), np.arange(len(lengths)))
