"""The audit log: lines that are added in the transaction of what they tell of, and never changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from appliance.audit import GENESIS, Head, digest_of
from appliance.control_plane.store import meta
from appliance.control_plane.store.statements import run, sql

PLACED, PLACED_AT_ONCE = "audit_placed", 256


def append(connection: sqlite3.Connection, *lines: bytes) -> None:
    """Add lines (`line_of` an entry that has no number yet) behind the last one, in their order. Needs a writing connection."""
    last, digest = _last(connection)
    rows = []
    for seq, line in enumerate(lines, last + 1):
        numbered = b'{"seq":%d,' % seq + line[1:]
        digest = digest_of(digest, numbered)
        rows.append({"seq": seq, "line": numbered.decode(), "digest": digest})
    connection.executemany(sql("audit_insert"), rows)
    if (last + len(rows)) // PLACED_AT_ONCE > last // PLACED_AT_ONCE:
        place(connection)


def unplaced(connection: sqlite3.Connection) -> bool:
    """Whether the newest lines are not yet where the activity feed looks for them."""
    return int(meta.get(connection, PLACED) or 0) < _last(connection)[0]


def place(connection: sqlite3.Connection) -> None:
    """Put the newest lines in the order of projects and users, all at once: line by line it took half of an append. Needs a writing
    connection."""
    run(connection, "audit_place", {"after": int(meta.get(connection, PLACED) or 0)})
    meta.put(connection, PLACED, str(_last(connection)[0]).encode())


def head(connection: sqlite3.Connection) -> Head:
    """Number and digest of the last line."""
    last, digest = _last(connection)
    return Head(last, digest.hex())


def reading(path: Path) -> sqlite3.Connection:
    """A connection of its own to a database that may be in use; it cannot write, and goes from thread to thread."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma query_only = 1")
    return connection


def _last(connection: sqlite3.Connection) -> tuple[int, bytes]:
    found = connection.execute(sql("audit_head")).fetchall()
    return found[0] if found else (0, GENESIS)
