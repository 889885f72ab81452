"""`evaluate` from files to artifacts, in this process."""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from appliance.clock import SystemClock, SystemRandom
from appliance.configurations import normalise
from appliance.contract.event import Log, decode_events
from appliance.contract.job import Assignment, Input, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.context import Context
from appliance.data_plane.models import evaluation, find_model
from appliance.data_plane.models.evaluation_tables import assign_references
from appliance.errors import DataRefused, JobFailed

CANARY = "canary-9d41"
HOSTILE = "<script>alert('ä')</script>\"&"


def write_people(path: Path, rows: int, seed: int, *, names: dict[str, str] | None = None, broken: bool = False) -> Path:
    """People whose plan follows their age and town, and whose income follows their age; `broken`: every column on its own."""
    draw = random.Random(seed)
    table: dict[str, list[Any]] = {"id": [], "age": [], "town": [], "income": [], "plan": [], "note": []}
    for number in range(rows):
        age, town = draw.randint(18, 90), draw.choice(("Bern", "Graz", "Łódź"))
        table["id"].append(f"P{seed}{number:06d}")
        table["age"].append(age)
        table["town"].append(town)
        table["income"].append(round(300 * age + draw.gauss(0, 1500), 2))
        table["plan"].append("gold" if age + 20 * (town == "Bern") + draw.gauss(0, 6) > 60 else "basic")
        table["note"].append(CANARY if number == 3 and seed == 1 else draw.choice(("ok", "late", "open")))
    if broken:
        for values in table.values():
            draw.shuffle(values)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([(names or {}).get(name, name) for name in table])
        writer.writerows(zip(*table.values(), strict=True))
    return path


def make_context(folder: Path, inputs: dict[str, Path], **section: Any) -> Context:
    """The context of an evaluation whose inputs are these files."""
    references = {role.removeprefix("ref_data."): "x" for role in inputs if role.startswith("ref_data.")}
    given = {"data_source": "x", "ref_data": references, **section}
    configuration = normalise({"schema_version": "1.0", "name": "try", "models": [{"evaluate": given}]})
    named = tuple(Input(role, f"{role.replace('.', '-')}-{path.name}") for role, path in inputs.items())
    directory = RunDirectory(folder)
    directory.create(Assignment("b" * 24, 1, Kind.TRAIN, "evaluate", configuration.document, {}, named, seed=5))
    directory.artifacts.mkdir()
    for entry, path in zip(named, inputs.values(), strict=True):
        (directory.inputs / entry.name).write_bytes(path.read_bytes())
    return Context(directory.read_assignment(), directory, SystemClock(), SystemRandom())


def files(folder: Path, *, synthetic: Path | None = None, holdout: bool = True, rows: int = 400) -> dict[str, Path]:
    found = {
        "data_source": synthetic or write_people(folder / "synthetic.csv", rows, 2),
        "ref_data.0": write_people(folder / "real.csv", rows, 1),
    }
    return found | ({"ref_data.1": write_people(folder / "held.csv", 200, 3)} if holdout else {})


def evaluate(context: Context) -> dict[str, Any]:
    """Run it; the JSON of its one report."""
    find_model("evaluate").train(context)
    (kind,) = [entry.type for entry in context.artifacts if entry.type.endswith("_json")]
    found: dict[str, Any] = json.loads(unpack(context, kind))
    return found


def unpack(context: Context, kind: str) -> bytes:
    (name,) = [entry.name for entry in context.artifacts if entry.type == kind]
    return gzip.decompress((context.directory.artifacts / name).read_bytes())


def told(context: Context) -> list[Log]:
    return [event for event in decode_events(context.directory.events.read_bytes()) if isinstance(event, Log)]


def test_quality_and_privacy_of_three_tables(tmp_path: Path) -> None:
    context = make_context(tmp_path / "run", files(tmp_path))
    report = evaluate(context)
    assert [entry.type for entry in context.artifacts] == ["report_json", "report"]
    assert report["synthetic_data_quality_score"]["score"] > 80
    assert report["data_privacy_score"]["score"] is not None
    assert report["holdout_rows"] == 200
    assert context.scores["synthetic_data_quality_score"] == report["synthetic_data_quality_score"]["score"]
    assert context.rows_in == 1000
    assert [log for log in told(context) if "Using updated model configuration: \n" in log.msg]
    assert context.resolved_configuration["models"][0]["evaluate"]["appliance"]["seed"] == 5


