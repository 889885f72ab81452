"""`fake.provider(…)`: what it makes, and what it refuses."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from appliance.configurations.expression.providers import PROVIDERS
from appliance.data_plane.transform.values.calls import PLAIN, VECTORS
from appliance.data_plane.transform.values.fakes import Fakes
from appliance.data_plane.transform.values.keys import ValueKey

VALUES = [str(number) for number in range(300)]


@pytest.fixture(scope="module")
def fakes() -> Fakes:
    return Fakes(ValueKey(bytes(range(32))))


def test_what_has_a_vector_is_a_provider_that_expressions_know() -> None:
    assert (set(PLAIN) | set(VECTORS)) <= PROVIDERS


def test_every_plain_provider_makes_texts_without_calling_faker_for_each(fakes: Fakes) -> None:
    before = fakes.calls
    generator = fakes.words("en_US").faker
    known = [provider for provider in PLAIN if hasattr(generator, provider)]
    assert len(known) > 60
    for provider in known:
        made = fakes.call(provider, (), {}, VALUES[:20])
        assert all(isinstance(text, str) and text for text in made), provider
    assert fakes.calls == before


@pytest.mark.parametrize(
    ("provider", "args", "kwargs", "pattern"),
    [
        ("bothify", ("AB-##-??",), {"letters": "XY"}, r"AB-\d\d-[XY]{2}"),
        ("numerify", ("%##-!@",), {}, r"[1-9]\d\d-\d?[1-9]?"),
        ("lexify", (), {"text": "??"}, r"[a-zA-Z]{2}"),
        ("hexify", ("^^", True), {}, r"[0-9A-F]{2}"),
        ("uuid4", (), {}, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("itin", (), {}, r"9\d\d-\d\d-\d{4}"),
        ("date", ("%d.%m.%Y",), {}, r"\d\d\.\d\d\.(19[7-9]\d|20[0-2]\d)"),
        ("credit_card_security_code", (), {}, r"\d{3}"),
        ("password", (), {"length": 12}, r".{12}"),
        ("month_name", (), {}, r"[A-Z][a-z]+"),
    ],
)
def test_texts_by_pattern(fakes: Fakes, provider: str, args: tuple[object, ...], kwargs: dict[str, object], pattern: str) -> None:
    made = fakes.call(provider, args, kwargs, VALUES)
    assert all(re.fullmatch(pattern, text) for text in made), made[:3]
    assert len(set(made)) > 3
    assert fakes.call(provider, args, kwargs, VALUES[7:8]) == made[7:8]


def test_numbers_and_dates_keep_their_bounds(fakes: Fakes) -> None:
    assert set(fakes.call("random_int", (1, 6), {}, VALUES)) == {1, 2, 3, 4, 5, 6}
    assert all(10_000 <= number <= 99_999 for number in fakes.call("random_number", (), {"digits": 5, "fix_len": True}, VALUES))
    assert all(number >= 10**17 for number in fakes.call("random_int", (10**17, 10**18), {}, VALUES))
    births = fakes.call("date_of_birth", (), {"minimum_age": 18, "maximum_age": 20}, VALUES)
    assert all(date(2004, 1, 1) <= day <= date(2007, 1, 1) for day in births)
    days = fakes.call("date_between", ("2020-01-01", "2020-01-31"), {}, VALUES)
    assert len(set(days)) == 31
    assert all(isinstance(moment, datetime) for moment in fakes.call("date_time_between", ("-1y", "now"), {}, VALUES))
    assert all(date(2024, 12, 2) <= day <= date(2024, 12, 31) for day in fakes.call("past_date", (), {}, VALUES))


def test_a_place_in_an_expression_and_a_turn_draw_by_themselves(fakes: Fakes) -> None:
    made = [fakes.call("name", (), {}, VALUES, site, None, turn) for site, turn in ((0, 0), (1, 0), (0, 1))]
    assert len({tuple(each) for each in made}) == 3
    assert fakes.call("name", (), {}, VALUES, 1) == made[1]


def test_what_has_no_vector_is_made_by_faker_seeded_for_each_value(fakes: Fakes) -> None:
    before = fakes.calls
    made = fakes.call("sentence", (), {"nb_words": 4}, VALUES[:10])
    assert fakes.calls == before + 10
    assert fakes.call("sentence", (), {"nb_words": 4}, VALUES[3:4]) == made[3:4]


def test_an_entity_may_be_called_by_its_name(fakes: Fakes) -> None:
    assert fakes.call("medical_record_number", (), {}, ["MRN-123"]) == fakes.entity("medical_record_number", ["MRN-123"])


@pytest.mark.parametrize(
    ("provider", "args"),
    [
        ("seed", (1,)), ("seed_instance", (1,)), ("add_provider", ()), ("__class__", ()), ("_Generator__random", ()), ("random", ()),
        ("provider", ("x",)), ("binary", (10,)), ("format", ("name",)), ("text", (10**9,)), ("random_int", (5, 1)),
        ("numerify", ("#" * 5000,)),
        ("pystr", (0, 10**9)),
        ("random_int", ("a",)), ("date_between", ("never",)), ("date_of_birth", (None, 5, 1)), ("name", (1, 2, 3)),
    ],
)  # fmt: skip
def test_what_is_no_fake_is_refused(fakes: Fakes, provider: str, args: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        fakes.call(provider, args, {}, VALUES[:2])
    assert "299" not in str(caught.value)
