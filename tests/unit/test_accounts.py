"""Accounts: what an act does, what it refuses, and that the record tells of nothing that was not done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from appliance.audit import DONE, Entry
from appliance.clock import SystemRandom
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.store import Store, invites, keys, projects, users
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.errors import ApplianceError, BadRequest, Conflict, Forbidden, NotFound
from appliance.people import accounts
from appliance.people.accounts import LINK_LIFETIME_S, Changes, LimitsChange
from appliance.people.act import Act

AT = 1_000_000.0


class Stands:
    """A clock that does not move."""

    def now(self) -> float:
        return AT

    def monotonic(self) -> float:
        return AT


def line(word: str, kind: str, uid: str = "", name: str = "", *, result: str = DONE, **detail: str | int | float | bool) -> Entry:
    return Entry(at="", actor="machine", action=word, kind=kind, id=uid, name=name, result=result, detail=detail)


class Installation:
    """A store with an owner, and acts on it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def act(self, action: Action, by: User | None = None) -> Act:
        return Act(self.store, Stands(), SystemRandom(), partial(line, action.word), by.id if by else 0)

    async def add(self, email: str, *, administrator: bool = False) -> User:
        return (await accounts.add(self.act(Action.USER_CREATE), email, administrator=administrator, key="grtu" + email))[0]

    async def change(self, by: User | None, user: User, **changes: object) -> User:
        return await accounts.change(self.act(Action.USER_CHANGE, by), user.uid, msgspec.convert(changes, Changes))

    async def project(self, name: str, owner: User, *members: tuple[User, int]) -> Project:
        new = Project(uid=name.ljust(24, "0"), guid=f"proj_{name}", name=name, owner_id=owner.id, created_at=AT, changed_at=AT)
        made = await self.store.write(lambda c: projects.insert(c, new))
        assert made is not None
        for member, level in members:
            await self.store.write(lambda c, m=member, n=level: projects.set_member(c, made.id, m.id, n))  # type: ignore[misc]
        return made

    def now(self, user: User) -> User:
        found = users.by_id(self.store.read, user.id)
        assert found is not None
        return found

    def record(self) -> list[dict[str, object]]:
        return [json.loads(text) for (text,) in self.store.read.execute("select line from audit order by seq")]

    def level(self, project: Project, user: User) -> int:
        return projects.level(self.store.read, project.id, user.id)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    store = await Store.open(tmp_path, Stands(), inline=True)
    yield Installation(store)
    await store.close()


@pytest.fixture
async def owner(house: Installation) -> User:
    made = await house.store.write(
        lambda c: users.insert(c, uid="0" * 24, email="owner@localhost", password_digest="d", is_owner=True, at=AT)
    )
    assert made is not None
    return made


async def test_one_address_is_one_user_in_any_letters(house: Installation) -> None:
    await house.add("Ada@Example.org")
    await house.add("Åse@example.org")
    for same in ("ada@example.org", "ADA@EXAMPLE.ORG", "åse@example.org", "A\u030ase@example.org", "ａda@example.org"):
        with pytest.raises(Conflict):
            await house.add(same)
    assert await house.add("ase@example.org"), "another letter is another user"
    assert [entry["action"] for entry in house.record()] == ["user_create"] * 3, "a refusal leaves no line of what was not done"


async def test_a_new_user_has_one_way_in_for_a_day(house: Installation, owner: User) -> None:
    user, token = await accounts.add(house.act(Action.USER_CREATE, owner), "ada@example.org", administrator=True)
    assert (user.administrator, user.password_digest) == (True, "")
    assert keys.of_user(house.store.read, user.id) == []
    assert await house.store.write(lambda c: keys.redeem_token(c, token, AT + LINK_LIFETIME_S + 1)) is None
    assert await house.store.write(lambda c: keys.redeem_token(c, token, AT)) is None, "used up by the first try"
    second = await accounts.link(house.act(Action.USER_LINK), user.uid)
    assert await house.store.write(lambda c: keys.redeem_token(c, second, AT + LINK_LIFETIME_S - 1)) == user
    assert token not in json.dumps(house.record())
    assert second not in json.dumps(house.record())


