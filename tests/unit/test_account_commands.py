"""The machine's desk: each act on an account or a key is one line of the record, told as done at the machine, and holds no secret."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.administration.account_commands import COMMANDS, OWNER, ensure_owner
from appliance.administration.data_folder import DataFolder, ServerFile
from appliance.administration.desk import answer
from appliance.administration.office import Office
from appliance.audit import MACHINE, SERVER
from appliance.clock import SystemClock, SystemRandom
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Store, projects, users
from appliance.control_plane.store.projects import Project
from appliance.settings import Settings

ADA, BO, PASSWORD = "ada@example.org", "bo@example.org", "correct horse battery staple"
ACTS: list[tuple[dict[str, Any], Action, str]] = [
    ({"command": "users.add", "email": BO, "password": PASSWORD}, Action.USER_CREATE, BO),
    ({"command": "users.password", "email": ADA, "password": PASSWORD}, Action.PASSWORD_CHANGE, ADA),
    ({"command": "users.promote", "email": ADA}, Action.USER_CHANGE, ADA),
    ({"command": "users.demote", "email": ADA}, Action.USER_CHANGE, ADA),
    ({"command": "users.disable", "email": ADA}, Action.USER_CHANGE, ADA),
    ({"command": "users.enable", "email": ADA}, Action.USER_CHANGE, ADA),
    ({"command": "users.limits", "email": ADA, "limits": {"running": 7}}, Action.USER_CHANGE, ADA),
    ({"command": "users.reset", "email": ADA}, Action.USER_RESET, ADA),
    ({"command": "users.link", "email": ADA}, Action.USER_LINK, ADA),
    ({"command": "sign_in"}, Action.USER_LINK, OWNER),
    ({"command": "users.hand_over", "email": ADA, "to": OWNER}, Action.USER_HAND_OVER, ADA),
    ({"command": "keys.create", "email": ADA, "name": "notebook"}, Action.KEY_CREATE, "notebook"),
    ({"command": "keys.revoke", "email": ADA, "id": 2}, Action.KEY_REVOKE, "first"),
]
SILENT: list[dict[str, Any]] = [
    {"command": "users.list"},
    {"command": "keys.list", "email": ADA},
    {"command": "users.limits", "email": ADA},
    {"command": "users.owned", "email": ADA},
]


class Counted:
    """A desk of a running server, and how often it woke the scheduler."""

    def __init__(self, folder: DataFolder, store: Store) -> None:
        self.woken = 0
        files = LocalStore(folder.path, Disk(folder.path, 0))
        self.office = Office(folder, files, store, SystemClock(), SystemRandom(), Settings(folder.path), self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return dict(json.loads(await answer(self.office, msgspec.json.encode(request))))

    def record(self) -> list[dict[str, Any]]:
        return [json.loads(text) for (text,) in self.office.store.read.execute("select line from audit order by seq")]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Counted]:
    folder, store = DataFolder(tmp_path), await Store.open(tmp_path, SystemClock(), inline=True)
    await ensure_owner(store, folder, SystemClock(), SystemRandom())
    folder.announce(ServerFile("http://127.0.0.1:1", 1))
    made = Counted(folder, store)
    assert (await made.ask({"command": "users.add", "email": ADA}))["ok"]
    ada = users.by_email(store.read, ADA)
    assert ada is not None
    left = Project(uid="left", guid="proj_left", name="left-behind", owner_id=ada.id, created_at=1.0, changed_at=1.0)
    await store.write(lambda connection: projects.insert(connection, left))
    yield made
    await store.close()


def test_every_command_is_tried() -> None:
    assert {request["command"] for request, _, _ in ACTS} | {request["command"] for request in SILENT} == set(COMMANDS)


@pytest.mark.parametrize(("request_", "action", "name"), ACTS, ids=[request["command"] for request, _, _ in ACTS])
async def test_an_act_is_one_line_of_the_machine(desk: Counted, request_: dict[str, Any], action: Action, name: str) -> None:
    before = desk.record()
    reply = await desk.ask(request_)
    assert reply["ok"], reply
    *earlier, last = desk.record()
    assert earlier == before
    assert (last["actor"], last["via"], last["action"], last["name"], last["result"]) == (MACHINE, "admin.sock", action.word, name, "done")
    assert last["address"].startswith("uid ")
    told = json.dumps(last)
    secrets = (reply["result"].get("api_key"), reply["result"].get("sign_in_url"), reply["result"].get("url"), PASSWORD)
    assert not any(secret.rpartition("=")[2] in told for secret in secrets if secret)
    assert desk.woken == (1 if "limits" in request_ else 0)


@pytest.mark.parametrize("request_", SILENT, ids=lambda request: request["command"])
async def test_looking_is_not_told_and_shows_no_secret(desk: Counted, request_: dict[str, Any]) -> None:
    before = desk.record()
    reply = await desk.ask(request_)
    assert reply["ok"]
    assert "digest" not in json.dumps(reply)
    assert desk.record() == before
    assert desk.woken == 0


@pytest.mark.parametrize(("request_", "action", "name"), ACTS, ids=[request["command"] for request, _, _ in ACTS])
async def test_what_is_refused_is_not_told_as_done(desk: Counted, request_: dict[str, Any], action: Action, name: str) -> None:
    before = desk.record()
    reply = await desk.ask({**request_, "email": "nobody@example.org" if request_["command"] != "users.add" else ADA})
    assert (reply["ok"], action.recorded, desk.record()) == (False, True, before), name


async def test_the_record_begins_with_the_first_user(desk: Counted) -> None:
    first = desk.record()[0]
    assert (first["actor"], first["action"], first["name"]) == (SERVER, "user_create", OWNER)


async def test_a_request_that_is_none_is_refused_in_a_sentence(desk: Counted) -> None:
    for line in (b"\n", b"[]\n", b'{"command":"users.limits","limits":{"running":1e400}}\n', b'{"command":5}\n', b"\xff\n", b"[" * 60_000):
        reply = json.loads(await answer(desk.office, line))
        assert (reply["ok"], reply["error_id"]) == (False, "bad_request")
