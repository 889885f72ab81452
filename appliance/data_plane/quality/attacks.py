"""Attacks on persons: singling out, linkability and inference, with the same attack on people the engine never saw as control.

The three risks of the European data-protection authorities' Opinion 05/2014, as in Giomi, Boenisch, Wehmeyer and Tasnádi (2023), "A
unified framework for quantifying privacy risk in synthetic data": success on training rows beyond success on control rows,
R = (r − c) / (1 − c), with Wilson's intervals of both rates carried over. Own implementation."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Feature
from appliance.data_plane.quality.estimate import NORMAL
from appliance.data_plane.quality.predicates import singling_out
from appliance.data_plane.quality.risk import Attack, Tally, attack
from appliance.data_plane.quality.space import Points, Rows, block_points, ranks

VICTIMS = 1_000
SYNTHETIC_ROWS = 5_000
LINKED_NEIGHBOURS = 3
SECRETS = 12
OPEN = 0.95
"""A column in which one value is commoner is no secret: whoever names that value is nearly always right."""
TOLERANCE = 0.025
"""A guessed number counts as right if at most this share of the training rows lies between it and the truth."""

Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]


class Attacks(msgspec.Struct, frozen=True):
    """All attacks, and the one that certainly gains most beyond the control."""

    singling_out: tuple[Attack, ...]
    linkability: tuple[Attack, ...]
    inference: tuple[Attack, ...]
    worst: str


def measure_attacks(features: list[Feature], seed: int) -> Attacks | None:
    """Attack training and held-out rows alike; None with fewer than two columns."""
    if len(features) < 2:
        return None
    single = singling_out(features, seed)
    random = np.random.default_rng([seed, 111])
    groups = [_drawn(features, side, VICTIMS if side != "right" else SYNTHETIC_ROWS, random) for side in ("left", "holdout", "right")]
    linked = (_linkability(features, groups, random),) if len(features) >= 4 else ()
    secrets = tuple(_inference(features, groups, random))
    every = [*single, *linked, *secrets]
    worst = max(every, key=lambda one: one.excess(NORMAL)).name if every else ""
    return Attacks(single, linked, secrets, worst)


def _drawn(features: list[Feature], side: str, most: int, random: np.random.Generator) -> Rows:
    size = len(getattr(features[0], side))
    return Rows(side, np.sort(random.choice(size, min(size, most), replace=False)).astype(np.int64))


def _linkability(features: list[Feature], groups: list[Rows], random: np.random.Generator) -> Attack:
    """Two parties hold half of the columns each: do both halves of a person lead to the same synthetic row?"""
    order = random.permutation(len(features))
    halves = [[features[i] for i in part] for part in (order[: len(order) // 2], order[len(order) // 2 :])]
    points = [block_points(half, *groups) for half in halves]
    rates = [_linked([half[group] for half in points], [half[2] for half in points]) for group in (0, 1)]
    rows = max(1, len(groups[2].positions))
    near = min(LINKED_NEIGHBOURS, rows)
    blind = 1 - (1 - near / rows) ** near
    sizes = [len(group.positions) for group in groups[:2]]
    return attack("two halves of the columns", Tally(sizes[0], float(rates[0].sum()), sizes[1], float(rates[1].sum()), blind))


def _linked(victims: list[Points], synthetic: list[Points]) -> Mask:
    first, second = (_closest_rows(one, other) for one, other in zip(victims, synthetic, strict=True))
    met: Mask = (first[:, :, None] == second[:, None, :]).any(axis=(1, 2))
    return met


def _closest_rows(probes: Points, points: Points) -> Indices:
    closeness = np.einsum("ij,ij->i", points, points) - 2.0 * (probes @ points.T)
    count = min(LINKED_NEIGHBOURS, closeness.shape[1])
    found = np.argpartition(closeness, count - 1, axis=1)[:, :count]
    return found.astype(np.int64)


def _inference(features: list[Feature], groups: list[Rows], random: np.random.Generator) -> list[Attack]:
    """All columns but one are known: the nearest synthetic row's value is the guess for the one."""
    secret = [i for i, feature in enumerate(features) if np.bincount(feature.left).max() <= OPEN * len(feature.left)]
    chosen = np.sort(random.permutation(np.array(secret, dtype=np.int64))[:SECRETS])
    sides = [_gaps(features, group, groups[2]) for group in groups[:2]]
    found = []
    for secret in chosen:
        feature = features[secret]
        own = block_points([feature], *groups)
        hits = []
        for victim in (0, 1):
            left_out = sides[victim] - _squared(own[victim], own[2])
            guess = groups[2].codes(feature)[left_out.argmin(axis=1)]
            hits.append(_right(feature, groups[victim], guess))
        blind = _right(feature, groups[0], groups[2].codes(feature)[random.integers(0, len(groups[2].positions), len(hits[0]))])
        tally = Tally(len(hits[0]), float(hits[0].sum()), len(hits[1]), float(hits[1].sum()), float(blind.mean()))
        found.append(attack(feature.name, tally))
    return found


def _gaps(features: list[Feature], victims: Rows, synthetic: Rows) -> Points:
    probes, points = block_points(features, victims, synthetic)
    return _squared(probes, points)


def _squared(probes: Points, points: Points) -> Points:
    lengths = np.einsum("ij,ij->i", probes, probes)[:, None] + np.einsum("ij,ij->i", points, points)[None, :]
    gaps: Points = lengths - 2.0 * (probes @ points.T)
    return gaps


def _right(feature: Feature, victims: Rows, guess: npt.NDArray[np.int32]) -> Mask:
    truth = victims.codes(feature)
    if not feature.ordered:
        same: Mask = truth == guess
        return same
    near: Mask = np.abs(ranks(feature, truth) - ranks(feature, guess)) <= TOLERANCE
    return near
