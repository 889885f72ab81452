"""Privacy tests: each figure with the limit beyond which training rows show through, set so that honest tables hardly ever fail one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
from scipy.stats import beta

from appliance.data_plane.quality.attacks import Attacks
from appliance.data_plane.quality.copies import Exact, Near
from appliance.data_plane.quality.distances import Distances
from appliance.data_plane.quality.entities import ReplayedColumn
from appliance.data_plane.quality.estimate import wilson
from appliance.data_plane.quality.membership import ALARM, Tail

RARELY = 0.001
NEAR_FACTOR = 2.0
TAIL_LIMIT = 0.5
AREA_LIMIT = 0.53
CLOSER_LIMIT = 0.53
EXCESS_LIMIT = 0.05
MANY = 3.3
"""The same where the highest of a dozen attacks is looked at."""


class PrivacyTest(msgspec.Struct, frozen=True):
    """One test: failed if its value (for shares the lower end of a 99.5 % interval) exceeds the limit."""

    test: str
    failed: bool
    value: float
    limit: float


class Evidence(msgspec.Struct, frozen=True):
    """What the tests look at; None for what was not measured."""

    exact: Exact
    rows: int
    training_rows: int
    holdout_rows: int
    near: Near | None
    tail: Tail | None
    distances: Distances | None
    attacks: Attacks | None
    replay: tuple[ReplayedColumn, ...]


def privacy_tests(evidence: Evidence) -> tuple[PrivacyTest, ...]:
    """Every test that could be made."""
    return tuple(_tests(evidence))


def _tests(evidence: Evidence) -> Iterator[PrivacyTest]:
    yield _copies(evidence)
    if evidence.near is not None:
        yield _near(evidence.near)
    if evidence.tail is not None:
        tail = evidence.tail
        yield _made("tail", wilson(tail.share, tail.probes, ALARM)[0], TAIL_LIMIT)
        yield _made("membership", tail.auc - (tail.auc_high - tail.auc) * ALARM / 1.96, AREA_LIMIT)
    if evidence.distances is not None:
        closest = evidence.distances.dcr
        yield _made("distance", closest.share - (closest.high - closest.share) * ALARM / 1.96, CLOSER_LIMIT)
    if evidence.attacks is not None:
        every = (*evidence.attacks.singling_out, *evidence.attacks.linkability, *evidence.attacks.inference)
        yield _made("attacks", max((attack.excess(MANY) for attack in every), default=0.0), EXCESS_LIMIT)
    if evidence.replay:
        yield _made("replay", float(sum(column.alarm for column in evidence.replay)), 0.0)


def _made(test: str, value: float, limit: float) -> PrivacyTest:
    return PrivacyTest(test, value > limit, max(0.0, value), limit)


def _copies(evidence: Evidence) -> PrivacyTest:
    """Copies of lone training rows, beside how many fresh real rows would be some by what held-out and training rows show."""
    exact = evidence.exact
    held = exact.holdout_unique_share
    natural = max(exact.natural_share, held or 0.0) * evidence.rows
    scale = evidence.rows / max(1, evidence.training_rows if exact.natural_share >= (held or 0.0) else evidence.holdout_rows)
    return _made("copies", float(exact.unique), natural + 3 * math.sqrt(natural * (1 + 2 * scale)))


def _near(near: Near) -> PrivacyTest:
    """The held-out rows' radius is itself uncertain: an order statistic, whose share of all real rows follows a beta distribution."""
    held = max(1, round(near.holdout_share * near.holdout_rows))
    certain = float(beta.ppf(1 - RARELY, held, max(1, near.holdout_rows - held + 1)))
    return _made("near_copies", wilson(near.share, near.rows, ALARM)[0], max(NEAR_FACTOR * near.holdout_share, certain))
