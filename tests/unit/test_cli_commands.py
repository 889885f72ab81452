"""The command line itself: help everywhere, exit codes, what is printed where, templates, the sample table."""

from __future__ import annotations

import csv
import hashlib
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from appliance.cli.configuration_file import read_configuration, with_section
from appliance.cli.failure import FAILED, WRONG_USAGE, JobEnded, NoAnswer, explain
from appliance.cli.machine import FAULT, OK, WARNING, examine
from appliance.cli.one_shot import table_format
from appliance.cli.root import COMMANDS, Commands, appliance, run
from appliance.configurations import normalise, templates
from appliance.configurations.sample import COLUMNS, write_sample
from appliance.errors import ConfigurationRefused, Fault, NotFound, SettingsRefused


def paths() -> list[list[str]]:
    """Every command and sub-command, at any depth."""
    context = click.Context(appliance)
    found: list[list[str]] = [[]]

    def add(command: click.Command | None, path: list[str]) -> None:
        found.append(path)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                add(command.get_command(context, inner), [*path, inner])

    for name in COMMANDS:
        add(appliance.get_command(context, name), [name])
    return found


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_help_everywhere(path: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: appliance")
    assert "Options:" in shown


def test_the_list_of_commands_says_what_each_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(appliance, Commands)
    run(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_help_imports_no_command() -> None:
    code = "import sys; from appliance.cli.root import run; run(['--help']); print([m for m in sys.modules if m[:9] == 'appliance'])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    assert "appliance.cli.serve" not in loaded
    assert "configurations" not in loaded


def test_help_answers_at_once() -> None:
    took = []
    for _ in range(5):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-m", "appliance", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - before)
    bare = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    bare = time.perf_counter() - bare
    assert min(took) <= max(0.3, 6 * bare), "help waits for an import"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--port", "many"],
        ["synthesize"],
        ["synthesize", "no-such-file.csv", "--output", "x"],
        ["templates", "show"],
        ["worker"],
        ["models", "create"],
    ],
)
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == WRONG_USAGE
    assert "Usage: appliance" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("appliance 0.")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (JobEnded("The job ended as error."), FAILED),
        (NoAnswer("nobody"), FAILED),
        (NotFound("no such model"), FAILED),
        (SettingsRefused("port"), WRONG_USAGE),
        (FileNotFoundError(2, "No such file", "x.csv"), FAILED),
        (BrokenPipeError(), FAILED),
    ],
)
def test_exit_codes_of_failures(error: Any, code: int) -> None:
    assert explain(error) == code


def test_every_fault_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    faults = (Fault(("models", 0, "actgan", "params"), "one"), Fault((), "two"))
    assert explain(ConfigurationRefused(faults)) == WRONG_USAGE
    shown = capsys.readouterr().err
    assert "models.0.actgan.params: one" in shown
    assert "document: two" in shown


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GRETEL_ENDPOINT", raising=False)
    monkeypatch.delenv("GRETEL_API_KEY", raising=False)
    assert run(["projects", "list", "--data-dir", str(tmp_path)]) == FAILED
    assert "No appliance runs on" in capsys.readouterr().err
    assert run(["projects", "list", "--endpoint", "http://127.0.0.1:9", "--api-key", "grtu0"]) == FAILED
    assert "No appliance answers at http://127.0.0.1:9" in capsys.readouterr().err


