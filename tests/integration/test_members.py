"""People of a project on a live server: the command line, everything at once over many connections, links, ids that are none."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest

from appliance.cli.root import run
from appliance.control_plane.server import administer
from tests.integration.live_server import LiveServer, add_member

NAMES = ("ada", "ben", "cleo", "dan")
Command = Callable[..., tuple[int, Any, str]]


class Lab:
    """The server and its people; each test has a project of `ada`."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.keys = {name: self.key(name) for name in NAMES}
        self.clients = {name: server.client(key) for name, key in self.keys.items()}

    def key(self, name: str) -> str:
        """The API key of a new user."""
        return str(administer(self.server.folder, {"command": "users.add", "email": email(name)})["api_key"])

    def ask(self, name: str, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """One request; status, and what is in the envelope or the message."""
        answer = self.clients[name].request(method, path, json=body, params=query)
        return answer.status_code, answer.json().get("data", answer.json().get("message"))

    def join(self, project: str, name: str, level: int) -> str:
        """Make somebody a member; the user's id."""
        return add_member(self.server, self.clients["ada"], project, email(name), self.keys[name], level)

    def levels(self, project: str, by: str = "ada") -> dict[str, int]:
        """Members by the beginnings of their e-mails."""
        members = self.ask(by, "GET", f"/projects/{project}/members")[1]["members"]
        return {member["email"].partition("@")[0]: member["level"] for member in members}


def email(name: str) -> str:
    return f"{name}@example.org"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with LiveServer(tmp_path_factory.mktemp("members") / "data") as server:
        made = Lab(server)
        yield made
        for client in made.clients.values():
            client.close()
        assert "internal_" not in (server.folder.parent / "server.log").read_text()


@pytest.fixture
def project(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"lab-{zlib.crc32(request.node.name.encode())}"
    assert lab.ask("ada", "POST", "/projects", {"name": name})[0] == 200
    yield name
    owner = next((who for who in NAMES if lab.ask(who, "DELETE", f"/projects/{name}")[0] == 200), None)
    assert owner is not None or lab.ask("ada", "GET", f"/projects/{name}")[0] == 404


@pytest.fixture
def command(lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `appliance projects …` as somebody: exit code, what was printed (from JSON where it is), and what was said beside it."""
    for name in ("GRETEL_ENDPOINT", "GRETEL_API_KEY", "APPLIANCE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    def projects(who: str, *arguments: str) -> tuple[int, Any, str]:
        code = run(["projects", *arguments, "--endpoint", lab.server.url, "--api-key", lab.keys[who]])
        printed = capsys.readouterr()
        return code, printed.out if "--no-json" in arguments or code else json.loads(printed.out), printed.err

    return projects


def test_a_project_is_shared_from_the_command_line(lab: Lab, project: str, command: Command) -> None:
    code, given, said = command("ada", "members", "invite", project, email("ben"), "--level", "write")
    assert (code, given["invite"]["level"], said) == (0, 2, "")
    code, shown, said = command("ada", "members", "invite", project, "not-here-yet@example.org", "--no-json")
    assert (code, "is invited to" in shown, "level read" in shown) == (0, True, True)
    assert said == "Nobody here has that e-mail yet; the invite waits for 14 days.\n"
    assert command("ben", "list")[1:] == ([], "")
    assert command("ben", "list", "--no-json")[2] == f"You are invited to {project}: appliance projects invites accept {project}\n"
    code, rows, _ = command("ada", "invites", "list", project)
    assert [(row["email"], row["role"], row["invited_by"]) for row in rows] == [
        ("not-here-yet@example.org", "read", email("ada")),
        (email("ben"), "write", email("ada")),
    ]
    code, shown, _ = command("ben", "invites", "list", "--no-json")
    assert project in shown
    assert email("ada") in shown
    code, shown, _ = command("ben", "invites", "accept", project, "--no-json")
    assert shown == f"You are a member of {project} with level 2 (write).\n"
    assert command("ben", "invites", "list", "--no-json")[1] == "There are no invites.\n"
    code, rows, _ = command("ben", "members", "list", project)
    assert {(row["email"], row["role"]) for row in rows} == {(email("ada"), "owner"), (email("ben"), "write")}
    assert command("ada", "members", "set", project, email("BEN"), "3")[0] == 0
    assert command("ada", "members", "remove", project, "not-here-yet@example.org")[1]["invite"]
    assert command("ada", "members", "remove", project, email("ben"))[0] == 0
    assert lab.levels(project) == {"ada": 4}


def test_a_project_is_handed_over_and_left_from_the_command_line(lab: Lab, project: str, command: Command) -> None:
    lab.join(project, "cleo", 1)
    code, _, said = command("ada", "leave", project, "--yes")
    assert (code, "only one" in said) == (1, True)
    assert command("ada", "transfer", project, email("cleo"), "--yes")[1]["member"]["level"] == 4
    assert command("ada", "leave", project, "--yes")[1] == {"left": project}
    assert lab.levels(project, "cleo") == {"cleo": 4}
    lab.ask("cleo", "POST", f"/projects/{project}/invites", {"email": email("ada"), "level": 2})
    assert command("ada", "invites", "decline", project)[0] == 0
    assert command("ada", "invites", "list")[1] == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("members", "set", "PROJECT", email("ben"), "2"), 1, "is no member of"),
        (("members", "set", "PROJECT", email("ADA"), "2"), 2, "Your own level is not yours to change"),
        (("members", "set", "PROJECT", email("ben"), "god"), 2, "read (1), write (2), administrator (3) or owner (4)"),
        (("members", "invite", "PROJECT", email("ada")), 2, "Cannot invite yourself"),
        (("members", "invite", "PROJECT", "nobody"), 2, "e-mail address"),
        (("members", "remove", "PROJECT", email("ben")), 1, "neither a member of"),
        (("members", "list", "no-such-project"), 1, "no such project"),
        (("invites", "accept", "PROJECT"), 1, "no such invite"),
        (("transfer", "PROJECT", email("ben"), "--yes"), 1, "invite first"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_said_plainly(project: str, command: Command, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    ended, _, said = command("ada", *(project if argument == "PROJECT" else argument for argument in arguments))
    assert (ended, sentence in said) == (code, True), said


def at_once(lab: Lab, *requests: tuple[str, str, str, Any]) -> list[int]:
    """Everything at the same time, each over a connection of its own: the statuses, in order."""

    async def ask(name: str, method: str, path: str, body: Any) -> int:
        headers = {"Authorization": lab.keys[name]}
        async with httpx.AsyncClient(base_url=lab.server.url, headers=headers, timeout=60, trust_env=False, verify=False) as client:
            return (await client.request(method, path, json=body)).status_code

    async def all_of() -> list[int]:
        asks: list[Coroutine[Any, Any, int]] = [ask(*request) for request in requests]
        return await asyncio.gather(*asks)

    return asyncio.run(all_of())


def test_owners_who_demote_each_other_at_once_leave_one(lab: Lab, project: str) -> None:
    uids = {name: lab.join(project, name, 4) for name in NAMES[1:]}
    uids["ada"] = lab.ask("ada", "GET", "/users/me")[1]["me"]["_id"]
    members, pairs = f"/projects/{project}/members", [(by, whom) for by in NAMES for whom in NAMES if by != whom]
    demotions = [(by, "POST", members, {"email": email(whom), "level": 3}) for by, whom in pairs]
    removals = [(by, "DELETE", f"{members}/{uids[whom]}", None) for by, whom in pairs]
    leavings = [(by, "DELETE", f"/v1/appliance{members.removesuffix('members')}membership", None) for by in NAMES]
    statuses = at_once(lab, *demotions, *removals, *leavings)
    assert set(statuses) <= {200, 403, 404, 409}
    left = next(
        levels for name in NAMES if lab.ask(name, "GET", f"/projects/{project}")[0] == 200 for levels in [lab.levels(project, name)]
    )
    assert list(left.values()).count(4) >= 1
    assert statuses.count(200) >= len(NAMES) - len(left)


def test_an_invite_accepted_declined_and_called_back_at_once_ends_in_one_way(lab: Lab, project: str) -> None:
    uid = lab.ask("ada", "POST", f"/projects/{project}/invites", {"email": email("ben"), "level": 2})[1]["invite"]["_id"]
    mine, sent = f"/users/me/invites/{uid}", f"/projects/{project}/invites/{uid}"
    statuses = at_once(lab, *[("ben", "PATCH", mine, None), ("ben", "DELETE", mine, None), ("ada", "DELETE", sent, None)] * 5)
    accepted, removed = statuses[::3].count(200), statuses[1::3].count(200) + statuses[2::3].count(200)
    joined = "ben" in lab.levels(project)
    assert (accepted > 0, removed) == ((True, 0) if joined else (False, 1)), statuses
    assert lab.ask("ada", "GET", f"/projects/{project}/invites")[1]["invites"] == []


def test_links_end_with_the_level_and_come_back_with_it(lab: Lab, project: str) -> None:
    uid = lab.join(project, "ben", 2)
    artifacts, members = f"/projects/{project}/artifacts", f"/projects/{project}/members"
    made, late = (lab.ask("ben", "POST", artifacts, {"filename": "t.csv"})[1] for _ in range(2))
    with httpx.Client(trust_env=False, verify=False) as anybody:
        assert anybody.put(made["url"], content=b"a\n1\n").status_code == 200
        link = lab.ask("ben", "GET", f"{artifacts}/download", key=made["key"])[1]["data"]["url"]

        def alive() -> tuple[int, int]:
            return anybody.put(late["url"], content=b"a\n1\n").status_code, anybody.get(link).status_code

        assert lab.ask("ada", "POST", members, {"email": email("ben"), "level": 1})[0] == 200
        assert alive() == (403, 200)
        assert lab.ask("ada", "DELETE", f"{members}/{uid}")[0] == 200
        assert alive() == (404, 404)
        lab.join(project, "ben", 2)
        assert alive() == (200, 200)


def test_an_invite_outlives_a_pause_of_its_user_and_no_end_of_its_project(lab: Lab, project: str) -> None:
    uid = lab.ask("ada", "POST", f"/projects/{project}/invites", {"email": email("dan"), "level": 2})[1]["invite"]["_id"]
    administer(lab.server.folder, {"command": "users.disable", "email": email("dan")})
    assert lab.ask("dan", "PATCH", f"/users/me/invites/{uid}")[0] == 401
    administer(lab.server.folder, {"command": "users.enable", "email": email("dan")})
    assert lab.ask("dan", "PATCH", f"/users/me/invites/{uid}")[0] == 200
    uid = lab.ask("ada", "POST", f"/projects/{project}/invites", {"email": email("cleo"), "level": 2})[1]["invite"]["_id"]
    assert lab.ask("ada", "DELETE", f"/projects/{project}")[0] == 200
    assert lab.ask("cleo", "PATCH", f"/users/me/invites/{uid}")[0] == 404
    assert lab.ask("cleo", "GET", "/users/me/invites", include_expired="true")[1]["invites"] == []


def test_an_invite_waits_for_a_user_and_does_not_tell_whether_there_is_one(lab: Lab, project: str) -> None:
    sent = f"/projects/{project}/invites"
    answers = [lab.clients["ada"].post(sent, json={"email": email(name), "level": 1}) for name in ("ben", "nobody-yet")]
    shapes = [(answer.status_code, sorted(answer.json()["data"]["invite"]), sorted(answer.headers)) for answer in answers]
    assert shapes[0] == shapes[1]
    lab.clients["nobody-yet"] = lab.server.client(lab.key("nobody-yet"))
    (mine,) = lab.ask("nobody-yet", "GET", "/users/me/invites")[1]["invites"]
    assert mine["project_name"] == project
    assert lab.ask("nobody-yet", "PATCH", f"/users/me/invites/{mine['_id']}")[0] == 200
    assert lab.ask("ben", "PATCH", f"/users/me/invites/{mine['_id']}")[0] == 404


@pytest.mark.parametrize("odd", ["a%2Fb", "..%2f..%2fusers", "%00", "%ff%fe", "%f0%9f%92%a9", "0" * 4000, "%E2%80%AE", "me%3fx=1"])
def test_ids_that_are_none_are_not_found(lab: Lab, project: str, odd: str) -> None:
    paths = (f"/users/me/invites/{odd}", f"/projects/{project}/invites/{odd}", f"/projects/{project}/members/{odd}")
    assert {lab.ask("ada", "DELETE", path)[0] for path in paths} == {404}
    assert lab.ask("ada", "PATCH", paths[0])[0] == 404
