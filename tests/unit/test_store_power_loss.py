"""Power loss: whatever lies in the WAL beyond the last barrier may vanish or tear; what a barrier promised must be there."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
from functools import partial
from pathlib import Path

import pytest

from appliance.control_plane.store import writer as writer_module
from appliance.control_plane.store.batch import Request
from appliance.control_plane.store.writer import ThreadWriter

ROWS = 500
CUTS = 150


class Recorded:
    """A WAL as it grew: its bytes, and for each barrier how many bytes it covered and the last row acknowledged by it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "a.db"
        self.marks: list[tuple[int, int]] = []
        self._covered = 0
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = wal", "wal_autocheckpoint = 0", "synchronous = full"):
            connection.execute(f"pragma {pragma}")
        connection.execute("create table t (x integer primary key, pad text)")
        connection.execute("pragma synchronous = normal")
        shutil.copy(self.path, folder / "base.db")
        self._write(connection)

    def _write(self, connection: sqlite3.Connection) -> None:
        draw, done, wal = random.Random(11), threading.Event(), self.path.with_name("a.db-wal")

        def sync(descriptor: int) -> None:
            self._covered = os.fstat(descriptor).st_size
            os.fdatasync(descriptor)

        def answered(request: Request) -> None:
            assert request.error is None
            self.marks.append((self._covered, request.result))
            if request.result == ROWS:
                self.wal = wal.read_bytes()
                done.set()

        writer = ThreadWriter(connection, wal, lambda: False, lambda callback: callback(), lambda failure: None, sync)
        for number in range(1, ROWS + 1):
            pad = "x" * draw.randrange(400)
            request = Request(lambda c, n=number, p=pad: _insert(c, n, p), True, None, lambda: None)
            request.answered = partial(answered, request)
            writer.submit(request)
            if number % 5 == 0:
                threading.Event().wait(0.001)
        assert done.wait(30)
        writer.close()

    def after_cut(self, at: int, tail: bytes) -> tuple[int, int, str]:
        """Largest row, number of rows and integrity after the power came back."""
        again = self.folder / "b.db"
        for suffix in ("", "-wal", "-shm"):
            again.with_name("b.db" + suffix).unlink(missing_ok=True)
        shutil.copy(self.folder / "base.db", again)
        again.with_name("b.db-wal").write_bytes(self.wal[:at] + tail)
        connection = sqlite3.connect(again)
        try:
            largest, count = connection.execute("select coalesce(max(x), 0), count(*) from t").fetchall()[0]
            return largest, count, connection.execute("pragma integrity_check").fetchall()[0][0]
        finally:
            connection.close()


def _insert(connection: sqlite3.Connection, number: int, pad: str) -> int:
    connection.execute("insert into t values (?, ?)", (number, pad))
    return number


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    with pytest.MonkeyPatch.context() as patch:
        # A checkpoint would start the WAL anew, and with it the record.
        patch.setattr(writer_module, "IDLE_S", 3600.0)
        return Recorded(tmp_path_factory.mktemp("power"))


def test_every_acknowledged_row_survives_a_cut_at_any_point(recorded: Recorded) -> None:
    draw = random.Random(7)
    assert len({size for size, _ in recorded.marks}) > 3
    for _ in range(CUTS):
        covered, acknowledged = draw.choice(recorded.marks)
        cut = draw.choice([covered, draw.randrange(covered, len(recorded.wal) + 1)])
        rest = min(len(recorded.wal) - cut, 9000)
        tail = draw.choice([b"", draw.randbytes(rest), bytes(rest)])
        largest, count, integrity = recorded.after_cut(cut, tail)
        assert largest == count >= acknowledged
        assert integrity == "ok"


def test_a_cut_inside_what_a_barrier_promised_would_be_seen(recorded: Recorded) -> None:
    covered, acknowledged = recorded.marks[-1]
    largest, _, _ = recorded.after_cut(covered - 4500, b"")
    assert largest < acknowledged
