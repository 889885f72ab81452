"""Pictures of every page of the Console and of the docs: wide and narrow, light and dark, of a full house, an empty one and by a reader.

    python -m scripts.screenshots FOLDER [WORD …]      only pictures whose name holds one of the words

Starts servers of its own on scratch data folders. Says which pages had errors, or are wider than their window."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

from tests.browser import measures
from tests.browser.desk import FLAGS, PROGRAM, SHOWN, Desk
from tests.browser.full_house import PAGES, FullHouse, docs_pages, furnished

SIZES = ((1280, 900, "wide"), (390, 844, "narrow"))
EMPTY = {"home": "/", **{name: PAGES[name] for name in ("machine", "account", "people", "activity")}}
READ = ("home", "project", "artifact", "model", "active")
"""What is also shown to somebody who may only read."""
UNFOLD = "document.querySelectorAll('details.fold:not([hidden])').forEach((fold) => (fold.open = true))"


class Album:
    """Where the pictures go, and what is wrong with the pages, in sentences."""

    def __init__(self, browser: Browser, folder: Path, words: list[str]) -> None:
        self._browser, self._folder, self._words = browser, folder, words
        self.wrong: list[str] = []

    def shoot(self, url: str, key: str, views: dict[str, str]) -> None:
        """Take every wanted picture for one person; without a key for nobody."""
        wanted = {name: path for name, path in views.items() if not self._words or any(word in name for word in self._words)}
        if not wanted:
            return
        desk = Desk(self._browser, url)
        if key:
            desk.sign_in(key)
        for name, path in wanted.items():
            self._page(desk, name, path)
        desk.context.close()

    def _page(self, desk: Desk, name: str, path: str) -> None:
        for width, height, kind in SIZES:
            desk.page.set_viewport_size({"width": width, "height": height})
            desk.page.goto(path)
            try:
                self._shown(desk.page)
            except Late:
                self.wrong.append(f"{name} at {path} shows nothing")
            for theme in ("light", "dark"):
                measures.put_on(desk.page, theme)
                desk.page.screenshot(path=self._folder / f"{name}-{kind}-{theme}.png", full_page=True)
            self.wrong += [f"{name}-{kind}: {fault}" for fault in measures.too_wide(desk.page, width)]
        self.wrong += [f"{name}: {fault}" for fault in desk.faults]
        desk.faults.clear()

    def _shown(self, page: Page) -> None:
        page.locator(f"{SHOWN}, #sign-in:not([hidden])").first.wait_for(timeout=8000)
        page.evaluate(UNFOLD)
        measures.rest(page)


def named(prefix: str, views: dict[str, str]) -> dict[str, str]:
    """The same views as one person's."""
    return {f"{prefix}-{name}": path for name, path in views.items()}


def pictures(album: Album, scratch: Path) -> None:
    """Every picture that there is."""
    with furnished(scratch / "empty") as server:
        album.shoot(server.url, "", {"nobody-sign-in": "/"})
        album.shoot(server.url, server.key, named("empty", EMPTY))
    with furnished(scratch / "full") as server:
        house = FullHouse(server)
        views = {name: house.path(name) for name in PAGES}
        album.shoot(house.url, house.key, named("full", views))
        album.shoot(
            house.url, house.ada.key, named("reader", {name: views[name] for name in ("home", "project", "artifact", "model", "active")})
        )
        album.shoot(house.url, house.key, named("docs", docs_pages(house.http)))
        house.close()


def browsers() -> Iterator[Browser]:
    """One browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        yield browser
        browser.close()


def main(arguments: list[str]) -> int:
    """Take the pictures; 1 when something is wrong with a page."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as scratch:
        for browser in browsers():
            album = Album(browser, folder, arguments[1:])
            pictures(album, Path(scratch))
    sys.stdout.write("".join(f"{line}\n" for line in album.wrong))
    return 1 if album.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
