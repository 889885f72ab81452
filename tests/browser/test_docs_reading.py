"""The docs in a browser: without a sign-in, found by search, read without a script."""

from __future__ import annotations

import re

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
        page.get_by_role("searchbox").fill("qqqq zzzz xxxx")
        expect(page.locator("search").get_by_role("status")).to_have_text("Nothing was found. Use fewer words, or others.")


def test_a_question_finds_what_has_most_of_its_words_and_opens_there(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url) as desk:
        page = desk.page
        page.goto("/docs/start")
        for question, word in (("keep order dates but shift them", "date_shift"), ("generate only women", "generate")):
            page.get_by_role("searchbox").fill(question)
            expect(page.locator("#foundPlaces li", has_text=word).first).to_be_visible()
            expect(page.locator("#foundCount")).to_contain_text("most of them")
        page.get_by_role("searchbox").fill("fakes, hashes and date shifts are drawn with the project's key")
        first = page.locator("#foundPlaces a").first
        expect(first).to_have_attribute("href", re.compile("^/docs/transform#"))
        first.click()
        page.wait_for_url("**/docs/transform#*")
        expect(page.get_by_text("The same value becomes the same fake in every column")).to_be_in_viewport()


def test_without_scripts_the_docs_are_read_and_walked(chromium: Browser, house: LiveServer) -> None:
    with Desk(chromium, house.url, java_script_enabled=False) as desk:
        page = desk.page
        page.goto("/docs")
        page.get_by_role("link", name="Errors").first.click()
        expect(page.get_by_role("heading", name="Errors")).to_be_visible()
        expect(page.get_by_role("cell", name="a limit of your account")).to_be_visible()
        page.get_by_role("navigation", name="Pages of the docs").get_by_role("link", name="Metrics").click()
        expect(page.get_by_role("heading", name="Scores")).to_be_visible()
