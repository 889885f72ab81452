"""The unmodified gretel-client 0.30.1, SDK and command line, against a live server. Its environment is made here and kept in the cache."""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.control_plane.server import administer
from tests.integration import transformation_files
from tests.integration.client_environment import client_python
from tests.integration.evaluation_tables import write_customers
from tests.integration.live_server import LiveServer, clean_environment
from tests.integration.shell import Shell

SCRIPTS = Path(__file__).with_name("client_scripts")
LIMIT_S = 300


@pytest.fixture(scope="module")
def python() -> Path:
    found = client_python()
    if found is None:
        pytest.skip("gretel-client 0.30.1 could not be installed (no package index)")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("client") / "data", bench_models=1) as running:
        yield running


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(7)
    path = tmp_path_factory.mktemp("table") / "people.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "city", "income"])
        for _ in range(260):
            age = draw.randint(18, 90)
            writer.writerow([age, draw.choice(["Bern", "Graz", "Lyon", "Oslo"]), round(age * 400 + draw.gauss(0, 900), 2)])
    return path


class Person:
    """Runs the client as its user would: own interpreter, own home, nothing but endpoint and key in the environment."""

    def __init__(self, python: Path, server: LiveServer, home: Path) -> None:
        self._bin = python.parent
        self._home = home
        self.environ = clean_environment() | {"GRETEL_ENDPOINT": server.url, "GRETEL_API_KEY": server.key, "HOME": str(home)}

    def script(self, name: str, *arguments: str) -> str:
        """One of the scripts; what it printed. Fails with all it said when it failed."""
        return self._run(str(self._bin / "python"), str(SCRIPTS / name), *arguments)

    def cli(self, *arguments: str) -> str:
        """`gretel …`; its standard output."""
        return self._run(str(self._bin / "gretel"), *arguments)

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=self.environ, cwd=self._home, check=False)
        assert done.returncode == 0, f"{command[1:]}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
        return done.stdout


@pytest.fixture
def person(python: Path, server: LiveServer, tmp_path: Path) -> Person:
    return Person(python, server, tmp_path)


def test_the_core_flow_of_the_sdk(person: Person, table: Path) -> None:
    assert person.script("core_flow.py", str(table)).strip().endswith("done")


def test_limits_cancel_duplicates_and_failures(person: Person) -> None:
    assert person.script("limits.py").strip().endswith("done")


def test_the_high_level_interface(person: Person, table: Path) -> None:
    assert person.script("high_level.py", str(table)).strip().endswith("done")


def test_evaluations_of_given_tables(person: Person, tmp_path: Path) -> None:
    tables = [write_customers(tmp_path / f"{name}.csv", 260, seed) for seed, name in enumerate(("synthetic", "real", "held"))]
    assert person.script("evaluation.py", *map(str, tables)).strip().endswith("done")


def test_classify_and_transforms(person: Person, tmp_path: Path) -> None:
    tables = [transformation_files.write_customers(tmp_path / f"{name}.csv", 90, seed) for seed, name in enumerate(("first", "second"))]
    configurations = [transformation_files.write_configuration(tmp_path, name) for name in transformation_files.SECTIONS]
    assert person.script("transformation.py", *map(str, tables), *map(str, configurations)).strip().endswith("done")


