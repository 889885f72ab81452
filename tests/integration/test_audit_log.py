"""The record of a server: what its lines say, that nobody can flood it or read a secret there, and that it is checked beside the server."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.audit import check_export, read_exported
from appliance.control_plane.api.recording import MOST_REFUSALS
from appliance.control_plane.server import administer, check_folder, restore
from tests.integration.live_server import LiveServer, add_member
from tests.integration.shell import Shell, command

NOOP = {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {}}]}
CREATE = {"dry_run": "no", "runner_mode": "manual"}
ROWS = b"city,n\n" + b"".join(b"Bern,%d\n" % number for number in range(40))
ME = "owner@localhost"
AUDIT = "/v1/appliance/audit"


class Room:
    """The server, its owner's client, and another user who is a reader of the project `shared-one`."""

    def __init__(self, server: LiveServer, http: httpx.Client) -> None:
        self.server, self.http = server, http
        self.other_key = self.add_user("reader@example.com")
        self.project = http.post("/projects", json={"name": "shared-one"}).json()["data"]
        self.other_id = add_member(server, http, "shared-one", "reader@example.com", self.other_key, 1)
        self.other = server.client(self.other_key)

    def add_user(self, email: str) -> str:
        """The key of a new user."""
        made = administer(self.server.folder, {"command": "users.add", "email": email})
        return str(made["api_key"])

    @property
    def newest(self) -> int:
        """Number of the last line."""
        return int(self.http.get(f"{AUDIT}/head").json()["seq"])

    def since(self, before: int) -> list[dict[str, Any]]:
        """The lines behind number `before`, from the database itself: an export would be one more."""
        with closing(sqlite3.connect(f"file:{self.server.folder / 'appliance.db'}?mode=ro", uri=True)) as database:
            return [json.loads(line) for (line,) in database.execute("select line from audit where seq > ? order by seq", (before,))]

    def acted(self, answer: httpx.Response, before: int) -> dict[str, Any]:
        """The one line that a request left, which had to succeed."""
        assert answer.status_code == 200, answer.text
        (line,) = self.since(before)
        return line


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("audit") / "data"
    with LiveServer(folder, bench_models=1, max_created=100) as server, server.client() as http:
        found = Room(server, http)
        yield found
        found.other.close()


def test_a_line_says_who_did_what_to_what_from_where(room: Room) -> None:
    before = room.newest
    made = room.http.post("/projects", json={"name": "told-about"})
    project = made.json()["data"]
    told = room.acted(made, before)
    by = {"actor": ME, "via": f"key {room.server.key[:8]}", "address": "127.0.0.1", "project": project["guid"], "result": "done"}
    assert told.items() >= {**by, "action": "project_create", "kind": "project", "id": project["id"], "name": "told-about"}.items()
    assert told["at"].endswith("Z")
    assert len(told["actor_id"]) == 24
    for request, wanted in _acts(room, project["guid"]):
        before = room.newest
        answer = request()
        line = room.acted(answer, before)
        assert line.items() >= {**by, **wanted}.items()
        assert line["id"]


