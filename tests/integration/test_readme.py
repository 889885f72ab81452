"""README tells the truth: every command in it runs, every setting in it is one, and none is left out."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import msgspec
import pytest
import yaml

from appliance.cli.root import COMMANDS
from appliance.configurations import normalise
from appliance.configurations.transform_v2 import TransformAppliance
from appliance.settings import Settings
from tests.integration.readme_blocks import ROOT, Place, block, blocks

ELSEWHERE = {"bundle", "offline", "uninstall"}
"""Blocks that tests/integration/test_installation.py runs, in a checkout of their own."""
CLIENT_SCRIPT = "client script: people.csv"
ONE_SHOT = "one-shot: people.csv"
JUDGED = "judged: people.csv"
PERSONAL = "personal data: people.csv"
CHECKS = "checks record.jsonl"
KEYS = "keys: appliance"
TRANSFORM_KEYS = "keys: transform_v2"
HERE = {CLIENT_SCRIPT, ONE_SHOT, JUDGED, PERSONAL, CHECKS}
HERE |= {"demo", "suite", "serves", "client", "runs", "people", "record", "tunnel", "tls", "backup", "check"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A scratch folder with a table in it."""
    place = Place(tmp_path_factory.mktemp("readme"))
    draw = random.Random(4)
    with (place.folder / "people.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["age", "city", "income", "member"])
        for _ in range(600):
            age = draw.randint(18, 90)
            rows.writerow(
                [age, draw.choice(["Oslo", "Lima", "Pune"]), round(age * 310 + draw.gauss(9000, 2500), 2), draw.random() < age / 120]
            )
    return place


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[str]:
    """The server of the README's block, for the blocks that need one."""
    with place.serving(block("serves")) as address:
        yield address


def test_every_block_is_run_by_a_test() -> None:
    assert sorted(entry.directive for entry in blocks() if entry.language in ("bash", "python", "")) == sorted(ELSEWHERE | HERE)


def test_the_table_of_settings_is_complete_and_its_defaults_are_right() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    rows = {match[1]: match[2] for match in re.finditer(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)}
    fields = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    assert rows.keys() == fields.keys()
    for name, default in fields.items():
        if default not in (msgspec.NODEFAULT, None, "", ()):
            written = rows[name].strip("`")
            assert msgspec.convert(written, type(default), strict=False) == default, name


def test_the_table_of_commands_is_complete() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert set(re.findall(r"`appliance (\w+)`", text)) == set(COMMANDS)


def test_the_demo_trains_shows_and_goes_on_serving(place: Place) -> None:
    elsewhere = str(place.folder / "demo")
    with (
        place.serving(block("demo").strip() + " --port 0", folder=ROOT, XDG_DATA_HOME=elsewhere) as address,
        urllib.request.urlopen(address) as answer,
    ):
        assert answer.status == 200


def test_the_suite_command_passes_tests(place: Place) -> None:
    said = place.run(block("suite"), folder=ROOT, PYTEST_ADDOPTS="-q tests/unit/test_house_walls.py")
    assert re.search(r"\d+ passed", said)


def test_the_check_command_ends_with_its_count(place: Place) -> None:
    assert "house rules: 0 findings" in place.run(block("check"), folder=ROOT)


def pip_cache() -> str:
    """Where pip keeps what it downloaded for whoever runs the tests."""
    asked = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def test_the_five_lines_train_report_and_generate(place: Place, server: str) -> None:
    script = block(CLIENT_SCRIPT)
    assert len([line for line in script.splitlines() if line]) == 5
    (place.folder / "script.py").write_text(script, "utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(place.folder / "probe"), "gretel-client==0.30.1"]
    if subprocess.run(pip, capture_output=True, check=False, timeout=120).returncode:
        pytest.skip("no package index can be reached from here")
    quick = {"PIP_COMPILE": "0", "PIP_CACHE_DIR": pip_cache()}  # nothing else of the installation changes
    said = place.run(block("client") + "\nPYTHONPATH=.client python script.py", **quick)
    assert "synthetic_data_quality_score" in said
    with (place.folder / "synthetic.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["age", "city", "income", "member"]
    assert len(rows) == 101


def test_one_table_in_one_folder_out(place: Place) -> None:
    place.run(block(ONE_SHOT))
    made = {path.name for path in (place.folder / "synthetic").iterdir()}
    assert {"data.csv", "report.html", "report.json", "model.tar.gz"} <= made
    assert len((place.folder / "synthetic" / "data.csv").read_text("utf-8").splitlines()) == 501


def test_a_table_made_elsewhere_is_judged(place: Place) -> None:
    place.run(block(JUDGED))
    assert {"report.html", "report.json"} <= {path.name for path in (place.folder / "judged").iterdir()}


def test_personal_data_is_found_and_changed(place: Place) -> None:
    place.run(block(PERSONAL))
    assert {"findings.jsonl", "report.html", "report.json"} <= {path.name for path in (place.folder / "found").iterdir()}
    assert {"data.csv", "report.html", "report.json"} <= {path.name for path in (place.folder / "changed").iterdir()}


def test_the_keys_of_a_transform_are_those_that_it_uses() -> None:
    keys = yaml.safe_load(block(TRANSFORM_KEYS))
    step = {"rows": {"update": [{"name": "a", "value": "this | hash"}]}}
    document = {"schema_version": "1.0", "models": [{"transform_v2": {"data_source": "_", "steps": [step], "appliance": keys}}]}
    assert not [key for key in normalise(document).ignored if key.startswith("appliance")]
    assert keys.keys() | {"repairs"} == set(TransformAppliance.used)


def test_the_keys_of_the_appliance_are_those_that_configurations_take() -> None:
    keys = yaml.safe_load(block(KEYS))
    section = normalise({"schema_version": "1.0", "models": [{"actgan": {"data_source": "_", "appliance": keys}}]}).section
    assert section["appliance"]["target"] == keys["target"]
    assert keys.keys() | {"engine"} == section["appliance"].keys()


def test_the_doctor_speaks(place: Place) -> None:
    assert place.run(block("runs")).strip()


def test_a_second_person_is_invited_and_the_record_tells_it(place: Place, server: str) -> None:
    said = place.run(block("people"))
    made, end = json.JSONDecoder().raw_decode(said)
    assert made["sign_in_url"].startswith(server)
    assert '"level": 2' in said[end:]
    mara = {"GRETEL_ENDPOINT": server, "GRETEL_API_KEY": made["api_key"]}
    place.run("appliance projects invites accept census", **mara)
    assert "census" in place.run("appliance projects list", **mara)
    told = place.run(block("record"))
    assert all(word in told for word in ("user_create", "invite_create", "invite_accept"))
    (place.folder / "check.py").write_text(block(CHECKS), "utf-8")
    place.run("python check.py")
    record = place.folder / "record.jsonl"
    record.write_bytes(record.read_bytes().replace(b"mara@", b"nora@", 1))
    place.run("! python check.py\n! appliance audit verify --file record.jsonl")


def test_a_backup_of_the_running_server_is_restored(place: Place, server: str) -> None:
    place.run(block("backup"))
    assert (place.folder / "restored" / "appliance.db").exists()


def test_tls_is_served_with_the_certificate(place: Place) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    elsewhere = {"XDG_DATA_HOME": str(place.folder / "tls"), "APPLIANCE_PORT": port}
    with place.serving(block("tls").replace("8080", port), **elsewhere) as address:
        assert address == f"https://lab.example.org:{port}"
        curl = [sys.executable, "-c", TRUSTED, port]
        subprocess.run(curl, cwd=place.folder, check=True, timeout=60)


TRUSTED = """
import http.client, socket, ssl, sys
trust = ssl.create_default_context(cafile="cert.pem")
with trust.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="lab.example.org") as line:
    line.sendall(b"GET /health HTTP/1.1\\r\\nHost: lab.example.org\\r\\nConnection: close\\r\\n\\r\\n")
    answer = http.client.HTTPResponse(line)
    answer.begin()
    assert answer.status == 200, answer.status
"""
"""Asks by the name in the certificate, trusting nothing else."""


def test_the_tunnel_is_a_command_that_ssh_understands(place: Place) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed")
    said = place.run(block("tunnel").replace("ssh ", "ssh -G ", 1))
    assert "localforward 8080 [127.0.0.1]:8080" in said
