"""Receiving a file: streamed to disk in large blocks, counted and digested on the way, never held in memory."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from appliance.control_plane.artifact_store.disk import Disk
from appliance.errors import BadRequest, StorageFull

BLOCK_BYTES = 1 << 20
"""One hop to a thread writes and digests this many bytes."""
SILENCE_S = 300.0
"""A client that sends nothing for so long has gone without a word: its file would stay for ever."""


class Received(msgspec.Struct, frozen=True):
    """A complete upload: where it lies (fsynced), bytes, sha256 in hex."""

    path: Path
    size: int
    sha256: str


class Allowance(msgspec.Struct, frozen=True):
    """How many bytes the sender may still store (None: no quota) and how many it announced (None: chunked)."""

    quota_left: int | None = None
    announced: int | None = None

    def admit(self, size: int) -> None:
        """Raises StorageFull when `size` bytes are more than the quota leaves."""
        if self.quota_left is not None and size > self.quota_left:
            hint = "Delete artifacts, models or projects that are no longer needed."
            raise StorageFull(f"Your storage quota has room for {max(self.quota_left, 0):,} more bytes.", hint=hint)


@contextlib.asynccontextmanager
async def receive(chunks: AsyncIterator[bytes], part: Path, disk: Disk, allowance: Allowance) -> AsyncIterator[Received]:
    """Write `chunks` to `part`, which is there inside the context. Whatever happens, nothing stays behind but what was renamed.

    Raises StorageFull for a full disk or quota, BadRequest when fewer bytes arrive than were announced, or none for a long time."""
    _admit(disk, allowance, 0, 0)
    sink = _Sink(part)
    try:
        async for block in _blocks(chunks):
            _admit(disk, allowance, sink.size, len(block))
            await asyncio.to_thread(sink.write, block)
        if allowance.announced is not None and sink.size != allowance.announced:
            raise BadRequest(f"The upload ended after {sink.size:,} of {allowance.announced:,} bytes.")
        yield await asyncio.to_thread(sink.finish)
    finally:
        sink.close()


class _Sink:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = path.open("xb", buffering=0)

    def write(self, block: bytes) -> None:
        try:
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise StorageFull(f"The upload could not be written: {os.strerror(error.errno or 0)}.") from error
        self._digest.update(block)
        self.size += len(block)

    def finish(self) -> Received:
        os.fsync(self._file.fileno())
        return Received(self.path, self.size, self._digest.hexdigest())

    def close(self) -> None:
        """Close the file, and remove what still lies at its path."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


def _admit(disk: Disk, allowance: Allowance, held: int, coming: int) -> None:
    """`held` bytes are on the disk: is there room for the `coming` ones, and for what was announced?"""
    expected = max(held + coming, allowance.announced or 0)
    allowance.admit(expected)
    disk.admit(expected - held)


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`chunks` gathered to about BLOCK_BYTES."""
    waiting: list[bytes] = []
    size = 0
    try:
        while (chunk := await asyncio.wait_for(anext(chunks, None), SILENCE_S)) is not None:
            waiting.append(chunk)
            size += len(chunk)
            if size >= BLOCK_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    except TimeoutError:
        raise BadRequest(f"The upload was silent for {SILENCE_S:.0f} seconds.") from None
    if waiting:
        yield b"".join(waiting)
