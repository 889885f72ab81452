"""Distances: are synthetic rows nearer to training rows than to as many real rows that the engine never saw?"""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.space import CHUNK_CELLS, Points, Rows, block_points

PROBES = 2_000
REAL_ROWS = 5_000
DRAWS = 4
BLOCKS = 8
BLOCK_STUDENT = 2.36
LEVELS = tuple(round(0.05 * step, 2) for step in range(21))


class Shares(msgspec.Struct, frozen=True):
    """Share of synthetic rows nearer to training than to held-out rows (0.5 is ideal), its 95 % interval, and both sides' quantiles."""

    share: float
    low: float
    high: float
    ideal: float
    levels: tuple[float, ...]
    to_training: tuple[float, ...]
    to_holdout: tuple[float, ...]


class Distances(msgspec.Struct, frozen=True):
    """`dcr`: distance to the closest row. `nndr`: that distance over the one to the second closest (near 0: one row stands out)."""

    dcr: Shares
    nndr: Shares
    probes: int
    rows: int


def measure_distances(features: list[Feature], seed: int) -> Distances:
    """At most 2,000 synthetic rows against the held-out rows and up to four draws of as many training rows."""
    random = np.random.default_rng([seed, 51])
    held = len(features[0].holdout)
    count = min(held, len(features[0].left), REAL_ROWS)
    draws = min(DRAWS, max(1, len(features[0].left) // count))
    training = random.permutation(len(features[0].left))[: count * draws].astype(np.int64)
    groups = [_drawn("right", len(features[0].right), PROBES, random), _drawn("holdout", held, count, random), Rows("left", training)]
    probes, others, known = block_points(features, *groups)
    far = _blockwise(probes, others)
    near = [_blockwise(probes, known[start : start + count]) for start in range(0, len(known), count)]
    closest, ratios = (_shares([view(part) for part in near], view(far)) for view in (_first, _ratio))
    return Distances(closest, ratios, len(probes), count)


def _blockwise(probes: Points, points: Points) -> Floats:
    """The two nearest distances in each of eight blocks of the points (blocks × probes × 2)."""
    return np.stack([two_nearest(probes, part) for part in np.array_split(points, min(BLOCKS, len(points)))])


def _first(blocks: Floats) -> Floats:
    """The nearest distance, in each block and (last) in all of them."""
    return np.concatenate([blocks[:, :, 0], blocks[:, :, 0].min(axis=0, keepdims=True)])


def _drawn(side: str, size: int, most: int, random: np.random.Generator) -> Rows:
    positions = np.arange(size) if size <= most else np.sort(random.choice(size, most, replace=False))
    return Rows(side, positions.astype(np.int64))


def _ratio(blocks: Floats) -> Floats:
    """The nearest distance over the second, in each block and (last) in all of them."""
    both = np.sort(blocks.transpose(1, 0, 2).reshape(blocks.shape[1], -1), axis=1)[:, :2]
    pairs = np.concatenate([blocks, both[None]])
    return np.where(pairs[:, :, 1] > 0, pairs[:, :, 0] / np.maximum(pairs[:, :, 1], 1e-12), 1.0)


def _shares(near: list[Floats], far: Floats) -> Shares:
    """Ties count half. The error has two parts: the probes', and the real rows', which the shares by block of real rows show."""
    wins = np.mean([(part < far) + 0.5 * (part == far) for part in near], axis=0)
    share = float(wins[-1].mean())
    blocks = wins[:-1].mean(axis=1)
    spread = float(wins[-1].var()) / max(1, wins.shape[1]) + (float(blocks.var(ddof=1)) / len(blocks) if len(blocks) > 1 else 0.25)
    half = BLOCK_STUDENT * math.sqrt(spread)
    points = [
        tuple(round(float(q), 4) for q in np.quantile(side, LEVELS)) for side in (np.concatenate([part[-1] for part in near]), far[-1])
    ]
    return Shares(share, max(0.0, share - half), min(1.0, share + half), 0.5, LEVELS, points[0], points[1])


def two_nearest(probes: Points, points: Points) -> Floats:
    """Distances of every probe to its two nearest points (probes × 2); a lone point counts twice."""
    found = np.empty((len(probes), 2))
    lengths = np.einsum("ij,ij->i", points, points)
    step = max(1, CHUNK_CELLS // max(1, len(points)))
    for start in range(0, len(probes), step):
        part = probes[start : start + step]
        found[start : start + step] = _exact(part, points, _closest(lengths - 2.0 * (part @ points.T)))
    return found


def _closest(closeness: Points) -> npt.NDArray[np.int64]:
    if closeness.shape[1] < 3:
        return np.argsort(closeness, axis=1, kind="stable")[:, [0, -1]]
    return np.argpartition(closeness, 2, axis=1)[:, :2]


def _exact(part: Points, points: Points, nearest: npt.NDArray[np.int64]) -> Floats:
    gaps = part[:, None, :] - points[nearest]
    return np.sort(np.sqrt(np.einsum("ijk,ijk->ij", gaps, gaps, dtype=np.float64)), axis=1)
