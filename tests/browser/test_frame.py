"""What every page has around it: the way past the header, the colours, and the word that the server is not there."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer

GROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_first_key_leads_past_the_header_and_the_address_keeps_its_fragment(desk: Desk) -> None:
    page = desk.open("/console/account.html#keys-title")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    skip = page.get_by_role("link", name="Skip to the content")
    skip.focus()
    assert skip.bounding_box() is not None
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    assert page.url.endswith("#keys-title")


def test_the_colours_that_were_chosen_are_there_before_the_first_paint_of_every_page(desk: Desk) -> None:
    page = desk.open("/console/account.html")
    light = page.evaluate(GROUND)
    page.get_by_role("button", name="Colours: as the system").click()
    page.get_by_role("button", name="Colours: light").click()
    dark = page.evaluate(GROUND)
    assert dark != light
    page.route("**/account.js", lambda route: route.abort())
    page.goto("/console/account.html", wait_until="domcontentloaded")
    assert page.evaluate(GROUND) == dark, "the page's script has not run"
    page.unroute("**/account.js")
    desk.open("/console/activity.html")
    page.get_by_role("button", name="Colours: dark").click()
    assert page.evaluate(GROUND) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(GROUND) == dark


def test_a_page_says_that_the_server_is_not_there_until_it_is(desk: Desk) -> None:
    page = desk.open("/console/activity.html")
    lost = page.get_by_text("The server does not answer at present.")
    desk.context.set_offline(True)
    page.get_by_role("button", name="Search").click()
    expect(lost).to_be_visible()
    desk.context.set_offline(False)
    page.get_by_role("button", name="Search").click()
    expect(lost).to_be_hidden()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_a_page_that_follows_the_machine_says_that_its_stream_broke(chromium: Browser, tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server, Desk(chromium, server.url) as desk:
        desk.sign_in(server.key)
        page = desk.open("/")
        expect(page.get_by_text("Memory", exact=True)).to_be_visible()
        server.tell()
        expect(page.get_by_text("The server does not answer at present.")).to_be_visible(timeout=20_000)
        assert page.locator("#content").is_visible()
