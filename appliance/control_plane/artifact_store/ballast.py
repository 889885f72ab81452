"""The ballast: a file that only takes room, deleted when the disk is full so that final states and logs can still be written."""

from __future__ import annotations

import os
from pathlib import Path

BALLAST_BYTES = 16 << 20


class Ballast:
    """Sixteen MiB of the data folder's disk, held back for the day it is full."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def held(self) -> bool:
        """Whether the room is held back now."""
        return self._path.exists()

    def restore(self, free_bytes: int) -> bool:
        """Take the room when there is three times as much free. True when it is held afterwards. Safe to repeat."""
        if self.held:
            return True
        if free_bytes < 3 * BALLAST_BYTES:
            return False
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            _fill(descriptor)
        except OSError:
            temporary.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)
        temporary.rename(self._path)
        return True

    def release(self) -> bool:
        """Give the room back. True when there was some to give."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True


def _fill(descriptor: int) -> None:
    try:
        os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
    except (AttributeError, OSError):
        block = bytes(1 << 20)
        for _ in range(BALLAST_BYTES >> 20):
            os.write(descriptor, block)
