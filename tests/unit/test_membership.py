"""Levels of members: who may give, change and take what; that an owner is left; many at once; a random day against a second opinion."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.control_plane.store import Connection, invites, projects, users
from appliance.errors import BadRequest, Conflict
from appliance.people.membership import check_level, check_owned, why_dead
from tests.unit.shared_project import LEAVE, MEMBERS, SENT, TRANSFER, address, shared


@pytest.mark.parametrize("level", [-1, 0, 5, 10**30])
def test_there_are_four_levels(level: int) -> None:
    with pytest.raises(BadRequest, match=r"1 \(read\)"):
        check_level(level)
    assert [check_level(known) for known in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_only_the_only_owner_must_stay() -> None:
    for owners, leaving in (((1, 2), 1), ((2,), 1), ((), 1)):
        check_owned(owners, leaving)
    with pytest.raises(Conflict, match="only one"):
        check_owned((1,), 1)


def test_an_invite_is_as_good_as_who_sent_it_and_its_time() -> None:
    for level in (1, 2, 3, 4):
        able = [inviter for inviter in range(5) if not why_dead(level=level, inviter=inviter, expires_at=2.0, at=1.0)]
        assert able == [inviter for inviter in (3, 4) if inviter >= level]
        assert "expired" in why_dead(level=level, inviter=4, expires_at=1.0, at=1.0)


@pytest.mark.parametrize("own", [1, 2, 3, 4])
async def test_every_change_of_every_level(tmp_path: Path, own: int) -> None:
    async with shared(tmp_path, eve=own, bob=1) as town:
        for before in (1, 2, 3, 4):
            for after in (1, 2, 3, 4):
                await town.set_level("bob", before)
                status, given = await town.ask("eve", "POST", MEMBERS, email=address("bob").upper(), level=after)
                allowed = own >= 3 and before <= own and after <= own
                assert (status, town.levels["bob"]) == ((200, after) if allowed else (403, before)), given
                if allowed:
                    assert given == {"member": {"user_id": town.people["bob"].uid, "email": address("bob"), "level": after}}
        lines = town.told("member_change")
        assert [entry.result for entry in lines].count("done") == (0, 0, 9, 16)[own - 1]
        assert len(lines) == 16


async def test_every_removal_of_every_level(tmp_path: Path) -> None:
    async with shared(tmp_path, adam=3, olga=4, bob=1) as town:
        bob = town.people["bob"]
        for by, own in (("adam", 3), ("olga", 4)):
            for level in (1, 2, 3, 4):
                await town.set_level("bob", level)
                status, _ = await town.ask(by, "DELETE", f"{MEMBERS}/{bob.uid}")
                assert (status, "bob" in town.levels) == ((200, False) if level <= own else (403, True))
        assert (await town.ask("olga", "DELETE", f"{MEMBERS}/{bob.uid}"))[0] == 404
        for nobody in ("f" * 24, "x/y", "%2e%2e%2f", "名前", address("ann"), "'; drop table member"):
            assert (await town.ask("olga", "DELETE", f"{MEMBERS}/{nobody}"))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "x@y"},
        {"level": 1},
        {"email": "x@y", "level": "2"},
        {"email": "x@y", "level": True},
        {"email": "x@y", "level": 2.5},
        {"email": "x@y", "level": None},
        {"email": "x@y", "level": 0},
        {"email": "x@y", "level": 10**400},
        {"email": 7, "level": 1},
        {"email": "no-at-sign", "level": 1},
        {"email": "two@at@signs", "level": 1},
        {"email": "line\nbreak@y", "level": 1},
        {"email": "nul\0@y", "level": 1},
        {"email": "a" * 300 + "@y", "level": 1},
        {"email": "right\u202eleft@y", "level": 1},
        {"email": "", "level": 1},
    ],
    ids=lambda body: str(body)[:40],
)
async def test_what_is_no_member_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    async with shared(tmp_path) as town:
        for path in (MEMBERS, SENT):
            status, message = await town.ask("ann", "POST", path, **body)
            assert (status, type(message)) == (400, str)
        assert invites.of_project(town.home.store.read, town.project.id) == []


async def test_nobody_invites_himself(tmp_path: Path) -> None:
    async with shared(tmp_path, adam=3) as town:
        for path in (MEMBERS, SENT):
            for email in (address("adam"), address("ADAM")):
                assert await town.ask("adam", "POST", path, email=email, level=3) == (400, "Cannot invite yourself")


async def test_the_only_owner_who_can_sign_in_stays(tmp_path: Path) -> None:
    async with shared(tmp_path, olga=4, adam=3) as town:
        await town.able("olga", False)
        assert (await town.ask("ann", "DELETE", LEAVE))[0] == 409
        assert (await town.ask("ann", "DELETE", f"{MEMBERS}/{town.people['ann'].uid}"))[0] == 409
        await town.able("olga", True)
        assert (await town.ask("olga", "POST", MEMBERS, email=address("ann"), level=1))[0] == 200
        assert (town.levels, town.named_owner) == ({"ann": 1, "olga": 4, "adam": 3}, "olga")
        assert (await town.ask("olga", "DELETE", LEAVE))[0] == 409
        assert (await town.ask("ann", "DELETE", LEAVE))[0] == 200
        assert (await town.ask("ann", "DELETE", LEAVE))[0] == 404
        assert [(entry.detail["from_level"], entry.detail["level"]) for entry in town.told("member_leave") if entry.result == "done"] == [
            (1, 0)
        ]


async def test_a_project_is_handed_over_to_a_member_who_can_sign_in(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=1, gone=2, out=0) as town:
        await town.able("gone", False)
        assert (await town.ask("ann", "POST", TRANSFER, email=address("ann")))[0] == 400
        assert (await town.ask("ann", "POST", TRANSFER, email=address("gone")))[0] == 409
        stranger = await town.ask("ann", "POST", TRANSFER, email=address("out"))
        assert stranger == await town.ask("ann", "POST", TRANSFER, email="no@body")
        assert (stranger[0], (await town.ask("ann", "POST", TRANSFER, email="no\0body"))[0]) == (404, 400)
        assert (await town.ask("bob", "POST", TRANSFER, email=address("bob")))[0] == 403
        status, given = await town.ask("ann", "POST", TRANSFER, email=address("BOB"))
        assert (status, given["project"]["owner"], given["level"]) == (200, town.people["bob"].uid, 3)
        assert (town.levels, town.named_owner) == ({"ann": 3, "bob": 4, "gone": 2}, "bob")
        assert (await town.ask("ann", "POST", TRANSFER, email=address("bob")))[0] == 403
        assert [entry.detail for entry in town.told("project_transfer") if entry.result == "done"] == [
            {"email": address("bob"), "level": 4, "from_level": 1}
        ]


async def test_a_name_belongs_to_whom_the_project_names(tmp_path: Path) -> None:
    async with shared(tmp_path, bob=2) as town:
        taken = await town.ask("bob", "POST", "/projects", name="shared")
        assert (taken[0], "Project name not available" in taken[1]) == (400, True)
        assert (await town.ask("ann", "POST", "/projects", name="shared"))[1]["id"] == town.project.uid
        await town.ask("ann", "POST", TRANSFER, email=address("bob"))
        assert (await town.ask("bob", "POST", "/projects", name="shared"))[1]["id"] == town.project.uid
        assert (await town.ask("ann", "POST", "/projects", name="shared"))[0] == 400


@pytest.mark.parametrize("act", ["demote", "remove", "leave", "transfer"])
async def test_owners_who_unmake_each_other_at_once_leave_one(tmp_path: Path, act: str) -> None:
    async with shared(tmp_path, olga=4, otto=4, oda=4) as town:
        names, uids = list(town.levels), {name: user.uid for name, user in town.people.items()}
        asks: dict[str, Callable[[str, str], Any]] = {
            "demote": lambda by, whom: town.ask(by, "POST", MEMBERS, email=address(whom), level=3),
            "remove": lambda by, whom: town.ask(by, "DELETE", f"{MEMBERS}/{uids[whom]}"),
            "leave": lambda by, whom: town.ask(by, "DELETE", LEAVE),
            "transfer": lambda by, whom: town.ask(by, "POST", TRANSFER, email=address(whom)),
        }
        pairs = [(by, whom) for by in names for whom in names if by != whom] * 3
        ends = await asyncio.gather(*(asks[act](by, whom) for by, whom in pairs))
        assert {status for status, _ in ends} <= {200, 403, 404, 409}
        owners = [name for name, level in town.levels.items() if level == 4]
        assert town.named_owner in owners
        assert len(owners) == 1 or act == "transfer"
        done = sum(entry.result == "done" for entry in town.told("member_change", "member_remove", "member_leave", "project_transfer"))
        assert done == sum(status == 200 for status, _ in ends)


@pytest.mark.parametrize(("change", "status"), [("kept", 200), ("demoted", 403), ("removed", 404), ("disabled", 401), ("deleted", 404)])
async def test_rights_are_asked_again_when_the_change_is_written(tmp_path: Path, change: str, status: int) -> None:
    async with shared(tmp_path, adam=3, bob=1) as town:
        project, adam, bob = town.project, town.people["adam"], town.people["bob"]
        changes: dict[str, Callable[[Connection], Any]] = {
            "kept": lambda c: projects.set_member(c, project.id, adam.id, 3),
            "demoted": lambda c: projects.set_member(c, project.id, adam.id, 2),
            "removed": lambda c: projects.remove_member(c, project.id, adam.id),
            "disabled": lambda c: users.change(c, adam, disabled=True),
            "deleted": lambda c: projects.mark_deleting(c, project.id, 1.0),
        }
        assert (await town.ask_while(changes[change], "adam", "POST", MEMBERS, email=bob.email, level=3))[0] == status
        assert projects.level(town.home.store.read, project.id, bob.id) == (3 if status == 200 else 1)
        assert [entry.result for entry in town.told("member_change")] == ["done" if status == 200 else "refused"]


class Opinion:
    """What should become of levels and invites, said a second time and in another way."""

    def __init__(self, levels: dict[str, int]) -> None:
        self.levels, self.invited = levels, dict[str, tuple[int, str]]()

    def alone(self, name: str) -> bool:
        return [who for who, level in self.levels.items() if level == 4] == [name]

    def give(self, by: str, whom: str, level: int) -> int:
        own, held = self.levels.get(by, 0), self.levels.get(whom) or self.invited.get(whom, (0, ""))[0]
        if own < 3:
            return 403 if own else 404
        if by == whom:
            return 400
        if max(level, held) > own:
            return 403
        if whom in self.levels:
            self.levels[whom] = level
        else:
            self.invited[whom] = level, by
        return 200

    def accept(self, by: str) -> int:
        if by not in self.invited:
            return 404
        level, inviter = self.invited[by]
        if self.levels.get(inviter, 0) < max(3, level):
            return 409
        self.levels[by] = self.invited.pop(by)[0]
        return 200

    def remove(self, by: str, whom: str) -> int:
        own, held = self.levels.get(by, 0), self.levels.get(whom) or self.invited.get(whom, (0, ""))[0]
        if own < 3:
            return 403 if own else 404
        if not held or held > own:
            return 403 if held else 404
        if self.alone(whom):
            return 409
        self.levels.pop(whom, None)
        self.invited.pop(whom, None)
        return 200

    def leave(self, by: str) -> int:
        if by not in self.levels or self.alone(by):
            return 409 if by in self.levels else 404
        del self.levels[by]
        return 200

    def transfer(self, by: str, whom: str) -> int:
        if self.levels.get(by, 0) < 4:
            return 403 if by in self.levels else 404
        if whom not in self.levels or by == whom:
            return 400 if by == whom else 404
        self.levels |= {whom: 4, by: 3}
        return 200


@pytest.mark.parametrize("seed", [5, 6, 7])
async def test_a_random_day_goes_as_a_second_opinion_says(tmp_path: Path, seed: int) -> None:
    drawn, names = random.Random(seed), ["ann", "bob", "cleo", "dora", "emil"]
    async with shared(tmp_path, bob=4, cleo=3, dora=0, emil=0) as town:
        opinion, sent = Opinion(dict(town.levels)), dict[str, str]()
        for step in range(250):
            act, level = drawn.choice(["give"] * 6 + ["accept"] * 6 + ["remove", "leave", "transfer"]), drawn.randint(1, 4)
            by, whom = drawn.choices(names, k=2)
            if act == "give":
                expected, (status, given) = (
                    opinion.give(by, whom, level),
                    await town.ask(by, "POST", SENT, email=address(whom), level=level),
                )
                if status == 200 and "invite" in given:
                    sent[whom] = given["invite"]["_id"]
            elif act == "accept":
                if by in opinion.levels:
                    continue
                expected, (status, _) = opinion.accept(by), await town.accept(by, sent.get(by, "f" * 24))
            elif act == "remove":
                expected, (status, _) = opinion.remove(by, whom), await town.ask(by, "DELETE", f"{MEMBERS}/{town.people[whom].uid}")
            elif act == "leave":
                expected, (status, _) = opinion.leave(by), await town.ask(by, "DELETE", LEAVE)
            else:
                expected, (status, _) = opinion.transfer(by, whom), await town.ask(by, "POST", TRANSFER, email=address(whom))
            assert (step, act, by, whom, status) == (step, act, by, whom, expected)
            assert town.levels == opinion.levels
            assert town.levels[town.named_owner] == 4
        done = {entry.action for entry in town.home.told() if entry.result == "done"}
        assert done >= {"invite_create", "invite_accept", "member_remove", "member_leave", "project_transfer"}
