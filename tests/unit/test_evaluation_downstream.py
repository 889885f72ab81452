"""Downstream tests on small tables: every learner, hostile columns, and a test asked for in a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.configurations.evaluation import MODELS
from appliance.contract.job import Kind
from appliance.data_plane.models import tabular
from appliance.data_plane.models.downstream import downstream_options
from appliance.data_plane.quality.downstream import DownstreamOptions, measure_downstream
from appliance.data_plane.quality.report.downstream import render_downstream
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused
from tests.unit.quality_tables import named, people, rows_of
from tests.unit.test_models_tabular import make_context, unpack, write_people

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def options(task: str, target: str, **keys: Any) -> DownstreamOptions:
    given = {"metric": None, "models": [], "holdout": 0.2, "sqs_report_rows": 0, "sqs_report_columns": 0, "target": target} | keys
    return downstream_options(task, given, title="t", model_type="evaluate")


@pytest.mark.parametrize(("task", "target"), [("classification", "team"), ("regression", "pay")])
def test_every_named_learner_learns_what_is_there(task: str, target: str) -> None:
    report = measure_downstream(people(400, 1), people(400, 2), people(200, 3), options(task, target, models=MODELS[task]), 7)
    assert not report["models_not_trained"]
    learning = [model["name"] for model in report["models"] if model["learns"]]
    assert set(learning) == {model["name"] for model in report["models"]} - {"dummy"}
    interval = report["average_metric_difference_interval"]
    assert interval["low"] <= report["average_metric_difference"]["raw_score"] <= interval["high"] + 1e-6
    page = render_downstream(report)
    assert page.count('<tr><th scope="row">') >= len(learning)


def odd(rows: int, seed: int) -> Table:
    """Names that are markup, a rare class, gaps, infinities, an empty and a constant column, a class that is a number."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    label = np.where(x > 0, 1.0, 0.0)
    gaps = np.where(random.random(rows) < 0.2, np.nan, x)
    return named(
        {
            HOSTILE: ("numeric", [None if np.isnan(value) else float(value) for value in gaps]),
            "huge": ("numeric", [1e300 if random.random() < 0.1 else float("inf") if random.random() < 0.1 else float(v) for v in x]),
            "empty": ("empty", [None] * rows),
            "flat": ("categorical", ["same"] * rows),
            "words": ("text", [f"word {number} of row {number}" for number in range(rows)]),
            "label": ("numeric", [None if number == 5 else float(value) for number, value in enumerate(label)]),
            "kind": ("categorical", ["once-only" if number == 9 else "a" if value > 0 else "b" for number, value in enumerate(x)]),
        }
    )


def test_odd_columns_do_no_harm_and_rare_classes_have_no_name() -> None:
    report = measure_downstream(odd(120, 1), odd(120, 2), None, options("classification", "kind", models=["lr", "knn", "lda", "gbc"]), 7)
    reasons = {column["name"]: column["reason"] for column in report["data"]["columns_left_out"]}
    assert reasons == {"empty": "empty", "words": "free text"}
    assert "once-only" not in json.dumps(report)
    page = render_downstream(report)
    assert HOSTILE not in page
    assert "once-only" not in page
    plain = measure_downstream(odd(120, 1), odd(120, 2), None, options("classification", "label", models=["dt", "nb"]), 7)
    assert {entry["name"] for entry in plain["classes"]} == {"0", "1"}, "whole numbers without a point"
    assert plain["data"]["rows_without_target"] == [1, 1, 0]


def test_a_class_that_the_synthetic_rows_lack_is_counted() -> None:
    train, made = people(300, 1), people(300, 2)
    kept = np.flatnonzero(np.array(made.data.column("team").to_pylist()) != "east")
    report = measure_downstream(train, rows_of(made, kept), None, options("classification", "team", models=["lr", "nb"]), 7)
    assert report["data"]["classes_missing_in_synthetic"] == 1
    assert any("1 class of the real rows is in no synthetic row" in warning["what"] for warning in report["warnings"])


def test_a_metric_that_the_target_does_not_allow_is_refused() -> None:
    table = named({"x": ("numeric", [float(n) for n in range(60)]), "y": ("numeric", [float(n - 30) for n in range(60)])})
    with pytest.raises(DataRefused, match="logarithmic error cannot be computed"):
        measure_downstream(table, table, None, options("regression", "y", metric="rmsle"), 7)
    with pytest.raises(DataRefused, match="Too few rows"):
        measure_downstream(rows_of(table, range(15)), table, None, options("regression", "y"), 7)
    only = named({"y": ("numeric", [float(n) for n in range(60)])})
    with pytest.raises(DataRefused, match="no column to predict"):
        measure_downstream(only, only, None, options("regression", "y"), 7)


def test_a_training_leaves_the_downstream_report_that_it_was_asked_for(tmp_path: Path) -> None:
    inputs = {"data_source": write_people(tmp_path / "people.csv", 600)}
    section: dict[str, Any] = {
        "generate": {"num_records": 100},
        "evaluate": {"task": {"type": "classification"}, "target": "plan", "models": ["dt", "lr"]},
    }
    context = make_context(tmp_path / "run", Kind.TRAIN, inputs, **section)
    tabular.train(context)
    report = json.loads(unpack(context, "classification_report_json.json.gz"))
    assert {model["name"] for model in report["models"]} == {"dt", "lr"}
    assert report["average_metric_difference"]["score"] > 60
    assert not report["data"]["own_holdout"], "30 rows are too few to test on"
    assert b"<!doctype html>" in unpack(context, "classification_report.html.gz")
    assert {"synthetic_data_quality_score", "average_metric_difference"} <= set(context.scores)


def test_a_training_refuses_a_wrong_target_before_it_learns(tmp_path: Path) -> None:
    inputs = {"data_source": write_people(tmp_path / "people.csv", 60)}
    for target, said in (("gone", "no column 'gone'"), ("city", "predicts numbers")):
        context = make_context(tmp_path / target, Kind.TRAIN, inputs, evaluate={"task": "regression", "target": target})
        with pytest.raises(DataRefused, match=said):
            tabular.train(context)
        assert not context.artifacts
