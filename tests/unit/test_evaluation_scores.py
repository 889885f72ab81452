"""Metrics of a downstream test against scikit-learn's own, and what stands in for models that are not here."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from appliance.configurations.evaluation import METRICS, MODELS
from appliance.data_plane.quality.downstream_models import Answer, choose
from appliance.data_plane.quality.downstream_scores import CLASS_METRICS, NUMBER_METRICS, measure, resamples

ONCE = np.ones((1, 300))


def class_answer(classes: int, seed: int) -> tuple[np.ndarray, Answer]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, 300).astype(np.float64)
    scores = np.round(random.random((300, classes)) + 0.6 * np.eye(classes)[truth.astype(int)], 1)  # with ties
    return truth, Answer(scores.argmax(axis=1).astype(np.float64), scores)


@pytest.mark.parametrize("classes", [2, 4])
def test_class_metrics_agree_with_scikit_learn(classes: int) -> None:
    truth, answer = class_answer(classes, classes)
    predicted = answer.predicted
    one, many = answer.scores[:, 1] - answer.scores[:, 0], answer.scores / answer.scores.sum(axis=1, keepdims=True)
    expected = {
        "acc": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "recall": metrics.recall_score(truth, predicted, average="macro"),
        "precision": metrics.precision_score(truth, predicted, average="macro"),
        "f1": metrics.f1_score(truth, predicted, average="macro"),
        "kappa": metrics.cohen_kappa_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
        "auc": metrics.roc_auc_score(truth, one) if classes == 2 else None,
    }
    found = {name: measure(name, truth, answer, ONCE)[0] for name in CLASS_METRICS}
    if classes > 2:
        areas = [metrics.roc_auc_score(truth == label, answer.scores[:, label]) for label in range(classes)]
        expected["auc"] = np.mean(areas)
        assert many.shape == (300, classes)
    assert found == pytest.approx(expected)


def test_number_metrics_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(3)
    truth = random.gamma(2.0, 3.0, 300) + 0.5
    answer = Answer(truth + random.normal(0, 1, 300), np.zeros((0, 0)))
    positive = np.maximum(0.0, answer.predicted)
    expected = {
        "r2": metrics.r2_score(truth, answer.predicted),
        "rmse": metrics.root_mean_squared_error(truth, answer.predicted),
        "mse": metrics.mean_squared_error(truth, answer.predicted),
        "mae": metrics.mean_absolute_error(truth, answer.predicted),
        "mape": metrics.mean_absolute_percentage_error(truth, answer.predicted),
        "rmsle": metrics.root_mean_squared_log_error(truth, positive),
    }
    assert {name: measure(name, truth, answer, ONCE)[0] for name in NUMBER_METRICS} == pytest.approx(expected)


@pytest.mark.parametrize("name", [*CLASS_METRICS, *NUMBER_METRICS])
def test_a_resample_is_the_metric_of_the_rows_that_it_drew(name: str) -> None:
    truth, answer = class_answer(3, 8)
    if name in NUMBER_METRICS:
        truth, answer = truth + 1, Answer(answer.predicted + 1.5, answer.scores)
    weights = resamples(300, 4)[:2]
    drawn = [np.repeat(np.arange(300), row.astype(int)) for row in weights]
    again = [
        measure(name, truth[rows], Answer(answer.predicted[rows], answer.scores[rows] if len(answer.scores) else answer.scores), ONCE)[0]
        for rows in drawn
    ]
    assert measure(name, truth, answer, weights) == pytest.approx(again)


def test_metrics_that_do_not_exist_are_no_numbers() -> None:
    truth, answer = np.array([-1.0, 0.0, 0.0]), Answer(np.zeros(3), np.zeros((0, 0)))
    assert np.isnan(measure("rmsle", truth, answer, np.ones((1, 3)))[0])
    assert np.isnan(measure("mape", np.zeros(3), answer, np.ones((1, 3)))[0])
    assert np.isnan(measure("r2", np.zeros(3), answer, np.ones((1, 3)))[0])


@pytest.mark.parametrize("classify", [True, False])
def test_every_name_that_a_configuration_may_use_has_a_learner(classify: bool) -> None:
    task = "classification" if classify else "regression"
    for name in MODELS[task]:
        (chosen,) = choose([name.upper()], classify=classify)
        assert (chosen.learner.name == name) != bool(chosen.stands_for)
    known = CLASS_METRICS if classify else NUMBER_METRICS
    assert set(METRICS[task].values()) == set(known)
