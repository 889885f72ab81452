"""Free text: what is found, with which label and where, in many languages; what only looks like it; one answer from both engines."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.text import TextOptions, TextScanner
from appliance.data_plane.detection.text.engines import HyperscanEngine, Re2Engine
from appliance.data_plane.detection.text.folding import fold, words
from appliance.data_plane.detection.text.merge import settled
from appliance.data_plane.detection.text.page import Page
from appliance.data_plane.detection.text.scanner import pieces
from appliance.data_plane.detection.text.signs import SIGNS
from appliance.data_plane.detection.text.vocabulary import vocabulary


@pytest.fixture(scope="module")
def scanner() -> TextScanner:
    return TextScanner.load(TextOptions(use_names=False))


@pytest.fixture(scope="module")
def named() -> TextScanner:
    return TextScanner.load()


def found(scanner: TextScanner, text: str) -> dict[str, str]:
    return {text[span.start : span.end]: span.label for span in scanner.spans([text])[0]}


FOUND = [
    ("write to Ann.Lee+news@mail.example.co.uk.", "Ann.Lee+news@mail.example.co.uk", "email_address"),
    ("see (https://en.example.org/wiki/A_(b)?q=1#x).", "https://en.example.org/wiki/A_(b)?q=1#x", "url"),
    ("visit www.example.com/path, please", "www.example.com/path", "url"),
    ("the site shop.example.de is down", "shop.example.de", "domain_name"),
    ("from 10.11.12.13 port 22", "10.11.12.13", "ip_address"),
    ("peer 2001:db8::8a2e:370:7334 lost", "2001:db8::8a2e:370:7334", "ip_address"),
    ("nic 00:1B:44:11:3A:B7 up", "00:1B:44:11:3A:B7", "mac_address"),
    ("nic 00-1b-44-11-3a-b7 up", "00-1b-44-11-3a-b7", "mac_address"),
    ("from 7135.6ea1.e5f5.", "7135.6ea1.e5f5", "mac_address"),
    ("call (212) 555-0147 x12 now", "(212) 555-0147 x12", "phone_number"),
    ("fax 1-212-736-8845.", "1-212-736-8845", "phone_number"),
    ("ring me on +49 (0)30 901820 today", "+49 (0)30 901820", "phone_number"),
    ("Tel.: 030 901820", "030 901820", "phone_number"),
    ("Tél. 06 12 34 56 78", "06 12 34 56 78", "phone_number"),
    ("mobile 07700 900123", "07700 900123", "phone_number"),
    ("my SSN is 536-22-8145.", "536-22-8145", "us_social_security_number"),
    ("ssn 536228145", "536228145", "us_social_security_number"),
    ("card 4111 1111 1111 1111 exp", "4111 1111 1111 1111", "credit_card_number"),
    ("amex 3782-822463-10005", "3782-822463-10005", "credit_card_number"),
    ("to GB82 WEST 1234 5698 7654 32, thanks", "GB82 WEST 1234 5698 7654 32", "iban_code"),
    ("IBAN DE89370400440532013000", "DE89370400440532013000", "iban_code"),
    ("BIC: DEUTDEFF500", "DEUTDEFF500", "swift_code"),
    ("routing number 021000021", "021000021", "aba_routing_number"),
    ("account no. 12345678 closed", "12345678", "bank_account_number"),
    ("Kontonummer: 532013000", "532013000", "bank_account_number"),
    ("NHS number 943 476 5919", "943 476 5919", "uk_nhs_number"),
    ("NI number AB 12 34 56 C", "AB 12 34 56 C", "national_id"),
    ("DNI 12345678Z", "12345678Z", "national_id"),
    ("codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S", "national_id"),
    ("CPF 529.982.247-25", "529.982.247-25", "national_id"),
    ("personnummer 811218-9876", "811218-9876", "national_id"),
    ("passport number C01X00T47", "C01X00T47", "passport_number"),
    ("Führerschein B072RRE2I55", "B072RRE2I55", "driver_license"),
    ("driver's license number F255-921-50094-0", "F255-921-50094-0", "driver_license"),
    ("MRN: 0048-221", "0048-221", "medical_record_number"),
    ("seen, MRN7781234, discharged", "MRN7781234", "medical_record_number"),
    ("born 3 May 1974 in", "3 May 1974", "birth_date"),
    ("DOB 05/03/1974", "05/03/1974", "birth_date"),
    ("geb. am 3.5.1974", "3.5.1974", "birth_date"),
    ("née le 3 mai 1974 à", "3 mai 1974", "birth_date"),
    ("nacido el 3 de mayo de 1974", "3 de mayo de 1974", "birth_date"),
    ("nata il 3 maggio 1974", "3 maggio 1974", "birth_date"),
    ("nació en Niemodlin el 25/08/1968.", "25/08/1968", "birth_date"),
    ("(born 22/08/1948)", "22/08/1948", "birth_date"),
    ("родилась 3 мая 1974", "3 мая 1974", "birth_date"),
    ("on October 13th, 2024 we", "October 13th, 2024", "date"),
    ("due 2024-10-13.", "2024-10-13", "date"),
    ("am 13. Oktober 2024 in", "13. Oktober 2024", "date"),
    ("le 1er août 2023", "1er août 2023", "date"),
    ("dne 1. 9. 2025", "1. 9. 2025", "date"),
    ("at 2024-10-13T08:15:30Z", "2024-10-13T08:15:30Z", "datetime"),
    ("[13/Oct/2024:08:15:30]", "13/Oct/2024:08:15:30", "datetime"),
    ("meet at 5:30 pm sharp", "5:30 pm", "time"),
    ("a 57 yo man", "57", "age"),
    ("the 34-year-old driver", "34", "age"),
    ("sie ist 34 Jahre alt", "34", "age"),
    ("im Alter von 81 gestorben", "81", "age"),
    ("lives at 221B Baker Street, London", "221B Baker Street", "street_address"),
    ("ship to 12 N. Elm Ave. Apt 4", "12 N. Elm Ave. Apt 4", "street_address"),
    ("wohnt Lange Straße 12", "Lange Straße 12", "street_address"),
    ("Hauptstr. 5a in Bonn", "Hauptstr. 5a", "street_address"),
    ("habite 12 rue de la Paix, Paris", "12 rue de la Paix", "street_address"),
    ("vive en Calle Mayor 5", "Calle Mayor 5", "street_address"),
    ("in Via Roma 85", "Via Roma 85", "street_address"),
    ("ul. Północna 73", "ul. Północna 73", "street_address"),
    ("Molenstraat 23", "Molenstraat 23", "street_address"),
    ("P.O. Box 1190", "P.O. Box 1190", "street_address"),
    ("Austin, TX 78701-1234", "78701-1234", "us_zip_code"),
    ("London SW1A 1AA", "SW1A 1AA", "postcode"),
    ("PLZ 10115", "10115", "postcode"),
    ("GPS 52.5200, 13.4050", "52.5200, 13.4050", "gps_coordinates"),
    ("at 52.5200° N, 13.4050° E", "52.5200° N, 13.4050° E", "gps_coordinates"),
    ("IMEI 490154203237518", "490154203237518", "imei_hardware_id"),
    ("VIN 1HGCM82633A004352", "1HGCM82633A004352", "vehicle_identifier"),
    ("Kennzeichen B-MX 4711", "B-MX 4711", "license_plate"),
    ("id 123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000", "uuid"),
    ("md5 9e107d9d372bb6826bd81d3542a419d6", "9e107d9d372bb6826bd81d3542a419d6", "md5"),
    ("pay 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "crypto_wallet"),
    ("0x52908400098527886E0F7030069857D2E4169EE7", "0x52908400098527886E0F7030069857D2E4169EE7", "crypto_wallet"),
    ("username: jdoe_42", "jdoe_42", "user_name"),
    ('{"user":"the_anna"}', "the_anna", "user_name"),
    ("password: hunter2!", "hunter2!", "password"),
    ("set password to Tr0ub4dor&3", "Tr0ub4dor&3", "password"),
    ("CVV 123", "123", "cvv"),
    ("(06-12345678) en", "06-12345678", "phone_number"),
    ("of 020-6241111.", "020-6241111", "phone_number"),
    ("PAN ABCPE1234F", "ABCPE1234F", "tax_id"),
    ("seen 03/04/21 10:30", "03/04/21 10:30", "datetime"),
    ("on 2024-11-05 14:33:07,123 INFO", "2024-11-05 14:33:07,123", "datetime"),
    ("Bağdat Caddesi No:45 İstanbul", "Bağdat Caddesi No:45", "street_address"),
    ("Via Garibaldi n. 12/B", "Via Garibaldi n. 12/B", "street_address"),
    ("1600 Pennsylvania Avenue NW, x", "1600 Pennsylvania Avenue NW", "street_address"),
    ("ssh deploy@203.0.113.7", "203.0.113.7", "ip_address"),
    ("twitter @janedoe", "@janedoe", "user_name"),
]


@pytest.mark.parametrize(("text", "value", "label"), FOUND)
def test_what_is_personal_is_found_where_it_stands(scanner: TextScanner, text: str, value: str, label: str) -> None:
    assert found(scanner, text).get(value) == label, found(scanner, text)


def test_keys_of_services_are_found_by_their_heads(scanner: TextScanner) -> None:
    letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6"
    keys = {
        "gh" + "p_" + letters: "github_token",
        "sk_" + "live_" + letters[:24]: "stripe_api_key",
        "AKIA" + "IOSFODNN7EXAMPLE": "aws_access_key",
        "xox" + "b-123456789012-" + letters[:20]: "slack_secrets",
        "AIza" + letters[:35]: "google_data",
        "SG." + letters[:22] + "." + letters[:30]: "sendgrid_credentials",
        "AC" + "0123456789abcdef" * 2: "twilio_data",
        "sq0" + "atp-" + letters[:22]: "square_api_key",
        "eyJ" + letters + ".eyJ" + letters + "." + letters: "jwt",
    }
    for key, label in keys.items():
        assert found(scanner, f"leaked: {key}, rotate it") == {key: label}


NOT_FOUND = [
    "No PII here, build 3.13.10 of version 1.2.3.4 works",
    "order 9097529545 and part 955-43-5702 are late",
    "rma for 000-12-3091 and 666-98-4432",
    "about 40 days late, 27 boxes, 5 stars",
    "ratio 16:9 at 4.5:1, score 3-2",
    "the file report.zip and main.py changed, e.g. cpu.load",
    "call it a day at 100 percent",
    "depuis 30 ans, seit 20 Jahren, desde hace 12 años",
    "sku 4006381333931 costs $1,234.50",
    "2.718281828 and 3.14159265358979",
    "password reset required; password is required",
    "BP 130/85, temp 37.2, pulse 36",
    "Title VII of the Act, section 12.3.4",
    "may march on, august company",
    "Sort code 20-45-67, size 10-12-14",
    "Highway 66, Chapter 11, Windows 10",
    "Order shipped via UPS 1Z999AA10123456784",
    "firmware 12.4.1.7 installed",
    "ref X7K9P2 and error 0x80070057",
    "ship to Bertha Sontag, 3469 of them",
    "RE-2020/12077 text follows",
]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_personal_is_left(scanner: TextScanner, text: str) -> None:
    assert found(scanner, text) == {}


def test_names_places_and_organisations_come_from_the_tagger(named: TextScanner) -> None:
    labels = found(named, "Maria Gonzalez from Berlin works for Siemens AG and wrote to bob@example.com.")
    assert labels["Maria Gonzalez"] == "person_name"
    assert labels["Berlin"] == "city"
    assert labels["bob@example.com"] == "email_address"
    assert "organization_name" in labels.values()


def test_a_name_known_from_the_row_is_found_with_less_doubt(named: TextScanner) -> None:
    text = "Yesterday Bloom said the Table was late."
    plain, known = named.spans([text])[0], named.spans([text], known=[["Bloom Table"]])[0]
    before = {text[span.start : span.end]: span.score for span in plain}
    after = {text[span.start : span.end]: span.score for span in known}
    assert after["Bloom"] > before.get("Bloom", 0.0)


def test_neighbours_of_names_and_cities_are_read(named: TextScanner) -> None:
    labels = found(named, "Ship to Peter Schneider (57), 12 Elm Street, Boston 02110.")
    assert labels["57"] == "age"
    assert labels["12 Elm Street"] == "street_address"
    assert labels["02110"] == "us_zip_code"


def test_one_word_is_a_last_name_behind_a_title_and_else_a_first_name(named: TextScanner) -> None:
    labels = found(named, "Dear Mrs. Thompson, this is Jennifer from the clinic.")
    assert labels["Thompson"] == "last_name"
    assert labels["Jennifer"] == "first_name"


def test_no_answers_overlap_and_they_come_in_order(named: TextScanner) -> None:
    texts = [text for text, _, _ in FOUND]
    for text, spans in zip(texts, named.spans(texts), strict=True):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(first.end <= second.start for first, second in pairwise(spans))
        assert all(0 < span.score <= 1 for span in spans)


def test_a_text_is_read_alike_alone_and_among_others(named: TextScanner) -> None:
    texts = [text for text, _, _ in FOUND] + NOT_FOUND + ["", " ", "social", "security number 123456789", "1", "2024-01-02"]
    assert named.spans(texts) == [named.spans([text])[0] for text in texts]


def test_long_texts_are_read_in_pieces(scanner: TextScanner, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"write to user{number}@example.com today" for number in range(200))
    whole = scanner.spans([text])
    monkeypatch.setattr("appliance.data_plane.detection.text.scanner.LONGEST", 500)
    assert scanner.spans([text, "a@example.com"]) == [*whole, scanner.spans(["a@example.com"])[0]]
    assert list(pieces("abcdefgh", 3)) == [(0, 3), (3, 6), (6, 8)]
    assert list(pieces("ab cd ef", 4)) == [(0, 3), (3, 6), (6, 8)]


def test_labels_and_threshold_choose_what_is_told() -> None:
    text = "call 212-555-0147 or write to a@example.com"
    only = TextScanner.load(TextOptions(use_names=False, labels=frozenset({"email_address"})))
    assert set(found(only, text).values()) == {"email_address"}
    sure = TextScanner.load(TextOptions(use_names=False, threshold=0.985))
    assert set(found(sure, text).values()) == {"email_address"}


def _noise(chance: random.Random) -> str:
    alphabet = "ab Z09.,-:/@#()[]+_'\"\n\t\x00\x01é\u0301ßœŁжλ中😀\u202e\u200d\ufeff\ud800٣／٧"
    return "".join(chance.choice(alphabet) for _ in range(chance.randrange(30)))


def _mixtures(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    pieces = [text for text, _, _ in FOUND] + NOT_FOUND
    return [" ".join(chance.choice((chance.choice(pieces), _noise(chance))) for _ in range(4)) for _ in range(count)]


def test_both_engines_give_the_same_answer() -> None:
    texts = _mixtures(5, 600)
    one, other = (TextScanner.load(TextOptions(use_names=False, engine=engine)) for engine in ("hyperscan", "re2"))
    assert one.spans(texts) == other.spans(texts)


def test_both_engines_find_the_same_places_in_noise() -> None:
    patterns, listed = [pattern for pattern, _ in SIGNS], [word.text for word in vocabulary()]
    one, other = HyperscanEngine(patterns, listed), Re2Engine(patterns, listed)
    chance = random.Random(11)
    signs = "".join(chance.choice("aAfF0919xX@.:/-_ \n[wWbBcC1SGe+") for _ in range(60_000)).encode()
    assert sorted(set(one.signs(signs))) == sorted(set(other.signs(signs)))
    chosen = " ".join(chance.choice([*listed, "x", "12", "of"]) for _ in range(6_000)).encode()
    assert one.words(b" " + chosen + b" ") == other.words(b" " + chosen + b" ")


def test_offsets_are_characters_whatever_stands_around(scanner: TextScanner) -> None:
    chance = random.Random(3)
    for _ in range(150):
        before, after = _noise(chance), _noise(chance)
        text = f"{before} mail jo@example.com {after} card 4111 1111 1111 1111 {before}"
        spans = {span.label: text[span.start : span.end] for span in scanner.spans([text])[0]}
        assert spans["email_address"] == "jo@example.com"
        assert spans["credit_card_number"] == "4111 1111 1111 1111"


def test_folding_keeps_every_place_and_reads_any_digits(scanner: TextScanner) -> None:
    for text in ("Ünïcödé ß Łódź", "ΑΒγ жук 中文 😀", "e\u0301 \ud800 \u202e ١٢٣", "ＡＢ１２"):
        assert len(fold(text)) == len(text)
    assert words(fold("Né-le_É")) == b"ne le e"
    text = "Karte ４１１１ １１１１ １１１１ １１１１"
    assert found(scanner, text) == {"４１１１ １１１１ １１１１ １１１１": "credit_card_number"}


def test_the_surer_proof_wins_then_the_longer() -> None:
    weak, sure, long = (0, 9, "a", 0.9, 40), (3, 7, "b", 0.5, 90), (8, 30, "c", 0.5, 40)
    assert settled([long, weak, sure]) == [sure, long]
    assert settled([(0, 4, "a", 0.5, 40), (0, 9, "b", 0.4, 40)]) == [(0, 9, "b", 0.4, 40)]


def test_a_page_knows_its_cues_only_inside_one_text(scanner: TextScanner) -> None:
    assert scanner.spans(["my ssn", "536228145"]) == [[], []]
    assert scanner.spans(["my ssn 536228145"]) == [[Span(7, 16, "us_social_security_number", 0.99)]]
    assert len(Page(["a", "bc"]).starts) == 2
