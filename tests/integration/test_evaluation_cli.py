"""`appliance evaluate`, with and without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.background import BackgroundServer
from tests.integration.evaluation_tables import write_customers
from tests.integration.shell import Shell, command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def remote(folder: Path) -> Iterator[tuple[str, ...]]:
    with BackgroundServer(folder / "data") as running:
        values = Shell(running.data_dir).json("env", "--json")
        yield ("--endpoint", values["GRETEL_ENDPOINT"], "--api-key", values["GRETEL_API_KEY"])


@pytest.fixture(scope="module")
def tables(folder: Path) -> tuple[str, ...]:
    synthetic, real, held = (write_customers(folder / f"{name}.csv", 260, seed) for seed, name in enumerate(("synthetic", "real", "held")))
    return (str(synthetic), "--reference", str(real), "--holdout", str(held))


def test_no_server_is_needed(tables: tuple[str, ...], tmp_path: Path) -> None:
    done = command("evaluate", *tables, "--output", str(tmp_path), "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json"}
    told = json.loads(done.stdout)
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert told["scores"]["synthetic_data_quality_score"] == report["synthetic_data_quality_score"]["score"] > 50
    assert report["data_privacy_score"]["score"] is not None
    assert set(told["files"]) == {"report", "report_json"}


def test_tasks_and_their_mistakes(tables: tuple[str, ...], remote: tuple[str, ...], tmp_path: Path) -> None:
    def evaluate(*options: str) -> tuple[int, str, str]:
        done = command("evaluate", *tables, "--output", str(tmp_path / "out"), *remote, *options)
        return done.returncode, done.stdout, done.stderr

    code, out, errors = evaluate("--task", "classification", "--target", "plan", "--metric", "auc", "--no-json")
    assert code == 0, errors
    assert "average metric difference" in out
    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["task"]["metric"] == "auc"
    code, _, errors = evaluate("--task", "text", "--target", "comment")
    assert code == 0, errors
    assert "Text structure" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert evaluate("--task", "regression", "--target", "city")[0] == 1
    for wrong in (("--task", "regression"), ("--target", "plan"), ("--task", "text", "--metric", "acc"), ("--task", "nonsense")):
        assert evaluate(*wrong)[0] == 2, wrong
    code, _, errors = evaluate("--task", "regression", "--target", "income", "--metric", "acc")
    assert (code, "no metric of a regression task" in errors) == (2, True)
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"schema_version": "1.0", "models": [{"amplify": {"data_source": "_"}}]}))
    assert evaluate("--config", str(other))[0] == 2