def test_a_table_held_against_itself_scores_100_even_with_one_cell(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("x\n1\n")
    same = {"data_source": tmp_path / "one.csv", "ref_data.0": tmp_path / "one.csv"}
    report = evaluate(make_context(tmp_path / "run", same))
    assert report["synthetic_data_quality_score"] | {"notes": ""} == {"raw_score": 100.0, "grade": "Excellent", "score": 100, "notes": ""}


def test_the_same_seed_gives_the_same_report(tmp_path: Path) -> None:
    inputs = files(tmp_path)
    task = {"task": {"type": "classification"}, "params": {"target": "plan", "models": ["rf", "gbc", "svm", "knn"]}}
    found = [evaluate(make_context(tmp_path / name, inputs, **task)) for name in ("one", "two")]
    assert found[0] | {"run": {}} == found[1] | {"run": {}}


def test_a_classification(tmp_path: Path) -> None:
    context = make_context(tmp_path / "run", files(tmp_path), task={"type": "classification"}, params={"target": "plan"})
    report = evaluate(context)
    assert {entry.type for entry in context.artifacts} == {"classification_report_json", "classification_report"}
    assert report["summary"] == [{"field": "average_metric_difference", "value": report["average_metric_difference"]["score"]}]
    assert report["average_metric_difference"]["score"] >= 80
    assert report["data"]["own_holdout"]
    assert report["data"]["test_rows"] == 200
    assert {"name": "id", "reason": "a key"} in report["data"]["columns_left_out"]
    accuracies = [model["real"]["acc"] for model in report["models"]]
    assert len(accuracies) == 10
    assert accuracies == sorted(accuracies, reverse=True)
    assert context.scores == {"average_metric_difference": float(report["average_metric_difference"]["score"])}


def test_rows_without_the_relation_teach_nothing(tmp_path: Path) -> None:
    broken = write_people(tmp_path / "broken.csv", 400, 2, broken=True)
    inputs = files(tmp_path, synthetic=broken)
    for task, target, good in (("classification", "plan", "acc"), ("regression", "income", "r2")):
        report = evaluate(
            make_context(tmp_path / task, inputs, task={"type": task}, params={"target": target, "models": ["lr", "dt", "knn"]})
        )
        assert report["average_metric_difference"]["score"] < 30, task
        assert report["warnings"][0]["level"] == "bad"
        assert all(model["real"][good] > model["synthetic"][good] for model in report["models"] if model["learns"])


def test_a_regression_by_an_error_and_with_named_models(tmp_path: Path) -> None:
    params = {"target": "income", "metric": "RMSE", "models": ["lr", "XGBoost", "lightgbm", "dummy"]}
    context = make_context(tmp_path / "run", files(tmp_path, holdout=False), task={"type": "regression"}, params=params)
    report = evaluate(context)
    assert {entry.type for entry in context.artifacts} == {"regression_report_json", "regression_report"}
    assert {model["name"]: model["stands_for"] for model in report["models"]} == {"lr": [], "gbr": ["XGBoost", "lightgbm"], "dummy": []}
    errors = [model["real"]["rmse"] for model in report["models"]]
    assert errors == sorted(errors)
    assert report["data"]["test_rows"] == 80, "a fifth of the training table"
    assert report["average_metric_difference"]["score"] >= 90
    assert [log for log in told(context) if "stands in for XGBoost, lightgbm" in log.msg]


def test_a_text_task_finds_what_was_copied(tmp_path: Path) -> None:
    draw = random.Random(4)
    words = [f"word{number}" for number in range(300)]
    texts = [[" ".join(draw.choices(words, k=draw.randint(8, 20))) + "." for _ in range(300)] for _ in range(3)]
    texts[1][:30] = texts[0][:30]
    inputs = {}
    for role, name, lines in zip(("ref_data.0", "data_source", "ref_data.1"), ("real", "made", "held"), texts, strict=True):
        inputs[role] = tmp_path / f"{name}.csv"
        inputs[role].write_text("text,n\n" + "".join(f"{line},{place % 7}\n" for place, line in enumerate(lines)))
    context = make_context(tmp_path / "run", inputs, task={"type": "text"}, params={"target": None})
    report = evaluate(context)
    assert {entry.type for entry in context.artifacts} == {"text_metrics_report_json", "text_metrics_report"}
    (column,) = report["columns"]
    assert (column["name"], column["copies"]["whole_texts"], column["copies"]["texts"]) == ("text", 30, 30)
    assert column["copies"]["holdout_whole_texts"] == 0
    assert report["warnings"][0]["level"] == "bad"
    assert report["synthetic_data_quality_score"]["score"] > 80
    assert report["semantic_similarity"]["score"] is None
    assert texts[0][5] not in unpack(context, "text_metrics_report").decode()


def test_tables_of_different_columns_and_formats(tmp_path: Path) -> None:
    inputs = files(tmp_path, synthetic=write_people(tmp_path / "other.csv", 150, 2, names={"town": "city", "note": HOSTILE}), rows=150)
    rows = list(csv.DictReader(inputs["data_source"].read_text("utf-8").splitlines()))
    made = {name: [row[name] for row in rows] for name in rows[0]} | {"age": [int(row["age"]) for row in rows]}
    made["income"] = [float(row["income"]) for row in rows]
    pq.write_table(pa.table(made), tmp_path / "made.parquet")
    inputs["data_source"] = tmp_path / "made.parquet"
    context = make_context(tmp_path / "run", inputs)
    report = evaluate(context)
    assert report["columns_missing_in_synthetic"] == ["town", "note"]
    assert report["columns_added_in_synthetic"] == ["city", HOSTILE]
    assert {field["name"] for field in report["fields"]} == {"id", "age", "income", "plan"}
    assert report["synthetic_data_quality_score"]["score"] > 80
    assert HOSTILE.encode() not in unpack(context, "report")


def test_a_holdout_that_lacks_columns_narrows_the_comparison_and_says_so(tmp_path: Path) -> None:
    inputs = files(tmp_path, rows=120)
    inputs["ref_data.1"] = write_people(tmp_path / "few.csv", 200, 3, names={"town": "place"})
    context = make_context(tmp_path / "run", inputs)
    report = evaluate(context)
    assert "town" not in {field["name"] for field in report["fields"]}
    assert report["data_privacy_score"]["score"] is not None
    assert [log for log in told(context) if "holdout lacks" in log.msg and "“town”" in log.msg]


def test_columns_are_limited_with_the_mandatory_ones_first(tmp_path: Path) -> None:
    params = {"sqs_report_columns": 2, "mandatory_columns": ["plan"], "sqs_report_rows": 0}
    report = evaluate(make_context(tmp_path / "run", files(tmp_path, rows=60), params=params))
    names = [field["name"] for field in report["fields"]]
    assert len(names) == 2
    assert names[0] == "plan"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"task": {"type": "classification"}, "params": {"target": "gone"}}, "no column 'gone'"),
        ({"task": {"type": "regression"}, "params": {"target": "town"}}, "predicts numbers"),
        ({"task": {"type": "classification"}, "params": {"target": "id"}}, "different values"),
        ({"task": {"type": "text"}, "params": {"target": "age"}}, "needs texts"),
        ({"task": {"type": "text"}, "params": {"target": "gone"}}, "no column 'gone'"),
        ({"params": {"mandatory_columns": ["gone"]}}, "mandatory column 'gone'"),
        ({"appliance": {"drop_columns": ["gone"]}}, "drops the column 'gone'"),
        (
            {"task": {"type": "regression"}, "params": {"target": "income", "models": ["lr"]}, "appliance": {"drop_columns": ["income"]}},
            "no column",
        ),
    ],
)
def test_what_cannot_be_judged_is_said(tmp_path: Path, section: dict[str, Any], said: str) -> None:
    context = make_context(tmp_path / "run", files(tmp_path, rows=150), **section)
    with pytest.raises(DataRefused, match=said):
        evaluate(context)
    assert not context.artifacts


