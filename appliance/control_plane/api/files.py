"""Sending a file: streamed in blocks read by a thread, whole or by one range, as it lies or unpacked. Never parsed."""

from __future__ import annotations

import asyncio
import os
import re
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from litestar.types import Receive, Scope, Send

from appliance.control_plane.api.answers import Answer, Header
from appliance.control_plane.api.call import Call
from appliance.control_plane.artifact_store.local import open_regular
from appliance.control_plane.artifact_store.names import clean_name, disposition
from appliance.control_plane.store import Connection
from appliance.errors import BadRequest, NotFound

BLOCK_BYTES = 256 << 10
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_DOCUMENT_POLICY = b"sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_TYPES = {".json": b"application/json", ".html": b"text/html; charset=utf-8", ".gz": b"application/gzip", ".jsonl": b"application/jsonl"}


class FileAnswer(Answer):
    """An answer whose body is a file, or what is made of it (or of the rows of a connection)."""

    __slots__ = ("_blocks", "_file")

    def __init__(self, file: BinaryIO | Connection, status: int, headers: tuple[Header, ...], blocks: Iterator[bytes]) -> None:
        super().__init__(b"", status, headers)
        self._file = file
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers, then block by block, each made in a thread, while the client is there; the file is closed whatever happens.

        What turns out to be damaged on the way breaks off without an end, so that no client takes it for whole."""
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
            if scope["method"] != "HEAD":  # type: ignore[typeddict-item]
                while not gone.done() and (block := await asyncio.to_thread(next, self._blocks, None)) is not None:
                    await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except zlib.error:
            return
        finally:
            gone.cancel()
            self._file.close()


async def _disconnected(receive: Receive) -> None:
    """Ends when the client is gone: sending tells nobody."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _read(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length > 0 and (block := file.read(min(BLOCK_BYTES, length))):
        length -= len(block)
        yield block


def unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of a gzip stream, at most one block in memory at a time. Raises zlib.error where it is none, or ends early."""
    inflater, inside = zlib.decompressobj(wbits=31), False
    for block in blocks:
        while block:
            yield inflater.decompress(block, BLOCK_BYTES)
            block, inside = inflater.unconsumed_tail, not inflater.eof
            if inflater.eof:
                block, inflater = inflater.unused_data, zlib.decompressobj(wbits=31)
    if inside:
        raise zlib.error("the file ends inside its gzip stream")


async def send_file(call: Call, path: Path, name: str, *, inline: bool = False, save_as: str = "") -> FileAnswer:
    """A stored file under `name`; a `name` without the `.gz` of the file is the unpacked content. `save_as`: what a browser shall call it,
    from anywhere. Raises NotFound, BadRequest."""
    file = await asyncio.to_thread(open_regular, path)
    size = os.fstat(file.fileno()).st_size
    unpack = path.name.endswith(".gz") and not name.endswith(".gz")
    headers: list[Header] = [
        (b"content-type", _TYPES.get(os.path.splitext(name)[1], b"application/octet-stream")),
        (b"content-disposition", disposition(clean_name(save_as) if save_as else name, inline=inline).encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", _DOCUMENT_POLICY),
        (b"cache-control", b"private, no-store"),
    ]
    if unpack:
        return FileAnswer(file, 200, tuple(headers), await _probed(file, unpacked(_read(file, 0, size))))
    headers.append((b"accept-ranges", b"bytes"))
    return _whole_or_range(file, size, headers, call.header(b"range"))


async def _probed(file: BinaryIO, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks, of which the first is known to be good. Raises BadRequest."""
    try:
        return chain((await asyncio.to_thread(next, blocks, b""),), blocks)
    except zlib.error:
        file.close()
        raise BadRequest("The file is named .gz but is no gzip file; download it as it is, without `uncompressed`.") from None


def _whole_or_range(file: BinaryIO, size: int, headers: list[Header], wanted: str) -> FileAnswer:
    part = _RANGE.fullmatch(wanted.strip())
    if part is None or part.groups() == ("", ""):
        return FileAnswer(file, 200, (*headers, _length(size)), _read(file, 0, size))
    first, last = part.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return FileAnswer(file, 416, (*headers, (b"content-range", f"bytes */{size}".encode()), _length(0)), _read(file, 0, 0))
    headers.append((b"content-range", f"bytes {start}-{end}/{size}".encode()))
    return FileAnswer(file, 206, (*headers, _length(end - start + 1)), _read(file, start, end - start + 1))


def _length(size: int) -> Header:
    return (b"content-length", str(size).encode())


def present(*candidates: Path) -> Path:
    """The first of these paths at which something lies. Raises NotFound."""
    for path in candidates:
        if path.exists():
            return path
    raise NotFound("There is no such file (yet).")
