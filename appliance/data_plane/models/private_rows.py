"""Which rows a training under differential privacy sees: choices that one row more or less changes in that row alone.

A holdout of a fixed size, or one drawn by a seed that the log tells, would be made of many other rows when the table grows by one, and the
promise would be worth nothing. Here every row has a coin of its own, from the operating system, that nobody keeps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from appliance.data_plane.models.holdout import SHARE, Split
from appliance.data_plane.synthesis.private.noise import NoiseSource
from appliance.data_plane.tables.schema import Table

FEWEST_HELD = 10
"""With fewer held-out rows there is no holdout to speak of; they are not learnt from either."""


def split_secretly(table: Table, source: NoiseSource) -> Split:
    """A holdout of about SHARE of the rows, each by its own coin."""
    held = source.words(table.rows) >> np.uint64(32) < np.uint64(int(SHARE * 2**32))
    kept = Table(table.schema, table.data.filter(pa.array(~held)))
    return Split(kept, Table(table.schema, table.data.filter(pa.array(held))) if int(held.sum()) >= FEWEST_HELD else None)


def unknown_seed(source: NoiseSource) -> int:
    """A seed to read a sample of a large table with; it is used once and kept nowhere."""
    return int(source.words(1)[0] >> np.uint64(1))
