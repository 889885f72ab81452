"""Fakes that no two values share, whatever the order, the batches or the table: each is a one-to-one function of its value.

Numbers and codes are enciphered in their own format (FF1, `fpe.py`): a permutation of all values of that format. Words cannot be: there
are fewer names than values. They get a suffix that holds 62 bits of the value's keyed digest; that two of a million values share one has
odds of 1 to 10 million."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from appliance.data_plane.transform.values import identifiers, machines, people, places
from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.fakes import Fakes, Locales, domain_of, maker_of
from appliance.data_plane.transform.values.fpe import FormatCipher
from appliance.data_plane.transform.values.keys import Digests
from appliance.data_plane.transform.values.kinds import MAKERS
from appliance.data_plane.transform.values.people import Maker

SUFFIX = 12
_MARKS = "0123456789abcdefghijklmnopqrstuvwxyz"
_HEX_GROUPS = re.compile(
    r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}"
    r"|[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}|(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2})\Z"
)
_BEFORE_HOST: dict[Maker, str] = {people.email: "@", machines.domain_name: ".", machines.hostname: "."}
_WORDS = frozenset(
    {people.first_name, people.last_name, people.full_name, people.user_name, people.company}
    | {places.street_address, places.address, places.city, machines.url, *_BEFORE_HOST}
)
_NUMBERS = "phone_number ssn credit_debit_card bank_routing_number device_identifier cvv pin unique_identifier api_key".split()
_CODES = frozenset(
    {identifiers.swift, identifiers.account, identifiers.vehicle, identifiers.license_plate, places.postcode, machines.mac_address}
    | {MAKERS[name] for name in _NUMBERS}
)


def has_unique(entity: str) -> bool:
    """Whether fakes of the entity can be unique: dates, ages, places on the map and words of surveys cannot."""
    return maker_of(entity) in _WORDS | _CODES | {machines.ipv6}


def unique_fakes(fakes: Fakes, entity: str, values: Sequence[str], locale: Locales = None) -> list[str]:
    """A fake for each value that no other value has. An empty value stays empty. Raises ValueError for entities without unique fakes."""
    maker = maker_of(entity)
    if maker in _CODES:
        return _enciphered(fakes, maker, entity, values)
    if not has_unique(entity):
        raise ValueError("Fakes of this entity cannot be unique.")
    digests = fakes.digests(domain_of(entity), values)
    made = fakes.drawn(maker, values, Draws(digests), fakes.chosen(locale))
    if maker is not machines.ipv6:
        attach = _attachment(maker)
        made = [attach(text, suffix) for text, suffix in zip(made, suffixes(digests), strict=True)]
    return [text if value else "" for value, text in zip(values, made, strict=True)]


def suffixes(digests: Digests) -> list[str]:
    """62 bits of each digest as twelve letters and digits."""
    left = digests[:, 0] % np.uint64(36**SUFFIX)
    codes = np.empty((len(left), SUFFIX), np.uint8)
    marks = np.frombuffer(_MARKS.encode(), np.uint8)
    for place in range(SUFFIX - 1, -1, -1):
        codes[:, place] = marks[(left % np.uint64(36)).astype(np.int64)]
        left = left // np.uint64(36)
    text = codes.tobytes().decode()
    return [text[at : at + SUFFIX] for at in range(0, len(text), SUFFIX)]


def _attachment(maker: Maker) -> Callable[[str, str], str]:
    mark = _BEFORE_HOST.get(maker)
    if mark:
        return lambda text, suffix: f"{text.partition(mark)[0]}-{suffix}{mark}{text.partition(mark)[2]}"
    if maker is machines.url:
        return lambda text, suffix: f"{text}{'-' if text.count('/') > 2 else '/'}{suffix}"
    return (lambda text, suffix: f"{text}{suffix}") if maker is people.user_name else (lambda text, suffix: f"{text} {suffix}")


def _enciphered(fakes: Fakes, maker: Maker, entity: str, values: Sequence[str]) -> list[str]:
    secret = fakes.key.subkey(f"unique {domain_of(entity)} {fakes.seed}")
    hexes = [row for row, value in enumerate(values) if _HEX_GROUPS.match(value)]
    cipher = FormatCipher(secret)
    made = cipher.luhn(values) if maker is MAKERS["credit_debit_card"] else cipher.encrypt(values)
    if hexes:
        lower = FormatCipher(secret, b"hex", ["0123456789abcdef"]).encrypt([values[row].lower() for row in hexes])
        for row, text in zip(hexes, lower, strict=True):
            made[row] = text.upper() if values[row].isupper() else text
    return made
