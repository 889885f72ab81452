"""Fine codes put together into groups that are large enough to be seen through the noise of tables of several columns."""

from __future__ import annotations

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.codec import Levels, Numbers

BINS = 16
"""Groups of like mass that numbers are cut into, at most."""

LEVEL_SHARE = 0.01
"""The least share of the rows that a level of its own group holds."""

NOISE = 3.0
"""Standard deviations of noise that a group must exceed."""


class Groups(msgspec.Struct, frozen=True):
    """`of`: the group of each fine code, of *missing* and of *other*. `rows`: noisy rows of each fine code and of *missing*, 0 for what is
    never made. `size`: how many groups. `silent`: the group of what is never made, or -1."""

    of: Array
    rows: Array
    size: int
    silent: int = -1

    @property
    def masses(self) -> Array:
        """The noisy rows of each group; of the silent one 0."""
        return np.bincount(self.of[:-1], self.rows, minlength=self.size)


def group_codes(codec: Levels | Numbers, rows: Array, deviation: float, pair_deviation: float) -> Groups:
    """Groups of a column. `rows`: noisy rows of fine codes, *missing*, *other*; `deviation`: of the noise on them, `pair_deviation`: of the
    noise on the cells of a table of two columns."""
    total = max(float(rows.sum()), 1.0)
    made = np.maximum(rows[:-1], 0.0)
    if made[-1] <= 4 * deviation and len(made) > 1:
        made[-1] = 0.0
    least = NOISE * pair_deviation
    of = np.full(codec.size + 2, -1, np.int64)
    if isinstance(codec, Levels):
        size = _group_levels(of, made, max(LEVEL_SHARE * total, least))
    else:
        size = _group_numbers(of, made, np.argsort(codec.middles, kind="stable"), max(total / BINS, least))
    if made[-1] > 0:
        of[-2], size = size, size + 1
    silent = -1
    if rows[-1] > max(least, 0.005 * total) or size == 0:
        silent, size = size, size + 1
    last = silent if silent >= 0 else int(np.argmin(np.bincount(of[:-1][made > 0], made[made > 0], minlength=size)))
    of[of < 0] = last
    return Groups(of, made, size, silent)


def _group_levels(of: Array, made: Array, least: float) -> int:
    """Each level of enough rows is a group; the others are one together."""
    own = np.flatnonzero(made[:-1] >= least)
    of[own] = np.arange(len(own))
    few = np.flatnonzero((made[:-1] < least) & (made[:-1] > 0))
    of[few] = len(own)
    return len(own) + (1 if len(few) else 0)


def _group_numbers(of: Array, made: Array, order: Array, least: float) -> int:
    """Numbers of enough rows are groups; the others are put together in their order until there are enough."""
    size, gathered, opened = 0, 0.0, -1
    for code in order.tolist():
        if made[code] >= least:
            of[code], size = size, size + 1
            continue
        if opened < 0:
            opened, size, gathered = size, size + 1, 0.0
        of[code], gathered = opened, gathered + made[code]
        if gathered >= least:
            opened = -1
    return size
