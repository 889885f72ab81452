"""People in the Console, in a real browser: signing in, invites, levels, keys, users and the record, with names that want to be markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.browser import PROGRAM, Page, browser
from tests.integration.live_server import LiveServer

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here")

HOSTILE = "<img src=x onerror=alert(1)> \u202eעברית \"'&amp; " + "x" * 450
KEY_NAME = "<img src=x onerror=alert(1)> עברית"
PHRASE = "four words make a password"
PAGES = ("/", "/console/account.html", "/console/activity.html", "/console/people.html", "/console/api.html")
NAMELESS = """[...document.querySelectorAll("input, select, textarea, button, a")].filter((one) => one.checkVisibility()
  && !one.ariaLabel && !one.textContent.trim() && ![...(one.labels ?? [])].some((label) => label.textContent.trim())).length"""
OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


class World:
    """A server with its owner, mara who owns a project, and jun who is nobody in particular; one browser for all."""

    def __init__(self, server: LiveServer, page: Page) -> None:
        self.server, self.page, self.url = server, page, server.url
        self.owner = server.client()
        self.keys = {email: self._add(email) for email in ("mara@lab.example", "jun@lab.example")}
        self.mara, self.jun = (server.client(key) for key in self.keys.values())
        made = self.mara.post("/projects", json={"name": "census-2026", "display_name": HOSTILE, "description": HOSTILE})
        self.project = made.json()["data"]["guid"]

    def _add(self, email: str) -> str:
        link = self.owner.post("/v1/appliance/users", json={"email": email}).json()["data"]["sign_in_url"]
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            csrf = client.post("/v1/appliance/session", json={"token": link.rpartition("=")[2]}).json()["data"]["csrf"]
            made = client.post("/v1/appliance/keys", json={"name": KEY_NAME}, headers={"x-csrf-token": csrf})
            client.delete("/v1/appliance/session", headers={"x-csrf-token": csrf})
        return str(made.json()["data"]["api_key"])

    def sign_in(self, who: str, path: str) -> Page:
        """A fresh browser in which that user is signed in, at that page."""
        self.page.open(f"{self.url}/console/icon.svg")
        self.page.forget()
        self.enter(who)
        self.page.faults.clear()
        self.page.open(self.url + path)
        return self.page

    def enter(self, who: str) -> None:
        """Open a session behind the back of whatever page is shown."""
        key = self.server.key if who == "owner" else self.keys[f"{who}@lab.example"]
        credentials = json.dumps(json.dumps({"api_key": key}))
        head = '{ method: "POST", headers: { "Content-Type": "application/json" }, '
        assert self.page.run(
            f'fetch("/v1/appliance/session", {head} body: {credentials} }}).then((answer) => answer.text().then(() => answer.ok))'
        )

    def close(self) -> None:
        for client in (self.owner, self.mara, self.jun):
            client.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("console")
    with LiveServer(folder / "data") as server, browser(folder / "profile") as page:
        made = World(server, page)
        yield made
        made.close()


def seen(page: Page, selector: str = "main") -> str:
    """The text that a person sees of an element; nothing when it is hidden."""
    found = page.run(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.checkVisibility() ? one.innerText : '').join('\\n')"
    )
    return str(found).replace("\u2068", "").replace("\u2069", "").strip()


def press(page: Page, label: str, within: str = "body") -> None:
    """Press the visible button that is called so, and wait for what comes of it."""
    script = f"""[...document.querySelectorAll({json.dumps(within)} + " button")].findLast(
      (one) => one.checkVisibility() && [one.textContent, one.ariaLabel].includes({json.dumps(label)})).click()"""
    page.run(script)
    page.settle()


def send(page: Page, form: str, **values: Any) -> None:
    """Fill a form in and send it."""
    page.run(f"""{{ const form = document.querySelector({json.dumps(form)});
      for (const [name, value] of Object.entries({json.dumps(values)})) form.elements[name].value = value;
      form.requestSubmit(); }}""")
    page.settle()


@pytest.mark.parametrize("who", ["owner", "mara"])
def test_pages_show_names_as_text_and_fit_a_phone(world: World, who: str) -> None:
    page = world.sign_in(who, "/")
    page.size(390, 844)
    for path in (*PAGES, *([f"/{world.project}"] if who == "mara" else [])):
        page.open(world.url + path)
        assert page.run("document.querySelectorAll('img[src=x]').length") == 0
        assert page.run(NAMELESS) == 0, path
        assert not page.run(OVERFLOW), path
        assert not page.faults, path
    if who == "mara":
        assert HOSTILE in page.run("document.querySelector('#project-title').textContent")
        page.open(f"{world.url}/console/account.html")
        assert KEY_NAME in page.run("document.querySelector('#key-list').textContent")
    page.size(1280, 900)


def test_people_is_for_administrators(world: World) -> None:
    page = world.sign_in("jun", "/console/people.html")
    assert "Administrators of this appliance manage its users" in seen(page)
    assert seen(page, "#administration") == ""
    assert "People" not in seen(page, "nav")
    page = world.sign_in("owner", "/console/people.html")
    assert "mara@lab.example" in seen(page, "#users")
    assert "owner@localhost added the user mara@lab.example." in seen(page, "#lines")


def test_a_new_user_comes_by_the_link_and_sets_a_password(world: World) -> None:
    page = world.sign_in("owner", "/console/people.html")
    send(page, "#add-form", email="no address")
    assert "That is not an e-mail address." in seen(page, "#add-form")
    page.run("document.querySelector('#add-form').elements.email.dispatchEvent(new Event('input', { bubbles: true }))")
    assert "That is not an e-mail address." not in seen(page, "#add-form")
    send(page, "#add-form", email="mara@lab.example")
    assert "There is a user with that e-mail already." in seen(page, "#add-form [role=alert]")
    send(page, "#add-form", email="new@lab.example")
    link = seen(page, "dialog .copyable pre")
    assert link.startswith(f"{world.url}/#token=")
    assert link in seen(page, "dialog .letter")
    press(page, "I have kept it")
    assert link not in page.run("document.documentElement.outerHTML")
    page.forget()
    page.open(link)
    assert "have no password yet" in seen(page, ".offer")
    page.open(f"{world.url}/console/account.html")
    assert "Present password" not in seen(page, "#password-form")
    send(page, "#password-form", new="short", again="other")
    assert "fewer than 10 characters" in seen(page, "#password-form")
    assert "The two are not the same." in seen(page, "#password-form")
    send(page, "#password-form", new="new@lab.example", again="new@lab.example")
    assert "The password must not be the e-mail." in seen(page, "#password-form [role=alert]")
    send(page, "#password-form", new=PHRASE, again=PHRASE)
    assert "The password is saved" in seen(page, ".notices")
    press(page, "Sign out", "console-header")
    send(page, "#sign-in form", email="new@lab.example", password="wrong password")
    assert "wrong" in seen(page, "#sign-in form [role=alert]")
    send(page, "#sign-in form", email="new@lab.example", password=PHRASE)
    assert "new@lab.example uses this appliance." in seen(page)
    assert "Present password" in seen(page, "#password-form")
    page.open(link)
    press(page, "Sign in by the address", "dialog")
    assert "used up" in seen(page, ".notices"), "a link that was used signs nobody in, and nobody out"
    assert seen(page, "#sign-in") == ""


def test_an_address_makes_nobody_another_one_unasked(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "trap@lab.example"}).json()["data"]
    for choice, who in (("Stay signed in", "jun"), ("Sign in by the address", "trap")):
        page = world.sign_in("jun", "/console/account.html")
        page.open(made["sign_in_url"].replace("/#", "/console/account.html#"))
        assert "You are signed in as" in seen(page, "dialog")
        assert "jun@lab.example" in seen(page, "dialog")
        assert "token" not in page.run("location.href")
        press(page, choice, "dialog")
        assert f"{who}@lab.example uses this appliance." in seen(page)
        assert not page.faults


def test_an_invite_is_accepted_and_only_what_a_level_allows_is_offered(world: World) -> None:
    page = world.sign_in("mara", f"/{world.project}")
    send(page, "#invite-form", email="jun@lab.example", level="1")
    assert "jun@lab.example" in seen(page, "#invites")
    page = world.sign_in("jun", "/console/account.html")
    assert seen(page, ".badge") == "1"
    assert "With level read one can see models" in seen(page, "#invite-list")
    press(page, "Accept: census-2026")
    assert "Your level here is read" in seen(page, "#my-level")
    assert seen(page, "#invite-form") == seen(page, "#invites") == seen(page, "#transfer") == seen(page, "#project-usage") == ""
    assert seen(page, "#members button") == ""
    assert "yours is read" in seen(page, "#first-of-reader")
    assert seen(page, "#none") == ""
    assert "jun@lab.example you" in " ".join(seen(page, "#members").split())
    page = world.sign_in("mara", f"/{world.project}")
    assert "appliance models create --project census-2026 --config" in seen(page, "#first-shell")
    assert 'Gretel(project_name="census-2026")' in seen(page, "#first-python")
    assert seen(page, "#first-of-reader") == ""
    press(page, "Change level: jun@lab.example")
    send(page, "dialog form", level="2")
    assert "jun@lab.example has level write now." in seen(page, ".notices")
    press(page, "Remove: jun@lab.example")
    press(page, "Cancel", "dialog")
    assert "jun@lab.example" in seen(page, "#members")
    press(page, "Remove: jun@lab.example")
    press(page, "Remove", "dialog")
    assert "jun@lab.example" not in seen(page, "#members")
    assert world.jun.get(f"/projects/{world.project}").status_code == 404


def test_a_project_that_is_gone_is_shown_no_more(world: World) -> None:
    guid = world.jun.post("/projects", json={"name": "short-lived", "display_name": "Same"}).json()["data"]["guid"]
    other = world.jun.post("/projects", json={"name": "longer-lived", "display_name": "Same"}).json()["data"]["guid"]
    page = world.sign_in("jun", "/")
    assert "Same (short-lived)" in seen(page, "#project-list")
    assert "Same (longer-lived)" in seen(page, "#project-list")
    page.open(f"{world.url}/{guid}")
    assert "Your level here is owner" in seen(page)
    assert world.jun.delete(f"/projects/{guid}").status_code == 200
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.settle()
    assert "This project was deleted, or you are no longer a member of it." in seen(page, "#gone")
    assert "Your level here" not in seen(page)
    assert world.jun.delete(f"/projects/{other}").status_code == 200


def test_a_second_link_in_the_same_tab_offers_a_password_once(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "twice@lab.example"}).json()["data"]
    second = world.owner.post(f"/v1/appliance/users/{made['user']['_id']}/sign-in-link").json()["data"]["sign_in_url"]
    page = world.page
    page.open(f"{world.url}/console/icon.svg")
    page.forget()
    page.open(world.url)
    for link in (made["sign_in_url"], second):
        page.run(f"location.assign({json.dumps(link)})")
        page.settle()
        if seen(page, "dialog"):
            press(page, "Sign in by the address", "dialog")
        assert page.run("document.querySelectorAll('.offer').length") == 1


def test_a_key_is_shown_once_and_revoked_after_a_question(world: World) -> None:
    page = world.sign_in("jun", "/console/account.html")
    world.enter("jun")  # as in another tab: this page's CSRF text is no longer the session's
    send(page, "#key-form", name="laptop")
    key = seen(page, "dialog .copyable pre").splitlines()[0]
    assert f"export GRETEL_API_KEY={key}" in seen(page, "dialog")
    assert "means this server" in seen(page, "dialog")
    press(page, "I have kept it")
    assert key not in page.run("document.documentElement.outerHTML")
    with world.server.client(key) as client:
        press(page, f"Revoke: laptop {key[:8]}")
        press(page, "Cancel", "dialog")
        assert client.get("/users/me").status_code == 200
        press(page, f"Revoke: laptop {key[:8]}")
        press(page, "Revoke", "dialog")
        assert client.get("/users/me").status_code == 401
    assert "1 revoked" in seen(page, "#key-list")


def test_who_was_signed_out_elsewhere_comes_back_to_where_he_was(world: World) -> None:
    page = world.sign_in("jun", "/console/activity.html?query=sign_in")
    page.run("document.querySelector('#search').elements.query.value = 'key_create'")
    world.jun.delete("/v1/appliance/sessions")
    press(page, "Search")
    assert "Sign in" in seen(page, "#sign-in")
    assert seen(page, "#content") == ""
    send(page, "#sign-in form:last-of-type", api_key=world.keys["jun@lab.example"])
    assert page.run("location.pathname") == "/console/activity.html"
    assert "jun@lab.example made the API key" in seen(page, "#events")
    assert page.run("document.querySelector('#search').elements.query.value") == "key_create"


def test_activity_is_searched_sorted_and_paged(world: World) -> None:
    for number in range(60):
        assert world.mara.patch(f"/projects/{world.project}", json={"display_name": f"Census {number}"}).status_code == 200
    page = world.sign_in("mara", "/console/activity.html")
    assert "50 of " in seen(page, "#count")
    send(page, "#search", query="project_change")
    assert seen(page, "#count") == "50 of 60 lines"
    press(page, "Show more")
    assert seen(page, "#count") == "60 lines"
    assert page.run("document.querySelectorAll('#events li').length") == 60
    assert seen(page, "#more") == ""
    page.open(f"{world.url}/console/activity.html?query=project_create&sort=occurred_at")
    assert seen(page, "#events p") == "mara@lab.example made the project census-2026."
    assert page.run("document.querySelector('#events time').title") != ""
    send(page, "#search", query="<b>nothing</b>")
    assert seen(page, "#count") == "Nothing is found for “<b>nothing</b>”."
    send(page, "#search", query=" ".join("abcdefghijk"))
    assert "A query has at most 10 words" in seen(page, ".notices")


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"actor": "", "action": "sign_in", "result": "refused"}, "Somebody tried to sign in, and was refused."),
    ({"actor": "a@x", "action": "sign_in", "result": "refused"}, "Somebody tried to sign in as a@x, and was refused."),
    (
        {"actor": "a@x", "action": "invite_create", "name": "b@x", "project": "p", "detail": {"level": 2}},
        "a@x invited b@x with level write to p.",
    ),
    (
        {"actor": "a@x", "action": "member_change", "project": "p", "result": "refused"},
        "a@x tried to change the level of a member in p, and was refused.",
    ),
    (
        {"actor": "a@x", "action": "output_download", "project": "p", "result": "refused"},
        "a@x tried to download a result in p, and was refused.",
    ),
    ({"actor": "machine", "action": "password_change", "name": "b@x"}, "Somebody at the server's machine changed the password of b@x."),
    ({"actor": "machine", "action": "user_link", "name": "b@x"}, "Somebody at the server's machine made a sign-in link for b@x."),
    ({"actor": "a@x", "action": "user_change", "name": "b@x", "detail": {"disabled": False}}, "a@x enabled b@x."),
    (
        {"actor": "a@x", "action": "user_change", "name": "b@x", "detail": {"administrator": True, "running": 2}},
        "a@x made b@x an administrator of the appliance and set the limits of b@x.",
    ),
    (
        {"actor": "a@x", "action": "user_hand_over", "name": "b@x", "detail": {"to": "c@x", "count": 0}},
        "a@x looked for projects of b@x to hand over to c@x; there were none.",
    ),
    ({"actor": "b@x", "action": "member_leave", "name": "b@x", "project": "p"}, "b@x left the project p."),
    (
        {"actor": "a@x", "action": "project_delete", "project": "<b>", "result": "refused"},
        "a@x tried to delete the project <b>, and was refused.",
    ),
]


def test_every_line_is_a_sentence(world: World) -> None:
    deeds = json.dumps([deed for deed, _ in SENTENCES])
    text = "sentence(deed).map((part) => part.textContent ?? part).join('')"
    world.page.open(f"{world.url}/console/api.html")
    found = world.page.run(f"import('/console/sentences.js').then(({{ sentence }}) => {deeds}.map((deed) => {text}))")
    assert found == [words for _, words in SENTENCES]


def test_an_administrator_limits_disables_and_reads_the_record(world: World) -> None:
    page = world.sign_in("owner", "/console/people.html")
    press(page, "Manage: jun@lab.example")
    send(page, "dialog .limits-form", created="many")
    assert "A number above 0" in seen(page, "dialog .limits-form")
    send(page, "dialog .limits-form", created="", running="2", hours="1.5", gib="")
    assert "2 running, 1.5\u00a0h each" in seen(page, "#users")
    press(page, "Manage: jun@lab.example")
    press(page, "Disable", "dialog")
    press(page, "Disable", "dialog.small")
    assert "disabled" in seen(page, "#users")
    assert world.jun.get("/users/me").status_code == 401
    press(page, "Manage: jun@lab.example")
    press(page, "Enable", "dialog")
    assert world.jun.get("/users/me").status_code == 200
    send(page, "#record-form", query="user_change jun@lab.example")
    assert "owner@localhost set the limits of jun@lab.example." in seen(page, "#lines")
    assert "mara@lab.example added" not in seen(page, "#lines")
    press(page, "Verify the record")
    head = world.owner.get("/v1/appliance/audit/head").json()
    assert f"Lines 1–{head['seq']:,} fit together.\n\nWhether later lines are missing, or all was written anew" in seen(page, "#verdict")
    noted = f"{head['seq']}:{head['digest']}"
    assert noted in seen(page, "#verdict")
    send(page, "#verify-form", head=f" {noted} ")
    assert f"The head of line {head['seq']} is the one that you noted" in seen(page, "#verdict")
    send(page, "#verify-form", head=f"{head['seq']}:{'0' * 64}")
    assert "has another digest than the one that was noted" in seen(page, "#verdict")
    assert "you noted" not in seen(page, "#verdict")
    send(page, "#verify-form", head="yesterday's")
    assert "A noted head is the number of a line" in seen(page, "#verify-form [role=alert]")


def test_a_sign_in_link_keeps_the_password_and_a_reset_takes_it(world: World) -> None:
    made = world.owner.post("/v1/appliance/users", json={"email": "forgot@lab.example"}).json()["data"]
    with httpx.Client(base_url=world.url, trust_env=False) as client:
        csrf = client.post("/v1/appliance/session", json={"token": made["sign_in_url"].rpartition("=")[2]}).json()["data"]["csrf"]
        client.put("/v1/appliance/password", json={"new": PHRASE}, headers={"x-csrf-token": csrf})
        page = world.sign_in("owner", "/console/people.html")
        press(page, "Manage: forgot@lab.example")
        press(page, "Sign-in link", "dialog")
        assert "Your password, if you have one, stays as it is." in seen(page, "dialog .letter")
        press(page, "I have kept it")
        assert client.get("/v1/appliance/session").status_code == 200
        press(page, "Manage: forgot@lab.example")
        assert "has a password" in seen(page, "dialog")
        press(page, "Reset sign-in…", "dialog")
        press(page, "Cancel", "dialog.small")
        assert client.get("/v1/appliance/session").status_code == 200
        press(page, "Reset sign-in…", "dialog")
        press(page, "Reset the sign-in", "dialog.small")
        assert "Then choose a new password under Account." in seen(page, "dialog .letter")
        press(page, "I have kept it")
        assert client.get("/v1/appliance/session").status_code == 401
    send(page, "#record-form", query="user_link forgot@lab.example")
    assert "owner@localhost made a sign-in link for forgot@lab.example." in seen(page, "#lines")
