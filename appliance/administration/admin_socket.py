"""The socket of the owner of the machine: `admin.sock`, mode 0600, for processes of the server's own user only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from appliance.errors import ApplianceError, BadRequest

LINE_BYTES = 64 << 10
LONGEST_ADDRESS = 100


async def listen(answer: Callable[[bytes], Awaitable[bytes]], path: Path) -> asyncio.Server:
    """Answer lines on the socket `path` until the returned server is closed. A socket of a dead server is replaced."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _peer_uid(writer.get_extra_info("socket")) == os.geteuid():
                while line := await reader.readline():
                    writer.write(await answer(line))
                    await writer.drain()
        except (ValueError, ConnectionError):
            return
        finally:
            writer.close()

    return await asyncio.start_unix_server(serve, sock=_bind(path), limit=LINE_BYTES)


def ask(path: Path, request: dict[str, Any]) -> Any:
    """Ask the server behind the socket `path` (blocking). Raises ApplianceError with its sentence, OSError when nobody answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, _address(path) as address:
        connection.connect(address)
        connection.sendall(msgspec.json.encode(request) + b"\n")
        with connection.makefile("rb") as answers:
            return read_reply(answers.readline())


def read_reply(line: bytes) -> Any:
    """The result in an answer line. Raises ApplianceError with the sentence of a refusal."""
    try:
        reply = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise ApplianceError("The server closed the connection without an answer.") from None
    if not reply["ok"]:
        kind = BadRequest if reply["error_id"] == BadRequest.code else ApplianceError
        raise kind(reply["message"])
    return reply["result"]


def _bind(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the socket is never open to others, not even between bind and chmod
    try:
        with _address(path) as address:
            listening.bind(address)
    finally:
        os.umask(before)
    return listening


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for the socket that fits into 107 bytes however deep the data folder lies."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _peer_uid(connection: socket.socket) -> int:
    """Who is at the other end of a Unix socket. Where the kernel does not tell (macOS) the mode of the socket alone guards it."""
    if not hasattr(socket, "SO_PEERCRED"):
        return os.geteuid()
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
