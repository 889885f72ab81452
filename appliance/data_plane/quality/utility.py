"""Usefulness: models trained on synthetic rows beside the same models trained on real ones, both tested on held-out rows."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.estimate import NORMAL, Estimate
from appliance.data_plane.quality.linear import linear_classes, linear_numbers, spread_out
from appliance.data_plane.quality.ranking import area
from appliance.data_plane.quality.targets import Matrix, Target, encoded, named_target, predictable_targets

LEAST_TEST = 50
LEAST_TRAINING = 50
TRAINING_ROWS = 5_000
TEST_ROWS = 2_000
RESAMPLES = 40
MODELS = ("linear", "boosted trees", "small tree")

Indices = npt.NDArray[np.int64]


class Compared(msgspec.Struct, frozen=True):
    """One model: its figure when trained on real rows, on synthetic rows, and the difference (synthetic − real)."""

    model: str
    real: Estimate
    synthetic: Estimate
    difference: Estimate


class TargetUtility(msgspec.Struct, frozen=True):
    """One target. `rank_agreement`: Spearman's correlation of the columns' importance in the boosted trees on real and synthetic rows;
    `ratio`: best figure trained on synthetic rows over the best trained on real ones (None where the latter is not above 0)."""

    target: str
    task: str
    metric: str
    chosen: str
    classes: int
    models: tuple[Compared, ...]
    rank_agreement: float | None
    ratio: float | None


class Utility(msgspec.Struct, frozen=True):
    """All targets, and the held-out rows they were tested on."""

    test_rows: int
    training_rows: int
    targets: tuple[TargetUtility, ...]


class _Data(msgspec.Struct, frozen=True):
    """Encoded rows of a side with the target: trees' matrix, linear models' matrix, and class places or numbers."""

    trees: Matrix
    linear: Matrix
    truth: Floats


def measure_utility(features: list[Feature], target: str, seed: int) -> tuple[Utility | None, str]:
    """The usefulness for the named target (or well predictable ones), or the reason why it was not measured."""
    usable = [feature for feature in features if feature.measurable]
    if len(usable) < 2:
        return None, "It needs two columns with numbers, categories or times."
    sizes = {side: len(getattr(usable[0], side)) for side in ("left", "right", "holdout")}
    if sizes["holdout"] < LEAST_TEST or min(sizes["left"], sizes["right"]) < LEAST_TRAINING:
        return None, f"It needs {LEAST_TEST} held-out rows to test on, and as many of both tables."
    chosen = named_target(usable, target) if target else predictable_targets(usable)
    if not chosen:
        return None, f"No measurable column is called “{target}”." if target else "No column can be predicted from the others."
    random = np.random.default_rng([seed, 81])
    count = min(TRAINING_ROWS, sizes["left"], sizes["right"])
    drawn = {side: random.permutation(size)[: TEST_ROWS if side == "holdout" else count] for side, size in sizes.items()}
    found = [one for one in (_measured(usable, place, drawn, seed) for place in chosen) if one is not None]
    if not found:
        return None, "The target hardly varies among the held-out or the synthetic rows."
    return Utility(len(drawn["holdout"]), count, tuple(found)), ""


def _measured(features: list[Feature], target: Target, drawn: dict[str, Indices], seed: int) -> TargetUtility | None:
    data = {side: _data(features, target, side, rows) for side, rows in drawn.items()}
    if any(not _varies(part.truth, target) for part in data.values()):
        return None
    fitted = {side: _predictions(data[side], data["holdout"], target, features, seed) for side in ("left", "right")}
    random = np.random.default_rng([seed, 82])
    again = [random.integers(0, len(data["holdout"].truth), len(data["holdout"].truth)) for _ in range(RESAMPLES)]
    models = [_compared(name, fitted["left"][i], fitted["right"][i], data["holdout"].truth, target, again) for i, name in enumerate(MODELS)]
    best = max(model.real.value for model in models)
    return TargetUtility(
        target.name, target.task, "auc" if target.classes else "r2", target.chosen, len(target.classes), tuple(models),
        _agreement(data, target, features, seed), max(model.synthetic.value for model in models) / best if best > 0 else None,
    )  # fmt: skip


def _data(features: list[Feature], target: Target, side: str, rows: Indices) -> _Data:
    """The rows that hold one of the target's classes, or a number."""
    feature = features[target.position]
    codes: Codes = getattr(feature, side)[rows]
    truth = _class_places(codes, target, feature.levels) if target.classes else _cut(feature, codes)
    kept = np.isfinite(truth)
    others = features[: target.position] + features[target.position + 1 :]
    return _Data(encoded(others, side, rows[kept]), spread_out(others, side, rows[kept]), truth[kept])