def test_one_class_only_is_refused_in_the_training_table_and_told_of_the_synthetic_one(tmp_path: Path) -> None:
    inputs = files(tmp_path)
    task = {"task": {"type": "classification"}, "params": {"target": "plan", "models": ["lr", "dt"]}}
    flat = tmp_path / "flat.csv"
    text = inputs["ref_data.0"].read_text("utf-8").replace("gold", "basic")
    flat.write_text(text, "utf-8")
    with pytest.raises(DataRefused, match="All training rows hold the same value"):
        evaluate(make_context(tmp_path / "one", inputs | {"ref_data.0": flat}, **task))
    report = evaluate(make_context(tmp_path / "two", inputs | {"data_source": flat}, **task))
    assert report["average_metric_difference"]["score"] == 0
    assert "holds the same class" in report["warnings"][0]["what"]


def test_nothing_shared_and_nothing_given(tmp_path: Path) -> None:
    other = write_people(
        tmp_path / "other.csv", 60, 2, names={name: f"x_{name}" for name in ("id", "age", "town", "income", "plan", "note")}
    )
    with pytest.raises(DataRefused, match="no column in common"):
        evaluate(make_context(tmp_path / "run", files(tmp_path, synthetic=other, holdout=False, rows=60)))
    with pytest.raises(DataRefused, match="names no ref_data"):
        evaluate(make_context(tmp_path / "bare", {"data_source": other}, data_source="_"))


