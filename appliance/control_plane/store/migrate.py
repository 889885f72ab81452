"""Bring a database to the schema of this program: new, older (copied first), or refused because it is newer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from appliance.errors import DataFolderRefused

APPLICATION_ID = 0x41504C43
OLDEST_SQLITE = (3, 37, 0)


class Migration(msgspec.Struct, frozen=True):
    """One step: the `user_version` that it leads to, and its statements."""

    version: int
    script: str


def migrations() -> tuple[Migration, ...]:
    """The steps that come with this program, `migrations/NNNN_name.sql`, in order."""
    folder = files(__package__).joinpath("migrations")
    found = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(Migration(int(name.split("_")[0]), entry.read_text("utf-8")) for name, entry in found)


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> Path | None:
    """Apply what is missing, each step in a transaction of its own; the copy that was made of an older database, or None.

    Raises DataFolderRefused for a newer database, one of another program, or a SQLite without STRICT tables."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DataFolderRefused(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed.")
    version, newest = _pragma(connection, "user_version"), steps[-1].version
    if version > newest:
        raise DataFolderRefused(f"A newer version of the appliance wrote this data folder (schema {version}; this one knows {newest}).")
    _check_owner(connection, path)
    missing = [step for step in steps if step.version > version]
    copy = _copy(connection, path, version) if missing and version > 0 else None
    for step in missing:
        _apply(connection, step)
    return copy


def split_statements(script: str) -> list[str]:
    """The statements of a script; a trigger with its inner semicolons is one."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        if not current and (not line.strip() or line.startswith("--")):
            continue
        current += line
        if sqlite3.complete_statement(current):
            found.append(current.strip())
            current = ""
    return found


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    connection.execute("begin immediate")
    try:
        for statement in split_statements(step.script):
            connection.execute(statement)
        connection.execute(f"pragma user_version = {step.version:d}")
        connection.execute(f"pragma application_id = {APPLICATION_ID:d}")
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def _copy(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    copy = path.with_name(f"{path.stem}.before-migration-from-{version}{path.suffix}")
    copy.unlink(missing_ok=True)
    connection.execute("vacuum into ?", (str(copy),))
    copy.chmod(0o600)
    return copy


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    owner = _pragma(connection, "application_id")
    empty = not connection.execute("select 1 from sqlite_schema limit 1").fetchall()
    if owner != APPLICATION_ID and not empty:
        raise DataFolderRefused(f"{path.name} in the data folder is a database of another program.")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"pragma {name}").fetchall()[0][0])
