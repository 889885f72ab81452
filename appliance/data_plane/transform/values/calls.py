"""What `fake.provider(…)` makes: drawn from pools where the provider is a common one, by Faker itself, seeded for each value, elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from appliance.configurations.expression.providers import PROVIDERS
from appliance.data_plane.transform.values import identifiers, machines, moments, patterns, people, places
from appliance.data_plane.transform.values.calendar import CALENDAR
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.words import Words, picked

MOST = 10_000
"""The greatest size that a fake may be asked for."""


def pooled(*methods: str, calls: int = 4000) -> Maker:
    """The maker of texts as Faker's method makes them, from a pool."""

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        return picked(words.pool(*methods, calls=calls), draws)

    return make


def retailed(method: str, tail: int) -> Maker:
    """The maker of texts from a pool, their last `tail` digits drawn anew."""

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        numbers = draws.index(10**tail).tolist()
        return [_with_tail(text, f"{number:0{tail}d}") for text, number in zip(picked(words.pool(method), draws), numbers, strict=True)]

    return make


def _with_tail(text: str, digits: str) -> str:
    marks, place = list(text), len(digits)
    for at in range(len(marks) - 1, -1, -1):
        if place and marks[at].isdecimal():
            place -= 1
            marks[at] = digits[place]
    return "".join(marks)


def _address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    return places.renumbered(words, "address", draws)


def _free_email(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    hosts = picked(words.pool("free_email_domain", calls=100), draws.aside())
    return [f"{mail.partition('@')[0]}@{host}" for mail, host in zip(people.email(words, values, draws), hosts, strict=True)]


def _vin(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    return identifiers.vehicle(words, picked(words.pool("vin", calls=200), draws), draws)


PLAIN: dict[str, Maker] = {
    "first_name": people.first_name, "last_name": people.last_name, "name": people.full_name, "full_name": people.full_name,
    "name_male": people.name_of(True), "name_female": people.name_of(False), "email": people.email, "safe_email": people.email,
    "ascii_email": people.email, "ascii_safe_email": people.email, "company_email": people.email, "ascii_company_email": people.email,
    "free_email": _free_email, "ascii_free_email": _free_email, "user_name": people.user_name,
    "job": people.job_title, "company": people.company,
    "city": places.city, "country": places.country, "administrative_unit": places.region, "address": _address,
    "street_address": places.street_address, "phone_number": identifiers.lent("phone_number", identifiers.phone_number),
    "ssn": identifiers.lent("ssn", identifiers.digitwise(identifiers.ssn_digits)), "itin": retailed("itin", 4), "vin": _vin,
    "credit_card_number": identifiers.lent("credit_card_number", identifiers.digitwise(identifiers.card_digits)),
    "credit_card_security_code": machines.fixed_digits(3), "license_plate": identifiers.license_plate, "url": machines.url,
    "ipv4": machines.ipv4, "ipv6": machines.ipv6, "mac_address": machines.mac_address, "domain_name": machines.domain_name,
    "hostname": machines.hostname, "age": moments.age,
}  # fmt: skip
"""By provider, without arguments."""

_POOLED = """
    first_name_male first_name_female first_name_nonbinary last_name_male last_name_female last_name_nonbinary prefix prefix_male
    prefix_female suffix suffix_male suffix_female middle_name state state_abbr province province_abbr region county street_name
    street_suffix building_number secondary_address city_prefix city_suffix postcode zipcode postalcode postal_code current_country
    country_code company_suffix catch_phrase bs free_email_domain safe_domain_name domain_word tld color_name safe_color_name language_name
    currency_code currency_name bank word mime_type file_extension timezone locale job_male job_female
    credit_card_provider http_method user_agent nationality department canton prefecture
""".split()  # fmt: skip
PLAIN.update({name: pooled(name, calls=8000 if "name" in name else 4000) for name in _POOLED if name not in PLAIN})


def _pyint(draws: Draws, min_value: int = 0, max_value: int = 9999, step: int = 1) -> list[int]:
    return patterns.random_int(draws, min_value, max_value, step)


VECTORS: dict[str, Callable[..., list[Any]]] = {
    "numerify": patterns.numerify, "bothify": patterns.bothify, "lexify": patterns.lexify, "hexify": patterns.hexify,
    "random_int": patterns.random_int, "pyint": _pyint,
    "random_number": patterns.random_number, "uuid4": patterns.uuid4, "random_digit": lambda draws: patterns.random_int(draws, 0, 9),
    "random_digit_not_null": lambda draws: patterns.random_int(draws, 1, 9), **CALENDAR,
}  # fmt: skip
"""By provider: functions of draws and of the provider's own arguments."""


def call(words: Words, provider: str, args: Sequence[Any], kwargs: Mapping[str, Any], draws: Draws) -> list[Any] | None:
    """What the provider makes for each value without calling Faker for each; None where it takes a call for each.

    Raises ValueError for arguments that the provider does not take."""
    if provider in VECTORS:
        try:
            return VECTORS[provider](draws, *args, **kwargs)
        except (TypeError, OverflowError) as error:
            raise ValueError(f"fake.{provider} does not take these arguments.") from error
    if provider == "location_on_land" and not args and set(kwargs) <= {"coords_only"}:
        return _on_land(words, draws, bool(kwargs.get("coords_only")))
    if args or kwargs or provider not in PLAIN:
        return None
    try:
        return PLAIN[provider](words, [""] * len(draws), draws)
    except LookupError:
        return None


def _on_land(words: Words, draws: Draws, coords_only: bool) -> list[Any]:
    listed = words.faker.provider("faker.providers.geo").land_coords
    towns = [listed[place] for place in draws.index(len(listed)).tolist()]
    return [town[:2] for town in towns] if coords_only else towns


def faked(words: Words, provider: str, args: Sequence[Any], kwargs: Mapping[str, Any], draws: Draws) -> list[Any]:
    """What Faker's own provider makes, seeded for each value anew.

    Raises ValueError where the locale lacks the provider, its arguments are wrong, or they ask for more than MOST."""
    made = getattr(words.faker, provider, None)
    if provider not in PROVIDERS or not callable(made):
        raise ValueError(f"There is no fake.{provider} for the locale {words.locale}.")
    if any(isinstance(size, int) and abs(size) > MOST for size in (*args, *kwargs.values())):
        raise ValueError(f"fake.{provider} makes at most {MOST} at once.")
    results = []
    try:
        for seed in draws.words().tolist():
            words.faker.seed_instance(seed)
            results.append(made(*args, **kwargs))
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise ValueError(f"fake.{provider} does not take these arguments.") from error
    return results
