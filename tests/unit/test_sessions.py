"""Sessions of the Console: how they begin, what they are worth, and every way in which they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.control_plane.store import keys, users
from appliance.errors import Overloaded
from appliance.people import admission
from appliance.people.new_session import MOST_SESSIONS
from tests.unit.people_house import DIGEST, PHRASE, SESSION, SESSIONS, House, enter, house

DAY, HOUR = 86400.0, 3600.0
COOKIE = "appliance_session"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


async def alive(browser: httpx.AsyncClient) -> bool:
    answer = await browser.get(SESSION)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


async def test_a_session_that_is_used_ends_after_14_days(here: House) -> None:
    browser = await here.signed_in(await here.user("a@example.org"))
    since = here.clock.at
    for _ in range(13):
        here.clock.at += DAY
        assert await alive(browser)
        await here.settled()
    here.clock.at = since + 14 * DAY - 1
    assert await alive(browser)
    await here.settled()
    here.clock.at = since + 14 * DAY
    assert not await alive(browser)


async def test_a_session_that_is_not_used_ends_after_3_days_though_a_use_is_noted_but_once_an_hour(here: House) -> None:
    browser = await here.signed_in(await here.user("a@example.org"))
    here.clock.at += DAY
    assert await alive(browser)
    await here.settled()
    here.clock.at += HOUR - 1
    assert await alive(browser)  # not noted
    await here.settled()
    here.clock.at += 3 * DAY
    assert await alive(browser)
    await here.settled()
    here.clock.at += 3 * DAY + HOUR
    assert not await alive(browser)


async def test_a_session_that_was_never_used_ends_after_3_days_and_an_hour(here: House) -> None:
    user = await here.user("a@example.org")
    first, second = await here.signed_in(user), await here.signed_in(user)
    here.clock.at += 3 * DAY + HOUR - 1
    assert await alive(first)
    await here.settled()
    here.clock.at += 1
    assert not await alive(second)


async def test_a_use_that_could_not_be_noted_is_noted_by_the_next_request(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await here.signed_in(await here.user("a@example.org"))
    write, refusing = here.store.write, [True]

    async def full(intent: Any, **kind: Any) -> Any:
        if refusing and not kind.get("promise", True):
            refusing.pop()
            raise Overloaded
        return await write(intent, **kind)

    monkeypatch.setattr(here.store, "write", full)
    here.clock.at += DAY
    assert await alive(browser)
    await here.settled()
    assert not refusing
    assert await alive(browser)
    await here.settled()
    (session,) = (await browser.get(SESSIONS)).json()["data"]["sessions"]
    assert session["seen_at"] > session["created_at"]


async def test_what_is_remembered_of_uses_is_bounded(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_NOTED", 3)
    user = await here.user("a@example.org")
    for _ in range(7):
        assert await alive(await here.signed_in(user))
        assert len(here.services.key_uses) <= 3
    await here.settled()


async def test_a_sign_in_never_takes_a_cookie_over_and_ends_the_session_that_it_named(here: House) -> None:
    mallory, victim = await here.user("mallory@example.org"), await here.user("victim@example.org")
    attacker = await here.signed_in(mallory)
    planted = attacker.cookies[COOKIE]
    for fixed in (planted, "0" * 64, "short-and-odd"):
        browser = here.browser(cookie=f"{COOKIE}={fixed}")
        answer = await browser.post(SESSION, json={"token": await here.token(victim)})
        assert answer.json()["data"]["email"] == "victim@example.org"
        assert fixed not in answer.headers["set-cookie"]
        assert (await here.browser(cookie=f"{COOKIE}={fixed}").get("/users/me")).status_code == 401
    assert not await alive(attacker)


async def test_a_sign_in_that_fails_changes_nothing(here: House) -> None:
    browser = await here.signed_in(await here.user("a@example.org"))
    answer = await browser.post(SESSION, json={"token": "0" * 48})
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert await alive(browser)


@pytest.mark.parametrize("first", ["mine", "theirs"])
async def test_of_two_different_cookies_neither_is_believed(here: House, first: str) -> None:
    mine, theirs = [(await here.signed_in(await here.user(f"{name}@example.org"))) for name in ("mine", "theirs")]
    pair = [mine.cookies[COOKIE], theirs.cookies[COOKIE]]
    both = "; ".join(f"{COOKIE}={value}" for value in (pair if first == "mine" else reversed(pair)))
    for csrf in (mine, theirs):
        browser = here.browser(cookie=f"other=1; {both}", **{"X-CSRF-Token": csrf.headers["X-CSRF-Token"]})
        refused = await browser.get("/users/me")
        assert (refused.status_code, "delete the cookies of this host" in refused.json()["message"]) == (401, True)
        assert (await browser.delete(SESSIONS)).status_code == 401
    same = here.browser(cookie=f"{COOKIE}={pair[0]}; {COOKIE}={pair[0]}")
    assert (await same.get("/users/me")).json()["data"]["me"]["email"] == "mine@example.org"
    assert await alive(mine)
    assert await alive(theirs)


async def test_sessions_are_listed_with_what_a_browser_says_tamed(here: House) -> None:
    user = await here.user("a@example.org")
    await here.signed_in(user, **{"User-Agent": "Evil\x1b[31m\x07\x85<script>\xad" + "x" * 500})
    here.clock.at += 1
    browser = await here.signed_in(user, **{"User-Agent": "Mozilla"})
    newer, older = (await browser.get(SESSIONS)).json()["data"]["sessions"]
    assert (newer["current"], newer["agent"], newer["address"]) == (True, "Mozilla", "192.0.2.1")
    assert (older["current"], older["agent"]) == (False, "Evil[31m<script>" + "x" * 184)
    assert set(older) == {"id", "address", "agent", "created_at", "seen_at", "expires_at", "current"}
    by_key = await here.browser(authorization="grtua@example.org").get(SESSIONS)
    assert [session["current"] for session in by_key.json()["data"]["sessions"]] == [False, False]


async def test_one_session_is_ended_and_nobody_elses(here: House) -> None:
    user, other = await here.user("a@example.org"), await here.user("b@example.org")
    first, second, foreign = await here.signed_in(user), await here.signed_in(user), await here.signed_in(other)
    (own,) = [each["id"] for each in (await first.get(SESSIONS)).json()["data"]["sessions"] if each["current"]]
    assert (await foreign.delete(f"{SESSIONS}/{own}")).status_code == 404
    assert await alive(first)
    ended = await second.delete(f"{SESSIONS}/{own}")
    assert (ended.status_code, "set-cookie" in ended.headers) == (200, False)
    assert (await alive(first), await alive(second)) == (False, True)
    assert (await second.delete(f"{SESSIONS}/{own}")).status_code == 404
    (mine,) = [each["id"] for each in (await second.get(SESSIONS)).json()["data"]["sessions"]]
    assert "Max-Age=0" in (await second.delete(f"{SESSIONS}/{mine}")).headers["set-cookie"]
    assert not await alive(second)
    lines = [(line.action, line.actor, line.id, line.result) for line in here.told() if line.action == "sign_out"]
    assert lines == [
        ("sign_out", "b@example.org", own, "refused"),
        ("sign_out", "a@example.org", own, "done"),
        ("sign_out", "a@example.org", own, "refused"),
        ("sign_out", "a@example.org", mine, "done"),
    ]


@pytest.mark.parametrize(("query", "stays"), [("", False), ("?others=no", False), ("?others=yes", True)])
async def test_signing_out_everywhere_ends_sessions_and_links_and_leaves_keys(here: House, query: str, stays: bool) -> None:
    user, other = await here.user("a@example.org"), await here.user("b@example.org")
    browsers = [await here.signed_in(user) for _ in range(3)]
    foreign, link = await here.signed_in(other), await here.token(user)
    assert (await browsers[0].delete(SESSIONS + query)).json()["data"] == {"ended": 2 if stays else 3}
    assert [await alive(browser) for browser in (*browsers, foreign)] == [stays, False, False, True]
    assert (await here.browser().post(SESSION, json={"token": link})).status_code == 401
    assert (await here.browser(authorization="grtua@example.org").get("/users/me")).status_code == 200
    assert [(line.detail, line.id) for line in here.told() if line.action == "sign_out"] == [
        ({"ended": 2 if stays else 3, "others": stays}, "")
    ]


async def test_a_key_ends_every_session_and_has_none_itself(here: House) -> None:
    browser = await here.signed_in(await here.user("a@example.org"))
    by_key = here.browser(authorization="grtua@example.org", cookie=f"{COOKIE}={browser.cookies[COOKIE]}")
    assert (await by_key.delete(SESSION)).status_code == 400
    assert (await by_key.get(SESSION)).status_code == 401
    assert (await by_key.delete(f"{SESSIONS}?others=perhaps")).status_code == 400
    assert (await by_key.delete(f"{SESSIONS}?others=yes")).json()["data"] == {"ended": 1}
    assert not await alive(browser)


@pytest.mark.parametrize(("method", "path"), [("DELETE", SESSION), ("POST", "/users/me/logout")])
async def test_signing_out_ends_this_session_only(here: House, method: str, path: str) -> None:
    user = await here.user("a@example.org")
    here_too, browser = await here.signed_in(user), await here.signed_in(user)
    cookie = browser.cookies[COOKIE]
    assert "Max-Age=0" in (await browser.request(method, path)).headers["set-cookie"]
    browser.headers["cookie"] = f"{COOKIE}={cookie}"
    assert (await alive(browser), await alive(here_too)) == (False, True)
    assert (await browser.request(method, path)).status_code == 401


async def test_the_oldest_of_too_many_sessions_gives_way(here: House) -> None:
    user = await here.user("a@example.org")
    browsers = []
    for _ in range(MOST_SESSIONS + 2):
        here.clock.at += 1
        browsers.append(await here.signed_in(user))
    assert [await alive(browser) for browser in browsers[:4]] == [False, False, True, True]
    assert len((await browsers[-1].get(SESSIONS)).json()["data"]["sessions"]) == MOST_SESSIONS


async def test_a_disabled_users_cookie_key_link_and_password_die_at_once_and_only_key_and_password_come_back(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    browser, link = await here.signed_in(user), await here.token(user)
    for disabled in (True, False):
        await here.store.write(partial(users.change, user=user, disabled=disabled))
        if disabled:
            await here.store.write(lambda connection: keys.close_others(connection, user.id, ""))
        expected = 401 if disabled else 200
        assert (await here.browser().post(SESSION, json={"token": link})).status_code == 401
        assert not await alive(browser)
        assert (await here.browser(authorization="grtua@example.org").get("/users/me")).status_code == expected
        assert (await here.browser().post(SESSION, json={"api_key": "grtua@example.org"})).status_code == expected
        assert (await here.browser().post(SESSION, json={"email": "a@example.org", "password": PHRASE})).status_code == expected


async def test_cookie_and_link_of_a_disabled_user_answer_nothing_even_where_they_were_left(here: House) -> None:
    user = await here.user("a@example.org")
    browser, link = await here.signed_in(user), await here.token(user)
    await here.store.write(lambda connection: users.change(connection, user, disabled=True))
    assert not await alive(browser)
    assert (await here.browser().post(SESSION, json={"token": link})).status_code == 401


async def test_a_link_signs_in_once_however_many_try_at_once(here: House) -> None:
    link = await here.token(await here.user("a@example.org"))
    answers = await asyncio.gather(*(here.browser().post(SESSION, json={"token": link}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert (await here.browser().post(SESSION, json={"token": link})).status_code == 401
    assert sorted(line.result for line in here.told()) == ["done"] + ["refused"] * 10
    assert {(line.via, line.actor) for line in here.told()} == {("token", "a@example.org"), ("token", "")}


async def test_a_link_is_worth_nothing_after_its_time(here: House) -> None:
    user = await here.user("a@example.org")
    late, in_time = await here.token(user, 60.0), await here.token(user, 61.0)
    here.clock.at += 60.0
    assert (await here.browser().post(SESSION, json={"token": late})).status_code == 401
    assert (await here.browser().post(SESSION, json={"token": in_time})).status_code == 200
    here.clock.at -= 60.0
    assert (await here.browser().post(SESSION, json={"token": late})).status_code == 401


async def test_a_session_ends_with_the_key_that_opened_it_and_with_no_other(here: House) -> None:
    user = await here.user("a@example.org", DIGEST)
    await here.store.write(lambda c: keys.insert(c, secret="grtuother", user_id=user.id, name="", at=1.0))
    proofs = ({"api_key": f" grtu{user.email} "}, {"api_key": "grtuother"}, {"email": user.email, "password": PHRASE})
    browsers = [here.browser() for _ in proofs]
    for browser, proof in zip(browsers, proofs, strict=True):
        await enter(browser, **proof)
    browsers.append(here.browser())  # what signs in is the link; the key beside it opens nothing
    await enter(browsers[3], token=await here.token(user), api_key=f"grtu{user.email}")
    leaked, kept = keys.of_user(here.store.read, user.id)
    assert (await browsers[1].delete(f"/v1/appliance/keys/{leaked.id}")).status_code == 200
    assert [await alive(browser) for browser in browsers] == [False, True, True, True]
    assert (await browsers[0].post("/v1/appliance/keys", json={"name": "again"})).status_code == 401
    assert (await browsers[1].delete(f"/v1/appliance/keys/{kept.id}")).status_code == 200
    assert [await alive(browser) for browser in browsers] == [False, False, True, True]


async def test_links_and_sessions_outlive_a_restart_and_a_used_link_stays_used(tmp_path: Path) -> None:
    async with house(tmp_path) as before:
        user = await before.user("a@example.org")
        used, unused = await before.token(user), await before.token(user)
        browser = before.browser()
        await enter(browser, token=used)
        cookie = browser.cookies[COOKIE]
    async with house(tmp_path) as after:
        assert await alive(after.browser(cookie=f"{COOKIE}={cookie}"))
        assert (await after.browser().post(SESSION, json={"token": used})).status_code == 401
        assert (await after.browser().post(SESSION, json={"token": unused})).status_code == 200
        await after.settled()


@pytest.mark.parametrize(
    ("public_url", "secure"), [("", False), ("https://appliance.example.org", True), ("http://appliance.example.org", False)]
)
async def test_the_cookie_is_for_this_host_hidden_from_scripts_and_secure_under_https(
    tmp_path: Path, public_url: str, secure: bool
) -> None:
    async with house(tmp_path, public_url) as here:
        answer = await enter(here.browser(), token=await here.token(await here.user("a@example.org")))
        value, *flags = answer.headers["set-cookie"].split("; ")
        assert flags == ["Path=/", "Max-Age=1209600", "HttpOnly", "SameSite=Strict", *(["Secure"] if secure else [])]
        assert len(value) == len(COOKIE) + 1 + 64
