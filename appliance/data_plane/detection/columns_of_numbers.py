"""Evidence of columns of digits: cards, devices, identity numbers, accounts, telephones, postal codes, coordinates, ages."""

from __future__ import annotations

import re
from collections import Counter

from appliance.data_plane.detection.checksums import aba, card, compact, ean, imei, is_digits, nhs
from appliance.data_plane.detection.evidence import Evidence, Found, beyond_chance, lent
from appliance.data_plane.detection.national_ids import BY_LENGTH, NationalId, us_ssn
from appliance.data_plane.detection.phones import phone_strength
from appliance.data_plane.detection.profile import ColumnProfile

_COORDINATE = re.compile(r"[-+]?\d{1,3}[.,]\d{3,}")
_LEAST_CHECKED = 5
_CODED = 12
"""At most so many traits are written as numbers."""
_PROBED, _LEAST_PASSED = 16, 3
"""Numbers that are checked first, and how many of them must pass for the others to be asked."""
_NUMBER_SIGNS = frozenset("0123456789 -./()+xX#\u00a0\u2011,")


def numbers(profile: ColumnProfile) -> Found:
    """Everything that is told from digits and their separators."""
    if profile.digits < 0.35:
        return
    small = [compact(value) for value in profile.values]
    plain = [text for text in small if is_digits(text)]
    if len(plain) >= 0.5 * profile.size:
        yield from _checked(profile, plain)
        yield from _weak(profile, plain)
        yield from coordinates(profile)
    yield from identities(profile, small)
    yield from phones(profile)


def _checked(profile: ColumnProfile, plain: list[str]) -> Found:
    lengths = Counter(map(len, plain))
    for label, check, sizes, chance in (
        ("credit_card_number", card, range(12, 20), 0.05),
        ("imei_hardware_id", imei, (15,), 0.03),
        ("aba_routing_number", aba, (9,), 0.04),
        ("uk_nhs_number", nhs, (10,), 0.09),
    ):
        asked = sum(lengths[size] for size in sizes)
        if asked >= 0.3 * profile.size:
            passed = sum(map(check, plain if sum(map(check, plain[:_PROBED])) >= _LEAST_PASSED else plain[:_PROBED]))
            share = passed / profile.size
            odds = beyond_chance(passed, asked, chance, 9.0) if asked >= _LEAST_CHECKED else 2.0 * (passed == asked)
            if odds > 0:
                usual = label == "uk_nhs_number" and sum(1 for text in plain if text[0] in "467") > 0.95 * len(plain)
                yield Evidence(label, min(odds, lent(9.0, share)) + 0.2 * usual, share, passed / asked)
            elif label != "uk_nhs_number":
                yield Evidence(label, -2.5, share, passed / asked)


def identities(profile: ColumnProfile, small: list[str]) -> Found:
    """Numbers of states, by their length and check digits; of several that fit the one that chance explains least."""
    lengths = Counter(map(len, small))
    asked: set[str] = set()
    best: dict[str, Evidence] = {}
    for length, count in lengths.items():
        for scheme in BY_LENGTH.get(length, ()) if count >= 0.2 * profile.size else ():
            if scheme.name not in asked:
                asked.add(scheme.name)
                found = _identity(profile, small, lengths, scheme)
                if found and found.strength > best.get(scheme.label, found).strength - 1e-9:
                    best[scheme.label] = found
    yield from best.values()
    nine = [text for text in small if us_ssn(text)]
    if len(nine) > 0.5 * profile.size:
        dashed = profile.share([shape for shape in profile.shapes if shape in ("000-00-0000", "000 00 0000")])
        if not dashed:
            yield Evidence("us_social_security_number", 0.6 if len(nine) > 0.97 * lengths[9] else -2.0, len(nine) / profile.size)


def _identity(profile: ColumnProfile, small: list[str], lengths: Counter[int], scheme: NationalId) -> Evidence | None:
    asked = sum(lengths[length] for length in scheme.lengths)
    probe = [text for text in small if len(text) in scheme.lengths][:12]
    if sum(map(scheme.check, probe)) < 0.6 * len(probe):
        return None
    passed = sum(1 for text in small if len(text) in scheme.lengths and scheme.check(text))
    share = passed / profile.size
    odds = beyond_chance(passed, asked, scheme.chance if not scheme.letters else scheme.chance * 0.02, 9.0)
    if share < 0.4 or odds <= 0:
        return None
    weak = 1.0 if passed >= _LEAST_CHECKED else 0.4
    return Evidence(scheme.label, min(odds, lent(9.0, share)) * weak, share, passed / asked)


def phones(profile: ColumnProfile) -> Found:
    """Telephone numbers, by how they are written and by the numbering plans."""
    if not profile.signs <= _NUMBER_SIGNS | frozenset("extEXT.;:") or not 6 <= profile.middle <= 24:
        return
    strength, share = phone_strength(profile)
    if share:
        yield Evidence("phone_number", strength, share)


def coordinates(profile: ColumnProfile) -> Found:
    """Latitudes and longitudes: decimals of three places and more within bounds. Which of the two, and whether at all, others tell."""
    found = [float(value.replace(",", ".")) for value in profile.values if _COORDINATE.fullmatch(value)]
    share = len(found) / profile.size
    if share < 0.8:
        return
    largest = max(map(abs, found))
    spread = max(found) - min(found)
    fine = sum(1 for value in profile.values if len(value.partition(".")[2]) >= 4) / profile.size
    if largest <= 180 and fine > 0.5:
        base = 1.5 if spread > 2 and largest > 2 else -1.0
        yield Evidence("latitude", base - (5.0 if largest > 90 else 0.0), share)
        yield Evidence("longitude", base + (0.6 if largest > 90 else 0.0), share)


def _weak(profile: ColumnProfile, plain: list[str]) -> Found:
    """What digits alone say little about: a header must speak first."""
    if 2 <= profile.distinct <= _CODED and profile.lengths[-1] <= 2:
        for label in ("gender", "sex", "marital_status", "race", "ethnicity", "education", "religion", "employment_status"):
            yield Evidence(label, -2.5, 0.0, formed=True)
    whole = [text for text, value in zip(plain, profile.values, strict=False) if len(text) <= 3 and text == value]
    if len(whole) > 0.9 * profile.size:
        ages = [int(text) for text in whole]
        fits = sum(1 for age in ages if age <= 115) / len(ages)
        even = fits > 0.98 and max(ages) > 17
        yield Evidence("age", (2.2 if len(set(ages)) >= 12 and max(ages) - min(ages) >= 20 else 1.2) if even else -3.0, fits)
    if len(plain) > 0.9 * profile.size:
        sizes = Counter(map(len, plain))
        usual, count = sizes.most_common(1)[0]
        fixed = count / len(plain)
        if usual == 3 and fixed > 0.5 and sizes[3] + sizes[4] > 0.98 * len(plain):
            yield Evidence("cvv", 1.2, fixed)
        if usual in (4, 5, 6) and fixed > 0.9:
            yield Evidence("pin", 1.0, fixed)
        if usual == 15 and fixed > 0.95:
            yield Evidence("imsi_subscriber_id", 1.0, fixed)
        if usual == 13 and sum(map(ean, plain)) > 0.9 * len(plain):
            yield Evidence("national_id", -6.0, 0.0)
        if 6 <= usual <= 18 and profile.many:
            yield Evidence("account_number", 1.2, fixed)
            yield Evidence("bank_account_number", 1.2, fixed)
