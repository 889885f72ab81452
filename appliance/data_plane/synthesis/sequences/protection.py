"""Values that belong to few sequences are protected: the unit is the sequence, not the row.

In the table of steps one sequence has many rows, so that ten rows may be one person's. Before anything is learnt, categories held by fewer
than `RARE` sequences are hidden, numbers are held between bounds that several sequences pass, and numbers that many rows but few sequences
hold are spread between their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import RARE
from appliance.data_plane.tables.schema import ColumnKind

BEYOND = 5
"""Sequences that lie past each bound, where there are enough; the bound is the mean of the next `RARE` sequences' outermost values."""

_HIDDEN = "\x01"


def hide_rare(column: pa.Array, owner: Array, kind: ColumnKind, public: Sequence[str] = ()) -> pa.Array:
    """A column of texts without the categories of too few groups: each such cell becomes a category of its own, which the engine protects
    (free text: missing). Fewer groups are enough where the table has few, as for rows: ten, else five, else three. Categories that the
    configuration makes `public` are not hidden."""
    encoded = column.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, -1), np.int64)
    values = len(encoded.dictionary)
    pairs = np.unique(codes[codes >= 0] * (int(owner.max(initial=0)) + 1) + owner[codes >= 0])
    held = np.bincount(pairs // (int(owner.max(initial=0)) + 1), minlength=values)
    rows = np.bincount(codes[codes >= 0], minlength=values)
    floors = (RARE,) if kind is ColumnKind.TEXT else (RARE, 5, 3)
    floor = next((floor for floor in floors if rows[held < floor].sum() <= rows.sum() / 2), floors[-1])
    rare = (held < floor) & (rows >= floor) & ~np.isin(np.asarray(encoded.dictionary, object), list(public))
    hidden = np.flatnonzero((codes >= 0) & np.r_[rare, False][codes])
    if not len(hidden):
        return column
    if kind is ColumnKind.TEXT:
        mask = np.zeros(len(column), bool)
        mask[hidden] = True
        return pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), column)
    texts = column.to_pylist()
    for row in hidden.tolist():
        texts[row] = f"{_HIDDEN}{row}"
    return pa.array(texts, pa.string())


def bounded(values: Array, start: Array) -> Array:
    """Numbers between bounds that several groups pass. All missing where fewer than `RARE` groups have a number at all."""
    lows, highs = (_outermost(sign * values, start) for sign in (-1, 1))
    if min(len(lows), len(highs)) < RARE:
        return np.full(len(values), np.nan)
    return np.clip(values, -_bound(lows), _bound(highs))


def _outermost(values: Array, start: Array) -> Array:
    """Every group's largest number, largest first; groups without one do not count."""
    filled = np.where(np.isfinite(values), values, -np.inf)
    found = np.maximum.reduceat(filled, start[:-1]) if len(start) > 1 else np.zeros(0)
    return np.sort(found[np.isfinite(found)])[::-1]


def _bound(outermost: Array) -> float:
    beyond = min(BEYOND, len(outermost) - RARE)
    return float(outermost[beyond : beyond + RARE].mean())


def spread_few(values: Array, owner: Array, counted: Array, random: np.random.Generator, whole: bool) -> Array:
    """Numbers that at least `RARE` rows but fewer than `RARE` groups hold, moved at random up to halfway to their neighbours.

    `counted`: the rows that are looked at; others stay. `whole`: numbers stay whole."""
    rows = np.flatnonzero(counted & np.isfinite(values))
    if not len(rows):
        return values
    distinct, inverse, counts = np.unique(values[rows], return_inverse=True, return_counts=True)
    width = int(owner.max()) + 1
    groups = np.bincount(np.unique(inverse * width + owner[rows]) // width, minlength=len(distinct))
    few = (counts >= RARE) & (groups < RARE)
    some = rows[few[inverse]]
    if not len(some) or len(distinct) < 2:
        return values
    room = np.diff(distinct)
    below, above = np.r_[0.0, room], np.r_[room, 0.0]
    at, point = inverse[few[inverse]], random.uniform(-0.5, 0.5, len(some))
    moved = values.copy()
    moved[some] += np.where(point < 0, point * below[at], point * above[at])
    moved[some] = np.rint(moved[some]) if whole else moved[some]
    return moved
