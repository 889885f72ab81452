"""Coming in and going out: links, passwords, keys and sessions, with names that want to be markup."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.people_world import HOSTILE, KEY_NAME, PHRASE, World
from tests.integration.live_server import LiveServer

PAGES = ("/", "/console/account.html", "/console/activity.html", "/console/people.html", "/console/api.html")
NAMELESS = """[...document.querySelectorAll("input, select, textarea, button, a")].filter((one) => one.checkVisibility()
  && !one.ariaLabel && !one.textContent.trim() && ![...(one.labels ?? [])].some((label) => label.textContent.trim())).length"""
OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def world(chromium: Browser, house: LiveServer) -> Iterator[World]:
    made = World(house, chromium)
    yield made
    made.close()


@pytest.mark.parametrize("who", ["owner", "mara"])
def test_pages_show_names_as_text_and_fit_a_phone(world: World, who: str) -> None:
    page = world.sign_in(who, "/")
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (*PAGES, *([f"/{world.project}"] if who == "mara" else [])):
        world.go(world.url + path)
        assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
        assert page.evaluate(NAMELESS) == 0, path
        assert not page.evaluate(OVERFLOW), path
        assert not world.desk.faults, path
    if who == "mara":
        assert HOSTILE in page.evaluate("document.querySelector('#title').textContent")
        world.go(f"{world.url}/console/account.html")
        assert KEY_NAME in page.evaluate("document.querySelector('#key-list').textContent")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_new_user_comes_by_the_link_and_sets_a_password(world: World) -> None:
    page = world.sign_in("owner", "/console/people.html")
    world.send("#add-form", email="no address")
    assert "That is not an e-mail address." in world.seen("#add-form")
    page.evaluate("document.querySelector('#add-form').elements.email.dispatchEvent(new Event('input', { bubbles: true }))")
    assert "That is not an e-mail address." not in world.seen("#add-form")
    world.send("#add-form", email="mara@lab.example")
    assert "There is a user with that e-mail already." in world.seen("#add-form [role=alert]")
    world.send("#add-form", email="new@lab.example")
    link = world.seen("dialog .copyable pre")
    assert link.startswith(f"{world.url}/#token=")
    assert link in world.seen("dialog .letter")
    world.press("I have kept it")
    assert not world.holds(link)
    world.forget()
    world.go(link)
    assert "have no password yet" in world.seen(".offer")
    world.go(f"{world.url}/console/account.html")
    assert "Present password" not in world.seen("#password-form")
    world.send("#password-form", new="short", again="other")
    assert "fewer than 10 characters" in world.seen("#password-form")
    assert "The two are not the same." in world.seen("#password-form")
    world.send("#password-form", new="new@lab.example", again="new@lab.example")
    assert "The password must not be the e-mail." in world.seen("#password-form [role=alert]")
    world.send("#password-form", new=PHRASE, again=PHRASE)
    assert "The password is saved" in world.seen(".notices")
    world.press("Sign out", "console-header")
    world.send("#sign-in form", email="new@lab.example", password="wrong password")
    assert "wrong" in world.seen("#sign-in form [role=alert]")
    world.send("#sign-in form", email="new@lab.example", password=PHRASE)
    assert "new@lab.example uses this appliance." in world.seen()
    assert "Present password" in world.seen("#password-form")
    world.go(link)
    world.press("Sign in by the address", "dialog")
    assert "used up" in world.seen(".notices"), "a link that was used signs nobody in, and nobody out"
    assert world.seen("#sign-in") == ""


def test_an_address_makes_nobody_another_one_unasked(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "trap@lab.example"}).json()["data"]
    for choice, who in (("Stay signed in", "jun"), ("Sign in by the address", "trap")):
        page = world.sign_in("jun", "/console/account.html")
        world.go(made["sign_in_url"].replace("/#", "/console/account.html#"))
        assert "You are signed in as" in world.seen("dialog")
        assert "jun@lab.example" in world.seen("dialog")
        assert "token" not in page.evaluate("location.href")
        world.press(choice, "dialog")
        assert f"{who}@lab.example uses this appliance." in world.seen()
        assert not world.desk.faults


def test_a_second_link_in_the_same_tab_offers_a_password_once(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "twice@lab.example"}).json()["data"]
    second = world.owner.post(f"/v1/appliance/users/{made['user']['_id']}/sign-in-link").json()["data"]["sign_in_url"]
    page = world.page
    world.go(f"{world.url}/console/icon.svg")
    world.forget()
    world.go(world.url)
    for link in (made["sign_in_url"], second):
        page.evaluate(f"location.assign({json.dumps(link)})")
        world.settle()
        if world.seen("dialog"):
            world.press("Sign in by the address", "dialog")
        assert page.evaluate("document.querySelectorAll('.offer').length") == 1


def test_a_key_is_shown_once_and_revoked_after_a_question(world: World) -> None:
    world.sign_in("jun", "/console/account.html")
    world.enter("jun")  # as in another tab: this page's CSRF text is no longer the session's
    world.send("#key-form", name="laptop")
    key = world.seen("dialog .copyable pre").splitlines()[0]
    assert f"export GRETEL_API_KEY={key}" in world.seen("dialog")
    assert "means this server" in world.seen("dialog")
    world.press("I have kept it")
    assert not world.holds(key)
    with world.server.client(key) as client:
        world.press(f"Revoke: laptop {key[:8]}")
        world.press("Cancel", "dialog")
        assert client.get("/users/me").status_code == 200
        world.press(f"Revoke: laptop {key[:8]}")
        world.press("Revoke", "dialog")
        assert client.get("/users/me").status_code == 401
    assert "1 revoked" in world.seen("#key-list")


def test_who_was_signed_out_elsewhere_comes_back_to_where_he_was(world: World) -> None:
    page = world.sign_in("jun", "/console/activity.html?query=sign_in")
    page.evaluate("document.querySelector('#search').elements.query.value = 'key_create'")
    world.jun.delete("/v1/appliance/sessions")
    world.press("Search")
    assert "Sign in" in world.seen("#sign-in")
    assert world.seen("#content") == ""
    world.send("#sign-in form:last-of-type", api_key=world.keys["jun@lab.example"])
    assert page.evaluate("location.pathname") == "/console/activity.html"
    assert "jun@lab.example made the API key" in world.seen("#events")
    assert page.evaluate("document.querySelector('#search').elements.query.value") == "key_create"


def test_a_sign_in_link_keeps_the_password_and_a_reset_takes_it(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "forgot@lab.example"}).json()["data"]
    with httpx.Client(base_url=world.url, trust_env=False) as client:
        csrf = client.post("/v1/appliance/session", json={"token": made["sign_in_url"].rpartition("=")[2]}).json()["data"]["csrf"]
        client.put("/v1/appliance/password", json={"new": PHRASE}, headers={"x-csrf-token": csrf})
        world.sign_in("owner", "/console/people.html")
        world.press("Manage: forgot@lab.example")
        world.press("Sign-in link", "dialog")
        assert "Your password, if you have one, stays as it is." in world.seen("dialog .letter")
        world.press("I have kept it")
        assert client.get("/v1/appliance/session").status_code == 200
        world.press("Manage: forgot@lab.example")
        assert "has a password" in world.seen("dialog")
        world.press("Reset sign-in…", "dialog")
        world.press("Cancel", "dialog.small")
        assert client.get("/v1/appliance/session").status_code == 200
        world.press("Reset sign-in…", "dialog")
        world.press("Reset the sign-in", "dialog.small")
        assert "Then choose a new password under Account." in world.seen("dialog .letter")
        world.press("I have kept it")
        assert client.get("/v1/appliance/session").status_code == 401
    world.send("#record-form", query="user_link forgot@lab.example")
    assert "owner@localhost made a sign-in link for forgot@lab.example." in world.seen("#lines")
