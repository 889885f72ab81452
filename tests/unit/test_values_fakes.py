"""Fakes of every entity: of their kind, never their source, the same everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from appliance.configurations.entities import LABELS, TRANSFORM_ENTITIES
from appliance.data_plane.transform.values.checks import iban_digits, luhn_sum
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.words import known_locale

KEY = ValueKey(bytes(range(32)))
SOURCES = [
    "Ada Lovelace", "12345678", "ada@example.com", "+1 (415) 555-2671", "1980-02-29", "03/04/2020 10:15", "4111 1111 1111 1111", "F",
    "48.85, 2.35", "M", "DE89 3704 0044 0532 0130 00", "00:1A:2B:3C:4D:5E", "192.168.1.4", "Zoë", "O'Neil", "SW1A 1AA", "---", "日本", "x",
]  # fmt: skip


@pytest.fixture(scope="module")
def fakes() -> Fakes:
    return Fakes(KEY)


def test_every_entity_has_a_fake_for_every_value_and_none_is_its_source(fakes: Fakes) -> None:
    for entity in (*TRANSFORM_ENTITIES, *LABELS, "no such entity"):
        made = fakes.entity(entity, SOURCES)
        assert len(made) == len(SOURCES)
        assert all(text and text.casefold() != value.casefold() for text, value in zip(made, SOURCES, strict=True)), entity


def test_the_fake_of_a_value_does_not_depend_on_its_neighbours_or_the_order(fakes: Fakes) -> None:
    locales = Fakes(KEY, ("de_DE", "fr_FR", "en_GB"))
    for maker, entities in ((fakes, TRANSFORM_ENTITIES), (locales, ("name", "address", "email", "phone_number", "ssn", "state"))):
        for number, entity in enumerate(entities):
            together = maker.entity(entity, SOURCES)
            alone = range(number % 4, len(SOURCES), 4)
            assert [maker.entity(entity, [SOURCES[place]])[0] for place in alone] == [together[place] for place in alone], entity
            assert maker.entity(entity, SOURCES[::-1]) == together[::-1], entity


def test_two_words_for_one_kind_give_the_same_fake(fakes: Fakes) -> None:
    for one, other in (
        ("ssn", "us_social_security_number"),
        ("email", "email_address"),
        ("name", "person_name"),
        ("fax_number", "phone_number"),
    ):
        assert fakes.entity(one, SOURCES) == fakes.entity(other, SOURCES)
    assert fakes.call("first_name", (), {}, ["Ada"]) == fakes.entity("first_name", ["Ada"])


def test_another_key_or_seed_gives_other_fakes(fakes: Fakes) -> None:
    values = [f"person {number}" for number in range(50)]
    names = [maker.entity("name", values) for maker in (fakes, Fakes(ValueKey(bytes(32))), Fakes(KEY, seed=1), Fakes(KEY, seed=2))]
    assert len(set(map(tuple, names))) == 4
    assert Fakes(KEY).entity("name", values) == names[0]


def test_another_process_makes_the_same_fakes(fakes: Fakes) -> None:
    program = (
        "from appliance.data_plane.transform.values.fakes import Fakes; from appliance.data_plane.transform.values.keys import ValueKey;"
        "f = Fakes(ValueKey(bytes(range(32))), ('de_DE',)); print(f.entity('name', ['a', 'b']), f.entity('address', ['a']))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "77"}
    ).stdout
    here = Fakes(KEY, ("de_DE",))
    assert output == f"{here.entity('name', ['a', 'b'])} {here.entity('address', ['a'])}\n"


FORMS = {
    "phone_number": (["+1 (415) 555-2671", "+49 30 1234567", "0044 20 7946 0958", "(05459) 685360"],
                     [r"\+1 \([2-9]\d\d\) [2-9]\d\d-\d{4}", r"\+49 [1-9]\d \d{7}", r"0044 [1-9]\d \d{4} \d{4}", r"\(0\d{4}\) \d{6}"]),
    "ssn": (["123-45-6789", "123456789"], [r"(77[3-9]|7[89]\d|8\d\d)-\d\d-\d{4}", r"(77[3-9]|7[89]\d|8\d\d)\d{6}"]),
    "date": (["2020-01-31", "31.12.1999", "Jan 5, 2020", "5/6/21"], [r"\d{4}-\d\d-\d\d", r"\d\d\.\d\d\.\d{4}",
                                                                    r"[A-Z][a-z]{2} \d{1,2}, \d{4}", r"\d{1,2}/\d{1,2}/\d\d"]),
    "date_time": (["2020-01-02T03:04:05.123+02:00"], [r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+02:00"]),
    "time": (["3:04 PM", "13:05"], [r"\d{1,2}:\d\d [AP]M", r"\d\d:\d\d"]),
    "date_of_birth": (["1980-02-29"], [r"(19[3-9]\d|200\d)-\d\d-\d\d"]),
    "postcode": (["SW1A 1AA", "12345-6789"], [r"[A-Z]{2}\d[A-Z] \d[A-Z]{2}", r"\d{5}-\d{4}"]),
    "unique_identifier": (["123e4567-e89b-12d3-a456-426614174000", "AB-12"],
                          [r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", r"[A-Z]{2}-\d\d"]),
    "mac_address": (["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E"],
                    [r"[0-9a-f][26ae](:[0-9a-f]{2}){5}", r"[0-9A-F][0-9A-Fa-e](-[0-9A-F]{2}){5}"]),
    "ipv4": (["192.168.1.4", "8.8.8.8"], [r"10\.\d+\.\d+\.\d+", r"(?!10\.)\d+\.\d+\.\d+\.\d+"]),
    "ipv6": (["fe80::1"], [r"2001:db8(:[0-9a-f]{1,4}){6}"]),
    "email": (["Ada@x.org"], [r"[a-z]+\.[a-z]+\d+@example\.(com|org|net)"]),
    "url": (["https://a.com/b?c", "a.com"], [r"https://[a-z]+\d+\.example\.(com|org|net)/\w+/\d+", r"[a-z]+\d+\.example\.(com|org|net)"]),
    "age": (["34", "34 years"], [r"\d\d", r"\d\d years"]),
    "name": (["LOVELACE, ADA", "ada"], [r"[A-Z'\- ]+, [A-Z'\- ]+", r"[a-z'\- ]+"]),
    "state": (["CA", "Texas"], [r"[A-Z]{2}", r"[A-Z][a-z]+( [A-Z][a-z]+)?"]),
    "country": (["DE", "USA"], [r"[A-Z]{2}", r"[A-Z]{3}"]),
    "latitude": (["48.8566", "2,35"], [r"-?\d{1,2}\.\d{4}", r"-?\d{1,2},\d\d"]),
    "api_key": (["sk_live_abcdef1234567890"], [r"sk_live_[a-z]{6}\d{10}"]),
    "swift_bic": (["DEUTDEFF"], [r"[A-Z]{4}DE[A-Z]{2}"]),
    "gender": (["F", "female", "MALE"], [r"[MXU]", r"male|non-binary|other", r"FEMALE|NON-BINARY|OTHER"]),
    "password": (["hunter2"], [r"\S{8}"]),
}  # fmt: skip


@pytest.mark.parametrize("entity", FORMS)
def test_fakes_keep_the_form_of_their_values(fakes: Fakes, entity: str) -> None:
    values, patterns = FORMS[entity]
    for text, pattern in zip(fakes.entity(entity, values), patterns, strict=True):
        assert re.fullmatch(pattern, text), text


def _digits(text: str) -> list[int]:
    return [int(mark) for mark in text if mark.isdigit()]


def test_check_digits_hold(fakes: Fakes) -> None:
    cards = fakes.entity("credit_debit_card", [f"4111 1111 {number:04d} 1111" for number in range(200)] + ["378282246310005"])
    assert all(luhn_sum(np.array([_digits(card)]))[0] == 0 for card in cards)
    assert {card[:1] for card in cards[:-1]} == {"4"}
    assert len(cards[-1]) == 15
    iban = fakes.entity("account_number", ["DE89 3704 0044 0532 0130 00"])[0].replace(" ", "")
    assert iban[:2] == "DE"
    assert iban[2:4] == iban_digits(iban)
    routing = _digits(fakes.entity("bank_routing_number", ["021000021"])[0])
    assert sum(weight * digit for weight, digit in zip([3, 7, 1] * 3, routing, strict=True)) % 10 == 0
    vehicle = fakes.entity("vehicle_identifier", ["1HGCM82633A004352"])[0]
    assert not set(vehicle) & set("IOQ")
    values = {mark: place % 10 for place, mark in enumerate("0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ")}
    total = sum(values[mark] * weight for mark, weight in zip(vehicle, [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], strict=True))
    assert vehicle[8] == "0123456789X"[total % 11]


def test_points_lie_near_towns(fakes: Fakes) -> None:
    for text in fakes.entity("coordinate", [f"{number}.5, 2.25" for number in range(50)]):
        north, east = map(float, text.split(", "))
        assert -90 < north < 90
        assert -180 <= east <= 180
    assert len(set(fakes.entity("latitude", [f"{number}.12345" for number in range(500)]))) > 450


def test_locales_decide_the_words() -> None:
    german = Fakes(KEY, ("de-DE",))
    values = [str(number) for number in range(300)]
    assert any("straße" in text or "weg" in text for text in german.entity("street_address", values))
    assert german.entity("city", values, locale="fr_FR") == Fakes(KEY, ("fr_FR",)).entity("city", values)
    mixed = Fakes(KEY, ("de_DE", "fr_FR")).entity("city", values)
    german_cities, french_cities = set(german.entity("city", values)), set(Fakes(KEY, ("fr_FR",)).entity("city", values))
    shares = Counter("german" if city in german_cities else "french" if city in french_cities else "?" for city in mixed)
    assert 100 < shares["german"] < 200
    for written in ("ja_JP", "ru_RU", "zh_CN", "pl_PL", "ar_EG", "el_GR"):
        maker = Fakes(KEY, (written,))
        assert all(re.fullmatch(r"[a-z0-9.]+@example\.\w+", text) for text in maker.entity("email", values))
        assert all(maker.entity("name", values[:20]))


@pytest.mark.parametrize(
    ("written", "known"), [("en-US", "en_US"), ("de", "de_DE"), ("de_XX", "de_DE"), ("xx", "en_US"), ("fr_FR", "fr_FR"), ("ja", "ja_JP")]
)
def test_locales_by_any_spelling(written: str, known: str) -> None:
    assert known_locale(written) == known


def test_the_sex_of_a_name_does_not_follow_from_the_locale() -> None:
    maker = Fakes(KEY, ("de_DE", "fr_FR"))
    german_men = set(maker.words("de_DE").pool("first_name_male", calls=8000)) - set(
        maker.words("de_DE").pool("first_name_female", calls=8000)
    )
    german_women = set(maker.words("de_DE").pool("first_name_female", calls=8000)) - german_men
    firsts = [name.split()[0] for name in maker.entity("name", [str(number) for number in range(400)])]
    assert sum(name in german_men for name in firsts) > 40
    assert sum(name in german_women for name in firsts) > 40


def test_an_empty_value_stays_empty(fakes: Fakes) -> None:
    assert fakes.entity("name", ["", "Ada"])[0] == ""
    assert fakes.entity("name", []) == []


def test_a_fake_that_equals_its_source_is_drawn_again_and_counted() -> None:
    first = Fakes(KEY)
    source = first.entity("blood_type", ["O+"])[0]
    answers = ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]
    maker = Fakes(KEY)
    made = maker.entity("blood_type", answers)
    assert source in answers
    assert all(value != text for value, text in zip(answers, made, strict=True))
    twelve = [maker.entity("blood_type", answers) for maker in (Fakes(ValueKey(bytes([number]) * 32)) for number in range(12))]
    assert len(set(map(tuple, twelve))) > 6
    counting = Fakes(ValueKey(bytes([9]) * 32))
    for number in range(40):
        counting.seed = number
        counting.entity("blood_type", answers)
    assert 20 < counting.redrawn < 80


def test_personas_fit_together() -> None:
    maker = Fakes(KEY)
    values = [str(number) for number in range(200)]
    made = maker.persona(values)
    men = set(maker.words("en_US").pool("first_name_male", calls=8000))
    for first, last, email, gender in zip(made.first_name, made.last_name, made.email, made.gender, strict=True):
        assert email.split("@")[0] == f"{first}.{last}".lower().replace("'", "").replace(" ", "")
        assert gender == "female" or first in men
    assert 70 < made.gender.count("male") < 130
    assert made == maker.persona(values)
    assert set(maker.persona(values, gender="F").gender) == {"female"}
    assert maker.persona(values[:1]) == maker.persona(values[:1], email_format="first_name.last_name")
    assert maker.persona(["7"]).first_name[0] == made.first_name[7]
    assert maker.persona(["7"], "flast_name", "free_domains").email[0].split("@")[1] in (
        "gmail.com",
        "yahoo.com",
        "hotmail.com",
        "outlook.com",
        "icloud.com",
    )
    for wrong in ({"email_format": "x"}, {"domain_type": "x"}):
        with pytest.raises(ValueError, match="email_format is one of"):
            maker.persona(values, **wrong)
