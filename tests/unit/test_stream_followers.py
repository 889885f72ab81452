"""Followers of the stream without a server: who does not read is let go, and nothing is looked after when nobody follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance.console import stream
from appliance.console.feeds import MOST_CHANGES, _whole_bytes
from appliance.console.stream import ALIVE_S, MOST_STREAMS, Hub, Stream, follow
from appliance.control_plane.api.call import Call
from appliance.control_plane.store.users import User
from appliance.errors import LimitReached, NotSignedIn, Overloaded
from tests.unit.people_house import House, house


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        opened.services.rooms = {}
        yield opened


class Client:
    """Follows the states of jobs. `sent` are the blocks that it read; it reads while `reads` is set."""

    def __init__(self, here: House, user: User) -> None:
        self.sent: list[bytes] = []
        self.reads, self.left, self.told, self.valid = asyncio.Event(), asyncio.Event(), asyncio.Event(), True
        self.reads.set()
        scope: Any = {"method": "GET", "path_params": {}, "headers": [], "query_string": b"topics=jobs", "client": None}
        self._scope = scope
        self.call = Call(here.services, scope, self._receive)  # type: ignore[arg-type]
        self.call.user, self.call.readmit = user, self._readmit

    async def follow(self) -> Stream:
        """Ask for the stream."""
        answer = await follow(self.call)
        assert isinstance(answer, Stream)
        return answer

    async def read(self) -> asyncio.Task[None]:
        """Ask for the stream, and read its first two blocks."""
        task = asyncio.create_task((await self.follow())(self._scope, self._receive, self._send))
        await self.until(3)
        return task

    async def until(self, count: int) -> None:
        """Wait until so many messages were sent to it: the head of the answer, and blocks."""
        async with asyncio.timeout(10):
            while len(self.sent) < count:
                self.told.clear()
                await self.told.wait()

    def _readmit(self, call: Call) -> None:
        if not self.valid:
            raise NotSignedIn("The session is over.")

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message.get("body", b""))
        self.told.set()


def quiet(here: House) -> bool:
    """Nobody follows, and nothing is looked after."""
    hub = Hub.of(here.services)  # type: ignore[arg-type]
    return not hub.feeds and not any(task.get_name() == "stream" for task in asyncio.all_tasks())


async def ended(task: asyncio.Task[None]) -> None:
    """Wait for the end of a stream, and of what looked after it."""
    async with asyncio.timeout(10):
        await asyncio.gather(task, *(one for one in asyncio.all_tasks() if one.get_name() == "stream"))


async def test_nothing_is_looked_after_when_nobody_follows(here: House) -> None:
    client = Client(here, await here.user("a@example.org"))
    assert quiet(here)
    task = await client.read()
    assert not quiet(here)
    assert client.sent[1:] == [b": follows\n\n", b'id: jobs:0\ndata: {"topic":"jobs","reset":true,"next":0}\n\n']
    client.left.set()
    await ended(task)
    assert quiet(here)


async def test_who_does_not_read_is_let_go(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PATIENCE_S", 0.05)
    client = Client(here, await here.user("a@example.org"))
    task = await client.read()
    client.reads.clear()
    here.clock.at += ALIVE_S
    await ended(task)
    assert quiet(here)
    assert client.sent[-1] != b"", "the answer breaks off, so that nobody takes it for whole"


async def test_a_sign_of_life_comes_while_nothing_else_does(here: House) -> None:
    client = Client(here, await here.user("a@example.org"))
    task = await client.read()
    here.clock.at += ALIVE_S
    await client.until(4)
    assert client.sent[3] == b": alive\n\n"
    client.left.set()
    await ended(task)


@pytest.mark.parametrize(("count", "blocks"), [(MOST_CHANGES - 1, 0), (MOST_CHANGES, 1), (900, 1)])
async def test_who_is_far_behind_loads_the_list(here: House, count: int, blocks: int) -> None:
    """Nobody can make the server read hundreds of jobs in one go by an old or forged cursor."""
    statement = "insert into event (job_uid, to_state, attempt, actor, at) values (?, 'active', 1, 'worker', 1)"
    await here.services.store.write(lambda connection: connection.executemany(statement, [(f"{n:024x}",) for n in range(count)]))
    client = Client(here, await here.user("a@example.org"))
    client.call._scope["query_string"] = b"topics=jobs&after=jobs:0"
    task = asyncio.create_task((await client.follow())(client._scope, client._receive, client._send))
    await client.until(2 + blocks)
    here.clock.at += ALIVE_S
    await client.until(3 + blocks)
    told = [block for block in client.sent[2:] if b"data:" in block]
    assert told == [b'id: jobs:%d\ndata: {"topic":"jobs","reset":true,"next":%d}\n\n' % (count, count)] * blocks
    client.left.set()
    await ended(task)


async def test_a_session_that_ends_by_itself_ends_the_stream(here: House) -> None:
    client = Client(here, await here.user("a@example.org"))
    task = await client.read()
    client.valid = False
    here.clock.at += ALIVE_S
    await ended(task)
    assert client.sent[3:] == [b""]


async def test_a_stopping_server_ends_all_and_begins_none(here: House) -> None:
    user = await here.user("a@example.org")
    clients = [Client(here, user), Client(here, user)]
    tasks = [await client.read() for client in clients]
    late = await clients[0].follow()
    Hub.of(here.services).close()  # type: ignore[arg-type]
    for task in tasks:
        await ended(task)
    assert [client.sent[3:] for client in clients] == [[b""], [b""]]
    with pytest.raises(Overloaded):
        await clients[0].follow()
    await late({"method": "GET"}, clients[0]._receive, clients[0]._send)  # type: ignore[arg-type]
    assert quiet(here)


async def test_the_fifty_first_stream_of_a_user_is_refused_and_anothers_first_is_not(here: House) -> None:
    user, other = await here.user("a@example.org"), await here.user("b@example.org")
    clients = [Client(here, user) for _ in range(MOST_STREAMS)]
    tasks = [await client.read() for client in clients]
    with pytest.raises(LimitReached, match="50"):
        await clients[0].follow()
    await Client(here, other).follow()
    for client in clients:
        client.left.set()
    for task in tasks:
        await ended(task)


def test_the_end_of_an_event_file_is_found_at_its_end_or_not_at_all(tmp_path: Path) -> None:
    """A follower begins on the event loop, whatever a worker wrote: an endless line is not gone through there."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"{}\n" * 700_000 + b"{")
    assert _whole_bytes(path) == 2_100_000
    with path.open("r+b") as file:
        file.truncate(64 << 20)
    assert _whole_bytes(path) == 0
