"""Cells of mixed columns: each distinct value by itself, the others and the header lending a little."""

from __future__ import annotations

import random
import time

import pytest

from appliance.configurations.label_predictors import LabelPredictors, OwnPattern
from appliance.data_plane.detection.detector import Detector, DetectorOptions
from appliance.data_plane.detection.finding import Span
from appliance.data_plane.detection.national_ids import NATIONAL_IDS
from tests.unit.detection_values import CITIES, digits, firm, iban, name, phone, product, sound, ssn, street, with_luhn

CHECKS = {scheme.name: scheme.check for scheme in NATIONAL_IDS}
SINGLE = {
    "email_address": ["anna.schmidt@mail.example.de", "Jörg Ek <jorg@firma.se>", "o'neil+tag@sub.example.co.uk"],
    "phone_number": ["+49 30 1234567", "(212) 555-0187", "1-847-635-7763", "06 12 34 56 78", "020 7946 0958", "+1 415-555-2671 ext. 12"],
    "us_social_security_number": ["536-90-4399", "219-09-1234"],
    "credit_card_number": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"],
    "iban_code": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NL91ABNA0417164300"],
    "ip_address": ["192.168.17.4", "2001:db8::ff00:42:8329", "10.0.0.1:8080"],
    "mac_address": ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "url": ["https://example.org/a?b=1", "www.example.co.uk/path"],
    "uk_nhs_number": ["943 476 5919"],
    "national_id": ["111.444.777-35", "131052-308T", "RSSMRA85T10A562S", "12345678Z", "S1234567D"],
    "vehicle_identifier": ["1M8GDM9AXKP042788"],
    "date": ["2024-05-17", "17 mai 2024", "May 17, 2024"],
    "datetime": ["2024-05-17T10:11:12Z"],
    "street_address": ["Hauptstraße 12", "742 Evergreen Terrace", "12 rue de la Paix, 75002 Paris", "ul. Długa 7"],
    "person_name": ["Anna Schmidt", "Dr. Peter Müller", "García, Carmen", "Jan van der Berg", "Maria da Silva"],
    "organization_name": [
        "Müller GmbH",
        "Smith, Jones and Brown",
        "Acme Logistics Inc.",
        "Kowalski Sp. z o.o.",
        "Volvo AB",
        "Grupo Norte S.A. de C.V.",
    ],
}
NOTHING = """n/a unknown - see CRM|call back|REF12345678|srv-db-04|A-12|open|12|3.50|1.5.24|2.14.7|v1.2.3|000-12-3456|INV-2024-000123|50%|
true|cpu.load|
a123.zip|Madison Chair|Oslo Bookcase|Nora Pillow|Taylor Guitar|16:9|#ff00aa|1Z999AA10123456784|SKU-4432|M|next week|paid in full|4th floor|
978-0-306-40615-7|1.20.300.9000|0.00|--|Q3 2024|10x20x30""".replace("\n", "").split("|")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def labels(detector: Detector, values, header: str = "") -> list[str | None]:
    return [span.label if span else None for span in detector.cells(values, header)]


@pytest.mark.parametrize("label", SINGLE)
def test_a_value_by_itself(detector, label):
    for value in SINGLE[label]:
        assert labels(detector, [value]) == [label], value


@pytest.mark.parametrize("value", NOTHING)
def test_what_is_nobodys_is_left(detector, value):
    assert labels(detector, [value]) == [None]


def test_spans_hold_the_whole_cell_without_its_outer_blanks(detector):
    assert detector.cells(["  a.b@example.org "]) == [Span(2, 17, "email_address", detector.cells(["a.b@example.org"])[0].score)]
    assert detector.cells([]) == []
    assert all(0.5 <= span.score <= 1.0 for value in SINGLE.values() for span in detector.cells(value))


def mixture(makers, seed=4, count=150):
    draw = random.Random(seed)
    drawn = [draw.choice(list(makers.items())) for _ in range(count)]
    return list({make(draw): label for label, make in drawn}.items())


