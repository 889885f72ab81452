"""Dates, times and ages, in figures and with the names of months."""

from __future__ import annotations

import re

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED, LOOSE, SHAPED
from appliance.data_plane.detection.text.vocabulary import NEGATIVE

_TIME = r"(?:[01]?[0-9]|2[0-3])[:.h][0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?: ?[aApP]\.?[mM]\b\.?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|CEST|CET|E[SD]T|P[SD]T|C[SD]T|[+-][01][0-9]:?[0-5][0-9])\b)?"
_CLOCK_AFTER = re.compile(rf"(?:T|:|,? {{1,2}}(?:at |um |a las |alle |om |kl\.? |o |- )?){_TIME}{_ZONE}(?![0-9])")
_CLOCK = re.compile(rf"{_TIME}{_ZONE}(?![0-9:]|\.[0-9])")
_MERIDIEM = re.compile(r"(?:[1-9]|1[0-2]) ?[aApP]\.?[mM]\b")
_AGE_AFTER = re.compile(
    r"[ -]?(?:y/?o\b|y\.o\.|y/o\b|(?:years?|yrs?)[ -]old\b|(?:years?|yrs?)\.? of age\b|jahre alt\b|jahrige[rnms]?\b|"
    r"ans d'age\b|anos de edad\b|anni di eta\b|"
    r"anos de idade\b|jaar oud\b|ar gammal\b|ar gammel\b|"
    r"lat\b(?=[,.;)]|\Z)|"
    r"(?:jahre|ans|anos|anni|jaar)\b(?= ?[,.;:)\x00\n]))",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(
    r"(?<![0-9A-Za-z.,:/-])(?:the )?(0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|er|re|de|ste|o|a|\.)?(?:[ /-]| of | de | d'|\. )?\Z",
    re.IGNORECASE,
)
_YEAR_BEFORE = re.compile(r"(?<![0-9A-Za-z])((?:19|20)[0-9]{2})[ -]\Z")
_YEAR_AFTER = re.compile(
    r"\.?(?:[ ,/-]{1,2}|,? (?:of|de|del|do) )((?:18|19|20)[0-9]{2}(?=:[0-2][0-9]:)|"
    r"(?:18|19|20)[0-9]{2}(?!:)|'?[0-9]{2}(?=[\x00\n,.;) ]))(?![0-9A-Za-z]|[./-][0-9])"
)
_DAY_AFTER = re.compile(r"\.?[ -]{1,2}(?:the )?(0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?(?![0-9A-Za-z%:]|[./,-][0-9])", re.IGNORECASE)
_BLANKS = re.compile(r"([0-9]{1,2})\. ([0-9]{1,2})\. ?([0-9]{4})(?![0-9])")
_LASTING = re.compile(
    r"(?:depuis|hace|seit|since|for|da|sinds|pendant|durante|uber|over|a|vor|within|in|por|per|last|"
    r"next|past|all|voor|sedan|i|od|przez|ogni|alle|tous les) {1,2}\Z",
    re.IGNORECASE,
)
_WEAK_AGE = re.compile(r"[ -]?(?:jahre|ans|anos|anni|jaar|lat)\b", re.IGNORECASE)
_SURE_AGE = re.compile(r"[ -]?(?:jahre alt|ans d'age|anos de|anni di|jaar oud)\b", re.IGNORECASE)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_VERSION = re.compile(r"(?:\bv|version|release|build|python|ver)[ .]?\Z", re.IGNORECASE)


def is_date(first: str, second: str, third: str) -> int:
    """How well three numbers make a date: 0 not, 1 with a year of two digits, 2 with one of four."""
    if len(first) == 4:
        return 2 if _is_year(first) and _is_day(int(third), int(second)) and len(second) <= 2 and len(third) <= 2 else 0
    if not (len(first) <= 2 and len(second) <= 2 and len(third) in (2, 4)):
        return 0
    one, two = int(first), int(second)
    if not (_is_day(one, two) or _is_day(two, one)):
        return 0
    return (2 if _is_year(third) else 0) if len(third) == 4 else 1


def _is_year(text: str) -> bool:
    return "1850" <= text <= "2149"


def _is_day(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def label_of(page: Page, start: int, end: int) -> str:
    """A date of birth where it is announced so, before or behind it."""
    return "birth_date" if page.announced(start, "birth_date") or page.follows(end, "birth_date") else "date"


def date_in_figures(page: Page, start: int, end: int) -> None:
    """`2024-01-31`, `31.01.2024`, `1/31/24` and their like; a year of two digits asks for strokes, or for a word that announces a date."""
    token = page.plain[start:end]
    sign = next(mark for mark in token if not mark.isdigit())
    parts = token.split(sign)
    sure = is_date(*parts) if len(parts) == 3 else 0
    if not sure:
        return
    announced = page.announced(start, "date") or page.announced(start, "birth_date")
    if sure == 1 and not announced and not _is_short_date(page, start, token, sign):
        return
    _add(page, start, end, (0.0, 0.75, 0.95)[sure] + 0.04 * announced, SHAPED)


def _is_short_date(page: Page, start: int, token: str, sign: str) -> bool:
    """With a year of two digits and no word for a date: strokes, or two digits everywhere and dots; nothing that a word denies."""
    if page.announced(start, NEGATIVE, 20):
        return False
    return sign == "/" or (sign == "." and len(token) == 8 and not _VERSION.search(page.plain, max(start - 12, 0), start))


def date_with_blanks(page: Page, start: int, end: int) -> None:
    """`1. 9. 2025`."""
    found = _BLANKS.match(page.plain, start)
    if found and is_date(*found.groups()):
        _add(page, start, found.end(), 0.95, SHAPED)


def compact_date(page: Page, start: int, end: int) -> None:
    """`20240131`, where a word announces a date."""
    token = page.plain[start:end]
    if is_date(token[:4], token[4:6], token[6:]) and (page.announced(start, "date", 16) or page.announced(start, "birth_date", 24)):
        _add(page, start, end, 0.85, ANNOUNCED)


def _add(page: Page, start: int, end: int, score: float, rank: int) -> None:
    clock = _CLOCK_AFTER.match(page.plain, end)
    if clock:
        page.add(start, clock.end(), "datetime", min(score + 0.02, 0.99), rank)
    else:
        page.add(start, end, label_of(page, start, end), min(score, 0.99), rank)


def date_with_month(page: Page, start: int, end: int) -> None:
    """`October 13, 2024`, `13. Oktober 2024`, `1er mars 2020`, `13-Oct-24`, `March 2024` around a month's name."""
    plain = page.plain
    before = _DAY_BEFORE.search(plain, max(start - 12, 0), start)
    year = _YEAR_AFTER.match(plain, end)
    if before:
        _add(page, before.start(1), year.end() if year else end, 0.97 if year else 0.7, SHAPED)
        return
    day = _DAY_AFTER.match(plain, end)
    if day and not (year and len(year[1]) == 4):
        year = _YEAR_AFTER.match(plain, day.end())
        early = None if year else _YEAR_BEFORE.search(plain, max(start - 8, 0), start)
        begin = early.start(1) if early else start
        if year or early or plain[start].isupper():
            _add(page, begin, year.end() if year else day.end(), 0.97 if year or early else 0.7, SHAPED)
    elif year and plain[start].isupper() and len(year[1]) == 4:
        _add(page, start, year.end(), 0.85, SHAPED)


def time_of_day(page: Page, start: int, end: int) -> None:
    """`14:05:59`, `2:05 pm`, or hours and minutes alone with less certainty."""
    found = _CLOCK.match(page.plain, start)
    if found and found.end() >= end and page.plain[start - 1] not in "/-":
        sure = found.end() - start > 5
        page.add(start, found.end(), "time", 0.85 if sure else 0.5, SHAPED if sure else LOOSE)


def hour(page: Page, start: int, end: int) -> None:
    """`5 pm`."""
    found = _MERIDIEM.match(page.plain, start)
    if found:
        page.add(start, found.end(), "time", 0.7, LOOSE)


def age(page: Page, start: int, end: int) -> None:
    """`34 yo`, `34-year-old`, `34 Jahre alt`."""
    plain = page.plain
    if int(plain[start:end]) > 125 or not _AGE_AFTER.match(plain, end):
        return
    weak = _WEAK_AGE.match(plain, end) and not _SURE_AGE.match(plain, end)
    if not weak or not _LASTING.search(plain, max(start - 12, 0), start):
        page.add(start, end, "age", 0.6 if weak else 0.95, ANNOUNCED)


def age_announced(page: Page, start: int, end: int) -> None:
    """`aged 34`, `im Alter von 34`, `turned 34`."""
    if int(page.plain[start:end]) <= 125 and page.announced(start, "age", 6) and not _UNIT_AFTER.match(page.plain, end):
        page.add(start, end, "age", 0.8, ANNOUNCED)


_UNIT_AFTER = re.compile(
    r" ?(?:[0-9%:/]|\.[0-9]|,[0-9]|(?:st|nd|rd|th|km|kg|cm|mm|min|minutes?|hours?|days?|weeks?|months?|miles?|percent|o'clock|times?|"
    r"degrees|tage|wochen|monate|s|h|m)\b)"
)