@pytest.mark.parametrize(("model_type", "verb"), [("classify", "classify"), ("transform_v2", "transform")])
def test_the_command_line_classifies_and_transforms(person: Person, tmp_path: Path, model_type: str, verb: str) -> None:
    first, second = (transformation_files.write_customers(tmp_path / f"{seed}.csv", 60, seed) for seed in (1, 2))
    project = f"cli-{model_type.replace('_', '-')}"
    person.cli("projects", "create", "--name", project)
    config = transformation_files.write_configuration(tmp_path, model_type)
    created = person.cli("models", "create", "--project", project, "--config", str(config), "--in-data", str(first))
    uid = json.loads(created)["uid"]
    out = tmp_path / "run"
    person.cli("records", verb, "--project", project, "--model-id", uid, "--in-data", str(second), "--output", str(out))
    with gzip.open(out / "data.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 60
    assert (out / "run_report_json.json.gz").exists()
    person.cli("projects", "delete", "--name", project)


def test_the_command_line(person: Person, table: Path, tmp_path: Path) -> None:
    assert "owner@localhost" in person.cli("whoami")
    person.cli("projects", "create", "--name", "cli-flow", "--display-name", "CLI flow")
    assert "cli-flow" in person.cli("projects", "search", "--query", "cli-f")
    person.cli("artifacts", "upload", "--project", "cli-flow", "--in-data", str(table))
    assert table.name in person.cli("artifacts", "list", "--project", "cli-flow")
    config = tmp_path / "model.yml"
    section = {"data_source": "__tmp__", "generate": {"num_records": 40}}
    config.write_text(json.dumps({"schema_version": "1.0", "name": "cli-model", "models": [{"actgan": section}]}))
    output = tmp_path / "model"
    created = person.cli(
        *("models", "create", "--project", "cli-flow", "--config", str(config), "--in-data", str(table), "--output", str(output))
    )
    uid = json.loads(created)["uid"]
    assert (output / "report_json.json.gz").exists()
    assert uid in person.cli("models", "search", "--project", "cli-flow")
    assert "completed" in person.cli("models", "get", "--project", "cli-flow", "--model-id", uid)
    records = tmp_path / "records"
    person.cli("records", "generate", "--project", "cli-flow", "--model-id", uid, "--num-records", "15", "--output", str(records))
    assert (records / "data.gz").exists()
    person.cli("models", "delete", "--project", "cli-flow", "--model-id", uid)
    person.cli("projects", "delete", "--name", "cli-flow")


@pytest.fixture
def configured(server: LiveServer, tmp_path: Path) -> dict[str, Path]:
    """The configuration files of the owner and of two more people, who are users of this server and nothing else."""
    keys = {"owner": server.key}
    for name in ("second", "stranger"):
        email = f"{name}-{tmp_path.name}@example.org".lower().replace("_", "-")
        keys[name] = administer(server.folder, {"command": "users.add", "email": email})["api_key"]
    paths = {name: tmp_path / f"{name}.json" for name in keys}
    for name, path in paths.items():
        path.touch(0o600)
        path.write_text(json.dumps({"endpoint": server.url, "api_key": keys[name]}))
    return paths


def test_two_people_share_a_project(person: Person, server: LiveServer, configured: dict[str, Path], tmp_path: Path) -> None:
    table = transformation_files.write_customers(tmp_path / "customers.csv", 40, 1)
    configuration = transformation_files.write_configuration(tmp_path, "transform_v2")
    said = person.script("two_people.py", *map(str, configured.values()), str(table), str(configuration)).split()
    assert said[-1] == "done"
    verdict = Shell(server.folder).json("audit", "verify", "--json")
    assert (verdict["sound"], verdict["faults"]) == (True, [])
    with server.client() as owner:
        record = [json.loads(line)["entry"] for line in owner.get("/v1/appliance/audit").text.splitlines()]
    told = {(line["actor"].partition("-")[0], line["action"], line["result"]) for line in record if line.get("project") == said[-2]}
    assert told >= {
        ("owner@localhost", "project_create", "done"),
        ("owner@localhost", "invite_create", "done"),
        ("second", "invite_accept", "done"),
        ("second", "artifact_upload", "done"),
        ("second", "model_create", "done"),
        ("second", "output_download", "done"),
        ("second", "project_delete", "refused"),
        ("second", "invite_create", "refused"),
        ("second", "member_remove", "refused"),
        ("second", "artifact_create", "refused"),
        ("owner@localhost", "member_remove", "done"),
    }
    assert {action for who, action, result in told if who == "stranger" and result == "done"} == set()


def test_two_configurations_of_the_command_line(person: Person, server: LiveServer, configured: dict[str, Path]) -> None:
    def run(name: str, *arguments: str) -> str:
        person.environ["GRETEL_CONFIG_FILE"] = str(configured[name])
        return person.cli(*arguments)

    del person.environ["GRETEL_API_KEY"], person.environ["GRETEL_ENDPOINT"]
    for name, path in configured.items():
        with server.client(json.loads(path.read_text())["api_key"]) as client:
            assert client.post("/projects", json={"name": f"cli-of-the-{name}"}).status_code == 200
    for name in ("owner", "second"):
        found = json.loads(run(name, "projects", "search", "--query", "cli-of"))
        assert [project["name"] for project in found] == [f"cli-of-the-{name}"]
    with pytest.raises(AssertionError, match="Could not get project"):
        run("second", "artifacts", "list", "--project", "cli-of-the-owner")


def test_a_slash_at_the_end_of_the_endpoint_does_no_harm(python: Path, server: LiveServer, tmp_path: Path) -> None:
    person = Person(python, server, tmp_path)
    person.environ["GRETEL_ENDPOINT"] += "/"
    assert "owner@localhost" in person.cli("whoami")
