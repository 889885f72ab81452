"""The keyboard alone: the palette, the keys of every page, and that neither takes a key from whoever writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import Desk
from tests.integration.finished import finished_model
from tests.integration.live_server import LiveServer
from tests.integration.people import inner

EVIL = "<img src=x onerror=alert(1)>\u202e & 'co'"


@pytest.fixture(scope="module")
def guid(house: LiveServer) -> Iterator[str]:
    """A project with a hostile name and four models."""
    with house.client() as client:
        inner(client.post("/projects", json={"name": "seldom", "display_name": EVIL}))
        for name in ("mullet", "orders", "orders-again", "orders-a"):
            finished_model(client, "seldom", name, {})
        yield str(inner(client.get("/projects/seldom"))["project"]["guid"])


def palette(page: Page) -> Locator:
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="A page, a project, a model or an action")
    expect(box).to_be_focused()
    return box


def test_the_palette_goes_to_pages_models_and_projects(desk: Desk, guid: str, house: LiveServer) -> None:
    page = desk.open("/console/account.html")
    box = palette(page)
    box.fill("mchn")
    expect(page.get_by_role("option").first).to_contain_text("Machine")
    box.press("Enter")
    page.wait_for_url("**/console/machine.html")
    box = palette(page)
    box.fill("mull")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("option", selected=True)).to_contain_text("mullet")
    box.fill("orders")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.first).to_have_text(re.compile(f"^orders[^-]*{re.escape(EVIL)}"))
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == page.get_by_role("option", selected=True).get_attribute("id") == "palette-1"
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"):
        box.press(key)
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.fill("img src")
    expect(options.first).to_contain_text(EVIL)
    assert page.locator("dialog img").count() == 0
    box.press("Enter")
    page.wait_for_url(f"**/{guid}")


def test_the_palette_does_what_the_page_offers_and_closes(desk: Desk, guid: str) -> None:
    page = desk.open("/console/compare.html")
    box = palette(page)
    box.fill("zzzzqq")
    expect(page.get_by_text("Nothing here is called that.")).to_be_visible()
    box.press("Enter")
    box.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    box = palette(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_have_count(1)
    box.fill("show these keys")
    box.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_keys_go_search_walk_choose_and_compare(desk: Desk, guid: str) -> None:
    page = desk.open("/")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/console/machine.html")
    page.locator("#content:not([hidden]):not(.waiting)").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(lambda url: url.endswith("/"))
    desk.open(f"/{guid}#models")
    rows = page.locator("#content tbody tr:has([type=checkbox])")
    expect(rows).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#content tbody :checked")).to_have_count(2)
    page.keyboard.press("k")
    expect(rows.first.locator(":focus")).to_have_count(1)
    page.keyboard.press("c")
    page.wait_for_url("**/console/compare.html?jobs=*,*")


def test_keys_leave_those_alone_who_write_and_can_be_turned_off(desk: Desk, guid: str) -> None:
    page = desk.open("/console/activity.html")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox").first
    expect(search).to_be_focused()
    search.press_sequentially("gh?jkxc/")
    expect(search).to_have_value("gh?jkxc/")
    assert page.url.endswith("/console/activity.html")
    page.locator("#content h2").first.click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Compare what is chosen")
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(search).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    page.locator("#content:not([hidden]):not(.waiting)").wait_for()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    box = palette(page)
    box.fill("show these keys")
    box.press("Enter")
    page.get_by_label("Single keys work").check()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_without_an_account_the_palette_tells_nothing(chromium: Browser, house: LiveServer, guid: str) -> None:
    with Desk(chromium, house.url) as nobody:
        nobody.page.goto("/")
        expect(nobody.page.get_by_role("heading", name="Sign in")).to_be_visible()
        box = palette(nobody.page)
        box.fill("orders")
        expect(nobody.page.get_by_text("Nothing here is called that.")).to_be_visible()
