"""Countries by any of their names and codes, and the locales of fakes that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from appliance.data_plane.transform.values.text import slug
from appliance.data_plane.transform.values.words import DEFAULT_LOCALE

_ALSO = {
    "usa": "US", "unitedstates": "US", "unitedstatesofamerica": "US", "america": "US", "uk": "GB", "greatbritain": "GB", "britain": "GB",
    "england": "GB", "scotland": "GB", "wales": "GB", "northernireland": "GB", "unitedkingdom": "GB", "deutschland": "DE",
    "oesterreich": "AT", "osterreich": "AT", "schweiz": "CH", "suisse": "CH", "svizzera": "CH", "espana": "ES", "italia": "IT",
    "nederland": "NL", "holland": "NL", "thenetherlands": "NL", "belgie": "BE", "belgique": "BE", "danmark": "DK", "sverige": "SE",
    "norge": "NO", "suomi": "FI", "polska": "PL", "cesko": "CZ", "czechrepublic": "CZ", "czechia": "CZ", "slovensko": "SK",
    "magyarorszag": "HU", "brasil": "BR", "turkiye": "TR", "turkey": "TR", "russia": "RU", "russianfederation": "RU", "southkorea": "KR",
    "korea": "KR", "vietnam": "VN", "iran": "IR", "uae": "AE", "luxemburg": "LU", "eire": "IE", "hellas": "GR", "romania": "RO",
    "hrvatska": "HR", "slovenija": "SI", "eesti": "EE", "latvija": "LV", "lietuva": "LT", "island": "IS", "mexico": "MX", "ukraina": "UA",
    "bolgaria": "BG", "nippon": "JP", "zhongguo": "CN", "china": "CN", "taiwan": "TW", "bolivia": "BO", "venezuela": "VE",
    "tanzania": "TZ", "moldova": "MD", "syria": "SY", "laos": "LA",
}  # fmt: skip
"""Names that no list of codes has, as slugs."""

_BY_TLD = {"UK": "GB", "EL": "GR"}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    from faker.providers.date_time import Provider  # heavy: read when a country is first looked up

    found = {slug(country.name): country.alpha_2_code for country in Provider.countries}
    found |= {country.alpha_3_code.lower(): country.alpha_2_code for country in Provider.countries}
    found |= {country.alpha_2_code.lower(): country.alpha_2_code for country in Provider.countries}
    return found | {code.lower(): country for code, country in _BY_TLD.items()} | _ALSO


@lru_cache(maxsize=1 << 14)
def country_code(text: str) -> str:
    """Two letters for a country by name (English, or its own), by two or three letters, or by locale (`de_AT`); empty when unknown."""
    plain = slug(text)
    names = _names()
    if plain in names:
        return names[plain]
    language, _, region = text.strip().replace("-", "_").partition("_")
    return names.get(region.lower(), "") if language.isalpha() and len(language) <= 3 and len(region) == 2 else ""


def lookup_country(values: Sequence[str]) -> list[str]:
    """The two letters of each country; empty where it is not known."""
    return [country_code(value) for value in values]


@lru_cache(maxsize=1)
def _locales() -> dict[str, tuple[str, ...]]:
    from faker.config import AVAILABLE_LOCALES  # heavy: read when a locale is first looked up

    found: dict[str, tuple[str, ...]] = {}
    for locale in sorted(each for each in AVAILABLE_LOCALES if "_" in each):
        country = locale.rpartition("_")[2]
        found[country] = (*found.get(country, ()), locale)
    return found


def locales_of(text: str) -> tuple[str, ...]:
    """The locales of fakes for a country (any name or code); English of the States when there are none."""
    return _locales().get(country_code(text), (DEFAULT_LOCALE,))


def lookup_locales(values: Sequence[str]) -> list[tuple[str, ...]]:
    """The locales of each country."""
    return [locales_of(value) for value in values]
