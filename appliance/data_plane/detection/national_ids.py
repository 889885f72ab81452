"""Numbers that states give to people and firms outside Europe, and the register of all of them: form, check digit, chance to pass it."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from appliance.data_plane.detection.checksums import compact, is_digits, luhn, varied, verhoeff, weighted
from appliance.data_plane.detection.national_ids_europe import EUROPE
from appliance.data_plane.detection.number_dates import is_day

Check = Callable[[str], bool]


class NationalId(msgspec.Struct, frozen=True):
    """A number of a state. `check` takes the compact text. `chance`: share of random texts of the same length and alphabet (digits where
    it has only digits) that pass. `lengths` of the compact text; `letters`: whether it holds any."""

    name: str
    country: str
    label: str
    lengths: tuple[int, ...]
    check: Check
    chance: float
    letters: bool = False


def us_ssn(text: str) -> bool:
    """American social security number: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    return (
        is_digits(text, 9)
        and text[:3] not in ("000", "666")
        and text[0] != "9"
        and text[3:5] != "00"
        and text[5:] != "0000"
        and text not in ("078051120", "219099999")
        and varied(text)
    )


def us_itin(text: str) -> bool:
    """American taxpayer number of people without a social security number."""
    group = int(text[3:5]) if is_digits(text, 9) else 0
    return text[:1] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)


def canadian_sin(text: str) -> bool:
    """Canadian social insurance number: a Luhn digit, first digit not 0 or 8."""
    return is_digits(text, 9) and text[0] not in "08" and varied(text) and luhn(text)


def australian_tfn(text: str) -> bool:
    """Australian tax file number, 8 or 9 digits, modulo 11."""
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(text) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return is_digits(text, 8, 9) and varied(text) and weighted(text, weights) % 11 == 0


def australian_abn(text: str) -> bool:
    """Australian business number, modulo 89."""
    return is_digits(text, 11) and text[0] != "0" and (weighted(text, (10, *range(1, 20, 2))) - 10) % 89 == 0


def australian_medicare(text: str) -> bool:
    """Australian medicare card."""
    return is_digits(text, 10, 11) and text[0] in "23456" and weighted(text[:8], (1, 3, 7, 9) * 2) % 10 == int(text[8])


def new_zealand_ird(text: str) -> bool:
    """New Zealand tax number, 8 or 9 digits, modulo 11 with a second set of weights."""
    if not is_digits(text, 8, 9) or not 10_000_000 <= int(text) <= 150_000_000:
        return False
    body = text.zfill(9)
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        check = -weighted(body[:8], weights) % 11
        if check < 10:
            return check == int(body[8])
    return False


def _brazilian(text: str, size: int, weights: tuple[int, ...]) -> bool:
    digits = [ord(sign) - 48 for sign in text]
    for place in (size - 2, size - 1):
        rest = sum(value * weight for value, weight in zip(digits[:place], weights[-place:], strict=True)) % 11
        if digits[place] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def brazilian_cpf(text: str) -> bool:
    """Brazilian number of natural persons: two check digits."""
    return is_digits(text, 11) and varied(text) and _brazilian(text, 11, tuple(range(11, 1, -1)))


def brazilian_cnpj(text: str) -> bool:
    """Brazilian number of firms (letters are allowed in the first twelve places since 2026): two check digits."""
    form = len(text) == 14 and text.isascii() and text.isalnum() and text[12:].isdigit()
    return form and varied(text) and _brazilian(text, 14, (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))


_CURP = re.compile(r"[A-Z][AEIOUX][A-Z]{2}(\d{2})(\d{2})(\d{2})[HMX][A-Z]{2}[B-DF-HJ-NP-TV-ZÑ]{3}[A-Z\d]\d")
_RFC = re.compile(r"[A-ZÑ&]{3,4}(\d{2})(\d{2})(\d{2})[A-Z\d]{2}[A\d]")


def mexican_curp(text: str) -> bool:
    """Mexican population registry code: name letters, birth date, sex, state, check digit."""
    found = _CURP.fullmatch(text)
    if not found or not is_day(found[2], found[3]):
        return False
    signs = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    return -sum(signs.index(sign) * (18 - place) for place, sign in enumerate(text[:17])) % 10 == int(text[17])


def mexican_rfc(text: str) -> bool:
    """Mexican taxpayer code: name letters, date, homoclave (its check sign is often not kept to)."""
    found = _RFC.fullmatch(text)
    return found is not None and is_day(found[2], found[3])


