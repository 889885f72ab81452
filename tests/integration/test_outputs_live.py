"""Shared links and saved rows on a server as people run it: over the wire, from the command line, and through kill -9."""

from __future__ import annotations

import gzip
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from appliance.control_plane.server import administer
from tests.integration.finished import finished_model
from tests.integration.live_server import LiveServer
from tests.integration.people import inner, until
from tests.integration.shell import Shell

ROWS = b"city,n\n" + b"".join(b"Bern,%d\n" % number for number in range(50))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("outputs") / "data", bench_models=1) as running:
        with running.client() as client:
            inner(client.post("/projects", json={"name": "given"}))
        yield running


@pytest.fixture
def owner(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def model(client: httpx.Client, name: str = "people") -> str:
    return finished_model(client, "given", name, {"data_preview": gzip.compress(ROWS), "report": gzip.compress(b"<p>report</p>")})


def bare(server: LiveServer) -> httpx.Client:
    """Somebody without an account."""
    return httpx.Client(base_url=server.url, trust_env=False, timeout=60)


def test_a_shared_link_over_the_wire_outlives_a_restart_and_ends_with_the_project(server: LiveServer, owner: httpx.Client) -> None:
    inner(owner.post("/projects", json={"name": "brief"}))
    uid = finished_model(owner, "brief", "people", {"data_preview": gzip.compress(ROWS)})
    url = inner(owner.post(f"/v1/appliance/jobs/{uid}/shares", json={"hours": 1}))["url"]
    assert url.startswith(server.url)
    path = url.removeprefix(server.url)
    with bare(server) as nobody:
        answer = nobody.get(path)
        assert (answer.status_code, answer.content) == (200, ROWS)
    server.stop()
    server.start()
    with server.client() as again, bare(server) as nobody:
        assert nobody.get(path).content == ROWS
        assert again.delete("/projects/brief").status_code == 200
        assert nobody.get(path).status_code == 404


def test_saved_rows_are_inspected_and_can_be_used_again(server: LiveServer) -> None:
    with server.client() as owner:
        uid = model(owner)
        key = inner(owner.post(f"/v1/appliance/jobs/{uid}/artifact", json={}))["key"]
        profile = until(
            lambda: owner.get("/projects/given/artifacts/manifest", params={"key": key}).json(),
            lambda found: found.get("status") != "pending",
        )
        assert [column["name"] for column in profile["columns"]] == ["city", "n"]
        assert owner.delete(f"/projects/given/models/{uid}").status_code == 200
        link = owner.get("/projects/given/artifacts/download", params={"key": key, "uncompressed": "true"}).json()["data"]["data"]["url"]
        assert httpx.get(link, trust_env=False).content == ROWS


def test_the_command_line_shares_lists_takes_back_and_saves(server: LiveServer) -> None:
    with server.client() as owner:
        uid = model(owner, "shelf")
    shell = Shell(server.folder)

    made = shell.json("records", "share", uid, "--type", "data_preview", "--hours", "3")
    with bare(server) as nobody:
        assert nobody.get(made["url"]).content == ROWS
        (listed,) = shell.json("records", "shares", uid)
        assert (listed["id"], listed["state"], listed["downloads"]) == (made["share"]["id"], "open", 1)
        assert listed in shell.json("records", "shares", "--project", "given")
        assert shell.json("records", "unshare", uid, listed["id"]) == {"revoked": listed["id"]}
        assert nobody.get(made["url"]).status_code == 404
    assert shell.json("records", "save", uid, "--name", "kept.csv")["key"].endswith("_kept.csv.gz")
    refused = shell.run("records", "share", uid, "--type", "model")
    assert refused.returncode != 0
    assert "must be one of" in refused.stderr


def test_a_kill_midway_leaves_whole_files_only(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", bench_models=1)
    server.start()
    try:
        with server.client() as owner:
            inner(owner.post("/projects", json={"name": "given"}))
            uid = model(owner)
        kept: list[str] = []
        for _ in range(2):
            wanted = len(kept) + 3
            threads = [threading.Thread(target=save, args=(server, uid, kept)) for _ in range(3)]
            for thread in threads:
                thread.start()
            until(lambda: len(kept), wanted.__le__)
            server.stop(signal.SIGKILL)
            for thread in threads:
                thread.join(30)
            server.start()
        with server.client() as owner:
            listed = owner.get("/projects/given/artifacts").json()["data"]["artifacts"]
            assert set(kept) <= {one["key"] for one in listed}
            links = [owner.get("/projects/given/artifacts/download", params={"key": one["key"]}).json() for one in listed]
            assert all(gzip.decompress(owner.get(link["data"]["data"]["url"]).content) == ROWS for link in links)
        assert len(listed) >= len(kept) > 4
        found = administer(server.folder, {"command": "fsck"})
        assert not any(found[name] for name in ("missing", "damaged", "unknown")), found
    finally:
        server.stop()


def save(server: LiveServer, uid: str, kept: list[str]) -> None:
    """Save again and again until the server is gone; what was acknowledged is noted."""
    try:
        with server.client() as client:
            while True:
                kept.append(inner(client.post(f"/v1/appliance/jobs/{uid}/artifact", json={}))["key"])
    except (httpx.HTTPError, OSError):
        return
