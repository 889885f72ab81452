"""Membership inference: can someone who holds a row tell from the synthetic table whether it was trained on?"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.estimate import NORMAL, wilson
from appliance.data_plane.quality.ranking import area, area_error, found_at, found_interval
from appliance.data_plane.quality.space import Rows, bit_points, block_points, nearest

THRESHOLDS = (0.1, 0.2, 0.3, 0.4)
PROPORTIONS = tuple(round(0.2 + 0.1 * step, 1) for step in range(9))
REPEATS = 10
MOST_DRAWS = 20
DRAWN_ROWS = 2_000
"""Few held-out rows are set against as many training rows again and again, until so many were drawn (at most 20 times)."""
RESAMPLES = 40
TAIL_SHARE = 0.01
TAIL_LEAST = 20
TENTH_LEAST = 1_000
ALARM = 2.81
"""Normal quantile beyond which a privacy test fails: an honest table of many tests should hardly ever fail one."""
MEMBERS = 2_000


class Membership(msgspec.Struct, frozen=True):
    """360 attacks per draw of rows: the score (0–100), how many earned each mark (3 best, 1 worst), mean precision, the rows of each kind.

    `margin`: points by which the score would move with other held-out rows (half the width of its 95 % interval)."""

    score: float
    margin: float
    marks: dict[str, int]
    precision: float
    rows: int
    attacks: int


class Tail(msgspec.Struct, frozen=True):
    """Share of members among the 1 % of probes nearest to the synthetic rows (0.5: nothing leaks), with its 95 % interval.

    `auc` is of the whole ranking, `tpr` the members found at 1 % false alarms, `tpr_tenth` at 0.1 % (None with fewer than 1,000 others),
    each with its 95 % interval; `probes` are the rows in the tail, `rows` all probes; `alarm` says whether the 99.5 % interval of the
    share lies above one half."""

    share: float
    low: float
    high: float
    auc: float
    tpr: float
    probes: int
    rows: int
    alarm: bool
    auc_low: float = 0.0
    auc_high: float = 1.0
    tpr_low: float = 0.0
    tpr_high: float = 1.0
    tpr_tenth: float | None = None
    tpr_tenth_low: float | None = None
    tpr_tenth_high: float | None = None


def probes(features: list[Feature], seed: int) -> tuple[Rows, Rows]:
    """Equally many training and held-out rows (at most 2,000 each)."""
    random = np.random.default_rng([seed, 11])
    members, others = len(features[0].left), len(features[0].holdout)
    count = min(members, others, MEMBERS)
    picked = [np.sort(random.choice(size, count, replace=False)).astype(np.int64) for size in (members, others)]
    return Rows("left", picked[0]), Rows("holdout", picked[1])


def synthetic_rows(features: list[Feature], cap: int, seed: int) -> Rows:
    """At most `cap` of the sampled synthetic rows."""
    size = len(features[0].right)
    positions = np.arange(size) if size <= cap else np.sort(np.random.default_rng([seed, 12]).choice(size, cap, replace=False))
    return Rows("right", positions.astype(np.int64))


def membership_attack(features: list[Feature], cap: int, seed: int) -> Membership:
    """The published attack: call a row a member if its nearest synthetic row is nearer than a threshold, in 360 variations.

    With few held-out rows the 360 variations are repeated over fresh draws of training rows and averaged."""
    random = np.random.default_rng([seed, 13])
    inside, outside = (_distances(features, side, cap, seed) for side in ("left", "holdout"))
    rows = min(len(inside), len(outside))
    draws = min(MOST_DRAWS, max(1, round(DRAWN_ROWS / rows)))
    attacks = [_attacks(_picked(inside, rows, random), _picked(outside, rows, random), random) for _ in range(draws)]
    marks, precisions = (np.concatenate(parts) for parts in zip(*attacks, strict=True))
    tally = {f"{mark:g}": int((marks == mark).sum()) for mark in (3.0, 2.5, 2.0, 1.5, 1.0)}
    margin = 1.96 * _error(inside, outside, [_points(drawn) for drawn, _ in attacks], random)
    return Membership(_points(marks), margin, tally, float(precisions.mean()), rows, len(marks))


def _distances(features: list[Feature], side: str, cap: int, seed: int) -> Floats:
    """Distance to the nearest synthetic row of at most 2,000 rows of a side."""
    size = len(getattr(features[0], side))
    picked = np.sort(np.random.default_rng([seed, 11]).choice(size, min(size, MEMBERS), replace=False)).astype(np.int64)
    return nearest(*bit_points(features, Rows(side, picked), synthetic_rows(features, cap, seed)))


def _picked(distances: Floats, rows: int, random: np.random.Generator) -> Floats:
    return distances if len(distances) == rows else random.choice(distances, rows, replace=False)


def _error(inside: Floats, outside: Floats, scores: list[float], random: np.random.Generator) -> float:
    """Standard error of the mean of `scores`, one for each draw of rows.

    Resampling the held-out rows as well as the members shows the variance of both together; what the draws alone vary is averaged out. As
    both are equally many, the held-out rows have at least about half of it."""
    rows = min(len(inside), len(outside))
    again = [_points(_attacks(random.choice(inside, rows), random.choice(outside, rows), random)[0]) for _ in range(RESAMPLES)]
    own = float(np.var(scores, ddof=1)) if len(scores) > 1 else 0.0
    both = float(np.var(again, ddof=1))
    return float(np.sqrt(max(both / 2, both - own) + own / len(scores)))


def _points(marks: Floats) -> float:
    return (float(marks.mean()) - 1) / 2 * 100


def _attacks(near: Floats, far: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Mark and precision of each of the 360 attacks: nine sizes, ten slices of each, four thresholds.

    Precision is one half where nothing is called."""
    scaled = _scaled(np.concatenate([near, far]))
    sides = scaled[: len(near)], scaled[len(near) :]
    marks, precisions = [], []
    for proportion in PROPORTIONS:
        count = max(1, round(proportion * len(near)))
        hits, alarms = (_called(side, count, random) for side in sides)
        precision = np.where(hits + alarms > 0, hits / np.maximum(1.0, hits + alarms), 0.5)
        accuracy = (hits + count - alarms) / (2 * count)
        marks.append(3.0 - (_steps(precision) + _steps(accuracy)) / 2)
        precisions.append(precision)
    return np.concatenate(marks), np.concatenate(precisions)


