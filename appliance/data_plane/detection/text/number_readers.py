"""Readers of numbers: state numbers, cards, addresses of the internet, coordinates, devices, banks."""

from __future__ import annotations

import re

from appliance.data_plane.detection import checksums, national_ids
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED, CHECKED, LOOSE, SHAPED
from appliance.data_plane.detection.text.vocabulary import NEGATIVE

_CARD = re.compile(r"[0-9]{4}([ -]?)(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?|[0-9]{6}\1[0-9]{4,5})(?![0-9]|[ -][0-9]{4}(?![0-9]))")
_NINE = re.compile(r"[0-9]{3}([ -]?)[0-9]{2}\1[0-9]{4}(?![0-9]|[-.][0-9])")
_TEN = re.compile(r"[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{4}(?![0-9]|[-.][0-9])")
_ADDRESS = re.compile(
    r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?![0-9.]*[0-9])"
)
_STATE_ID = re.compile(r"[0-9]{1,11}(?:[ ./-]{0,1}[0-9A-Z]{1,9}){0,7}(?![0-9A-Za-z])")
_PAIR = re.compile(
    r"([-+]?[0-9]{1,2}\.[0-9]{3,9})(?:\x01? ?[NS]\b)?[,;/]? {0,2}([-+]?[0-9]{1,3}\.[0-9]{3,9})(?:\x01? ?[EWO]\b)?(?![0-9]|\.[0-9])"
)
_DEGREES = re.compile(
    r"[0-9]{1,2}\x01 ?[0-9]{1,2}['\x01] ?(?:[0-9]{1,2}(?:\.[0-9]{1,4})?[\"\x01']{1,2} ?)?[NS],? {0,2}"
    r"[0-9]{1,3}\x01 ?[0-9]{1,2}['\x01] ?(?:[0-9]{1,2}(?:\.[0-9]{1,4})?[\"\x01']{1,2} ?)?[EWO]\b"
)
_STATES = ("national_id", "tax_id")
_DEGREE = re.compile(r"[-+]?[0-9]{1,3}\.[0-9]{2,9}(?:\x01? ?[NSEW]\b)?")


STATE_FORMS = (
    r"000\.000\.000-00|00\.000\.000/0000-00|0{6}-0{4}|0{8}-0{4}|00\.00\.00-000\.00|000\.0000\.0000\.00|0{6}/0{3,4}|000-000-000|00-0{8}-0|"
    r"00\.000\.000-0|0{6}-00-0000|0{5}-0{7}-0|000-0000-0{7}-0|0{6}-0{7}|0-0000-0{5}-00-0"
)
"""Groups in which a state writes its numbers and few others do."""


def social_security(page: Page, start: int, end: int) -> None:
    """An American social security number in its groups, or nine digits that a word announces."""
    found = _NINE.match(page.plain, start)
    if not found or page.plain[start - 1] == "-":
        return
    digits = checksums.compact(found.group())
    label = "us_social_security_number"
    announced = page.announced(start, label) or page.follows(found.end(), label)
    if not national_ids.us_ssn(digits) and not (announced and national_ids.us_itin(digits)):
        return
    if announced:
        page.add(start, found.end(), label, 0.99, CHECKED)
    elif found[1] == "-":
        page.add(start, found.end(), label, 0.55 if page.announced(start, NEGATIVE, 16) else 0.88, SHAPED)


def card(page: Page, start: int, end: int) -> None:
    """A payment card: an issuer's head, its length, Luhn's digit."""
    found = _CARD.match(page.plain, start)
    text = found.group() if found else page.plain[start:end]
    announced = page.announced(start, "credit_card_number")
    if checksums.card(checksums.compact(text)):
        if len(text) < 14 and not announced:
            return
        denied = not announced and page.announced(start, NEGATIVE, 20)
        page.add(start, start + len(text), "credit_card_number", 0.99 if announced else 0.7 if denied else 0.95, CHECKED)
    elif announced and 12 <= len(checksums.compact(text)) <= 19:
        page.add(start, start + len(text), "credit_card_number", 0.7, LOOSE)


