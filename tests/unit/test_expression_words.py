"""The tables of words: the kinds of fakes and the locales are those of the library that makes them, and what is refused stays out."""

from __future__ import annotations

import warnings

import pytest
from faker import Faker
from faker.config import AVAILABLE_LOCALES

from appliance.configurations.entities import LABELS, TRANSFORM_ENTITIES
from appliance.configurations.expression.providers import PROVIDERS, REFUSED_PROVIDERS, SIZED
from appliance.configurations.expression.vocabulary import DRAWING_FILTERS, FILTERS, METHODS, PATTERNS, RANDOM, TESTS
from appliance.configurations.locales import LOCALES, locale_of

OWN = {"persona", "location_on_land", *TRANSFORM_ENTITIES, *LABELS}
INTERNAL = {"pesel_compute_check_digit", "pwz_doctor_compute_check_digit"}


def methods_of(locale: str) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        providers = Faker(locale).get_providers()
    return {name for one in providers for name in dir(one) if not name.startswith("_") and callable(getattr(one, name))}


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "ja_JP", "pt_BR", "pl_PL"])
def test_every_fake_of_the_library_is_allowed_or_refused_with_a_reason(locale: str) -> None:
    assert methods_of(locale) - PROVIDERS - set(REFUSED_PROVIDERS) - INTERNAL == set()


def test_nothing_is_both_allowed_and_refused() -> None:
    assert not PROVIDERS & set(REFUSED_PROVIDERS)
    assert SIZED <= PROVIDERS
    assert OWN <= PROVIDERS
    for name in ("binary", "csv", "zip", "tar", "json", "image", "pyobject", "enum", "pydict", "add_provider", "seed_instance", "parse"):
        assert name not in PROVIDERS


def test_the_locales_are_those_of_the_library() -> None:
    assert frozenset(AVAILABLE_LOCALES) == LOCALES
    assert (locale_of("en-us"), locale_of(" de_AT "), locale_of("FR"), locale_of("xx")) == ("en_US", "de_AT", None, None)


def test_no_word_begins_with_an_underscore_or_opens_a_door() -> None:
    words = {*FILTERS, *TESTS, *METHODS, *RANDOM, *PATTERNS, *PROVIDERS}
    assert not [word for word in words if word.startswith("_")]
    assert not words & {"attr", "map", "format", "format_map", "select", "groupby", "mro", "encode", "translate", "compile", "seed", "eval"}
    assert set(FILTERS) >= DRAWING_FILTERS
