"""Check digits and check sums: of cards, accounts, devices, vehicles, books and wallets. Pure functions on compact texts.

A compact text (`compact`) is upper case without blanks, dots, dashes and strokes. Each function takes one and tells whether it can be
such a number at all: the length, the letters and the check digit. The chance that a random text of the right shape passes is told where
it matters: it is what a share of valid values is measured against.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_SEPARATORS = {ord(sign): None for sign in " \t-./\u00a0\u2010\u2011\u2013\u2212"}

_VERHOEFF_PRODUCT = tuple(
    tuple(int(digit) for digit in row)
    for row in "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210".split()
)
_VERHOEFF_TURN = tuple(
    tuple(int(digit) for digit in row)
    for row in "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258".split()
)

IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in """AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18
    FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25
    MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27
    SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30""".split()
}
"""Characters of an account number in the registry of ISO 13616, by country."""

_CARD_ISSUERS = (
    ("4", (13, 16, 19)),
    *((str(head), (16,)) for head in (*range(51, 56), *range(2221, 2721))),
    *((head, (15,)) for head in ("34", "37")),
    *((head, (16, 17, 18, 19)) for head in ("6011", "644", "645", "646", "647", "648", "649", "65", "62", "81", "60", "508", "353", "356")),
    *((str(head), (16, 17, 18, 19)) for head in range(3528, 3590)),
    *((head, (14, 16, 19)) for head in ("300", "301", "302", "303", "304", "305", "309", "36", "38", "39")),
    *(
        (head, tuple(range(12, 20)))
        for head in ("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763", "6390", "56", "58")
    ),
    *((str(head), (16,)) for head in range(2200, 2205)),
)
_BY_HEAD = {(head, length) for head, lengths in _CARD_ISSUERS for length in lengths}
_HEADS = tuple(sorted({len(head) for head, _ in _BY_HEAD}))

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS = (1, 0x2BC830A3)  # of bech32 and of bech32m

_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def compact(text: str) -> str:
    """Upper case, without blanks, dots, dashes and strokes."""
    return text.translate(_SEPARATORS).upper()


def is_digits(text: str, *lengths: int) -> bool:
    """Only ASCII digits, and as many as one of `lengths` (any number when none is given)."""
    return text.isascii() and text.isdigit() and (not lengths or len(text) in lengths)


def weighted(text: str, weights: Sequence[int]) -> int:
    """The sum of digits times weights, as far as both go."""
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))


def varied(text: str) -> bool:
    """Not one character all through: such numbers pass most check sums and are nobody's."""
    return len(set(text)) > 1


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit doubled from the right, digits summed. Chance 10 %."""
    if not is_digits(text) or len(text) < 2:
        return False
    doubled = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in text[-2::-2])
    return (doubled + sum(map(int, text[-1::-2]))) % 10 == 0


def mod97(text: str) -> bool:
    """ISO 7064 MOD 97-10 over digits and letters (A = 10): remainder 1. Chance 1 %."""
    return text.isascii() and text.isalnum() and int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def mod11_10(text: str) -> bool:
    """ISO 7064 MOD 11,10 over digits. Chance 10 %."""
    if not is_digits(text) or len(text) < 2:
        return False
    rest = 10
    for digit in text[:-1]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(text[-1])) % 10 == 1


def verhoeff(text: str) -> bool:
    """The dihedral check of Verhoeff. Chance 10 %."""
    if not is_digits(text):
        return False
    check = 0
    for place, digit in enumerate(reversed(text)):
        check = _VERHOEFF_PRODUCT[check][_VERHOEFF_TURN[place % 8][int(digit)]]
    return check == 0


def card(text: str) -> bool:
    """A payment card: a known issuer's head and length, and the Luhn digit. Chance 10 % of those with a head."""
    return is_digits(text) and any((text[:size], len(text)) in _BY_HEAD for size in _HEADS) and varied(text) and luhn(text)


def iban(text: str) -> bool:
    """An international bank account number (ISO 13616). Chance 1 % of those with a country and its length."""
    return IBAN_LENGTHS.get(text[:2]) == len(text) and is_digits(text[2:4]) and mod97(text[4:] + text[:4])


