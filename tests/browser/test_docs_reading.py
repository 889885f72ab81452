"""The docs in a browser: without a sign-in, found by search, read without a script."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.integration.live_server import LiveServer


def test_a_stranger_finds_an_entry_and_copies_an_example(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url, permissions=["clipboard-read", "clipboard-write"]) as desk:
        page = desk.page
        page.goto("/docs/start")
        example = page.locator(".copyable", has_text="appliance doctor")
        example.get_by_role("button").click()
        expect(example.get_by_role("status")).not_to_be_empty()
        assert page.evaluate("navigator.clipboard.readText()") == "appliance doctor\n"
        page.keyboard.press("/")
        page.keyboard.type("max_runn")
        page.get_by_role("link", name="jobs of one user that run").click()
        expect(page).to_have_url(f"{house.url}/docs/settings#max_running")
        expect(page.locator(":target")).to_contain_text("jobs of one user that run")
        page.get_by_role("searchbox").fill("no such thing at all")
        expect(page.locator("search").get_by_role("status")).to_have_text("0 places")


def test_without_scripts_the_docs_are_read_and_walked(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url, java_script_enabled=False) as desk:
        page = desk.page
        page.goto("/docs")
        page.get_by_role("link", name="Errors").first.click()
        expect(page.get_by_role("heading", name="Errors")).to_be_visible()
        expect(page.get_by_role("cell", name="a limit of your account")).to_be_visible()
        page.get_by_role("navigation", name="Pages of the docs").get_by_role("link", name="Metrics").click()
        expect(page.get_by_role("heading", name="Scores")).to_be_visible()
