"""Which host names this server answers to. Addresses always (a name is needed to rebind one), names only when they are known."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from appliance.settings import Settings

_HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[\da-fA-F:.]+\](:\d{1,5})?", re.ASCII)


def host_allowed(header: str, settings: Settings) -> bool:
    """Whether the value of a Host header is one of ours."""
    return _allowed(header, settings.allowed_host, settings.host, settings.public_url)


@lru_cache(maxsize=256)
def _allowed(header: str, names: tuple[str, ...], bound: str, public_url: str) -> bool:
    if not _HOST.fullmatch(header):
        return False
    host = _name(header)
    if host == "localhost" or host.endswith(".localhost") or host == bound.lower():
        return True
    try:
        ip_address(host)
    except ValueError:
        return host in {name.lower() for name in names} | {(urlsplit(public_url).hostname or "") if public_url else ""} - {""}
    return True


def _name(header: str) -> str:
    text = header.lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if ":" in text else text
