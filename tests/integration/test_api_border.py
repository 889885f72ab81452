"""The border of the API beside the permission table: what outsiders learn, sessions and their CSRF text, foreign hosts, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from appliance.control_plane.api.permissions import Action, Level
from appliance.control_plane.server import administer
from appliance.people.passwords import FREE_TRIES
from tests.integration.live_server import LiveServer, add_member

NOOP = {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {}}]}
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("border") / "data", bench_models=1) as running:
        yield running


@pytest.fixture(scope="module")
def people(server: LiveServer) -> dict[str, str]:
    """E-mail → API key of one outsider and a member of each level of the project `guarded`; `model` → a model in it."""
    keys = {}
    with server.client() as owner:
        owner.post("/projects", json={"name": "guarded"})
        keys["model"] = owner.post("/projects/guarded/models", json=NOOP, params={"runner_mode": "manual"}).json()["data"]["model"]["uid"]
        for level in range(5):
            email = f"level{level}@example.org"
            keys[email] = administer(server.folder, {"command": "users.add", "email": email, "password": PASSWORD})["api_key"]
            if level:
                add_member(server, owner, "guarded", email, keys[email], level)
    return keys


def test_an_outsider_cannot_tell_a_project_from_none(server: LiveServer, people: dict[str, str]) -> None:
    with server.client(people["level0@example.org"]) as outsider:
        there, nowhere = outsider.get("/projects/guarded"), outsider.get("/projects/nowhere-at-all")
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
        assert outsider.get("/projects").json()["data"]["projects"] == []
        taken = outsider.post("/projects", json={"name": "guarded"})
        assert (taken.status_code, "Project name not available" in taken.json()["message"]) == (400, True)
        assert outsider.get("/v1/appliance/jobs").json()["data"]["jobs"] == []


def test_a_reader_reads_and_a_writer_writes(server: LiveServer, people: dict[str, str]) -> None:
    with server.client(people["level1@example.org"]) as reader, server.client(people["level2@example.org"]) as writer:
        assert reader.get(f"/projects/guarded/models/{people['model']}").status_code == 200
        assert reader.post("/projects/guarded/models", json=NOOP).status_code == 403
        made = writer.post("/projects/guarded/models", json=NOOP, params={"runner_mode": "manual"}).json()["data"]["model"]
        assert made["owner_email"] == "level2@example.org"
        assert writer.delete(f"/projects/guarded/models/{made['uid']}").status_code == 200
        assert writer.delete("/projects/guarded").status_code == 403


def test_nobody_gives_more_than_they_have(server: LiveServer, people: dict[str, str]) -> None:
    with server.client(people["level3@example.org"]) as administrator:
        assert administrator.post("/projects/guarded/members", json={"email": "level1@example.org", "level": 4}).status_code == 403
        assert administrator.post("/projects/guarded/members", json={"email": "level4@example.org", "level": 1}).status_code == 403
        assert administrator.post("/projects/guarded/members", json={"email": "owner@localhost", "level": 1}).status_code == 403
        own = administrator.post("/projects/guarded/invites", json={"email": "level3@example.org", "level": 3})
        assert (own.status_code, own.json()["message"]) == (400, "Cannot invite yourself")
        assert len(administrator.get("/projects/guarded/members").json()["data"]["members"]) == 5


def test_a_revoked_key_and_a_disabled_user_answer_nothing(server: LiveServer) -> None:
    added = administer(server.folder, {"command": "users.add", "email": "gone@example.org"})
    second = administer(server.folder, {"command": "keys.create", "email": "gone@example.org", "name": "second"})
    with server.client(added["api_key"]) as first, server.client(second["api_key"]) as other:
        assert first.get("/users/me").status_code == other.get("/users/me").status_code == 200
        administer(server.folder, {"command": "keys.revoke", "email": "gone@example.org", "id": second["id"]})
        assert (first.get("/users/me").status_code, other.get("/users/me").status_code) == (200, 401)
        administer(server.folder, {"command": "users.disable", "email": "gone@example.org"})
        assert first.get("/users/me").status_code == 401
    assert added["api_key"] not in str(administer(server.folder, {"command": "keys.list", "email": "gone@example.org"}))


def test_a_session_signs_in_once_by_token_and_needs_csrf_for_writes(server: LiveServer) -> None:
    token = server.line.partition("#token=")[2]
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        signed = browser.post("/v1/appliance/session", json={"token": token})
        assert signed.json()["data"]["email"] == "owner@localhost"
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert browser.get("/users/me").status_code == 200
        assert browser.post("/projects", json={"name": "by-cookie"}).status_code == 403
        csrf = {"X-CSRF-Token": browser.get("/v1/appliance/session").json()["data"]["csrf"]}
        assert browser.post("/projects", json={"name": "by-cookie"}, headers=csrf).status_code == 200
        assert browser.delete("/projects/by-cookie", headers=csrf).status_code == 200
        assert browser.delete("/v1/appliance/session", headers=csrf).status_code == 200
        assert browser.get("/users/me").status_code == 401
        assert browser.post("/v1/appliance/session", json={"token": token}).status_code == 401


def test_a_password_signs_in_and_guessing_is_braked(server: LiveServer, people: dict[str, str]) -> None:
    email = "level1@example.org"
    assert email in people
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        good = {"email": email, "password": PASSWORD}
        assert browser.post("/v1/appliance/session", json=good).json()["data"]["email"] == email
        for _ in range(FREE_TRIES + 1):
            assert browser.post("/v1/appliance/session", json={**good, "password": "wrong"}).status_code == 401
        assert browser.post("/v1/appliance/session", json=good).status_code == 400
        other = {"email": "nobody@example.org", "password": "wrong"}
        assert browser.post("/v1/appliance/session", json=other).json()["message"] == "E-mail or password is wrong."


def test_a_foreign_page_cannot_sign_in_and_a_foreign_host_is_refused(server: LiveServer) -> None:
    body = {"api_key": server.key}
    foreign = httpx.post(f"{server.url}/v1/appliance/session", json=body, headers={"Origin": "https://evil.example"}, trust_env=False)
    assert foreign.status_code == 403
    plain = httpx.post(f"{server.url}/v1/appliance/session", content=str(body), headers={"Content-Type": "text/plain"}, trust_env=False)
    assert plain.status_code == 403
    rebound = httpx.get(f"{server.url}/health", headers={"Host": "evil.example"}, trust_env=False)
    assert (rebound.status_code, "--allowed-host" in rebound.json()["message"]) == (421, True)


@pytest.mark.parametrize("host", ["<b>.localhost", "a b.localhost", "x@localhost", "[::1", "127.0.0.1:port"])
def test_a_host_that_is_no_host_name_is_refused(server: LiveServer, host: str) -> None:
    assert httpx.get(f"{server.url}/health", headers={"Host": host}, trust_env=False).status_code == 421


def test_an_unknown_method_is_told_which_are_there(server: LiveServer) -> None:
    answer = httpx.request("PUT", f"{server.url}/projects/any-project", trust_env=False)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, PATCH, DELETE, HEAD"
    assert answer.json()["error_id"] == "http_error"


def test_pages_are_strict_and_complete(server: LiveServer) -> None:
    for path in ("/", "/console/api.html", "/console/api.js", "/console/home.js", "/console/style.css", "/proj_x/models/y/activity"):
        answer = httpx.get(server.url + path, trust_env=False)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|<style", answer.text) or path.endswith(".js")
    assert httpx.get(f"{server.url}/console/..%2fpyproject.toml", trust_env=False).status_code == 404
    assert Action.DOCUMENTS.level is Level.PUBLIC
