"""Rules between two columns that every training row obeys, and the synthetic rows that break them."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Codes, Feature
from appliance.data_plane.quality.validity import Mask, rule

MOST_COLUMNS = 60
LEAST_ROWS = 50
TELLING_SHARE = 0.01
"""An order is a rule only if rows put together by chance would break it at least so often."""
PROBED_ROWS = 1_000

Positions = npt.NDArray[np.int64]


class Constraint(msgspec.Struct, frozen=True):
    """One rule: `ordered` (first ≤ second) or `determined` (the first gives the second), with its offending synthetic rows."""

    form: str
    columns: tuple[str, str]
    failed: bool
    offending: int
    share: float
    reference: float | None
    rows: tuple[int, ...]


def find_constraints(features: list[Feature], positions: Positions, seed: int) -> list[Constraint]:
    """The rules among (at most 60) columns of the sampled rows; `positions` are the sampled rows' places in the synthetic table."""
    usable = [feature for feature in features if feature.measurable][:MOST_COLUMNS]
    random = np.random.default_rng([seed, 71])
    return [*_orders([feature for feature in usable if feature.ordered], positions, random), *_functions(usable, positions)]


def _made(form: str, one: Feature, two: Feature, masks: list[Mask], positions: Positions) -> Constraint:
    found = rule(form, masks, positions)
    return Constraint(form, (one.name, two.name), found.failed, found.offending, found.share, found.reference, found.rows)


def _orders(features: list[Feature], positions: Positions, random: np.random.Generator) -> list[Constraint]:
    """first ≤ second in all rows where both are present, though shuffled rows would often break it."""
    numbers = [[feature.numbers(codes) for codes in (feature.left, feature.right, feature.holdout)] for feature in features]
    shuffle = random.permutation(len(numbers[0][0])) if numbers else np.zeros(0, dtype=np.int64)
    found = []
    for i, one in enumerate(features):
        mixed = numbers[i][0][shuffle]
        for j, two in enumerate(features):
            if i == j or one.moment != two.moment:
                continue
            if _breaks(numbers[i][0][:PROBED_ROWS], numbers[j][0][:PROBED_ROWS]) or not _is_order(numbers[i][0], numbers[j][0], mixed):
                continue
            masks = [numbers[i][side] > numbers[j][side] for side in (1, 2)]
            found.append(_made("ordered", one, two, masks, positions))
    return found


def _breaks(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> bool:
    return bool((one > two).any())


def _is_order(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64], mixed: npt.NDArray[np.float64]) -> bool:
    both = np.isfinite(one) & np.isfinite(two)
    if both.sum() < LEAST_ROWS or (one[both] > two[both]).any() or not (one[both] < two[both]).any():
        return False
    comparable = np.isfinite(mixed) & np.isfinite(two)
    return bool((mixed[comparable] > two[comparable]).mean() >= TELLING_SHARE) if comparable.any() else False


def _functions(features: list[Feature], positions: Positions) -> list[Constraint]:
    """The first column's level gives the second's, with at least half of the rows as evidence."""
    found = []
    for one in features:
        counts = np.bincount(one.left, minlength=one.levels + 1)
        if (counts > 0).sum() < 2 or np.maximum(0, counts - 1).sum() < max(LEAST_ROWS, 0.5 * len(one.left)):
            continue
        for two in features:
            given = None if one is two else _given(one, two)
            if given is not None:
                masks = [_strays(given, first, second) for first, second in ((one.right, two.right), (one.holdout, two.holdout))]
                found.append(_made("determined", one, two, masks, positions))
    return found


def _given(one: Feature, two: Feature) -> Codes | None:
    """The second's level for each of the first's (−1 where unknown), or None if some level has two, or the second hardly varies."""
    for rows in (slice(PROBED_ROWS), slice(None)):
        first, second = one.left[rows], two.left[rows]
        given = np.full(one.levels + 1, -1, dtype=np.int32)
        given[first] = second
        if (given[first] != second).any():
            return None
    most = np.bincount(two.left).max() / len(two.left)
    return given if most <= 1 - TELLING_SHARE and not _by_few(one, two) else None


def _by_few(one: Feature, two: Feature) -> bool:
    """Whether levels that come once only make the rule look like one: shuffled rows are compared by the repeated levels only."""
    counts = np.bincount(one.left, minlength=one.levels + 1)
    repeated = counts[one.left] > 1
    shares = np.bincount(two.left[repeated]) / max(1, int(repeated.sum()))
    return bool(len(shares) == 0 or shares.max() > 1 - TELLING_SHARE)


def _strays(given: Codes, first: Codes, second: Codes) -> Mask:
    known = given[first]
    strays: Mask = (known >= 0) & (known != second)
    return strays
