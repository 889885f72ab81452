"""Gzip files whose bytes depend on their content alone, and what a full disk is called."""

from __future__ import annotations

import contextlib
import errno
import gzip
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import JobFailed

_LEVEL = 6
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_gzip(target: Path, content: bytes) -> None:
    """Write `content` packed, without a name or a time in the header."""
    with target.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        packed.write(content)


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turns a full disk into a JobFailed that says so; every other error passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise JobFailed(
            "The disk is full: the records could not be written to the end.",
            hint="Free space where the data folder lies, or ask for fewer records.",
        ) from None
