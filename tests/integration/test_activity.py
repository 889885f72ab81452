"""The activity feed: who sees which lines, what a search finds, order and pages, and hostile queries."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer, add_member

NAMES = ("ann", "bob", "eve")
SHARED, HIDDEN = "shared-by-two", "anns-own-one"
INVITED = "stranger@example.com"


class People:
    """Ann owns two projects; Bob reads one of them; Eve is a member of none."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        keys = {name: administer(server.folder, {"command": "users.add", "email": f"{name}@example.com"})["api_key"] for name in NAMES}
        self.keys: dict[str, str] = keys
        self.http = {name: server.client(key) for name, key in keys.items()}
        for name in (SHARED, HIDDEN):
            assert self.http["ann"].post("/projects", json={"name": name}).status_code == 200
        self.guid = self.http["ann"].get(f"/projects/{SHARED}").json()["data"]["project"]["guid"]
        add_member(server, self.http["ann"], SHARED, "bob@example.com", keys["bob"], 1)
        for number in range(5):
            made = self.http["ann"].post(f"/projects/{SHARED}/artifacts", json={"filename": f"file-{number}.csv"})
            assert made.status_code == 200
        assert self.http["ann"].post(f"/projects/{SHARED}/invites", json={"email": INVITED, "level": 1}).status_code == 200
        assert self.http["bob"].post(f"/projects/{SHARED}/artifacts", json={"filename": "not-mine.csv"}).status_code == 403

    def feed(self, name: str, **query: Any) -> dict[str, Any]:
        answer = self.http[name].get("/v1/activity", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def names(self, name: str, **query: Any) -> list[str]:
        return [event["object"]["name"] for event in self.feed(name, **query)["events"]]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with LiveServer(tmp_path_factory.mktemp("activity") / "data", bench_models=1) as server:
        found = People(server)
        yield found
        for http in found.http.values():
            http.close()


def test_an_event_is_what_the_client_takes(people: People) -> None:
    found = people.feed("ann", limit=1000)
    assert set(found) == {"events", "total", "searched"}
    assert found["total"] == found["searched"] == len(found["events"])
    for event in found["events"]:
        assert set(event) == {"occurred_at", "occured_at", "subject", "predicate", "object", "status", "action"}
        assert event["predicate"] == "PREDICATE_CREATED_AT"
        assert event["occurred_at"] == event["occured_at"]
        for part in (event["subject"], event["object"]):
            assert (set(part), type(part["name"]), type(part["id"]), type(part["meta"])) == ({"name", "id", "meta"}, str, str, dict)
    made = next(event for event in found["events"] if event["action"] == "artifact_create" and event["status"] == "done")
    assert (made["subject"]["name"], made["object"]["name"], made["status"]) == ("ann@example.com", "file-4.csv", "done")
    assert made["object"]["meta"] == {"kind": "artifact", "project": people.guid, "project_name": SHARED}


def test_members_see_their_projects_and_themselves_and_nobody_more(people: People) -> None:
    ann, bob, eve = (people.feed(name, limit=1000)["events"] for name in NAMES)
    assert {event["object"]["meta"]["project"] for event in bob} <= {people.guid, ""}
    assert {event["subject"]["name"] for event in eve} <= {"eve@example.com"}
    assert {event["object"]["name"] for event in ann} > {SHARED, HIDDEN}
    assert "project_create" in {event["action"] for event in bob}
    refused = [event for event in ann if event["status"] == "refused"]
    assert [(event["subject"]["name"], event["action"]) for event in refused] == [("bob@example.com", "artifact_create")]
    assert HIDDEN not in json.dumps(bob) + json.dumps(eve)


def test_a_refusal_does_not_tell_an_outsider_whether_there_is_such_a_project(people: People) -> None:
    key = administer(people.server.folder, {"command": "users.add", "email": "dan@example.com"})["api_key"]
    with people.server.client(key) as http:
        for name in (HIDDEN, "not-there-at-all"):
            assert http.post(f"/projects/{name}/artifacts", json={"filename": "a.csv"}).status_code == 404
        events = http.get("/v1/activity").json()["events"]
        assert [(event["action"], event["status"]) for event in events] == [("artifact_create", "refused")] * 2
        assert events[0]["object"] == events[1]["object"]
        assert http.get("/v1/activity", params={"query": f"project:{HIDDEN}"}).json()["total"] == 0


def test_nobody_learns_from_where_others_came_or_whom_they_invited(people: People) -> None:
    bob = people.feed("bob", limit=1000)["events"]
    for event in bob:
        assert event["subject"]["meta"] == ({} if event["subject"]["name"] != "bob@example.com" else event["subject"]["meta"])
    theirs = json.dumps([event for event in bob if event["subject"]["name"] != "bob@example.com"])
    assert people.keys["ann"][:8] not in theirs
    assert "127.0.0.1" not in theirs
    assert INVITED not in json.dumps(bob)
    assert "invite_create" in {event["action"] for event in bob}
    assert INVITED in json.dumps(people.feed("ann", query=INVITED))
    for query in ("127.0.0.1", people.keys["ann"][:8], INVITED, "via:key", "address:127"):
        assert people.feed("bob", query=query)["events"] == []


def test_who_is_removed_sees_the_project_no_more_but_what_he_did_there(people: People) -> None:
    with people.server.client(administer(people.server.folder, {"command": "users.add", "email": "guest@example.com"})["api_key"]) as guest:
        key = guest.headers["authorization"]
        user = add_member(people.server, people.http["ann"], SHARED, "guest@example.com", key, 2)
        assert guest.post(f"/projects/{SHARED}/artifacts", json={"filename": "of-the-guest.csv"}).status_code == 200
        assert guest.get("/v1/activity", params={"query": "file-1"}).json()["total"] == 1
        assert people.http["ann"].delete(f"/projects/{SHARED}/members/{user}").status_code == 200
        left = guest.get("/v1/activity").json()["events"]
    assert {event["subject"]["name"] for event in left} == {"guest@example.com"}
    assert "of-the-guest.csv" in {event["object"]["name"] for event in left}
    assert {event["object"]["meta"]["project_name"] for event in left} == {""}


def test_who_leaves_or_declines_still_reads_which_project_it_was(people: People) -> None:
    key = administer(people.server.folder, {"command": "users.add", "email": "leaver@example.com"})["api_key"]
    with people.server.client(key) as leaver:
        add_member(people.server, people.http["ann"], SHARED, "leaver@example.com", key, 2)
        assert leaver.delete(f"/v1/appliance/projects/{SHARED}/membership").status_code == 200
        body = {"email": "leaver@example.com", "level": 3}
        invite = people.http["ann"].post(f"/projects/{SHARED}/invites", json=body).json()["data"]["invite"]["_id"]
        assert leaver.delete(f"/users/me/invites/{invite}").status_code == 200
        lines = {event["action"]: event["object"]["meta"] for event in leaver.get("/v1/activity").json()["events"]}
    assert lines["member_leave"]["project_name"] == lines["invite_decline"]["project_name"] == SHARED
    assert lines["member_leave"]["detail"]["from_level"] == 2
    theirs = [event for event in people.feed("bob", query="leaver", limit=1000)["events"] if event["action"] == "member_leave"]
    assert [event["object"]["meta"]["detail"]["level"] for event in theirs] == [0]
    invites = people.feed("bob", query="kind:invite", limit=1000)["events"]
    of_others = [event["object"]["meta"] for event in invites if event["subject"]["name"] != "bob@example.com"]
    assert of_others
    assert all("detail" not in meta for meta in of_others)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("file-3", ["file-3.csv"]),
        ("FILE-3", ["file-3.csv"]),
        ("file- artifact_create", [f"file-{n}.csv" for n in (4, 3, 2, 1, 0)]),
        (".csv artifact_create result:done kind:artifact actor:ann", [f"file-{n}.csv" for n in (4, 3, 2, 1, 0)]),
        ("action:artifact_create result:done file-2", ["file-2.csv"]),
        ("kind:artifact result:refused", [""]),
        ("action:project_create project:shared", [SHARED]),
        ("action:project_create project:anns-own", []),
        ("actor:eve", []),
        ("result:gone", []),
        ("file_3", []),
        ("nothing-of-the-kind", []),
        ("invite_accept actor:bob", ["bob@example.com"]),
    ],
)
def test_a_search_finds_what_it_names(people: People, query: str, wanted: list[str]) -> None:
    assert people.names("bob", query=query) == wanted
    assert people.feed("bob", query=query, limit=1)["total"] == len(wanted)


