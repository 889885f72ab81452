"""The end of an attempt whose processes are all dead: its files into the artifact store, its last state into the database."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.contract.job import ArtifactDigest, Failure, Outcome, State
from appliance.contract.lease import read_holder
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.scheduler import transitions
from appliance.control_plane.scheduler.workshop import Workshop, clear_work, remove_runs
from appliance.control_plane.store import artifacts, jobs, projects
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job

UNREADABLE = Failure(
    "outcome_unreadable", "The worker's result could not be read.", hint="Try again; the worker may have been tampered with."
)
NOT_KEPT = Failure("storage_failed", "The results of the job could not be stored.", "post", "Make room on the disk and start a new job.")


class Settlement:
    """Both halves may be repeated: files are renamed into place, and the state is compared and set."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop

    async def conclude(self, job: Job, failure: Failure | None = None) -> Job | None:
        """Settle an attempt of which nothing lives. `failure`: it could not even begin. The row after; None when it was deleted."""
        shop = self._shop
        directory = shop.directory(job.uid, job.attempt)
        row = jobs.by_id(shop.store.read, job.id)
        if row is None:
            return None
        if row.state.final:
            await self._finish(row, directory)
        else:
            outcome = await shop.in_thread(read_outcome, directory, failure)
            await self._settle(row, directory, outcome, failure is None)
        await shop.in_thread(clear_work, directory)
        row = jobs.by_id(shop.store.read, job.id)
        if row is not None and row.deleted:
            await self.purge(row)
            return None
        return row

    async def purge(self, job: Job) -> None:
        """The files of a deleted job that is over, then its row; and the row of its project when that was the last thing in it."""
        shop = self._shop
        await shop.in_thread(shop.keeper.discard, job)
        await shop.in_thread(remove_runs, shop.runs, job.uid)
        await shop.write(lambda c: jobs.remove(c, job.id) and projects.remove(c, job.project_id))

    async def purge_artifact(self, artifact: Artifact) -> None:
        """The file of a deleted artifact, then its row; and the row of its project when that was the last thing in it."""
        shop = self._shop
        await shop.in_thread(shop.keeper.discard_artifact, artifact)
        await shop.in_thread(remove_runs, shop.runs, artifact.uid)
        await shop.write(lambda c: _remove_artifact(c, artifact))

    async def _settle(self, job: Job, directory: RunDirectory, outcome: Outcome, began: bool) -> None:
        shop = self._shop
        outcome, kept = await self.keep(job, directory, outcome)
        now, beat = shop.clock.now(), shop.machine.heartbeat(directory)
        active_at = _active_at(job, directory, now) if outcome.state is not State.LOST and began else None
        await shop.write(lambda c: transitions.settle(c, job, outcome, kept, actor="worker", active_at=active_at, beat=beat, at=now))

    async def keep(self, job: Job, directory: RunDirectory, outcome: Outcome) -> tuple[Outcome, tuple[ArtifactDigest, ...]]:
        """Move artifacts and log into the store; the outcome that follows from it, and what is held. Safe to repeat."""
        try:
            return outcome, await self._shop.in_thread(self._shop.keeper.keep, job, directory, outcome)
        except OSError:
            if outcome.state is not State.COMPLETED:
                return outcome, ()
            return Outcome(State.ERROR, NOT_KEPT, usage=outcome.usage, confinement=outcome.confinement), ()

    async def _finish(self, job: Job, directory: RunDirectory) -> None:
        """The job had ended before its processes did."""
        shop = self._shop
        _, kept = await self.keep(job, directory, Outcome(job.state))
        usage, now = shop.wall_usage(job), shop.clock.now()
        await shop.write(lambda c: transitions.stopped(c, job, kept, usage=usage, at=now))


def _remove_artifact(connection: sqlite3.Connection, artifact: Artifact) -> None:
    artifacts.remove(connection, artifact.id)
    projects.remove(connection, artifact.project_id)


def _active_at(job: Job, directory: RunDirectory, now: float) -> float:
    """When the worker became active, as well as it is known: it may have ended before anybody heard of it."""
    holder = read_holder(directory.lease)
    return job.active_at or (holder.taken_at if holder else now)


def read_outcome(directory: RunDirectory, failure: Failure | None) -> Outcome:
    """The worker's last word, or what its absence means: it could not begin (`failure`), or it is lost."""
    if failure is not None:
        return Outcome(State.ERROR, failure)
    try:
        outcome = directory.read_outcome()
    except msgspec.DecodeError:
        return Outcome(State.ERROR, UNREADABLE)
    if outcome is None:
        return Outcome(State.LOST, transitions.LOST)
    if outcome.state not in (State.COMPLETED, State.ERROR):
        return Outcome(State.ERROR, UNREADABLE)
    return outcome
