"""Membership inference: can someone who holds a row tell from the synthetic table whether it was trained on?"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.space import Rows, bit_points, block_points, nearest

THRESHOLDS = (0.1, 0.2, 0.3, 0.4)
PROPORTIONS = tuple(round(0.2 + 0.1 * step, 1) for step in range(9))
REPEATS = 10
TAIL_SHARE = 0.01
TAIL_LEAST = 20
MEMBERS = 2_000


class Membership(msgspec.Struct, frozen=True):
    """360 attacks: the score (0–100), how many earned each mark (3 best, 1 worst), mean precision, and the rows of each kind."""

    score: float
    marks: dict[str, int]
    precision: float
    rows: int
    attacks: int


class Tail(msgspec.Struct, frozen=True):
    """Share of members among the 1 % of probes nearest to the synthetic rows (0.5: nothing leaks), with its 95 % interval.

    `auc` is of the whole ranking, `tpr` the members found at 1 % false alarms, `probes` the rows in the tail, `rows` all probes;
    `alarm` says whether the 99 % interval lies above one half."""

    share: float
    low: float
    high: float
    auc: float
    tpr: float
    probes: int
    rows: int
    alarm: bool


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
    """The published attack: call a row a member if its nearest synthetic row is nearer than a threshold, in 360 variations."""
    members, others = probes(features, seed)
    inside, outside, synthetic = bit_points(features, members, others, synthetic_rows(features, cap, seed))
    distances = _scaled(np.concatenate([nearest(inside, synthetic), nearest(outside, synthetic)]))
    near, far = distances[: len(inside)], distances[len(inside) :]
    random = np.random.default_rng([seed, 13])
    marks: list[float] = []
    precisions: list[float] = []
    for proportion in PROPORTIONS:
        count = max(1, round(proportion * len(near)))
        for _ in range(REPEATS):
            chosen = near[random.permutation(len(near))[:count]], far[random.permutation(len(far))[:count]]
            for threshold in THRESHOLDS:
                precision, accuracy = _attack(*chosen, threshold)
                marks.append(_mark(precision, accuracy))
                precisions.append(precision)
    mean = float(np.mean(marks))
    tally = {f"{mark:g}": marks.count(mark) for mark in (3.0, 2.5, 2.0, 1.5, 1.0)}
    return Membership((mean - 1) / 2 * 100, tally, float(np.mean(precisions)), len(near), len(marks))


def _scaled(distances: Floats) -> Floats:
    low, high = float(distances.min()), float(distances.max())
    return (distances - low) / (high - low) if high > low else np.zeros(len(distances))


def _attack(near: Floats, far: Floats, threshold: float) -> tuple[float, float]:
    """Precision and accuracy of calling everything within `threshold` a member; precision is one half when nothing is called."""
    hits, alarms = int((near <= threshold).sum()), int((far <= threshold).sum())
    precision = hits / (hits + alarms) if hits + alarms else 0.5
    return precision, (hits + len(far) - alarms) / (len(near) + len(far))


def _mark(precision: float, accuracy: float) -> float:
    """3 when both are at most 0.5 (to one decimal), 1 when both exceed 0.8, half a mark less for each step between."""
    return 3.0 - (_step(precision) + _step(accuracy)) / 2


def _step(value: float) -> int:
    coarse = round(value, 1)
    return 0 if coarse <= 0.5 else 1 if coarse <= 0.8 else 2


def tail_measure(features: list[Feature], cap: int, seed: int) -> Tail:
    """Who stands nearest to the synthetic rows: members or rows the engine never saw? Ties at the border are split."""
    members, others = probes(features, seed)
    inside, outside, synthetic = block_points(features, members, others, synthetic_rows(features, cap, seed))
    distances = np.concatenate([nearest(inside, synthetic), nearest(outside, synthetic)])
    member = np.arange(len(distances)) < len(inside)
    share, count = tail_share(distances, member)
    low, high = wilson(share, count)
    return Tail(
        share, low, high, _auc(distances, member), _found(distances, member), count, len(distances), wilson(share, count, 2.576)[0] > 0.5
    )


def tail_share(distances: Floats, member: npt.NDArray[np.bool_]) -> tuple[float, int]:
    """Share of members in the nearest 1 % (at least 20 probes, or all), rows that tie at the border counted by their mix."""
    count = min(len(distances), max(TAIL_LEAST, round(TAIL_SHARE * len(distances))))
    border = np.partition(distances, count - 1)[count - 1]
    within, tied = distances < border, distances == border
    left = count - int(within.sum())
    return float((member[within].sum() + left * member[tied].mean()) / count), count


def wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share of `count` trials."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def _auc(distances: Floats, member: npt.NDArray[np.bool_]) -> float:
    places = rankdata(-distances)
    members = int(member.sum())
    return float((places[member].sum() - members * (members + 1) / 2) / (members * (len(member) - members)))


def _found(distances: Floats, member: npt.NDArray[np.bool_]) -> float:
    """Share of members found when 1 % of the others are called by mistake."""
    near, far = distances[member], distances[~member]
    cut = np.quantile(far, 0.01)
    room = max(0.0, 0.01 - float((far < cut).mean())) / max(float((far == cut).mean()), 1e-12)
    return float((near < cut).mean() + (near == cut).mean() * min(1.0, room))
