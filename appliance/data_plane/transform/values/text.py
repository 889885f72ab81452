"""Texts made plain: ASCII, top-level domains, countries and the locales spoken in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import combining, normalize

_SPECIAL = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    | {"þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H"}
)
"""Latin letters that no decomposition turns into ASCII."""


def ascii_text(text: str) -> str:
    """The text in ASCII: letters without their marks; what has no such form is left out."""
    if text.isascii():
        return text
    bare = "".join(mark for mark in normalize("NFKD", text.translate(_SPECIAL)) if not combining(mark))
    return bare.encode("ascii", "ignore").decode()


def normalized(values: Sequence[str], allow: str = "") -> list[str]:
    """Each text in ASCII with word characters only (letters, digits, underscore), and those in `allow`."""
    unwanted = re.compile(rf"[^\w{re.escape(allow)}]", re.ASCII)
    return [unwanted.sub("", ascii_text(value)) for value in values]


@lru_cache(maxsize=1 << 16)
def slug(text: str) -> str:
    """Lower ASCII letters and digits only; empty where the text has none."""
    return re.sub(r"[^a-z0-9]", "", ascii_text(text).lower())


def top_level_domain(values: Sequence[str]) -> list[str]:
    """What stands behind the last dot of the host in an address of mail or web, `com` of `a@b.com`; empty where there is none."""
    return [_tld(value) for value in values]


def _tld(value: str) -> str:
    host = re.split(r"[/?#]", value.partition("://")[2] or value, maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].rstrip(". ")
    found = re.search(r"\.([^\W\d_][\w-]*)$", host)
    return found.group(1).lower() if found else ""
