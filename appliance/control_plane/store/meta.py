"""Facts of the whole installation by key, such as the server's secret."""

from __future__ import annotations

import sqlite3

from appliance.control_plane.store.statements import run, value


def get(connection: sqlite3.Connection, key: str) -> bytes | None:
    """The value of `key`, or None."""
    found: bytes | None = value(connection, "meta_get", {"key": key})
    return found


def put(connection: sqlite3.Connection, key: str, content: bytes) -> None:
    """Set `key`."""
    run(connection, "meta_set", {"key": key, "value": content})


def get_or_put(connection: sqlite3.Connection, key: str, content: bytes) -> bytes:
    """The value of `key`; `content` becomes it when there was none. Needs a writing connection."""
    run(connection, "meta_set_once", {"key": key, "value": content})
    return bytes(value(connection, "meta_get", {"key": key}))
