"""One table in, a folder out, with no server running before; and the demo."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.background import BackgroundServer
from appliance.configurations.sample import write_sample
from tests.integration.shell import Shell, command, environment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation") / "data"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[BackgroundServer]:
    with BackgroundServer(folder) as running:
        yield running


@pytest.fixture
def shell(server: BackgroundServer) -> Shell:
    return Shell(server.data_dir)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tables") / "customers.csv"
    write_sample(file, rows=300)
    return file


def test_synthesize_needs_no_server_and_repeats_itself(table: Path, tmp_path: Path) -> None:
    outputs = []
    for name in ("one", "two"):
        done = command("synthesize", str(table), "--output", str(tmp_path / name), "--records", "120", "--seed", "5")
        assert done.returncode == 0, done.stderr
        outputs.append((tmp_path / name / "data.csv").read_bytes())
        assert {path.name for path in (tmp_path / name).iterdir()} == {"data.csv", "report.html", "report.json", "model.tar.gz"}
    assert outputs[0] == outputs[1]
    rows = list(csv.reader(outputs[0].decode().splitlines()))
    assert rows[0] == next(csv.reader(table.read_text().splitlines()))
    assert len(rows) == 121
    assert "synthetic_data_quality_score" in json.loads(done.stdout)["scores"]


def test_synthesize_gives_back_what_it_was_given(server: BackgroundServer, shell: Shell, table: Path, tmp_path: Path) -> None:
    values = shell.json("env", "--json")
    lines = table.read_text().splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"schema_version": "1.0", "models": [{"amplify": {"data_source": "_"}}]}))
    remote = ("--endpoint", values["GRETEL_ENDPOINT"], "--api-key", values["GRETEL_API_KEY"], "--project", "one-shots")
    done = command("synthesize", str(tmp_path / "t.jsonl"), "--output", str(tmp_path / "out"), "--config", str(config), *remote)
    assert done.returncode == 0, done.stderr
    made = [json.loads(line) for line in (tmp_path / "out" / "data.jsonl").read_text().splitlines()]
    assert len(made) == len(rows), "as many as the table has"
    assert set(made[0]) == set(rows[0])
    (tmp_path / "t.tsv").write_text("\n".join(line.replace(",", "\t") for line in lines))
    done = command("synthesize", str(tmp_path / "t.tsv"), "--output", str(tmp_path / "tabs"), "--records", "20", *remote)
    assert done.returncode == 0, done.stderr
    tabs = (tmp_path / "tabs" / "data.tsv").read_text().splitlines()
    assert (tabs[0].split("\t"), len(tabs)) == (lines[0].split(","), 21)


def test_synthesize_says_what_is_wrong(tmp_path: Path, table: Path) -> None:
    short = tmp_path / "short.csv"
    short.write_text("a,b\n1,2\n3,4\n")
    done = command("synthesize", str(short), "--output", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "ended as error" in done.stderr
    assert "20" in done.stderr, "the sentence says how many rows are needed"
    bad = command("synthesize", str(table), "--output", str(tmp_path / "out"), "--template", "no-such-template")
    assert bad.returncode == 1
    both = command("synthesize", str(table), "--output", str(tmp_path / "out"), "--template", "amplify", "--config", "c.yml")
    assert both.returncode == 2


def test_the_demo_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    made = shell.json("demo", "--once", "--rows", "400", "--records", "100", "--port", "0")
    for path in made["files"].values():
        assert Path(path).stat().st_size > 0
    assert len(Path(made["files"]["data"]).read_text().splitlines()) == 101
    assert made["serving"] is None
    assert shell.run("env").returncode == 1, "it ended"


def test_the_demo_goes_on_serving(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    arguments = ["demo", "--rows", "200", "--records", "50", "--port", "0", "--no-json", "--data-dir", str(shell.folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "appliance", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        shown = "".join(line for line in iter(lambda: next(lines), "Serving until you press Ctrl-C.\n"))
        assert "#token=" in shown
        assert [model["status"] for model in shell.json("models", "list", "--project", "appliance-demo")] == ["completed"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert shell.run("env").returncode == 1, "its server ended with it"