def _cut(feature: Feature, codes: Codes) -> Floats:
    """Numbers cut to where 99 % of the training rows lie, so that no figure hangs on a few extremes."""
    known = feature.numbers(feature.left)
    known = known[np.isfinite(known)]
    low, high = np.quantile(known, [0.005, 0.995]) if len(known) else (0.0, 0.0)
    cut: Floats = np.clip(feature.numbers(codes), low, high)
    return cut


def _class_places(codes: Codes, target: Target, levels: int) -> Floats:
    places = np.full(levels + 1, np.nan)
    places[list(target.classes)] = np.arange(len(target.classes))
    return places[codes]


def _varies(truth: Floats, target: Target) -> bool:
    return len(truth) >= LEAST_TEST // 2 and len(np.unique(truth)) >= 2


def _predictions(train: _Data, test: _Data, target: Target, features: list[Feature], seed: int) -> list[Floats]:
    """What each model predicts for the test rows: a number, or one column of probabilities per class."""
    if not target.classes:
        small = DecisionTreeRegressor(max_leaf_nodes=32, min_samples_leaf=10, random_state=0).fit(train.trees, train.truth)
        boosted = _boosted(train, target, seed)
        return [linear_numbers(train.linear, train.truth, test.linear), boosted.predict(test.trees), small.predict(test.trees)]
    labels = train.truth.astype(np.int64)
    small = DecisionTreeClassifier(max_leaf_nodes=32, min_samples_leaf=10, random_state=0).fit(train.trees, labels)
    boosted = _boosted(train, target, seed)
    width = len(target.classes)
    linear = linear_classes(train.linear, labels, test.linear, width)
    return [linear, *(_widened(model.predict_proba(test.trees), model.classes_, width) for model in (boosted, small))]


def _boosted(train: _Data, target: Target, seed: int) -> HistGradientBoostingClassifier | HistGradientBoostingRegressor:
    kind = HistGradientBoostingClassifier if target.classes else HistGradientBoostingRegressor
    steps = 40 if len(target.classes) <= 2 else 15
    model = kind(max_iter=steps, learning_rate=0.15, max_leaf_nodes=15, max_bins=63, early_stopping=False, random_state=seed % 2**32)
    return model.fit(train.trees, train.truth.astype(np.int64) if target.classes else train.truth)


def _widened(found: Floats, classes: npt.NDArray[np.int64], width: int) -> Floats:
    made = np.zeros((len(found), width))
    made[:, classes] = found
    return made


def figure(predicted: Floats, truth: Floats, classes: int) -> float:
    """The mean of the classes' AUC against the rest (of the rarer class when there are two), or R²."""
    if not classes:
        total = float(((truth - truth.mean()) ** 2).sum())
        return 1 - float(((truth - predicted) ** 2).sum()) / total if total > 0 else 0.0
    places = range(classes) if classes > 2 else [1]
    held = [place for place in places if 0 < (truth == place).sum() < len(truth)]
    return float(np.mean([area(predicted[:, place], truth == place) for place in held])) if held else 0.5


def _compared(name: str, real: Floats, synthetic: Floats, truth: Floats, target: Target, again: list[Indices]) -> Compared:
    """Figures with the bootstrap's error over the test rows, both models on the same resamples."""
    classes = len(target.classes)
    values = [figure(predicted, truth, classes) for predicted in (real, synthetic)]
    drawn = np.array([[figure(predicted[rows], truth[rows], classes) for predicted in (real, synthetic)] for rows in again])
    errors = [NORMAL * float(drawn[:, i].std(ddof=1)) for i in range(2)]
    gap = NORMAL * float((drawn[:, 1] - drawn[:, 0]).std(ddof=1))
    estimates = [Estimate(value, value - half, min(1.0, value + half)) for value, half in zip(values, errors, strict=True)]
    difference = values[1] - values[0]
    return Compared(name, estimates[0], estimates[1], Estimate(difference, difference - gap, difference + gap))


def _agreement(data: dict[str, _Data], target: Target, features: list[Feature], seed: int) -> float | None:
    """How alike trees of real and synthetic rows rank the columns by the variance they explain."""
    if data["left"].trees.shape[1] < 3:
        return None
    orders = []
    for side in ("left", "right"):
        tree = DecisionTreeRegressor(max_leaf_nodes=64, min_samples_leaf=10, random_state=0)
        orders.append(rankdata(tree.fit(data[side].trees, data[side].truth).feature_importances_))
    if min(order.std() for order in orders) == 0:
        return None
    return float(np.corrcoef(orders[0], orders[1])[0, 1])
