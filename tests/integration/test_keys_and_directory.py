"""API keys and the directory over the wire: several people on one server, each with keys that are nobody else's."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.live_server import LiveServer
from tests.integration.people import KEYS, PATIENCE_S, Person, inner, sign_in, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("keys") / "data", bench_models=1) as running:
        yield running


def test_keys_are_made_named_listed_and_revoked_by_their_user_only(server: LiveServer, ada: Person, boss: Person) -> None:
    made = inner(ada.http.post(KEYS, json={"name": "notebook"}))
    key, text = made["key"], made["api_key"]
    assert re.fullmatch("grtu[0-9a-f]{64}", text)
    assert (key["name"], key["prefix"], key["last_used_at"], key["revoked_at"]) == ("notebook", text[:8], None, None)
    with server.client(text) as notebook:
        assert notebook.get("/users/me").status_code == 200
        seen = until(lambda: listed(ada)[key["id"]], lambda found: found["last_used_at"] is not None)
        assert seen["last_used_at"] >= key["created_at"]
        assert text not in ada.http.get(KEYS).text
        for number in (key["id"], "0", "-1", str(2**63), "9" * 400, "1 or 1", "²", "%00"):
            assert boss.http.delete(f"{KEYS}/{number}").status_code == 404, number
        assert notebook.get("/users/me").status_code == 200
        assert inner(ada.http.delete(f"{KEYS}/{key['id']}"))["key"]["revoked_at"] is not None
        assert notebook.get("/users/me").status_code == 401
    assert ada.http.delete(f"{KEYS}/{key['id']}").status_code == 404
    for name in ("x" * 101, "a\nb", "\u202e", 5, None):
        assert ada.http.post(KEYS, json={"name": name}).status_code == 400


def listed(person: Person) -> dict[int, Any]:
    return {key["id"]: key for key in inner(person.http.get(KEYS))["keys"]}


def test_a_key_of_the_clients_wire_revokes_itself_and_a_session_does_not(server: LiveServer, ada: Person) -> None:
    made = inner(ada.http.patch("/users/me/key", json={"name": "client"}))
    assert made["key"].startswith(made["prefix"])
    with server.client(f"Bearer {made['key']}") as client:
        assert inner(client.delete("/users/me/key"))["key"]["id"] == made["id"]
        assert client.delete("/users/me/key").status_code == 401
    assert ada.http.patch("/users/me/key").status_code == 200, "a name is not needed"
    with sign_in(server, api_key=ada.key) as browser:
        assert (browser.delete("/users/me/key").status_code, ada.http.get("/users/me").status_code) == (400, 200)
        fresh = inner(browser.post(KEYS, json={"name": "by session"}))
    with server.client(fresh["api_key"]) as client:
        assert inner(client.get("/users/me"))["me"]["email"] == ada.email


def test_a_revoked_key_answers_nothing_however_many_use_it(server: LiveServer, ada: Person) -> None:
    """Requests race the revocation: none of those that begin after its answer is let in, also where the last use is being noted."""
    made = inner(ada.http.post(KEYS, json={"name": "raced"}))
    revoked = threading.Event()
    begun = threading.Barrier(5)

    def use() -> list[tuple[bool, int]]:
        with server.client(made["api_key"]) as client:
            seen = [(False, client.get("/users/me").status_code)]
            begun.wait()
            while seen[-1][1] == 200 or not seen[-1][0]:
                late = revoked.is_set()
                seen.append((late, client.get("/users/me").status_code))
            return seen

    with ThreadPoolExecutor(4) as pool:
        users = [pool.submit(use) for _ in range(4)]
        begun.wait()
        inner(ada.http.delete(f"{KEYS}/{made['key']['id']}"))
        revoked.set()
        answers = [seen for user in users for seen in user.result(PATIENCE_S)]
    assert {code for late, code in answers if late} == {401}
    assert {code for late, code in answers if not late} <= {200, 401}
    assert listed(ada)[made["key"]["id"]]["revoked_at"] is not None


def test_an_upload_outlives_the_key_that_asked_for_it(server: LiveServer, ada: Person) -> None:
    """Its link was signed for the user, not for the key; only the user's end, or that of his level, ends the link."""
    made = inner(ada.http.post(KEYS, json={"name": "uploader"}))
    ada.http.post("/projects", json={"name": "outliving"})
    with server.client(made["api_key"]) as uploader:
        links = [inner(uploader.post("/projects/outliving/artifacts", json={"filename": "t.csv"})) for _ in range(2)]

        def rows() -> Iterator[bytes]:
            yield b"a\n"
            inner(ada.http.delete(f"{KEYS}/{made['key']['id']}"))
            assert uploader.get("/users/me").status_code == 401
            yield b"1\n"

        assert httpx.put(links[0]["url"], content=rows(), trust_env=False).status_code == 200
        assert httpx.put(links[1]["url"], content=b"a\n2\n", trust_env=False).status_code == 200
    assert len(inner(ada.http.get("/projects/outliving/artifacts"))["artifacts"]) == 2


def test_the_directory_finds_people_and_words_are_no_ids(ada: Person, boss: Person, owner: httpx.Client) -> None:
    found = inner(ada.http.get("/users/search", params={"query": "BOSS@"}))["users"]
    assert found == [{"_id": boss.uid, "email": boss.email}]
    assert inner(ada.http.get(f"/users/{boss.uid}"))["user"] == found[0]
    for query in ({}, {"query": ""}, {"query": "  "}, {"query": "a", "limit": "-1"}, {"query": "a", "limit": "x"}):
        assert ada.http.get("/users/search", params=query).status_code == 400
    for text in ("%", "_", "*", "' or 1=1 --", "\x00", "x" * 10_000, "ſ"):
        assert inner(ada.http.get("/users/search", params={"query": text}))["users"] == []
    assert len(inner(ada.http.get("/users/search", params={"query": "@", "limit": "2"}))["users"]) == 2
    assert inner(ada.http.get("/users/me"))["me"]["email"] == ada.email
    for uid in ("team", "key", "ME", "0" * 24, "x" * 5_000, boss.uid.upper() if boss.uid.upper() != boss.uid else "X"):
        assert ada.http.get(f"/users/{uid}").status_code == 404, uid
    for path in ("/users/search/", "/users/search?query="):
        assert ada.http.get(path).status_code == 400
    assert ada.http.get(f"/users/{boss.uid}/team").status_code == 404, "the team belongs to the path of oneself"
    team = inner(ada.http.get("/users/me/team"))["team"]
    assert re.fullmatch("domain_[0-9a-f]{28}", team["guid"])
    assert team == inner(owner.get("/users/me/team"))["team"]
    roles = {member["email"]: [member[name] for name in ("is_owner", "administrator", "disabled")] for member in team["members"]}
    assert roles["owner@localhost"] == [True, True, False]
    assert (roles[boss.email], roles[ada.email]) == ([False, True, False], [False, False, False])
