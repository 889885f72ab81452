"""Gzip files whose bytes depend on their content alone."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

_LEVEL = 6


def write_gzip(target: Path, content: bytes) -> None:
    """Write `content` packed, without a name or a time in the header."""
    with target.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        packed.write(content)


def pack_file(source: Path, target: Path) -> None:
    """Pack a file into another, a piece at a time."""
    with source.open("rb") as plain, target.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)