def test_an_evaluation_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="nothing to run"):
        evaluation.run(make_context(tmp_path / "run", files(tmp_path, rows=40)))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("0", "1"), ("0", "1")),
        (("1", "0"), ("0", "1")),
        (("2", "10"), ("2", "10")),
        (("holdout", "training"), ("training", "holdout")),
        (("test", "real"), ("real", "test")),
        (("a", "b", "c"), ("a", "b")),
        (("5",), ("5", None)),
        (("holdout",), (None, "holdout")),
    ],
)
def test_references_by_name_and_by_order(keys: tuple[str, ...], expected: tuple[str | None, str | None]) -> None:
    found = assign_references({key: Path(key) for key in keys})
    assert found == tuple(None if name is None else Path(name) for name in expected)


def test_keys_without_effect_are_named(tmp_path: Path) -> None:
    section = {"pii_replay": {"entities": ["email"]}, "params": {"metric": "acc"}, "appliance": {"temperature": 2.0}}
    inputs = files(tmp_path, rows=60)
    context = make_context(tmp_path / "run", inputs | {"ref_data.third": inputs["ref_data.1"]}, **section)
    evaluate(context)
    assert ["The reference third is not used" in log.msg for log in told(context)].count(True) == 1
    named = " ".join(log.msg for log in told(context) if "has no effect" in log.msg)
    assert all(key in named for key in ("pii_replay.entities", "params.metric", "appliance.temperature"))


@pytest.mark.parametrize("task", ["sqs", "classification", "regression", "text"])
def test_no_rare_value_leaves_the_worker_and_no_name_becomes_markup(tmp_path: Path, task: str) -> None:
    names = {"town": HOSTILE, "note": "note"}
    inputs = {
        "data_source": write_people(tmp_path / "s.csv", 100, 2, names=names),
        "ref_data.0": write_people(tmp_path / "r.csv", 100, 1, names=names),
        "ref_data.1": write_people(tmp_path / "h.csv", 40, 3, names=names),
    }
    target = {"classification": "plan", "regression": "income", "text": HOSTILE}.get(task)
    params = {"target": target, "models": ["lr", "dt"]} if task in ("classification", "regression") else {"target": target}
    context = make_context(tmp_path / "run", inputs, task={"type": task}, params=params)
    evaluate(context)
    everything = context.directory.events.read_bytes() + b"".join(unpack(context, entry.type) for entry in context.artifacts)
    assert CANARY.encode() not in everything
    assert b"P1000003" not in everything
    (page,) = [unpack(context, entry.type) for entry in context.artifacts if not entry.type.endswith("_json")]
    assert b"<script" not in page
