"""Postcodes and post boxes, as they are written in the countries of Europe and America."""

from __future__ import annotations

import re

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED, SHAPED, STREET
from appliance.data_plane.detection.text.vocabulary import NEGATIVE

_AMERICAN_STATES = frozenset(
    """AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX
    UT VT VA WA WV WI WY DC PR VI GU AS MP AA AE AP""".split()
)
_STATE = re.compile(r"(?<![\w])([A-Z]{2}),?[ \n]{1,2}\Z")
_MILITARY = re.compile(r"\b(?:APO|FPO|DPO),? (?:AA|AE|AP)\b")


def postcode(page: Page, start: int, end: int) -> None:
    """A postcode behind an American state, or where a word announces one."""
    plain = page.plain
    token = plain[start:end]
    state = _STATE.search(plain, max(start - 5, 0), start)
    if state and state[1] in _AMERICAN_STATES and re.fullmatch(r"[0-9]{5}(?:-[0-9]{4})?", token):
        page.add(start, end, "us_zip_code", 0.93, SHAPED)
        military = _MILITARY.search(plain, max(state.start() - 8, 0), state.end())
        if military:
            page.add(military.start(), military.end(), "street_address", 0.8, STREET)
        else:
            page.add(state.start(1), state.end(1), "us_state", 0.9, SHAPED)
        return
    for label in ("us_zip_code", "postcode"):
        if page.announced(start, label, 16):
            longer = _SECOND_HALF.match(plain, end)
            page.add(start, longer.end() if longer else end, label, 0.93, ANNOUNCED)
            return


_SECOND_HALF = re.compile(r" [0-9]{2}(?![0-9.,:/-])|-[0-9]{3,4}(?![0-9])| ?[A-Z]{2}(?![A-Za-z0-9])")
_BOX = re.compile(r"[.:]? ?(?:no\.? ?|#)?[0-9]{1,6}(?:, (?:Box|box) [0-9]{1,6})?(?![0-9])")


def post_box(page: Page, start: int, end: int) -> None:
    """`P.O. Box 123`, `Postfach 12 34`."""
    found = _BOX.match(page.plain, end)
    if found and (page.plain[start].isupper() or end - start > 4):
        whole = _POST_OFFICE.search(page.plain, max(start - 6, 0), start)
        page.add(whole.start() if whole else start, found.end(), "street_address", 0.9, STREET)


_POST_OFFICE = re.compile(r"\b[Pp]\.? ?[Oo]\.? \Z")
_UK = re.compile(
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]|[A-HK-Y][0-9][0-9]|[0-9][A-HJKPS-UW]|[A-HK-Y][0-9][ABEHMNPRV-Y]))"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2}\Z"
)
_CANADA = re.compile(r"[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][ -]?[0-9][ABCEGHJ-NPRSTV-Z][0-9]\Z")


def lettered_postcode(page: Page, start: int, end: int) -> None:
    """A British or Canadian postcode, from the place where its second half begins: `SW1A 1AA`, `K1A 0B1`."""
    plain = page.plain
    for pattern, begin in ((_UK, end - 8), (_CANADA, end - 7)):
        found = _whole(pattern, plain, max(begin, 0), end)
        if found >= 0 and not page.announced(found, NEGATIVE, 16):
            page.add(found, end, "postcode", 0.85, SHAPED)
            return


def _whole(pattern: re.Pattern[str], plain: str, begin: int, end: int) -> int:
    for at in range(begin, end - 4):
        if not plain[at - 1].isalnum() and pattern.match(plain, at, end):
            return at
    return -1
