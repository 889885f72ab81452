"""Rows and sequences as single numbers, so that unique ones can be told again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import cell_hashes, mix, row_hashes


def row_numbers(data: pa.Table, names: Sequence[str], rows: int) -> Array:
    """One number for each of `rows` rows: those that are written alike in these columns get the same one."""
    if not names:
        return np.zeros(rows, np.uint64)
    return row_hashes([cell_hashes(whole(data.column(name))) for name in names])


def sequence_hashes(rows: Array, start: Array) -> Array:
    """One number per sequence from its rows' numbers, in their order; `start` as in `Groups`."""
    if len(start) < 2:
        return np.zeros(0, np.uint64)
    lengths = np.diff(start)
    place = np.arange(len(rows)) - np.repeat(start[:-1], lengths)
    sums = np.add.reduceat(mix(rows ^ mix(place.astype(np.uint64))), start[:-1])
    return np.asarray(mix(sums + lengths.astype(np.uint64)))
