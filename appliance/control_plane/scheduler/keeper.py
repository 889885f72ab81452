"""What the scheduler needs of the artifact store. The functions block; the scheduler calls them in threads. Each is safe to repeat."""

from __future__ import annotations

from typing import Protocol

from appliance.contract.job import ArtifactDigest, Outcome
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job


class OutputKeeper(Protocol):
    """Moves files between project artifacts, run directories and the outputs of jobs."""

    def provide_inputs(self, job: Job, directory: RunDirectory) -> None:
        """Hard-link (or copy) every `job.inputs` into `directory.inputs` under its name. Role `model`: the archive of `job.model_uid`.

        Raises FileNotFoundError when one is gone."""

    def keep(self, job: Job, directory: RunDirectory, outcome: Outcome) -> tuple[ArtifactDigest, ...]:
        """Rename `directory.artifacts/*` into the store and write `model_logs` or `run_logs`; called for every final state."""

    def discard(self, job: Job) -> None:
        """Delete the stored outputs of a job; fine when there are none."""

    def provide_source(self, artifact: Artifact, directory: RunDirectory) -> None:
        """Link the artifact into `directory.inputs` under its own name, for an inspection."""

    def keep_profile(self, artifact: Artifact, directory: RunDirectory, outcome: Outcome) -> None:
        """Rename `profile.json` and `preview.json` of an inspection beside the artifact."""

    def discard_artifact(self, artifact: Artifact) -> None:
        """Delete an artifact's file with its profile and preview, or what there is of an interrupted upload."""
