"""The holdout: rows set aside before anything is learnt, so that quality and privacy are judged on rows that no model has seen."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from appliance.data_plane.synthesis.sequences.grouping import NO_OWNER, owners_of
from appliance.data_plane.tables.schema import Table

SHARE = 0.05
MOST_ROWS = 2_000
FEWEST_TABLE_ROWS = 200

FEWEST_GROUPS = 20
"""With fewer groups none can be spared: the engine of sequences needs ten to learn from."""

USUAL = 4
"""A group of more rows than this many times the mean stays in training: alone it would be the whole holdout."""


class Split(msgspec.Struct, frozen=True):
    """`train` is learnt from; `holdout` is None where the table is too small to spare rows."""

    train: Table
    holdout: Table | None


def split_holdout(table: Table, seed: int, group_by: tuple[str, ...] = ()) -> Split:
    """Set 5 % of the rows aside, at most 2,000, drawn by `seed`; none from a table of fewer than 200 rows. Row order is kept.

    With `group_by` whole groups are set aside, so that no sequence stands on both sides: at least one, none where there are fewer than 20;
    rows without key stay in training. Raises DataRefused for a key that is not there."""
    owners = owners_of(table, group_by) if group_by else np.arange(table.rows)
    groups = int(owners.max(initial=NO_OWNER)) + 1
    if table.rows < FEWEST_TABLE_ROWS or groups < FEWEST_GROUPS:
        return Split(table, None)
    size = min(MOST_ROWS, round(SHARE * table.rows))
    chosen = _drawn_groups(np.bincount(owners[owners != NO_OWNER], minlength=groups), size, seed)
    held = np.where(owners == NO_OWNER, False, chosen[owners])
    return Split(*(Table(table.schema, table.data.filter(pa.array(side))) for side in (~held, held)))


def _drawn_groups(lengths: npt.NDArray[np.int64], size: int, seed: int) -> npt.NDArray[np.bool_]:
    """Groups drawn at random until they hold `size` rows together; at least one."""
    drawn = np.random.default_rng([seed, 1]).permutation(len(lengths))
    drawn = drawn[lengths[drawn] <= max(USUAL * lengths.mean(), 1)]
    rows = np.cumsum(lengths[drawn])
    chosen = np.zeros(len(lengths), dtype=bool)
    chosen[drawn[: max(1, int(np.searchsorted(rows, size, "right")))]] = True
    return chosen
