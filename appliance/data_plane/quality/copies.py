"""Copies: synthetic rows that are training rows, or come nearer to one than unseen real rows do."""

from __future__ import annotations

import msgspec
import numpy as np

from appliance.data_plane.quality.column import Feature, Hashes
from appliance.data_plane.quality.comparison import Comparison
from appliance.data_plane.quality.estimate import wilson
from appliance.data_plane.quality.space import Rows, block_points, nearest

PROBES = 2_000
NEAR_SHARE = 0.01


class Exact(msgspec.Struct, frozen=True):
    """Rows that equal a training row (`copies`), and among them those that equal a row the training table holds once (`unique`).

    `distinct` counts the training rows that are met. Shares are of the rows looked at; the holdout's are None without one.
    `natural_share` is the share of training rows that equal exactly one other: so often a fresh real row meets a lone one."""

    copies: int
    unique: int
    distinct: int
    share: float
    unique_share: float
    holdout_share: float | None
    holdout_unique_share: float | None
    left_duplicates: int
    right_duplicates: int
    natural_share: float = 0.0


class Near(msgspec.Struct, frozen=True):
    """Share of synthetic rows at least as near to a training row as the nearest 1 % of held-out rows are, its 95 % interval, and the
    holdout's own share at that distance."""

    share: float
    low: float
    high: float
    holdout_share: float
    radius: float
    rows: int
    holdout_rows: int


def exact_copies(comparison: Comparison) -> Exact:
    """Compare whole rows (identifier columns left out), every row of both tables."""
    known, counts = np.unique(comparison.left_hashes, return_counts=True)
    once = known[counts == 1]
    copied = np.isin(comparison.right_hashes, known)
    unique = np.isin(comparison.right_hashes, once)
    held = comparison.holdout_hashes
    there = bool(len(held))
    return Exact(
        copies=int(copied.sum()),
        unique=int(unique.sum()),
        distinct=len(np.unique(comparison.right_hashes[copied])),
        share=_share(copied.sum(), len(copied)),
        unique_share=_share(unique.sum(), len(unique)),
        holdout_share=_share(np.isin(held, known).sum(), len(held)) if there else None,
        holdout_unique_share=_share(np.isin(held, once).sum(), len(held)) if there else None,
        left_duplicates=len(comparison.left_hashes) - len(known),
        right_duplicates=_duplicates(comparison.right_hashes),
        natural_share=_share(2 * int((counts == 2).sum()), len(comparison.left_hashes)),
    )


def _share(count: int, total: int) -> float:
    return float(count) / total if total else 0.0


def _duplicates(hashes: Hashes) -> int:
    return len(hashes) - len(np.unique(hashes))


def near_copies(features: list[Feature], cap: int, seed: int) -> Near:
    """Nearest training rows of at most 2,000 synthetic and 2,000 held-out rows."""
    random = np.random.default_rng([seed, 31])
    sizes = {"right": PROBES, "holdout": PROBES, "left": cap}
    groups = [_drawn(side, len(getattr(features[0], side)), most, random) for side, most in sizes.items()]
    synthetic, held, training = block_points(features, *groups)
    ours, theirs = nearest(synthetic, training), nearest(held, training)
    radius = float(np.quantile(theirs, NEAR_SHARE, method="lower"))
    share = float((ours <= radius).mean())
    low, high = wilson(share, len(ours))
    return Near(share, low, high, float((theirs <= radius).mean()), radius, len(ours), len(theirs))


def _drawn(side: str, size: int, most: int, random: np.random.Generator) -> Rows:
    positions = np.arange(size) if size <= most else np.sort(random.choice(size, most, replace=False))
    return Rows(side, positions.astype(np.int64))
