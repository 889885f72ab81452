"""Signing in by password and changing it: what is counted, recorded and ended, and what races cannot do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.api.recording import MOST_REFUSALS
from appliance.control_plane.store import keys, users
from appliance.errors import NotSignedIn
from appliance.people import passwords
from appliance.people.passwords import FREE_TRIES, WRONG, Brake
from appliance.people.sign_in import DISABLED
from tests.unit.people_house import DIGEST, PASSWORD, PHRASE, SESSION, SESSIONS, House, carry, enter, house, message

NEW = "another horse, another battery"
COOKIE = "appliance_session"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


async def by_password(here: House, email: str, password: str, address: str = "192.0.2.1") -> httpx.Response:
    return await here.browser(address).post(SESSION, json={"email": email, "password": password})


def stored(here: House, email: str = "a@example.org") -> str:
    user = users.by_email(here.store.read, email)
    assert user is not None
    return user.password_digest


async def test_unknown_disabled_wrong_and_without_a_password_are_one_answer_and_one_computation(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in ("known@example.org", "disabled@example.org"):
        user = await here.user(email, DIGEST)
    await here.store.write(lambda connection: users.change(connection, user, disabled=True))
    await here.user("none@example.org")
    costly: list[str] = []
    hasher = passwords._hasher()

    class Counting:
        """Tells how often argon2 is asked, and for what."""

        def hash(self, password: bytes) -> str:
            costly.append("one")
            return hasher.hash(password)

        def verify(self, digest: str, password: bytes) -> bool:
            costly.append("one")
            return hasher.verify(digest, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for password in ("wrong but long", "x", "\x00", "ß" * 1024):
        here.services.passwords = Brake(here.clock)
        answers = []
        for email in ("known@example.org", "disabled@example.org", "none@example.org", "unknown@example.org"):
            answers.append(await by_password(here, email, password))
            assert (message(answers[-1]), costly) == ((401, WRONG), ["one"])
            costly.clear()
        assert len({(answer.content, tuple(answer.headers.raw)) for answer in answers}) == 1
    before = len(here.told())
    assert message(await by_password(here, "disabled@example.org", PHRASE)) == (401, DISABLED)
    assert costly == ["one"], "the same work as for any other"
    (line,) = here.told()[before:]
    assert (line.actor, line.action, line.result) == ("disabled@example.org", "sign_in", "refused")


async def test_a_lock_is_the_same_for_known_and_unknown_and_leaves_sessions_and_keys_alone(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    browser = await here.signed_in(user)
    answers = []
    for email in ("a@example.org", "nobody@example.org"):
        for _ in range(FREE_TRIES):
            assert message(await by_password(here, email, "wrong")) == (401, WRONG)
        assert message(await by_password(here, email, "wrong")) == (401, f"{WRONG} That was one time too many: wait 15 seconds.")
        answers.append(message(await by_password(here, email, PHRASE, "198.51.100.7")))
    assert answers[0] == answers[1] == (400, "Too many wrong passwords for this user; wait 15 seconds.")
    assert (await browser.get("/users/me")).status_code == 200
    assert (await here.browser(authorization="grtua@example.org").get("/users/me")).status_code == 200
    assert (await here.browser().post(SESSION, json={"api_key": "grtua@example.org"})).status_code == 200
    assert (await here.browser().post(SESSION, json={"token": await here.token(user)})).status_code == 200
    changed = await browser.put(PASSWORD, json={"current": PHRASE, "new": NEW})  # nobody outside can keep a user from changing it
    assert changed.status_code == 200
    here.clock.at += 15
    assert (await by_password(here, "a@example.org", NEW)).status_code == 200


async def test_a_stranger_cannot_lock_the_change_by_naming_the_user_in_another_way(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    for name in (user.uid, f"change {user.uid}"):
        for _ in range(FREE_TRIES + 1):
            await by_password(here, name, "wrong")
    browser = await here.signed_in(user)
    assert (await browser.put(PASSWORD, json={"current": PHRASE, "new": NEW})).status_code == 200


async def test_failures_are_recorded_by_name_for_users_and_without_a_name_for_strangers(here: House) -> None:
    await here.user("known@example.org", DIGEST)
    for email in ("KNOWN@example.org", "canary-typed@example.org"):
        for _ in range(FREE_TRIES + 5):  # what a lock refuses is not told
            await by_password(here, email, "canary-password")
    await here.browser().post(SESSION, json={"api_key": "canary-key"})
    await here.browser().post(SESSION, json={"token": "canary-token"})
    await by_password(here, "known@example.org", PHRASE, "198.51.100.7")
    here.clock.at += 15
    await by_password(here, "known@example.org", PHRASE)
    await enter(here.browser(), api_key="grtuknown@example.org")
    lines = here.told()
    assert {line.action for line in lines} == {"sign_in"}
    assert [(line.actor, line.via, line.result) for line in lines] == [
        *[("known@example.org", "password", "refused")] * (FREE_TRIES + 1),
        *[("", "password", "refused")] * (FREE_TRIES + 1),
        ("", "key", "refused"),
        ("", "token", "refused"),
        ("known@example.org", "password", "done"),
        ("known@example.org", "key grtuknow", "done"),
    ]
    assert {line.address for line in lines} == {"192.0.2.1"}
    assert "canary" not in str(lines)


async def test_strangers_cannot_fill_the_record(here: House) -> None:
    for _ in range(MOST_REFUSALS + 20):
        await here.browser().post(SESSION, json={"token": "x"})
    assert len(here.told()) == MOST_REFUSALS
    here.clock.at += 61
    await here.browser().post(SESSION, json={"token": "x"})
    assert len(here.told()) == MOST_REFUSALS + 1
    await here.browser().post(SESSION, json={})
    await here.browser().get(SESSION)
    await here.browser().delete(SESSION)
    assert len(here.told()) == MOST_REFUSALS + 1


async def test_a_change_ends_the_other_sessions_and_links_and_renews_this_one(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    other, browser, link = await here.signed_in(user), await here.signed_in(user), await here.token(user)
    old_cookie, old_csrf = browser.cookies[COOKIE], browser.headers["X-CSRF-Token"]
    answer = await browser.put(PASSWORD, json={"current": PHRASE, "new": NEW})
    assert (answer.status_code, answer.json()["data"]["email"]) == (200, "a@example.org")
    assert browser.cookies[COOKIE] != old_cookie
    assert answer.json()["data"]["csrf"] != old_csrf
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert (await browser.delete(SESSIONS)).status_code == 403  # with the CSRF text from before
    carry(browser, answer)
    assert [each["current"] for each in (await browser.get(SESSIONS)).json()["data"]["sessions"]] == [True]
    assert (await other.get("/users/me")).status_code == 401
    assert (await here.browser(cookie=f"{COOKIE}={old_cookie}").get("/users/me")).status_code == 401
    assert (await here.browser().post(SESSION, json={"token": link})).status_code == 401
    assert (await by_password(here, "a@example.org", PHRASE)).status_code == 401
    assert (await by_password(here, "a@example.org", NEW)).status_code == 200
    (line,) = [line for line in here.told() if line.action == "password_change"]
    assert (line.actor, line.via, line.result, line.detail) == ("a@example.org", "session", "done", {})


async def test_a_first_password_needs_no_present_one_and_a_key_will_do(here: House) -> None:
    user = await here.user("a@example.org")
    browser, by_key = await here.signed_in(user), here.browser(authorization="grtua@example.org")
    first = await by_key.put(PASSWORD, json={"new": PHRASE})
    assert (first.status_code, first.json(), "set-cookie" in first.headers) == (200, {"data": {}}, False)
    assert (await browser.get("/users/me")).status_code == 401
    assert message(await by_key.put(PASSWORD, json={"new": NEW})) == (400, "Send the present password as `current`.")
    assert (await by_key.put(PASSWORD, json={"new": NEW, "current": PHRASE})).status_code == 200
    assert (await by_key.get("/users/me")).status_code == 200


async def test_guessing_the_present_password_is_braked_and_told(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    browser = await here.signed_in(user)
    said = [message(await browser.put(PASSWORD, json={"current": "wrong", "new": NEW})) for _ in range(FREE_TRIES + 1)]
    assert said[:-1] == [(403, "The present password is wrong.")] * FREE_TRIES
    assert said[-1] == (403, "The present password is wrong. That was one time too many: wait 15 seconds.")
    assert (await browser.put(PASSWORD, json={"current": PHRASE, "new": NEW})).status_code == 400
    assert stored(here) == DIGEST
    assert [line.detail for line in here.told() if line.action == "password_change"][:6] == [{"error": "forbidden"}] * 6
    assert (await by_password(here, "a@example.org", PHRASE)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"current": "correct horse battery"}', b'{"new": 7}', b'{"new": null}', b"[]", b'{"new": "\\ud800aaaaaaaaa"}', b"\xff"]
    + [b'{"new": "%b"}' % new for new in (b"short", b"x" * 1025, b"a@example.org", b"1234567890", b"Password2026")]
    + [b'{"new": "correct horse battery", "current": "correct horse battery"}'],
)
async def test_what_is_no_new_password_changes_nothing(here: House, body: bytes) -> None:
    browser = await here.signed_in(await here.user("a@example.org", DIGEST))
    assert (await browser.put(PASSWORD, content=body)).status_code == 400
    assert stored(here) == DIGEST
    assert (await browser.get("/users/me")).status_code == 200


@pytest.mark.parametrize(("via", "lost"), [("key", 409), ("session", 401)])
async def test_of_two_changes_at_once_one_is_made(here: House, via: str, lost: int) -> None:
    user = await here.user("a@example.org", DIGEST)
    browser = await here.signed_in(user) if via == "session" else here.browser(authorization="grtua@example.org")
    ends = await asyncio.gather(*(browser.put(PASSWORD, json={"current": PHRASE, "new": f"{NEW} {n}"}) for n in range(2)))
    assert sorted(end.status_code for end in ends) == [200, lost]
    (made,) = [n for n, end in enumerate(ends) if end.status_code == 200]
    assert passwords.verify_password(stored(here), f"{NEW} {made}")
    assert len(keys.sessions(here.store.read, user.id, here.clock.at)) == (via == "session")


class Meanwhile:
    """A brake that lets everybody pass, after something else has happened."""

    def __init__(self, here: House, *changes: Any) -> None:
        self._here, self._changes = here, changes

    async def check(self, who: str, password: str, digest: str, address: str) -> None:
        for change in self._changes:
            await self._here.store.write(change)


async def test_a_password_that_is_reset_while_it_is_checked_opens_no_session(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    for change in (lambda c: users.change(c, user, password_digest=""), lambda c: users.change(c, user, disabled=True)):
        here.services.passwords = Meanwhile(here, change)
        assert message(await by_password(here, "a@example.org", PHRASE)) == (401, WRONG)
        assert keys.sessions(here.store.read, user.id, here.clock.at) == []
        await here.store.write(lambda connection: users.change(connection, user, password_digest=DIGEST))


@pytest.mark.parametrize("via", ["session", "key"])
async def test_who_is_shut_out_while_a_change_is_checked_does_not_change_it(here: House, via: str) -> None:
    user = await here.user("a@example.org", DIGEST)
    browser = await here.signed_in(user) if via == "session" else here.browser(authorization="grtua@example.org")
    (key,) = keys.of_user(here.store.read, user.id)
    here.services.passwords = Meanwhile(
        here, lambda c: keys.close_others(c, user.id, ""), lambda c: keys.revoke(c, key.id, user.id, here.clock.at)
    )
    assert (await browser.put(PASSWORD, json={"current": PHRASE, "new": NEW})).status_code == 401
    assert stored(here) == DIGEST
    assert keys.sessions(here.store.read, user.id, here.clock.at) == []


async def test_a_digest_of_weaker_parameters_is_made_anew_by_a_sign_in(here: House) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PHRASE)
    await here.user("a@example.org", weak)
    assert (await by_password(here, "a@example.org", "wrong")).status_code == 401
    assert stored(here) == weak
    assert (await by_password(here, "a@example.org", PHRASE)).status_code == 200
    assert stored(here) != weak
    assert not passwords.outdated(stored(here))
    assert (await by_password(here, "a@example.org", PHRASE)).status_code == 200


async def test_a_brake_that_is_asked_directly_knows_no_empty_digest(here: House) -> None:
    for password in ("", PHRASE):
        with pytest.raises(NotSignedIn):
            await here.services.passwords.check("sign-in a@example.org", password, "", "192.0.2.1")
