"""Every page of the docs: accessible in both themes, steady, narrow enough, walked by keyboard, read without a server's help."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import measures
from tests.browser.desk import Desk
from tests.browser.full_house import docs_pages
from tests.integration.live_server import LiveServer

STEADY = 0.02
IN_THE_DARK = ("docs", "docs-start", "docs-configurations", "docs-errors")


@pytest.fixture(scope="module")
def desk(chromium: Browser, house: LiveServer) -> Iterator[Desk]:
    """A browser in which nobody is signed in: the docs are for everybody."""
    with Desk(chromium, house.url) as desk:
        yield desk


def looked_at(page: Page, dark: bool) -> list[str]:
    """What is wrong with the page that is open; some are also shown in the dark, as all have one sheet."""
    shifted = measures.shift(page)
    found = [f"the layout shifts by {shifted:.3f}"] if shifted > STEADY else []
    found += measures.violations(page)
    if dark:
        measures.put_on(page, "dark")
        found += [f"dark {one}" for one in measures.violations(page, "color-contrast", "link-in-text-block")]
        measures.put_on(page, "light")
    return found + [fault for width in (640, 390, 320, 1280) for fault in measures.too_wide(page, width)]


def test_every_page_of_the_docs(desk: Desk, house: LiveServer) -> None:
    with house.client() as client:
        pages = docs_pages(client)
    found = []
    for name, path in pages.items():
        desk.page.goto("about:blank")
        desk.page.set_viewport_size({"width": 1280, "height": 900})
        desk.open(path)
        measures.rest(desk.page)
        found += [f"{name}: {fault}" for fault in looked_at(desk.page, dark=name in IN_THE_DARK)]
    found += measures.walk_by_tab(desk.page)
    assert len(pages) > 15
    assert "\n".join(found) == ""


def test_a_term_is_found_in_all_pages(desk: Desk) -> None:
    page = desk.open("/docs")
    page.get_by_role("searchbox").fill("epsilon")
    expect(page.locator("#foundPlaces a").first).to_be_visible()
    page.locator("#foundPlaces a").first.click()
    expect(page.locator("main")).to_contain_text("epsilon")
