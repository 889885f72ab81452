"""Compares the artifact store with the database, both ways. Reads names and sizes, never contents."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Store


class Comparison(msgspec.Struct, frozen=True):
    """Paths below the data folder: named by the database and not there (`missing`), of another size (`damaged`), not named (`unknown`)."""

    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    unknown: tuple[str, ...]


async def compare(files: LocalStore, store: Store) -> Comparison:
    """Compare while the server works: the disk is listed first, and what came or went in between is looked at again."""
    present = await asyncio.to_thread(_present, files)
    uploads = await store.long_read("artifact_stored", {})
    outputs = await store.long_read("job_artifact_stored", {})
    unsettled = {uid for (uid,) in await store.long_read("job_unsettled", {})}
    expected = {files.artifact_path(key): size for key, size, state in uploads if state == "ready"}
    expected |= {files.output_path(uid, name): size for uid, name, size in outputs}
    known = {files.artifact_path(key) for key, _, _ in uploads} | expected.keys()
    return await asyncio.to_thread(_judge, files, present, expected, known, unsettled)


def _present(files: LocalStore) -> set[Path]:
    found = {path for path in files.artifacts.glob("*/*") if not path.name.endswith(".inspection")}
    return found | set(files.outputs.glob("*/*"))


def _judge(files: LocalStore, present: set[Path], expected: dict[Path, int], known: set[Path], unsettled: set[str]) -> Comparison:
    root = files.artifacts.parent
    sizes = {path: _size(path) for path in expected}
    unknown = [
        path for path in present - known if path.exists() and not (path.is_relative_to(files.outputs) and path.parent.name in unsettled)
    ]
    missing = [path for path, size in sizes.items() if size is None]
    damaged = [path for path, size in sizes.items() if size not in (None, expected[path])]
    return Comparison(_names(root, missing), _names(root, damaged), _names(root, unknown))


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except OSError:
        return None


def _names(root: Path, paths: list[Path]) -> tuple[str, ...]:
    return tuple(sorted(str(path.relative_to(root)) for path in paths))
