"""A file that is only there to be deleted: on a full disk its bytes let final states still be written."""

from __future__ import annotations

import os
from pathlib import Path

BALLAST_BYTES = 16 << 20


class Ballast:
    """`hold` writes the file when it is missing and the disk has room; `release` deletes it."""

    def __init__(self, path: Path, size: int = BALLAST_BYTES) -> None:
        self._path = path
        self._size = size

    def hold(self) -> bool:
        """True when the ballast is in place afterwards."""
        if self._path.exists() and self._path.stat().st_size == self._size:
            return True
        try:
            with self._path.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, self._size)
                else:
                    file.write(bytes(self._size))
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """True when there was one to give."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True
