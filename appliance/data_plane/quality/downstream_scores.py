"""Metrics of predictions under many weightings of the test rows at once: ones for the reading, bootstrap counts for its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from appliance.data_plane.quality.column import Floats
from appliance.data_plane.quality.downstream_models import Answer

RESAMPLES = 200
AUC_CLASSES = 20
LABELS = {
    "acc": "accuracy", "balanced_accuracy": "balanced accuracy", "auc": "area under the ROC curve", "f1": "F1", "precision": "precision",
    "recall": "recall", "kappa": "Cohen’s kappa", "mcc": "Matthews correlation", "r2": "R²", "rmse": "root mean squared error",
    "mae": "mean absolute error", "mse": "mean squared error", "mape": "mean absolute percentage error",
    "rmsle": "root mean squared logarithmic error",
}  # fmt: skip
CLASS_METRICS = ("acc", "balanced_accuracy", "auc", "f1", "precision", "recall", "kappa", "mcc")
NUMBER_METRICS = ("r2", "rmse", "mae", "mse", "mape", "rmsle")
ERRORS = frozenset({"rmse", "mae", "mse", "mape", "rmsle"})
"""Metrics of which less is better."""


def resamples(rows: int, seed: int) -> Floats:
    """How often each test row is drawn in each bootstrap resample (RESAMPLES × rows)."""
    random = np.random.default_rng([seed, 73])
    drawn = random.integers(0, rows, (RESAMPLES, rows))
    return np.stack([np.bincount(one, minlength=rows) for one in drawn]).astype(np.float64)


def measure(metric: str, truth: Floats, answer: Answer, weights: Floats) -> Floats:
    """The metric of the answers under each row of `weights`; NaN where it does not exist."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric == "auc":
            return _auc(truth, answer.scores, weights)
        if metric in CLASS_METRICS:
            return _CLASS_FORMULAS[metric](*_confusion(truth, answer.predicted, weights))
        return _NUMBER_FORMULAS[metric](truth, answer.predicted, weights)


def _confusion(truth: Floats, predicted: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights of hits, of true and of predicted rows by class (weightings × classes)."""
    classes = int(max(truth.max(), predicted.max())) + 1

    def summed(codes: Floats, rows: Floats) -> Floats:
        where = np.flatnonzero(rows)
        table = sparse.csr_matrix((np.ones(len(where)), (where, codes[where].astype(np.int64))), (len(codes), classes))
        return np.asarray(weights @ table)

    everywhere = np.ones(len(truth))
    return summed(truth, (truth == predicted).astype(np.float64)), summed(truth, everywhere), summed(predicted, everywhere)


def _mean_over_classes(values: Floats, true: Floats) -> Floats:
    """The mean over the classes that the test rows hold."""
    held = true > 0
    mean: Floats = np.where(held, np.nan_to_num(values), 0.0).sum(axis=1) / held.sum(axis=1)
    return mean


def _accuracy(hits: Floats, true: Floats, _: Floats) -> Floats:
    found: Floats = hits.sum(axis=1) / true.sum(axis=1)
    return found


def _recall(hits: Floats, true: Floats, _: Floats) -> Floats:
    return _mean_over_classes(hits / true, true)


def _precision(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    return _mean_over_classes(hits / predicted, true)


def _f1(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    return _mean_over_classes(2 * hits / (true + predicted), true)


def _kappa(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    total = true.sum(axis=1)
    chance = (true * predicted).sum(axis=1) / total**2
    found: Floats = (hits.sum(axis=1) / total - chance) / (1 - chance)
    return found


def _matthews(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    """Multi-class Matthews correlation (Gorodkin 2004); 0 for constant predictions."""
    total = true.sum(axis=1)
    above = hits.sum(axis=1) * total - (true * predicted).sum(axis=1)
    below = np.sqrt((total**2 - (predicted**2).sum(axis=1)) * (total**2 - (true**2).sum(axis=1)))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


def _auc(truth: Floats, scores: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve; of several classes the mean over the 20 most frequent ones, each against the rest."""
    held, counts = np.unique(truth, return_counts=True)
    classes = held[np.argsort(-counts, kind="stable")][:AUC_CLASSES]
    if len(held) == 2:
        classes = held[1:]
        margin = scores[:, int(held[1])] - scores[:, int(held[0])]
        return _rank_area(truth == held[1], margin, weights)
    areas = np.stack([_rank_area(truth == label, scores[:, int(label)], weights) for label in classes])
    return np.asarray(areas.mean(axis=0), dtype=np.float64)


def _rank_area(positive: npt.NDArray[np.bool_], score: Floats, weights: Floats) -> Floats:
    """The share of pairs of a positive and a negative row in the right order, ties split."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    sorted_weights, member = weights[:, order], positive[order]
    ups = np.add.reduceat(sorted_weights * member, starts, axis=1)
    downs = np.add.reduceat(sorted_weights * ~member, starts, axis=1)
    below = np.cumsum(downs, axis=1) - downs / 2
    area: Floats = (ups * below).sum(axis=1) / (ups.sum(axis=1) * downs.sum(axis=1))
    return area


def _weighted_mean(values: Floats, weights: Floats) -> Floats:
    mean: Floats = (weights @ values) / weights.sum(axis=1)
    return mean


def _squared(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    return _weighted_mean((truth - predicted) ** 2, weights)


def _determination(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    centred = truth - truth.mean()
    variance = _weighted_mean(centred**2, weights) - _weighted_mean(centred, weights) ** 2
    return np.where(variance > 0, 1 - _squared(truth, predicted, weights) / np.where(variance > 0, variance, 1.0), np.nan)


def _percentage(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Rows whose true value is 0 do not count."""
    held = truth != 0
    if not held.any():
        return np.full(len(weights), np.nan)
    return _weighted_mean(np.abs((truth[held] - predicted[held]) / truth[held]), weights[:, held])


def _logarithmic(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Needs true values of 0 and more; answers below count as 0."""
    if (truth < 0).any():
        return np.full(len(weights), np.nan)
    return np.sqrt(_squared(np.log1p(truth), np.log1p(np.maximum(0.0, predicted)), weights))


_CLASS_FORMULAS: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "acc": _accuracy,
    "balanced_accuracy": _recall,
    "recall": _recall,
    "precision": _precision,
    "f1": _f1,
    "kappa": _kappa,
    "mcc": _matthews,
}
_NUMBER_FORMULAS: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "r2": _determination,
    "mse": _squared,
    "rmse": lambda truth, predicted, weights: np.sqrt(_squared(truth, predicted, weights)),
    "mae": lambda truth, predicted, weights: _weighted_mean(np.abs(truth - predicted), weights),
    "mape": _percentage,
    "rmsle": _logarithmic,
}
