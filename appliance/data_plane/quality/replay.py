"""Replay: parts of training rows that come back though they should not: rare values, outliers, combinations that single a person out."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import NAMED_ROWS, Codes, Feature
from appliance.data_plane.quality.estimate import wilson
from appliance.data_plane.quality.space import Rows, block_points, nearest

QUASI_COLUMNS = 5
QUASI_SHARE = 0.1
"""A quasi-identifier has at most one value for every ten rows: what has more is a number or a key."""
OUTLIER_SHARE = 0.05
OUTLIER_ROWS = 2_000
OUTLIER_RADIUS = 0.05
CROWD = 8_000

Hashes = npt.NDArray[np.uint64]


class Partial(msgspec.Struct, frozen=True):
    """Synthetic rows that agree in `columns` with a training row that is alone with these values; the reference is held-out rows."""

    columns: tuple[str, ...]
    matches: int
    share: float
    low: float
    high: float
    reference: float | None


class RareValues(msgspec.Struct, frozen=True):
    """Categories and texts that fewer than 10 training rows hold: how many there are, how many come back, in how many synthetic cells of
    such columns (with their share, its interval, and the held-out rows' share)."""

    values: int
    replayed: int
    rows: int
    share: float
    low: float
    high: float
    reference: float | None


class Outliers(msgspec.Struct, frozen=True):
    """The most isolated training rows: how many have a synthetic row as near as only 5 % of isolated held-out rows have."""

    rows: int
    share: float
    low: float
    high: float
    reference: float


class Replay(msgspec.Struct, frozen=True):
    """All three; None where a part could not be measured."""

    partial: Partial | None
    rare_values: RareValues | None
    outliers: Outliers | None


def measure_replay(features: list[Feature], cap: int, seed: int) -> Replay:
    """Over the sampled rows; outliers need held-out rows."""
    usable = [feature for feature in features if feature.measurable]
    held = len(usable[0].holdout) if usable else 0
    outliers = _outliers(usable, cap, seed) if held >= NAMED_ROWS else None
    return Replay(_partial(usable), _rare_values(features), outliers)


def _partial(features: list[Feature]) -> Partial | None:
    chosen = sorted((feature for feature in features if _is_quasi(feature)), key=_entropy, reverse=True)[:QUASI_COLUMNS]
    if len(chosen) < 2:
        return None
    left, right, held = (_joined([getattr(feature, side) for feature in chosen]) for side in ("left", "right", "holdout"))
    known, counts = np.unique(left, return_counts=True)
    single = known[counts == 1]
    met = np.isin(right, single)
    share = float(met.mean()) if len(met) else 0.0
    low, high = wilson(share, len(met))
    reference = float(np.isin(held, single).mean()) if len(held) else None
    return Partial(tuple(feature.name for feature in chosen), int(met.sum()), share, low, high, reference)


def _is_quasi(feature: Feature) -> bool:
    used = int((np.bincount(feature.left, minlength=feature.levels + 1) > 0).sum())
    return 2 <= used <= max(2, QUASI_SHARE * len(feature.left))


def _entropy(feature: Feature) -> float:
    counts = np.bincount(feature.left)
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log(shares)).sum())


def _joined(columns: list[Codes]) -> Hashes:
    """One number for every row: equal where all columns are."""
    joint = np.zeros(len(columns[0]), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for codes in columns:
            joint = (joint + codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            joint ^= joint >> np.uint64(29)
    return joint


def _rare_values(features: list[Feature]) -> RareValues | None:
    """Over every column of categories, keys and texts; numbers and moments have no rare values to protect but their extremes."""
    columns = [feature for feature in features if not feature.ordered and not feature.moment]
    values = replayed = 0
    cells = {"right": [0, 0], "holdout": [0, 0]}
    for feature in columns:
        rare = np.append(~feature.frequent, False) & (np.bincount(feature.left, minlength=feature.levels + 1) > 0)
        values += int(rare.sum())
        replayed += len(np.unique(feature.right[rare[feature.right]]))
        for side, tally in cells.items():
            codes = getattr(feature, side)
            tally[0] += int(rare[codes].sum())
            tally[1] += len(codes)
    if not values:
        return None
    rows, total = cells["right"]
    held, all_held = cells["holdout"]
    share = rows / total if total else 0.0
    low, high = wilson(share, total)
    return RareValues(values, replayed, rows, share, low, high, held / all_held if all_held else None)


def _outliers(features: list[Feature], cap: int, seed: int) -> Outliers:
    """Isolation is the distance to the nearest other real row; both kinds of rows are compared with the same real and synthetic rows."""
    random = np.random.default_rng([seed, 33])
    members, others = len(features[0].left), len(features[0].holdout)
    count = min(members, others, OUTLIER_ROWS)
    order = random.permutation(members).astype(np.int64)
    inside, outside = Rows("left", order[:count]), Rows("holdout", random.permutation(others)[:count].astype(np.int64))
    crowd = Rows("left", order[count : count + CROWD]) if members > 2 * count else Rows("left", order[:0])
    synthetic = Rows("right", random.permutation(len(features[0].right))[:cap].astype(np.int64))
    points = block_points(features, inside, outside, crowd, synthetic)
    isolated = _isolated(points[0], points[1], points[2])
    kept = max(NAMED_ROWS, round(2 * count * OUTLIER_SHARE))
    chosen = np.argsort(-isolated, kind="stable")[:kept]
    distances = nearest(np.concatenate(points[:2])[chosen], points[3])
    member = chosen < count
    radius = float(np.quantile(distances[~member], OUTLIER_RADIUS)) if (~member).any() else 0.0
    hits = distances[member] <= radius
    share = float(hits.mean()) if len(hits) else 0.0
    low, high = wilson(share, len(hits))
    reference = float((distances[~member] <= radius).mean()) if (~member).any() else 0.0
    return Outliers(len(hits), share, low, high, reference)


def _isolated(inside: npt.NDArray[np.float32], outside: npt.NDArray[np.float32], crowd: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Distance of members and others to the nearest real row of the other kind or of the crowd, which holds neither."""
    first = [nearest(inside, outside), nearest(outside, inside)]
    if len(crowd):
        first = [np.minimum(own, nearest(points, crowd)) for own, points in zip(first, (inside, outside), strict=True)]
    return np.concatenate(first)
