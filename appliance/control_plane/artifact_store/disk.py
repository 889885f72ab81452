"""How full the disk may get: the free-disk reserve, the quota of a user, and the ballast."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from appliance.control_plane.store.ballast import Ballast
from appliance.errors import StorageFull

T = TypeVar("T")


class Disk:
    """The disk under the data folder. `reserve_bytes` stay free of uploads."""

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self._folder = folder
        self._reserve = reserve_bytes
        self.ballast = Ballast(folder)

    def free_bytes(self) -> int:
        """Bytes that this user may still write."""
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize

    def admit(self, size: int) -> None:
        """Raises StorageFull when `size` more bytes would eat into the reserve."""
        if self.free_bytes() - size < self._reserve:
            raise StorageFull(
                f"The disk has no room for {size:,} more bytes: {self._reserve:,} bytes are kept free.",
                hint="Delete artifacts or projects that are no longer needed, or lower free_disk_reserve_bytes.",
            )

    def at_any_price(self, write: Callable[[], T]) -> T:
        """Run `write`; when the disk is full, give up the ballast and run it once more. Raises what the second try raises."""
        try:
            return write()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self.ballast.release():
                raise
        return write()

    def restore_ballast(self) -> bool:
        """Take the ballast again where there is room; for start-up and the hourly sweep."""
        return self.ballast.restore(self.free_bytes())
