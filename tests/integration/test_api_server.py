"""The server's life: start, end, restart, exposure, backup, storage limits."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.server import administer, restore
from appliance.errors import ApplianceError, DataFolderRefused
from tests.integration.live_server import LiveServer, clean_environment
from tests.integration.shell import command

PATIENCE_S = 60


def noop(**params: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {"params": params}}]}


def start_job(http: httpx.Client, **params: Any) -> str:
    http.post("/projects", json={"name": "life-project"})
    return str(http.post("/projects/life-project/models", json=noop(**params)).json()["data"]["model"]["uid"])


def status(http: httpx.Client, uid: str) -> str:
    return str(http.get(f"/projects/life-project/models/{uid}").json()["data"]["model"]["status"])


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = ask()
        if wanted(answer):
            return answer
    raise AssertionError(answer)


def refusal(folder: Path, *flags: str) -> str:
    """What a server says that must not start."""
    command = [sys.executable, "-m", "appliance", "serve", "--data-dir", str(folder), *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean_environment(), check=False)
    assert done.returncode != 0
    return done.stderr


def test_the_first_start_makes_a_private_key_and_tells_where_it_serves(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        assert server.line.startswith(f"{server.url}/#token=")
        assert (server.folder / "owner.key").stat().st_mode & 0o777 == 0o600
        assert (server.folder / "admin.sock").stat().st_mode & 0o777 == 0o600
        assert json.loads((server.folder / "server.json").read_text())["pid"] == server.pid
        assert "Another server" in refusal(server.folder, "--port", "0")
        key = server.key
        assert server.stop() == 0
        assert not (server.folder / "server.json").exists()
        server.start()
        assert server.key == key
        with server.client() as http:
            assert http.get("/users/me").status_code == 200


def test_a_taken_port_names_the_flag(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "--port" in refusal(tmp_path / "data", "--port", str(taken.getsockname()[1]))


def test_an_open_address_needs_tls_or_a_word(tmp_path: Path) -> None:
    assert "--plain-http" in refusal(tmp_path / "data", "--host", "0.0.0.0", "--port", "0")


def test_detached_jobs_run_on_and_are_adopted(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", ending="--stop", bench_models=1) as server:
        with server.client() as http:
            uid = start_job(http, sleep_s=4)
            until(lambda: status(http, uid), lambda state: state == "active")
        server.stop(signal.SIGKILL)
        server.start()
        with server.client() as http:
            assert status(http, uid) == "active"
            assert until(lambda: status(http, uid), lambda state: state != "active") == "completed"


def test_stop_cancels_what_runs(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", ending="--stop", bench_models=1) as server:
        with server.client() as http:
            uid = start_job(http, sleep_s=300)
            until(lambda: status(http, uid), lambda state: state == "active")
        assert server.stop() == 0
        server.start()
        with server.client() as http:
            assert status(http, uid) == "cancelled"


def test_drain_waits_and_refuses_new_work(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", ending="--drain", bench_models=1) as server:
        with server.client() as http:
            uid = start_job(http, sleep_s=3)
            until(lambda: status(http, uid), lambda state: state == "active")
            server.tell()
            refused = until(lambda: http.post("/projects", json={"name": "too-late"}), lambda answer: answer.status_code == 503)
            assert refused.headers["retry-after"]
            assert status(http, uid) == "active"
        assert server.wait() == 0
        server.start()
        with server.client() as http:
            assert status(http, uid) == "completed"


def test_a_backup_of_a_running_server_is_restored(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server:
        with server.client() as http:
            uid = start_job(http)
            until(lambda: status(http, uid), lambda state: state == "completed")
            made = http.post("/projects/life-project/artifacts", json={"filename": "t.csv"}).json()["data"]
            http.put(made["url"], content=b"a\n1\n")
        told = administer(server.folder, {"command": "backup", "target": str(tmp_path / "backup")})
        assert told["files"] >= 3
        with pytest.raises(ApplianceError, match="exists already"):
            administer(server.folder, {"command": "backup", "target": str(tmp_path / "backup")})
        key = server.key
    with pytest.raises(DataFolderRefused, match="holds a database"):
        restore(tmp_path / "backup", tmp_path / "data")
    restore(tmp_path / "backup", tmp_path / "again" / "data")
    with LiveServer(tmp_path / "again" / "data", bench_models=1) as server, server.client(key) as http:
        assert status(http, uid) == "completed"
        assert len(http.get(f"/projects/life-project/models/{uid}", params={"expand": "logs"}).json()["data"]["logs"]) > 0
        link = http.get("/projects/life-project/artifacts/download", params={"key": made["key"]}).json()["data"]["data"]["url"]
        assert http.get(link).content == b"a\n1\n"


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    administer(tmp_path / "data", {"command": "backup", "target": str(tmp_path / "backup")})
    with (tmp_path / "backup" / "appliance.db").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DataFolderRefused, match="damaged"):
        restore(tmp_path / "backup", tmp_path / "again")
    with pytest.raises(DataFolderRefused, match="not a backup"):
        restore(tmp_path, tmp_path / "again")


def test_the_folder_is_administered_without_a_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    added = administer(folder, {"command": "users.add", "email": "a@example.org"})
    assert added["api_key"].startswith("grtu")
    assert [user["email"] for user in administer(folder, {"command": "users.list"})] == ["owner@localhost", "a@example.org"]
    for request in (
        {"command": "nonsense"},
        {"command": "keys.list", "email": "x@y"},
        {"command": "users.disable"},
        {"command": "sign_in"},
    ):
        with pytest.raises(ApplianceError):
            administer(folder, request)
    with pytest.raises(ApplianceError, match="no such key"):
        administer(folder, {"command": "keys.revoke", "id": 1 << 63})
    (tmp_path / "file").touch()
    with pytest.raises(ApplianceError, match="Not a directory"):
        administer(folder, {"command": "backup", "target": str(tmp_path / "file" / "backup")})
    for inside in (folder / "backup", tmp_path / "data" / "runs" / ".." / "b", folder):
        with pytest.raises(ApplianceError, match="inside the data folder"):
            administer(folder, {"command": "backup", "target": str(inside)})


def test_quota_and_reserve_answer_507_and_keep_nothing(tmp_path: Path) -> None:
    def put(server: LiveServer, content: Any) -> httpx.Response:
        with server.client() as http:
            http.post("/projects", json={"name": "full-project"})
            made = http.post("/projects/full-project/artifacts", json={"filename": "t.csv"}).json()["data"]
            answer = httpx.put(made["url"], content=content, trust_env=False)
            assert answer.status_code == 200 or http.get("/projects/full-project/artifacts").json()["data"]["artifacts"] == []
            return answer

    with LiveServer(tmp_path / "a" / "data", user_storage_bytes=1000) as server:
        assert put(server, b"x" * 1001).status_code == 507
        assert put(server, iter([b"x" * 600, b"x" * 600])).status_code == 507
        assert list((server.folder / "uploads").iterdir()) == []
        assert put(server, b"x" * 1000).status_code == 200
    with LiveServer(tmp_path / "b" / "data", free_disk_reserve_bytes=1 << 60) as server:
        refused = put(server, b"x")
        assert (refused.status_code, refused.json()["error_id"]) == (507, "storage_full")


def test_deleting_a_project_with_running_jobs_removes_all_it_owned(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server, server.client() as http:
        uid = start_job(http, sleep_s=300)
        made = http.post("/projects/life-project/artifacts", json={"filename": "t.csv"}).json()["data"]
        http.put(made["url"], content=b"a\n1\n")
        until(lambda: status(http, uid), lambda state: state == "active")
        assert http.delete("/projects/life-project").status_code == 200
        assert http.get("/projects/life-project").status_code == 404
        kept = ("artifacts", "outputs", "runs")
        until(lambda: [file for name in kept for _, _, files in os.walk(server.folder / name) for file in files], lambda files: not files)


async def test_two_hundred_submitters_at_once_stay_within_the_limits(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server:
        limits = httpx.Limits(max_connections=50)
        headers = {"Authorization": server.key}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=60, trust_env=False) as http:
            await http.post("/projects", json={"name": "life-project"})
            submissions = (http.post("/projects/life-project/models", json=noop(sleep_s=300 + number)) for number in range(200))
            answers = await asyncio.gather(*submissions)
            accepted = [answer.json()["data"]["model"]["uid"] for answer in answers if answer.status_code == 200]
            refused = [answer for answer in answers if answer.status_code != 200]
            assert len(set(accepted)) == len(accepted)
            assert 10 <= len(accepted) <= 14
            assert all(answer.status_code == 400 for answer in refused)
            assert all(answer.json()["message"].startswith("Maximum number of created jobs (10) reached") for answer in refused)
            queue = (await http.get("/v1/appliance/status")).json()["data"]["queue"]
            assert queue["created"] <= 10
            assert queue["running"] <= 4
            assert queue["created"] + queue["running"] == len(accepted)
            assert (await http.delete("/projects/life-project")).status_code == 200


def test_the_owner_sees_when_a_key_was_used_and_how_workers_are_confined(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", bench_models=1) as server, server.client() as http:
        uid = start_job(http)
        until(lambda: status(http, uid), lambda state: state == "completed")
        assert http.get(f"/projects/life-project/models/{uid}").json()["data"]["model"]["last_active_hb"]
        assert http.get("/v1/appliance/status").json()["data"]["confinement"]
        (key,) = administer(server.folder, {"command": "keys.list"})
        assert key["last_used_at"]


def test_tls_is_served_with_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test and is not installed")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    request = (
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    )
    subprocess.run([openssl, *request, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    flags = ("--host", "127.0.0.1", "--tls-cert", str(certificate), "--tls-key", str(key))
    with LiveServer(tmp_path / "data", *flags) as server:
        assert server.url.startswith("https://127.0.0.1:")
        distrusted = command("projects", "list", "--endpoint", server.url, "--api-key", server.key)
        assert (distrusted.returncode, "is not trusted" in distrusted.stderr, "SSL_CERT_FILE" in distrusted.stderr) == (1, True, True)
        context = ssl.create_default_context(cafile=certificate)
        with httpx.Client(base_url=server.url, headers={"Authorization": server.key}, verify=context, trust_env=False) as http:
            http.post("/projects", json={"name": "tls-project"})
            made = http.post("/projects/tls-project/artifacts", json={"filename": "t.csv"}).json()["data"]
            assert made["url"].startswith("https://")
            assert http.put(made["url"], content=b"a\n1\n").status_code == 200
            signed = http.post("/v1/appliance/session", json={"api_key": server.key})
            assert "; Secure" in signed.headers["set-cookie"]
