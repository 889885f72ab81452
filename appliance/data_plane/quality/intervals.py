"""Intervals of the scores: how far each would move with another sample of as many rows, as the scores of blocks of rows vary.

Leaving rows out in turn (jackknife) or drawing them again (bootstrap) reads up to twice the true error here, because distances of
samples are mostly noise, to which both add theirs; disjoint blocks are samples themselves, and 95 % intervals from them cover."""

from __future__ import annotations

import math
from typing import TypeVar

import msgspec
import numpy as np

from appliance.data_plane.quality.attribute import Attribute
from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.correlation import correlate
from appliance.data_plane.quality.distribution import jensen_shannon, numeric_distance
from appliance.data_plane.quality.estimate import Estimate, around, same_size
from appliance.data_plane.quality.membership import Membership
from appliance.data_plane.quality.score import correlation_curve, distribution_curve, structure_curve, tabular_score
from appliance.data_plane.quality.structure import Structure, component_distance

BLOCKS = 8
STUDENT = 2.365
"""The 97.5 % quantile of Student's t with BLOCKS − 1 degrees of freedom."""
SAMPLED_ROWS = 20_000
LEAST_ROWS = 20 * BLOCKS
CORRELATED_COLUMNS = 30
LEVEL = 0.95
CURVES = (
    ("column_distribution_stability", distribution_curve),
    ("column_correlation_stability", correlation_curve),
    ("deep_structure_stability", structure_curve),
)
METHOD = "the distances behind each score in eight blocks of rows; privacy: the attacked rows drawn again"


Rows = TypeVar("Rows", Codes, Floats)


class Parts(msgspec.Struct, frozen=True):
    """The three distances behind the tabular score; None where one could not be measured."""

    distribution: float | None
    correlation: float | None
    structure: float | None


class Intervals(msgspec.Struct, frozen=True):
    """The estimates by score, their level, and how they came about."""

    level: float
    method: str
    groups: int
    rows: int
    scores: dict[str, Estimate]


def score_intervals(
    features: list[Feature], structure: Structure | None, parts: Parts, quality: tuple[float | None, float], held: Parts
) -> Intervals:
    """Estimates of the quality scores: `parts` are the distances of the whole tables, `quality` the overall score and the weight that the
    tabular score has in it, `held` the held-out rows' distances. None of the text scores, which rest on few rows."""
    usable = [feature for feature in features if feature.tabular]
    rows = min(len(usable[0].left), len(usable[0].right)) if usable else 0
    read = min(rows, SAMPLED_ROWS)
    if read < LEAST_ROWS:
        return Intervals(LEVEL, METHOD, 0, 0, {})
    moves = _moves(usable, structure, read)
    ceiling = _ceiling(usable[0], held)
    scores = {}
    for (name, curve), part, moved in zip(CURVES, ("distribution", "correlation", "structure"), moves, strict=True):
        distance, real = getattr(parts, part), getattr(ceiling, part)
        if distance is not None:
            half = STUDENT * _deviation(moved)
            ends = sorted((curve(max(0.0, distance - half)), curve(distance + half)))
            scores[name] = Estimate(curve(distance), ends[0], ends[1], None if real is None else curve(real))
    error = _total_error(parts, moves)
    if quality[0] is not None and error is not None:
        reference = _score(ceiling, np.zeros(3)) if quality[1] == 1.0 else None
        scores["synthetic_quality_score"] = around(quality[0], quality[1] * error, 0.0, 100.0, reference, STUDENT)
    return Intervals(LEVEL, METHOD, BLOCKS, read, scores)


def _ceiling(feature: Feature, held: Parts) -> Parts:
    """The held-out rows' distances as they would be for as many rows as the synthetic table has."""
    sizes = len(feature.left), len(feature.holdout), len(feature.right)
    return Parts(*(same_size(distance, *sizes) for distance in (held.distribution, held.correlation, held.structure)))


def with_privacy(intervals: Intervals, membership: Membership | None, attribute: Attribute | None) -> Intervals:
    """The same with the privacy scores, whose attacks give their own margins."""
    found = [attack for attack in (membership, attribute) if attack is not None]
    if not found:
        return intervals
    scores = dict(intervals.scores)
    for name, attack in (("membership_inference", membership), ("attribute_inference", attribute)):
        if attack is not None:
            scores[f"{name}_protection_score"] = around(attack.score, attack.margin, 0.0, 100.0, width=1.0)
    margin = math.hypot(*(attack.margin for attack in found)) / len(found)
    scores["data_privacy_score"] = around(float(np.mean([attack.score for attack in found])), margin, 0.0, 100.0, width=1.0)
    return msgspec.structs.replace(intervals, scores=scores)


def _deviation(moves: Floats) -> float:
    return float(np.sqrt(np.mean(moves**2)))


def _total_error(parts: Parts, moves: Floats) -> float | None:
    """The tabular score's error, with all three distances moved together."""
    value = _score(parts, np.zeros(3))
    if value is None:
        return None
    moved = [_score(parts, moves[:, group]) for group in range(moves.shape[1])]
    return _deviation(np.array([one - value for one in moved if one is not None]))


def _score(parts: Parts, moves: Floats) -> float | None:
    distances = (parts.distribution, parts.correlation, parts.structure)
    scores = [
        None if distance is None else curve(max(0.0, distance + float(move)))
        for distance, (_, curve), move in zip(distances, CURVES, moves, strict=True)
    ]
    return tabular_score(scores[1], scores[2], scores[0])


def _moves(features: list[Feature], structure: Structure | None, read: int) -> Floats:
    """How the three distances move by block (3 × blocks), such that the root of the mean square is the standard error.

    A block has 1/BLOCKS of the `read` rows; its moves are brought to the tables' own size by the root of the rows."""
    sides = [_shrunk(feature, read) for feature in features]
    components = [] if structure is None else [_some(rows, read) for rows in (structure.left, structure.right)]
    blocks = np.array([_distances(sides, components, block) for block in range(BLOCKS)]).T
    centred = blocks - blocks.mean(axis=1, keepdims=True)
    rows = min(len(features[0].left), len(features[0].right))
    moves: Floats = centred * math.sqrt(BLOCKS / (BLOCKS - 1)) * math.sqrt(read / BLOCKS / rows)
    return moves


def _shrunk(feature: Feature, read: int) -> Feature:
    return msgspec.structs.replace(feature, left=_some(feature.left, read), right=_some(feature.right, read))


def _some(rows: Rows, read: int) -> Rows:
    """`read` rows at even steps."""
    taken: Rows = rows[(np.arange(read) * len(rows)) // read]
    return taken


def _distances(features: list[Feature], components: list[Floats], block: int) -> list[float]:
    """The three distances within one block of rows on either side."""
    kept = [msgspec.structs.replace(one, left=_block(one.left, block), right=_block(one.right, block)) for one in features]
    correlation = correlate(kept, limit=CORRELATED_COLUMNS)
    structure = component_distance(*(_block(side, block) for side in components)) if components else 0.0
    return [float(np.mean([_distance(feature) for feature in kept])), correlation.error if correlation else 0.0, structure]


def _block(rows: Rows, block: int) -> Rows:
    kept: Rows = rows[block::BLOCKS]
    return kept


def _distance(feature: Feature) -> float:
    left, right = (np.bincount(codes, minlength=feature.levels + 1) for codes in (feature.left, feature.right))
    return numeric_distance(feature.values, left[:-1], right[:-1]) if feature.numeric else jensen_shannon(left, right)
