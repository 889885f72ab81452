"""Two hundred texts that want to be code, as names, descriptions, columns, cells, errors, configurations, addresses: all are text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import measures
from tests.browser.desk import Desk
from tests.browser.full_house import noop
from tests.browser.payloads import joined, payloads
from tests.integration.live_server import LiveServer
from tests.integration.people import inner, until

TRAP = """window.wasHit = 0; window.hit = () => { window.wasHit += 1; };
for (const name of ["alert", "confirm", "prompt"]) window[name] = window.hit;"""
JOBS, FILES, KEYS = 4, 3, 4


class Trap:
    """A project that holds every payload, wherever it is taken."""

    def __init__(self, server: LiveServer) -> None:
        self.server, self.http = server, server.client()
        self.every = payloads()
        names = [self._project(f"hostile-{number}", text) for number, text in enumerate(joined(6, 200))]
        self.guid = names[0]
        self.api = f"/projects/{self.guid}"
        self.http.patch(self.api, json={"description": " ".join(self.every)[:2000]})
        self.key = self.upload("payloads.csv", self._table())
        self.files = [self.upload(text.replace("/", "∕") + ".csv", b"a,b\n" + b"1,2\n" * 30) for text in joined(FILES, 150)]
        self.jobs = [self._failed(text) for text in joined(JOBS, 4000)]
        for text in joined(KEYS, 60):
            self.http.post("/v1/appliance/keys", json={"name": text})
        self.emails = [text for text in (f"{one}@lab.example" for one in self.every[::3]) if self._user(text)]

    def _project(self, name: str, title: str) -> str:
        return str(inner(self.http.post("/projects", json={"name": name, "display_name": title, "description": title}))["guid"])

    def _table(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.every)
        for row in range(40):  # every other column holds numbers, so that the first row is known for the names that it has
            writer.writerow([self.every[(at + row) % len(self.every)] if at % 2 else str(row * at) for at in range(len(self.every))])
        return text.getvalue().encode()

    def upload(self, name: str, content: bytes) -> str:
        made = inner(self.http.post(f"{self.api}/artifacts", json={"filename": name}))
        assert httpx.put(made["url"], content=content, trust_env=False).status_code == 200
        place = f"{self.api}/artifacts/manifest"
        until(lambda: self.http.get(place, params={"key": made["key"]}).json(), lambda found: found.get("status") != "pending")
        return str(made["key"])

    def _failed(self, text: str) -> str:
        uid = str(inner(self.http.post(f"{self.api}/models", json=noop("hostile", fail=text)))["model"]["uid"])
        until(lambda: inner(self.http.get(f"{self.api}/models/{uid}"))["model"]["status"], lambda status: status == "error")
        return uid

    def _user(self, email: str) -> bool:
        return self.http.post("/v1/appliance/users", json={"email": email}).status_code == 200

    @property
    def paths(self) -> list[str]:
        """Every page that shows some of it."""
        jobs = [f"/{self.guid}/models/{uid}{tab}" for uid in self.jobs for tab in ("", "/configuration")]
        files = [f"/{self.guid}/data/{key}" for key in (self.key, *self.files)]
        sections = [f"/{self.guid}#{name}" for name in ("data", "models", "members", "settings")]
        console = [f"/console/{name}.html" for name in ("account", "people", "activity", "machine")]
        return [
            *("/", *sections, *files, *jobs, *console),
            f"/{self.guid}/models/new?data={self.key}",
            f"/console/compare.html?jobs={self.jobs[0]},{self.jobs[1]}",
        ]


@pytest.fixture(scope="module")
def trap(house: LiveServer) -> Iterator[Trap]:
    made = Trap(house)
    yield made
    made.http.close()


@pytest.fixture
def page(chromium: Browser, trap: Trap) -> Iterator[Page]:
    with Desk(chromium, trap.server.url) as desk:
        desk.context.add_init_script(TRAP)
        desk.sign_in(trap.server.key)
        desk.page.on("dialog", lambda dialog: desk.faults.append(dialog.message))
        yield desk.page
        assert desk.page.evaluate("window.wasHit") == 0


def shown(page: Page, path: str) -> Page:
    page.goto("about:blank")
    page.goto(path)
    page.locator("#content:not([hidden]):not(.waiting)").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    measures.rest(page)
    return page


def hits(page: Page) -> list[Any]:
    return [frame.evaluate("window.wasHit ?? 0") for frame in page.frames if not frame.url.startswith("chrome-error")]


def test_nothing_of_it_runs_on_any_page(page: Page, trap: Trap) -> None:
    assert len(trap.every) >= 200
    for path in trap.paths:
        shown(page, path)
        assert set(hits(page)) <= {0}, path
        assert (
            page.evaluate("document.querySelectorAll('main :is(base, object, embed, marquee, [onerror], [onload], [src=x])').length") == 0
        )


def test_it_is_shown_as_it_was_given(page: Page, trap: Trap) -> None:
    head = shown(page, f"/{trap.guid}/data/{trap.key}").locator("main")
    for text in ("<script>hit()</script>", "<svg onload=hit()>", "__proto__", "{{7*7}}", "{who}"):
        expect(head.get_by_text(text, exact=True).first).to_be_attached()
    text = shown(page, f"/{trap.guid}/models/{trap.jobs[0]}").locator("main").text_content() or ""
    assert joined(JOBS, 4000)[0][:300] in text


def test_it_is_found_by_the_palette_and_stays_text(page: Page, trap: Trap) -> None:
    shown(page, "/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("dialog").get_by_role("combobox").or_(page.get_by_role("dialog").get_by_role("searchbox")).first
    box.fill("<script>hit()")
    measures.rest(page)
    assert hits(page) == [0]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("part", ["#token=", "?query=", "?jobs=", "?data=", "?like=", "?template=", "#"])
def test_an_address_is_only_read(page: Page, trap: Trap, part: str) -> None:
    texts = [joined(1, 2000)[0], json.dumps(trap.every[:3]), "javascript:hit()"]
    place = {"?query=": "/console/activity.html", "?jobs=": "/console/compare.html", "#": f"/{trap.guid}"}.get(
        part, f"/{trap.guid}/models/new"
    )
    for text in texts:
        page.goto("about:blank")
        page.goto(place + part + httpx.QueryParams({"x": text}).__str__()[2:])
        page.locator("main").wait_for()
        measures.rest(page)
        assert set(hits(page)) <= {0}
