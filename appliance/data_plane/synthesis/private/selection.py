"""Which pairs of columns are worth their budget: the exponential mechanism, run exactly.

McSherry, Talwar, "Mechanism design via differential privacy", 2007; scores as in AIM (McKenna, Mullins, Sheldon, Miklau 2022): how far the
table is from what the model without it says, less what the noise would add. Weights are never computed: a candidate is drawn evenly and
kept by an exact coin of exp(-(best - score) / scale), so nothing is rounded."""

from __future__ import annotations

import math

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.census import Census
from appliance.data_plane.synthesis.private.noise import bernoulli_exp, uniform_below

_BATCH = 256
_EXPECTED = (2 / math.pi) ** 0.5


def choose(scores: Array, wanted: int, rho: float, census: Census, purpose: str, ends: Array | None = None) -> list[int]:
    """`wanted` different candidates, each chosen by the exponential mechanism among those that are left. `scores`: whole numbers that one
    row changes by at most one. `ends`: the two ends of each candidate, where the chosen ones must make no circle (a spanning tree, as in
    MST, McKenna, Miklau, Sheldon 2021). A choice at 2 / scale costs (2 / scale)² / 8 in zCDP."""
    if wanted < 1:
        return []
    scale = max(1, math.ceil(math.sqrt(wanted / (2.0 * rho))))
    census.ledger.spend(purpose, "exponential mechanism", wanted / (2.0 * scale**2))
    left = np.ones(len(scores), bool)
    trees = np.arange(int(ends.max()) + 1) if ends is not None else np.zeros(0, np.int64)
    chosen: list[int] = []
    while len(chosen) < wanted and left.any():
        best = int(scores[left].max())
        for candidate in _kept(np.flatnonzero(left), scores, best, scale, census):
            if left[candidate] and len(chosen) < wanted:
                left[candidate] = False
                chosen.append(candidate)
                if ends is not None:
                    trees[trees == trees[ends[candidate, 1]]] = trees[ends[candidate, 0]]
                    left &= trees[ends[:, 0]] != trees[ends[:, 1]]
    return chosen


def _kept(candidates: Array, scores: Array, best: int, scale: int, census: Census) -> list[int]:
    """Independent draws, in order; draws of what was chosen meanwhile count for nothing, so each is a choice among the rest."""
    size = max(_BATCH, len(candidates))
    drawn = candidates[uniform_below(np.full(size, len(candidates), np.int64), census.source)]
    gaps = (best - scores[drawn]).astype(np.int64)
    return [int(candidate) for candidate in drawn[bernoulli_exp(gaps, np.full(size, scale, np.int64), census.source)]]


def pair_score(joint: Array, expected: Array, deviation: float) -> int:
    """How many rows a table is away from what independence says, less what noise of `deviation` a cell would be: a whole number, and one
    row changes it by at most one, because what is expected comes from noisy counts and is rounded."""
    apart = int(np.abs(joint - np.rint(expected).astype(np.int64)).sum())
    return apart - round(float(_EXPECTED * deviation * joint.size))
