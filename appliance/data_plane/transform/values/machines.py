"""Fakes of what machines hold: addresses on networks, links, cookies, keys, passwords."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

import numpy as np

from appliance.data_plane.transform.values.draws import Draws
from appliance.data_plane.transform.values.identifiers import shaped
from appliance.data_plane.transform.values.people import Maker
from appliance.data_plane.transform.values.shapes import ZERO, Grid, by_length, redrawn, redrawn_hex
from appliance.data_plane.transform.values.words import Words, picked

WEB_DOMAINS = ["example.com", "example.org", "example.net"]
_PREFIX = re.compile(r"(?:[A-Za-z]{2,8}[_-]){1,2}(?=\S{12})|xox[abp]-|AKIA|AIza|ghp_|gho_|SG\.")
_MARKS = string.ascii_letters + string.digits + "!#$%&*+-.:;<=>?@^_~"
_SECTIONS = ["about", "news", "shop", "blog", "help", "account", "docs", "search", "team", "jobs", "events", "media"]


def ipv4(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A public address for a public one, one of 10.0.0.0/8 for a private one."""
    firsts = map(_PUBLIC.__getitem__, draws.index(len(_PUBLIC)).tolist())
    octets = draws.index(1 << 24)
    rest = zip((octets >> 16).tolist(), (octets >> 8 & 255).tolist(), (1 + (octets & 255) % 254).tolist(), strict=True)
    made = [f"{first}.{second}.{third}.{last}" for first, (second, third, last) in zip(firsts, rest, strict=True)]
    return [f"10.{text.partition('.')[2]}" if _PRIVATE.match(value) else text for value, text in zip(values, made, strict=True)]


_PRIVATE = re.compile(r"\s*(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\.")
_PUBLIC = tuple(octet for octet in range(1, 224) if octet not in (10, 100, 127, 169, 172, 192, 198, 203))
"""First octets whose whole networks are public unicast (RFC 6890)."""


def ipv6(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """An address of 2001:db8::/32, which is set aside for documents (RFC 3849)."""
    made = [f"2001:db8:{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}" for a, b, c, d, e, f in draws.table(6).tolist()]
    return [fake.upper() if value.isupper() else fake for value, fake in zip(values, made, strict=True)]


def ip_address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Of the version that the value is."""
    sixes = ipv6(words, values, draws)
    fours = ipv4(words, values, draws)
    return [six if ":" in value and "." not in value else four for value, six, four in zip(values, sixes, fours, strict=True)]


def mac_address(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A locally administered address in the spelling of the value."""
    spelled = [value if sum(mark in string.hexdigits for mark in value) == 12 else "00:00:00:00:00:00" for value in values]
    return by_length(spelled, _mac, draws)


def _mac(grid: Grid, draws: Draws) -> Grid:
    made = redrawn_hex(grid, draws)
    made[:, 1] = np.array([ord(mark) for mark in "26ae"], np.uint32)[draws.index(4)]
    return made


def url(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A link below a domain that is set aside for examples (RFC 2606), with the value's scheme."""
    names, hosts, numbers = picked(words.slugs("last_name"), draws), picked(WEB_DOMAINS, draws), draws.index(1_000_000).tolist()
    sections = picked(_SECTIONS, draws)
    made = []
    for value, name, host, section, number in zip(values, names, hosts, sections, numbers, strict=True):
        scheme, mark, rest = value.partition("://")
        start = f"{scheme}://" if mark and scheme.isalnum() else "" if "." in value else "https://"
        path = f"/{section}/{number}" if "/" in (rest or value) or not value else ""
        made.append(f"{start}{name}{number % 1000}.{host}{path}")
    return made


def domain_name(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A host below a domain that is set aside for examples."""
    names, hosts, numbers = picked(words.slugs("last_name"), draws), picked(WEB_DOMAINS, draws), draws.index(10_000).tolist()
    return [f"{name}{number}.{host}" for name, number, host in zip(names, numbers, hosts, strict=True)]


def hostname(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A machine's name."""
    kinds, names, numbers = (
        picked(["web", "db", "app", "mail", "srv", "lt", "desktop"], draws),
        domain_name(words, values, draws),
        draws.index(100),
    )
    return [f"{kind}-{number:02d}.{name}" for kind, number, name in zip(kinds, numbers.tolist(), names, strict=True)]


def api_key(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """Other marks in the shape of the key; a prefix that tells the service stays."""
    made = shaped(words, values, draws)
    return [_with_prefix(value, fake) for value, fake in zip(values, made, strict=True)]


def _with_prefix(value: str, fake: str) -> str:
    found = _PREFIX.match(value)
    return value[: found.end()] + fake[found.end() :] if found else fake


def password(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """As many marks as the value has, at least eight, none of which says where the value had letters."""
    return by_length([value.ljust(8) for value in values], _any_marks, draws)


_CODES = np.array([ord(mark) for mark in _MARKS], np.uint32)


def _any_marks(grid: Grid, draws: Draws) -> Grid:
    return np.asarray(_CODES[draws.table(grid.shape[1]) * np.uint32(len(_CODES)) >> 16])


def fixed_digits(count: int) -> Maker:
    """The maker of digits in the value's shape, `count` of them where it has none."""

    def make(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
        return by_length([value if any(map(str.isdigit, value)) else "0" * count for value in values], redrawn, draws)

    return make


def plus_code(words: Words, values: Sequence[str], draws: Draws) -> list[str]:
    """A plus code (Open Location Code): marks of its alphabet in place of marks."""
    return by_length([value if "+" in value else "22222222+22" for value in values], _olc, draws)


_OLC = np.array([ord(mark) for mark in "23456789CFGHJMPQRVWX"], np.uint32)


def _olc(grid: Grid, draws: Draws) -> Grid:
    marks = _OLC[draws.table(grid.shape[1]) * np.uint32(20) >> 16]
    marks[:, 0] = _OLC[marks[:, 0] % 8]
    return np.where((grid >= ZERO) & (grid != ord("+")) & (grid != ord(" ")), marks, grid).astype(np.uint32)