def argentine_cuit(text: str) -> bool:
    """Argentine tax number: known head, modulo 11."""
    heads = ("20", "23", "24", "25", "26", "27", "30", "33", "34")
    return is_digits(text, 11) and text[:2] in heads and -weighted(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 % 10 == int(text[10])


def peruvian_ruc(text: str) -> bool:
    """Peruvian tax number: known head, modulo 11."""
    rest = 11 - weighted(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 if is_digits(text, 11) else 0
    return bool(rest) and text[:2] in ("10", "15", "17", "20") and rest % 10 == int(text[10])


def chilean_rut(text: str) -> bool:
    """Chilean roll number: seven or eight digits and a check sign, modulo 11."""
    if len(text) not in (8, 9) or not is_digits(text[:-1]) or not varied(text[:-1]):
        return False
    rest = -weighted(text[-2::-1], (2, 3, 4, 5, 6, 7, 2, 3)) % 11
    return text[-1] == "0123456789K"[rest]


def ecuadorian_cedula(text: str) -> bool:
    """Ecuadorian identity card: province, third digit below 6, Luhn."""
    return is_digits(text, 10) and 1 <= int(text[:2]) <= 24 and text[2] < "6" and luhn(text)


def indian_aadhaar(text: str) -> bool:
    """Indian resident number: twelve digits from 2 on, Verhoeff."""
    return is_digits(text, 12) and text[0] in "23456789" and varied(text) and verhoeff(text)


_PAN = re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]")
_GSTIN = re.compile(r"[0-3]\d[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z][A-Z\d]Z[A-Z\d]")


def indian_pan(text: str) -> bool:
    """Indian tax card: three letters, kind of holder, letter, four digits, letter."""
    return _PAN.fullmatch(text) is not None


def indian_gstin(text: str) -> bool:
    """Indian number of goods and services tax: state, tax card, counter, Z, check sign."""
    return _GSTIN.fullmatch(text) is not None


def south_african_id(text: str) -> bool:
    """South African identity number: birth date, citizenship 0, 1 or 2, Luhn."""
    return is_digits(text, 13) and is_day(text[2:4], text[4:6]) and text[10] in "012" and luhn(text)


def israeli_id(text: str) -> bool:
    """Israeli identity number: nine digits, Luhn."""
    return is_digits(text, 9) and varied(text) and luhn(text)


def korean_rrn(text: str) -> bool:
    """Korean resident number: birth date, century and sex, modulo 11 (not kept to since October 2020, so the date is what is asked)."""
    return is_digits(text, 13) and is_day(text[2:4], text[4:6]) and text[6] in "12345678"


def chinese_id(text: str) -> bool:
    """Chinese resident identity number: region, birth date, order, check sign modulo 11."""
    if len(text) != 18 or not is_digits(text[:17]) or text[6:8] not in ("18", "19", "20") or not is_day(text[10:12], text[12:14]):
        return False
    return text[17] == "10X98765432"[weighted(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]


def japanese_number(text: str) -> bool:
    """Japanese individual number: twelve digits, modulo 11."""
    rest = weighted(text, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 if is_digits(text, 12) else 11
    return rest < 11 and varied(text) and int(text[11]) == (0 if rest < 2 else 11 - rest)


def taiwanese_id(text: str) -> bool:
    """Taiwanese identity card: letter of the place, sex, eight digits."""
    if len(text) != 10 or not is_digits(text[1:]) or text[1] not in "1289" or not ("A" <= text[0] <= "Z"):
        return False
    head = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0])
    return (head // 10 + head % 10 * 9 + weighted(text[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def hong_kong_id(text: str) -> bool:
    """Hong Kong identity card: one or two letters, six digits, check sign in brackets."""
    text = text.replace("(", "").replace(")", "")
    if len(text) not in (8, 9) or not is_digits(text[-7:-1]) or not (text[:-7].isascii() and text[:-7].isalpha()):
        return False
    head = [36, *(ord(sign) - 55 for sign in text[:-7])][-2:]
    last = 10 if text[-1] == "A" else int(text[-1]) if text[-1] in "0123456789" else 99
    return (head[0] * 9 + head[1] * 8 + weighted(text[-7:-1], (7, 6, 5, 4, 3, 2)) + last) % 11 == 0


def singaporean_nric(text: str) -> bool:
    """Singaporean identity card or foreigner's number: letter, seven digits, check letter."""
    if len(text) != 9 or text[0] not in "STFGM" or not is_digits(text[1:8]):
        return False
    rest = (weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)) % 11
    signs = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}[text[0]]
    return text[8] == signs[rest if text[0] != "M" else 10 - rest]


def thai_id(text: str) -> bool:
    """Thai identity number: thirteen digits, modulo 11."""
    return is_digits(text, 13) and text[0] in "12345678" and (11 - weighted(text[:12], range(13, 1, -1)) % 11) % 10 == int(text[12])


def indonesian_nik(text: str) -> bool:
    """Indonesian identity number: province, birth date (women: day + 40), order."""
    day = int(text[6:8]) if is_digits(text, 16) else 99
    return 11 <= int(text[:2] if day < 99 else 0) <= 96 and is_day(text[8:10], f"{day - 40 * (day > 40):02d}") and text[12:] != "0000"


