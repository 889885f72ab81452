"""Numbers, masks, plain texts, countries, and fakes that nobody shares."""

from __future__ import annotations

import re

import pytest

from appliance.data_plane.transform.values.countries import country_code, locales_of, lookup_country, lookup_locales
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.keys import ValueKey
from appliance.data_plane.transform.values.masks import hidden_span, partial_mask, redact_with_char
from appliance.data_plane.transform.values.numbers import bucket_numbers, number_of, shift_numbers
from appliance.data_plane.transform.values.patterns import EACH
from appliance.data_plane.transform.values.text import normalized, slug, top_level_domain
from appliance.data_plane.transform.values.unique import has_unique, unique_fakes

KEY = ValueKey(bytes(range(32)))


def _draws(values: list[str]) -> Draws:
    return Draws(KEY.digest("test", values))


def test_numbers_move_within_the_bounds_and_keep_their_decimals() -> None:
    values = ["10", "10.50", "-3.125", "1e3", "123456789012345678901234567890", ".5"]
    for value, text in zip(values, shift_numbers(values, _draws(values), -5, 5), strict=True):
        moved, number = number_of(str(text)), number_of(value)
        assert moved is not None
        assert number is not None
        assert 0 < abs(moved - number) <= 5
    assert re.fullmatch(r"-?\d+\.\d\d", str(shift_numbers(["10.50"], _draws(["a"]), -5, 5)[0]))
    assert re.fullmatch(r"-?\d+", str(shift_numbers(["10"], _draws(["a"]), -5, 5)[0]))
    assert shift_numbers(["n/a", "", "1,5,2", "nan"], _draws(["a", "b", "c", "d"]), -5, 5) == [None] * 4
    every = {shift_numbers(["0"], _draws([str(number)]), -2, 2)[0] for number in range(60)}
    assert every == {"-2", "-1", "1", "2"}


def test_numbers_of_one_id_move_alike() -> None:
    moved = shift_numbers(["1", "100"], _draws(["p", "p"]), 1, 50)
    assert int(str(moved[1])) - int(str(moved[0])) == 99


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("min", ["0", "10", "30", "90", "-10", None]),
        ("max", ["10", "20", "40", "90", "-10", None]),
        ("avg", ["5", "15", "35", "90", "-10", None]),
    ],
)  # fmt: skip
def test_numbers_in_buckets(method: str, wanted: list[str | None]) -> None:
    values = ["3", "10", "39.9", "250", "-40", "x"]
    assert bucket_numbers(values, -10, 90, 10, method) == wanted  # type: ignore[arg-type]
    assert bucket_numbers(["0.37"], None, None, 0.1) == ["0.3"]
    with pytest.raises(ValueError, match="above 0"):
        bucket_numbers(values, 0, 1, 0)


@pytest.mark.parametrize(
    ("value", "left", "right", "tolerance", "wanted"),
    [("4111111111111111", 4, 4, 1, "4111***1111"), ("abcd", 2, 2, 1, "ab***d"), ("abc", 2, 2, 1, "a***c"), ("a", 2, 2, 1, "***"),
     ("", 1, 1, 1, "***"), ("abcdef", 5, 0, 3, "abc***"), ("abcdef", 0, 6, 1, "***bcdef")],
)  # fmt: skip
def test_a_mask_always_hides_something(value: str, left: int, right: int, tolerance: int, wanted: str) -> None:
    assert partial_mask([value], left, "***", right, tolerance) == [wanted]


def test_a_mask_of_negative_width_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        partial_mask(["abc"], -1, "*", 0)


def test_marks_are_hidden_one_by_one_or_together() -> None:
    assert redact_with_char(["Ab-12 ü", "---", ""]) == ["XX-XX X", "XXX", ""]
    assert redact_with_char(["Ab-12"], "\\") == ["\\\\-\\\\"]
    assert redact_with_char(["abcdef"], "*", 2, 4) == ["ab**ef"]
    assert hidden_span("ada@example.com", "@", ".") == (4, 11)
    assert hidden_span("ada@example.com", None, "@") == (0, 3)
    assert hidden_span("ada", "@", None) == (0, 3)


def test_texts_made_plain() -> None:
    assert normalized(["Zoë Müller-Lüdenscheid", "Łódź 1!", "日本"]) == ["ZoeMullerLudenscheid", "Lodz1", ""]
    assert normalized(["a b-c"], allow=" -") == ["a b-c"]
    assert slug("Straße 7") == "strasse7"
    assert top_level_domain(["a@b.co.uk", "https://x.com/a.b?c.d", "https://user@host.de:80/", "plain", "1.2.3.4", "b.Museum."]) == [
        "uk", "com", "de", "", "", "museum",
    ]  # fmt: skip


