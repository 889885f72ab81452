"""Telephone numbers: how they are written, and whether the numbering plans know them."""

from __future__ import annotations

import re

from appliance.data_plane.detection.profile import ColumnProfile

_PHONE = re.compile(
    r"(?P<plus>\+|00(?=[1-9]))?\s?(?P<body>[\d(](?:[\d\s().\-/\u00a0\u2011]{4,22})\d)(?:\s?(?:x|ext\.?|#|;ext=)\s?\d{1,6})?", re.IGNORECASE
)
_NANP = re.compile(r"(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]?\d{4}")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0.]\d{3})+")
_MOST = 64
_SOCIAL = re.compile(r"\d{3}-\d{2}-\d{4}")
_COUNTRY_CODES = frozenset(
    """1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93
    94 95 98 211
    212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 248 249
    250 251
    252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370
    371 372
    373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595
    596 597
    598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 850 852 853 855 856 880 886 960 961
    962 963
    964 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998""".split()
)


class PhoneForm:
    """How one number is written: its digits, whether it names a country, how it is grouped."""

    __slots__ = ("bracket", "digits", "groups", "nanp", "plus", "social", "thousands", "trunk")

    def __init__(self, value: str, digits: str, plus: bool, groups: int, nanp: bool) -> None:
        self.digits, self.plus, self.groups, self.nanp = digits, plus, groups, nanp
        self.bracket, self.social = "(" in value, _SOCIAL.fullmatch(value) is not None
        self.thousands = _THOUSANDS.fullmatch(value) is not None
        self.trunk = digits[:1] == "0"


def phone_form(value: str) -> PhoneForm | None:
    """How a text is written if it may be a telephone number at all: 7 to 15 digits, a known country after a plus."""
    found = _PHONE.fullmatch(value)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found["body"])
    if not 6 <= len(digits) <= 15 or len(set(digits)) < 3:
        return None
    if found["plus"] and not any(digits[:size] in _COUNTRY_CODES for size in (1, 2, 3)):
        return None
    groups = re.findall(r"\d+", found["body"])
    nanp = _NANP.fullmatch(value) is not None
    if not (nanp or found["plus"]) and len(groups) > 2 and "." in value and min(map(len, groups)) < 2:
        return None  # a version of a program
    return PhoneForm(value, digits, bool(found["plus"]), len(groups), nanp)


def phone_odds(form: PhoneForm) -> float:
    """Log-odds that one text is a telephone number, from how it is written."""
    if form.plus:
        return 5.0 if len(form.digits) >= 8 else 1.0
    if form.social:
        return -1.0
    if form.bracket and form.groups >= 2:
        return 4.0
    if form.nanp and form.groups >= 3:
        return 3.0
    if form.trunk and form.groups >= 2 and 8 <= len(form.digits) <= 12:
        return 2.5
    if form.trunk and 9 <= len(form.digits) <= 12:
        return 0.3
    if form.groups >= 3 and 8 <= len(form.digits) <= 12:
        return 0.3 if form.thousands and len(form.digits) != 9 else 1.3
    return -1.0


def phone_strength(profile: ColumnProfile) -> tuple[float, float]:
    """Log-odds that a column holds telephone numbers, and the share of values that are written like one."""
    values = profile.values[:: max(1, profile.size // _MOST)]
    forms = [form for form in map(phone_form, values) if form]
    share = len(forms) / max(1, len(values))
    if share < 0.3:
        return 0.0, 0.0
    odds = sum(map(phone_odds, forms)) / len(forms)
    trunk = sum(1 for form in forms if form.trunk and not form.plus) / len(forms)
    odds += 0.6 if trunk > 0.9 else 0.0
    odds += 0.4 if profile.unique > 0.9 and min(form.groups for form in forms) > 2 else 0.0
    odds += 0.3 if all(2 * form.groups == len(form.digits) for form in forms) else 0.0
    shapes = len(set(profile.shapes))
    varied = shapes > 2
    odds += 0.8 if varied and odds > 0.5 else 0.0
    if profile.unique < 0.15 and not profile.many:
        odds -= 3.0
    lead = sum(1 for form in forms if form.plus or form.trunk or form.bracket) / len(forms)
    strength = min(7.0, 2.2 * odds if odds > 0 else odds)
    return strength * min(1.0, share / 0.8) * (1.0 if lead > 0.1 or odds > 1.5 else 0.6), share
