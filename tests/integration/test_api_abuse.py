"""What a careless or hostile client does: two uploads to one link, a deletion on the way, a full quota from all sides, endless headers,
links and keys of somebody who has left."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from appliance.contract.worker_protocol import ATTEMPTS, CLAIM, decode_worker_key
from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer, add_member

QUOTA = 4000
NOOP = {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {}}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("abuse") / "data", bench_models=1, user_storage_bytes=QUOTA) as running:
        yield running
        assert "internal_" not in (running.folder.parent / "server.log").read_text()


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        client.post("/projects", json={"name": "abused-project"})
        yield client
        client.delete("/projects/abused-project")


def ask_upload(http: httpx.Client, project: str = "abused-project") -> dict[str, str]:
    return dict(http.post(f"/projects/{project}/artifacts", json={"filename": "t.csv"}).json()["data"])


def stored(http: httpx.Client) -> list[dict[str, Any]]:
    return list(http.get("/projects/abused-project/artifacts").json()["data"]["artifacts"])


class Upload:
    """A PUT of which the last byte waits."""

    def __init__(self, url: str, content: bytes, key: str = "") -> None:
        self.content = content
        target = httpx.URL(url)
        self._socket = socket.create_connection((target.host, target.port), timeout=60)
        head = f"PUT {target.raw_path.decode()} HTTP/1.1\r\nHost: {target.host}\r\nAuthorization: {key}\r\nConnection: close\r\n"
        self._socket.sendall(head.encode() + f"Content-Length: {len(content)}\r\n\r\n".encode() + content[:-1])

    def finish(self) -> None:
        self._socket.sendall(self.content[-1:])

    def status(self) -> int:
        with self._socket, self._socket.makefile("rb") as answer:
            return int(answer.read().split(b" ", 2)[1])


def race(uploads: list[Upload]) -> list[int]:
    for one in uploads:
        one.finish()
    return [one.status() for one in uploads]


def test_of_two_uploads_to_one_link_one_stays_with_its_own_digest(http: httpx.Client) -> None:
    for turn in range(15):
        made = ask_upload(http)
        pair = [Upload(made["url"], bytes([65 + which]) * (20 + turn)) for which in range(2)]
        statuses = race(pair)
        assert sorted(statuses) == [200, 409]
        link = http.get("/projects/abused-project/artifacts/download", params={"key": made["key"]}).json()["data"]["data"]["url"]
        content = httpx.get(link, trust_env=False).content
        assert content == pair[statuses.index(200)].content
        assert stored(http)[0]["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_same_bytes_twice_at_once_are_welcome(http: httpx.Client) -> None:
    made = ask_upload(http)
    assert race([Upload(made["url"], b"a\n1\n") for _ in range(3)]) == [200, 200, 200]


@pytest.mark.parametrize("whole_project", [False, True])
def test_a_deletion_during_an_upload_answers_404_and_nothing_stays(server: LiveServer, http: httpx.Client, whole_project: bool) -> None:
    made = ask_upload(http)
    going = Upload(made["url"], b"a\n1\n")
    path, query = ("", {}) if whole_project else ("/artifacts", {"key": made["key"]})
    assert http.delete(f"/projects/abused-project{path}", params=query).status_code == 200
    assert race([going]) == [404]
    assert list((server.folder / "uploads").iterdir()) == []
    assert not list((server.folder / "artifacts").glob(f"*/{made['key']}"))


def test_a_deletion_during_a_worker_s_upload_is_no_fault_of_ours(server: LiveServer, http: httpx.Client) -> None:
    answer = http.post("/projects/abused-project/models", json=NOOP, params={"runner_mode": "manual"}).json()
    key = decode_worker_key(answer["worker_key"])
    with server.client(key.model_key) as worker:
        assert worker.post(CLAIM, json={"job": key.job, "token": "t"}).status_code == 200
    going = Upload(f"{server.url}{ATTEMPTS}/{key.job}/1/artifacts/model", b"x" * 100, key.model_key)
    assert http.delete(f"/projects/abused-project/models/{key.job}").status_code == 200
    assert race([going])[0] in (401, 409)
    assert list((server.folder / "uploads").iterdir()) == []


def test_the_quota_holds_for_uploads_at_once(server: LiveServer, http: httpx.Client) -> None:
    statuses = race([Upload(ask_upload(http)["url"], bytes([65 + turn]) * (QUOTA // 2)) for turn in range(6)])
    assert sorted(statuses) == [200, 200, 507, 507, 507, 507]
    assert sum(one["size"] for one in stored(http)) <= QUOTA
    assert list((server.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("leave", ["disabled", "removed", "lowered"])
def test_links_and_model_keys_end_with_what_their_user_may_do(server: LiveServer, http: httpx.Client, leave: str) -> None:
    email = f"{leave}@example.org"
    added = administer(server.folder, {"command": "users.add", "email": email})
    member = add_member(server, http, "abused-project", email, added["api_key"], 2)
    with server.client(added["api_key"]) as mine:
        made, late, begun = (ask_upload(mine) for _ in range(3))
        assert httpx.put(made["url"], content=b"a\n1\n", trust_env=False).status_code == 200
        link = mine.get("/projects/abused-project/artifacts/download", params={"key": made["key"]}).json()["data"]["data"]["url"]
        answer = mine.post("/projects/abused-project/models", json=NOOP, params={"runner_mode": "manual"}).json()
    forged = re.sub("user=[0-9a-f]{24}", f"user={http.get('/users/me').json()['data']['me']['_id']}", link)
    assert [httpx.get(url, trust_env=False).status_code for url in (link, forged)] == [200, 403]
    going = Upload(begun["url"], b"a\n1\n")
    if leave == "disabled":
        administer(server.folder, {"command": "users.disable", "email": email})
    elif leave == "removed":
        http.delete(f"/projects/abused-project/members/{member}")
    else:
        http.post("/projects/abused-project/members", json={"email": email, "level": 1})
    refused = 403 if leave == "lowered" else 404
    assert httpx.put(late["url"], content=b"a\n1\n", trust_env=False).status_code == refused
    assert race([going]) == [refused]
    assert [file for file in (server.folder / "uploads").iterdir() if file.suffix == ".part"] == []
    assert httpx.get(link, trust_env=False).status_code == (200 if leave == "lowered" else 404)
    key = decode_worker_key(answer["worker_key"])
    with server.client(key.model_key) as worker:
        assert worker.post(CLAIM, json={"job": key.job, "token": "t"}).status_code == 401


@pytest.mark.parametrize("field", [{"email": "a" * 255, "password": "x"}, {"email": "a@b", "password": "x" * 1025}])
def test_a_sign_in_of_any_length_is_not_looked_at(server: LiveServer, field: dict[str, str]) -> None:
    assert httpx.post(f"{server.url}/v1/appliance/session", json=field, trust_env=False).status_code == 400


def test_a_stranger_who_signs_in_cannot_fill_the_memory(server: LiveServer) -> None:
    answer = httpx.post(f"{server.url}/v1/appliance/session", json={"token": "t" * (64 << 10)}, trust_env=False)
    assert (answer.status_code, answer.json()["message"]) == (400, "The body is larger than 64 KiB.")


def cut_off(server: LiveServer, begin: bytes, piece: bytes) -> bool:
    """Whether the server ends a connection on which `piece` comes again and again."""
    target = httpx.URL(server.url)
    with socket.create_connection((target.host, target.port), timeout=60) as endless:
        try:
            endless.sendall(begin)
            for _ in range(20_000):
                endless.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return True
    return False


LINES, TEXT = b"x-one: 1\r\n" * 400, b"x" * 4000
_POST = b"POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /", TEXT),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", TEXT),
        (b"GET /health HTTP/1.1\r\n", LINES),
        (_POST + b"1\r\nx\r\n0\r\n", LINES),
    ],
    ids=["line", "header", "headers", "trailers"],
)
def test_a_head_without_an_end_is_cut_off(server: LiveServer, begin: bytes, piece: bytes) -> None:
    assert cut_off(server, begin, piece)
    assert httpx.get(f"{server.url}/health", headers={"X-Long": "x" * 30_000}, trust_env=False).status_code == 200


def test_long_bodies_and_small_pieces_are_no_head(http: httpx.Client) -> None:
    assert http.post("/projects", json={"name": "long-body", "description": "x" * 500_000}).status_code == 400
    content = iter([b"x"] * 3000)
    assert httpx.put(ask_upload(http)["url"], content=content, trust_env=False).status_code == 200
