"""A bare HTTP/1.1 connection, so that the benchmark's own cost stays small beside the server's."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Connection:
    """One kept-alive connection with an API key."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self._address = (host, port)
        self._key = key

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)

    def close(self) -> None:
        """Close the socket."""
        self._writer.close()

    async def request(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body of one exchange."""
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._address[0]}\r\nAuthorization: {self._key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        self._writer.write(head.encode() + payload)
        status = int((await self._reader.readline()).split()[1])
        length = 0
        while (line := await self._reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return status, await self._reader.readexactly(length)

    async def json(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded body of an exchange that must succeed."""
        status, answer = await self.request(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status}: {answer[:300]!r}")
        return json.loads(answer)
