"""Check digits: published examples pass, a changed digit fails, and random numbers pass as seldom as each scheme says."""

from __future__ import annotations

import random
import string

import pytest

from appliance.data_plane.detection import checksums
from appliance.data_plane.detection.checksums import compact
from appliance.data_plane.detection.national_ids import BY_LENGTH, NATIONAL_IDS, schemes_of, us_itin, us_ssn

EXAMPLES = {
    checksums.luhn: ["79927398713", "18"],
    checksums.card: ["4111111111111111", "378282246310005", "30569309025904", "5555555555554444", "6011111111111117", "2221000000000009"],
    checksums.iban: ["GB82WEST12345698765432", "DE89370400440532013000", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"],
    checksums.aba: ["021000021", "011401533"],
    checksums.vin: ["1M8GDM9AXKP042788"],
    checksums.nhs: ["9434765919"],
    checksums.imei: ["490154203237518"],
    checksums.isbn: ["0306406152", "9780306406157", "080442957X"],
    checksums.ean: ["4006381333931", "73513537"],
    checksums.verhoeff: ["2363"],
    checksums.mod11_10: ["86095742719"],
    checksums.swift: ["DEUTDEFF", "NEDSZAJJXXX"],
    checksums.wallet: [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
    ],
}
NUMBERS = {
    "Brazilian CPF": "111.444.777-35",
    "Brazilian CNPJ": "11.222.333/0001-81",
    "Polish PESEL": "44051401359",
    "Polish NIP": "123-456-32-18",
    "Italian fiscal code": "RSSMRA85T10A562S",
    "Spanish DNI": "12345678Z",
    "Dutch BSN": "111222333",
    "German tax ID": "86095742719",
    "German pension number": "15 070649 C 103",
    "Swiss AHV": "756.9217.0769.85",
    "Belgian number": "85.07.30-033.28",
    "French NIR": "2 55 08 14 168 025 38",
    "Croatian OIB": "69435151530",
    "Estonian or Lithuanian code": "37605030299",
    "Finnish code": "131052-308T",
    "Swedish number": "811218-9876",
    "Romanian CNP": "1800101221144",
    "Turkish number": "10000000146",
    "Irish PPS": "1234567T",
    "South African ID": "8001015009087",
    "Singaporean NRIC": "S1234567D",
    "Israeli ID": "123456782",
    "Canadian SIN": "130-692-544",
    "Australian TFN": "123 456 782",
    "Australian ABN": "51 824 753 556",
    "Mexican CURP": "HEGG560427MVZRRL04",
    "Chinese resident ID": "11010519491231002X",
    "Japanese My Number": "123456789018",
    "Indian Aadhaar": "2341 2341 2346",
    "Bulgarian EGN": "7523169263",
    "Austrian SVNR": "1237 010180",
    "Norwegian number": "01010750160",
    "Danish number": "010203-1234",
    "Chilean RUT": "12.531.909-2",
    "Argentine CUIT": "20-26756539-3",
    "Taiwanese ID": "A123456789",
    "Hong Kong ID": "A123456(3)",
    "Thai ID": "1234567890121",
    "Greek AMKA": "01013099997",
    "Portuguese NIF": "501442600",
    "Icelandic number": "120174-3399",
    "Latvian code": "161175-19997",
    "Slovene EMŠO or JMBG": "0101006500006",
    "Czech or Slovak birth number": "710319/2745",
    "Russian SNILS": "112-233-445 95",
    "Russian INN": "7707083893",
    "German VAT number": "DE136695976",
    "Hungarian tax ID": "8071592153",
    "British NINO": "AB 12 34 56 C",
}
HOSTILE = ["", " ", "é", "²" * 9, "١٢٣٤٥٦٧٨٩٠", "\ud800" * 11, "\x00" * 11, "-" * 20, "0" * 5_000, "A" * 5_000, "１２３４５６７８９"]


@pytest.mark.parametrize("check", EXAMPLES, ids=lambda check: check.__name__)
def test_published_examples_pass_and_a_changed_digit_fails(check):
    for text in EXAMPLES[check]:
        assert check(text), text
    if check in (checksums.swift, checksums.wallet):
        return
    for text in EXAMPLES[check]:
        place = next(place for place in range(len(text) - 2, -1, -1) if text[place].isdigit())
        changed = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        assert not check(changed), changed


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_states_are_known_as_written(name):
    assert name in {scheme.name for scheme in schemes_of(NUMBERS[name])}


@pytest.mark.parametrize("scheme", [scheme for scheme in NATIONAL_IDS if not scheme.letters], ids=lambda scheme: scheme.name)
def test_random_digits_pass_as_seldom_as_the_scheme_says(scheme):
    draw = random.Random(scheme.name)
    for length in scheme.lengths:
        numbers = ["".join(draw.choices(string.digits, k=length)) for _ in range(3_000)]
        assert sum(map(scheme.check, numbers)) / 3_000 <= scheme.chance * 1.25 + 0.004


def test_an_address_of_a_wallet_with_a_slip_is_none():
    assert not checksums.bitcoin("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    assert not checksums.bitcoin("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")
    assert not checksums.ethereum("0x" + "0" * 40)


def test_a_book_is_no_card_and_an_impossible_social_security_number_is_none():
    assert not checksums.card("9780306406157")
    assert us_ssn("536904399")
    for wrong in ("000123456", "666123456", "900123456", "123004567", "123450000", "111111111", "078051120"):
        assert not us_ssn(wrong), wrong
    assert us_itin("900701234")
    assert not us_itin("900491234")


def test_every_check_answers_hostile_texts():
    draw = random.Random(5)
    noise = ["".join(draw.choices(string.printable + "éß٣²", k=length)) for length in BY_LENGTH for _ in range(40)]
    for text in [*HOSTILE, *noise]:
        small = compact(text)
        for scheme in NATIONAL_IDS:
            assert scheme.check(small) in (True, False)
        for check in EXAMPLES:
            assert check(small) in (True, False)


def test_one_digit_all_through_is_nobodys_number():
    for scheme in NATIONAL_IDS:
        if not scheme.letters and scheme.name not in ("Thai ID",):
            passing = [sign for sign in "0123456789" if any(scheme.check(sign * length) for length in scheme.lengths)]
            assert len(passing) <= 2, scheme.name
