"""Sending a file: it stops with the client, unpacks in small steps, and never makes a damaged file look whole."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from appliance.control_plane.api.files import BLOCK_BYTES, FileAnswer, send_file, unpacked
from appliance.errors import BadRequest


class Asked:
    """As much of a request as sending a file looks at."""

    def header(self, _: bytes) -> str:
        return ""


class Client:
    """An ASGI client that goes away after so many messages."""

    def __init__(self, stays_for: int = 1 << 30) -> None:
        self.left = stays_for
        self.got: list[Any] = []
        self._gone = asyncio.Event()

    async def receive(self) -> Any:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)
        if len(self.got) >= self.left:
            self._gone.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)

    @property
    def complete(self) -> bool:
        return self.got[-1].get("more_body") is False


async def answer(path: Path, name: str) -> FileAnswer:
    return await send_file(Asked(), path, name)  # type: ignore[arg-type]


async def fetch(path: Path, name: str, client: Client) -> Client:
    await (await answer(path, name))({"type": "http", "method": "GET"}, client.receive, client.send)  # type: ignore[arg-type]
    return client


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
async def test_a_client_that_has_gone_ends_the_work(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(bytes(64 * BLOCK_BYTES)) if name == "t.csv" else os.urandom(64 * BLOCK_BYTES))
    whole = await fetch(path, name, Client())
    assert len(whole.body) == 64 * BLOCK_BYTES
    gone = await fetch(path, name, Client(stays_for=3))
    assert len(gone.body) <= 4 * BLOCK_BYTES


def test_a_bomb_is_unpacked_block_by_block() -> None:
    sizes = [len(block) for block in unpacked(iter([gzip.compress(bytes(40 * BLOCK_BYTES))]))]
    assert sum(sizes) == 40 * BLOCK_BYTES
    assert max(sizes) <= BLOCK_BYTES


def test_members_that_follow_one_another_are_one_content() -> None:
    packed = gzip.compress(b"ab") + gzip.compress(b"") + gzip.compress(b"cd")
    for at in range(len(packed)):
        assert b"".join(unpacked(iter([packed[:at], packed[at:]]))) == b"abcd"


def test_a_stream_that_ends_early_is_an_error() -> None:
    packed = gzip.compress(os.urandom(1000))
    for end in (1, 5, len(packed) // 2, len(packed) - 1):
        with pytest.raises(zlib.error):
            list(unpacked(iter([packed[:end]])))


async def test_a_gz_that_is_no_gzip_is_refused_before_the_answer_begins(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(BadRequest, match="no gzip"):
        await answer(path, "t.csv")
    assert (await fetch(path, "t.csv.gz", Client())).body == b"a,b\n1,2\n"


async def test_damage_on_the_way_leaves_the_answer_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(4 * BLOCK_BYTES))[:-BLOCK_BYTES])
    broken = await fetch(path, "t.csv", Client())
    assert broken.body
    assert not broken.complete
