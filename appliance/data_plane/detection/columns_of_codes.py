"""Evidence of columns of codes: vehicles, plates, banks, postal codes, passports, licences, blood types, secrets."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache

from appliance.data_plane.detection.checksums import compact, swift, vin, vin_form
from appliance.data_plane.detection.evidence import Evidence, Found, lent
from appliance.data_plane.detection.lexicon_states import US_STATE_CODES
from appliance.data_plane.detection.profile import SHAPE, ColumnProfile

_POSTCODES: tuple[tuple[str, str, float], ...] = (
    ("British", r"(?:GIR 0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})", 6.0),
    ("Canadian", r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d", 6.5),
    ("Dutch", r"[1-9]\d{3} ?(?!S[ADS])[A-Z]{2}", 5.0),
    ("Irish", r"[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}", 5.0),
    ("prefixed", r"(?:A|B|CH|CZ|D|DK|E|EE|F|FIN?|GR|HR|HU|I|IS|L|LT|LV|MD|N|NL|P|PL|RO|S|SE|SI|SK)-\d{4,6}", 4.5),
    ("Maltese", r"[A-Z]{3} ?\d{4}", 0.5),
    ("American, long", r"\d{5}-\d{4}", 4.5),
    ("Brazilian", r"\d{5}-\d{3}", 4.5),
    ("Polish", r"\d{2}-\d{3}", 4.5),
    ("Portuguese", r"\d{4}-\d{3}", 4.0),
    ("Japanese", r"\d{3}-\d{4}", 1.5),
    ("spaced", r"\d{3} \d{2}", 3.0),
    ("American", r"\d{5}", 1.0),
    ("four", r"\d{4}", 1.0),
    ("six", r"\d{6}|\d{3} \d{3}", 1.0),
    ("seven", r"\d{7}", -0.5),
)
_BLOOD = re.compile(
    r"(?:AB|A|B|O|0)\s?(?:[+\-−–]|\(?(?:rh|RH|Rh)?\s?(?:[+\-−–]|pos(?:itive|itiv)?\.?|neg(?:ative|ativ)?\.?)\)?)(?:ve)?|(?:I|II|III|IV)\s?\(?[+\-]\)?"
    r"|(?:AB|A|B|O|0)\s?(?:RH|Rh)?(?:D)?[+\-]",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"[A-Z]{1,3}[ ·-]{0,2}[A-Z]{0,2}[ -]?\d{1,5}[EH]?|\d{1,4}[ -]?[A-Z]{1,3}[ -]?\d{0,4}"
    r"|[A-Z]{1,3}[ -]?\d{1,4}[ -]?[A-Z]{1,3}|\d[A-Z]{2,3}\d{2,4}"
    r"|[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{1,4}|[A-Z]{3}\d[A-Z]\d{2}|\d{1,3}[ -][A-Z]{1,3}[ -]\d{1,4}|\d{2,3}[ -]\d{2,3}[ -]\d{2,3}"
)
_KNOWN_PLATE = re.compile(
    r"[A-Z]{2}\d{2} [A-Z]{3}|[A-Z]{2}[- ]\d{3}[- ][A-Z]{2}"
    r"|[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} \d{1,4}[EH]?|\d{4} [BCDFGHJ-NPR-TV-Z]{3}|[A-Z]{3} \d{2}[\dA-Z]"
    r"|[A-Z]{2}[- ]\d{2}[- ][A-Z]{2}|\d{2}[- ][A-Z]{2}[- ]\d{2}|[A-Z]{3}-\d{3,4}"
    r"|\d[A-Z]{3}\d{3}|[A-Z]{2} \d{2} [A-Z]{3}|\d{2} [A-Z]{1,3} \d{2,4}"
    r"|[A-Z]{2} \d{2} [A-Z]{1,2} \d{4}|[A-Z]{3}\d[A-Z]\d{2}|[A-Z]{2} \d{5}|[A-Z]{2}\d{3}[A-Z]{2}|[A-Z]{1,2} \d{3}-\d{3}"
)
_PASSPORT = re.compile(r"[A-Z]{0,3} ?\d{6,9}[A-Z]?|\d{2} ?[A-Z]{2} ?\d{5}|[CFGHJKLMNPRTVWXYZ\d]{9,10}|\d{4} \d{6}")
_LICENCE = re.compile(
    r"[A-Z]{0,4}[ -]?\d{4,14}[A-Z]?|[A-Z\d]{5,20}|[A-Z]\d{3}-\d{3,4}-\d{2,4}(?:-\d{3})?|[A-Z0-9]{1,6}(?:[ /-][A-Z0-9]{1,6}){1,4}"
)
_CODE = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9][\w./-]{2,30}")
_SECRET = re.compile(r"\S{6,128}")
_TOKEN = re.compile(r"[A-Za-z0-9_\-+/=.]{16,256}")
_LOGIN = re.compile(r"@?(?!\d+$)[^\W_][\w.-]{1,40}")
_USED = re.compile(r"[a-z]+[._-]?[a-z]*\d{0,4}")
_RECORD = re.compile(r"(?P<head>MRN|PAT|PT|MR|HN|NHC|MPI|EMR)[ #:-]{0,2}[A-Z]?\d{4,10}", re.IGNORECASE)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def codes(profile: ColumnProfile) -> Found:
    """Everything that is one short word of letters and digits."""
    if profile.middle > 40:
        return
    yield from postcodes(profile)
    yield from _vehicles(profile)
    yield from _banks(profile)
    yield from _documents(profile)
    if profile.signs & frozenset("+-−–pPnN") and profile.distinct <= 40:
        blood = profile.probed(_BLOOD)
        if blood > 0.6 and profile.size >= 2:
            yield Evidence("blood_type", lent(8.0, blood), blood)
    yield from _secrets(profile)


def postcodes(profile: ColumnProfile) -> Found:
    """Postal codes of many countries; digits alone say little without a header or a city beside them."""
    if not 4 <= profile.middle <= 10 or profile.digits < 0.25:
        return
    best: tuple[float, float, str] = (0.0, 0.0, "")
    american = 0.0
    for name, pattern, strength in _POSTCODES:
        share = profile.probed(_expression(pattern))
        american += share if name.startswith("American") else 0.0
        if share > 0.25 and (share, strength) > best[:2]:
            best = (share, strength, name)
    share, strength, name = best
    if american > 0.9:
        dashed = "-" in profile.signs
        spread = len({value[:2] for value in profile.values}) / min(profile.size, 60)
        odds = 4.5 if dashed else 1.0 if spread > 0.25 else 0.2
        yield Evidence("us_zip_code", odds, american)
        yield Evidence("postcode", odds - 0.3, american)
    elif name:
        yield Evidence("postcode", lent(strength, share) if strength > 1 else strength, share)


def _vehicles(profile: ColumnProfile) -> Found:
    if profile.middle == 17:
        formed = [text for text in map(compact, profile.values) if vin_form(text)]
        passed = sum(map(vin, formed))
        share = len(formed) / profile.size
        if share > 0.4:
            checked = passed / len(formed)
            yield Evidence("vehicle_identifier", lent(9.0 if checked > 0.5 else 4.0, share), share, checked)
    if 4 <= profile.middle <= 11 and "0" in profile.text.translate({ord(sign): "0" for sign in "123456789"}):
        plates = profile.probed(_PLATE)
        known = profile.probed(_KNOWN_PLATE)
        if plates > 0.5:
            even = len(set(profile.shapes)) <= 3
            odds = 3.2 if known > 0.9 and even else 2.4 if known > 0.6 else 1.6 if profile.letters > 0.9 else 0.3
            yield Evidence("license_plate", odds if plates > 0.8 else 0.4, plates)


def _banks(profile: ColumnProfile) -> Found:
    if profile.middle in (8, 11) and profile.letters > 0.9:
        found = [value for value in profile.values if value.upper() == value and swift(compact(value))]
        share = len(found) / profile.size
        if share > 0.5:
            varied = len({value[4:6] for value in found}) <= 0.6 * len(found) or len(found) < 8
            yield Evidence("swift_code", lent(6.5 if varied else 5.0, share), share)


def _documents(profile: ColumnProfile) -> Found:
    size = profile.size
    coded = profile.probed(_CODE)
    records = Counter(found["head"].upper() for found in map(_RECORD.fullmatch, profile.values) if found)
    heads = sum(records.values()) / size
    if heads > 0.5:
        yield Evidence("medical_record_number", lent(5.5 if "MRN" in records else 1.5, heads), heads)
    if profile.many and coded > 0.8:
        for label in ("employee_id", "customer_id", "unique_identifier", "medical_record_number", "health_plan_number"):
            if label != "medical_record_number" or heads <= 0.5:
                yield Evidence(label, 1.2, coded)
        yield Evidence("device_identifier", 1.0 if profile.middle >= 5 else 0.3, coded)
        yield Evidence("tax_id", 0.5, coded)
        yield Evidence("national_id", 0.5 if profile.middle >= 6 else -1.0, coded)
        yield Evidence("biometric_identifier", 1.0 if profile.middle >= 8 else -1.0, coded)
    if profile.digits > 0.3 and 5 <= profile.middle <= 20 and profile.many:
        passports = profile.probed(_PASSPORT)
        licences = profile.probed(_LICENCE)
        if passports > 0.6:
            yield Evidence("passport_number", 1.2, passports)
        if licences > 0.6:
            yield Evidence("driver_license", 1.2, licences)
        if coded <= 0.8 and profile.digits > 0.5:
            yield Evidence("national_id", 0.6, 1.0)
            yield Evidence("tax_id", 0.6, 1.0)
            yield Evidence("health_plan_number", 0.8, 1.0)


def _secrets(profile: ColumnProfile) -> Found:
    if not profile.many and profile.distinct < 8:
        return
    whole = profile.probed(_SECRET)
    if whole > 0.8 and profile.many:
        mixed = sum(1 for value in profile.probe if _kinds(value) >= 3) / len(profile.probe)
        yield Evidence("password", 1.5 if mixed > 0.5 else 0.6 if profile.middle >= 6 else -1.0, whole)
        tokens = [value for value in profile.probe if _TOKEN.fullmatch(value) and any(map(str.isdigit, value))]
        share = len(tokens) / len(profile.probe)
        if share > 0.7:
            rich = sum(map(entropy, tokens)) / len(tokens)
            yield Evidence("api_key", 1.5 if rich > 3.0 else 0.0, share)
            random = rich > 4.0 and profile.middle >= 32 and mixed > 0.9
            yield Evidence("generic_key", 4.7 if random else 0.8 if rich > 3.5 and profile.middle >= 24 else -0.5, share)
    logins = profile.probed(_LOGIN)
    if logins > 0.8 and (profile.unique > 0.3 or profile.many):
        used = profile.probed(_USED)
        yield Evidence("user_name", 1.6 if used > 0.6 else 0.8, logins)


def _kinds(value: str) -> int:
    """How many of small letters, capitals, digits and other signs a text holds."""
    shape = value.translate(SHAPE)
    return ("a" in shape) + ("A" in shape) + ("0" in shape) + (not value.isalnum())


def entropy(value: str) -> float:
    """Bits per sign of a text by its own frequencies."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def state_codes(profile: ColumnProfile) -> Found:
    """Two-letter codes of American states."""
    if profile.middle == 2 and profile.letters > 0.95:
        share = profile.share([value for value in profile.values if value.upper() in US_STATE_CODES])
        if share > 0.5:
            many = profile.distinct >= 12
            yield Evidence("us_state", lent(5.5 if many else 1.6, share), share)