async def test_without_a_server_no_link_is_made(house: Installation) -> None:
    user, token = await accounts.add(house.act(Action.USER_CREATE), "ada@example.org", key="grtu1", link=False)
    assert token == ""
    assert house.store.read.execute("select count(*) from sign_in_token").fetchall() == [(0,)]
    assert keys.user_of(house.store.read, "grtu1") == user


async def test_disabling_ends_every_way_in_and_enabling_brings_back_keys_only(house: Installation, owner: User) -> None:
    user = await house.add("ada@example.org")
    token = await accounts.link(house.act(Action.USER_LINK), user.uid)
    facts = {"uid": "s", "user_id": user.id, "csrf": "x", "address": "", "agent": "", "at": AT}
    await house.store.write(lambda c: keys.open_session(c, cookie="cookie", expires_at=AT + 99, **facts))
    assert (await house.change(owner, user, disabled=True)).disabled
    assert keys.user_of(house.store.read, "grtuada@example.org") is None
    assert keys.session(house.store.read, "cookie", AT) is None
    with pytest.raises(Conflict, match="enable the account"):
        await accounts.reset(house.act(Action.USER_RESET, owner), user.uid)
    with pytest.raises(Conflict):
        await accounts.link(house.act(Action.USER_LINK), user.uid)
    assert not (await house.change(owner, user, disabled=False)).disabled
    assert keys.user_of(house.store.read, "grtuada@example.org") is not None
    assert keys.session(house.store.read, "cookie", AT) is None
    assert await house.store.write(lambda c: keys.redeem_token(c, token, AT)) is None


async def test_the_owner_is_never_disabled_or_demoted(house: Installation, owner: User) -> None:
    boss = await house.add("boss@example.org", administrator=True)
    for by in (None, boss, owner):
        for changes in ({"disabled": True}, {"administrator": False}, {"disabled": True, "administrator": True}):
            with pytest.raises(Conflict, match="owner"):
                await house.change(by, owner, **changes)
    assert house.now(owner) == owner
    assert (await house.change(boss, owner, administrator=True, limits={"running": 2})).max_running == 2


async def test_nobody_demotes_or_disables_himself_but_the_machine_may(house: Installation, owner: User) -> None:
    boss = await house.add("boss@example.org", administrator=True)
    for changes in ({"disabled": True}, {"administrator": False}, {"limits": {"running": 9}, "administrator": False}):
        with pytest.raises(Conflict, match="himself"):
            await house.change(boss, boss, **changes)
    assert house.now(boss) == boss, "nothing of a refused change is kept"
    assert not (await house.change(None, boss, administrator=False)).administers


async def test_who_was_demoted_meanwhile_does_nothing_more(house: Installation, owner: User) -> None:
    boss, user = await house.add("boss@example.org", administrator=True), await house.add("ada@example.org")
    await house.change(owner, boss, administrator=False)
    acts = (
        house.change(boss, user, administrator=True),
        accounts.add(house.act(Action.USER_CREATE, boss), "eve@example.org", administrator=True),
        accounts.reset(house.act(Action.USER_RESET, boss), user.uid),
        accounts.hand_over(house.act(Action.USER_HAND_OVER, boss), user.uid, "boss@example.org"),
        accounts.link(house.act(Action.USER_LINK, boss), user.uid),
    )
    before = house.record()
    for act in acts:
        with pytest.raises(Forbidden, match="administrator of the appliance"):
            await act
    assert house.record() == before
    assert len(users.every(house.store.read)) == 3


async def test_of_two_who_demote_each_other_one_remains(house: Installation, owner: User) -> None:
    one, two = await house.add("one@example.org", administrator=True), await house.add("two@example.org", administrator=True)
    assert (await house.change(one, two, administrator=False)).administrator is False
    with pytest.raises(Forbidden):
        await house.change(two, one, disabled=True)
    assert house.now(one).administers