def health_service(page: Page, start: int, end: int) -> None:
    """A number of the British health service: checked, and announced or in its groups of three, three and four."""
    found = _TEN.match(page.plain, start)
    if not found or not checksums.nhs(checksums.compact(found.group())):
        return
    if page.announced(start, "uk_nhs_number"):
        page.add(start, found.end(), "uk_nhs_number", 0.99, CHECKED)
    elif found[1] == " " and not page.announced(start, "phone_number"):
        page.add(start, found.end(), "uk_nhs_number", 0.6, LOOSE)


def internet_address(page: Page, start: int, end: int) -> None:
    """An IPv4 address that no word calls a version."""
    found = _ADDRESS.match(page.plain, start)
    if not found or found.end() > end:
        return
    if page.plain[start - 1] in "vV-" or (page.announced(start, NEGATIVE, 16) and not page.announced(start, "ip_address", 16)):
        return
    parts = found.group().split(".")
    small = sum(len(part) == 1 for part in parts) >= 3 and not page.announced(start, "ip_address")
    page.add(start, found.end(), "ip_address", 0.5 if small else 0.97, SHAPED if small else CHECKED)


def state_number(page: Page, start: int, end: int) -> None:
    """A number that a state gave, where a word announces one and its check digits are right, or where they hardly fail by chance."""
    announced = next((label for label in _STATES if page.announced(start, label)), "")
    announced = announced or ("national_id" if page.announced(start, "id", 12) else "")
    found = _STATE_ID.match(page.plain, start)
    text = found.group() if found else page.plain[start:end]
    while len(text) >= 7:
        schemes = [scheme for scheme in national_ids.schemes_of(checksums.compact(text)) if announced or scheme.chance < 0.12]
        if schemes and (announced or not page.announced(start, NEGATIVE, 16)):
            label = next((scheme.label for scheme in schemes if scheme.label == announced), schemes[0].label)
            page.add(start, start + len(text), label, 0.97 if announced else 0.7, ANNOUNCED if announced else LOOSE)
            return
        text = text[:-1].rstrip(" ./-") if " " not in text else text.rpartition(" ")[0]


def coordinates(page: Page, start: int, end: int) -> None:
    """A pair of latitude and longitude with three or more decimals, or one of them where a word announces it."""
    plain = page.plain
    begin = start - 1 if plain[start - 1] in "-+" else start
    pair = _PAIR.match(plain, begin)
    if pair and abs(float(pair[1])) <= 90 and abs(float(pair[2])) <= 180:
        sure = page.announced(start, "gps_coordinates") or min(len(part.partition(".")[2]) for part in pair.groups()) >= 4
        page.add(begin, pair.end(), "gps_coordinates", 0.92 if sure else 0.6, SHAPED if sure else LOOSE)
        return
    single = _DEGREE.match(plain, begin)
    label = next((name for name in ("latitude", "longitude") if page.announced(start, name, 12)), "")
    if single and label and abs(float(re.match(r"[-+]?[0-9.]+", single.group())[0])) <= (90 if label == "latitude" else 180):  # type: ignore[index]
        page.add(begin, single.end(), label, 0.9, ANNOUNCED)


def degrees(page: Page, start: int, end: int) -> None:
    """A pair of degrees, minutes and seconds."""
    found = _DEGREES.match(page.plain, start)
    if found:
        page.add(start, found.end(), "gps_coordinates", 0.95, SHAPED)


def device(page: Page, start: int, end: int) -> None:
    """The number of a mobile device or of its subscriber, fifteen digits, where a word announces it."""
    digits = checksums.compact(page.plain[start:end])
    if page.announced(start, "imei_hardware_id"):
        page.add(start, end, "imei_hardware_id", 0.98 if checksums.imei(digits) else 0.8, CHECKED)
    elif page.announced(start, "imsi_subscriber_id"):
        page.add(start, end, "imsi_subscriber_id", 0.9, CHECKED)


def routing(page: Page, start: int, end: int) -> None:
    """An American routing number: checked, and announced."""
    if page.announced(start, "aba_routing_number") and checksums.aba(page.plain[start:end]):
        page.add(start, end, "aba_routing_number", 0.97, CHECKED)
