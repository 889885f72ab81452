"""A server with its owner, mara who owns a project, and jun who is nobody in particular; one browser in which each of them signs in."""

from __future__ import annotations

import json
from typing import Any

import httpx
from playwright.sync_api import Browser, Error, Page

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer

HOSTILE = "<img src=x onerror=alert(1)> \u202eעברית \"'&amp; " + "x" * 450
KEY_NAME = "<img src=x onerror=alert(1)> עברית"
PHRASE = "four words make a password"
PATIENCE_MS = 10_000
_STILL = """() => new Promise((done) => {
  let timer = 0;
  const rest = () => { clearTimeout(timer); timer = setTimeout(() => { seen.disconnect(); done(true); }, 60); };
  const seen = new MutationObserver(rest);
  seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  rest();
  setTimeout(() => { seen.disconnect(); done(true); }, 2000);
})"""
_SEEN = """(selector) => [...document.querySelectorAll(selector)].map((one) => one.checkVisibility() ? one.innerText : '').join('\\n')
  .replace(/[\\u2068\\u2069]/g, '').trim()"""
_FILL = """([form, values]) => {
  for (const [name, value] of Object.entries(values)) document.querySelector(form).elements[name].value = value;
  document.querySelector(form).requestSubmit();
}"""


class World:
    """The server, its people, and the one tab."""

    def __init__(self, server: LiveServer, browser: Browser) -> None:
        self.server, self.url = server, server.url
        self.desk = Desk(browser, server.url, viewport={"width": 1280, "height": 900})
        self.page = self.desk.page
        self._flying: set[Any] = set()
        self._watch(self.page)
        self.owner = server.client()
        self.keys = {email: self._add(email) for email in ("mara@lab.example", "jun@lab.example")}
        self.mara, self.jun = (server.client(key) for key in self.keys.values())
        made = self.mara.post("/projects", json={"name": "census-2026", "display_name": HOSTILE, "description": HOSTILE})
        self.project = made.json()["data"]["guid"]

    def _watch(self, page: Page) -> None:
        page.on("request", lambda one: None if "stream" in one.url else self._flying.add(one))
        for ending in ("requestfinished", "requestfailed"):
            page.on(ending, lambda one: self._flying.discard(one))

    def _add(self, email: str) -> str:
        link = self.owner.post("/v1/appliance/users", json={"email": email}).json()["data"]["sign_in_url"]
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            csrf = client.post("/v1/appliance/session", json={"token": link.rpartition("=")[2]}).json()["data"]["csrf"]
            made = client.post("/v1/appliance/keys", json={"name": KEY_NAME}, headers={"x-csrf-token": csrf})
            client.delete("/v1/appliance/session", headers={"x-csrf-token": csrf})
        return str(made.json()["data"]["api_key"])

    def close(self) -> None:
        """Let go of the browser and of the connections; asserts that no page did what it must not."""
        faults = self.desk.faults
        self.desk.context.close()
        for client in (self.owner, self.mara, self.jun):
            client.close()
        assert faults == []

    # What a person does

    def forget(self) -> None:
        """Lose every cookie, as a browser that was never here."""
        self.page.goto("about:blank")
        self.desk.context.clear_cookies()

    def enter(self, who: str) -> None:
        """Open a session behind the back of whatever page is shown."""
        self.desk.sign_in(self.server.key if who == "owner" else self.keys[f"{who}@lab.example"])

    def sign_in(self, who: str, path: str) -> Page:
        """A fresh browser in which that user is signed in, at that page."""
        self.forget()
        self.enter(who)
        return self.go(path)

    def go(self, address: str) -> Page:
        """Open an address and wait until the page has come to rest."""
        self.page.goto(address)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page asks for nothing more and has stopped changing, also when it gives way to another one."""
        for _ in range(200):
            self.page.wait_for_load_state()
            try:
                self.page.evaluate(_STILL)
            except Error as fault:
                if "context was destroyed" not in str(fault):
                    raise
                self._flying.clear()  # what the page before had asked for never ends
                continue
            if not self._flying:
                return
        raise AssertionError(f"the page waits for {[one.url for one in self._flying]}")

    def seen(self, selector: str = "main") -> str:
        """The text that a person sees of some elements; nothing when they are hidden."""
        return str(self.page.evaluate(_SEEN, selector))

    def press(self, label: str, within: str = "body") -> None:
        """Press the visible button that is called so, and wait for what comes of it."""
        self.page.locator(within).get_by_role("button", name=label, exact=True).last.click()
        self.settle()

    def send(self, form: str, **values: Any) -> None:
        """Fill a form in and send it."""
        self.page.evaluate(_FILL, [form, values])
        self.settle()

    def holds(self, text: str) -> bool:
        """Whether the text is anywhere in the page, hidden or not."""
        return text in str(self.page.evaluate("document.documentElement.outerHTML"))

    def sentences(self, deeds: list[dict[str, Any]]) -> list[str]:
        """What the Console's own words make of lines of the record."""
        text = "sentence(deed).map((part) => part.textContent ?? part).join('')"
        script = f"import('/console/sentences.js').then(({{ sentence }}) => {json.dumps(deeds)}.map((deed) => {text}))"
        return list(self.page.evaluate(script))
