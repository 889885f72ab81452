"""Coming in by the printed address, as a person does."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer


def test_the_printed_address_signs_in_once_and_leaves_no_token_behind(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url) as desk:
        page = desk.open(house.line.removeprefix(house.url))
        assert page.url == f"{house.url}/"
        page.reload()
        page.locator("#content:not([hidden]):not(.waiting)").wait_for()
        assert page.get_by_role("button", name="Sign out").is_visible()
