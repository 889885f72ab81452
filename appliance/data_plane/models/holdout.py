"""The holdout: rows set aside before anything is learnt, so that quality and privacy are judged on rows that no model has seen."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

SHARE = 0.05
MOST_ROWS = 2_000
FEWEST_TABLE_ROWS = 200


class Split(msgspec.Struct, frozen=True):
    """`train` is learnt from; `holdout` is None where the table is too small to spare rows."""

    train: Table
    holdout: Table | None


def split_holdout(table: Table, seed: int, group_by: tuple[str, ...] = ()) -> Split:
    """Set 5 % of the rows aside, at most 2,000, drawn by `seed`; none from a table of fewer than 200 rows. Row order is kept.

    With `group_by` whole groups are set aside, so that no sequence stands on both sides. Raises DataRefused for a key that is not there."""
    if table.rows < FEWEST_TABLE_ROWS:
        return Split(table, None)
    owners = _owners(table, group_by) if group_by else np.arange(table.rows)
    groups = int(owners.max()) + 1
    size = min(MOST_ROWS, round(SHARE * table.rows))
    drawn = np.random.default_rng([seed, 1]).permutation(groups)
    rows = np.cumsum(np.bincount(owners, minlength=groups)[drawn])
    chosen = np.zeros(groups, dtype=bool)
    chosen[drawn[: max(1, int(np.searchsorted(rows, size, "right")))]] = True
    held = pa.array(chosen[owners])
    kept = pa.array(~chosen[owners])
    return Split(Table(table.schema, table.data.filter(kept)), Table(table.schema, table.data.filter(held)))


def _owners(table: Table, group_by: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """The number of the group that each row belongs to; groups are numbered in the order of their key codes."""
    missing = [name for name in group_by if name not in table.schema.names]
    if missing:
        raise DataRefused(f"The configuration groups by the column {missing[0]!r}, but the table has no such column.")
    numbers = np.zeros(table.rows, np.int64)
    for name in group_by:
        codes = pc.fill_null(table.data.column(name).combine_chunks().dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
        numbers = np.unique(numbers * (table.rows + 1) + codes + 1, return_inverse=True)[1].astype(np.int64)
    return numbers
