"""Columns: every label is found by values or by header, what only looks like personal data is left, headers do not lie unpunished."""

from __future__ import annotations

import base64
import hashlib
import random
import resource
import string
import time
import uuid

import pytest

from appliance.configurations.entities import LABELS
from appliance.data_plane.detection import checksums
from appliance.data_plane.detection.detector import Detector, DetectorOptions
from appliance.data_plane.detection.finding import ColumnSample, ColumnShape
from appliance.data_plane.detection.headers.evidence import header_evidence
from appliance.data_plane.detection.national_ids import NATIONAL_IDS
from tests.unit.detection_values import (
    CITIES,
    COUNTRIES,
    FIRST,
    LAST,
    THINGS,
    birth,
    digits,
    firm,
    iban,
    listed,
    name,
    phone,
    product,
    sample,
    sound,
    ssn,
    street,
    with_luhn,
)  # fmt: skip

HEX = "0123456789abcdef"
CHECKS = {scheme.name: scheme.check for scheme in NATIONAL_IDS}


def word(draw, signs, count):
    return "".join(draw.choices(signs, k=count))


VALUES = {
    "email_address": lambda draw: f"{draw.choice(FIRST).lower()}.{digits(draw, 3)}@mail{digits(draw, 1)}.example.org",
    "phone_number": phone,
    "us_social_security_number": ssn,
    "credit_card_number": lambda draw: with_luhn("4" + digits(draw, 14)),
    "iban_code": iban,
    "aba_routing_number": sound(lambda draw: "0" + draw.choice("12345678") + digits(draw, 7), checksums.aba),
    "swift_code": lambda draw: (
        f"{word(draw, string.ascii_uppercase, 4)}{draw.choice(['DE', 'FR', 'US'])}{word(draw, string.ascii_uppercase, 2)}"
    ),
    "ip_address": lambda draw: ".".join(str(draw.randint(1, 254)) for _ in range(4)),
    "mac_address": lambda draw: ":".join(word(draw, HEX, 2) for _ in range(6)),
    "url": lambda draw: f"https://www.{draw.choice(LAST).lower()}.example/{digits(draw, 4)}?q=1",
    "domain_name": lambda draw: f"{word(draw, string.ascii_lowercase, 6)}.{draw.choice(['com', 'de', 'org', 'co.uk'])}",
    "hostname": lambda draw: f"db{digits(draw, 3)}.prod.internal",
    "uuid": lambda draw: str(uuid.UUID(int=draw.getrandbits(128), version=4)),
    "md5": lambda draw: hashlib.md5(digits(draw, 9).encode()).hexdigest(),
    "sha256": lambda draw: hashlib.sha256(digits(draw, 9).encode()).hexdigest(),
    "sha512": lambda draw: hashlib.sha512(digits(draw, 9).encode()).hexdigest(),
    "jwt": lambda draw: (
        "eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(digits(draw, 20).encode()).decode().rstrip("=") + ".abc" + digits(draw, 40)
    ),
    "github_token": lambda draw: "ghp_" + word(draw, string.ascii_letters, 36),
    "stripe_api_key": lambda draw: "sk_" + "live_" + word(draw, string.ascii_letters, 24),
    "aws_access_key": lambda draw: "AKIA" + word(draw, string.ascii_uppercase + "234567", 16),
    "slack_secrets": lambda draw: f"xoxb-{digits(draw, 12)}-{word(draw, string.ascii_letters, 24)}",
    "google_data": lambda draw: "AIza" + word(draw, string.ascii_letters, 35),
    "twilio_data": lambda draw: "AC" + word(draw, HEX, 32),
    "sendgrid_credentials": lambda draw: f"SG.{word(draw, string.ascii_letters, 22)}.{word(draw, string.ascii_letters, 43)}",
    "square_api_key": lambda draw: "sq0atp-" + word(draw, string.ascii_letters, 22),
    "facebook_data": lambda draw: "EAACEdEose0cBA" + word(draw, string.ascii_letters, 30),
    "crypto_wallet": lambda draw: "0x" + word(draw, HEX, 40),
    "gps_coordinates": lambda draw: f"{draw.uniform(-60, 70):.5f}, {draw.uniform(-170, 170):.5f}",
    "google_olc": lambda draw: word(draw, "23456789CFGHJMPQRVWX", 8) + "+" + word(draw, "23456789CFGHJMPQRVWX", 2),
    "http_cookie": lambda draw: f"sid={word(draw, HEX, 16)}; theme=dark; Path=/",
    "date": lambda draw: f"2024-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
    "datetime": lambda draw: (
        f"2024-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}T{draw.randint(0, 23):02d}:{draw.randint(10, 59)}:00Z"
    ),
    "time": lambda draw: f"{draw.randint(0, 23):02d}:{draw.randint(10, 59)}:{draw.randint(10, 59)}",
    "birth_date": birth,
    "imei_hardware_id": lambda draw: with_luhn("35" + digits(draw, 12)),
    "vehicle_identifier": sound(lambda draw: "1" + word(draw, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789", 11) + digits(draw, 5), checksums.vin),
    "uk_nhs_number": sound(lambda draw: "4" + digits(draw, 9), checksums.nhs),
    "person_name": name,
    "first_name": lambda draw: draw.choice(FIRST),
    "last_name": lambda draw: draw.choice(LAST),
    "organization_name": firm,
    "street_address": street,
    "city": lambda draw: draw.choice(CITIES),
    "country": lambda draw: draw.choice(COUNTRIES),
    "us_state": lambda draw: draw.choice("AL AK AZ CA CO CT FL GA HI ID IL KS NY OH TX WA WI".split()),
    "blood_type": lambda draw: draw.choice(["A+", "A-", "B+", "0-", "AB+", "O+"]),
    "religion": lambda draw: draw.choice(["Catholic", "Muslim", "Jewish", "Hindu", "Buddhist"]),
    "marital_status": lambda draw: draw.choice(["ledig", "verheiratet", "geschieden", "verwitwet"]),
    "gender": lambda draw: draw.choice(["male", "female", "non-binary"]),
    "ethnicity": lambda draw: draw.choice(["White", "Black or African American", "Asian", "Hispanic or Latino"]),
    "sexuality": lambda draw: draw.choice(["heterosexual", "homosexual", "bisexual", "asexual"]),
    "national_id": sound(lambda draw: digits(draw, 11), CHECKS["Polish PESEL"]),
    "tax_id": sound(lambda draw: digits(draw, 14), CHECKS["Brazilian CNPJ"]),
}
"""Columns whose values alone, under a header that says nothing, give the label away."""

HEADED = {
    "us_zip_code": ("zip", lambda draw: digits(draw, 5)),
    "postcode": ("Postleitzahl", lambda draw: digits(draw, 4)),
    "age": ("Lebensalter", lambda draw: str(draw.randint(18, 90))),
    "latitude": ("lat", lambda draw: f"{draw.uniform(-60, 60):.5f}"),
    "longitude": ("lng", lambda draw: f"{draw.uniform(-170, 170):.5f}"),
    "bank_account_number": ("bank_account_no", lambda draw: digits(draw, 10)),
    "account_number": ("numero_cuenta", lambda draw: digits(draw, 12)),
    "cvv": ("cvv2", lambda draw: digits(draw, 3)),
    "pin": ("pin_number", lambda draw: digits(draw, 4)),
    "passport_number": ("Reisepassnr", lambda draw: "C" + digits(draw, 8)),
    "driver_license": ("drivers_license_number", lambda draw: "D" + digits(draw, 7)),
    "medical_record_number": ("patient_id", lambda draw: "P" + digits(draw, 7)),
    "health_plan_number": ("Versichertennummer", lambda draw: "K" + digits(draw, 9)),
    "license_plate": ("Kennzeichen", lambda draw: f"B-{word(draw, string.ascii_uppercase, 2)} {digits(draw, 3)}"),
    "user_name": ("benutzername", lambda draw: draw.choice(LAST).lower()[:5] + digits(draw, 2)),
    "password": ("mot_de_passe", lambda draw: word(draw, string.ascii_letters + string.digits + "!%&", 12)),
    "api_key": ("api_key", lambda draw: word(draw, string.ascii_letters + string.digits, 40)),
    "employee_id": ("personalnummer", lambda draw: "E" + digits(draw, 6)),
    "customer_id": ("kundennummer", lambda draw: "K" + digits(draw, 6)),
    "unique_identifier": ("membership_number", lambda draw: "M" + digits(draw, 8)),
    "device_identifier": ("seriennummer", lambda draw: word(draw, string.ascii_uppercase + string.digits, 11) + "1"),
    "biometric_identifier": ("fingerprint_id", lambda draw: "FP" + digits(draw, 10)),
    "imsi_subscriber_id": ("imsi", lambda draw: "26201" + digits(draw, 10)),
    "job_title": ("beruf", lambda draw: draw.choice(["Zimmermann", "Imker", "Dachdecker", "Landwirtin", "Ärztin"])),
    "language": ("muttersprache", lambda draw: draw.choice(["Deutsch", "Polnisch", "Türkisch", "Sorbisch"])),
    "norp_group": ("nacionalidad", lambda draw: draw.choice(["española", "francesa", "alemana", "china"])),
    "political_view": ("political_affiliation", lambda draw: draw.choice(["Democrat", "Republican", "Independent", "Green"])),
    "education": ("wykształcenie", lambda draw: draw.choice(["podstawowe", "średnie", "wyższe", "zawodowe"])),
    "employment_status": ("employment_status", lambda draw: draw.choice(["employed", "unemployed", "retired", "student"])),
    "sex": ("sex", lambda draw: draw.choice(["M", "F"])),
    "race": ("race", lambda draw: draw.choice(["White", "Black", "Asian", "Other"])),
    "location": ("location_name", lambda draw: draw.choice(["Block C yard", "Upper terminal", "Depot nine"])),
    "address": ("full_address", lambda draw: f"{street(draw)}, {digits(draw, 5)} {draw.choice(CITIES)}"),
    "generic_key": ("c1", lambda draw: base64.b64encode(draw.randbytes(30)).decode()),
}
"""Columns that need their header."""

HARMLESS = {
    "order_no": lambda draw: draw.choice("23456789") + digits(draw, 9),
    "sku": lambda draw: f"{draw.choice(['000', '666', '912', '987'])}-{digits(draw, 2)}-{digits(draw, 4)}",
    "waybill": lambda draw: digits(draw, 16),
    "isbn": lambda draw: next(text for text in (f"978{digits(draw, 10)}" for _ in range(500)) if checksums.isbn(text)),
    "app_version": lambda draw: f"{draw.randint(1, 12)}.{draw.randint(0, 30)}.{draw.randint(0, 999)}.{draw.randint(256, 9999)}",
    "release": lambda draw: f"{draw.randint(1, 9)}.{draw.randint(0, 20)}.{draw.randint(0, 40)}",
    "metric": lambda draw: f"{draw.choice(['cpu', 'mem', 'disk', 'net'])}{digits(draw, 2)}.{draw.choice(['load', 'wait', 'used', 'free'])}",
    "attachment": lambda draw: f"a{digits(draw, 4)}.{draw.choice(['zip', 'md', 'py'])}",
    "sort_code": lambda draw: f"{digits(draw, 2)}-{digits(draw, 2)}-{digits(draw, 2)}",
    "colour": lambda draw: draw.choice(["Olive", "Rose", "Amber", "Violet", "Jade", "Ruby"]),
    "weekday": lambda draw: draw.choice(["Monday", "Tuesday", "Friday"]),
    "c7": product,
    "amount": lambda draw: f"{draw.uniform(1, 900):.2f}",
    "quantity": lambda draw: str(draw.randint(1, 90)),
    "ratio": lambda draw: f"{draw.random():.6f}",
    "epoch_ms": lambda draw: str(draw.randint(1_500_000_000_000, 1_790_000_000_000)),
    "blood_pressure": lambda draw: f"{draw.randint(95, 170)}/{draw.randint(55, 105)}",
    "status": lambda draw: draw.choice(["open", "closed", "pending"]),
    "is_active": lambda draw: draw.choice(["true", "false"]),
    "animal": lambda draw: draw.choice(["Lion", "Tiger", "Bear", "Eagle", "Shark"]),
    "dimensions": lambda draw: f"{digits(draw, 2)}x{digits(draw, 2)}x{digits(draw, 2)}",
    "commit": lambda draw: word(draw, HEX, 7),
    "hex_color": lambda draw: "#" + word(draw, HEX, 6),
    "file_path": lambda draw: f"/var/log/{word(draw, string.ascii_lowercase, 5)}/{digits(draw, 3)}.log",
    "time_zone": lambda draw: draw.choice(["Europe/Berlin", "Asia/Tokyo", "America/Lima"]),
    "grade": lambda draw: draw.choice("ABCDF"),
    "size": lambda draw: draw.choice(["S", "M", "L", "XL"]),
    "row": lambda draw: str(draw.randint(100_000, 999_999)),
}


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def verdict(detector: Detector, column: ColumnSample):
    return detector.columns([column])[0]


@pytest.mark.parametrize("label", VALUES)
def test_values_alone_tell_the_label(detector, label):
    found = verdict(detector, sample("c17", VALUES[label], rows=40 if label.endswith("name") else 90))
    assert (found.shape, found.label) == (ColumnShape.WHOLE, label)
    assert found.score >= 0.5


@pytest.mark.parametrize("label", HEADED)
def test_a_header_tells_what_values_leave_open(detector, label):
    header, make = HEADED[label]
    assert verdict(detector, sample(header, make, rows=300)).label == label


def test_every_label_of_the_catalogue_is_tried():
    assert set(VALUES) | set(HEADED) == set(LABELS)


@pytest.mark.parametrize("header", HARMLESS)
def test_what_only_looks_like_personal_data_is_left(detector, header):
    found = verdict(detector, sample(header, HARMLESS[header], rows=200))
    assert found.label is None, found
    assert found.shape is not ColumnShape.MIXED, found


LIES = (
    ("email", VALUES["phone_number"], "phone_number"),
    ("phone", VALUES["email_address"], "email_address"),
    ("ssn", VALUES["ip_address"], "ip_address"),
    ("first_name", VALUES["uuid"], "uuid"),
    ("email_ok", HARMLESS["is_active"], None),
    ("phone_type", lambda draw: draw.choice(["home", "work", "mobile"]), None),
    ("credit_card", HARMLESS["amount"], None),
    ("ip_address", HARMLESS["app_version"], None),
    ("date_of_birth", lambda draw: str(draw.randint(18, 95)), "age"),
    ("city", HARMLESS["quantity"], None),
    ("iban", HARMLESS["order_no"], None),
    ("product_name", product, None),
    ("name", product, None),
    ("date", HARMLESS["release"], None),
    ("url", HARMLESS["attachment"], None),
    ("email_count", HARMLESS["quantity"], None),
)


@pytest.mark.parametrize(("header", "make", "label"), LIES, ids=[f"{header}-{label}" for header, _, label in LIES])
def test_a_header_never_decides_against_the_values(detector, header, make, label):
    assert verdict(detector, sample(header, make, rows=200)).label == label


HEADERS = {
    "birth_date": "geburtsdatum fecha_nacimiento dateOfBirth DOB data_di_nascita Født дата_рождения 生年月日 datum_narození doğum_tarihi",
    "email_address": "E-Mail courriel correo_electronico customerEmail posta_elettronica epost メールアドレス эл_почта kundenmail_x email1",
    "phone_number": "tel telefonnummer num_telefono PhoneNo mobile handy puhelin 電話番号 телефон cep_telefonu Kundentelefonnummer fax",
    "last_name": "nachname lname surname apellidos cognome efternamn nazwisko příjmení фамилия soyadı sukunimi",
    "first_name": "vorname fname givenName prénom voornaam förnamn imię etunimi имя",
    "street_address": "Straße adresse calle indirizzo addr1 osoite ulica address_line_2 адрес 住所 lakcím",
    "city": "Ort ville ciudad città woonplaats miasto kaupunki город wohnort",
    "postcode": "PLZ code_postal código_postal CAP postnummer kod_pocztowy irányítószám PSČ",
    "credit_card_number": "cc_num Kreditkartennummer numero_carte tarjeta_credito cardNumber kortnummer",
}


@pytest.mark.parametrize("label", HEADERS)
def test_headers_of_many_languages_speak(label):
    for header in HEADERS[label].split():
        assert header_evidence(header).weights.get(label, 0.0) >= 1.0, header


def test_words_beside_turn_a_header_round():
    for header in ("email_verified", "phoneType", "name_length", "num_emails", "city_count", "card_type", "ip_count", "product name"):
        assert max(header_evidence(header).weights.values(), default=-1.0) < 0.5, header


FOREIGN = {
    "person_name": ("Ольга Иванова|Пётр Смирнов|Мария Кузнецова|Сергей Попов|Анна Соколова|Дмитрий Лебедев", "фио"),
    "last_name": ("田中|佐藤|鈴木|高橋|伊藤|渡辺|山本|中村|小林|加藤|吉田|山田", "姓"),
    "organization_name": ("株式会社山田|東京商事株式会社|北京科技有限公司|鈴木工業株式会社|中村銀行", "会社名"),
    "city": ("Αθήνα|Θεσσαλονίκη|Πάτρα|Ηράκλειο|Λάρισα|Βόλος|Ιωάννινα", "Πόλη"),
    "gender": ("мужской|женский", "пол"),
    "street_address": ("улица Ленина 5|проспект Мира 12|ул. Садовая 7|бульвар Победы 3", "адрес"),
    "country": ("Deutschland|Frankreich|Spanien|Italien|Polen|Österreich|Tschechien", "feld9"),
}


@pytest.mark.parametrize("label", FOREIGN)
def test_other_scripts_and_languages(detector, label):
    values, header = FOREIGN[label]
    assert verdict(detector, listed(header, *values.split("|"))).label == label


def test_neighbours_lend_evidence(detector):
    east, north = (lambda draw: f"{draw.uniform(5, 15):.5f}"), (lambda draw: f"{draw.uniform(47, 54):.5f}")
    alone = verdict(detector, sample("c1", north))
    assert alone.label is None
    found = detector.columns([sample("c0", name), sample("lat", north), sample("x2", east)])
    assert [column.label for column in found] == ["person_name", "latitude", "longitude"]
    found = detector.columns([sample("code_cp", lambda draw: digits(draw, 5)), sample("city", VALUES["city"], rows=200)])
    assert found[0].label in ("us_zip_code", "postcode")
    assert verdict(detector, sample("code_cp", lambda draw: digits(draw, 5))).label is None


def test_noise_and_blanks_do_not_hide_a_column(detector):
    def noisy(make):
        def one(draw):
            chance = draw.random()
            return draw.choice(["n/a", "-", "unknown", "NULL"]) if chance < 0.15 else f" {make(draw)}  " if chance < 0.3 else make(draw)

        return one

    for label in ("email_address", "phone_number", "iban_code", "person_name", "birth_date", "street_address", "credit_card_number"):
        assert verdict(detector, sample("c3", noisy(VALUES[label]), rows=300)).label == label


def test_a_column_of_several_kinds_is_mixed_and_one_of_prose_is_text(detector):
    def either(draw):
        return draw.choice([phone, VALUES["email_address"]])(draw) if draw.random() < 0.8 else "see notes"

    found = verdict(detector, sample("contact", either, rows=200))
    assert found.shape is ColumnShape.MIXED
    assert set(found.others) == {"phone_number", "email_address"}
    assert 0.3 < found.others["email_address"] < 0.7
    prose = [f"Please call back the customer about the broken {thing.lower()} next week, it is urgent." for thing in THINGS]
    assert verdict(detector, listed("remarks", *prose)).shape is ColumnShape.TEXT
    told = [f"{text} Mail to anna{number}@example.org or ask." for number, text in enumerate(prose)]
    assert verdict(detector, listed("remarks", *told)).others["email_address"] == 1.0
    only = Detector.load(DetectorOptions(labels=("phone_number",), use_names=False))
    assert verdict(only, listed("remarks", *told)).others == {}


def test_empty_and_constant_columns(detector):
    assert verdict(detector, ColumnSample("email", (), (), 100, 100)).shape is ColumnShape.EMPTY
    assert verdict(detector, ColumnSample("email", ("n/a", "-", " "), (5, 5, 5), 15)).shape is ColumnShape.EMPTY
    assert verdict(detector, ColumnSample("c1", ("Anna",), (100,), 100)).label is None
    assert verdict(detector, ColumnSample("email", ("a.b@example.org",), (100,), 100)).label == "email_address"
    assert detector.columns([]) == ()


def test_only_wanted_labels_are_told_and_a_broader_one_stands_in():
    wanted = Detector.load(DetectorOptions(labels=("date", "person_name", "location")))
    found = wanted.columns([sample("dob", birth), sample("vorname", VALUES["first_name"]), sample("mail", VALUES["email_address"])])
    assert [column.label for column in found] == ["date", "person_name", None]
    assert found[2].shape is ColumnShape.NONE


def test_the_same_columns_get_the_same_verdicts_in_any_order_of_values(detector):
    column = sample("c4", phone, rows=120)
    turned = ColumnSample(column.name, column.values[::-1], column.counts[::-1], column.rows)
    assert verdict(detector, column) == verdict(detector, turned) == verdict(Detector.load(), column)


def test_evidence_holds_no_value(detector):
    for label, make in VALUES.items():
        column = sample(HEADED.get(label, ("c1",))[0], make)
        said = " ".join(str(part) for part in verdict(detector, column).evidence.values() if isinstance(part, str))
        assert not any(len(value) > 3 and value.lower() in said.lower() for value in column.values)


HOSTILE = (
    ("x" * 1_000_000,),
    ("a@" * 300_000,),
    ("1" * 1_000_000, "1." * 400_000),
    ("\ud800\udfff", "\udcff" * 50, "\x00\x01\x02", "\u202e\u200b", "\uffff"),
    tuple("a" * count + "!" for count in range(200)),
    tuple("- " * count for count in range(100)),
    ("<" * 5000 + "@", "=" * 5000, "eyJ" * 5000, "[" * 5000, "(" * 3000 + ")" * 3000),
    tuple("1 " * count + "x" for count in range(1, 200)),
    tuple(f"{'a.' * count}com" for count in range(1, 150)),
    tuple(
        unit * count + tail
        for unit in ("a.", "A-", "a ", "1.", "1-", "(1", "a=b;", "a@", "::", "a1")
        for count in range(5, 40)
        for tail in "!1x"
    ),
)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_values_end_in_bounded_time(detector, number):
    begun = time.process_time()
    for header in ("email", "c1", "\x00" * 2_000, "a_" * 3_000, "\ud800"):
        values = HOSTILE[number]
        found = verdict(detector, ColumnSample(header, values, (1,) * len(values), len(values)))
        assert found.name == header
    assert time.process_time() - begun < 1.5


def test_a_wide_table_stays_small(detector):
    draw = random.Random(2)
    columns = [sample(f"c{place}", draw.choice(list(VALUES.values())), rows=100, seed=place) for place in range(300)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    assert len(detector.columns(columns)) == 300
    assert time.process_time() - begun < 6.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_people_who_come_again_and_again_are_found(detector):
    """A table of events: five hundred people, twenty rows each."""

    def repeated(header, make):
        once = sample(header, make, rows=500)
        return ColumnSample(header, once.values, (20,) * len(once.values), 20 * len(once.values))

    for label in ("birth_date", "phone_number", "email_address", "iban_code"):
        assert verdict(detector, repeated("c2", VALUES[label])).label == label
    for label in ("customer_id", "passport_number", "user_name", "medical_record_number"):
        assert verdict(detector, repeated(*HEADED[label])).label == label


def test_dates_of_these_decades_are_no_births(detector):
    orders = sample("c1", lambda draw: f"{draw.randint(2000, 2016)}-{draw.randint(10, 12)}-{draw.randint(10, 28)}")
    assert verdict(detector, orders).label == "date"


def test_a_column_of_numbers_of_several_states_is_one_of_national_numbers() -> None:
    people = range(20)
    french = [f"{base}{97 - base % 97:02d}" for base in (2_94_12_84_945_543 + 7 * each for each in people)]
    spanish = [f"{number:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}" for number in (43_427_281 + 991 * each for each in people)]
    values = tuple(french + spanish)
    (told,) = Detector.load(DetectorOptions()).columns([ColumnSample("id_nat", values, (1,) * len(values), len(values))])
    assert (told.shape, told.label) == (ColumnShape.WHOLE, "national_id")