def test_no_data_folder_is_made_by_asking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--data-dir", str(tmp_path / "typo")]) == FAILED
    assert "There is no data folder" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_templates_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "list"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed] == [found.name for found in templates()]
    assert run(["templates", "list", "--no-json"]) == 0
    assert "synthetics/tabular-actgan" in capsys.readouterr().out
    assert run(["templates", "show", "tabular-actgan"]) == 0
    assert normalise(capsys.readouterr().out.encode()).model_type == "actgan"
    assert run(["templates", "show", "tabular-actgan", "--normalised"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["actgan"]["params"]["pac"] == 10
    assert run(["templates", "show", "nothing-like-it"]) == FAILED


def test_exported_templates_are_files_of_their_short_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "export", str(tmp_path)]) == 0
    assert len(json.loads(capsys.readouterr().out)["written"]) == 2 * len(templates())
    assert normalise((tmp_path / "synthetics" / "tabular-actgan").read_bytes()).model_type == "actgan"
    assert (tmp_path / "synthetics" / "tabular-actgan.yml").read_bytes() == (tmp_path / "synthetics" / "tabular-actgan").read_bytes()
    assert run(["templates", "export", str(tmp_path)]) == 0, "exporting the same again is fine"
    (tmp_path / "synthetics" / "amplify").write_text("mine")
    assert run(["templates", "export", str(tmp_path)]) == FAILED
    assert (tmp_path / "synthetics" / "amplify").read_text() == "mine"
    assert run(["templates", "export", str(tmp_path), "--force"]) == 0
    assert (tmp_path / "synthetics" / "amplify").read_text() != "mine"


def test_a_configuration_is_a_file_or_a_template(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("schema_version: '1.0'\nmodels: [{amplify: {data_source: a.csv}}]")
    assert read_configuration(str(file))["models"] == [{"amplify": {"data_source": "a.csv"}}]
    assert "actgan" in read_configuration("tabular-actgan")["models"][0]
    file.write_text("schema_version: '1.0'\nmodels: [{amplify: {data_source: a.csv, params: {nope: 1}}}]")
    with pytest.raises(ConfigurationRefused):
        read_configuration(str(file))
    with pytest.raises(NotFound):
        read_configuration("no-such-template-or-file")


def test_sections_are_merged_into_a_configuration() -> None:
    given = {"schema_version": "1.0", "models": [{"actgan": {"data_source": "_", "appliance": {"target": "t"}}}]}
    made = with_section(given, data_source="key", appliance={"seed": 3})
    assert made["models"] == [{"actgan": {"data_source": "key", "appliance": {"target": "t", "seed": 3}}}]
    assert given["models"] == [{"actgan": {"data_source": "_", "appliance": {"target": "t"}}}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", "csv"),
        ("a.csv.gz", "csv"),
        ("a.b.JSONL.zst", "jsonl"),
        ("a.parq", "parquet"),
        ("a.tsv", "tsv"),
        ("a", "csv"),
        ("a.gz", "csv"),
    ],
)
def test_formats_by_name(name: str, expected: str) -> None:
    assert table_format(Path(name)) == expected


def test_the_sample_table_is_the_same_everywhere(tmp_path: Path) -> None:
    first, second, other = tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "3.csv"
    write_sample(first)
    write_sample(second)
    write_sample(other, rows=300, seed=1)
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()
    assert len(other.read_text().splitlines()) == 301


def test_the_sample_table_is_believable(tmp_path: Path) -> None:
    write_sample(tmp_path / "c.csv")
    with (tmp_path / "c.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5000
    assert tuple(rows[0]) == COLUMNS
    assert len({row["customer_id"] for row in rows}) == 5000
    assert all(row["signed_up"] <= row["last_seen"] for row in rows)
    assert 0.05 < sum(not row["satisfaction"] for row in rows) / 5000 < 0.2
    content = [row for row in rows if row["satisfaction"]]
    calls = [float(row["support_calls"]) for row in content]
    assert statistics.correlation(calls, [float(row["satisfaction"]) for row in content]) < -0.3
    assert 0.02 < sum(row["churned"] == "true" for row in rows) / 5000 < 0.3


def test_the_machine_is_examined(tmp_path: Path) -> None:
    found = {finding.name: finding for finding in examine(tmp_path / "not" / "yet", reserve_bytes=1, allow_unconfined=True)}
    assert {"system", "kernel", "python", "sqlite", "memory", "free disk", "gpus"} <= set(found)
    assert any(name.startswith("worker ") for name in found), "a worker's process tried to confine itself"
    assert all(finding.verdict in (OK, WARNING, FAULT) for finding in found.values())
    full = {finding.name: finding for finding in examine(tmp_path, reserve_bytes=1 << 60, allow_unconfined=True)}
    assert full["free disk"].verdict == FAULT
