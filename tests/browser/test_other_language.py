"""Every page in another language, longer by 40 % and written from the right: no word of it is left in English, nothing overflows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import measures
from tests.browser.desk import Desk
from tests.browser.full_house import PAGES, FullHouse
from tests.browser.pseudo import LANGUAGE, translated

_UNTRANSLATED = """() => {
  const own = "bdi, time, code, pre, kbd, textarea, script, style, noscript, .code, .log, #routes, option:not([data-say])";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const units = /[\\d.,<]+[\\s\\u00a0]*([KMGT]?i?B|s|min|h|ms)\\b/g;
  const technical = /\\b(csv|tsv|json|jsonl|parquet|utf-8|HTML|JSON|CSV|actgan|noop|[0-9a-f]{8,})\\b/g;
  const times = /\\d+\\/\\d+\\/\\d+|\\d+:\\d+(:\\d+)?\\s[AP]M/g;
  const left = (text) => [/\\u2068[^]*?\\u2069/g, units, technical, times].reduce((rest, known) => rest.replace(known, ""), text);
  const found = [];
  let depth = 0;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest(own)) continue;
    const seen = parent.checkVisibility({ visibilityProperty: true });
    for (const [piece] of node.data.matchAll(/[\\u27e6\\u27e7]|[^\\u27e6\\u27e7]+/g)) {
      if (piece === "\\u27e6") depth += 1;
      else if (piece === "\\u27e7") depth -= 1;
      else if (!depth && seen && /[A-Za-z]{2}/.test(left(piece))) found.push(`${parent.outerHTML.slice(0, 160)} says ${piece.trim()}`);
    }
  }
  for (const name of ["aria-label", "placeholder", "alt"]) {
    for (const node of document.body.querySelectorAll(`[${name}]`)) {
      const text = node.getAttribute(name);
      const said = name === "placeholder" ? / /.test(text) : /[a-z]{2}/.test(left(text));
      if (said && !text.includes("\\u27e6")) found.push(`${name} ${text}`);
    }
  }
  return found;
}"""
_LOOSE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.data.replace(/\\u2068[^]*?\\u2069/g, "").includes("\\u202e")) continue;
    if (!node.parentElement.closest("bdi, pre, code, textarea, option, script")) found.push(node.parentElement.outerHTML.slice(0, 160));
  }
  return found;
}"""


def answer(route: Route) -> None:
    """A file of the catalogue as a translator of that language would have left it."""
    fetched = route.fetch()
    body: Any = LANGUAGE if "language.json" in route.request.url else translated(fetched.json())
    route.fulfill(response=fetched, body=json.dumps(body))


@pytest.fixture(scope="module")
def abroad(chromium: Browser, full_house: FullHouse) -> Iterator[Page]:
    with Desk(chromium, full_house.url, viewport={"width": 390, "height": 900}) as desk:
        desk.context.route("**/console/words/*.json", answer)
        desk.sign_in(full_house.key)
        yield desk.page


def fits(page: Page) -> None:
    """Nothing overflows, from whichever side it is read."""
    for direction in ("rtl", "ltr"):
        page.evaluate("(direction) => (document.documentElement.dir = direction)", direction)
        assert "\n".join(measures.too_wide(page, 390)) == ""


def test_who_is_not_signed_in_is_asked_in_the_other_language(chromium: Browser, full_house: FullHouse) -> None:
    with Desk(chromium, full_house.url, viewport={"width": 390, "height": 900}) as desk:
        desk.page.goto("/console/account.html")
        desk.page.locator("#sign-in:not([hidden])").wait_for()
        assert len(desk.page.evaluate(_UNTRANSLATED)) > 10, "English is seen where nobody translates it"
        desk.context.route("**/console/words/*.json", answer)
        desk.page.reload()
        desk.page.locator("#sign-in:not([hidden])").wait_for()
        assert "\n".join(desk.page.evaluate(_UNTRANSLATED)) == ""
        fits(desk.page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_all_in_the_other_language_fits_and_keeps_names_apart(abroad: Page, full_house: FullHouse, name: str) -> None:
    abroad.goto("about:blank")
    abroad.goto(full_house.path(name))
    abroad.locator("#content:not([hidden]):not(.waiting)").wait_for()
    measures.rest(abroad)
    assert abroad.evaluate("document.documentElement.dir") == "rtl"
    assert "\n".join(abroad.evaluate(_UNTRANSLATED)) == ""
    assert abroad.evaluate(_LOOSE) == []
    fits(abroad)
