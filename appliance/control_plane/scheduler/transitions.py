"""The moves of a job as intents of the store: each is one transaction, and the compare-and-set inside it has the last word."""

from __future__ import annotations

import msgspec

from appliance.contract.job import FINAL, RUNNING, ArtifactDigest, Failure, Kind, Outcome, State, Usage
from appliance.control_plane.store import Connection, artifacts, attempts, jobs
from appliance.control_plane.store.jobs import Ending, Job
from appliance.errors import Conflict, NotFound

LOST = Failure("worker_lost", "The worker ended without a result.", hint="Try again; if it happens again, look at the machine's memory.")


def claim(connection: Connection, wanted: list[tuple[int, tuple[str, ...]]], *, launcher: str, max_running: int, at: float) -> list[Job]:
    """`created → pending` with the attempt row, for each (job id, GPUs) that may; the jobs that moved."""
    claimed = []
    for job_id, gpus in wanted:
        job = jobs.claim(connection, job_id, runner_mode="cloud", max_running=max_running, actor="scheduler", at=at)
        if job is not None:
            attempts.begin(connection, job.id, job.attempt, launcher=launcher, gpus=gpus, at=at)
            claimed.append(job)
    return claimed


def begin_again(connection: Connection, job: Job, *, launcher: str, gpus: tuple[str, ...], actor: str, at: float) -> Job | None:
    """Attempt n+1 of a job whose attempt never began; None when the job is not `pending` in that attempt any more."""
    again = jobs.next_attempt(connection, job, actor=actor, at=at)
    if again is not None:
        attempts.begin(connection, again.id, again.attempt, launcher=launcher, gpus=gpus, at=at)
    return again


def activate(connection: Connection, job: Job, *, actor: str, pid: int, boot_id: str, at: float) -> Job | None:
    """`pending → active`, counted from `at`; None when the job was ended in the meantime."""
    attempts.set_handle(connection, job.id, job.attempt, pid=pid, boot_id=boot_id, handle={"pid": pid})
    return jobs.activate(connection, job, actor=actor, at=at)


class Gathered(msgspec.Struct, frozen=True):
    """What an attempt left: its outcome, what the artifact store holds of it, when it became active (None: it never did) and its last
    sign of life."""

    outcome: Outcome
    kept: tuple[ArtifactDigest, ...]
    active_at: float | None
    beat: float | None


def settle(connection: Connection, job: Job, gathered: Gathered, *, at: float) -> Job | None:
    """The end of an attempt, its artifacts with it. The row after, also when the job had been ended in the meantime; None when it is gone.

    A row that is still `pending` makes both moves when the worker was active."""
    if jobs.by_id(connection, job.id) is None:
        return None
    outcome = gathered.outcome
    attempts.end(connection, job.id, job.attempt, usage=outcome.usage, confinement=outcome.confinement, at=at)
    artifacts.put_job_artifacts(connection, job.id, gathered.kept)
    if gathered.active_at is not None:
        jobs.activate(connection, job, actor="worker", at=gathered.active_at)
    if gathered.beat is not None:
        jobs.heartbeat(connection, job.id, job.attempt, gathered.beat)
    settled = jobs.end(connection, job, ending(outcome, "worker", at, keep_scores=not job.manual), states=RUNNING)
    return settled or _no_more_processes(connection, job, outcome.usage)


def _no_more_processes(connection: Connection, job: Job, usage: Usage) -> Job | None:
    jobs.stopped(connection, job.id, usage)
    return jobs.by_id(connection, job.id)


def ending(outcome: Outcome, actor: str, at: float, *, keep_scores: bool) -> Ending:
    """What the store keeps of an outcome: never a score of a manual run."""
    return Ending(
        outcome.state,
        actor,
        at,
        failure=outcome.failure or (LOST if outcome.state is State.LOST else None),
        usage=outcome.usage,
        scores=outcome.report if keep_scores else None,
        confinement=outcome.confinement,
        resolved=msgspec.json.encode(outcome.resolved) if outcome.resolved else None,
    )


def stopped(connection: Connection, job: Job, kept: tuple[ArtifactDigest, ...], *, usage: Usage, at: float) -> Job | None:
    """Every process of a job that had ended before is dead now. The row after; None when it is gone."""
    if jobs.by_id(connection, job.id) is None:
        return None
    attempts.end(connection, job.id, job.attempt, usage=usage, confinement=None, at=at)
    artifacts.put_job_artifacts(connection, job.id, kept)
    return _no_more_processes(connection, job, usage)


def cancel(connection: Connection, uid: str, *, actor: str, at: float) -> Job:
    """Any state that is not final → `cancelled`; a final one stays. Raises NotFound."""
    job = jobs.by_uid(connection, uid)
    if job is None or job.deleted:
        raise NotFound()
    return _cancel(connection, job, actor, at)


def fail(connection: Connection, job: Job, failure: Failure, *, actor: str, stopping: bool, at: float) -> Job | None:
    """→ `error`; None when the job was ended in the meantime."""
    states = (State.CREATED, State.PENDING, State.ACTIVE)
    return jobs.end(connection, job, Ending(State.ERROR, actor, at, failure=failure, stopping=stopping), states=states)


def delete(connection: Connection, uid: str, *, actor: str, at: float) -> list[Job]:
    """Hide a job, and the runs of a model with it; what was not over is cancelled. The rows after.

    Raises NotFound, and Conflict naming the record handlers that run."""
    job = jobs.by_uid(connection, uid)
    if job is None or job.deleted:
        raise NotFound()
    runs = jobs.runs_of(connection, job.id) if job.kind is Kind.TRAIN else []
    busy = [run.uid for run in runs if run.state in RUNNING]
    if busy:
        raise Conflict("The model has running record handlers: " + ", ".join(busy) + ".", hint="Cancel them first.")
    return [hide(connection, each, actor=actor, at=at) for each in (*runs, job)]


def hide(connection: Connection, job: Job, *, actor: str, at: float) -> Job:
    """Cancel a job if it is not over, and mark it deleted. The row after."""
    cancelled = _cancel(connection, job, actor, at)
    return jobs.mark_deleted(connection, job.id, actor=actor, at=at) or cancelled


def _cancel(connection: Connection, job: Job, actor: str, at: float) -> Job:
    if job.state in FINAL:
        return job
    stopping = job.state in RUNNING and not job.manual
    states = (State.CREATED, State.PENDING, State.ACTIVE)
    return jobs.end(connection, job, Ending(State.CANCELLED, actor, at, stopping=stopping), states=states) or job
