"""The moves of a job as intents of the store: each is one transaction, and the compare-and-set inside it has the last word."""

from __future__ import annotations

import msgspec

from appliance.contract.job import FINAL, RUNNING, ArtifactDigest, Failure, Kind, Outcome, State
from appliance.control_plane.store import Connection, artifacts, attempts, jobs, projects
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.projects import Project
from appliance.errors import Conflict, NotFound

LAUNCHER = "local"
UNENDED = frozenset({State.CREATED, *RUNNING})


def claim(connection: Connection, wanted: list[tuple[int, tuple[str, ...]]], *, max_running: int, at: float) -> list[Job]:
    """`created → pending` with the attempt row, for each (job id, GPUs) that may; the jobs that moved."""
    claimed = []
    for job_id, gpus in wanted:
        job = jobs.claim(connection, job_id, runner_mode="cloud", max_running=max_running, actor="scheduler", at=at)
        if job is not None:
            attempts.begin(connection, job, launcher=LAUNCHER, gpus=gpus, at=at)
            claimed.append(job)
    return claimed


def begin_again(connection: Connection, job: Job, *, gpus: tuple[str, ...], actor: str, at: float) -> Job | None:
    """Attempt n+1 of a job whose attempt never began; None when the job is not `pending` in that attempt any more."""
    again = jobs.next_attempt(connection, job, actor=actor, at=at)
    if again is not None:
        attempts.begin(connection, again, launcher=LAUNCHER, gpus=gpus, at=at)
    return again


def activate(connection: Connection, job: Job, *, pid: int, boot_id: str, at: float) -> Job | None:
    """`pending → active`, counted from `at`; None when the job was ended in the meantime."""
    attempts.set_handle(connection, job, pid=pid, boot_id=boot_id)
    return jobs.activate(connection, job, actor="worker", at=at)


class Gathered(msgspec.Struct, frozen=True):
    """What an attempt left: its outcome, what the artifact store holds of it, when it became active (None: it never did) and its last
    sign of life."""

    outcome: Outcome
    kept: tuple[ArtifactDigest, ...]
    active_at: float | None
    beat: float | None


def settle(connection: Connection, job: Job, gathered: Gathered, *, at: float) -> Job | None:
    """The end of an attempt of which nothing lives, its artifacts with it. The row after; None when it is gone.

    A row that is still `pending` makes both moves when the worker was active; the state of a row that had been ended stays."""
    if jobs.state_of(connection, job.id) is None:
        return None
    outcome = gathered.outcome
    attempts.end(connection, job, outcome, at=at)
    if gathered.active_at is not None:
        jobs.activate(connection, job, actor="worker", at=gathered.active_at)
    if gathered.beat is not None:
        jobs.heartbeat(connection, job.id, job.attempt, gathered.beat)
    ended = jobs.end(connection, job, outcome, actor="worker", at=at, states=RUNNING) or jobs.stopped(connection, job.id, outcome.usage)
    artifacts.put_job_artifacts(connection, job.id, gathered.kept)  # last: its bytes are used in the month in which the job ended
    return ended


def cancel(connection: Connection, uid: str, *, at: float) -> Job:
    """Any state that is not final → `cancelled`; a final one stays. Raises NotFound."""
    return _cancel(connection, _known(connection, uid), at)


def fail(connection: Connection, job: Job, failure: Failure, *, actor: str, stopping: bool, at: float) -> Job | None:
    """→ `error`; None when the job was ended in the meantime."""
    return jobs.end(connection, job, Outcome(State.ERROR, failure), actor=actor, at=at, states=UNENDED, stopping=stopping)


def delete(connection: Connection, uid: str, *, at: float) -> list[Job]:
    """Hide a job, and the runs of a model with it; what was not over is cancelled. The rows after.

    Raises NotFound, and Conflict naming the record handlers that run."""
    job = _known(connection, uid)
    runs = jobs.runs_of(connection, job.id) if job.kind is Kind.TRAIN else []
    busy = [run.uid for run in runs if run.state in RUNNING]
    if busy:
        raise Conflict("The model has running record handlers: " + ", ".join(busy) + ".", hint="Cancel them first.")
    return [_hide(connection, each, at) for each in (*runs, job)]


def delete_project(connection: Connection, project: Project, *, at: float) -> tuple[list[Job], list[Artifact]]:
    """Hide a project with its jobs and artifacts; what was not over is cancelled. The rows of both after."""
    projects.mark_deleting(connection, project.id, at)
    hidden = [_hide(connection, job, at) for job in jobs.of_project(connection, project.id)]
    marked = artifacts.mark_project_deleting(connection, project.id)
    projects.remove(connection, project.id)
    return hidden, marked


def _known(connection: Connection, uid: str) -> Job:
    job = jobs.by_uid(connection, uid)
    if job is None or job.deleted:
        raise NotFound()
    return job


def _hide(connection: Connection, job: Job, at: float) -> Job:
    cancelled = _cancel(connection, job, at)
    return jobs.mark_deleted(connection, job.id, actor="api", at=at) or cancelled


def _cancel(connection: Connection, job: Job, at: float) -> Job:
    if job.state in FINAL:
        return job
    stopping = job.state in RUNNING and not job.manual
    return jobs.end(connection, job, Outcome(State.CANCELLED), actor="api", at=at, states=UNENDED, stopping=stopping) or job
