"""API keys: what is stored of one, how many there may be, and what a name may hold."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from appliance.clock import SystemClock, SystemRandom
from appliance.control_plane.store import Store, keys, users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, LimitReached, NotFound
from appliance.people import api_keys
from appliance.people.act import Act
from appliance.people.api_keys import MOST_KEYS
from tests.unit.test_accounts import line


async def house(folder: Path) -> tuple[Store, Act, User]:
    store = await Store.open(folder, SystemClock(), inline=True)
    user = await store.write(lambda c: users.insert(c, uid="a" * 24, email="a@b", password_digest="", is_owner=False, at=1.0))
    assert user is not None
    return store, Act(store, SystemClock(), SystemRandom(), partial(line, "key_create")), user


async def test_a_key_lets_its_user_in_until_it_is_revoked_and_its_text_is_nowhere(tmp_path: Path) -> None:
    store, act, user = await house(tmp_path)
    key, secret = await api_keys.create(act, user, " cafe\u0301 ")
    assert (len(secret), secret[:8], key.name) == (68, key.prefix, "caf\xe9")
    assert keys.user_of(store.read, secret) == user
    stored = (tmp_path / "appliance.db").read_bytes() + (tmp_path / "appliance.db-wal").read_bytes()
    assert secret.encode() not in stored
    assert secret[9:30].encode() not in stored
    assert (await api_keys.revoke(act, user, key.id)).revoked_at is not None
    assert keys.user_of(store.read, secret) is None
    for number in (key.id, 0, -1, 1 << 62, 1 << 63, 1 << 200):
        with pytest.raises(NotFound):
            await api_keys.revoke(act, user, number)
    await store.close()


async def test_nobody_revokes_the_key_of_another(tmp_path: Path) -> None:
    store, act, user = await house(tmp_path)
    other = await store.write(lambda c: users.insert(c, uid="b" * 24, email="b@b", password_digest="", is_owner=False, at=1.0))
    assert other is not None
    key, secret = await api_keys.create(act, user, "")
    with pytest.raises(NotFound):
        await api_keys.revoke(act, other, key.id)
    assert keys.user_of(store.read, secret) == user
    await store.close()


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "a\x00", "\u202egnp.exe", "\x1b[2J", "x" * 1_000_000, "\u0344" * 60])
async def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    store, act, user = await house(tmp_path)
    with pytest.raises(BadRequest, match="`name` of a key"):
        await api_keys.create(act, user, name)
    assert keys.of_user(store.read, user.id) == []
    await store.close()


async def test_a_hundred_live_keys_are_enough_also_when_all_are_asked_for_at_once(tmp_path: Path) -> None:
    store, act, user = await house(tmp_path)
    made = await asyncio.gather(*(api_keys.create(act, user, str(number)) for number in range(MOST_KEYS + 5)), return_exceptions=True)
    assert sum(isinstance(answer, LimitReached) for answer in made) == 5
    listed = keys.of_user(store.read, user.id)
    assert len(listed) == MOST_KEYS
    await api_keys.revoke(act, user, listed[0].id)
    assert (await api_keys.create(act, user, "again"))[0].name == "again"
    await store.close()


async def test_a_script_that_makes_and_revokes_keys_all_day_does_not_fill_the_list(tmp_path: Path) -> None:
    store, act, user = await house(tmp_path)
    kept, secret = await api_keys.create(act, user, "kept")
    for number in range(MOST_KEYS + 10):
        key, _ = await api_keys.create(act, user, str(number))
        await api_keys.revoke(act, user, key.id)
    listed = keys.of_user(store.read, user.id)
    assert len(listed) <= MOST_KEYS + 2
    assert (listed[0], listed[-1].name) == (kept, str(MOST_KEYS + 9)), "what lives and what was revoked last stays"
    assert keys.user_of(store.read, secret) == user
    await store.close()


async def test_a_disabled_user_gets_no_new_key(tmp_path: Path) -> None:
    store, act, user = await house(tmp_path)
    await store.write(lambda c: users.change(c, user, disabled=True))
    with pytest.raises(Conflict, match="disabled"):
        await api_keys.create(act, user, "late")
    assert keys.of_user(store.read, user.id) == []
    await store.close()
