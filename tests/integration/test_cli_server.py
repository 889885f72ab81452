"""The command line against real servers: the installation from the shell, and jobs of every kind."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.background import BackgroundServer, ServerNotStarted
from appliance.cli.client import Client
from appliance.configurations.sample import write_sample
from appliance.errors import NotSignedIn
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


def test_the_line_names_address_and_token(server: BackgroundServer) -> None:
    assert server.line.startswith("http://127.0.0.1:")
    assert "#token=" in server.line


def test_env_is_what_a_client_needs(shell: Shell) -> None:
    values = shell.json("env", "--json")
    client = Client(values["GRETEL_ENDPOINT"], values["GRETEL_API_KEY"])
    assert client.me()["email"]
    client.close()


def test_one_data_folder_one_server(shell: Shell) -> None:
    done = shell.run("serve", "--port", "0")
    assert done.returncode == 1
    assert "Another server uses the data folder" in done.stderr


def test_a_taken_port_names_the_flag(server: BackgroundServer, tmp_path: Path) -> None:
    port = int(server.line.split("/#")[0].rpartition(":")[2])
    with pytest.raises(ServerNotStarted, match="--port"), BackgroundServer(tmp_path / "other", port=port):
        raise AssertionError("two servers on one port")


def test_other_machines_need_tls_or_a_word(tmp_path: Path) -> None:
    done = Shell(tmp_path / "data").run("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "--tls-cert" in done.stderr
    assert "--plain-http" in done.stderr


def test_users_and_keys(server: BackgroundServer, shell: Shell) -> None:
    made = shell.json("users", "create", "ada@example.org", "--password", given="a long password\n")
    assert made["has_password"]
    second = shell.json("keys", "create", "--email", "ada@example.org", "--name", "notebook")
    listed = shell.json("keys", "list", "--email", "ada@example.org")
    assert [key["name"] for key in listed] == ["first", "notebook"]
    assert not any(secret in json.dumps(listed) for secret in (made["api_key"], second["api_key"]))
    url = server.line.split("/#")[0]
    first, other = Client(url, made["api_key"]), Client(url, second["api_key"])
    assert first.me()["email"] == other.me()["email"] == "ada@example.org"
    shell.json("keys", "revoke", str(second["id"]), "--email", "ada@example.org")
    with pytest.raises(NotSignedIn):
        other.me()
    shell.json("users", "disable", "ada@example.org")
    with pytest.raises(NotSignedIn):
        first.me()
    shell.json("users", "enable", "ada@example.org")
    assert first.me()["email"] == "ada@example.org"
    first.close()
    other.close()
    assert shell.json("users", "password", "ada@example.org", given="another password\n")["email"] == "ada@example.org"
    refused = shell.run("users", "password", "ada@example.org", given="short\n")
    assert refused.returncode == 2, "wrong usage"
    assert "10 to 1,024 characters" in refused.stderr
    assert {user["email"] for user in shell.json("users", "list")} >= {"ada@example.org"}


def test_links_say_how_long_they_live_and_limits_whose_they_are(shell: Shell) -> None:
    shown = shell.run("users", "create", "third@example.org", "--no-json").stdout
    until = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    assert re.search(rf"^Sign-in link \(works once, until {until}\): http://\S+/#token=\w+$", shown, re.MULTILINE), shown
    assert shell.json("users", "link")["email"] == "owner@localhost"
    shell.json("users", "limits", "third@example.org", "--running", "3")
    shown = shell.run("users", "limits", "third@example.org", "--no-json").stdout
    values = dict(re.split(r"  +", line, maxsplit=1) for line in shown.splitlines())
    assert (values["jobs that wait"], values["jobs at once"]) == ("10 (the server's)", "3")
    assert values["bytes stored"] == "no limit (the server's)"


def test_two_users_who_name_no_project_have_one_each(shell: Shell, table: Path) -> None:
    second = shell.json("users", "create", "second@example.org")["api_key"]
    mine = shell.json("artifacts", "upload", str(table))["key"]
    other = shell.json("artifacts", "upload", str(table), "--api-key", second)["key"]
    assert [found["key"] for found in shell.json("artifacts", "list")] == [mine]
    assert [found["key"] for found in shell.json("artifacts", "list", "--api-key", second)] == [other]
    taken = shell.json("projects", "list")[0]["name"]
    assert taken.startswith("appliance-cli-")
    refused = shell.run("artifacts", "upload", str(table), "--project", taken, "--api-key", second)
    assert (refused.returncode, "--project NAME" in refused.stderr) == (2, True)


def test_projects_and_artifacts(shell: Shell, table: Path, tmp_path: Path) -> None:
    assert shell.json("projects", "create", "--name", "files-only", "--display-name", "Files")["display_name"] == "Files"
    key = shell.json("artifacts", "upload", str(table), "--project", "files-only")["key"]
    assert [found["key"] for found in shell.json("artifacts", "list", "--project", "files-only")] == [key]
    shell.json("artifacts", "download", key, "--output", str(tmp_path / "back.csv"), "--project", "files-only")
    assert (tmp_path / "back.csv").read_bytes() == table.read_bytes()
    shell.json("artifacts", "delete", key, "--project", "files-only")
    assert shell.json("artifacts", "list", "--project", "files-only") == []
    shell.json("projects", "delete", "files-only", "--yes")
    assert "files-only" not in [project["name"] for project in shell.json("projects", "list")]
    assert shell.run("artifacts", "list", "--project", "files-only").returncode == 1


def test_a_model_from_the_shell(shell: Shell, table: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("schema_version: '1.0'\nmodels: [{actgan: {data_source: _, generate: {num_records: 50}}}]")
    arguments = ("--config", str(config), "--in-data", str(table), "--project", "from-shell", "--output", str(tmp_path / "out"))
    model = shell.json("models", "create", "--name", "shell-model", *arguments)
    assert (model["status"], model["model_name"]) == ("completed", "shell-model")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.html", "report.json", "data_preview.csv", "model.tar.gz"}
    place = ("--model-id", model["uid"], "--project", "from-shell")
    run = shell.json("records", "generate", "--num-records", "40", "--seed", "1", "--output", str(tmp_path / "run"), *place)
    assert run["status"] == "completed"
    with (tmp_path / "run" / "data.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 40
    assert [found["uid"] for found in shell.json("records", "list", *place)] == [run["uid"]]
    assert shell.json("models", "logs", model["uid"], "--project", "from-shell")
    shell.json("records", "delete", run["uid"], *place)
    shell.json("models", "delete", model["uid"], "--project", "from-shell")
    assert shell.json("models", "list", "--project", "from-shell") == []


def test_a_dry_run_and_a_refusal(shell: Shell, tmp_path: Path) -> None:
    dry = shell.json("models", "create", "--config", "tabular-actgan", "--dry-run", "--project", "from-shell")
    assert dry["config"]["models"][0]["actgan"]["params"]["epochs"] == "auto"
    bad = tmp_path / "bad.yml"
    bad.write_text("schema_version: '1.0'\nmodels: [{actgan: {data_source: _, params: {epoch: 1}}}]")
    done = shell.run("models", "create", "--config", str(bad), "--project", "from-shell")
    assert done.returncode == 2
    assert "models.0.actgan.params.epoch: 'epoch' is not a known key; the nearest known one is 'epochs'." in done.stderr


def test_a_manual_worker_does_the_job(server: BackgroundServer, shell: Shell, table: Path, tmp_path: Path) -> None:
    model = shell.json(
        "models", "create", "--config", "tabular-actgan", "--in-data", str(table), "--runner", "manual", "--project", "by-hand"
    )
    done = command("worker", "--worker-key", model["worker_key"], "--output", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stderr
    assert shell.json("models", "get", model["uid"], "--project", "by-hand")["status"] == "completed"
    assert any(path.name == "model.tar.gz" for path in (tmp_path / "kept").rglob("*"))
    again = command("worker", "--worker-key", model["worker_key"], "--output", str(tmp_path / "kept"))
    assert again.returncode == 1, "a job is done once"
    assert command("worker", "--worker-key", "nonsense").returncode == 2


@pytest.mark.parametrize("name", ["backup.tar", "backup.tgz", "backup-folder"])
def test_backup_of_a_running_server_and_back(server: BackgroundServer, shell: Shell, table: Path, tmp_path: Path, name: str) -> None:
    shell.json("projects", "create", "--name", "to-be-kept")
    key = shell.json("artifacts", "upload", str(table), "--project", "to-be-kept")["key"]
    target = tmp_path / name
    shell.json("backup", str(target))
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing else is left"
    assert target.stat().st_mode & 0o077 == 0
    assert shell.run("backup", str(target)).returncode == 1, "nothing is overwritten"
    restored = Shell(tmp_path / "restored")
    restored.json("restore", str(target))
    assert restored.run("restore", str(target)).returncode == 1, "only an empty folder is filled"
    assert {user["email"] for user in restored.json("users", "list")} == {user["email"] for user in shell.json("users", "list")}
    with BackgroundServer(restored.folder):
        restored.json("artifacts", "download", key, "--output", str(tmp_path / "back.csv"), "--project", "to-be-kept")
    assert (tmp_path / "back.csv").read_bytes() == table.read_bytes()


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\x1f\x8b broken"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    done = Shell(tmp_path / "data").run("restore", str(tmp_path / "x.tar"))
    assert done.returncode == 1
    assert "backup" in done.stderr
    assert not (tmp_path / "data" / "appliance.db").exists()


def test_a_backup_cannot_write_elsewhere(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.tar"
    with tarfile.open(hostile, "w") as tar:
        (tmp_path / "payload").write_text("{}")
        tar.add(tmp_path / "payload", "../escaped")
    assert Shell(tmp_path / "deep" / "data").run("restore", str(hostile)).returncode == 1
    assert not (tmp_path / "deep" / "escaped").exists()
    assert not (tmp_path / "escaped").exists()


def test_fsck_looks_both_ways(shell: Shell, table: Path) -> None:
    key = shell.json("artifacts", "upload", str(table), "--project", "checked-files")["key"]
    other = shell.json("artifacts", "upload", str(table), "--project", "checked-files")["key"]
    shell.json("artifacts", "show", key, "--project", "checked-files")
    shell.json("doctor", "--fsck")
    artifacts = shell.folder / "artifacts"
    (lost,) = artifacts.glob(f"*/{key}")
    (cut,) = artifacts.glob(f"*/{other}")
    whole = lost.read_bytes()
    stray = artifacts / "aa" / ("gretel_" + "a" * 32 + "_stray.csv")
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("x")
    lost.unlink()
    cut.write_bytes(whole[:10])
    done = shell.run("doctor", "--fsck")
    found = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert key in found["files missing"]["found"]
    assert other in found["files of another size"]["found"]
    assert stray.name in found["files without an owner"]["found"]
    stray.unlink()
    lost.write_bytes(whole)
    cut.write_bytes(whole)
    assert shell.run("doctor", "--fsck").returncode == 0


def test_without_a_server_the_store_itself_answers(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    with BackgroundServer(shell.folder):
        key = shell.json("keys", "create", "--name", "one")
    assert [found["name"] for found in shell.json("keys", "list")] == ["owner.key", "one"]
    shell.json("keys", "revoke", str(key["id"]))
    shell.json("backup", str(tmp_path / "backup.tar"))
    assert shell.run("env").returncode == 1, "no server, no endpoint"
    assert not (shell.folder / "server.json").exists()


def test_told_to_end_it_ends_well(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "appliance", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(number)
            assert process.wait(30) == 0
