"""What goes by itself: interrupted uploads after a day, run directories after two weeks. Never an artifact, never an archive."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from appliance.contract.lease import LeaseState, lease_state


class Swept(msgspec.Struct, frozen=True):
    """How many interrupted uploads and run directories were removed."""

    uploads: int
    runs: int


def sweep(uploads: Path, runs: Path, now: float, *, upload_age_s: float, run_age_s: float, live: frozenset[str]) -> Swept:
    """Remove what is older than its age. `live`: names of run directories that jobs still need, whatever their age."""
    old_parts = [part for part in _children(uploads) if _older(part, now - upload_age_s)]
    for part in old_parts:
        part.unlink(missing_ok=True)
    old_runs = [run for run in _children(runs) if run.name not in live and _older(run, now - run_age_s) and not _held(run)]
    for run in old_runs:
        shutil.rmtree(run, ignore_errors=True)
    return Swept(len(old_parts), len(old_runs))


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _older(path: Path, limit: float) -> bool:
    try:
        return path.lstat().st_mtime < limit
    except OSError:
        return False


def _held(run: Path) -> bool:
    return lease_state(run / "lease") is LeaseState.HELD