def test_pages_and_order_fit_together(people: People) -> None:
    whole = people.feed("ann", limit=1000)["events"]
    total = len(whole)
    assert whole == sorted(whole, key=lambda event: event["occurred_at"], reverse=True)
    pages = [people.feed("ann", limit=3, skip=skip) for skip in range(0, total + 3, 3)]
    assert [event for page in pages for event in page["events"]] == whole
    assert {page["total"] for page in pages} == {total}
    backwards = [people.feed("ann", limit=4, skip=skip, sort="occurred_at")["events"] for skip in range(0, total + 4, 4)]
    assert [event for page in backwards for event in page] == whole[::-1]
    found = people.feed("ann", query="artifact_create result:done", limit=1000)["events"]
    pages = [people.feed("ann", query="artifact_create result:done", sort="occurred_at", limit=2, skip=skip) for skip in range(0, 9, 2)]
    assert [event for page in pages for event in page["events"]] == found[::-1]
    assert people.feed("ann", limit=0) == {"events": [], "total": total, "searched": total}


HOSTILE = (
    *("'", '"', "%", "_", "\\", "' or 1=1 --", '"; drop table audit; --', "$.actor", "a\x00b", "\u202egnp", "😀", "(" * 200),
    *("actor:", ":", "actor:'", "project:'", "project:%", "kind:$[0]", "action:*", b"\xff\xfe"),
)


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_only_a_text(people: People, query: str | bytes) -> None:
    assert people.feed("eve", query=query, sort="occurred_at")["events"] == []


def test_endless_queries_and_odd_pages_are_refused_in_a_sentence(people: People) -> None:
    for query in ({"query": "x" * 301}, {"query": "a " * 11}, {"limit": "-1"}, {"skip": "x"}, {"sort": "name"}, {"skip": "1" * 10}):
        answer = people.http["ann"].get("/v1/activity", params=query)
        assert (answer.status_code, answer.json()["message"][-1]) == (400, ".")
    assert people.feed("ann", limit=5000)["total"] > 5
    assert people.feed("ann", skip=999_999_999)["events"] == []
    assert httpx.get(f"{people.server.url}/v1/activity", trust_env=False).status_code == 401


def test_many_who_read_at_once_do_not_hold_up_who_writes(people: People) -> None:
    """Reading takes a connection and a thread of its own; every answer is whole."""
    totals: list[int] = []
    readers = [threading.Thread(target=lambda: totals.append(people.feed("eve", query="zzz")["searched"])) for _ in range(12)]
    for reader in readers:
        reader.start()
    assert people.http["ann"].post("/projects", json={"name": "made-meanwhile"}).status_code == 200
    for reader in readers:
        reader.join()
    assert totals == [totals[0]] * 12
