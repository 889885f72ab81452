"""Reading: point reads on the event loop's own connection, long ones through a thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosqlite

from appliance.control_plane.store.statements import sql


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; every statement is a snapshot of its own, so fetch all rows of one before the next."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma query_only = 1")
    return connection


class LongReader:
    """A second reading connection with a thread of its own, opened on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None

    async def read(self, sql_name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a named statement."""
        if self._connection is None:
            self._connection = await aiosqlite.connect(self._path, isolation_level=None)
            await self._connection.execute("pragma query_only = 1")
        async with self._connection.execute(sql(sql_name), dict(parameters)) as cursor:
            return [tuple(row) for row in await cursor.fetchall()]

    async def close(self) -> None:
        """Idempotent."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
