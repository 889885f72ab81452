"""Sentences that mention an address, a firm or a person are text; the value alone is the value, in any language and case."""

from __future__ import annotations

import pytest

from appliance.configurations.entities import entity_of, told_as
from appliance.data_plane.detection.detector import Detector, DetectorOptions
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape
from appliance.data_plane.detection.lexicon import Lexicon
from appliance.data_plane.detection.wording import worded

SENTENCES = (
    "Please ship it to 12 Main Street by Friday",
    "He moved from 14 High Street to London last week",
    "DELIVERED TO 475 OAK STREET AND CALLED THE CUSTOMER BEFORE NOON",
    "Returned to sender: 12 Oak Street",
    "Il cliente abita in Via Roma 12, Milano",
    "Ada Bell vive en Calle Mayor 475, 28013 Madrid.",
    "De klant woont op Kerkstraat 12 in Utrecht",
    "Skicka brevet till Storgatan 143, 111 22 Stockholm",
    "Клиент живет на улице Ленина 12, Москва",
    "Klient mieszka przy ul. Długiej 5 w Warszawie",
    "Müşteri Atatürk Caddesi 12 adresine taşındı",
    "お客様は東京都新宿区西新宿2丁目8番1号に引っ越しました",
    "Smith, 12 Oak Street, 219-09-9999",
    "12 Oak Street, Austin, ada@example.org",
)
ADDRESSES = (
    "475 Oak Street, Austin",
    "475 oak street, austin",
    "FLAT 52, BROOKS COURT, NEW HAVEN, WA3R 1PH",
    "12 rue des belles feuilles, 75016 Paris",
    "12, avenue de la Libération, 2e étage",
    "Lugerstr. 0/9, 7057 Mistelbach an der Zaya",
    "BLVD. DÍAZ ORDAZ 142, COL. CENTRO, 62114 CÁDIZ",
    "Retorno Yucatán 919 Edif. 074 , Depto. 833, San Margarita los altos, YUC 23286",
    "Av Prof. António de Sousa Franco, 9, 1916-362 Praia da Vitória",
    "Severní 104, 747 96 Libčice nad Vltavou",
    "наб. Придорожная, д. 7/8 к. 9, 634648",
    "Tomás y asociados S.Coop.",
    "Univ.Prof. Götz Vollbrecht B.A.",
)
NOTES = tuple(
    f"Delivered to {number} Oak Street, Austin; {name} signed, ssn 219-09-1{number}."
    for number in range(410, 440)
    for name in ("Ada O'Connor", "Susan Whitaker")
)
TALE = "Herr Müller hat angerufen. Mrs. Mendoza was born March 4, 1941. Peter Holloway wrote to us from Springfield."


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


def _column(*values: str, name: str = "notes") -> ColumnSample:
    return ColumnSample(name, values, (1,) * len(values), len(values))


def _told(labels: tuple[str, ...]) -> dict[str, str]:
    return {TALE[span.start : span.end]: span.label for span in Detector.load(DetectorOptions(labels=labels)).spans([TALE])[0]}


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_read_as_prose(text: str, lexicon: Lexicon) -> None:
    assert worded([text], lexicon)[0].prose


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses_and_firms_do_not(text: str, lexicon: Lexicon) -> None:
    assert not worded([text], lexicon)[0].prose


@pytest.mark.parametrize("name", ["notes", "delivery_address", "x"])
def test_a_column_of_notes_is_text_and_its_people_and_numbers_are_found(name: str) -> None:
    detector = Detector.load()
    verdict = detector.columns([_column(*NOTES, name=name)])[0]
    assert verdict.shape is ColumnShape.TEXT
    found = {NOTES[0][span.start : span.end]: span.label for span in detector.spans(NOTES[:1])[0]}
    assert found["Ada O'Connor"] == "person_name"
    assert found["410 Oak Street"] == "street_address"
    assert found["219-09-1410"] == "us_social_security_number"


def test_a_column_of_addresses_stays_whole() -> None:
    verdict = Detector.load().columns([_column(*(f"{number} Oak Street, Austin" for number in range(400, 440)))])[0]
    assert verdict.label == "street_address"


@pytest.mark.parametrize(
    ("name", "label"), [("dob", "birth_date"), ("geburtsdatum", "birth_date"), ("created_at", "datetime"), ("x", "datetime")]
)
@pytest.mark.parametrize("form", ["{}-03-04 00:00:00", "{}-03-04T00:00:00Z"])
def test_days_of_birth_with_a_midnight_are_told_by_their_header(name: str, label: str, form: str) -> None:
    assert Detector.load().columns([_column(*map(form.format, range(1940, 2004)), name=name)])[0].label == label


def test_no_cell_of_prose_is_a_whole_address() -> None:
    assert Detector.load().cells(SENTENCES) == [None] * len(SENTENCES)


def test_spans_take_the_broader_label_that_was_asked_for() -> None:
    people = _told(("person_name",))
    assert people == {"Müller": "person_name", "Mendoza": "person_name", "Peter Holloway": "person_name"}
    assert _told(("date", "location")) == {"March 4, 1941": "date", "Springfield": "location"}


@pytest.mark.parametrize("labels", [("first_name", "last_name"), ("last_name",), ("first_name",)])
def test_a_person_is_never_left_out_where_only_parts_of_names_are_asked_for(labels: tuple[str, ...]) -> None:
    found = _told(labels)
    assert "Peter Holloway" in found
    assert set(found.values()) <= set(labels)


def test_words_of_configurations_stand_for_what_they_cover() -> None:
    assert entity_of("first_name", ("name",)) == "name"
    assert entity_of("last_name", ("name", "last_name")) == "last_name"
    assert entity_of("person_name", ("last_name", "email")) == "last_name"
    assert entity_of("birth_date", ("date",)) == "date"
    assert entity_of("email_address", ("name",)) is None
    assert told_as("own/label", ("own/label",)) == "own/label"
