"""What we ship with may be used by anybody: permissive licences only, and a NOTICE that says whose work it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from scripts.checks.locks import RUNTIME, pins
from scripts.checks.source import Finding

PERMISSIVE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "HPND",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    }
)
EXCEPTIONS = {
    ("certifi", "MPL-2.0"): "a list of certificate authorities, used unchanged as a separate file",
}
"""Other licences that were judged one by one: (package, licence) to the reason."""

# How the metadata of packages without a licence expression names their licence.
_NAMES = {
    "MIT License": "MIT",
    "MIT License (MIT)": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD",
}

Metadata = Callable[[str], "metadata.PackageMetadata"]


class Party(NamedTuple):
    """One third party: its name, its locked versions, its licence as an SPDX expression, where it lives."""

    name: str
    versions: tuple[str, ...]
    licence: str
    home: str


def licence_of(about: metadata.PackageMetadata) -> str:
    """The SPDX expression of a distribution: its own, or what its classifiers or its licence line say; empty when nothing does."""
    expression = _field(about, "License-Expression")
    if expression:
        return expression
    kinds = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier", failobj=[]) if line.startswith("License ::")]
    known = sorted({_NAMES[kind] for kind in kinds if kind in _NAMES})
    line = _field(about, "License").strip().partition("\n")[0].strip()
    if len(known) == 1 and line not in PERMISSIVE:
        return known[0]
    if re.fullmatch(r"[A-Za-z0-9.+()-]+( (OR|AND) [A-Za-z0-9.+()-]+)*", line):
        return _NAMES.get(line, line)
    return " OR ".join(known) or _NAMES.get(line, "")


def _field(about: metadata.PackageMetadata, name: str) -> str:
    values: list[str] = about.get_all(name, failobj=[])
    return values[0] if values else ""


def permitted(name: str, licence: str) -> bool:
    """Every part of a conjunction, or one part of a choice, is permissive or was judged."""
    parts = re.split(r"\s+AND\s+", licence.replace("(", "").replace(")", "")) if " OR " not in licence else [licence]
    return bool(licence) and all(
        any(choice in PERMISSIVE or (name, choice) in EXCEPTIONS for choice in part.split(" OR ")) for part in parts
    )


def parties(root: Path, about: Metadata = metadata.metadata) -> Iterator[Party]:
    """The third parties of the runtime lock, by name. One that is not installed raises PackageNotFoundError."""
    locked: dict[str, list[str]] = {}
    for pin in pins(root / RUNTIME):
        locked.setdefault(pin.name, []).append(pin.version)
    for name, versions in sorted(locked.items()):
        found = about(name)
        yield Party(name, tuple(versions), licence_of(found), _home(found))


def _home(about: metadata.PackageMetadata) -> str:
    links: dict[str, str] = dict(line.split(", ", 1) for line in about.get_all("Project-URL", failobj=[]) if ", " in line)
    by_name = {name.strip().lower(): link.strip() for name, link in links.items()}
    for name in ("homepage", "home", "source", "repository", "source code", "code", "github"):
        if name in by_name:
            return by_name[name]
    return _field(about, "Home-page")


def notice(found: list[Party]) -> str:
    """The text of NOTICE."""
    lines = [
        "The appliance",
        "Copyright the authors of the appliance",
        "",
        "Licensed under the Apache License, Version 2.0 (see LICENSE).",
        "",
        "It contains no third-party code. It runs with the libraries below, which are installed beside it, each under its own licence;",
        "the licence texts come with them. The wheels of numpy, scipy and scikit-learn carry OpenBLAS (BSD-3-Clause) and runtime libraries",
        "of GCC (GPL-3.0-or-later WITH GCC-exception-3.1). This file is written by scripts/notice from the lock; scripts/check compares.",
        "",
        "Its word lists and its name model contain data of GeoNames (https://www.geonames.org, CC BY 4.0; changed: selected, folded and",
        "merged with other lists), of Faker and mimesis (MIT) and of the US Census of 1990 (public domain). All sources, with versions and",
        "licences, stand beside them: appliance/data_plane/detection/lexicon.json and tagger/names.json.",
        "",
    ]
    lines += [f"{party.name} {' / '.join(party.versions)}: {party.licence}{f', {party.home}' if party.home else ''}" for party in found]
    return "\n".join(lines) + "\n"


def check(root: Path, about: Metadata = metadata.metadata) -> list[Finding]:
    """Every licence that is not permissive, and a NOTICE that is not what the lock says."""
    found = list(parties(root, about))
    faults = [
        Finding(
            RUNTIME, 0, "licence", f"{party.name}: {party.licence or 'no licence in its metadata'} is not a permissive licence that we know"
        )
        for party in found
        if not permitted(party.name, party.licence)
    ]
    path = root / "NOTICE"
    if not path.exists() or path.read_text("utf-8") != notice(found):
        faults.append(Finding("NOTICE", 0, "licence", "not what the lock says; run scripts/notice"))
    return faults
