"""A database file with a record of 40 lines, as the store writes it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from appliance.audit import Entry, line_of
from appliance.clock import SystemClock
from appliance.control_plane.store import Store, audit
from appliance.people.audit_log import pieces

LINES = 40


def entry(number: int) -> Entry:
    at, name = "2026-01-31T12:00:00.000000Z", f"model-{number} “ü”"
    return Entry(
        at=at, actor="ann@example.com", actor_id="a" * 24, action="model_create", kind="model", name=name, project="proj_one", result="done"
    )


def write_record(folder: Path) -> Path:
    """A closed database with 40 lines."""

    async def write() -> None:
        store = await Store.open(folder, SystemClock())
        for number in range(1, LINES + 1):
            await store.write(lambda c, number=number: audit.append(c, line_of(entry(number))))  # type: ignore[misc]
        await store.close()

    asyncio.run(write())
    return folder / "appliance.db"


def rows_of(database: Path) -> list[tuple[int, bytes, bytes]]:
    with closing(audit.reading(database)) as connection:
        return [row for rows in pieces(connection) for row in rows]
