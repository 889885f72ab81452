"""Targets for the usefulness test: the column that was named, or those that the other columns predict best."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeRegressor

from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.space import frequency_order, ranks

MOST_TARGETS = 3
MOST_CANDIDATES = 40
MOST_CLASSES = 5
PROBED_ROWS = 2_000
LEAST_SKILL, TRIVIAL_SKILL = 0.05, 0.95
"""A target that a small tree predicts worse is noise, one that it predicts better is another column in other words."""
CATEGORIES = 60

Matrix = npt.NDArray[np.float32]


class Target(msgspec.Struct, frozen=True):
    """A column to predict: `classes` levels by training rows (all others are left out), none for a number."""

    position: int
    name: str
    classes: tuple[int, ...]
    chosen: str

    @property
    def task(self) -> str:
        return "classification" if self.classes else "regression"


def named_target(features: list[Feature], name: str) -> list[Target]:
    """The target of this name, if it can be one."""
    return [_target(features, i, "given") for i, feature in enumerate(features) if feature.name == name]


def predictable_targets(features: list[Feature]) -> list[Target]:
    """Up to three columns that a small tree predicts best from the others, out of the first 40, best first."""
    rows = np.arange(min(PROBED_ROWS, len(features[0].left)))
    matrix = encoded(features, "left", rows)
    skills = [(_skill(features, matrix, i, rows), -i) for i in range(min(MOST_CANDIDATES, len(features)))]
    telling = [pair for pair in skills if LEAST_SKILL <= pair[0] <= TRIVIAL_SKILL] or [pair for pair in skills if pair[0] > LEAST_SKILL]
    return [_target(features, -place, "predictable") for _, place in sorted(telling, reverse=True)[:MOST_TARGETS]]


def _target(features: list[Feature], position: int, chosen: str) -> Target:
    feature = features[position]
    if feature.ordered:
        return Target(position, feature.name, (), chosen)
    counts = np.bincount(feature.left, minlength=feature.levels + 1)[:-1]
    levels = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    return Target(position, feature.name, tuple(int(level) for level in levels if counts[level] > 0), chosen)


def _skill(features: list[Feature], matrix: Matrix, position: int, rows: npt.NDArray[np.int64]) -> float:
    """Share of a column's variance (of its levels, or of its ranks) that a small tree explains on the other half of the rows."""
    truth = _truth(features[position], features[position].left[rows])
    others = np.delete(matrix, position, axis=1)
    half = np.arange(len(rows)) % 2 == 0
    if others.shape[1] == 0 or half.sum() < 25:
        return 0.0
    tree = DecisionTreeRegressor(max_leaf_nodes=32, min_samples_leaf=10, random_state=0).fit(others[half], truth[half])
    left = truth[~half] - tree.predict(others[~half]).reshape(truth[~half].shape)
    total = ((truth[~half] - truth[half].mean(axis=0)) ** 2).sum()
    return float(1 - (left**2).sum() / total) if total > 1e-9 else 0.0


def _truth(feature: Feature, codes: Codes) -> Floats:
    if feature.ordered:
        return np.maximum(ranks(feature, codes), 0.0)[:, None]
    places = np.minimum(frequency_order(feature), MOST_CLASSES)[codes]
    return np.eye(MOST_CLASSES + 1)[places]


def encoded(features: list[Feature], side: str, rows: npt.NDArray[np.int64]) -> Matrix:
    """Rows as numbers for trees: ranks for what is ordered (−1 missing), places by frequency for categories."""
    columns = []
    for feature in features:
        codes = getattr(feature, side)[rows]
        columns.append(ranks(feature, codes) if feature.ordered else np.minimum(frequency_order(feature), CATEGORIES)[codes])
    return np.stack(columns, axis=1).astype(np.float32)
