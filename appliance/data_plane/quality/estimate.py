"""Figures with their uncertainty: what every measured number of the report carries beside its value."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

GROUPS = 20
STUDENT = 2.093
"""The 97.5 % quantile of Student's t with GROUPS − 1 degrees of freedom."""
NORMAL = 1.96

Floats = npt.NDArray[np.float64]


class Estimate(msgspec.Struct, frozen=True):
    """A figure, its 95 % interval, and the same figure of held-out real rows; None where it is not known."""

    value: float
    low: float | None = None
    high: float | None = None
    reference: float | None = None


def around(value: float, error: float, low: float, high: float, reference: float | None = None, width: float = STUDENT) -> Estimate:
    """The estimate `value` ± `width` standard errors, cut to [low, high]."""
    if not math.isfinite(error):
        return Estimate(value, None, None, reference)
    return Estimate(value, max(low, value - width * error), min(high, value + width * error), reference)


def jackknife_error(without: Floats) -> float:
    """Standard error of a figure from its values without each group of rows in turn (delete-a-group jackknife)."""
    count = len(without)
    return float(np.sqrt((count - 1) / count * np.sum((without - without.mean()) ** 2)))


def same_size(distance: float | None, left: int, holdout: int, right: int) -> float | None:
    """A distance of `holdout` real rows to `left` training rows as it would be for `right` of them.

    Between samples of one population a total variation, a KS distance and a Wasserstein distance are all noise, which shrinks with the
    root of the rows: sqrt((1/left + 1/right) / (1/left + 1/holdout))."""
    if distance is None or not (left and holdout and right):
        return None
    return distance * math.sqrt((1 / left + 1 / right) / (1 / left + 1 / holdout))


def chance_variation(shares: Floats, left: int, right: int) -> float:
    """Total variation that two samples with the same true shares show by chance: half the sum of E|N(0, p(1−p)(1/left + 1/right))|."""
    if not (left and right):
        return 0.0
    return float(0.5 * math.sqrt(2 / math.pi) * np.sqrt(shares * (1 - shares) * (1 / left + 1 / right)).sum())


def wilson(share: float, count: int, z: float = NORMAL) -> tuple[float, float]:
    """Wilson's interval of a share of `count` trials; (0, 1) without any."""
    if count <= 0:
        return 0.0, 1.0
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(max(0.0, share * (1 - share)) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))
