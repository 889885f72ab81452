"""Training and running a tabular model, from files to artifacts, in this process."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock, SystemRandom
from appliance.configurations import normalise, normalise_run
from appliance.contract.event import Log, Progress, decode_events
from appliance.contract.job import Assignment, Input, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.context import Context
from appliance.data_plane.models import tabular
from appliance.errors import DataRefused

CANARY = "canary-7f3a"
CITIES = ("Aarhus", "Bergen", "Cádiz", "Łódź")


def write_people(path: Path, rows: int, delimiter: str = ",") -> Path:
    """A made-up table in which the city decides the plan and income grows with age; one row holds a value that no other has."""
    draw = random.Random(3)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["id", "age", "city", "plan", "income", "joined", "note"])
        for number in range(rows):
            age, city = draw.randint(18, 90), draw.choice(CITIES)
            plan = "gold" if city in CITIES[:2] else "basic"
            income = "" if draw.random() < 0.1 else f"{age * 500 + draw.gauss(0, 2000):.2f}"
            joined = f"20{draw.randint(10, 24)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            note = CANARY if number == 7 else draw.choice(("ok", "late", "open"))
            writer.writerow([f"P{number:06d}", age, city, plan, income, joined, note])
    return path


def make_context(folder: Path, kind: Kind, inputs: dict[str, Path], model_type: str = "actgan", **more: Any) -> Context:
    """The context of an attempt whose inputs are these files."""
    params = more.pop("params", {})
    section = {"data_source": "x", **more}
    configuration = normalise({"schema_version": "1.0", "models": [{model_type: section}]})
    if kind is Kind.RUN:
        params = {"params": normalise_run(configuration, {"params": params}).params}
    named = tuple(Input(role, path.name) for role, path in inputs.items())
    directory = RunDirectory(folder)
    directory.create(Assignment("a" * 24, 1, kind, model_type, configuration.document, params, named, seed=11))
    directory.artifacts.mkdir()
    for path in inputs.values():
        (directory.inputs / path.name).write_bytes(path.read_bytes())
    return Context(directory.read_assignment(), directory, SystemClock(), SystemRandom())


def unpack(context: Context, name: str) -> bytes:
    """The content of a packed artifact."""
    return gzip.decompress((context.directory.artifacts / name).read_bytes())


def rows_of(content: bytes) -> list[dict[str, str]]:
    """CSV bytes as rows."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A model trained on 1,200 people."""
    folder = tmp_path_factory.mktemp("trained")
    context = make_context(
        folder / "run", Kind.TRAIN, {"data_source": write_people(folder / "people.csv", 1200)}, generate={"num_records": 300}
    )
    tabular.train(context)
    return context


def test_training_leaves_every_artifact(trained: Context) -> None:
    assert {artifact.type for artifact in trained.artifacts} == {"preview_early", "model", "data_preview", "report_json", "report"}
    preview = rows_of(unpack(trained, "data_preview.gz"))
    assert len(preview) == 300
    assert list(preview[0]) == ["id", "age", "city", "plan", "income", "joined", "note"]
    assert {row["city"] for row in preview} <= set(CITIES)
    assert all(len(row["joined"]) == 10 and row["joined"][4] == "-" for row in preview)
    assert len(json.loads((trained.directory.artifacts / "preview_early.json").read_bytes())) == 10


def test_the_report_can_be_read_by_old_and_new_names(trained: Context) -> None:
    report = json.loads(unpack(trained, "report_json.json.gz"))
    assert report["synthetic_data_quality_score"]["raw_score"] == report["synthetic_quality_score"]["raw_score"] > 80
    assert {"field", "value"} == set(report["summary"][0])
    assert report["run"]["wall_seconds"] > 0
    assert b"<script" not in unpack(trained, "report.html.gz")
    assert trained.scores["synthetic_data_quality_score"] > 80


def test_no_rare_value_leaves_the_worker(trained: Context) -> None:
    told = trained.directory.events.read_bytes()
    everything = told + b"".join(
        unpack(trained, path.name) if path.suffix == ".gz" else path.read_bytes() for path in trained.directory.artifacts.iterdir()
    )
    with tarfile.open(trained.directory.artifacts / "model.tar.gz") as tar:
        everything += b"".join(file.read() for member in tar if (file := tar.extractfile(member)))
    assert CANARY.encode() not in everything
    assert b"P000007" not in unpack(trained, "report_json.json.gz") + told


def test_progress_can_be_read_as_the_client_does(trained: Context) -> None:
    events = decode_events(trained.directory.events.read_bytes())
    logs = [event for event in events if isinstance(event, Log)]
    assert next(log.ctx["num_epochs"] for log in logs if log.stage == "pre" and "num_epochs" in log.ctx) == 7
    epochs = [log.ctx["epoch"] for log in logs if log.stage == "train" and "epoch" in log.ctx]
    assert epochs[-1] == 7
    assert epochs == sorted(epochs)
    assert [log for log in logs if log.stage == "run" and "current_valid_count" in log.ctx]
    final = [log.msg for log in logs if "Using updated model configuration: \n" in log.msg]
    assert len(final) == 1
    assert "seed: 11" in final[0]
    assert any(isinstance(event, Progress) and event.stage == "train" and event.done == event.total for event in events)


