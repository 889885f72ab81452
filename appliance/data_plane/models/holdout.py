"""The holdout: rows set aside before anything is learnt, so that quality and privacy are judged on rows that no model has seen."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.tables.schema import Table

SHARE = 0.05
MOST_ROWS = 2_000
FEWEST_TABLE_ROWS = 200


class Split(msgspec.Struct, frozen=True):
    """`train` is learnt from; `holdout` is None where the table is too small to spare rows."""

    train: Table
    holdout: Table | None


def split_holdout(table: Table, seed: int) -> Split:
    """Set 5 % of the rows aside, at most 2,000, drawn by `seed`; none from a table of fewer than 200 rows. Row order is kept."""
    if table.rows < FEWEST_TABLE_ROWS:
        return Split(table, None)
    size = min(MOST_ROWS, max(1, round(SHARE * table.rows)))
    chosen = np.zeros(table.rows, dtype=bool)
    chosen[np.random.default_rng([seed, 1]).choice(table.rows, size, replace=False)] = True
    held = pa.array(chosen)
    kept = pa.array(~chosen)
    return Split(Table(table.schema, table.data.filter(kept)), Table(table.schema, table.data.filter(held)))
