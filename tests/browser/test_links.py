"""Every link of every page leads to something, and where it names a place in it, to that. Links among the docs: `test_docs`."""

from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

from playwright.sync_api import Browser

from tests.browser import measures
from tests.browser.desk import Desk
from tests.browser.full_house import PAGES, FullHouse

ANCHORS = "[...document.querySelectorAll('[id], [data-section]')].map((one) => one.dataset.section ?? one.id)"
LINKS = "[...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"


class Crawler:
    """Which links were seen where, and what is to be found on each page."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.places: dict[str, set[str]] = {}
        self.links: dict[str, str] = {}

    def visit(self, path: str) -> None:
        """Open a page and note its links and its places."""
        page = self.desk.page
        page.goto("about:blank")
        self.desk.open(path)
        measures.rest(page)
        address = urlsplit(page.url)
        self.places.setdefault(address.path, set()).update(page.evaluate(ANCHORS))
        for link in page.evaluate(LINKS):
            self.links.setdefault(urljoin(page.url, link), path)

    def dead(self) -> list[str]:
        """Links that lead nowhere, with a page that has each. Lines of a log (`#at=`) are shown when they are asked for."""
        found = []
        answers: dict[str, bool] = {}
        for link, page in sorted(self.links.items()):
            target = urlsplit(link)
            if f"{target.scheme}://{target.netloc}" != self.desk.url:
                found += [f"{page}: {link} leads elsewhere"]
                continue
            where = target.path + (f"?{target.query}" if target.query else "")
            if where not in answers:
                answers[where] = self.desk.context.request.get(where).ok
            if not answers[where]:
                found.append(f"{page}: {link}")
            elif target.fragment and not target.fragment.startswith("at=") and not self._has(target.path, unquote(target.fragment)):
                found.append(f"{page}: {link} has no such place")
        return found

    def _has(self, path: str, place: str) -> bool:
        if path not in self.places:
            self.visit(path)
        return place in self.places[path]


def test_no_link_is_dead(chromium: Browser, full_house: FullHouse) -> None:
    with Desk(chromium, full_house.url) as desk:
        desk.sign_in(full_house.key)
        crawler = Crawler(desk)
        for name in PAGES:
            crawler.visit(full_house.path(name))
        assert len(crawler.links) > 60
        assert "\n".join(crawler.dead()) == ""
