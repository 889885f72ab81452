"""Which rows a training under differential privacy sees: choices that one row more or less changes in that row alone.

A holdout of a fixed size, or one drawn by a seed that the log tells, would be made of many other rows when the table grows by one, and the
promise would be worth nothing. Here every row has a coin of its own, from the operating system, that nobody keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from appliance.data_plane.models.holdout import SHARE, Split
from appliance.data_plane.synthesis.private.noise import NoiseSource
from appliance.data_plane.tables.sampled import MOST_CELLS, SampledTable, read_sample
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

FEWEST_HELD = 10
"""With fewer held-out rows there is no holdout to speak of; they are not learnt from either."""


MOST_BYTES = 1 << 30
"""Bytes of cells that are held; what is more is refused, because the size of a sample must not hang on what stands in its cells."""


def read_secretly(path: Path, source: NoiseSource, *, most_cells: int = MOST_CELLS, most_bytes: int = MOST_BYTES) -> SampledTable:
    """The file, or of more than `most_cells` cells a uniform sample of a size that is the same for every file of as many columns.

    Its seed is used once and kept nowhere. Raises DataRefused for cells of more than `most_bytes`, and as reading does."""
    read = read_sample(path, int(source.words(1)[0] >> np.uint64(1)), most_cells=most_cells, most_bytes=most_bytes)
    if read.table.rows < min(read.total_rows, max(1, most_cells // len(read.table.schema.names))):
        raise DataRefused(
            f"The cells of the table hold more than the {most_bytes >> 20:,} MiB that are learnt from under differential privacy.",
            hint="Leave columns of long texts out of the file: they are not learnt under differential privacy.",
        )
    return read


def split_secretly(table: Table, source: NoiseSource) -> Split:
    """A holdout of about SHARE of the rows, each by its own coin."""
    held = source.words(table.rows) >> np.uint64(32) < np.uint64(int(SHARE * 2**32))
    kept = Table(table.schema, table.data.filter(pa.array(~held)))
    return Split(kept, Table(table.schema, table.data.filter(pa.array(held))) if int(held.sum()) >= FEWEST_HELD else None)
