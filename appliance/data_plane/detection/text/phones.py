"""Telephone numbers: the shape finds them, the numbering plans say whether they can be, words nearby say whether they are."""

from __future__ import annotations

import functools
import re
from typing import Any

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED, CHECKED, LOOSE, SHAPED
from appliance.data_plane.detection.text.vocabulary import NEGATIVE

_AMERICAN = re.compile(
    r"(?:1[ .-]{0,2})?(?:\(([2-9][0-9]{2})\)[ .-]{0,2}|([2-9][0-9]{2})[ ./-]{1,2}|([2-9][0-9]{2}))"
    r"([2-9][0-9]{2})[ .-]{0,2}([0-9]{4})(?![0-9]|-[0-9])"
)
_EXTENSION = re.compile(r"(?:,? {0,2}(?:extension|ext|ex|x)\.? ?[0-9]{1,6}|x[0-9]{1,6}| ?#[0-9]{2,6})(?![0-9])", re.IGNORECASE)
_ABROAD = re.compile(r"(?:\+|00) ?\(?[0-9]{1,4}\)?(?:[ ./-]{0,3}(?:\(0?\))?\(?[0-9]{1,6}\)?){1,7}")
_AT_HOME = re.compile(r"\(?[0-9]{1,6}\)?(?:[ ./-]{1,3}\(?[0-9]{1,9}\)?(?![0-9])){0,6}(?![0-9])|[0-9]{6,15}(?![0-9])")
_TRUNK = re.compile(r"\(0?\)")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_LAST_GROUP = re.compile(r"[ ./()-]{0,4}[0-9]+\)?\Z")
_COUNTRY_DIGITS = frozenset("123456789")
BEHIND = "phone behind"
"""What words announce that stand behind a number: office, fax, mobile."""
_KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail")


@functools.cache
def _pattern(region: str) -> tuple[str, str]:
    """The numbers of a country without its code and its trunk prefix, as a pattern, and that prefix; nothing where no plan is known."""
    import phonenumbers

    data = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if data is None:
        return "", ""
    patterns = {getattr(data, kind).national_number_pattern for kind in _KINDS if getattr(data, kind) is not None}
    return "|".join(f"(?:{pattern})" for pattern in sorted(filter(None, patterns))), data.national_prefix or ""


@functools.cache
def _plans(regions: tuple[str, ...]) -> Any:
    """The plans of some countries as one pattern, each with and without its trunk prefix."""
    import re2

    parts = [f"(?:{trunk})?(?:{pattern})" for pattern, trunk in map(_pattern, regions) if pattern]
    options = re2.Options()
    options.max_mem = 64 << 20
    options.never_capture = True
    return re2.compile("|".join(parts) or r"[^\x00-\x{10FFFF}]", options=options)


