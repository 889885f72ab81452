"""The audit log for whoever sits at the machine: read, copied out, checked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from appliance import __version__
from appliance.administration.office import Commands, Office, Request
from appliance.audit import DONE, SERVER, Entry, Head, Verdict, exported
from appliance.clock import timestamp
from appliance.contract.run_directory import sync_folder
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.store import DATABASE, DatabaseError, audit, projects
from appliance.errors import BadRequest, DataFolderRefused
from appliance.people.audit_log import check_record, pieces
from appliance.people.record_lines import holds, newest

MOST_LISTED = 10_000


async def note_start(office: Office) -> None:
    """Tell the record that a server begins, and which: what no request did is told apart by it."""
    facts: dict[str, str | int | float | bool] = {"version": __version__, "pid": os.getpid()}
    entry = Entry(at=timestamp(office.clock.now()), actor=SERVER, action="server_start", kind="server", result=DONE, detail=facts)
    await office.store.write(lambda connection: None, told=entry, promise=False)


def check_folder(data_dir: Path, noted: Mapping[int, str]) -> Verdict:
    """Check the record of a data folder, in this process, whether a server works on it or not. Raises DataFolderRefused."""
    database = data_dir / DATABASE
    if not database.is_file():
        raise DataFolderRefused(f"{data_dir} holds no {DATABASE}; --data-dir names another data folder.")
    try:
        return check_record(database, noted)
    except (DatabaseError, UnicodeDecodeError) as error:  # sqlite3 cannot decode its own sentence about a schema that is no text
        raise DataFolderRefused(f"The record in {database} cannot be read: {error}.") from error


async def _head(office: Office, request: Request) -> Head:
    return audit.head(office.store.read)


async def _list(office: Office, request: Request) -> list[dict[str, Any]]:
    if not 0 < request.limit <= MOST_LISTED:
        raise BadRequest(f"`limit` is a number from 1 to {MOST_LISTED}.")
    project = projects.find(office.store.read, request.project) if request.project else None
    guid, words = project.guid if project else request.project, request.query.casefold().split()

    def wanted(entry: Entry) -> bool:
        return request.email in ("", entry.actor) and guid in ("", entry.project) and holds(entry, words)

    return _named(office, (await asyncio.to_thread(newest, office.store.path, wanted, request.limit)).entries)


def _named(office: Office, entries: list[Entry]) -> list[dict[str, Any]]:
    """Lines as they are kept, with `project_name` where the project exists."""
    found = {guid: projects.find(office.store.read, guid) for guid in {entry.project for entry in entries if entry.project}}
    names = {guid: {"project_name": project.name} for guid, project in found.items() if project is not None}
    return [{**msgspec.to_builtins(entry), **names.get(entry.project, {})} for entry in entries]


async def _export(office: Office, request: Request) -> dict[str, Any]:
    """The line about the export is written first and is the last one of the file."""
    target = Path(request.target)
    if not target.is_absolute() or not 0 <= request.after < 2**63:
        raise BadRequest("`target` must be an absolute path, and `after` the number of a line.")
    if await asyncio.to_thread(os.path.lexists, target):
        raise DataFolderRefused(f"{target} exists already; name a new file.")
    await office.store.write(lambda connection: None, told=office.entry(Action.AUDIT_EXPORT, "audit", after=request.after))
    head = audit.head(office.store.read)
    lines = await asyncio.to_thread(_write, office.store.path, target, request.after, head.seq)
    return {"target": str(target), "lines": lines, "head": head}


def _write(database: Path, target: Path, after: int, until: int) -> int:
    connection = audit.reading(database)
    try:
        return write_new(target, (exported(line, digest) for rows in pieces(connection, after, until - after) for _, line, digest in rows))
    finally:
        connection.close()


def write_new(target: Path, lines: Iterable[bytes]) -> int:
    """Write a file that only its owner may read (0600), whole or not at all, where none was; how many lines. Raises DataFolderRefused."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    count = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for line in lines:
                file.write(line)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.link(name, target)  # unlike a rename it never replaces a file
    except FileExistsError:
        raise DataFolderRefused(f"{target} exists already; name a new file.") from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    sync_folder(target.parent)
    return count


COMMANDS: Commands = {"audit.head": _head, "audit.list": _list, "audit.export": _export}
"""What the desk does; `check_folder` needs no desk."""
