"""The downstream test of a job, from its configuration to the two artifacts that clients fetch."""

from __future__ import annotations

from typing import Any

from appliance.configurations.evaluation import METRICS, downstream_task
from appliance.data_plane.context import Context
from appliance.data_plane.models.reporting import Stopwatch, library_versions, publish_report, tell_scores
from appliance.data_plane.quality.downstream import DownstreamOptions, measure_downstream
from appliance.data_plane.quality.downstream_table import check_target
from appliance.data_plane.quality.report.downstream import render_downstream
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

DEFAULT_HOLDOUT = 0.2
DEFAULT_ROWS, DEFAULT_COLUMNS = 5_000, 250
LEAST_OWN_TEST = 50
"""A job's holdout of fewer rows is too small to test on; a share of the training rows stands in, which the report says."""


def publish_downstream(
    context: Context, train: Table, synthetic: Table, holdout: Table | None, section: dict[str, Any], *, title: str = "", engine: str = ""
) -> None:
    """Test the synthetic rows as the `evaluate` section of a model type asks: `classification_report(_json)` or `regression_report(_json)`.

    Nothing happens where the section names no task. A test that cannot be made is told in the log: the trained model is worth more."""
    task = downstream_task(section)
    if task is None:
        return
    keys = {**section, "sqs_report_rows": DEFAULT_ROWS, "sqs_report_columns": DEFAULT_COLUMNS}
    options = downstream_options(task, keys, title=title, model_type=context.assignment.model_type, engine=engine)
    own = holdout if holdout is not None and holdout.rows >= LEAST_OWN_TEST else None
    try:
        judge_downstream(context, (train, synthetic, own), options, Stopwatch(context))
    except DataRefused as error:
        context.log("run", f"The {task} report could not be made. {error.message}", level="warning")


def check_task(table: Table, section: dict[str, Any]) -> None:
    """Before anything is learnt: the target of the `evaluate` section is there and can be predicted. Raises DataRefused."""
    task = downstream_task(section)
    if task is not None:
        check_target(table, section["target"], classify=task == "classification")


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
    tell_scores(context, report, options.task)
