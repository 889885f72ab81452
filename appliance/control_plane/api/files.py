"""Sending a file: streamed in blocks read by a thread, whole or by one range, as it lies or unpacked. Never parsed."""

from __future__ import annotations

import asyncio
import os
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from litestar.types import Receive, Scope, Send

from appliance.control_plane.api.answers import Answer, Header
from appliance.control_plane.api.call import Call
from appliance.control_plane.artifact_store.local import open_regular
from appliance.control_plane.artifact_store.names import disposition
from appliance.errors import NotFound

BLOCK_BYTES = 256 << 10
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_DOCUMENT_POLICY = b"sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TYPES = {".json": b"application/json", ".html": b"text/html; charset=utf-8", ".gz": b"application/gzip", ".jsonl": b"application/jsonl"}


class FileAnswer(Answer):
    """An answer whose body is a file, or a part of it."""

    __slots__ = ("_file", "_length", "_start", "_unpack")

    def __init__(self, file: BinaryIO, status: int, headers: tuple[Header, ...], start: int, length: int, *, unpack: bool = False) -> None:
        super().__init__(b"", status, headers)
        self._file = file
        self._start = start
        self._length = length
        self._unpack = unpack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers, then block by block; the file is closed whatever happens."""
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
            if scope["method"] != "HEAD":  # type: ignore[typeddict-item]
                blocks = self._blocks()
                async for block in unpacked(blocks) if self._unpack else blocks:
                    await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()

    async def _blocks(self) -> AsyncIterator[bytes]:
        await asyncio.to_thread(self._file.seek, self._start)
        left = self._length
        while left > 0:
            block = await asyncio.to_thread(self._file.read, min(BLOCK_BYTES, left))
            if not block:
                return
            left -= len(block)
            yield block


async def unpacked(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of a gzip stream, at most one block in memory at a time."""
    inflater = zlib.decompressobj(wbits=31)
    async for block in blocks:
        while block:
            content = inflater.decompress(block, BLOCK_BYTES)
            if content:
                yield content
            block = inflater.unconsumed_tail
            if inflater.eof:
                block = inflater.unused_data
                inflater = zlib.decompressobj(wbits=31)


async def send_file(call: Call, path: Path, name: str, *, inline: bool = False) -> FileAnswer:
    """A stored file under `name`; a `name` without the `.gz` of the file is the unpacked content. Raises NotFound."""
    file = await asyncio.to_thread(open_regular, path)
    size = os.fstat(file.fileno()).st_size
    unpack = path.name.endswith(".gz") and not name.endswith(".gz")
    headers: list[Header] = [
        (b"content-type", _TYPES.get(os.path.splitext(name)[1], b"application/octet-stream")),
        (b"content-disposition", disposition(name, inline=inline).encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", _DOCUMENT_POLICY),
        (b"cache-control", b"private, no-store"),
    ]
    if unpack:
        return FileAnswer(file, 200, tuple(headers), 0, size, unpack=True)
    headers.append((b"accept-ranges", b"bytes"))
    return _whole_or_range(file, size, headers, call.header(b"range"))


def _whole_or_range(file: BinaryIO, size: int, headers: list[Header], wanted: str) -> FileAnswer:
    part = _RANGE.fullmatch(wanted.strip())
    if part is None or part.groups() == ("", ""):
        return FileAnswer(file, 200, (*headers, _length(size)), 0, size)
    first, last = part.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return FileAnswer(file, 416, (*headers, (b"content-range", f"bytes */{size}".encode()), _length(0)), 0, 0)
    headers.append((b"content-range", f"bytes {start}-{end}/{size}".encode()))
    return FileAnswer(file, 206, (*headers, _length(end - start + 1)), start, end - start + 1)


def _length(size: int) -> Header:
    return (b"content-length", str(size).encode())


def present(*candidates: Path) -> Path:
    """The first of these paths at which something lies. Raises NotFound."""
    for path in candidates:
        if path.exists():
            return path
    raise NotFound("There is no such file (yet).")