def test_the_same_seed_gives_the_same_model_and_report(trained: Context, tmp_path: Path) -> None:
    source = trained.directory.inputs / "people.csv"
    again = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": source}, generate={"num_records": 300})
    tabular.train(again)
    for name in ("model.tar.gz", "data_preview.gz", "preview_early.json"):
        assert (again.directory.artifacts / name).read_bytes() == (trained.directory.artifacts / name).read_bytes(), name
    first, second = (json.loads(unpack(context, "report_json.json.gz")) for context in (trained, again))
    first.pop("run")
    second.pop("run")
    assert first == second


def test_a_run_makes_records(trained: Context, tmp_path: Path) -> None:
    context = make_context(tmp_path / "run", Kind.RUN, {"model": trained.directory.artifacts / "model.tar.gz"}, params={"num_records": 77})
    tabular.run(context)
    rows = rows_of(unpack(context, "data.gz"))
    assert len(rows) == 77
    assert len({row["id"] for row in rows}) == 77
    assert all((row["plan"] == "gold") == (row["city"] in CITIES[:2]) for row in rows)
    assert json.loads(unpack(context, "run_report_json.json.gz"))["num_records"] == 77


def test_a_run_completes_seed_rows_in_their_order(trained: Context, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.csv"
    seeds.write_text("city,age\n" + "".join(f"{CITIES[number % 4]},{20 + number % 60}\n" for number in range(120)), encoding="utf-8")
    model = trained.directory.artifacts / "model.tar.gz"
    context = make_context(tmp_path / "run", Kind.RUN, {"model": model, "data_source": seeds})
    tabular.run(context)
    made = rows_of(unpack(context, "data.gz"))
    assert [(row["city"], row["age"]) for row in made] == [(CITIES[n % 4], str(20 + n % 60)) for n in range(120)]
    report = json.loads(unpack(context, "run_report_json.json.gz"))
    assert report["conditional"] == {"columns": ["city", "age"]}
    assert report["effective_sample_size"] >= 1


def test_seeds_with_an_unknown_column_are_refused(trained: Context, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.csv"
    seeds.write_text("planet,age\n" + "Mars,30\n" * 30)
    context = make_context(tmp_path / "run", Kind.RUN, {"model": trained.directory.artifacts / "model.tar.gz", "data_source": seeds})
    with pytest.raises(DataRefused, match="planet"):
        tabular.run(context)


def test_few_rows_train_without_a_holdout(tmp_path: Path) -> None:
    context = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": write_people(tmp_path / "few.csv", 60)})
    tabular.train(context)
    report = json.loads(unpack(context, "report_json.json.gz"))
    assert report["data_privacy_score"]["grade"] == "Unavailable"


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    context = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": write_people(tmp_path / "few.csv", 19)})
    with pytest.raises(DataRefused, match="19 rows"):
        tabular.train(context)


@pytest.mark.parametrize("model_type", ["tabular_gan", "navigator_ft", "tabular_ft", "amplify", "synthetics", "ctgan"])
def test_every_tabular_type_trains(tmp_path: Path, model_type: str) -> None:
    source = write_people(tmp_path / "people.csv", 250, ";")
    context = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": source}, model_type, evaluate={"skip": True})
    tabular.train(context)
    assert {artifact.type for artifact in context.artifacts} == {"preview_early", "model", "data_preview"}


def test_keys_without_effect_are_named_in_the_log(tmp_path: Path) -> None:
    source = write_people(tmp_path / "people.csv", 60)
    context = make_context(
        tmp_path / "run",
        Kind.TRAIN,
        {"data_source": source},
        "navigator_ft",
        generate={"top_p": 0.5, "num_records": 5},
        evaluate={"skip": True},
    )
    tabular.train(context)
    logs = [event.msg for event in decode_events(context.directory.events.read_bytes()) if isinstance(event, Log)]
    assert [msg for msg in logs if "no effect" in msg] == ["The key generate.top_p is known but has no effect on the engine used here."]


def test_the_input_s_own_format_comes_back_when_wanted(tmp_path: Path) -> None:
    source = write_people(tmp_path / "people.csv", 60, ";")
    more: dict[str, Any] = {"generate": {"num_records": 5}, "evaluate": {"skip": True}, "appliance": {"format": "csv"}}
    context = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": source}, **more)
    tabular.train(context)
    assert unpack(context, "data_preview.gz").startswith(b"id;age;city;")


def test_dropped_columns_do_not_come_back(tmp_path: Path) -> None:
    source = write_people(tmp_path / "people.csv", 60)
    more: dict[str, Any] = {"evaluate": {"skip": True}, "appliance": {"drop_columns": ["id", "note"]}}
    context = make_context(tmp_path / "run", Kind.TRAIN, {"data_source": source}, **more)
    tabular.train(context)
    assert list(rows_of(unpack(context, "data_preview.gz"))[0]) == ["age", "city", "plan", "income", "joined"]