def test_countries_by_any_name() -> None:
    known = [
        "Germany",
        "Deutschland",
        "DE",
        "DEU",
        "de_DE",
        "USA",
        "u.s.a.",
        "United Kingdom",
        "UK",
        "Österreich",
        "Brasil",
        "Atlantis",
        "",
    ]
    assert lookup_country(known) == ["DE", "DE", "DE", "DE", "DE", "US", "US", "GB", "GB", "AT", "BR", "", ""]
    assert country_code("en-GB") == "GB"
    assert lookup_locales(["Germany", "Atlantis"]) == [("de_DE",), ("en_US",)]
    assert "fr_CH" in locales_of("Switzerland")


UNIQUE = ["name", "first_name", "email", "user_name", "company_name", "street_address", "city", "url", "ipv6"]


@pytest.mark.parametrize("entity", UNIQUE)
def test_words_are_unique_in_any_order(entity: str) -> None:
    fakes = Fakes(KEY)
    values = [f"person {number}" for number in range(20_000)]
    made = unique_fakes(fakes, entity, values)
    assert len(set(made)) == len(values)
    assert unique_fakes(fakes, entity, values[99:101]) == made[99:101]


@pytest.mark.parametrize(
    ("entity", "form"),
    [("phone_number", "+1 415 {:07d}"), ("ssn", "{:03d}-45-0000"), ("credit_debit_card", "4111 {:08d} 1111"), ("customer_id", "C{:05d}"),
     ("postcode", "{:05d}"), ("unique_identifier", "123e4567-e89b-12d3-a456-4266{:08d}"), ("pin", "{:04d}")],
)  # fmt: skip
def test_codes_are_unique_in_their_own_format(entity: str, form: str) -> None:
    fakes = Fakes(KEY)
    values = list(dict.fromkeys(form.format(number)[: len(form.format(0))] for number in range(9_000)))
    made = unique_fakes(fakes, entity, values)
    assert len(set(made)) == len(values)
    assert all(len(text) == len(value) for text, value in zip(made, values, strict=True))
    assert unique_fakes(fakes, entity, values[5:6]) == made[5:6]
    assert sum(text == value for text, value in zip(made, values, strict=True)) < 8


def test_what_cannot_be_unique_says_so() -> None:
    assert not has_unique("date_of_birth")
    assert has_unique("medical_record_number")
    with pytest.raises(ValueError, match="cannot be unique"):
        unique_fakes(Fakes(KEY), "gender", ["F"])
    assert unique_fakes(Fakes(KEY), "name", [""]) == [""]


@pytest.mark.parametrize(
    ("text", "value", "pattern"),
    [
        ("1,234.50", "1234.50", r"1,2\d\d\.\d\d"),
        ("1.234.567,89", "1234567.89", r"1\.234\.\d{3},\d\d"),
        ("1.234,5", "1234.5", r"1\.2\d\d,\d"),
        ("12,75", "12.75", r"\d{1,2},\d\d"),
        ("$1,200", "1200", r"\$1,\d{3}"),
        ("-$5.00", "-5.00", r"-?\$\d\.\d\d"),
        ("45 %", "45", r"4\d %|50 %"),
        ("19.90 EUR", "19.90", r"\d\d\.\d\d EUR"),
        ("1234567", "1234567", r"12345\d\d"),
        ("1.234", "1.234", r"-?\d\.\d{3}"),
    ],
)
def test_numbers_keep_their_writing(text: str, value: str, pattern: str) -> None:
    assert str(number_of(text)) == value
    moved = str(shift_numbers([text], _draws([text]), -5, 5)[0])
    assert re.fullmatch(pattern, moved), moved
    assert moved != text


@pytest.mark.parametrize("text", ["12-34", "(5)", "1,2,3", "1..2", "abc", "12.5.2020", "10:30", "5 apples and 6 pears", "--5", "9" * 500])
def test_what_writes_no_number_is_none(text: str) -> None:
    assert number_of(text) is None


def test_patterns_of_their_own_are_filled_as_one_pattern_would_be() -> None:
    patterns = ["##-??", "A!@%", "^^", "", "plain", "##-??", "é#", "??????????"]
    fakes = Fakes(KEY)
    values = [f"value {number}" for number in range(len(patterns))]
    for provider in EACH:
        each = fakes.patterned(provider, patterns, values, site=3, turn=1)
        one_by_one = [fakes.call(provider, (pattern,), {}, [value], 3, turn=1)[0] for pattern, value in zip(patterns, values, strict=True)]
        assert each == one_by_one