@functools.cache
def _regions() -> dict[str, tuple[str, ...]]:
    import phonenumbers

    return {str(code): regions for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


def fits(regions: tuple[str, ...], digits: str) -> bool:
    """Is this a number of one of the countries' plans, with or without its trunk prefix?"""
    return _plans(regions).fullmatch(digits) is not None


def fits_abroad(digits: str) -> bool:
    """Is this a country code and a number of that country's plan?"""
    for size in (1, 2, 3):
        regions = _regions().get(digits[:size])
        if regions:
            return fits(regions, digits[size:])
    return False


def _trimmed(text: str) -> str:
    return _LAST_GROUP.sub("", text)


def _groups(text: str) -> int:
    return len(_NOT_DIGITS.split(text.strip("()+ ")))


def _extended(page: Page, end: int) -> int:
    found = _EXTENSION.match(page.plain, end)
    return found.end() if found else end


def _opened(page: Page, start: int) -> int:
    return start - 1 if page.plain[start - 1] == "(" and page.plain.find(")", start, start + 7) > 0 else start


def american(page: Page, start: int, end: int) -> bool:
    """A number of North America as it is dialled there, in groups, or in one run where a word announces it. Was one found?"""
    begin = _opened(page, start)
    found = _AMERICAN.match(page.plain, begin)
    if not found:
        return False
    head = found[1] or found[2] or found[3]
    announced = page.announced(start, "phone_number") or page.follows(found.end(), BEHIND)
    known = _known_area(head)
    if found[3] and found.end() - found.start() <= 11 and not announced:
        return False
    if (not known and not announced) or (page.announced(start, NEGATIVE, 12) and not announced):
        return False
    score = 0.97 if known and announced else 0.9 if known and found[1] else 0.8 if known else 0.6
    page.add(begin, _extended(page, found.end()), "phone_number", score, ANNOUNCED if announced else SHAPED)
    return True


@functools.cache
def _known_area(head: str) -> bool:
    return fits(_regions()["1"], f"{head}2345678") or fits(_regions()["1"], f"{head}5552345")


def abroad(page: Page, start: int, end: int) -> None:
    """A number with its country code: groups are dropped from its end until the plan fits."""
    sign = page.plain.rfind("+", max(start - 3, 0), start)
    begin = sign if sign >= 0 else start
    found = _ABROAD.match(page.plain, begin)
    if not found:
        return
    text = found.group()
    whole = text
    while len(text) > 6:
        digits = _dialled(text)
        if len(digits) <= 15 and fits_abroad(digits):
            page.add(begin, _extended(page, begin + len(text)), "phone_number", 0.99 if sign >= 0 else 0.85, CHECKED)
            return
        text = _trimmed(text)
    if sign >= 0 and 8 <= len(_dialled(whole)) <= 15:
        page.add(begin, begin + len(whole), "phone_number", 0.7, SHAPED)


def _dialled(text: str) -> str:
    digits = _NOT_DIGITS.sub("", _TRUNK.sub("", text))
    return digits[2:] if digits.startswith("00") else digits


class Phones:
    """Readers that try the numbering plans of `regions` for numbers without a country code."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        self._regions = regions

    def american(self, page: Page, start: int, end: int) -> None:
        """As in North America, else as elsewhere."""
        if not american(page, start, end):
            self.at_home_trunk(page, start, end)

    def at_home(self, page: Page, start: int, end: int) -> None:
        """Any grouping where a word before or behind announces it."""
        at_home(page, start, self._regions, announced=page.announced(start, "phone_number"))

    def at_home_trunk(self, page: Page, start: int, end: int) -> None:
        """With a trunk zero, in groups; or with a country code behind two zeros."""
        if page.plain[start] != "0" or page.announced(start, "phone_number", 32):
            return
        if page.plain[start + 1] == "0":
            if page.plain[start + 2 : start + 4].strip()[:1] in _COUNTRY_DIGITS:
                abroad(page, start, end)
        else:
            at_home(page, start, self._regions, announced=False)


def at_home(page: Page, start: int, regions: tuple[str, ...], *, announced: bool) -> None:
    """A number without a country code: where a word announces it, any grouping; else one with a trunk zero, in groups, of a known plan."""
    begin = _opened(page, start)
    found = _AT_HOME.match(page.plain, begin)
    if found:
        _best(page, begin, found.group(), announced, regions)


def _best(page: Page, begin: int, text: str, announced: bool, regions: tuple[str, ...]) -> None:
    while len(text) > 5:
        digits = _NOT_DIGITS.sub("", text)
        if text[-1] == ")" and "(" not in text:
            text = text[:-1]
        announced = announced or page.follows(begin + len(text), BEHIND)
        if (
            6 <= len(digits) <= 13
            and 2 * _groups(text) <= len(digits)
            and (announced or (digits[0] == "0" and len(digits) >= 9 and _groups(text) >= 2))
        ):
            fit = fits(regions, digits)
            if (fit or announced) and not _is_other(text):
                score = (0.95 if fit else 0.7) if announced else 0.65
                page.add(begin, _extended(page, begin + len(text)), "phone_number", score, SHAPED if announced else LOOSE)
                return
        text = _trimmed(text)


def _is_other(text: str) -> bool:
    """A price, a date, a count of thousands: no grouping of a telephone number."""
    return bool(
        re.fullmatch(r"[0-9]{6}[-/][0-9]{3,4}|[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}|[0-9]+[.][0-9]{1,2}|[0-9]{1,3}(?:\.[0-9]{3})+", text)
    )
