"""The model archive: a tar.gz of plain files with a manifest. Same content, same bytes; nothing in it is ever unpickled.

A stranger's archive is hostile: only regular files with the names of the manifest are read, sizes are bounded, digests are checked.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any

import msgspec

from appliance.errors import DataRefused

FORMAT_VERSION = 1
_MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 16 << 20
_MEMBER_LIMIT = 8 << 30
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


class Member(msgspec.Struct, frozen=True):
    """One file of the archive: bytes and sha256 in hex."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What the archive is: format version, model type, engine with its version, the resolved configuration and the other files."""

    format: int
    model_type: str
    engine: str
    appliance_version: str
    configuration: dict[str, Any]
    members: dict[str, Member]


def write_archive(
    path: Path, files: dict[str, Path], *, model_type: str, engine: str, appliance_version: str, configuration: dict[str, Any]
) -> None:
    """Write `files` (name inside → file) with their manifest first. Names sort, times are 0: the same content gives the same bytes."""
    members = {name: _describe(file) for name, file in sorted(files.items())}
    manifest = msgspec.json.encode(Manifest(FORMAT_VERSION, model_type, engine, appliance_version, configuration, members), order="sorted")
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        _add(tar, _MANIFEST, len(manifest), io.BytesIO(manifest))
        for name, file in sorted(files.items()):
            with file.open("rb") as source:
                _add(tar, name, members[name].size, source)


def read_archive(path: Path, folder: Path, most_bytes: int = _MEMBER_LIMIT) -> Manifest:
    """Unpack into `folder` and return the manifest; no file may have more than `most_bytes`.

    Raises DataRefused for an archive that is damaged, newer or not ours."""
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            return _unpack(tar, folder, most_bytes)
    except (tarfile.TarError, OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DataRefused(f"The model archive is damaged or is not one of ours ({type(error).__name__}).") from None


def _unpack(tar: tarfile.TarFile, folder: Path, most_bytes: int) -> Manifest:
    manifest: Manifest | None = None
    seen: set[str] = set()
    for entry in tar:
        source = tar.extractfile(entry) if entry.isreg() else None
        if source is None or entry.name in seen:
            raise DataRefused("The model archive holds something that is not a plain file of ours.")
        seen.add(entry.name)
        if manifest is None:
            manifest = _read_manifest(entry, source)
        else:
            _extract(entry, source, manifest, folder, most_bytes)
    if manifest is None or seen != {_MANIFEST, *manifest.members}:
        raise DataRefused("The model archive is not complete.")
    return manifest


def _read_manifest(entry: tarfile.TarInfo, source: IO[bytes]) -> Manifest:
    if entry.name != _MANIFEST or entry.size > _MANIFEST_LIMIT:
        raise DataRefused("The model archive does not begin with a manifest of ours.")
    manifest = msgspec.json.decode(source.read(), type=Manifest)
    if manifest.format > FORMAT_VERSION:
        raise DataRefused(f"The model archive has format {manifest.format}, newer than {FORMAT_VERSION}. Update the appliance.")
    return manifest


def _extract(entry: tarfile.TarInfo, source: IO[bytes], manifest: Manifest, folder: Path, most_bytes: int) -> None:
    expected = manifest.members.get(entry.name)
    if expected is None or not _NAME.fullmatch(entry.name) or entry.size != expected.size or entry.size > most_bytes:
        raise DataRefused("The model archive holds a file that its manifest does not name.")
    digest = hashlib.sha256()
    with (folder / entry.name).open("xb") as target:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != expected.sha256:
        raise DataRefused("The model archive was changed after it was written: a digest differs.")


def _describe(file: Path) -> Member:
    with file.open("rb") as source:
        return Member(file.stat().st_size, hashlib.file_digest(source, "sha256").hexdigest())


def _add(tar: tarfile.TarFile, name: str, size: int, source: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    tar.addfile(entry, source)
