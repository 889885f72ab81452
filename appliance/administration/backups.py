"""Backup and restore: the database as of one moment and then every stored file, so that it names none that is not there; digests for all.

<backup>/manifest.json   what is in it, with sizes and digests
<backup>/appliance.db    the database
<backup>/owner.key       the owner's key
<backup>/seal.key        the secret that opens the sealed keys in the database
<backup>/artifacts/…     <backup>/outputs/…    as in the data folder
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
from pathlib import Path

import msgspec

from appliance import __version__
from appliance.administration.data_folder import DataFolder
from appliance.audit import Head
from appliance.clock import Clock, timestamp
from appliance.contract.run_directory import sync_folder, write_private
from appliance.control_plane.artifact_store.local import LocalStore, open_regular
from appliance.control_plane.store import DATABASE, Store, audit
from appliance.errors import ApplianceError, DataFolderRefused, NotFound

FORMAT = 1


class BackedUp(msgspec.Struct, frozen=True):
    """One file of a backup: its path inside, bytes, sha256 in hex (empty: not known, as of the key)."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `audit`: the last line of its audit log, noted outside of it (None in a backup of an earlier version)."""

    format: int
    version: str
    made_at: str
    files: tuple[BackedUp, ...]
    audit: Head | None = None


async def back_up(folder: DataFolder, files: LocalStore, store: Store, clock: Clock, target: Path) -> Manifest:
    """Copy everything to a new folder `target` while the server works.

    Raises DataFolderRefused when `target` is there already or inside the data folder."""
    await asyncio.to_thread(_make_target, folder, target)
    await store.backup(target / DATABASE)
    return await asyncio.to_thread(_copy_files, folder, files, clock, target)


def _make_target(folder: DataFolder, target: Path) -> None:
    if target.resolve().is_relative_to(folder.path.resolve()):
        raise DataFolderRefused(f"{target} is inside the data folder, which a backup is to outlive; name a folder elsewhere.")
    try:
        target.mkdir(0o700, parents=True)
    except FileExistsError:
        raise DataFolderRefused(f"{target} exists already; name a new folder for the backup.") from None


def restore(backup: Path, folder: DataFolder) -> Manifest:
    """Fill an empty data folder from a backup; every digest is checked before the database is put in place. Raises DataFolderRefused."""
    manifest = read_manifest(backup)
    if (folder.path / DATABASE).exists():
        raise DataFolderRefused(f"{folder.path} holds a database already; restore into an empty folder.")
    if not folder.lock():
        raise DataFolderRefused(f"A server uses {folder.path}; stop it first.")
    try:
        for item in sorted(manifest.files, key=lambda item: item.path == DATABASE):
            _restore_file(backup, folder.path, item)
        sync_folder(folder.path)
    finally:
        folder.unlock()
    return manifest


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup. Raises DataFolderRefused for a folder that is none."""
    try:
        manifest = msgspec.json.decode((backup / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        raise DataFolderRefused(f"{backup} is not a backup of the appliance: it has no manifest.json.") from None
    if manifest.format != FORMAT:
        raise DataFolderRefused(f"{backup} was made by another version ({manifest.version}) in a format that this one does not know.")
    return manifest


def _copy_files(folder: DataFolder, files: LocalStore, clock: Clock, target: Path) -> Manifest:
    copied = [_describe(target / DATABASE, DATABASE)]
    for path in [folder.owner_key, folder.seal_key, *sorted(files.artifacts.rglob("*")), *sorted(files.outputs.rglob("*"))]:
        if path.is_dir():
            continue
        with contextlib.suppress(NotFound):  # deleted since the list was made
            copied.append(_copy(path, target, str(path.relative_to(folder.path))))
    manifest = Manifest(FORMAT, __version__, timestamp(clock.now()), tuple(copied), _audit_head(target / DATABASE))
    write_private(target / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _audit_head(database: Path) -> Head:
    with contextlib.closing(audit.reading(database)) as connection:
        return audit.head(connection)


def _copy(source: Path, target: Path, inside: str) -> BackedUp:
    place = target / inside
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_regular(source) as reading, place.open("xb") as writing:
        place.chmod(0o600)
        shutil.copyfileobj(reading, writing, 1 << 20)
    return _describe(place, inside)


def _describe(path: Path, inside: str) -> BackedUp:
    with path.open("rb") as file:
        return BackedUp(inside, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _restore_file(backup: Path, folder: Path, item: BackedUp) -> None:
    inside = Path(item.path)
    if inside.is_absolute() or ".." in inside.parts:
        raise DataFolderRefused("The backup's manifest names a file outside of it; it was not made by the appliance.")
    try:
        found = _describe(backup / inside, item.path)
    except OSError:
        raise DataFolderRefused(f"The backup lacks {item.path}.") from None
    if found != item:
        raise DataFolderRefused(f"{item.path} in the backup is damaged: its digest is not that of the manifest.")
    try:
        _copy(backup / inside, folder, item.path)
    except (FileExistsError, ApplianceError):
        raise DataFolderRefused(f"{folder / inside} is there already; restore into an empty folder.") from None
