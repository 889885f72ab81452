"""What stands beside a name or a place: the postcode of a city, the city behind a street, the age or number in brackets behind a name."""

from __future__ import annotations

import re

from appliance.data_plane.detection import national_ids
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import LOOSE, NEAR

_PLACES = frozenset({"city", "location", "street_address", "country", "us_state"})
_CITIES = frozenset({"city", "location"})
_PERSONS = frozenset({"person_name", "first_name", "last_name"})
_CODE = (
    r"[0-9]{5}(?:-[0-9]{4})?|[0-9]{4} ?[A-Z]{2}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4,6}|[A-Z][0-9]{2} [A-Z0-9]{4}|"
    r"[A-Z]{2}-[0-9]{4,5}"
)
_CODE_BEHIND = re.compile(rf",?\s{{1,5}}({_CODE})(?![\w-]|[.,:/][0-9])")
_CODE_BEFORE = re.compile(rf"[,\n\x00]\s{{0,4}}(?:[A-Z]{{1,2}}-)?({_CODE}) {{1,2}}\Z")
_CITY_BEHIND = re.compile(
    r",?\s{1,5}(?:(?:[A-Z]{1,2}-)?(?:[0-9]{4,6}|[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4} ?[A-Z]{2}) )?"
    r"([A-Z][\w'-]{2,24}(?:[ -](?:[A-Z][\w'.-]{1,24}|de|la|le|am|an der|im|sur|del|di|do|da|upon|on)){0,4})"
    r"(?=[ ]*[,.;\n\x00)]|[ ]{1,2}[0-9A-Z])"
)
_AMERICAN = re.compile(r"[0-9]{5}(?:-[0-9]{4})?")
_CITY_AHEAD = re.compile(r" {1,2}[A-Z][a-z]")
_AGE = re.compile(r" {0,2}\(([1-9][0-9]?)\)|, ([1-9][0-9])(?=,| and | und | et | y | e )")
_NUMBER = re.compile(r" {0,2}\(([0-9A-Z][0-9A-Z ./+-]{6,24}[0-9A-Z])\)|, ([0-9]{3,6}[./-][0-9./-]{3,14}[0-9])(?=[,.;\n\x00 ])")


def read(page: Page) -> None:
    """Add what is found beside the findings so far."""
    for start, end, label, score, rank in list(page.found):
        if label in _PLACES and score >= 0.5:
            _beside_place(page, start, end, label)
            if label == "street_address" and rank >= LOOSE:
                _behind_street(page, end)
        elif label in _PERSONS and score >= 0.4:
            _behind_person(page, end)


def _beside_place(page: Page, start: int, end: int, label: str) -> None:
    behind = _CODE_BEHIND.match(page.plain, end)
    if behind:
        page.add(behind.start(1), behind.end(1), postcode_label(page, *behind.span(1)), 0.7, NEAR)
    before = _CODE_BEFORE.search(page.plain, max(start - 18, 0), start) if label in _CITIES else None
    if before:
        page.add(before.start(1), before.end(1), postcode_label(page, *before.span(1)), 0.7, NEAR)


def _behind_street(page: Page, end: int) -> None:
    code = _CODE_BEHIND.match(page.plain, end)
    if code and page.plain[end] in ",\n ":
        page.add(code.start(1), code.end(1), postcode_label(page, *code.span(1)), 0.7, NEAR)
    city = _CITY_BEHIND.match(page.plain, end)
    if city and page.plain[end] in ",\n":
        page.add(city.start(1), city.end(1), "city", 0.6, NEAR - 1)


def postcode_label(page: Page, start: int, end: int) -> str:
    """Five digits (and four) are America's unless the city comes behind them and a comma or nothing before."""
    if not _AMERICAN.fullmatch(page.plain, start, end):
        return "postcode"
    before = page.plain[max(start - 2, 0) : start].rstrip(" ")[-1:]
    return "postcode" if before in ("", ",", "\n", "\x00", "-") and _CITY_AHEAD.match(page.plain, end) else "us_zip_code"


def _behind_person(page: Page, end: int) -> None:
    if page.plain[end] not in " ,(":
        return
    age = _AGE.match(page.plain, end)
    if age:
        group = 1 if age[1] else 2
        page.add(age.start(group), age.end(group), "age", 0.7, NEAR)
        return
    number = _NUMBER.match(page.plain, end)
    if number:
        group = 1 if number[1] else 2
        schemes = national_ids.schemes_of(number[group])
        if schemes:
            page.add(number.start(group), number.end(group), schemes[0].label, 0.75, NEAR + 30)
