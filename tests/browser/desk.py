"""Somebody's browser: its pages, and what they did that no page of ours may do."""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, TimeoutError

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE_MS = 20_000
SHOWN = "#content:not([hidden]):not(.waiting), body:not(:has(#content)) main"
"""A page that shows its content: what waits for somebody to sign in is hidden, and pages for everybody have only a main part."""


class Desk:
    """A profile of its own (cookies, storage). `faults`: script errors, refusals of the policy, requests to other machines."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        """`options` go to Playwright's new_context: `viewport`, `color_scheme`, `reduced_motion`, `locale` …"""
        self.url = url
        self.faults: list[str] = []
        self.context = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda error: self.faults.append(f"{error.error}"))
        self.page = self.context.new_page()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.context.close()
        if error is None:
            assert self.faults == []

    def sign_in(self, key: str) -> None:
        """Sign this profile in by an API key, without a page."""
        answer = self.context.request.post("/v1/appliance/session", data={"api_key": key})
        assert answer.ok, answer.text()

    def open(self, path: str) -> Page:
        """Open a page in the first tab and wait until it shows its content."""
        self.page.goto(path)
        try:
            self.page.locator(SHOWN).first.wait_for()
        except TimeoutError as late:
            raise AssertionError(f"{path} shows nothing; the scripts said {self.faults}") from late
        return self.page

    def _note_request(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host and host != urlsplit(self.url).netloc:
            self.faults.append(f"asked another machine: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)
