"""The end of an attempt whose processes are all dead: its files into the artifact store, its last state into the database.

Both halves may be repeated: files are renamed into place, and the state is compared and set."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from appliance.contract.job import Failure, Outcome, State
from appliance.contract.lease import read_holder
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.scheduler import transitions
from appliance.control_plane.scheduler.transitions import Gathered
from appliance.control_plane.scheduler.workshop import Workshop, clear_work, remove_runs
from appliance.control_plane.store import Connection, artifacts, jobs, projects
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job

LOST = Failure("worker_lost", "The worker ended without a result.", hint="Try again; if it happens again, look at the machine's memory.")
UNREADABLE = Failure(
    "outcome_unreadable", "The worker's result could not be read.", hint="Try again; the worker may have been tampered with."
)
NOT_KEPT = Failure("storage_failed", "The results of the job could not be stored.", "post", "Make room on the disk and start a new job.")

FAULTS = (OSError, ValueError, OverflowError, RecursionError)
"""All that files or words of a worker can make of reading them. They end its attempt, never the scheduler."""


async def conclude(shop: Workshop, job: Job, failure: Failure | None = None, ended: Callable[[], None] | None = None) -> None:
    """Settle an attempt of which nothing lives, and purge the job when it was deleted. `failure`: it could not even begin.

    `ended` is called once its last state counts for the limits, which is before that state survives a power loss."""
    row = jobs.by_id(shop.store.read, job.id)
    if row is None:
        return
    gathered = await shop.in_thread(gather, shop, row, _given(shop, row, failure))
    at = shop.clock.now()
    after = await shop.write(lambda c: transitions.settle(c, row, gathered, at=at), committed=ended)
    if after is not None and after.deleted:
        await purge(shop, after)


def gather(shop: Workshop, job: Job, given: Outcome | None) -> Gathered:
    """Blocking, repeatable: artifacts and log into the store, work folders away. `given` replaces the worker's own last word."""
    directory = shop.directory(job.uid, job.attempt)
    outcome = given or read_outcome(directory)
    began = outcome.state is not State.LOST and (given is None or job.manual)
    try:
        kept = shop.keeper.keep(job, directory, outcome)
    except FAULTS as fault:
        kept = ()
        if outcome.state is State.COMPLETED:
            failure = NOT_KEPT if isinstance(fault, OSError) else UNREADABLE
            outcome = Outcome(State.ERROR, failure, usage=outcome.usage, confinement=outcome.confinement)
    if not outcome.usage.wall_s:  # its worker left no word of it
        outcome = msgspec.structs.replace(outcome, usage=shop.wall_usage(job, directory))
    clear_work(directory)
    return Gathered(outcome, kept, _active_at(shop, job, directory) if began else None, shop.machine.heartbeat(directory))


def _given(shop: Workshop, job: Job, failure: Failure | None) -> Outcome | None:
    if job.state.final:
        return Outcome(job.state)
    return Outcome(State.ERROR, failure) if failure is not None else None


def _active_at(shop: Workshop, job: Job, directory: RunDirectory) -> float:
    """When the worker became active, as well as it is known: it may have ended before anybody heard of it."""
    holder = read_holder(directory.lease)
    return job.active_at or (holder.taken_at if holder else shop.clock.now())


async def purge(shop: Workshop, job: Job) -> None:
    """The files of a deleted job that is over, then its row; and the row of its project when that was the last thing in it."""
    await shop.in_thread(shop.keeper.discard, job)
    await shop.in_thread(remove_runs, shop.runs, job.uid)
    await shop.write(lambda c: jobs.remove(c, job.id) and projects.remove(c, job.project_id))


async def purge_artifact(shop: Workshop, artifact: Artifact) -> None:
    """The file of a deleted artifact, then its row; and the row of its project when that was the last thing in it."""
    await shop.in_thread(shop.keeper.discard_artifact, artifact)
    await shop.in_thread(remove_runs, shop.runs, artifact.uid)
    await shop.write(lambda c: _remove_artifact(c, artifact))


def _remove_artifact(connection: Connection, artifact: Artifact) -> None:
    artifacts.remove(connection, artifact.id)
    projects.remove(connection, artifact.project_id)


def read_outcome(directory: RunDirectory) -> Outcome:
    """The worker's last word; `lost` when there is none."""
    try:
        outcome = directory.read_outcome()
    except (msgspec.DecodeError, OSError):
        return Outcome(State.ERROR, UNREADABLE)
    if outcome is None:
        return Outcome(State.LOST, LOST)
    if outcome.state not in (State.COMPLETED, State.ERROR):
        return Outcome(State.ERROR, UNREADABLE)
    return outcome
