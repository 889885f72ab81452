"""Coming in by the printed address, as a person does."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.browser.full_house import noop
from tests.integration.live_server import LiveServer
from tests.integration.people import inner, until


def test_the_printed_address_signs_in_once_and_leaves_no_token_behind(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url) as desk:
        page = desk.open(house.line.removeprefix(house.url))
        assert page.url == f"{house.url}/"
        page.reload()
        page.locator("#content:not([hidden]):not(.waiting)").wait_for()
        assert page.get_by_role("button", name="Sign out").is_visible()


def test_a_link_that_the_client_printed_shows_why_a_job_failed(desk: Desk, house: LiveServer) -> None:
    with house.client() as client:
        project = inner(client.post("/projects", json={"name": "first-steps"}))["guid"]
        job = inner(client.post(f"/projects/{project}/models", json=noop("broken", fail="No <b>rows</b> are left.")))["model"]["uid"]
        until(lambda: inner(client.get(f"/projects/{project}/models/{job}"))["model"]["status"], lambda status: status == "error")
    page = desk.open(f"/{project}/models/{job}/activity")
    expect(page.locator("main")).to_contain_text("No <b>rows</b> are left.")
    expect(page.locator("main")).to_contain_text("broken")
