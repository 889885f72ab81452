"""`evaluate`: two or three given tables judged, nothing trained."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from appliance.configurations.kinds import Column, Natural, Text
from appliance.configurations.model_type import ModelType
from appliance.configurations.section import Section


class EvaluationTask(Section, frozen=True):
    """What is judged; no type: quality and privacy."""

    used: ClassVar[frozenset[str]] = frozenset({"type"})
    type: Literal["sqs", "text", "classification", "regression"] | None = None


class EvaluationParams(Section, frozen=True):
    """How much is looked at (0: everything that fits), and the downstream task."""

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


class Evaluation(ModelType, frozen=True):
    """`evaluate`. `data_source`: the synthetic table; `ref_data` "0": the training table, "1": the holdout."""

    task: EvaluationTask = EvaluationTask()
    params: EvaluationParams = EvaluationParams()
