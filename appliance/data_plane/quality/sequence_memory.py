"""How strongly a number follows from the one before it, and how much of it belongs to the whole sequence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import NAMED_ROWS
from appliance.data_plane.quality.sequence_facts import Memory
from appliance.data_plane.quality.sequence_side import Array, Side, whole

CONFIDENT = 1.96


def column_memory(left: Side, right: Side, name: str) -> Memory | None:
    """Correlations of ranks on the training scale; None where either side has too few pairs or no spread."""
    cells = [np.asarray(pc.fill_null(whole(side.data.column(name)).cast(pa.float64()), float("nan")), np.float64) for side in (left, right)]
    scale = np.sort(cells[0][np.isfinite(cells[0])])
    if len(scale) < 3 * NAMED_ROWS:
        return None
    found = []
    for side, values in zip((left, right), cells, strict=True):
        rank = (np.searchsorted(scale, values, "left") + np.searchsorted(scale, values, "right")) / (2 * len(scale)) - 0.5
        found.append(_correlation(side, np.where(np.isfinite(values), rank, np.nan)))
    if found[0] is None or found[1] is None:
        return None
    (first, error, between), (second, other, other_between) = found[0], found[1]
    room = CONFIDENT * float(np.hypot(error, other))
    return Memory(name, first, second, first - room, first + room, between, other_between, abs(first - second) <= room)


def _correlation(side: Side, rank: Array) -> tuple[float, float, float] | None:
    """Lag-1 correlation over all pairs, its standard error by leaving out one sequence after another (jackknife), and the share of
    variance between sequences."""
    pairs = side.pair[np.isfinite(rank[side.pair]) & np.isfinite(rank[side.pair - 1])]
    if len(pairs) < 3 * NAMED_ROWS:
        return None
    owner, x, y = side.owner[pairs], rank[pairs - 1], rank[pairs]
    sums = np.stack([np.bincount(owner, values) for values in (np.ones(len(x)), x, y, x * x, y * y, x * y)])
    total = sums.sum(1, keepdims=True)
    value, without = _pearson(total), _pearson(total - sums[:, sums[0] > 0])
    if not np.isfinite(value).all() or len(without) < 2:
        return None
    without = without[np.isfinite(without)]
    error = float(np.sqrt((len(without) - 1) / max(len(without), 1) * ((without - without.mean()) ** 2).sum()))
    return float(value[0]), error, _between(side, rank)


def _pearson(sums: Array) -> Array:
    count, x, y, xx, yy, xy = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((count * xy - x * y) / np.sqrt((count * xx - x * x) * (count * yy - y * y)))


def _between(side: Side, rank: Array) -> float:
    """The intraclass correlation: one-way analysis of variance over the sequences with two values and more (Fisher 1925)."""
    present = np.isfinite(rank)
    counts = np.bincount(side.owner[present], minlength=int(side.owner[-1]) + 1)
    some = present & (counts[side.owner] > 1)
    owner = np.unique(side.owner[some], return_inverse=True)[1]
    if not len(owner) or owner.max() < 1:
        return 0.0
    size = np.bincount(owner)
    means = np.bincount(owner, rank[some]) / size
    inside = float(((rank[some] - means[owner]) ** 2).sum()) / max(len(owner) - len(size), 1)
    middle = float(rank[some].mean())
    outside = float((size * (means - middle) ** 2).sum()) / (len(size) - 1)
    usual = (len(owner) - float((size**2).sum()) / len(owner)) / (len(size) - 1)
    spread = inside + (outside - inside) / usual
    return max(0.0, min(1.0, (outside - inside) / usual / spread)) if spread > 0 else 0.0