async def test_limits_are_set_one_by_one_and_null_is_the_servers_own(house: Installation) -> None:
    user = await house.add("ada@example.org")
    user = await house.change(None, user, limits={"created": 3, "running": 2, "max_duration_seconds": 90.5, "storage_bytes": 0})
    assert (user.max_created, user.max_running, user.max_duration_s, user.storage_bytes) == (3, 2, 90.5, 0)
    user = await house.change(None, user, limits={"created": None, "storage_bytes": 1 << 60})
    assert (user.max_created, user.max_running, user.max_duration_s, user.storage_bytes) == (None, 2, 90.5, 1 << 60)
    assert house.record()[-1]["detail"] == {"created": "server's", "storage_bytes": 1 << 60}


@pytest.mark.parametrize("name", ["created", "running", "max_duration_seconds", "storage_bytes"])
@pytest.mark.parametrize("text", ["-1", "9223372036854775808", "1e400", "1e30", "NaN", "Infinity", '"4"', "true", "[]", "1e-400"])
def test_no_other_number_becomes_a_limit(name: str, text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(f'{{"limits":{{"{name}":{text}}}}}', type=Changes)


@pytest.mark.parametrize("text", ['{"created":0}', '{"running":0}', '{"max_duration_seconds":0}', '{"running":1.5}', '{"queued":3}'])
def test_no_limit_shuts_a_user_out(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=LimitsChange)


async def test_a_change_names_something_and_somebody(house: Installation, owner: User) -> None:
    for nothing in (Changes(), Changes(limits=LimitsChange())):
        with pytest.raises(BadRequest, match="Name what changes"):
            await accounts.change(house.act(Action.USER_CHANGE, owner), owner.uid, nothing)
    for uid in ("", "me", "search", "' or 1=1 --", "\x00" * 24, "0" * 1_000_000):
        with pytest.raises(NotFound):
            await accounts.change(house.act(Action.USER_CHANGE, owner), uid, Changes(disabled=True))


async def test_a_reset_leaves_the_link_and_the_keys(house: Installation, owner: User) -> None:
    boss, user = await house.add("boss@example.org", administrator=True), await house.add("ada@example.org")
    await accounts.set_password(house.act(Action.PASSWORD_CHANGE), user.uid, "digest")
    old = await accounts.link(house.act(Action.USER_LINK), user.uid)
    changed, token = await accounts.reset(house.act(Action.USER_RESET, boss), user.uid)
    assert changed.password_digest == ""
    assert await house.store.write(lambda c: keys.redeem_token(c, old, AT)) is None
    assert await house.store.write(lambda c: keys.redeem_token(c, token, AT)) == changed
    assert keys.user_of(house.store.read, "grtuada@example.org") == changed
    with pytest.raises(Forbidden, match="by the owner, or at the machine"):
        await accounts.reset(house.act(Action.USER_RESET, boss), owner.uid)
    assert house.now(owner).password_digest == "d"
    assert (await accounts.reset(house.act(Action.USER_RESET, owner), owner.uid))[0].password_digest == ""


async def test_a_link_takes_nothing_away_and_no_administrator_makes_one_for_the_owner(house: Installation, owner: User) -> None:
    boss, user = await house.add("boss@example.org", administrator=True), await house.add("ada@example.org")
    await accounts.set_password(house.act(Action.PASSWORD_CHANGE), user.uid, "digest")
    old = await accounts.link(house.act(Action.USER_LINK), user.uid)
    token = await accounts.link(house.act(Action.USER_LINK, boss), user.uid)
    line = house.record()[-1]
    assert (line["action"], line["name"]) == ("user_link", user.email)
    assert token not in str(line)
    assert house.now(user).password_digest == "digest"
    for each in (old, token):
        assert await house.store.write(lambda c, each=each: keys.redeem_token(c, each, AT)) == house.now(user)  # type: ignore[misc]
    with pytest.raises(Forbidden, match="by the owner, or at the machine"):
        await accounts.link(house.act(Action.USER_LINK, boss), owner.uid)
    assert await accounts.link(house.act(Action.USER_LINK, owner), owner.uid)


async def test_a_hand_over_takes_what_one_alone_owns(house: Installation, owner: User) -> None:
    giver, taker, third = [await house.add(f"{name}@example.org") for name in ("giver", "taker", "third")]
    alone, known = await house.project("alone", giver, (third, 3)), await house.project("known", giver, (taker, 2))
    shared, other = await house.project("shared", giver, (third, 4)), await house.project("other", third, (giver, 3))
    facts = {"uid": "i", "email": "TAKER@example.org", "level": 1, "invited_by": giver.id, "at": AT, "expires_at": AT + 9}
    await house.store.write(lambda c: invites.put(c, project_id=alone.id, **facts))
    moved = await accounts.hand_over(house.act(Action.USER_HAND_OVER), giver.uid, "Taker@example.org")
    assert {project.name for project in moved} == {"alone", "known"}
    assert [(house.level(project, taker), house.level(project, giver)) for project in (alone, known, shared, other)] == [
        (4, 3),
        (4, 3),
        (0, 4),
        (0, 3),
    ]
    found = [projects.by_id(house.store.read, project.id) for project in (alone, known, shared)]
    assert [project.owner_id for project in found if project] == [taker.id, taker.id, giver.id]
    assert invites.of_project(house.store.read, alone.id) == [], "who owns it needs no invite"
    last = house.record()[-1]
    assert (last["name"], last["detail"]) == (
        "giver@example.org",
        {"to": "taker@example.org", "to_id": taker.uid, "count": 2, "projects": "proj_alone proj_known"},
    )
    assert await accounts.hand_over(house.act(Action.USER_HAND_OVER), giver.uid, "taker@example.org") == []


async def test_a_fellow_owner_who_is_disabled_keeps_no_project_alive(house: Installation, owner: User) -> None:
    giver, fellow, taker = [await house.add(f"{name}@example.org") for name in ("giver", "fellow", "taker")]
    project = await house.project("left", fellow, (giver, 4))
    assert await accounts.hand_over(house.act(Action.USER_HAND_OVER), giver.uid, taker.email) == []
    await house.change(owner, fellow, disabled=True)
    assert len(await accounts.hand_over(house.act(Action.USER_HAND_OVER), giver.uid, taker.email)) == 1
    assert [house.level(project, user) for user in (giver, fellow, taker)] == [3, 4, 4]


async def test_a_hand_over_goes_to_another_who_is_enabled(house: Installation, owner: User) -> None:
    boss, giver, gone = await house.add("boss@example.org", administrator=True), await house.add("giver@x"), await house.add("gone@x")
    await house.change(None, gone, disabled=True)
    mine, owners = await house.project("mine", giver), await house.project("owners", owner)
    refusals: list[tuple[User, str, type[ApplianceError]]] = [
        (giver, "giver@x", BadRequest),
        (giver, "nobody@x", NotFound),
        (giver, "gone@x", Conflict),
        (giver, "boss@example.org", Conflict),  # who works here hands over by themselves
        (owner, "boss@example.org", Forbidden),
    ]
    before = house.record()
    for user, email, kind in refusals:
        with pytest.raises(kind):
            await accounts.hand_over(house.act(Action.USER_HAND_OVER, boss), user.uid, email)
    assert house.record() == before
    assert (house.level(mine, giver), house.level(owners, owner)) == (4, 4)
    await house.change(boss, giver, disabled=True)
    moved = await accounts.hand_over(house.act(Action.USER_HAND_OVER, boss), giver.uid, "boss@example.org")
    assert [project.id for project in moved] == [mine.id]
