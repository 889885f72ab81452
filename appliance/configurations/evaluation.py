"""`evaluate`: two or three given tables judged, nothing trained; and the downstream task that any model type may ask for."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from appliance.configurations.document import Loc
from appliance.configurations.kinds import Column, Count, Natural, Text
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Appliance, Section
from appliance.configurations.walk import Walk, nearest

CLASSIFICATION, REGRESSION, TEXT = "classification", "regression", "text"
DOWNSTREAM = (CLASSIFICATION, REGRESSION)
PLACEHOLDERS = frozenset({"_", "__tmp__", "__temp__", ""})

METRICS: dict[str, dict[str, str]] = {
    CLASSIFICATION: {
        "acc": "acc", "accuracy": "acc", "balanced_accuracy": "balanced_accuracy", "auc": "auc", "roc_auc": "auc", "f1": "f1",
        "prec": "precision", "precision": "precision", "recall": "recall", "kappa": "kappa", "mcc": "mcc",
    },
    REGRESSION: {"r2": "r2", "rmse": "rmse", "mae": "mae", "mse": "mse", "mape": "mape", "rmsle": "rmsle"},
}  # fmt: skip
"""By task: every name of a metric that a configuration may use, and the metric it stands for. The first is the default."""

MODELS: dict[str, tuple[str, ...]] = {
    CLASSIFICATION: (
        *("lr", "ridge", "lda", "knn", "nb", "svm", "dt", "rf", "et", "gbc"),
        *("qda", "ada", "mlp", "rbfsvm", "gpc", "xgboost", "lightgbm", "catboost", "dummy"),
    ),
    REGRESSION: (
        *("lr", "ridge", "lasso", "en", "huber", "knn", "svm", "dt", "rf", "et", "gbr"),
        *("br", "ard", "lar", "llar", "omp", "par", "ransac", "tr", "kr", "ada", "mlp", "xgboost", "lightgbm", "catboost", "dummy"),
    ),
}
"""By task: the names of models, as AutoML libraries abbreviate them."""


class EvaluationTask(Section, frozen=True):
    """What is judged; no type: quality and privacy."""

    used: ClassVar[frozenset[str]] = frozenset({"type"})
    type: Literal["sqs", "text", "classification", "regression"] = "sqs"


class EvaluationParams(Section, frozen=True):
    """How much is looked at (0: everything that fits), and the downstream task. Of a text task `target` is the column to read."""

    used: ClassVar[frozenset[str]] = frozenset(
        {"sqs_report_rows", "sqs_report_columns", "correlation_columns", "mandatory_columns", "target", "holdout", "models", "metric"}
    )
    sqs_report_rows: Natural = 5000
    sqs_report_columns: Natural = 250
    correlation_columns: Natural = 75
    mandatory_columns: list[Column] = field(default_factory=list)
    target: Column | None = None
    holdout: Annotated[float, Meta(gt=0, lt=1)] = 0.2
    models: list[Text] = field(default_factory=list)
    metric: Text | None = None


class PrivacyMetrics(Section, frozen=True):
    """The attacks of a quality report. `skip` leaves both out; membership and attribute inference each have a switch of their own."""

    used: ClassVar[frozenset[str]] = frozenset({"skip", "skip_mia", "skip_aia"})
    quasi_identifier_count: Count = 3
    skip: bool = False
    skip_mia: bool = False
    skip_aia: bool = False


class PiiReplay(Section, frozen=True):
    """Real personal values that reappear. Accepted and kept without effect: the report counts replayed values whatever is said here."""

    used: ClassVar[frozenset[str]] = frozenset()
    skip: bool = False
    entities: list[Text] | None = None


class EvaluationAppliance(Appliance, frozen=True):
    """An evaluation trains no engine: only these of the appliance's own keys have an effect."""

    used: ClassVar[frozenset[str]] = frozenset({"seed", "drop_columns", "max_duration", "memory"})


class Evaluation(ModelType, frozen=True):
    """`evaluate`. `data_source`: the synthetic table; `ref_data` "0": the training table, "1": the holdout."""

    task: EvaluationTask = EvaluationTask()
    params: EvaluationParams = EvaluationParams()
    privacy_metrics: PrivacyMetrics = PrivacyMetrics()
    pii_replay: PiiReplay = PiiReplay()
    appliance: EvaluationAppliance = EvaluationAppliance()


def check_evaluation(walk: Walk, section: dict[str, Any], given: dict[str, Any], loc: Loc) -> None:
    """The rules of an `evaluate` section: a reference, and all that the task needs."""
    task, params = section["task"]["type"], section["params"]
    refused = any(fault.loc[: len(loc) + 1] == (*loc, "ref_data") for fault in walk.faults)
    if section["data_source"] not in PLACEHOLDERS | {None} and not section["ref_data"] and not refused:
        said = 'name the training table as "0", and rows that no model saw as "1" if there are any.'
        walk.fault((*loc, "ref_data"), f"ref_data is missing: {said}")
    place: Loc = (*loc, "params")
    if task in DOWNSTREAM:
        _check_task(walk, task, params, place)
        return
    sent = given.get("params")
    idle = ("models", "metric", "holdout") + (() if task == TEXT else ("target",))
    walk.ignored.extend(f"params.{key}" for key in idle if isinstance(sent, dict) and sent.get(key))


def downstream_task(section: dict[str, Any]) -> str | None:
    """The downstream task of the `evaluate` section of a model type: `classification`, `regression`, or None."""
    task = section.get("task")
    word = task.get("type") if isinstance(task, dict) else task
    return word if word in DOWNSTREAM else None


def check_downstream(walk: Walk, section: dict[str, Any], loc: Loc) -> None:
    """The rules of the `evaluate` section of a model type."""
    task = section.get("task")
    if isinstance(task, dict) and task.get("type") not in (None, "sqs", *DOWNSTREAM):
        walk.fault((*loc, "task", "type"), "The type of a downstream task must be 'classification' or 'regression'.")
    named = downstream_task(section)
    if named is not None:
        if section["holdout"] in (0.0, 1.0):
            walk.fault((*loc, "holdout"), "holdout must be a number above 0 and below 1.")
        _check_task(walk, named, section, loc)
    else:
        walk.ignored.extend(f"evaluate.{key}" for key in ("target", "holdout", "metric", "models") if section[key])


def _check_task(walk: Walk, task: str, keys: dict[str, Any], loc: Loc) -> None:
    if not keys["target"]:
        walk.fault((*loc, "target"), f"target is missing: a {task} task needs the name of the column to predict.")
    metrics, models = METRICS[task], MODELS[task]
    if keys["metric"] is not None and keys["metric"].lower() not in metrics:
        walk.fault((*loc, "metric"), f"'{keys['metric'][:64]}' is no metric of a {task} task{nearest(keys['metric'], metrics)}.")
    for index, name in enumerate(keys["models"] or []):
        if name.lower() not in models:
            walk.fault((*loc, "models", index), f"'{name[:64]}' is no model of a {task} task{nearest(name, models)}.")
