"""`appliance backup` and `appliance restore`: the whole installation as one folder or one tar file."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from pathlib import Path

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option, data_folder
from appliance.cli.output import Output, with_output
from appliance.errors import DataFolderRefused

_TAR = {".tar": "w", ".tgz": "w:gz", ".tar.gz": "w:gz"}


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@data_dir_option
@with_output
def backup(out: Output, target: Path, data_dir: Path | None) -> None:
    """Write a consistent copy to TARGET: a new folder, or one file when the name ends in .tar, .tar.gz or .tgz.

    It works while the server does. TARGET holds the database, every file, and the owner's key: guard it like the data folder."""
    target = target.absolute()
    if target.exists():
        raise DataFolderRefused(f"{target} exists already; name a new one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = _tar_mode(target)
    if mode is None:
        made = administer(data_dir, "backup", target=str(target))
    else:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            made = administer(data_dir, "backup", target=str(Path(scratch) / "backup"))
            _pack(Path(scratch) / "backup", target, mode)
    head = f"{made['audit']['seq']}:{made['audit']['digest']}"
    told = f"{target}: {made['files']:,} files, {made['bytes']:,} bytes.\nHead of the audit log: {head}"
    out.said(told, target=str(target), files=made["files"], bytes=made["bytes"], audit_head=head)


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@data_dir_option
@with_output
def restore(out: Output, source: Path, data_dir: Path | None) -> None:
    """Fill an empty data folder from the backup SOURCE; every digest is checked first."""
    from appliance.control_plane import server

    folder = data_folder(data_dir).absolute()
    if source.is_dir():
        manifest = server.restore(source, folder)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            _unpack(source, Path(scratch))
            manifest = server.restore(Path(scratch), folder)
    head = f"{manifest.audit.seq}:{manifest.audit.digest}" if manifest.audit else ""
    told = f"Restored {len(manifest.files):,} files of {manifest.made_at} into {folder}."
    if head:
        told += f"\nIts audit log ended with {head}; `appliance audit verify --head` checks it."
    out.said(told, data_dir=str(folder), files=len(manifest.files), audit_head=head)


def _tar_mode(target: Path) -> str | None:
    return next((mode for suffix, mode in _TAR.items() if target.name.endswith(suffix)), None)


def _pack(folder: Path, target: Path, mode: str) -> None:
    """One tar, readable by its owner alone from its first byte, whole or not at all."""
    part = folder.with_name("packed")
    part.touch(mode=0o600)
    with tarfile.open(part, mode) as tar:  # type: ignore[call-overload]
        for path in sorted(folder.rglob("*")):
            tar.add(path, path.relative_to(folder).as_posix(), recursive=False)
    shutil.rmtree(folder)
    part.rename(target)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with tarfile.open(source) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise DataFolderRefused(f"{source} is no backup: {type(error).__name__}.") from None
