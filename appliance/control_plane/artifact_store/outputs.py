"""What a job leaves and what it is given: renames finished artifacts into the store, writes its log, links its inputs."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS, INSPECTION_ARTIFACTS, MODEL_ARTIFACTS, RUN_ARTIFACTS
from appliance.contract.job import ArtifactDigest, Kind, Outcome
from appliance.contract.run_directory import RunDirectory, sync_folder, write_private
from appliance.control_plane.artifact_store.local import LocalStore, plain_name
from appliance.control_plane.artifact_store.logs import entries_of_events, pack
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job, JobInput

LOG_TYPES = {Kind.TRAIN: "model_logs", Kind.RUN: "run_logs"}


def file_names(kind: Kind) -> dict[str, str]:
    """Artifact type → file name, of everything that an attempt of this kind may leave."""
    if kind is Kind.TRAIN:
        return {**EXTRA_MODEL_ARTIFACTS, **MODEL_ARTIFACTS}
    return RUN_ARTIFACTS if kind is Kind.RUN else INSPECTION_ARTIFACTS


class Outputs:
    """The scheduler's door to the artifact store. Every method blocks and is safe to repeat."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    def provide_inputs(self, job: Job, directory: RunDirectory) -> None:
        """Link every input of a job into its run directory. Raises FileNotFoundError when one is gone."""
        for given in job.inputs:
            link_input(self.source(job, given), directory, given.name)

    def source(self, job: Job, given: JobInput) -> Path:
        """Where an input of a job lies: an artifact, or the archive of the job's own model."""
        if given.role == "model":
            return self._store.output_path(job.model_uid or "", MODEL_ARTIFACTS["model"])
        return self._store.artifact_path(given.key)

    def keep(self, job: Job, directory: RunDirectory, outcome: Outcome) -> tuple[ArtifactDigest, ...]:
        """Move the finished artifacts into the store and write the log; what is there already is left there.

        Returns what is really held: a claimed artifact that is not an ordinary file under its own name and size is left out."""
        folder = self._store.outputs / plain_name(job.uid)
        self._store.disk.at_any_price(lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))
        names = file_names(job.kind)
        claimed = [digest for digest in outcome.artifacts if names.get(digest.type) == digest.name]
        kept = [digest for digest in claimed if digest.type != LOG_TYPES[job.kind] and _take(directory.artifacts, folder, digest)]
        kept.append(_write_log(self._store, job.kind, directory, folder))
        sync_folder(self._store.outputs)
        return tuple(kept)

    def discard(self, job: Job) -> None:
        """Delete the stored outputs of a job."""
        self._store.delete_outputs(job.uid)

    def provide_source(self, artifact: Artifact, directory: RunDirectory) -> None:
        """Link an artifact into the run directory of its inspection, under its own name."""
        link_input(self._store.artifact_path(artifact.key), directory, artifact.name)

    def keep_profile(self, artifact: Artifact, directory: RunDirectory, outcome: Outcome) -> None:
        """Move profile and preview of an inspection beside the artifact."""
        folder = self._store.inspection_path(artifact.key, "profile").parent
        self._store.disk.at_any_price(lambda: folder.mkdir(mode=0o700, parents=True, exist_ok=True))
        for digest in outcome.artifacts:
            if INSPECTION_ARTIFACTS.get(digest.type) == digest.name:
                _take(directory.artifacts, folder, digest)
        sync_folder(folder)

    def discard_artifact(self, artifact: Artifact) -> None:
        """Delete an artifact's file, profile and preview, or what there is of an interrupted upload."""
        self._store.delete_artifact(artifact.key)


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
        source.chmod(0o600)
        source.replace(target)
        return True
    return not source.exists() and _ordinary(target, digest.size)


def _ordinary(path: Path, size: int) -> bool:
    """A plain file of that size that nothing else names: a worker could leave a link to a file it must not publish."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size and status.st_nlink == 1


def _write_log(store: LocalStore, kind: Kind, directory: RunDirectory, folder: Path) -> ArtifactDigest:
    log_type = LOG_TYPES[kind]
    target = folder / file_names(kind)[log_type]
    content = pack(entries_of_events(directory.events))
    store.disk.at_any_price(lambda: write_private(target, content))
    return ArtifactDigest(log_type, target.name, len(content), hashlib.sha256(content).hexdigest())
