"""The only writer: one thread commits groups of intents without waiting for the disk, a second makes them durable for all at once.

A commit under `synchronous=NORMAL` is a write into the WAL. One `fdatasync` of the WAL then keeps the promise of every commit before
it, so answers that promise something wait for that shared barrier and everything else goes on.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.control_plane.store.batch import Batches, Request
from appliance.errors import Overloaded, StoreFailed

MAX_WAITING = 4096
MAX_BATCH = 512
IDLE_S = 1.0
"""Quiet time after which the WAL is written back."""
PASSIVE_INTENTS = 512
"""Intents between two checkpoints under load: about 4 MiB of WAL at two pages each."""
HARD_BYTES = 64 << 20
"""Size of the WAL file at which readers are waited for and the file is cut."""

SYNC_DATA: Callable[[int], None] = os.fsync if sys.platform == "darwin" else os.fdatasync

Deliver = Callable[[Callable[[], None]], None]


class InlineWriter:
    """Commits at once in the caller's own thread: for simulations, where a second thread would break the mock clock. Never syncs."""

    def __init__(self, connection: sqlite3.Connection, make_room: Callable[[], bool]) -> None:
        self._batches = Batches(connection, make_room)
        self.close = connection.close

    def submit(self, request: Request, *, limited: bool = True) -> None:
        self._batches.commit([request])
        if request.committed is not None and request.error is None:
            request.committed()
        request.answered()


class ThreadWriter:
    """The real writer. `deliver` runs a callback on the event loop; `failed` is called there once when the store gives up."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        wal: Path,
        make_room: Callable[[], bool],
        deliver: Deliver,
        failed: Callable[[StoreFailed], None],
        sync: Callable[[int], None] = SYNC_DATA,
    ) -> None:
        self._connection = connection
        self._batches = Batches(connection, make_room)
        self._deliver = deliver
        self._failed = failed
        self._sync = sync
        self._wal = os.open(wal, os.O_RDONLY)
        self._intents: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._promises: queue.SimpleQueue[list[Request] | None] = queue.SimpleQueue()
        self._failure: StoreFailed | None = None
        self._since_checkpoint = 0
        self._closing = False
        loops = (("store-writer", self._write_until_closed), ("store-barrier", self._sync_until_closed))
        self._threads = [threading.Thread(target=loop, name=name, daemon=True) for name, loop in loops]
        for thread in self._threads:
            thread.start()

    def submit(self, request: Request, *, limited: bool = True) -> None:
        """Answered through `Request.answered`. Raises Overloaded when too many wait, StoreFailed after a failure."""
        if self._failure is not None or self._closing:
            raise self._failure or StoreFailed("The store is closed.")
        if limited and self._intents.qsize() >= MAX_WAITING:
            raise Overloaded()
        self._intents.put(request)

    def close(self) -> None:
        """Finish what was taken, write the WAL back, close the connection. Idempotent."""
        if self._closing:
            return
        self._closing = True
        self._intents.put(None)
        for thread in self._threads:
            thread.join()
        self._connection.close()
        os.close(self._wal)

    def _write_until_closed(self) -> None:
        error: BaseException = StoreFailed("The writer ended unexpectedly.")
        done = False
        try:
            while (batch := self._take()) is not None:
                if batch:
                    self._commit(batch)
                self._checkpoint(idle=not batch)
            self._connection.execute("pragma wal_checkpoint(truncate)")
            done = True
        except (StoreFailed, sqlite3.Error, OSError) as known:
            error = known
        finally:
            if not done:
                self._fail(error)
            self._promises.put(None)
            self._drain()

    def _take(self) -> list[Request] | None:
        """The next batch; empty after a quiet while; None at the end."""
        try:
            first = self._intents.get(timeout=IDLE_S if self._since_checkpoint else None)
        except queue.Empty:
            return []
        if first is None or self._failure is not None:
            self._refuse([first] if first is not None else [])
            return None
        batch = [first]
        while len(batch) < MAX_BATCH and not self._intents.empty():
            following = self._intents.get()
            if following is None:
                self._intents.put(None)
                break
            batch.append(following)
        return batch

    def _commit(self, batch: list[Request]) -> None:
        try:
            self._batches.commit(batch)
        except StoreFailed:
            self._deliver(lambda: _answer(batch))
            raise
        self._since_checkpoint += len(batch)
        callbacks = list(dict.fromkeys(request.committed for request in batch if request.committed is not None and request.error is None))
        at_once = [request for request in batch if not request.promise or request.error is not None]
        if callbacks or at_once:
            self._deliver(lambda: _answer(at_once, callbacks))
        promised = [request for request in batch if request.promise and request.error is None]
        if promised:
            self._promises.put(promised)

    def _checkpoint(self, *, idle: bool) -> None:
        if os.fstat(self._wal).st_size > HARD_BYTES:
            self._connection.execute("pragma wal_checkpoint(truncate)")
        elif idle or self._since_checkpoint >= PASSIVE_INTENTS:
            self._connection.execute("pragma wal_checkpoint(passive)")
        else:
            return
        self._since_checkpoint = 0

    def _sync_until_closed(self) -> None:
        while (promised := self._promises.get()) is not None:
            last = False
            while not self._promises.empty():
                following = self._promises.get()
                last = following is None
                promised += following or []
            try:
                self._sync(self._wal)
            except OSError as error:
                self._fail(error, promised)
            else:
                kept = promised
                self._deliver(lambda kept=kept: _answer(kept))  # type: ignore[misc]
            if last:
                return

    def _fail(self, error: BaseException, requests: Sequence[Request] = ()) -> None:
        """After a failed sync nobody knows what is on the disk: no retry, only refusals from here on."""
        first = self._failure is None
        failure = self._failure or StoreFailed(f"The database can no longer keep a promise ({type(error).__name__}: {error}).")
        self._failure = failure
        self._refuse(requests)
        if first:
            self._deliver(lambda: self._failed(failure))
            self._intents.put(None)

    def _refuse(self, requests: Sequence[Request]) -> None:
        for request in requests:
            request.result, request.error = None, self._failure or StoreFailed("The store is closed.")
        if requests:
            self._deliver(lambda: _answer(requests))

    def _drain(self) -> None:
        while not self._intents.empty():
            self._refuse([request] if (request := self._intents.get()) is not None else [])


def _answer(requests: Sequence[Request], committed: Sequence[Callable[[], None]] = ()) -> None:
    for call in (*committed, *(request.answered for request in requests)):
        call()
