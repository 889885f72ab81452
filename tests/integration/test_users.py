"""An administrator and ordinary users side by side on one server: what each may do to accounts and limits, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from appliance.control_plane.server import administer
from appliance.errors import ApplianceError
from tests.integration.live_server import LiveServer
from tests.integration.people import USERS, Person, inner, refusal, sign_in, turned_away, until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("users") / "data", bench_models=1) as running:
        yield running


UNDER_WAY = ("created", "pending", "active")
NO = (False, False, False, False)


def train(http: httpx.Client, project: str, **params: object) -> str:
    body = {"schema_version": "1.0", "name": "nothing", "models": [{"noop": {"params": params}}]}
    answer = http.post(f"/projects/{project}/models", json=body, params={"dry_run": "no", "runner_mode": "cloud"})
    return f"/projects/{project}/models/{inner(answer)['model']['uid']}"


def status(http: httpx.Client, path: str) -> str:
    return str(inner(http.get(path))["model"]["status"])


def test_an_administrator_makes_a_user_who_signs_in_once_by_the_link(server: LiveServer, boss: Person) -> None:
    made = inner(boss.http.post(USERS, json={"email": "New@example.org"}))
    user = made["user"]
    assert (user["email"], user["disabled"], user["is_owner"], user["administrator"], user["has_password"]) == (
        "New@example.org",
        *[False] * 4,
    )
    assert user["limits"] == dict.fromkeys(("created", "running", "max_duration_seconds", "storage_bytes"))
    base, _, token = made["sign_in_url"].partition("/#token=")
    assert base == server.url
    with sign_in(server, token=token) as browser:
        assert inner(browser.get("/users/me"))["me"]["_id"] == user["_id"]
        assert browser.post(USERS, json={"email": "more@example.org"}).status_code == 403
    assert turned_away(server, token=token)
    assert refusal(boss.http.post(USERS, json={"email": "nEW@EXAMPLE.org"})) == (409, "There is a user with that e-mail already.")
    listed = inner(boss.http.get(USERS))
    assert listed["limits"] == {"created": 10, "running": 4, "max_duration_seconds": 3600.0, "storage_bytes": 0}
    assert user["_id"] in [found["_id"] for found in listed["users"]]
    assert "digest" not in str(listed)


def test_an_ordinary_user_manages_nobody(ada: Person, boss: Person) -> None:
    asked = [
        ada.http.get(USERS),
        ada.http.post(USERS, json={"email": "eve@example.org", "administrator": True}),
        ada.http.patch(f"{USERS}/{ada.uid}", json={"administrator": True}),
        ada.http.patch(f"{USERS}/{ada.uid}", json={"limits": {"running": 99}}),
        ada.http.patch(f"{USERS}/{boss.uid}", json={"disabled": True}),
        ada.http.post(f"{USERS}/{boss.uid}/reset"),
        ada.http.post(f"{USERS}/{boss.uid}/hand-over", json={"email": ada.email}),
        ada.http.patch(f"{USERS}/nobody", json={"disabled": True}),
    ]
    assert {refusal(answer) for answer in asked} == {(403, "This needs an administrator of the appliance.")}
    assert inner(boss.http.get("/users/search", params={"query": "eve"}))["users"] == []


def test_the_owner_and_oneself_are_safe_from_administrators(boss: Person, owner: httpx.Client) -> None:
    uid = inner(owner.get("/users/me"))["me"]["_id"]
    for changes in ({"disabled": True}, {"administrator": False}):
        assert boss.http.patch(f"{USERS}/{uid}", json=changes).status_code == 409
        assert owner.patch(f"{USERS}/{uid}", json=changes).status_code == 409
        assert boss.http.patch(f"{USERS}/{boss.uid}", json=changes).status_code == 409
    assert boss.http.post(f"{USERS}/{uid}/reset").status_code == 403
    assert boss.http.post(f"{USERS}/{uid}/hand-over", json={"email": boss.email}).status_code == 403
    for path in (f"{USERS}/{uid}/reset", f"{USERS}/me/reset", f"{USERS}/%00/reset"):
        assert boss.http.post(path).status_code in (403, 404)
    assert inner(owner.get("/users/me"))["me"]["is_owner"]


NO_COUNTS: tuple[Any, ...] = (0, -1, 1.5, 2**63, 10**400, "4", True, [])
NO_SECONDS: tuple[Any, ...] = (0, -1e-9, 1e300, 2**63, "30m")
HOSTILE: list[Any] = [
    {},
    {"limits": {}},
    {"limits": None},
    {"disabled": None},
    {"disabled": 1},
    {"administrator": "true"},
    {"is_owner": True},
    {"email": "other@example.org"},
    {"limits": {"queued": 5}},
    *({"limits": {name: number}} for name in ("created", "running") for number in NO_COUNTS),
    *({"limits": {"max_duration_seconds": number}} for number in NO_SECONDS),
    *({"limits": {"storage_bytes": number}} for number in (-1, 0.5, 2**63, 2**64)),
    [],
    "x",
    None,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: str(body)[:40])
def test_no_other_change_is_taken(boss: Person, ada: Person, body: Any) -> None:
    before = next(user for user in inner(boss.http.get(USERS))["users"] if user["_id"] == ada.uid)
    answer = boss.http.patch(f"{USERS}/{ada.uid}", json=body)
    assert answer.status_code == 400, answer.text
    assert "Traceback" not in answer.text
    assert next(user for user in inner(boss.http.get(USERS))["users"] if user["_id"] == ada.uid) == before


@pytest.mark.parametrize("text", ['{"running":NaN}', '{"max_duration_seconds":Infinity}', '{"running":1e999}'])
def test_no_number_that_is_none_is_taken(boss: Person, ada: Person, text: str) -> None:
    assert boss.http.patch(f"{USERS}/{ada.uid}", content=f'{{"limits":{text}}}').status_code == 400


NO_EMAILS = ["", "a", "a@b@c", "a b@c", "a@b\r\nX: y", "<script>@", "\u202eada@example.org", "a" * 260 + "@b", None, 5, ["a@b"]]


@pytest.mark.parametrize("email", NO_EMAILS)
def test_no_other_text_names_a_user(boss: Person, email: Any) -> None:
    assert boss.http.post(USERS, json={"email": email}).status_code == 400


def test_disabling_shuts_every_door_at_once_and_jobs_go_on(server: LiveServer, boss: Person, add: Callable[..., Person]) -> None:
    gone, friend = add("gone"), add("friend")
    gone.http.post("/projects", json={"name": "gones-own"})
    key = inner(gone.http.post("/projects/gones-own/artifacts", json={"filename": "t.csv"}))
    assert httpx.put(key["url"], content=b"a\n1\n", trust_env=False).status_code == 200
    link = inner(gone.http.get("/projects/gones-own/artifacts/download", params={"key": key["key"]}))["data"]["url"]
    assert httpx.get(link, trust_env=False).status_code == 200
    inner(boss.http.patch(f"{USERS}/{gone.uid}", json={"limits": {"running": 1}}))
    running, waiting = train(gone.http, "gones-own", sleep_s=2), train(gone.http, "gones-own", sleep_s=0)
    until(lambda: status(gone.http, running), lambda state: state == "active")
    assert status(gone.http, waiting) == "created"
    unused = administer(server.folder, {"command": "users.link", "email": gone.email})["url"].partition("#token=")[2]
    with sign_in(server, token=gone.link.partition("#token=")[2]) as browser:
        assert inner(boss.http.patch(f"{USERS}/{gone.uid}", json={"disabled": True}))["user"]["disabled"]
        assert gone.http.get("/users/me").status_code == 401
        assert browser.get("/users/me").status_code == 401
        assert httpx.get(link, trust_env=False).status_code in (401, 404)
        assert httpx.put(key["url"], content=b"a\n1\n", trust_env=False).status_code in (401, 404)
        assert turned_away(server, token=unused)
        assert turned_away(server, api_key=gone.key)
        assert boss.http.post(f"{USERS}/{gone.uid}/reset").status_code == 409
        assert inner(boss.http.get(f"/users/{gone.uid}"))["user"]["email"] == gone.email
        assert inner(boss.http.get("/users/search", params={"query": gone.email}))["users"] == []
        moved = inner(boss.http.post(f"{USERS}/{gone.uid}/hand-over", json={"email": friend.email}))["projects"]
        assert len(moved) == 1
        for path in (running, waiting):
            job = until(lambda path=path: inner(friend.http.get(path))["model"], lambda found: found["status"] not in UNDER_WAY)  # type: ignore[misc]
            assert (job["status"], job["owner_email"]) == ("completed", gone.email)
        members = inner(friend.http.get("/projects/gones-own/members"))["members"]
        assert {member["email"]: member["level"] for member in members} == {friend.email: 4, gone.email: 3}
        inner(boss.http.patch(f"{USERS}/{gone.uid}", json={"disabled": False}))
        assert gone.http.get("/users/me").status_code == 200, "the keys were not revoked"
        assert browser.get("/users/me").status_code == 401, "the session was ended"
    assert gone.http.delete("/projects/gones-own").status_code == 403, "who handed over owns it no more"


@pytest.mark.parametrize("way", ["api", "machine"])
def test_a_raised_limit_starts_what_waits(server: LiveServer, boss: Person, add: Callable[..., Person], way: str) -> None:
    user = add(f"limited-{way}")
    user.http.post("/projects", json={"name": f"limited-{way}"})
    inner(boss.http.patch(f"{USERS}/{user.uid}", json={"limits": {"running": 1, "created": 1}}))
    long, next_one = train(user.http, f"limited-{way}", sleep_s=300), train(user.http, f"limited-{way}", sleep_s=301)
    until(lambda: status(user.http, long), lambda state: state == "active")
    assert status(user.http, next_one) == "created"
    if way == "api":
        assert inner(boss.http.patch(f"{USERS}/{user.uid}", json={"limits": {"running": None}}))["user"]["limits"]["running"] is None
    else:
        request = {"command": "users.limits", "email": user.email, "limits": {"running": 2}}
        assert administer(server.folder, request)["limits"]["running"] == 2
    assert until(lambda: status(user.http, next_one), lambda state: state != "created") in ("pending", "active")
    for path in (long, next_one):
        assert user.http.patch(path, json={"status": "cancelled"}).status_code == 200


def test_of_administrators_who_demote_each_other_at_once_one_remains(add: Callable[..., Person], owner: httpx.Client) -> None:
    for round_ in range(5):
        pair = [add(f"racer{round_}{side}", administrator=True) for side in "ab"]
        gate = threading.Barrier(2)

        def demote(me: Person, other: Person, gate: threading.Barrier = gate) -> int:
            gate.wait()
            return me.http.patch(f"{USERS}/{other.uid}", json={"administrator": False}).status_code

        with ThreadPoolExecutor(2) as racing:
            answers = list(racing.map(demote, pair, reversed(pair)))
        assert sorted(answers) == [200, 403]
        administrators = {user["_id"] for user in inner(owner.get(USERS))["users"] if user["administrator"]}
        assert len(administrators & {person.uid for person in pair}) == 1


def test_a_reset_leaves_one_link_and_the_keys(server: LiveServer, boss: Person, add: Callable[..., Person]) -> None:
    user = add("forgetful", password="correct horse battery")
    with sign_in(server, email=user.email, password="correct horse battery") as browser:
        url = inner(boss.http.post(f"{USERS}/{user.uid}/reset"))["sign_in_url"]
        assert browser.get("/users/me").status_code == 401
    assert turned_away(server, email=user.email, password="correct horse battery")
    assert turned_away(server, token=user.link.partition("#token=")[2])
    assert user.http.get("/users/me").status_code == 200
    with sign_in(server, token=url.partition("#token=")[2]) as browser:
        assert inner(browser.get("/users/me"))["me"]["email"] == user.email


def test_the_desk_refuses_what_the_api_refuses(server: LiveServer) -> None:
    for request in (
        {"command": "users.add", "email": "a b@c"},
        {"command": "users.add", "email": "ada@example.org"},
        {"command": "users.limits", "email": "ada@example.org", "limits": {"running": 2**63}},
        {"command": "users.limits", "email": "ada@example.org", "limits": {}},
        {"command": "users.disable", "email": ""},
        {"command": "users.demote", "email": "owner@localhost"},
        {"command": "users.promote", "email": "nobody@example.org"},
        {"command": "users.hand_over", "email": "ada@example.org", "to": "ada@example.org"},
        {"command": "keys.create", "email": "ada@example.org", "name": "a\nb"},
        {"command": "keys.revoke", "email": "ada@example.org", "id": 2**63},
    ):
        with pytest.raises(ApplianceError) as refused:
            administer(server.folder, request)
        assert "number of the request" not in refused.value.message
