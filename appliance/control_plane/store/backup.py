"""A copy of a running database, page by page through SQLite's online backup, checked and safe on disk."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.contract.run_directory import sync_folder
from appliance.errors import StoreFailed

_PAGES_AT_ONCE = 1024


def backup(source: Path, target: Path) -> None:
    """Copy the database at `source` to `target` while others write; blocks the calling thread.

    Raises FileExistsError for a target that exists, StoreFailed when the copy is not sound."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(source, isolation_level=None)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("pragma query_only = 1")
        reading.backup(writing, pages=_PAGES_AT_ONCE)
        writing.execute("pragma journal_mode = delete")
        verdict = writing.execute("pragma integrity_check").fetchall()[0][0]
    if verdict != "ok":
        target.unlink()
        raise StoreFailed("The copy of the database is not sound; the backup was not kept.")
    with target.open("rb") as copy:
        os.fsync(copy.fileno())
    sync_folder(target.parent)