MIXTURES = {
    "kontakt": {
        "email_address": lambda draw: f"u{digits(draw, 4)}@example.org",
        "phone_number": phone,
        None: lambda draw: f"room {digits(draw, 2)}",
    },
    "id_value": {
        "us_social_security_number": ssn,
        "credit_card_number": lambda draw: with_luhn("4" + digits(draw, 14)),
        "iban_code": iban,
        "national_id": sound(lambda draw: digits(draw, 11), CHECKS["Polish PESEL"]),
        None: lambda draw: f"REF{digits(draw, 8)}",
    },
    "source": {
        "ip_address": lambda draw: ".".join(str(draw.randint(1, 254)) for _ in range(4)),
        "mac_address": lambda draw: ":".join("".join(draw.choices("0123456789abcdef", k=2)) for _ in range(6)),
        None: lambda draw: f"srv-{digits(draw, 2)}",
    },
    "owner": {"person_name": name, "organization_name": firm, None: product},
    "wo": {"city": lambda draw: draw.choice(CITIES), "street_address": street, None: lambda draw: f"dock {digits(draw, 1)}"},
}


@pytest.mark.parametrize("header", MIXTURES)
def test_mixtures(detector, header):
    pairs = mixture(MIXTURES[header])
    found = labels(detector, [value for value, _ in pairs], header)
    wrong = [(value, label, told) for (value, label), told in zip(pairs, found, strict=True) if told != label]
    assert len(wrong) <= 0.04 * len(pairs), wrong


def test_numbers_of_a_state_among_others_are_known_by_each_other(detector):
    draw = random.Random(1)
    pesel = sound(lambda draw: digits(draw, 11), CHECKS["Polish PESEL"])
    numbers = [pesel(draw) for _ in range(30)]
    assert labels(detector, numbers) == ["national_id"] * 30
    other = [text for text in (digits(draw, 11) for _ in range(200)) if text[0] != "0"]
    assert sum(1 for label in labels(detector, other) if label) <= 2


def test_metrics_and_files_among_themselves_are_no_domains(detector):
    assert labels(detector, ["cpu.io", "mem.in", "disk.free", "net.load", "swap.used"]) == [None] * 5
    assert labels(detector, ["shop.example.com", "mail.example.org"]) == ["domain_name"] * 2


def test_a_header_lends_what_a_value_leaves_open(detector):
    assert labels(detector, ["11223344595"], "снилс") == ["national_id"]
    assert labels(detector, ["11223344595"]) == [None]
    assert labels(detector, ["17.05.1961"], "Geburtsdatum") == ["birth_date"]


def test_only_wanted_labels_and_broader_ones_are_told():
    wanted = Detector.load(DetectorOptions(labels=("location", "email_address")))
    assert labels(wanted, ["Hauptstraße 12", "a@example.org", "+49 30 1234567"]) == ["location", "email_address", None]


def test_own_patterns_come_first():
    own = LabelPredictors(patterns=(OwnPattern("acme/user_id", r"user_\d{5}", 0.8),))
    detector = Detector.load(DetectorOptions(labels=("email_address",), label_predictors=own))
    assert labels(detector, ["user_12345", "user_1234", "a@example.org"]) == ["acme/user_id", None, "email_address"]


def test_hostile_cells_end_in_bounded_time(detector):
    values = ["x" * 1_000_000, "@" * 100_000, "1 " * 100_000, "\ud800" * 50, "\x00\x1b[31m", "(" * 9_000, "A" * 200 + "1" * 200, "a-" * 300]
    begun = time.process_time()
    assert len(detector.cells(values * 3, "contact")) == 3 * len(values)
    assert time.process_time() - begun < 1.0
    for value, span in zip(values, detector.cells(values), strict=True):
        assert span is None or 0 <= span.start < span.end <= len(value)