def _acts(room: Room, project: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """Requests of the owner in the project, each with what its line must say besides."""
    http, place = room.http, f"/projects/{project}"
    yield (
        lambda: http.patch(place, json={"display_name": "Told otherwise"}),
        {"action": "project_change", "kind": "project", "name": "told-about"},
    )
    made: list[httpx.Response] = []

    def kept(answer: httpx.Response) -> httpx.Response:
        made.append(answer)
        return answer

    wanted = {"kind": "artifact", "name": "rows.csv"}
    yield lambda: kept(http.post(f"{place}/artifacts", json={"filename": "rows.csv"})), {"action": "artifact_create", **wanted}
    file = made[-1].json()["data"]
    yield (
        lambda: httpx.put(file["url"], content=ROWS, trust_env=False),
        {"action": "artifact_upload", "via": "link", "id": file["key"], **wanted},
    )
    link = http.get(f"{place}/artifacts/download", params={"key": file["key"]}).json()["data"]["data"]["url"]
    yield lambda: httpx.get(link, trust_env=False), {"action": "artifact_download", "via": "link", "id": file["key"], **wanted}
    yield lambda: http.delete(f"{place}/artifacts", params={"key": file["key"]}), {"action": "artifact_delete", "id": file["key"], **wanted}
    wanted = {"kind": "model", "name": "nothing"}
    yield lambda: kept(http.post(f"{place}/models", params=CREATE, json=NOOP)), {"action": "model_create", **wanted}
    uid = made[-1].json()["data"]["model"]["uid"]
    yield lambda: http.patch(f"{place}/models/{uid}", json={"status": "cancelled"}), {"action": "model_cancel", "id": uid, **wanted}
    yield lambda: http.delete(f"{place}/models/{uid}"), {"action": "model_delete", "id": uid, **wanted}
    yield lambda: http.post(f"/v1/appliance{place}/transform-keys"), {"action": "transform_key_create", "kind": "transform_key"}
    yield lambda: http.post(f"/v1/appliance{place}/transform-keys"), {"action": "transform_key_create", "kind": "transform_key"}
    number = room.since(room.newest - 1)[0]["id"]
    path = f"/v1/appliance{place}/transform-keys/{int(number) - 1}"
    yield lambda: http.delete(path), {"action": "transform_key_destroy", "kind": "transform_key"}
    yield lambda: http.delete(place), {"action": "project_delete", "kind": "project", "name": "told-about"}


def test_a_repeated_create_is_told_once_and_reading_not_at_all(room: Room) -> None:
    before = room.newest
    for _ in range(3):
        assert room.http.post("/projects", json={"name": "shared-one"}).status_code == 200
        assert room.http.get("/projects").status_code == 200
        assert room.http.get(f"{AUDIT}/verify").status_code == 200
        assert room.http.get("/v1/activity").status_code == 200
    assert room.since(before) == []


def test_the_end_of_a_job_and_the_start_of_a_server_are_told_by_the_server(room: Room) -> None:
    place = "/projects/shared-one/models"
    uid = room.http.post(place, params={"dry_run": "no", "runner_mode": "cloud"}, json=NOOP).json()["data"]["model"]["uid"]
    waiting = threading.Event()
    while room.http.get(f"{place}/{uid}").json()["data"]["model"]["status"] in ("created", "pending", "active"):
        waiting.wait(0.05)
    ended = [line for line in room.since(0) if line.get("id") == uid and line["action"] == "model_end"]
    assert [(line["actor"], line["project"], line["result"], line["detail"]["owner"]) for line in ended] == [
        ("server", room.project["guid"], "completed", ME)
    ]
    assert [line["actor"] for line in room.since(0) if line["action"] == "server_start"] == ["server"]


def test_only_who_administers_the_appliance_reads_the_record(room: Room) -> None:
    for path in ("", "/head", "/verify"):
        assert room.other.get(AUDIT + path).status_code == 403
        assert httpx.get(room.server.url + AUDIT + path, trust_env=False).status_code == 401
    refused = [line for line in room.since(0) if line["action"] == "audit_export" and line["result"] == "refused"]
    assert [(line["actor"], line["detail"]) for line in refused] == [("reader@example.com", {"error": "forbidden"})]


def test_an_export_over_the_api_is_whole_and_ends_with_its_own_line(room: Room) -> None:
    answer = room.http.get(AUDIT)
    lines = answer.content.splitlines(keepends=True)
    assert answer.headers["content-type"] == "application/jsonl"
    verdict = check_export(lines, {})
    assert verdict.sound
    assert json.loads(lines[-1])["entry"]["action"] == "audit_export"
    head = room.http.get(f"{AUDIT}/head").json()
    assert (verdict.head.seq, verdict.head.digest) == (head["seq"], head["digest"])
    part = room.http.get(AUDIT, params={"after": 3, "limit": 4}).content.splitlines()
    assert [read_exported(line)[0] for line in part] == [4, 5, 6, 7]
    assert part == [line.rstrip() for line in lines[3:7]]
    assert room.http.get(AUDIT, params={"after": 10**8}).content == b""
    assert room.http.get(AUDIT, params={"after": "-1"}).status_code == 400


def test_the_check_over_the_api_knows_noted_heads(room: Room) -> None:
    head = room.http.get(f"{AUDIT}/head").json()
    noted = f"{head['seq']}:{head['digest']}"
    found = room.http.get(f"{AUDIT}/verify", params={"head": noted}).json()
    assert (found["sound"], found["lines"], found["faults"]) == (True, head["seq"], [])
    wrong = room.http.get(f"{AUDIT}/verify", params={"head": [f"{head['seq']}:{'0' * 64}", f"{head['seq'] + 999}:{'0' * 64}"]}).json()
    assert (wrong["sound"], [fault["seq"] for fault in wrong["faults"]]) == (False, [head["seq"], head["seq"] + 999])
    for hostile in ("x", "1", "1:zz", "9" * 5000, "'; drop table audit; --"):
        assert room.http.get(f"{AUDIT}/verify", params={"head": hostile}).status_code == 400


def test_a_flood_of_refusals_leaves_a_hundred_lines(room: Room) -> None:
    with room.server.client(room.add_user("flood@example.com")) as flood:
        before = room.newest
        for number in range(3 * MOST_REFUSALS):
            assert flood.post(f"/projects/shared-one/models?n={number}", json=NOOP).status_code == 404
    lines = [line for line in room.since(before) if line["actor"] != "server"]
    assert len(lines) == MOST_REFUSALS
    assert {(line["actor"], line["action"], line["result"], line.get("id")) for line in lines} == {
        ("flood@example.com", "model_create", "refused", None)
    }
    assert {line["detail"]["error"] for line in lines} == {"not_found"}


def test_a_download_in_many_ranges_is_told_once(room: Room) -> None:
    made = room.http.post("/projects/shared-one/artifacts", json={"filename": "ranges.csv"}).json()["data"]
    assert httpx.put(made["url"], content=ROWS, trust_env=False).status_code == 200
    link = room.other.get("/projects/shared-one/artifacts/download", params={"key": made["key"]}).json()["data"]["data"]["url"]
    before = room.newest
    with httpx.Client(trust_env=False) as http:
        assert http.head(link).status_code == 200
        assert room.since(before) == []
        for first in range(0, len(ROWS), 10):
            assert http.get(link, headers={"Range": f"bytes={first}-{first + 9}"}).status_code == 206
    (line,) = room.since(before)
    assert (line["actor"], line["action"], line["id"], line["name"]) == (
        "reader@example.com",
        "artifact_download",
        made["key"],
        "ranges.csv",
    )


SECRET = "grtu" + "c0ffee" * 10 + "beef"
PASSWORD = "correct-horse-battery"


def test_no_secret_that_somebody_put_into_the_wrong_place_is_told(room: Room) -> None:
    """Into paths, ids, e-mail fields, headers and bodies of requests that are refused, or that have such a field."""
    http = room.other
    for secret in (SECRET, PASSWORD, room.other_key, room.server.key):
        for path in (f"/projects/{secret}", f"/projects/{secret}/models/{secret}", f"/projects/shared-one/models/{secret}", f"/{secret}"):
            for method in ("DELETE", "PATCH", "PUT", "POST"):
                assert http.request(method, path, json={"name": secret}).status_code >= 400
        for path in (f"/v1/appliance/users/{secret}", f"/v1/appliance/keys/{secret}", f"/v1/appliance/sessions/{secret}"):
            assert http.delete(path).status_code >= 400
        assert http.patch(f"/users/me/invites/{secret}").status_code == 404
        assert http.post("/projects/shared-one/members", json={"email": secret, "level": 1}).status_code == 403
        assert http.post("/projects/shared-one/artifacts", json={"filename": secret}).status_code == 403
        sign_in = f"{room.server.url}/v1/appliance/session"
        for body in (
            {"email": secret, "password": secret},
            {"api_key": secret + "0"},
            {"token": secret},
            {"email": "reader@example.com", "password": secret},
        ):
            answer = httpx.post(sign_in, json=body, headers={"User-Agent": secret}, trust_env=False)
            assert answer.status_code in (400, 401), answer.text
    signed = httpx.post(sign_in, json={"api_key": room.other_key}, headers={"User-Agent": SECRET}, trust_env=False)
    assert signed.status_code == 200
    key = http.post("/v1/appliance/keys", json={"name": "notebook"}).json()["data"]["api_key"]
    assert http.put("/v1/appliance/password", json={"current": "", "new": PASSWORD}).status_code == 200
    told = json.dumps(room.since(0))
    signed_secrets = [signed.cookies[name] for name in signed.cookies] + [signed.json()["data"]["csrf"]]
    for secret in (SECRET, PASSWORD, room.other_key, room.server.key, key, *signed_secrets):
        assert len(secret) > 12
        assert secret[8:] not in told
    assert {"key_create", "password_change", "sign_in"} <= {line["action"] for line in room.since(0)}


def test_the_shell_reads_and_checks_it_beside_the_server(room: Room, tmp_path: Path) -> None:
    shell, file = Shell(room.server.folder), tmp_path / "audit.jsonl"
    head = shell.json("audit", "head")
    noted = f"{head['seq']}:{head['digest']}"
    verdict = shell.json("audit", "verify", "--head", noted)
    assert (verdict["sound"], verdict["noted_heads_found"]) == (True, [head["seq"]])
    made = shell.json("audit", "export", str(file))
    assert (made["lines"], stat.S_IMODE(file.stat().st_mode)) == (head["seq"] + 1, 0o600)
    again = shell.run("audit", "export", str(file))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["audit.jsonl"]
    assert command("audit", "verify", "--file", str(file), "--head", noted).returncode == 0
    listed = shell.json("audit", "list", "--project", "shared-one", "--user", ME, "--query", "MODEL_CREATE", "--limit", "5")
    assert {(line["actor"], line["project"], line["action"]) for line in listed} == {(ME, room.project["guid"], "model_create")}
    assert {line["project_name"] for line in listed} == {"shared-one"}
    shown = shell.run("audit", "list", "--project", "shared-one", "--no-json").stdout
    assert ("shared-one" in shown, "model " in shown, room.project["guid"] in shown) == (True, True, False)


def test_a_record_that_was_changed_is_told_by_the_shell_without_a_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with LiveServer(folder) as server, server.client() as http:
        for number in range(5):
            assert http.post("/projects", json={"name": f"project-{number}"}).status_code == 200
    shell = Shell(folder)
    head = shell.json("audit", "head")
    noted = shell.json("backup", str(tmp_path / "kept"))["audit_head"]
    assert noted == f"{head['seq']}:{head['digest']}"
    assert f"The noted head {head['seq']} is there." in shell.run("audit", "verify", "--head", noted, "--no-json").stdout
    with closing(sqlite3.connect(folder / "appliance.db", isolation_level=None)) as database:
        database.execute("drop trigger audit_no_update")
        database.execute("update audit set line = replace(line, 'project-2', 'project-7') where line ->> 'name' = 'project-2'")
    done = shell.run("audit", "verify", "--no-json")
    assert done.returncode == 1
    assert "was changed" in done.stdout
    assert shell.run("audit", "verify", "--head", "1:nonsense").returncode == 2
    restored = tmp_path / "restored"
    assert restore(tmp_path / "kept", restored).audit is not None
    number, _, digest = noted.partition(":")
    assert check_folder(restored, {int(number): digest}).sound


def test_a_backup_from_before_there_was_a_record_can_be_restored(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data"):
        made = administer(tmp_path / "data", {"command": "backup", "target": str(tmp_path / "kept")})
    assert made["audit"]["seq"] > 0
    manifest = tmp_path / "kept" / "manifest.json"
    written = json.loads(manifest.read_text())
    del written["audit"]
    manifest.write_text(json.dumps(written))
    assert restore(tmp_path / "kept", tmp_path / "restored").audit is None
