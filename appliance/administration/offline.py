"""What the command line does to a data folder: ask the server that holds it, or work on it while nobody does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from appliance.administration.account_commands import ensure_owner
from appliance.administration.admin_socket import ask, read_reply
from appliance.administration.backups import Manifest
from appliance.administration.backups import restore as restore_backup
from appliance.administration.data_folder import DataFolder
from appliance.administration.desk import answer
from appliance.administration.office import Office
from appliance.clock import SystemClock, SystemRandom
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Store
from appliance.errors import DataFolderRefused


def administer(data_dir: Path, request: dict[str, Any]) -> Any:
    """One administrative request: through the running server's socket, or on the store itself when nobody holds the data folder.

    Requests are those of `administration/desk.py`. Raises ApplianceError with the sentence of a refusal."""
    folder = DataFolder(data_dir)
    if not folder.lock():
        try:
            return ask(folder.admin_socket, request)
        except OSError as error:
            raise DataFolderRefused(f"A server holds {data_dir} but does not answer: {error.strerror}.") from error
    try:
        return asyncio.run(_administer(folder, request))
    finally:
        folder.unlock()


def restore(backup: Path, data_dir: Path) -> Manifest:
    """Make a data folder from a backup. Raises DataFolderRefused."""
    return restore_backup(backup, DataFolder(data_dir))


async def _administer(folder: DataFolder, request: dict[str, Any]) -> Any:
    clock, random = SystemClock(), SystemRandom()
    files = LocalStore(folder.path, Disk(folder.path, 0))
    store = await Store.open(folder.path, clock)
    try:
        await ensure_owner(store, folder, clock, random)
        office = Office(folder, files, store, clock, random)
        return read_reply(await answer(office, msgspec.json.encode(request)))
    finally:
        await store.close()
