"""File names that came from outside, made safe: for a folder, for a URL path, for a header."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from appliance.clock import Random
from appliance.contract.artifact import ARTIFACT_KEY_PREFIX

LONGEST_NAME = 150
"""Bytes of UTF-8; with the key's prefix it stays below the 255 of a file system."""

_UNSAFE = re.compile(r"[^\w.\-]+")
_KEY = re.compile(r"gretel_[0-9a-f]{32}_[\w.\-]+")


def clean_name(name: str) -> str:
    """The last path segment of `name` with letters, digits, `.`, `-` and `_` only; never empty, never hidden, at most 150 bytes.

    The extension survives the cut, because clients choose a parser by it."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    safe = _UNSAFE.sub("_", last).lstrip(".").strip("_") or "file"
    if len(safe.encode()) <= LONGEST_NAME:
        return safe
    stem, dot, extension = safe.partition(".")
    tail = (dot + extension).encode()[-40:].decode("utf-8", "ignore")
    return stem.encode()[: LONGEST_NAME - len(tail.encode())].decode("utf-8", "ignore") + tail


def new_key(name: str, random: Random) -> str:
    """A new artifact key: `gretel_<32 hex>_<clean file name>`."""
    return f"{ARTIFACT_KEY_PREFIX}{random.token(16).hex()}_{clean_name(name)}"


def is_key(text: str) -> bool:
    """Whether `text` has the shape of an artifact key of this server."""
    return _KEY.fullmatch(text) is not None and clean_name(file_name(text)) == file_name(text)


def file_name(key: str) -> str:
    """The file name inside an artifact key: what people recognise."""
    return key.split("_", 2)[2]


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition header value that survives any file name."""
    kind = "inline" if inline else "attachment"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
