"""The store: the only door to the database. One writer, point reads on the loop, long reads beside it, backup of a running server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import anyio
import anyio.to_thread

from appliance.clock import Clock
from appliance.control_plane.store import audit, backup, meta
from appliance.control_plane.store.ballast import Ballast
from appliance.control_plane.store.batch import Request, Told
from appliance.control_plane.store.migrate import migrate, migrations
from appliance.control_plane.store.statements import sql
from appliance.control_plane.store.writer import InlineWriter, ThreadWriter
from appliance.errors import ApplianceError, DataFolderRefused, StoreFailed

T = TypeVar("T")
Intent = Callable[[sqlite3.Connection], T]
DATABASE = "appliance.db"


class Store:
    """Made by `Store.open`. `read` answers point reads on the event loop's thread; it cannot write."""

    def __init__(self, path: Path, writing: sqlite3.Connection, *, inline: bool) -> None:
        self.path = path
        self.read = audit.reading(path)
        self.failed = anyio.Event()
        """Set once when the store gave up; the server then stops with a non-zero exit."""
        self.failure: StoreFailed | None = None
        self._long: aiosqlite.Connection | None = None
        self._opening = anyio.Lock()
        self._loop = None if inline else asyncio.get_running_loop()
        wal, make_room = path.with_name(f"{path.name}-wal"), Ballast(path.parent).release
        self._writer = InlineWriter(writing, make_room) if inline else ThreadWriter(writing, wal, make_room, self._deliver, self._give_up)

    @classmethod
    async def open(
        cls, data_dir: Path, clock: Clock, *, inline: bool = False, connection: type[sqlite3.Connection] = sqlite3.Connection
    ) -> Store:
        """Open or make `<data_dir>/appliance.db` and bring it to the present schema.

        `inline` is for simulations: no threads, no syncs, runs under any anyio backend. Otherwise it needs asyncio.
        Raises DataFolderRefused when the database is newer, damaged or of another program."""
        path = data_dir / DATABASE
        return cls(path, _open_writing(path, clock, connection), inline=inline)

    async def write(
        self,
        intent: Intent[T],
        *,
        told: Told[T] = None,
        promise: bool = True,
        committed: Callable[[], None] | None = None,
        limited: bool = True,
    ) -> T:
        """Run `intent` in the writer, in a savepoint of its own, and answer what it answered.

        `told` is the line that the audit log gets in the same transaction, or makes it of the intent's answer (None: no line).
        `promise`: answer only when it would survive a power loss; else at commit. `committed` is called on the loop at commit, before.
        `limited` False: never refused because too many wait (for what must be written, such as final states).
        An intent may be run twice and must do nothing but use its connection. A cancelled caller does not cancel the intent.
        Raises what the intent raised; Overloaded, StorageFull, StoreFailed."""
        if self.failure is not None:
            raise self.failure
        answered = anyio.Event()
        request = Request(intent, promise, committed, answered.set, told)
        self._writer.submit(request, limited=limited)
        await answered.wait()
        if request.error is not None:
            raise request.error
        result: T = request.result
        return result

    async def long_read(self, sql_name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a named statement that may take longer than a millisecond."""
        async with self._opening:
            if self._long is None:
                self._long = await aiosqlite.connect(self.path, isolation_level=None)
                await self._long.execute("pragma query_only = 1")
        async with self._long.execute(sql(sql_name), dict(parameters)) as cursor:
            return [tuple(row) for row in await cursor.fetchall()]

    async def backup(self, target: Path) -> None:
        """Copy the database to `target` while it is used. Raises FileExistsError, StoreFailed for an unsound copy."""
        await anyio.to_thread.run_sync(backup.backup, self.path, target)

    async def close(self) -> None:
        """Finish every intent, write the WAL back, close. Idempotent."""
        long, self._long = self._long, None
        if long is not None:
            await long.close()
        if self._loop is None:
            self._writer.close()
        else:
            await anyio.to_thread.run_sync(self._writer.close)
        self.read.close()

    def _deliver(self, callback: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    def _give_up(self, failure: StoreFailed) -> None:
        self.failure = failure
        self.failed.set()


def _open_writing(path: Path, clock: Clock, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=factory, cached_statements=256)
    try:
        path.chmod(0o600)
        _prepare(connection, path)
        # This commit is a FULL one: it also makes the name of a new WAL file durable, which the later barriers rely on.
        meta.put(connection, "opened_at", repr(clock.now()).encode())
        connection.execute("pragma synchronous = normal")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise DataFolderRefused(f"{path.name} in the data folder cannot be used: {error}.") from error
    except ApplianceError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 0", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}")
    migrate(connection, path, migrations())
    verdict = connection.execute("pragma quick_check(1)").fetchall()[0][0]
    if verdict != "ok":
        raise DataFolderRefused(f"{path.name} in the data folder is damaged; restore a backup.")