def _called(distances: Floats, count: int, random: np.random.Generator) -> Floats:
    """Rows within each threshold, in each of ten slices of `count` rows."""
    slices = random.permuted(np.tile(distances, (REPEATS, 1)), axis=1)[:, :count]
    return np.concatenate([(slices <= threshold).sum(axis=1) for threshold in THRESHOLDS]).astype(np.float64)


def _steps(values: Floats) -> Floats:
    """0 when at most 0.5 (to one decimal), 2 when above 0.8, 1 between: each step costs half a mark of 3."""
    coarse = np.round(values, 1)
    steps: Floats = (coarse > 0.5).astype(np.float64) + (coarse > 0.8)
    return steps


def _scaled(distances: Floats) -> Floats:
    low, high = float(distances.min()), float(distances.max())
    return (distances - low) / (high - low) if high > low else np.zeros(len(distances))


def tail_measure(features: list[Feature], cap: int, seed: int) -> Tail:
    """Who stands nearest to the synthetic rows: members or rows the engine never saw? Ties at the border are split."""
    members, others = probes(features, seed)
    inside, outside, synthetic = block_points(features, members, others, synthetic_rows(features, cap, seed))
    distances = np.concatenate([nearest(inside, synthetic), nearest(outside, synthetic)])
    member = np.arange(len(distances)) < len(inside)
    return tail_of(distances, member)


def tail_of(distances: Floats, member: npt.NDArray[np.bool_]) -> Tail:
    """The tail, the whole ranking and the members found at few false alarms, from each probe's distance."""
    share, count = tail_share(distances, member)
    low, high = wilson(share, count)
    auc, members = area(-distances, member), int(member.sum())
    half = NORMAL * area_error(auc, members, len(member) - members)
    found = found_at(distances, member, 0.01)
    found_low, found_high = found_interval(found, 0.01, members, len(member) - members)
    rare = found_at(distances, member, 0.001) if len(member) - members >= TENTH_LEAST else None
    rare_low, rare_high = found_interval(rare, 0.001, members, len(member) - members) if rare is not None else (None, None)
    return Tail(
        share, low, high, auc, found, count, len(distances), wilson(share, count, ALARM)[0] > 0.5,
        max(0.0, auc - half), min(1.0, auc + half), found_low, found_high, rare, rare_low, rare_high,
    )  # fmt: skip


def tail_share(distances: Floats, member: npt.NDArray[np.bool_]) -> tuple[float, int]:
    """Share of members in the nearest 1 % (at least 20 probes, or all), rows that tie at the border counted by their mix."""
    count = min(len(distances), max(TAIL_LEAST, round(TAIL_SHARE * len(distances))))
    border = np.partition(distances, count - 1)[count - 1]
    within, tied = distances < border, distances == border
    left = count - int(within.sum())
    return float((member[within].sum() + left * member[tied].mean()) / count), count
