"""A real browser for tests that click: Debian's Chromium, driven by Playwright. Whatever a page did that it must not fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desk import FLAGS, PATIENCE_MS, PROGRAM, Desk
from tests.browser.full_house import FullHouse, furnished
from tests.integration.live_server import LiveServer

expect.set_options(timeout=PATIENCE_MS)
_HERE = Path(__file__).parent
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium the whole group is skipped, with its count."""
    if PROGRAM is None:
        skip = pytest.mark.skip(reason="no Chromium here (`apt-get install chromium`)")
        for item in items:
            if _HERE in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file. Not of a process: while Playwright is there no test of the process can have an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for the tests of a file, with the model types of the bench (`noop` does what its parameters say)."""
    with LiveServer(tmp_path_factory.mktemp("house") / "data", bench_models=1) as server:
        yield server


@pytest.fixture(scope="session")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullHouse]:
    """The house in which everything exists, once for all tests of a process: they look, and change nothing that others look at."""
    with furnished(tmp_path_factory.mktemp("full-house")) as server:
        house = FullHouse(server)
        yield house
        house.close()


@pytest.fixture
def desk(chromium: Browser, house: LiveServer) -> Iterator[Desk]:
    """A browser profile of the owner's, signed in; closing it asserts that no page did what it must not."""
    with Desk(chromium, house.url) as desk:
        desk.sign_in(house.key)
        yield desk
