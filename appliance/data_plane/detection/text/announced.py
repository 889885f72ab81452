"""Values that only the word before them gives away: record numbers, licences, accounts, user names, passwords, plates."""

from __future__ import annotations

import re

from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.ranks import ANNOUNCED

_LINK = re.compile(
    r"(?:[ \t]{1,3}|[:=#(\"'*.\-]|\b(?:number|numbers|no|nr|num|nbr|id|"
    r"code|is|are|was|on file|of|numero|nummer|numer|ist|lautet|est|es|e|is now|"
    r"er|ar|card|the|my|n|o|named|called|set to)\b){0,8}",
    re.IGNORECASE,
)
_OF_STATES = ("national_id", "tax_id")
"""Short words for these are names too (Rut, Sin): small letters ask for a number that is right."""
_CODE = re.compile(
    r"[A-Z0-9]{1,4}[ -]?[0-9][A-Za-z0-9]{2,20}(?:[-/.][A-Za-z0-9]{1,12}){0,4}|[A-Za-z0-9]{1,12}(?:[-/.][A-Za-z0-9]{1,12}){0,4}"
)
_ACCOUNT = re.compile(r"[0-9]{6,18}(?![0-9A-Za-z])|[0-9]{2,6}(?:[ -][0-9]{2,6}){1,5}(?![0-9A-Za-z])|[xX*]{2,12}-?[0-9]{4}")
_NAME = re.compile(r"@?[A-Za-z0-9](?:[\w.@+-]{0,62}[A-Za-z0-9_])")
_SECRET = re.compile(r"[^\s\x00\x01,;]{3,63}[^\s\x00\x01,;.\"')]")
_PLATE = re.compile(
    r"(?=[A-Z0-9 -]{0,7}[0-9])(?=[0-9 -]{0,5}[A-Z])[A-Z0-9]{1,4}(?:[ -]{1,3}[A-Z0-9]{1,6}){0,3}(?![A-Za-z0-9])|"
    r"(?=[A-Z0-9]{0,7}[0-9])[A-Z0-9]{5,8}(?![A-Za-z0-9])"
)
_KEY = re.compile(r"(?=[A-Za-z_+/=.-]{0,40}[0-9])[A-Za-z0-9_+/=.-]{12,200}")
_SIGN_LINK = re.compile(r"[\"']?\s{0,2}(:|=|\bto\b|\bwas\b|\bis\b|\bist\b|\best\b|\bes\b|->)\s{0,2}[\"']?", re.IGNORECASE)
_LOGIN = re.compile(r"[a-z][a-z0-9]{1,30}(?:[._-][a-z0-9]{1,30}){1,3}(?![\w@])|[a-z]{1,30}[0-9]{1,8}[a-z]{0,4}(?![\w@.-]*\w)")

_BY_LABEL: dict[str, tuple[re.Pattern[str], int, float]] = {
    "medical_record_number": (_CODE, 4, 0.96),
    "health_plan_number": (_CODE, 5, 0.9),
    "passport_number": (_CODE, 5, 0.95),
    "driver_license": (_CODE, 4, 0.95),
    "bank_account_number": (_ACCOUNT, 4, 0.9),
    "employee_id": (_CODE, 3, 0.9),
    "customer_id": (_CODE, 3, 0.9),
    "device_identifier": (_CODE, 5, 0.85),
    "national_id": (_CODE, 6, 0.8),
    "tax_id": (_CODE, 6, 0.8),
    "license_plate": (_PLATE, 1, 0.85),
    "vehicle_identifier": (re.compile(r"[A-HJ-NPR-Z0-9]{11,17}(?![A-Za-z0-9])"), 4, 0.8),
    "cvv": (re.compile(r"[0-9]{3,4}(?![0-9A-Za-z.,:/-])|[0-9]{3,4}(?=[.,](?:[ \x00\n]))"), 3, 0.95),
    "pin": (re.compile(r"[0-9]{4,6}(?![0-9A-Za-z:/-])"), 4, 0.85),
    "us_social_security_number": (re.compile(r"[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{4}(?![0-9])"), 9, 0.6),
}
"""The form of the value, how many digits it has at least, the probability."""

_SECRETS = {"user_name": _NAME, "password": _SECRET, "api_key": _KEY}
_NO_VALUES = frozenset(
    """is was has and or the a an for to in on at of reset change changed required needed expired invalid incorrect wrong correct none
    null true false policy protected manager field not will must should can be it that this again here please again set""".split()
)

LABELS = frozenset(_BY_LABEL)
SECRETS = frozenset(_SECRETS)
"""What this file reads."""


def announced_value(page: Page, start: int, end: int, labels: frozenset[str]) -> None:
    """The value behind a cue for one of `labels` that ends at `end`."""
    weak = end - start <= 4 and not page.plain[start:end].isupper()
    for label in labels & LABELS:
        if weak and label in _OF_STATES:
            continue
        pattern, digits, score = _BY_LABEL[label]
        link = _LINK.match(page.plain, end)
        found = pattern.match(page.plain, link.end()) if link else None
        if found and sum(map(str.isdigit, found.group())) >= digits:
            page.add(found.start(), found.end(), label, score, ANNOUNCED)
    for label in labels & SECRETS:
        _announced_secret(page, end, label)


def _announced_secret(page: Page, end: int, label: str) -> None:
    """A user name, a password, a key: behind a colon or an equals sign it may be any word, else it looks like none."""
    plain = page.plain
    link = _SIGN_LINK.match(plain, end)
    pattern = _SECRETS[label]
    found = pattern.match(plain, link.end()) if link else None
    if found and label == "user_name" and found.group().isalpha() and found.group()[0].isupper():
        return
    if found and _is_secret(found.group()) and (link[1] in (":", "=") or _is_unlike_words(found.group())):  # type: ignore[index]
        page.add(found.start(), found.end(), label, 0.85, ANNOUNCED - 1)
    elif label == "user_name" and plain[end] == " ":
        found = (_NAME if plain[end + 1] == "@" else _LOGIN).match(plain, end + 1)
        if found:
            page.add(found.start(), found.end(), label, 0.75, ANNOUNCED - 1)


def _is_secret(text: str) -> bool:
    return text.lower() not in _NO_VALUES and len(text) >= 3


def _is_unlike_words(text: str) -> bool:
    """With a digit, a sign inside, or capitals inside."""
    return not text.isalpha() or not text[1:].islower()


GLUED = {
    "mrn": "medical_record_number",
    "ssn": "us_social_security_number",
    "dl": "driver_license",
    "emp": "employee_id",
    "acct": "bank_account_number",
    "cust": "customer_id",
    "pat": "medical_record_number",
    "nhs": "uk_nhs_number",
}
"""Abbreviations that are written into the number itself."""


def glued(page: Page, start: int, end: int) -> None:
    """`MRN1234567`: five digits right behind letters stop at `end`."""
    plain = page.plain
    begin = end - 5
    while begin > end - 12 and plain[begin - 1].isalpha():
        begin -= 1
    label = GLUED.get(plain[begin : end - 5].lower())
    if not label or plain[begin - 1].isalnum():
        return
    stop = end
    while plain[stop].isdigit():
        stop += 1
    page.add(begin, stop, label, 0.95, ANNOUNCED + 1)
