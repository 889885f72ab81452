"""One transaction for many intents: each in a savepoint, so that a bad one harms neither its neighbours nor the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from appliance.audit import Entry, line_of
from appliance.control_plane.store import audit
from appliance.errors import StorageFull, StoreFailed

T = TypeVar("T")
Intent = Callable[[sqlite3.Connection], Any]

_FATAL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


Told = Entry | Callable[[T], Entry | None] | None
"""A line of the audit log, or what makes it of an intent's answer (None: no line)."""


class Request(msgspec.Struct, eq=False):
    """An intent on its way: what to run, whether its answer waits for the disk, whom to call at commit and at the end, the line of the
    audit log that tells of it, what came of it."""

    intent: Intent
    promise: bool
    committed: Callable[[], None] | None
    answered: Callable[[], None]
    told: Told[Any] = None
    result: Any = None
    error: BaseException | None = None


class Batches:
    """Runs batches on the one writing connection. `make_room` is called when the disk is full; True: try again. Not thread safe."""

    def __init__(self, connection: sqlite3.Connection, make_room: Callable[[], bool]) -> None:
        self._connection = connection
        self._make_room = make_room

    def commit(self, batch: list[Request]) -> None:
        """Run and commit; every request has its result or error afterwards. An intent may be run twice (after room was made on a disk).

        Raises StoreFailed when the database can no longer be trusted; the requests have errors then too."""
        error = self._try(batch)
        if error is not None and _is_full(error) and self._make_room():
            error = self._try(batch)
        if error is None:
            return
        refusal = StorageFull("The disk that holds the data folder is full.") if _is_full(error) else StoreFailed()
        for request in batch:
            request.result, request.error = None, refusal
        if _code(error) in _FATAL:
            raise StoreFailed(f"The database failed: {error}.") from error

    def _try(self, batch: list[Request]) -> sqlite3.Error | None:
        try:
            self._connection.execute("begin immediate")
            lines = [line for request in batch if (line := self._run(request))]
            if lines:
                audit.append(self._connection, *lines)
            self._connection.execute("commit")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            return error
        return None

    def _run(self, request: Request) -> bytes:
        """The line for the audit log; empty: there is none."""
        self._connection.execute("savepoint intent")
        request.result, request.error, line = None, None, b""
        try:
            request.result = request.intent(self._connection)
            entry = request.told(request.result) if callable(request.told) else request.told
            line = line_of(entry) if entry is not None else b""
        except Exception as error:
            if isinstance(error, sqlite3.Error) and (_is_full(error) or _code(error) in _FATAL):
                raise
            if not self._connection.in_transaction:
                raise sqlite3.OperationalError("an intent ended the transaction of its batch") from error
            request.error = error
            self._connection.execute("rollback to intent")
        self._connection.execute("release intent")
        return line


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def _is_full(error: sqlite3.Error) -> bool:
    return _code(error) == sqlite3.SQLITE_FULL
