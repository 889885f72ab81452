"""Invites: who may send, see, answer and call them back; when they die; that they tell nothing about accounts."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import timestamp
from appliance.control_plane.store import Connection, invites, projects, users
from appliance.people.membership import INVITE_LIFETIME_S, MOST_PENDING
from tests.unit.people_house import BIRTH
from tests.unit.shared_project import LEAVE, MEMBERS, RECEIVED, SENT, TRANSFER, address, received, shared

DAY_S = 86400.0
ODD_IDS = ("f" * 24, "a%2eb", "招待", "'--", "0" * 5000, "%00", "%ff")
SLASHED = "a%2Fb"


async def test_an_invite_is_listed_accepted_and_gone(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0, eve=0) as town:
        uid = await town.invite("ann", "bob", 2)
        (mine,), (sent,) = await received(town, "bob"), (await town.ask("ann", "GET", SENT))[1]["invites"]
        assert mine == sent
        assert mine == {
            "_id": uid,
            "project_guid": town.project.guid,
            "project_name": "shared",
            "email": address("bob"),
            "level": 2,
            "invited_by": {"_id": town.people["ann"].uid, "email": address("ann")},
            "created_at": timestamp(BIRTH),
            "expires_at": timestamp(BIRTH + INVITE_LIFETIME_S),
            "expired": False,
        }
        assert await received(town, "eve") == []
        assert (await town.ask("bob", "GET", "/projects/shared"))[0] == 404
        status, given = await town.accept("bob", uid)
        assert (status, given["project"]["guid"]) == (200, town.project.guid)
        assert given["member"] == {"user_id": town.people["bob"].uid, "email": address("bob"), "level": 2}
        assert town.levels == {"ann": 4, "bob": 2}
        assert await received(town, "bob") == (await town.ask("ann", "GET", SENT))[1]["invites"] == []
        created, accepted = town.told("invite_create", "invite_accept")
        assert (created.actor, created.project, created.detail) == (
            address("ann"),
            town.project.guid,
            {"email": address("bob"), "level": 2, "from_level": 0},
        )
        assert (accepted.actor, accepted.project, accepted.id, accepted.detail) == (address("bob"), town.project.guid, uid, created.detail)


async def test_an_acceptance_can_be_repeated_by_whoever_is_still_a_member(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid = await town.invite("ann", "bob", 2)
        ends = await asyncio.gather(*(town.accept("bob", uid) for _ in range(10)))
        assert {status for status, _ in ends} == {200}
        assert len(town.told("invite_accept")) == 1
        await town.ask("ann", "POST", MEMBERS, email=address("bob"), level=1)
        assert (await town.accept("bob", uid))[1]["member"]["level"] == 1
        assert (await town.ask("bob", "DELETE", f"{RECEIVED}/{uid}"))[0] == 409
        assert (await town.ask("bob", "DELETE", LEAVE))[0] == 200
        assert (await town.accept("bob", uid))[0] == 404
        again = await town.invite("ann", "bob", 1)
        assert (await town.accept("bob", again))[0] == 200


async def test_a_repeated_invite_is_the_same_with_another_level_and_time(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        first = await town.invite("ann", "bob", 2)
        town.home.clock.at += 10 * DAY_S
        assert await town.invite("ann", "BOB", 1, MEMBERS) == first
        (mine,) = await received(town, "bob")
        assert (mine["level"], mine["expires_at"]) == (1, timestamp(BIRTH + 10 * DAY_S + INVITE_LIFETIME_S))
        assert len((await town.ask("ann", "GET", SENT))[1]["invites"]) == 1


async def test_an_invite_dies_after_fourteen_days_and_is_forgotten_later(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid = await town.invite("ann", "bob", 2)
        town.home.clock.at += INVITE_LIFETIME_S - 1
        assert len(await received(town, "bob")) == 1
        town.home.clock.at += 1
        assert await received(town, "bob") == []
        (late,) = await received(town, "bob", "?include_expired=True")
        status, message = await town.accept("bob", uid)
        assert (late["expired"], status, "expired" in message, "bob" in town.levels) == (True, 409, True, False)
        assert (await town.ask("ann", "GET", SENT))[1]["invites"][0]["expired"] is True
        town.home.clock.at += 1
        assert await town.home.store.write(lambda c: invites.expire(c, town.home.clock.at)) == 1
        assert await received(town, "bob", "?include_expired=true") == []
        assert (await town.accept("bob", uid))[0] == 404


async def test_an_accepted_invite_opens_nothing_when_its_member_is_gone_in_another_way(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid, project, bob = await town.invite("ann", "bob", 2), town.project, town.people["bob"]
        assert (await town.accept("bob", uid))[0] == 200
        await town.home.store.write(lambda c: projects.remove_member(c, project.id, bob.id))
        assert (await town.accept("bob", uid))[0] == 409
        assert (await town.ask("ann", "DELETE", f"{MEMBERS}/{bob.uid}"))[0] == 404
        assert await town.invite("ann", "bob", 1) == uid
        assert (await town.accept("bob", uid))[1]["member"]["level"] == 1


@pytest.mark.parametrize("fate", ["demoted", "removed", "disabled"])
async def test_an_invite_is_worth_no_more_than_who_sent_it(tmp_path: Path, fate: str) -> None:
    async with shared(tmp_path, adam=3, bob=0) as town:
        uid, adam = await town.invite("adam", "bob", 3), town.people["adam"]
        if fate == "demoted":
            await town.set_level("adam", 2)
        elif fate == "removed":
            await town.ask("ann", "DELETE", f"{MEMBERS}/{adam.uid}")
        else:
            await town.able("adam", False)
        assert await received(town, "bob") == []
        status, message = await town.accept("bob", uid)
        assert (status, "ask for a new one" in message, "bob" in town.levels) == (409, True, False)
        await town.able("adam", True)
        await town.set_level("adam", 4)
        assert (await town.accept("bob", uid))[0] == 200


@pytest.mark.parametrize("own", [1, 2, 3, 4])
async def test_nobody_invites_to_more_than_he_has(tmp_path: Path, own: int) -> None:
    async with shared(tmp_path, eve=own) as town:
        for level in (1, 2, 3, 4):
            for path in (SENT, MEMBERS):
                allowed = own >= 3 and level <= own
                assert (await town.ask("eve", "POST", path, email=address(f"to{level}"), level=level))[0] == (200 if allowed else 403)
        sent = sorted(invite["level"] for invite in (await town.ask("ann", "GET", SENT))[1]["invites"])
        assert sent == ([] if own < 3 else list(range(1, own + 1)))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_whoever_is_disabled_meanwhile_answers_no_invite(tmp_path: Path, method: str) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid, bob = await town.invite("ann", "bob", 2), town.people["bob"]
        assert (await town.ask_while(lambda c: users.change(c, bob, disabled=True), "bob", method, f"{RECEIVED}/{uid}"))[0] == 401
        assert [invite.uid for invite in invites.of_project(town.home.store.read, town.project.id)] == [uid]
        assert "bob" not in town.levels


async def test_accepting_never_lowers_a_level(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid = await town.invite("ann", "bob", 1)
        await town.set_level("bob", 3)
        assert (await town.accept("bob", uid))[1]["member"]["level"] == 3
        assert (town.levels["bob"], town.told("invite_accept")[0].detail["from_level"]) == (3, 3)


@pytest.mark.parametrize("uid", ["real", *ODD_IDS], ids=lambda uid: uid[:8])
async def test_somebody_elses_invite_is_as_none_at_all(tmp_path: Path, uid: str) -> None:
    async with shared(tmp_path, adam=3, bob=0, eve=0) as town:
        real = await town.invite("ann", "bob", 2)
        wanted, none = (real if uid == "real" else uid), "f" * 24
        for name in ("eve", "ann", "adam"):
            for method in ("PATCH", "DELETE"):
                end = await town.ask(name, method, f"{RECEIVED}/{wanted}")
                assert end == await town.ask(name, method, f"{RECEIVED}/{none}")
                assert end[0] == 404
        await town.ask("eve", "POST", "/projects", name="of-eve")
        assert (await town.ask("eve", "DELETE", f"/projects/of-eve/invites/{wanted}"))[0] == 404
        assert (await town.ask("eve", "DELETE", f"{SENT}/{wanted}"))[0] == 404
        assert (await town.accept("bob", SLASHED))[0] == (await town.ask("ann", "DELETE", f"{SENT}/{SLASHED}"))[0] == 404
        assert len(await received(town, "bob")) == 1
        later = await town.invite("ann", "eve", 1)
        assert (await town.ask("ann", "DELETE", f"{SENT}/{wanted}"))[0] == (200 if uid == "real" else 404)
        left = [invite["_id"] for invite in (await town.ask("ann", "GET", SENT))[1]["invites"]]
        assert left == ([later] if uid == "real" else [later, real])


async def test_an_invite_for_a_letter_that_only_looks_alike_is_not_mine(tmp_path: Path) -> None:
    async with shared(tmp_path, sam=0) as town:
        for look_alike in ("\u017fam", "s\u0430m", "\uff53am"):  # a long s, a Cyrillic a, a wide s
            uid = await town.invite("ann", look_alike, 2)
            assert (await town.accept("sam", uid))[0] == 404
        assert await received(town, "sam") == []
        assert (await town.accept("sam", await town.invite("ann", "SAM", 2)))[0] == 200


async def test_it_can_be_declined_and_called_back(tmp_path: Path) -> None:
    async with shared(tmp_path, adam=3, wil=2, bob=0) as town:
        uid = await town.invite("adam", "bob", 2)
        assert (await town.ask("wil", "GET", SENT))[0] == (await town.ask("wil", "DELETE", f"{SENT}/{uid}"))[0] == 403
        assert (await town.ask("bob", "DELETE", f"{RECEIVED}/{uid}"))[0] == 200
        assert (await town.ask("bob", "DELETE", f"{RECEIVED}/{uid}"))[0] == (await town.accept("bob", uid))[0] == 404
        uid = await town.invite("ann", "bob", 4)
        assert (await town.ask("adam", "DELETE", f"{SENT}/{uid}"))[0] == 403
        assert (await town.ask("adam", "POST", SENT, email=address("bob"), level=1))[0] == 403
        assert (await town.ask("adam", "DELETE", f"{MEMBERS}/{town.people['bob'].uid}"))[0] == 403
        assert (await town.ask("ann", "DELETE", f"{SENT}/{uid}"))[0] == 200
        assert (await town.ask("ann", "DELETE", f"{SENT}/{uid}"))[0] == (await town.accept("bob", uid))[0] == 404
        words = ["invite_create", "invite_decline", "invite_cancel"]
        assert [entry.detail["level"] for entry in town.told(*words) if entry.result == "done"] == [2, 2, 4, 4]


async def test_a_removed_members_invite_goes_too_and_so_does_one_of_a_deleted_project(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        uid = await town.invite("ann", "bob", 2)
        assert (await town.ask("ann", "DELETE", f"{MEMBERS}/{town.people['bob'].uid}"))[0] == 200
        assert (await town.accept("bob", uid))[0] == 404
        uid = await town.invite("ann", "bob", 2)
        project = town.project
        await town.home.store.write(lambda c: projects.mark_deleting(c, project.id, 1.0))
        assert await received(town, "bob", "?include_expired=1") == []
        assert (await town.accept("bob", uid))[0] == (await town.ask("bob", "DELETE", f"{RECEIVED}/{uid}"))[0] == 404
        await town.home.store.write(lambda c: projects.remove(c, project.id))
        assert (await town.accept("bob", uid))[0] == 404


async def test_it_waits_for_a_user_who_is_not_there_yet_and_tells_nobody(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0, gone=0) as town:
        await town.able("gone", False)
        answers = []
        for name in ("bob", "gone", "late"):
            status, given = await town.ask("ann", "POST", SENT, email=address(name), level=2)
            shown = {key: value for key, value in given["invite"].items() if key not in ("_id", "email")}
            answers.append((status, sorted(given), len(given["invite"]["_id"]), shown))
        assert answers[0] == answers[1] == answers[2]
        listed = (await town.ask("ann", "GET", SENT))[1]["invites"]
        assert len({tuple(sorted(set(invite) - {"_id", "email"})) for invite in listed}) == 1
        assert {entry.id for entry in town.told("invite_create")} == {invite["_id"] for invite in listed}
        await town.add("late")
        (mine,) = await received(town, "late")
        assert (await town.accept("late", mine["_id"]))[0] == 200


async def test_a_project_has_at_most_two_hundred_invites_waiting(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=0) as town:
        ends = await asyncio.gather(
            *(town.ask("ann", "POST", SENT, email=address(f"n{number}"), level=1) for number in range(MOST_PENDING + 5))
        )
        assert sorted(status for status, _ in ends) == [200] * MOST_PENDING + [400] * 5
        assert all("Maximum number of" in message for status, message in ends if status == 400)
        first = next(given["invite"] for status, given in ends if status == 200)
        assert (await town.ask("ann", "POST", SENT, email=first["email"], level=2))[0] == 200
        assert (await town.ask("ann", "POST", SENT, email=address("bob"), level=2))[0] == 400
        town.home.clock.at += INVITE_LIFETIME_S
        assert (await town.ask("ann", "POST", SENT, email=address("bob"), level=2))[0] == 200


async def test_an_invite_stays_one_row_whatever_happens_at_once(tmp_path: Path) -> None:
    async with shared(tmp_path, adam=3, bob=0) as town:
        uid = await town.invite("adam", "bob", 2)
        asks: list[Callable[[], Any]] = [lambda: town.accept("bob", uid), lambda: town.ask("bob", "DELETE", f"{RECEIVED}/{uid}")]
        asks += [lambda: town.ask("adam", "POST", SENT, email=address("bob"), level=1), lambda: town.ask("ann", "DELETE", f"{SENT}/{uid}")]
        ends = await asyncio.gather(*(ask() for ask in asks * 5))
        assert {status for status, _ in ends} <= {200, 404, 409}
        left = invites.of_project(town.home.store.read, town.project.id)
        assert len(left) <= 1
        assert not (left and "bob" in town.levels)


@pytest.mark.parametrize("act", ["invite", "accept", "decline", "cancel", "set", "remove", "leave", "transfer"])
async def test_what_cannot_be_recorded_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    async with shared(tmp_path, olga=4, wil=2, bob=0) as town:
        uid, wil = await town.invite("ann", "bob", 2), town.people["wil"]
        asks: dict[str, Callable[[], Any]] = {
            "invite": lambda: town.ask("ann", "POST", SENT, email=address("bob"), level=1),
            "accept": lambda: town.accept("bob", uid),
            "decline": lambda: town.ask("bob", "DELETE", f"{RECEIVED}/{uid}"),
            "cancel": lambda: town.ask("ann", "DELETE", f"{SENT}/{uid}"),
            "set": lambda: town.ask("ann", "POST", MEMBERS, email=address("wil"), level=1),
            "remove": lambda: town.ask("ann", "DELETE", f"{MEMBERS}/{wil.uid}"),
            "leave": lambda: town.ask("ann", "DELETE", LEAVE),
            "transfer": lambda: town.ask("ann", "POST", TRANSFER, email=address("wil")),
        }
        before = town.levels, town.project, await received(town, "bob"), len(town.home.told())
        with monkeypatch.context() as broken:
            broken.setattr("appliance.control_plane.store.audit.append", _no_room)
            assert (await asks[act]())[0] == 507
        assert (town.levels, town.project, await received(town, "bob"), len(town.home.told())) == before
        assert (await asks[act]())[0] == 200


def _no_room(connection: Connection, *lines: bytes) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise full
