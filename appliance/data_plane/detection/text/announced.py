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
_CODE = re.compile(
    r"[A-Za-z0-9]{1,4}[ -]?[0-9][A-Za-z0-9]{2,20}(?:[-/.][A-Za-z0-9]{1,12}){0,4}|[A-Za-z0-9]{1,12}(?:[-/.][A-Za-z0-9]{1,12}){0,4}"
)
_ACCOUNT = re.compile(r"[0-9]{6,18}(?![0-9A-Za-z])|[0-9]{2,6}(?:[ -][0-9]{2,6}){1,5}(?![0-9A-Za-z])|[xX*]{2,12}-?[0-9]{4}")
_NAME = re.compile(r"@?[A-Za-z0-9](?:[\w.@+-]{0,62}[A-Za-z0-9_])")
_SECRET = re.compile(r"[^\s\x00\x01,;]{3,63}[^\s\x00\x01,;.\"')]")
_SHORT = re.compile(r"[0-9]{3,8}(?![0-9A-Za-z.,:/-]*[0-9])")
_PLATE = re.compile(r"(?=[A-Z0-9 -]{0,7}[0-9])(?=[0-9 -]{0,5}[A-Z])[A-Z0-9]{1,4}(?:[ -]{1,3}[A-Z0-9]{1,5}){0,3}(?![A-Za-z0-9])")
_KEY = re.compile(r"(?=[A-Za-z_+/=.-]{0,40}[0-9])[A-Za-z0-9_+/=.-]{12,200}")
_SIGN_LINK = re.compile(r"\s{0,2}(?::|=|\bis\b|\bist\b|\best\b|\bes\b|->)\s{0,2}[\"']?|\s{1,2}[\"']", re.IGNORECASE)

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
    "user_name": (_NAME, 0, 0.8),
    "password": (_SECRET, 0, 0.85),
    "api_key": (_KEY, 1, 0.85),
}
"""The form of the value, how many digits it has at least, the probability."""

_BY_SIGN = ("user_name", "password", "api_key")
_NO_VALUES = frozenset(
    """is was has and or the a an for to in on at of reset change changed required needed expired invalid incorrect wrong correct none
    null true false policy protected manager field not will must should can be it that this again here please again set""".split()
)

LABELS = frozenset(_BY_LABEL)
"""What this file reads."""


def announced_value(page: Page, start: int, end: int, labels: frozenset[str]) -> None:
    """The value behind a cue for one of `labels` that ends at `end`."""
    for label in labels & LABELS:
        pattern, digits, score = _BY_LABEL[label]
        link = _SIGN_LINK.match(page.plain, end) if label in _BY_SIGN else _LINK.match(page.plain, end)
        if not link or (link.end() == end and label in _BY_SIGN):
            continue
        found = pattern.match(page.plain, link.end())
        if found and _is_value(found.group(), label, digits):
            page.add(found.start(), found.end(), label, score, ANNOUNCED if label not in _BY_SIGN else ANNOUNCED - 1)


def _is_value(text: str, label: str, digits: int) -> bool:
    if sum(map(str.isdigit, text)) < digits:
        return False
    return label not in _BY_SIGN or (text.lower() not in _NO_VALUES and len(text) >= 3)


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
