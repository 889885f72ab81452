"""The downstream test of a job, from its configuration to the two artifacts that clients fetch."""

from __future__ import annotations

from typing import Any

from appliance.configurations.evaluation import METRICS, downstream_task
from appliance.data_plane.context import Context
from appliance.data_plane.models.reporting import Stopwatch, library_versions, publish_report, tell_scores
from appliance.data_plane.quality.downstream import DownstreamOptions, measure_downstream
from appliance.data_plane.quality.report.downstream import render_downstream
from appliance.data_plane.tables.schema import Table

DEFAULT_HOLDOUT = 0.2
DEFAULT_ROWS = 5_000


def publish_downstream(
    context: Context, train: Table, synthetic: Table, holdout: Table | None, section: dict[str, Any], *, title: str = "", engine: str = ""
) -> None:
    """Test the synthetic rows as the `evaluate` section of a model type asks: `classification_report(_json)` or `regression_report(_json)`.

    Nothing happens where the section names no task. Raises DataRefused when its target cannot be predicted."""
    task = downstream_task(section)
    if task is not None:
        keys = {**section, "sqs_report_rows": DEFAULT_ROWS, "sqs_report_columns": 250}
        options = downstream_options(task, keys, title=title, model_type=context.assignment.model_type, engine=engine)
        judge_downstream(context, (train, synthetic, holdout), options, Stopwatch(context))


def downstream_options(task: str, keys: dict[str, Any], *, title: str, model_type: str, engine: str = "") -> DownstreamOptions:
    """Options from the keys of a configuration; metrics by their own names, the task's first one by default."""
    metrics = METRICS[task]
    return DownstreamOptions(
        task=task,
        target=keys["target"],
        metric=metrics[(keys["metric"] or next(iter(metrics))).lower()],
        models=tuple(keys["models"] or ()),
        holdout=keys["holdout"] or DEFAULT_HOLDOUT,
        rows=keys["sqs_report_rows"],
        columns=keys["sqs_report_columns"],
        title=title,
        model_type=model_type,
        engine=engine,
        versions=library_versions(),
    )


def judge_downstream(context: Context, tables: tuple[Table, Table, Table | None], options: DownstreamOptions, stopwatch: Stopwatch) -> None:
    """Train, test, publish. `tables`: training, synthetic, holdout."""

    def follow(step: str, done: int, total: int) -> None:
        context.progress("judge", done, total)

    context.log("run", f"A {options.task} of {options.target} is being learnt from real and from synthetic rows.", metric=options.metric)
    report = measure_downstream(*tables, options, context.seed, follow)
    report["run"] = stopwatch.run_facts()
    for warning in report["warnings"]:
        context.log("run", warning["what"], level="info" if warning["level"] == "note" else "warning")
    publish_report(context, f"{options.task}_report", report, render_downstream(report))
    tell_scores(context, report)
