"""Association of every pair of columns: Pearson, Theil's U and the correlation ratio in one square matrix."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.score import correlation_curve

PAIR_ROWS = 40_000_000
"""Most rows × pairs read for one matrix; wider tables are read in fewer rows."""
HIGH_UNIQUENESS = 0.1

Bools = npt.NDArray[np.bool_]


class Correlation(msgspec.Struct, frozen=True):
    """Both matrices over `columns`, the mean absolute difference, its score and the rows read per table."""

    columns: tuple[str, ...]
    left: Floats
    right: Floats
    error: float
    score: float
    rows: tuple[int, int]


class _Variable(msgspec.Struct, frozen=True):
    """A column of one table: numbers (standardised, 0 where missing) with their mask, or codes with their number of levels."""

    numbers: Floats | None
    present: Bools | None
    codes: Codes
    levels: int
    unique_share: float


def correlate(features: list[Feature], other: str = "right", *, limit: int = 75, known: Correlation | None = None) -> Correlation | None:
    """Training against the side named `other` over the first `limit` tabular columns; None when there is none or a side has no row.

    `known`: an earlier result over the same features, whose training matrix is used again."""
    chosen = [feature for feature in features if feature.tabular][:limit]
    if not chosen or not len(chosen[0].left) or not len(getattr(chosen[0], other)):
        return None
    cap = max(1000, PAIR_ROWS // max(1, len(chosen) * (len(chosen) - 1) // 2))
    left, left_rows = (known.left, known.rows[0]) if known else _matrix(chosen, "left", cap)
    right, right_rows = _matrix(chosen, other, cap)
    error = float(np.abs(left - right).mean())
    names = tuple(feature.name for feature in chosen)
    return Correlation(names, left, right, error, correlation_curve(error), (left_rows, right_rows))


def _matrix(features: list[Feature], side: str, cap: int) -> tuple[Floats, int]:
    variables = [_variable(feature, _thinned(getattr(feature, side), cap)) for feature in features]
    matrix = np.eye(len(variables))
    numeric = [i for i, variable in enumerate(variables) if variable.numbers is not None]
    if numeric:
        matrix[np.ix_(numeric, numeric)] = _pearson([variables[i] for i in numeric])
    for i, one in enumerate(variables):
        for j in range(i):
            if one.numbers is None or variables[j].numbers is None:
                matrix[i, j], matrix[j, i] = _mixed(one, variables[j])
    return np.nan_to_num(matrix), len(variables[0].codes)


def _thinned(codes: Codes, cap: int) -> Codes:
    return codes if len(codes) <= cap else codes[:: -(-len(codes) // cap)]


def _variable(feature: Feature, codes: Codes) -> _Variable:
    used = np.unique(codes)
    share = len(used) / max(1, len(codes))
    if not feature.numeric:
        dense = np.searchsorted(used, codes).astype(np.int32)
        return _Variable(None, None, dense, len(used), share)
    numbers = feature.numbers(codes)
    present = np.isfinite(numbers)
    return _Variable(_standardised(numbers, present), present, codes, feature.levels + 1, share)


def _standardised(numbers: Floats, present: Bools) -> Floats:
    held = numbers[present]
    made = np.zeros(len(numbers))
    if len(held) and held.min() < held.max():
        span = max(abs(held.max()), abs(held.min()))
        scaled = held / span
        deviation = scaled.std()
        made[present] = (scaled - scaled.mean()) / deviation if deviation > 0 else 0.0
    return made


def _pearson(variables: list[_Variable]) -> Floats:
    """Pearson's r over the rows where both numbers are present; 0 where one of them does not vary there."""
    numbers = np.stack([variable.numbers for variable in variables if variable.numbers is not None])
    mask = np.stack([variable.present for variable in variables if variable.present is not None]).astype(np.float64)
    count = np.maximum(1.0, mask @ mask.T)
    sums = numbers @ mask.T
    squares = (numbers**2) @ mask.T
    covariance = numbers @ numbers.T / count - (sums / count) * (sums.T / count)
    variance = squares / count - (sums / count) ** 2
    scale = np.sqrt(np.maximum(0.0, variance) * np.maximum(0.0, variance.T))
    matrix = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 1e-12)
    np.fill_diagonal(matrix, 1.0)
    clipped: Floats = np.clip(matrix, -1.0, 1.0)
    return clipped


def _mixed(one: _Variable, two: _Variable) -> tuple[float, float]:
    """The two directions of a pair with at least one category."""
    category, number = (two, one) if one.numbers is not None else (one, two)
    if number.numbers is None:
        return _theils_u(one, two)
    if category.unique_share > HIGH_UNIQUENESS:
        return _theils_u(one, _as_categories(two)) if one is category else _theils_u(_as_categories(one), two)
    present = number.numbers if number.present is None else number.numbers[number.present]
    codes = category.codes if number.present is None else category.codes[number.present]
    ratio = correlation_ratio(codes, category.levels, present)
    return ratio, ratio


def _as_categories(variable: _Variable) -> _Variable:
    used, codes = np.unique(variable.codes, return_inverse=True)
    return _Variable(None, None, codes.astype(np.int32), len(used), variable.unique_share)


def correlation_ratio(codes: Codes, levels: int, values: Floats) -> float:
    """Square root of the share of a number's variance that lies between the categories."""
    if len(values) < 2:
        return 0.0
    values = values - values.mean()
    total = float(values @ values)
    if total <= 1e-12:
        return 0.0
    counts = np.bincount(codes, minlength=levels)
    sums = np.bincount(codes, values, minlength=levels)
    between = float(np.sum(sums**2 / np.maximum(1, counts)))
    return float(np.sqrt(min(1.0, between / total)))


def _theils_u(one: _Variable, two: _Variable) -> tuple[float, float]:
    """U(one | two) and U(two | one). Fully unique columns take the ratio of logarithms."""
    if one.levels == len(one.codes) or two.levels == len(two.codes):
        return _unique_u(one, two), _unique_u(two, one)
    total = len(one.codes)
    first = _entropy(np.bincount(one.codes), total)
    second = _entropy(np.bincount(two.codes), total)
    together = _entropy(_joint_counts(one, two), total)
    return _explained(first, second, together), _explained(second, first, together)


def _joint_counts(one: _Variable, two: _Variable) -> npt.NDArray[np.int64]:
    pairs = one.codes.astype(np.int64) * two.levels + two.codes
    if one.levels * two.levels <= 4 * len(pairs):
        return np.bincount(pairs)
    return np.asarray(np.unique(pairs, return_counts=True)[1], dtype=np.int64)


def _entropy(counts: npt.NDArray[np.int64], total: int) -> float:
    shares = counts[counts > 0] / total
    return float(-(shares * np.log(shares)).sum())


def _explained(own: float, other: float, together: float) -> float:
    """U = (H(x) − H(x|y)) / H(x), with H(x|y) = H(x, y) − H(y); 1 for a constant."""
    return 1.0 if own <= 1e-12 else min(1.0, max(0.0, (own + other - together) / own))


def _unique_u(one: _Variable, two: _Variable) -> float:
    if one.levels <= 1 or two.levels == len(two.codes):
        return 1.0
    return float(np.log(max(1, two.levels)) / np.log(one.levels)) if one.levels == len(one.codes) else 1.0
