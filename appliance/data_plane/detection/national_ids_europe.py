"""Numbers that European states give to people and firms. Pure functions on compact texts (`checksums.compact`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from appliance.data_plane.detection.checksums import ean, is_digits, luhn, mod11_10, varied, weighted
from appliance.data_plane.detection.number_dates import is_day

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]")
_CODICE = re.compile(r"[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]")
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2 + (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
            10, 22, 25, 24, 23), strict=True))  # fmt: skip
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = re.compile(r"(\d{2})(\d{2})\d{2}[+A-FU-Y]?(\d{3})([\dA-FHJ-NPR-Y])")
_RVNR = re.compile(r"\d{2}(\d{2})(\d{2})\d{2}([A-Z])\d{2}\d")
_BALTIC = ((1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3))


def british_nino(text: str) -> bool:
    """British national insurance number: allowed letters, six digits, suffix A to D."""
    return _NINO.fullmatch(text) is not None


def irish_pps(text: str) -> bool:
    """Irish personal public service number: seven digits, check letter, perhaps a second letter."""
    if len(text) not in (8, 9) or not is_digits(text[:7]) or not (text[7:].isascii() and text[7:].isalpha()):
        return False
    extra = ord(text[8]) - 64 if len(text) == 9 and text[8] != "W" else 0
    return text[7] == "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(text[:7], (8, 7, 6, 5, 4, 3, 2)) + 9 * extra) % 23]


def spanish_dni(text: str) -> bool:
    """Spanish identity number, of foreigners too: digits and a letter modulo 23."""
    body = {"X": "0", "Y": "1", "Z": "2"}.get(text[:1], text[:1]) + text[1:-1]
    return len(text) == 9 and is_digits(body, 8) and text[-1] == _DNI_LETTERS[int(body) % 23]


def spanish_cif(text: str) -> bool:
    """Spanish number of firms: letter, seven digits, check sign."""
    if len(text) != 9 or text[0] not in "ABCDEFGHJNPQRSUVW" or not is_digits(text[1:8]):
        return False
    even = sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in text[1:8:2])
    check = -(even + sum(map(int, text[2:8:2]))) % 10
    return text[8] in (str(check), "JABCDEFGHI"[check])


def portuguese_nif(text: str) -> bool:
    """Portuguese tax number: nine digits, modulo 11."""
    if not is_digits(text, 9) or text[0] in "04" or not varied(text):
        return False
    rest = weighted(text[:8], range(9, 1, -1)) % 11
    return int(text[8]) == (0 if rest < 2 else 11 - rest)


def french_nir(text: str) -> bool:
    """French social security number: sex, year, month, place, order, key modulo 97."""
    body = text.replace("2A", "19", 1) if text[5:7] == "2A" else text.replace("2B", "18", 1) if text[5:7] == "2B" else text
    if not is_digits(body, 15) or body[0] not in "123478":
        return False
    return int(body[3:5]) in (*range(1, 13), *range(20, 43), *range(50, 100)) and 97 - int(body[:13]) % 97 == int(body[13:])


def italian_code(text: str) -> bool:
    """Italian fiscal code: consonants, birth date, place, check letter."""
    if not _CODICE.fullmatch(text):
        return False
    even = sum(int(sign) if sign.isdigit() else ord(sign) - 65 for sign in text[1:15:2])
    return chr(65 + (sum(_ODD[sign] for sign in text[0:15:2]) + even) % 26) == text[15]


def italian_vat(text: str) -> bool:
    """Italian number of firms: eleven digits, Luhn."""
    return is_digits(text, 11) and varied(text) and int(text[7:10]) in (*range(1, 122), 888, 999) and luhn(text)


def german_tax_id(text: str) -> bool:
    """German tax identification number: one digit stands two or three times among the first ten, modulo 11,10."""
    counts = Counter(text[:10])
    return is_digits(text, 11) and text[0] != "0" and max(counts.values()) in (2, 3) and len(counts) in (8, 9) and mod11_10(text)


def german_pension(text: str) -> bool:
    """German pension insurance number: area, birth date, letter, order, check digit."""
    found = _RVNR.fullmatch(text)
    if not found or not (is_day(found[2], found[1]) or 32 <= int(found[1]) <= 99):
        return False
    digits = text[:8] + f"{ord(found[3]) - 64:02d}" + text[9:11]
    products = (int(digit) * weight for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return sum(sum(divmod(product, 10)) for product in products) % 10 == int(text[11])


def german_vat(text: str) -> bool:
    """German number of firms for turnover tax: DE and nine digits, modulo 11,10."""
    return text[:2] == "DE" and is_digits(text[2:], 9) and mod11_10(text[2:])


def german_card(text: str) -> bool:
    """German identity card or passport: nine signs without vowels and a check digit by weights 7, 3, 1."""
    if len(text) != 10 or text[0] not in "CFGHJKLMNPRTVWXYZ" or text[9] not in "0123456789" or not (text.isascii() and text.isalnum()):
        return False
    values = [int(sign, 36) for sign in text[:9]]
    return sum(value * weight for value, weight in zip(values, (7, 3, 1) * 3, strict=True)) % 10 == int(text[9])


def austrian_svnr(text: str) -> bool:
    """Austrian social insurance number: order, check digit, birth date."""
    if not is_digits(text, 10) or not (is_day(text[6:8], text[4:6]) or text[6:8] in ("13", "14", "15")):
        return False
    return text[0] != "0" and weighted(text[:3] + text[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(text[3])


def swiss_ahv(text: str) -> bool:
    """Swiss old-age insurance number: 756 and the check digit of trade items."""
    return len(text) == 13 and text[:3] == "756" and ean(text)


def belgian_number(text: str) -> bool:
    """Belgian national register number: birth date, order, 97 less the remainder (of those born from 2000 on with a 2 before)."""
    if not is_digits(text, 11) or not (text[2:4] == "00" or int(text[2:4]) % 20 in range(1, 13)):
        return False
    return int(text[9:]) in (97 - int(text[:9]) % 97, 97 - int("2" + text[:9]) % 97)


def dutch_bsn(text: str) -> bool:
    """Dutch citizen service number: the test of eleven."""
    return is_digits(text, 8, 9) and varied(text) and weighted(text.zfill(9), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def luxembourgish_id(text: str) -> bool:
    """Luxembourgish number: birth date, order, Luhn over the first twelve."""
    return is_digits(text, 13) and text[:2] in ("18", "19", "20") and is_day(text[4:6], text[6:8]) and luhn(text[:12])


def greek_amka(text: str) -> bool:
    """Greek social security number: birth date, order, Luhn."""
    return is_digits(text, 11) and is_day(text[2:4], text[:2]) and luhn(text)


def greek_afm(text: str) -> bool:
    """Greek tax number: nine digits, powers of two, modulo 11."""
    return is_digits(text, 9) and varied(text) and weighted(text[:8], (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == int(text[8])


def polish_pesel(text: str) -> bool:
    """Polish universal number: birth date (month holds the century), order, weights 1, 3, 7, 9."""
    if not is_digits(text, 11) or not is_day(f"{int(text[2:4]) % 20:02d}", text[4:6]):
        return False
    return weighted(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def polish_nip(text: str) -> bool:
    """Polish tax number: ten digits, modulo 11."""
    return is_digits(text, 10) and varied(text) and weighted(text[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(text[9])


def polish_card(text: str) -> bool:
    """Polish identity card: three letters, check digit, five digits."""
    if len(text) != 9 or not (text[:3].isascii() and text[:3].isalpha()) or not is_digits(text[3:]):
        return False
    values = [int(sign, 36) for sign in text]
    return sum(value * weight for value, weight in zip(values, (7, 3, 1, 9, 7, 3, 1, 7, 3), strict=True)) % 10 == 0


def czech_birth_number(text: str) -> bool:
    """Czech and Slovak birth number: date (women: month + 50), order; ten digits divide by 11."""
    month = int(text[2:4]) % 50 if is_digits(text, 9, 10) else 99
    if not is_day(f"{month % 20 if month > 20 else month:02d}", text[4:6]):
        return False
    return len(text) == 9 or int(text) % 11 == 0 or (int(text[:9]) % 11 == 10 and text[9] == "0")


def hungarian_id(text: str) -> bool:
    """Hungarian personal identifier: sex, birth date, order, modulo 11 (weights turned round in 1997)."""
    if not is_digits(text, 11) or text[0] not in "12345678" or not is_day(text[3:5], text[5:7]):
        return False
    return int(text[10]) in (weighted(text, range(1, 11)) % 11, weighted(text, range(10, 0, -1)) % 11)


def hungarian_tax_id(text: str) -> bool:
    """Hungarian tax identifier of persons: 8, day number, order, modulo 11."""
    return is_digits(text, 10) and text[0] == "8" and weighted(text[:9], range(1, 10)) % 11 == int(text[9])


def hungarian_taj(text: str) -> bool:
    """Hungarian health insurance number: weights 3 and 7."""
    return is_digits(text, 9) and varied(text) and weighted(text[:8], (3, 7) * 4) % 10 == int(text[8])


def romanian_cnp(text: str) -> bool:
    """Romanian personal code: sex, birth date, county, modulo 11."""
    if not is_digits(text, 13) or text[0] == "0" or not is_day(text[3:5], text[5:7]):
        return False
    rest = weighted(text[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return int(text[12]) == (1 if rest == 10 else rest)


def bulgarian_egn(text: str) -> bool:
    """Bulgarian civil number: birth date (month + 20 or + 40), order, modulo 11."""
    if not is_digits(text, 10) or not is_day(f"{int(text[2:4]) % 20:02d}", text[4:6]):
        return False
    return weighted(text[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(text[9])


def croatian_oib(text: str) -> bool:
    """Croatian personal number: eleven digits, modulo 11,10."""
    return is_digits(text, 11) and varied(text) and mod11_10(text)


def yugoslav_number(text: str) -> bool:
    """Master number of citizens in Slovenia (EMŠO), Serbia, Bosnia, Montenegro, Macedonia: birth date, region, order, modulo 11."""
    if not is_digits(text, 13) or not is_day(text[2:4], text[:2]) or text[4] not in "089":
        return False
    return -weighted(text[:12], (7, 6, 5, 4, 3, 2) * 2) % 11 % 10 == int(text[12])


def slovene_tax_id(text: str) -> bool:
    """Slovene tax number: eight digits, modulo 11."""
    return is_digits(text, 8) and text[0] != "0" and -weighted(text[:7], range(8, 1, -1)) % 11 % 10 == int(text[7])


def baltic_code(text: str) -> bool:
    """Estonian and Lithuanian personal code: sex and century, birth date, order, modulo 11 in two steps."""
    if not is_digits(text, 11) or text[0] not in "12345678" or not is_day(text[3:5], text[5:7]):
        return False
    rest = weighted(text[:10], _BALTIC[0]) % 11
    return int(text[10]) == (rest if rest < 10 else weighted(text[:10], _BALTIC[1]) % 11 % 10)


def latvian_code(text: str) -> bool:
    """Latvian personal code: birth date, century, order, modulo 11; the new ones start with 32 and hold no date."""
    if not is_digits(text, 11) or not (text[:2] == "32" or (is_day(text[2:4], text[:2]) and text[6] in "012")):
        return False
    return text[:2] == "32" or (1101 - weighted(text[:10], (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 % 10 == int(text[10])


def finnish_code(text: str) -> bool:
    """Finnish personal code: birth date, century sign (a minus is lost in the compact text), order, check sign modulo 31."""
    found = _HETU.fullmatch(text)
    if not found or not is_day(found[2], found[1]):
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + found[3]) % 31] == found[4]


def swedish_number(text: str) -> bool:
    """Swedish personal number: birth date (co-ordination numbers: day + 60), order, Luhn over ten digits."""
    body = text.replace("+", "")
    body = body[2:] if len(body) == 12 and body[:2] in ("18", "19", "20") else body
    if not is_digits(body, 10):
        return False
    day = int(body[4:6])
    return is_day(body[2:4], f"{day - 60 * (day > 60):02d}") and luhn(body)


def norwegian_number(text: str) -> bool:
    """Norwegian birth number: date (D numbers: day + 40), order, two check digits modulo 11."""
    day = int(text[:2]) if is_digits(text, 11) else 99
    if not is_day(f"{int(text[2:4]) % 40:02d}" if day < 99 else "", f"{day - 40 * (day > 40):02d}"):
        return False
    first = -weighted(text[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    return first == int(text[9]) and -weighted(text[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == int(text[10])


def danish_cpr(text: str) -> bool:
    """Danish personal number: birth date and order (no check digit since 2007)."""
    return is_digits(text, 10) and is_day(text[2:4], text[:2])


def icelandic_number(text: str) -> bool:
    """Icelandic number: birth date, order, modulo 11, century."""
    if not is_digits(text, 10) or text[9] not in "890" or not is_day(text[2:4], text[:2]):
        return False
    return -weighted(text[:8], (3, 2, 7, 6, 5, 4, 3, 2)) % 11 == int(text[8])


def turkish_number(text: str) -> bool:
    """Turkish citizen number: eleven digits, two checks modulo 10."""
    if not is_digits(text, 11) or text[0] == "0":
        return False
    odd, even = sum(map(int, text[0:9:2])), sum(map(int, text[1:8:2]))
    return (odd * 7 - even) % 10 == int(text[9]) and (odd + even + int(text[9])) % 10 == int(text[10])


def russian_inn(text: str) -> bool:
    """Russian tax number: ten digits of firms, twelve of persons."""
    if not is_digits(text, 10, 12) or not varied(text):
        return False
    heads = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    if len(text) == 10:
        return weighted(text[:9], heads) % 11 % 10 == int(text[9])
    first, second = weighted(text[:10], (7, *heads)) % 11 % 10, weighted(text[:11], (3, 7, *heads)) % 11 % 10
    return first == int(text[10]) and second == int(text[11])


def russian_snils(text: str) -> bool:
    """Russian pension insurance number: nine digits and their sum modulo 101."""
    return is_digits(text, 11) and int(text[:9]) > 1_001_998 and weighted(text[:9], range(9, 0, -1)) % 101 % 100 == int(text[9:])


def ukrainian_tax_number(text: str) -> bool:
    """Ukrainian taxpayer number: ten digits, modulo 11."""
    return is_digits(text, 10) and varied(text) and weighted(text[:9], (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == int(text[9])


def kazakh_iin(text: str) -> bool:
    """Kazakh individual number: birth date, century and sex, modulo 11 in two steps."""
    if not is_digits(text, 12) or not is_day(text[2:4], text[4:6]) or text[6] not in "123456":
        return False
    rest = weighted(text[:11], range(1, 12)) % 11
    return int(text[11]) == (rest if rest < 10 else weighted(text[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11)


EUROPE: tuple[tuple[str, str, str, tuple[int, ...], Callable[[str], bool], float, bool], ...] = (
    ("British NINO", "GB", "national_id", (9,), british_nino, 0.0, True),
    ("Irish PPS", "IE", "national_id", (8, 9), irish_pps, 0.04, True),
    ("Spanish DNI", "ES", "national_id", (9,), spanish_dni, 0.04, True),
    ("Spanish CIF", "ES", "tax_id", (9,), spanish_cif, 0.05, True),
    ("Portuguese NIF", "PT", "tax_id", (9,), portuguese_nif, 0.08, False),
    ("French NIR", "FR", "national_id", (15,), french_nir, 0.005, False),
    ("Italian fiscal code", "IT", "national_id", (16,), italian_code, 0.0, True),
    ("Italian VAT number", "IT", "tax_id", (11,), italian_vat, 0.012, False),
    ("German tax ID", "DE", "tax_id", (11,), german_tax_id, 0.014, False),
    ("German pension number", "DE", "national_id", (12,), german_pension, 0.05, True),
    ("German VAT number", "DE", "tax_id", (11,), german_vat, 0.1, True),
    ("German identity card", "DE", "national_id", (10,), german_card, 0.1, True),
    ("Austrian SVNR", "AT", "national_id", (10,), austrian_svnr, 0.004, False),
    ("Swiss AHV", "CH", "national_id", (13,), swiss_ahv, 0.0001, False),
    ("Belgian number", "BE", "national_id", (11,), belgian_number, 0.012, False),
    ("Dutch BSN", "NL", "national_id", (9,), dutch_bsn, 0.09, False),
    ("Luxembourgish ID", "LU", "national_id", (13,), luxembourgish_id, 0.0001, False),
    ("Greek AMKA", "GR", "national_id", (11,), greek_amka, 0.004, False),
    ("Greek AFM", "GR", "tax_id", (9,), greek_afm, 0.1, False),
    ("Polish PESEL", "PL", "national_id", (11,), polish_pesel, 0.018, False),
    ("Polish NIP", "PL", "tax_id", (10,), polish_nip, 0.09, False),
    ("Polish identity card", "PL", "national_id", (9,), polish_card, 0.1, True),
    ("Czech or Slovak birth number", "CZ", "national_id", (9, 10), czech_birth_number, 0.2, False),
    ("Hungarian ID", "HU", "national_id", (11,), hungarian_id, 0.006, False),
    ("Hungarian tax ID", "HU", "tax_id", (10,), hungarian_tax_id, 0.009, False),
    ("Hungarian TAJ", "HU", "national_id", (9,), hungarian_taj, 0.1, False),
    ("Romanian CNP", "RO", "national_id", (13,), romanian_cnp, 0.003, False),
    ("Bulgarian EGN", "BG", "national_id", (10,), bulgarian_egn, 0.017, False),
    ("Croatian OIB", "HR", "national_id", (11,), croatian_oib, 0.1, False),
    ("Slovene EMŠO or JMBG", "SI", "national_id", (13,), yugoslav_number, 0.001, False),
    ("Slovene tax number", "SI", "tax_id", (8,), slovene_tax_id, 0.09, False),
    ("Estonian or Lithuanian code", "EE", "national_id", (11,), baltic_code, 0.003, False),
    ("Latvian code", "LV", "national_id", (11,), latvian_code, 0.011, False),
    ("Finnish code", "FI", "national_id", (10, 11), finnish_code, 0.001, True),
    ("Swedish number", "SE", "national_id", (10, 11, 12), swedish_number, 0.004, False),
    ("Norwegian number", "NO", "national_id", (11,), norwegian_number, 0.0004, False),
    ("Danish number", "DK", "national_id", (10,), danish_cpr, 0.037, False),
    ("Icelandic number", "IS", "national_id", (10,), icelandic_number, 0.001, False),
    ("Turkish number", "TR", "national_id", (11,), turkish_number, 0.009, False),
    ("Russian INN", "RU", "tax_id", (10, 12), russian_inn, 0.1, False),
    ("Russian SNILS", "RU", "national_id", (11,), russian_snils, 0.01, False),
    ("Ukrainian tax number", "UA", "tax_id", (10,), ukrainian_tax_number, 0.09, False),
    ("Kazakh IIN", "KZ", "national_id", (12,), kazakh_iin, 0.003, False),
)
"""Name, country, label, lengths of the compact text, check, chance to pass, whether it holds letters."""