def aba(text: str) -> bool:
    """A routing number of the American Bankers Association: its head and its weighted sum. Chance 10 %."""
    head = int(text[:2]) if is_digits(text, 9) else 99
    return (head <= 12 or 21 <= head <= 32 or 61 <= head <= 72 or head == 80) and varied(text) and weighted(text, (3, 7, 1) * 3) % 10 == 0


def swift(text: str) -> bool:
    """The form of a business identifier code (ISO 9362): bank, country, place, branch. It has no check digit."""
    return len(text) in (8, 11) and text.isascii() and text[:6].isalpha() and text.isalnum() and text[4:6] in COUNTRIES


def vin_form(text: str) -> bool:
    """The form of a vehicle identification number (ISO 3779): 17 signs without I, O, Q, letters and digits both."""
    return len(text) == 17 and all(sign in _VIN_VALUES for sign in text) and not text.isdigit() and not text.isalpha()


def vin(text: str) -> bool:
    """A vehicle identification number with its check digit (bound in North America and China only). Chance 9 %."""
    if not vin_form(text):
        return False
    rest = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return text[8] == ("X" if rest == 10 else str(rest))


def imei(text: str) -> bool:
    """The number of a mobile device: 15 digits with a Luhn digit and a known reporting body. Chance 10 % of those with such a head."""
    return is_digits(text, 15) and text[:2] in ("01", "35", "86", "99", "44", "45", "49", "50", "51", "52", "53", "54", "98") and luhn(text)


def nhs(text: str) -> bool:
    """A number of the British health service: ten digits, modulo 11. Chance 9 %."""
    if not is_digits(text, 10) or not varied(text):
        return False
    check = 11 - weighted(text[:9], range(10, 1, -1)) % 11
    return check != 10 and check % 11 == int(text[9])


def ean(text: str) -> bool:
    """A trade item number of 8, 12, 13 or 14 digits (GTIN, ISBN-13 among them). Chance 10 %."""
    return is_digits(text, 8, 12, 13, 14) and weighted(text[::-1], (1, 3) * 7) % 10 == 0


def isbn(text: str) -> bool:
    """The number of a book, 10 or 13 signs. Chance 9 % and 10 %."""
    if len(text) == 10 and is_digits(text[:9]) and (text[9].isdigit() or text[9] == "X"):
        last = 10 if text[9] == "X" else int(text[9])
        return (weighted(text[:9], range(10, 1, -1)) + last) % 11 == 0
    return len(text) == 13 and text[:3] in ("978", "979") and ean(text)


def bitcoin(text: str) -> bool:
    """A bitcoin address as written (case counts): base58 with a double SHA-256, or bech32. No chance to speak of."""
    if text[:3].lower() == "bc1":
        return _bech32(text)
    return 26 <= len(text) <= 35 and text[0] in "13" and _base58check(text)


def ethereum(text: str) -> bool:
    """The form of an ethereum address as written: 0x and forty hexadecimal digits."""
    return len(text) == 42 and text[:2] in ("0x", "0X") and all(sign in "0123456789abcdefABCDEF" for sign in text[2:]) and varied(text[2:])


def wallet(text: str) -> bool:
    """An address of one of the two."""
    return ethereum(text) or bitcoin(text)


def _base58check(text: str) -> bool:
    number = 0
    for sign in text:
        place = _BASE58.find(sign)
        if place < 0:
            return False
        number = number * 58 + place
    if number >= 1 << 200:
        return False
    body = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(body[:-4]).digest()).digest()[:4] == body[-4:]


def _bech32(text: str) -> bool:
    lower = text.lower()
    if not 14 <= len(text) <= 90 or text not in (lower, text.upper()):
        return False
    head, _, body = lower.rpartition("1")
    values = [_BECH32.find(sign) for sign in body]
    if min(values, default=-1) < 0:
        return False
    check = 1
    for value in (*(ord(sign) >> 5 for sign in head), 0, *(ord(sign) & 31 for sign in head), *values):
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check in _BECH32_SUMS


COUNTRIES = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH
    CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM
    GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB
    LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR
    NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX
    SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW""".split()
)
"""Codes of countries and areas (ISO 3166-1, and XK)."""
