"""`appliance classify`, `appliance transform` and runs of their models, with and without a server."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.background import BackgroundServer
from tests.integration.shell import Shell, command
from tests.integration.transformation_files import write_configuration, write_customers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transform")


@pytest.fixture(scope="module")
def remote(folder: Path) -> Iterator[tuple[str, ...]]:
    with BackgroundServer(folder / "data") as running:
        values = Shell(running.data_dir).json("env", "--json")
        yield ("--endpoint", values["GRETEL_ENDPOINT"], "--api-key", values["GRETEL_API_KEY"])


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    return write_customers(folder / "customers.csv", 120, 1)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def succeed(*arguments: str) -> dict[str, object]:
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_no_server_is_needed_to_find_personal_data(table: Path, tmp_path: Path) -> None:
    told = succeed("classify", str(table), "--output", str(tmp_path), "--label", "email")
    assert {path.name for path in tmp_path.iterdir()} == {"findings.jsonl", "report.html", "report.json"}
    findings = [json.loads(line) for line in (tmp_path / "findings.jsonl").read_text("utf-8").splitlines()]
    assert [(found["column"], found["label"]) for found in findings] == [("email", "email")] * 120
    assert findings[7]["row"] == 7
    assert told["scores"]["findings"] == 120  # type: ignore[index]
    assert "customers.example" not in (tmp_path / "report.html").read_text("utf-8")


def test_no_server_is_needed_to_change_it_and_a_seed_repeats_it(table: Path, folder: Path, tmp_path: Path) -> None:
    configuration = str(write_configuration(folder, "transform_v2"))
    for name in ("one", "two"):
        succeed("transform", str(table), "--config", configuration, "--output", str(tmp_path / name), "--seed", "3")
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"data.csv", "report.html", "report.json"}
    assert (tmp_path / "one" / "data.csv").read_bytes() == (tmp_path / "two" / "data.csv").read_bytes()
    made, given = rows_of(tmp_path / "one" / "data.csv"), rows_of(table)
    assert [row["amount"] for row in made] == [row["amount"] for row in given]
    assert not {row["email"] for row in made} & {row["email"] for row in given}
    assert json.loads((tmp_path / "one" / "report.json").read_bytes())["key"]["weak"] is True


def test_a_key_may_be_kept_without_a_server_and_no_data_with_it(table: Path, folder: Path, tmp_path: Path) -> None:
    configuration, keys = str(write_configuration(folder, "transform_v2")), tmp_path / "keys"
    for name in ("one", "two"):
        out = str(tmp_path / name)
        succeed("transform", str(table), "--config", configuration, "--output", out, "--key-folder", str(keys))
    assert (tmp_path / "one" / "data.csv").read_bytes() == (tmp_path / "two" / "data.csv").read_bytes()
    assert json.loads((tmp_path / "two" / "report.json").read_bytes())["key"] == {"number": 1, "weak": False}
    assert not [path for path in keys.rglob("*") if path.is_file() and b"customers.example" in path.read_bytes()]


def test_a_template_and_the_format_of_the_table(tmp_path: Path, remote: tuple[str, ...]) -> None:
    lines = [{"full_name": "Anna Keller", "phone": f"+41 79 555 {number:02} 67"} for number in range(40)]
    (tmp_path / "people.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "out"
    succeed("transform", str(tmp_path / "people.jsonl"), "--template", "transform/default", "--output", str(out), *remote)
    made = [json.loads(line) for line in (out / "data.jsonl").read_text("utf-8").splitlines()]
    assert [list(row) for row in made] == [["full_name", "phone"]] * 40
    assert not {row["phone"] for row in made} & {line["phone"] for line in lines}


@pytest.mark.parametrize(("model_type", "verb"), [("classify", "classify"), ("transform_v2", "transform"), ("transforms", "transform")])
def test_models_of_each_type_go_through_other_files(
    model_type: str, verb: str, table: Path, folder: Path, remote: tuple[str, ...], tmp_path: Path
) -> None:
    configuration = str(write_configuration(folder, model_type))
    made = succeed("models", "create", "--config", configuration, "--in-data", str(table), "--output", str(tmp_path / "model"), *remote)
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert files == {"report.html", "report.json", "data_preview.csv", "model.tar.gz"}
    other = write_customers(tmp_path / "other.csv", 60, 2)
    run = ("records", verb, "--model-id", str(made["uid"]), "--in-data", str(other), "--output", str(tmp_path / "run"), *remote)
    assert succeed(*run)["status"] == "completed"
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"data.csv", "run_report.json"}
    rows = rows_of(tmp_path / "run" / "data.csv")
    if verb == "classify":
        assert sum(row["label"] == "email_address" for row in rows) == 60
    else:
        assert not {row["email"] for row in rows} & {row["email"] for row in rows_of(other)}


def test_mistakes_are_told(table: Path, folder: Path, tmp_path: Path, remote: tuple[str, ...]) -> None:
    wrong = (
        (("classify", "--config", str(write_configuration(folder, "transform_v2"))), "of the type classify"),
        (("classify", "--label", "persn_name"), "person_name"),
        (("transform",), "--config or --template"),
        (("transform", "--config", str(write_configuration(folder, "classify"))), "transform_v2 or transforms"),
    )
    for (verb, *options), said in wrong:
        done = command(verb, str(table), "--output", str(tmp_path / "out"), *options, *remote)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("name", ["patient_events_pii.csv.gz", "clothing_reviews_text.csv.gz", "daily_website_visitors.csv.gz"])
def test_shared_tables(name: str, tmp_path: Path, remote: tuple[str, ...]) -> None:
    root = os.environ.get("APPLIANCE_TEST_DATA")
    if root is None:
        pytest.skip("APPLIANCE_TEST_DATA is not set")
    table = str(Path(root) / name)
    found = succeed("classify", table, "--output", str(tmp_path / "found"), *remote)
    made = succeed("transform", table, "--template", "transform/default", "--output", str(tmp_path / "made"), *remote)
    assert found["scores"]["record_count"] == made["scores"]["record_count"]  # type: ignore[index]
    assert made["scores"]["cells_failed"] == 0  # type: ignore[index]
    assert made["scores"]["fields_changed"] > 0 or name.startswith("daily")  # type: ignore[index]
