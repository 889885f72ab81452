"""What a job leaves and what it is given: renames finished artifacts into the store, writes its log, links its inputs."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS, INSPECTION_ARTIFACTS, MODEL_ARTIFACTS, RUN_ARTIFACTS
from appliance.contract.job import ArtifactDigest, Kind
from appliance.contract.run_directory import RunDirectory, sync_folder
from appliance.control_plane.artifact_store.local import LocalStore, plain_name
from appliance.control_plane.artifact_store.logs import entries_of_events, pack

LOG_TYPES = {Kind.TRAIN: "model_logs", Kind.RUN: "run_logs"}


def file_names(kind: Kind) -> dict[str, str]:
    """Artifact type → file name, of everything that an attempt of this kind may leave."""
    if kind is Kind.TRAIN:
        return {**EXTRA_MODEL_ARTIFACTS, **MODEL_ARTIFACTS}
    return RUN_ARTIFACTS if kind is Kind.RUN else INSPECTION_ARTIFACTS


def keep_outputs(
    store: LocalStore, job_uid: str, kind: Kind, directory: RunDirectory, claimed: tuple[ArtifactDigest, ...]
) -> tuple[ArtifactDigest, ...]:
    """Move the claimed artifacts into the store and write the log. Repeatable: what is there already is left there.

    Returns what is really held. A claimed artifact that is not an ordinary file under its own name, or of another size, is left out."""
    folder = store.outputs / plain_name(job_uid)
    store.disk.at_any_price(lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))
    names = file_names(kind)
    kept = [digest for digest in claimed if names.get(digest.type) == digest.name and _take(directory.artifacts, folder, digest)]
    kept.append(_write_log(store, kind, directory, folder))
    sync_folder(folder)
    return tuple(kept)


def keep_inspection(store: LocalStore, project_uid: str, key: str, directory: RunDirectory, claimed: tuple[ArtifactDigest, ...]) -> bool:
    """Move profile and preview beside the artifact. True when the profile is there. Repeatable."""
    profile = store.inspection_path(project_uid, key, "profile")
    profile.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for digest in claimed:
        if INSPECTION_ARTIFACTS.get(digest.type) == digest.name:
            _take(directory.artifacts, profile.parent, digest)
    sync_folder(profile.parent)
    return profile.exists()


def link_input(source: Path, directory: RunDirectory, name: str) -> None:
    """Give an attempt one input as a hard link (a copy across file systems). Safe to repeat. Raises FileNotFoundError."""
    target = directory.inputs / plain_name(name)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)


def _take(source_folder: Path, folder: Path, digest: ArtifactDigest) -> bool:
    source, target = source_folder / digest.name, folder / digest.name
    if _ordinary(source, digest.size):
        _move(source, target)
        return True
    return not source.exists() and _ordinary(target, digest.size)


def _ordinary(path: Path, size: int) -> bool:
    """A plain file of that size that nothing else names: a worker could leave a link to a file it must not publish."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size and status.st_nlink == 1


def _move(source: Path, target: Path) -> None:
    os.chmod(source, 0o600)
    os.replace(source, target)


def _write_log(store: LocalStore, kind: Kind, directory: RunDirectory, folder: Path) -> ArtifactDigest:
    log_type = LOG_TYPES[kind]
    target = folder / file_names(kind)[log_type]
    content = pack(entries_of_events(directory.events))
    temporary = target.with_name(target.name + ".tmp")
    store.disk.at_any_price(lambda: _write(temporary, content))
    temporary.rename(target)
    return ArtifactDigest(log_type, target.name, len(content), hashlib.sha256(content).hexdigest())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
