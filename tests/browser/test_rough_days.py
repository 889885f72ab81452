"""Signed out in the middle, watched by somebody who may not write, and everything that can be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.browser.full_house import noop
from tests.integration.live_server import LiveServer
from tests.integration.people import Person, inner, until

WRITES = ("Add a table", "New model", "Delete", "Invite", "Save", "Delete the project", "Hand the project over", "Train", "Upload")


class Place:
    """A project with a file, and how the API sees it."""

    def __init__(self, server: LiveServer, name: str) -> None:
        self.http = server.client()
        self.guid = str(inner(self.http.post("/projects", json={"name": name, "display_name": f"Place {name}"}))["guid"])
        self.api = f"/projects/{self.guid}"
        self.key = self.upload("kept.csv")

    def upload(self, name: str) -> str:
        made = inner(self.http.post(f"{self.api}/artifacts", json={"filename": name}))
        assert httpx.put(made["url"], content=b"a,b\n" + b"1,2\n" * 40, trust_env=False).status_code == 200
        manifest = f"{self.api}/artifacts/manifest"
        until(lambda: self.http.get(manifest, params={"key": made["key"]}).json(), lambda found: found.get("status") != "pending")
        return str(made["key"])

    def finished(self, name: str) -> str:
        """A model that is completed; its id."""
        uid = str(inner(self.http.post(f"{self.api}/models", json=noop(name)))["model"]["uid"])
        until(lambda: inner(self.http.get(f"{self.api}/models/{uid}"))["model"]["status"], lambda status: status == "completed")
        return uid

    def invite(self, person: Person, level: int) -> None:
        given = inner(self.http.post(f"{self.api}/members", json={"email": person.email, "level": level}))
        if "invite" in given:
            inner(person.http.patch(f"/users/me/invites/{given['invite']['_id']}"))


@pytest.fixture(scope="module")
def place(house: LiveServer) -> Iterator[Place]:
    made = Place(house, "rough")
    yield made
    made.http.close()


def confirm(page: Page, keep: str, act: str, again: str) -> None:
    """Answer a question with no, ask again by the button of that name, and answer with yes."""
    page.get_by_role("dialog").get_by_role("button", name=keep, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name=again, exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name=act, exact=True).click()


def test_who_is_signed_out_in_the_middle_comes_back_to_the_same_page(chromium: Browser, house: LiveServer, place: Place) -> None:
    person = Person(house, "interrupted")
    place.invite(person, 2)
    with Desk(chromium, house.url) as desk:
        desk.sign_in(person.key)
        page = desk.open(f"/{place.guid}")
        expect(page.get_by_role("link", name="kept.csv")).to_be_visible()
        assert person.http.delete("/v1/appliance/sessions").status_code == 200
        page.get_by_role("button", name="Delete: kept.csv").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the file").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.locator("#content")).to_be_hidden()
        page.get_by_label("API key").fill(person.key)
        page.get_by_role("button", name="Sign in with the key").click()
        expect(page.get_by_role("link", name="kept.csv")).to_be_visible()
        assert page.url == f"{house.url}/{place.guid}"
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.go_back()
        expect(page.locator("#content")).to_be_hidden()
    person.http.close()


def test_a_reader_is_offered_no_change_and_refused_each(chromium: Browser, house: LiveServer, place: Place) -> None:
    reader = Person(house, "only-reads")
    place.invite(reader, 1)
    with Desk(chromium, house.url) as desk, Desk(chromium, house.url) as other:
        desk.sign_in(reader.key)
        other.sign_in(house.key)
        for path in (
            f"/{place.guid}",
            f"/{place.guid}#models",
            f"/{place.guid}#members",
            f"/{place.guid}#settings",
            f"/{place.guid}/data/{place.key}",
        ):
            page = desk.open(path)
            for name in WRITES:
                offered = page.locator("main").get_by_role("button", name=re.compile(f"^{name}\\b")).filter(visible=True)
                assert offered.all_inner_texts() == [], f"{path or 'the project'} offers {name}"
            page.goto("about:blank")
        owners = other.open(f"/{place.guid}")
        for name in ("Add a table", "Delete: kept.csv"):
            expect(owners.get_by_role("button", name=name, exact=True)).to_be_visible()
    for method, path, body in (
        ("DELETE", f"{place.api}/artifacts?key={place.key}", None),
        ("POST", f"{place.api}/artifacts", {"filename": "x.csv"}),
        ("POST", f"{place.api}/models", noop("mine")),
        ("PATCH", place.api, {"display_name": "mine"}),
        ("DELETE", place.api, None),
    ):
        assert reader.http.request(method, path, json=body).status_code in (403, 404), (method, path)
    reader.http.close()


def test_a_file_goes_after_a_question_and_is_said_to_be_gone(desk: Desk, place: Place) -> None:
    key = place.upload("to go.csv")
    page = desk.open(f"/{place.guid}/data/{key}")
    page.get_by_role("button", name="Delete", exact=True).click()
    confirm(page, "Cancel", "Delete the file", "Delete")
    page.wait_for_url(re.compile(rf"/{place.guid}(#data)?$"))
    expect(page.get_by_role("link", name="kept.csv")).to_be_visible()
    expect(page.get_by_role("link", name="to go.csv")).to_have_count(0)
    desk.open(f"/{place.guid}/data/{key}")
    expect(page.get_by_text("There is no such file")).to_be_visible()


def test_a_run_goes_after_a_question_and_its_model_stays(desk: Desk, place: Place) -> None:
    model = place.finished("has-a-run")
    runs = f"{place.api}/models/{model}/record_handlers"
    run = str(inner(place.http.post(runs, json={"params": {}}))["handler"]["uid"])
    until(lambda: inner(place.http.get(f"{runs}/{run}"))["handler"]["status"], lambda status: status == "completed")
    page = desk.open(f"/{place.guid}/models/{model}/runs/{run}")
    page.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    assert place.http.get(f"{runs}/{run}").status_code == 200
    page.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the run").click()
    page.wait_for_url(lambda url: run not in url)
    assert place.http.get(f"{runs}/{run}").status_code == 404
    assert place.http.get(f"{place.api}/models/{model}").status_code == 200


def test_a_project_goes_when_its_name_is_typed(desk: Desk, house: LiveServer) -> None:
    doomed = Place(house, "doomed")
    page = desk.open(f"/{doomed.guid}#settings")
    page.get_by_role("button", name="Delete the project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Place of another name")
    dialog.get_by_role("button", name="Delete the project").click()
    expect(dialog.get_by_text("That is not its name.")).to_be_visible()
    assert doomed.http.get(doomed.api).status_code == 200
    dialog.get_by_role("textbox").fill("Place doomed")
    dialog.get_by_role("button", name="Delete the project").click()
    page.wait_for_url(f"{house.url}/")
    expect(page.get_by_role("link", name="Place doomed")).to_have_count(0)
    assert doomed.http.get(doomed.api).status_code == 404
    doomed.http.close()
