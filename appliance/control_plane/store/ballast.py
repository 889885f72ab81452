"""The ballast: a file that only takes room, deleted when the disk is full so that final states and logs can still be written."""

from __future__ import annotations

import os
from pathlib import Path

BALLAST_BYTES = 16 << 20


class Ballast:
    """Sixteen MiB of the data folder's disk, held back for the day it is full. Given up for the database and for finished results."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    @property
    def held(self) -> bool:
        """Whether the room is held back now."""
        return self._path.exists()

    def restore(self, free_bytes: int) -> bool:
        """Take the room when there is three times as much free. True when it is held afterwards. Safe to repeat."""
        if self.held or free_bytes < 3 * BALLAST_BYTES:
            return self.held
        temporary = self._path.with_suffix(".tmp")
        try:
            _fill(temporary)
            temporary.rename(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)
        return self.held

    def release(self) -> bool:
        """Give the room back. True when there was some to give."""
        held = self.held
        self._path.unlink(missing_ok=True)
        return held


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
        except (AttributeError, OSError):  # no such call on this system or file system
            file.write(bytes(BALLAST_BYTES))