def iranian_id(text: str) -> bool:
    """Iranian national code: ten digits, modulo 11."""
    rest = weighted(text, range(10, 1, -1)) % 11 if is_digits(text, 10) else 99
    return rest < 99 and varied(text) and int(text[9]) == (rest if rest < 2 else 11 - rest)


def saudi_id(text: str) -> bool:
    """Saudi identity or residence number: ten digits from 1 or 2, Luhn."""
    return is_digits(text, 10) and text[0] in "12" and luhn(text)


def emirates_id(text: str) -> bool:
    """Emirates identity number: 784, year, order, Luhn."""
    return is_digits(text, 15) and text[:5] in ("78419", "78420") and luhn(text)


def egyptian_id(text: str) -> bool:
    """Egyptian national number: century 2 or 3, birth date, place."""
    return is_digits(text, 14) and text[0] in "23" and is_day(text[3:5], text[5:7]) and int(text[7:9]) in (*range(1, 36), 88)


WORLD: tuple[NationalId, ...] = (
    NationalId("Canadian SIN", "CA", "national_id", (9,), canadian_sin, 0.08),
    NationalId("Australian TFN", "AU", "tax_id", (8, 9), australian_tfn, 0.09),
    NationalId("Australian ABN", "AU", "tax_id", (11,), australian_abn, 0.011),
    NationalId("Australian Medicare", "AU", "national_id", (10, 11), australian_medicare, 0.05),
    NationalId("New Zealand IRD", "NZ", "tax_id", (8, 9), new_zealand_ird, 0.09),
    NationalId("Brazilian CPF", "BR", "national_id", (11,), brazilian_cpf, 0.011),
    NationalId("Brazilian CNPJ", "BR", "tax_id", (14,), brazilian_cnpj, 0.011),
    NationalId("Mexican CURP", "MX", "national_id", (18,), mexican_curp, 0.0, letters=True),
    NationalId("Mexican RFC", "MX", "tax_id", (12, 13), mexican_rfc, 0.0, letters=True),
    NationalId("Argentine CUIT", "AR", "tax_id", (11,), argentine_cuit, 0.008),
    NationalId("Peruvian RUC", "PE", "tax_id", (11,), peruvian_ruc, 0.004),
    NationalId("Chilean RUT", "CL", "national_id", (8, 9), chilean_rut, 0.09),
    NationalId("Ecuadorian cédula", "EC", "national_id", (10,), ecuadorian_cedula, 0.014),
    NationalId("Indian Aadhaar", "IN", "national_id", (12,), indian_aadhaar, 0.08),
    NationalId("Indian PAN", "IN", "tax_id", (10,), indian_pan, 0.0, letters=True),
    NationalId("Indian GSTIN", "IN", "tax_id", (15,), indian_gstin, 0.0, letters=True),
    NationalId("South African ID", "ZA", "national_id", (13,), south_african_id, 0.001),
    NationalId("Israeli ID", "IL", "national_id", (9,), israeli_id, 0.1),
    NationalId("Korean RRN", "KR", "national_id", (13,), korean_rrn, 0.03),
    NationalId("Chinese resident ID", "CN", "national_id", (18,), chinese_id, 0.0005),
    NationalId("Japanese My Number", "JP", "national_id", (12,), japanese_number, 0.09),
    NationalId("Taiwanese ID", "TW", "national_id", (10,), taiwanese_id, 0.04, letters=True),
    NationalId("Hong Kong ID", "HK", "national_id", (8, 9, 10, 11), hong_kong_id, 0.09, letters=True),
    NationalId("Singaporean NRIC", "SG", "national_id", (9,), singaporean_nric, 0.01, letters=True),
    NationalId("Thai ID", "TH", "national_id", (13,), thai_id, 0.08),
    NationalId("Indonesian NIK", "ID", "national_id", (16,), indonesian_nik, 0.08),
    NationalId("Iranian ID", "IR", "national_id", (10,), iranian_id, 0.09),
    NationalId("Saudi ID", "SA", "national_id", (10,), saudi_id, 0.02),
    NationalId("Emirates ID", "AE", "national_id", (15,), emirates_id, 0.0),
    NationalId("Egyptian ID", "EG", "national_id", (14,), egyptian_id, 0.003),
)

NATIONAL_IDS: tuple[NationalId, ...] = (*WORLD, *(NationalId(*row) for row in EUROPE))
"""Every number whose check digit or form says something, Europe's included. American numbers without a check digit are not among them."""

BY_LENGTH: dict[int, tuple[NationalId, ...]] = {
    length: tuple(scheme for scheme in NATIONAL_IDS if length in scheme.lengths)
    for length in sorted({length for scheme in NATIONAL_IDS for length in scheme.lengths})
}
"""The same by the length of the compact text."""


def schemes_of(text: str) -> tuple[NationalId, ...]:
    """The numbers that a text, as written, may be: those of its length whose check it passes."""
    small = compact(text)
    return tuple(scheme for scheme in BY_LENGTH.get(len(small), ()) if scheme.check(small))
