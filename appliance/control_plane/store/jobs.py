"""Jobs: models (train) and record handlers (run). Every move is a compare-and-set; the schema's triggers guard and record it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.audit import SERVER, Entry, line_of
from appliance.clock import timestamp
from appliance.contract.job import Failure, Kind, Outcome, Preload, State, Usage
from appliance.control_plane.store import audit, projects
from appliance.control_plane.store.statements import decode_all, many, one, run, sql, to_json, value

_JSON = ("usage", "scores", "confinement", "inputs")
DUPLICATE_WINDOW_S = 60.0


class JobInput(msgspec.Struct, frozen=True):
    """One input of a job: its role (as `contract.job.Input`), its file name inside `inputs/`, and the key of the project artifact it is.

    `key` is empty for the role `model`: that is the archive of the job's own model."""

    role: str
    name: str
    key: str = ""


class Job(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One job. Texts of the wire's ids are `uid` (24 hex) and `guid`; `model_id` and `model_uid` are the model of a run.

    `id`: 0 of a job that is not stored. `attempt`: number of the present attempt, 0 before the first. Times are epoch seconds.
    `memory_bytes` 0: no own request. `deleted`: gone for users, its files follow. `stopping`: ended, but processes of it may still live.
    `configuration_sent` are the bytes of the request, `configuration` the normalised JSON, `configuration_resolved` the worker's;
    `params` JSON: of a run `{params, data_source, ref_data}`. `body_sha256`: digest of what makes a repeated POST the same (the
    request's body). Column order of the table."""

    id: int = 0
    uid: str
    guid: str
    kind: Kind
    project_id: int
    owner_id: int
    owner_email: str
    model_id: int | None = None
    model_uid: str | None = None
    model_type: str
    name: str
    runner_mode: str = "cloud"
    preload: Preload = Preload.TABULAR
    state: State = State.CREATED
    attempt: int = 0
    priority: int = 0
    cpu: int = 1
    memory_bytes: int = 0
    gpus: int = 0
    max_duration_s: float = 3600.0
    seed: int | None = None
    created_at: float
    pending_at: float | None = None
    active_at: float | None = None
    ended_at: float | None = None
    last_heartbeat_at: float | None = None
    changed_at: float
    changed_by: str = "api"
    error_id: str | None = None
    error_msg: str | None = None
    error_hint: str | None = None
    error_stage: str | None = None
    traceback: str | None = None
    usage: Usage | None = None
    scores: dict[str, float] | None = None
    confinement: dict[str, str] | None = None
    worker_key_digest: bytes
    deleted: bool = False
    stopping: bool = False
    body_sha256: bytes
    inputs: tuple[JobInput, ...] = ()
    configuration_sent: bytes
    configuration: bytes
    configuration_resolved: bytes | None = None
    params: bytes = b"{}"

    @property
    def manual(self) -> bool:
        return self.runner_mode == "manual"

    @property
    def noun(self) -> str:
        """What the audit log calls it."""
        return "run" if self.kind is Kind.RUN else "model"


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """What the scheduler needs to know of a created job."""

    id: int
    owner_id: int
    priority: int
    created_at: float
    cpu: int
    memory_bytes: int
    gpus: int
    max_duration_s: float


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """A user's jobs in `created`, and in `pending` or `active`."""

    created: int
    running: int


def insert(connection: sqlite3.Connection, new: Job, *, max_created: int) -> Job | None:
    """Store a job in `created`; None when its owner has `max_created` of them already, or his own limit (one statement: nothing races it).

    A repeated model (same owner, project and body within 60 s, the first one still `created`) answers the first job; a repeated
    record handler is a new one, because people loop to make more batches."""
    parameters = {**msgspec.structs.asdict(new), "inputs": to_json(new.inputs)}
    parameters |= {"max_created": max_created, "since": new.created_at - DUPLICATE_WINDOW_S}
    earlier = one(connection, "job_duplicate", Job, parameters, json=_JSON) if new.kind is Kind.TRAIN else None
    return earlier or one(connection, "job_insert", Job, parameters, json=_JSON)


def by_id(connection: sqlite3.Connection, job_id: int) -> Job | None:
    """The job with that row id, deleted or not."""
    return one(connection, "job_by_id", Job, {"id": job_id}, json=_JSON)


def state_of(connection: sqlite3.Connection, job_id: int) -> State | None:
    """Only the state of the job with that row id; None when it is gone."""
    found = value(connection, "job_state", {"id": job_id})
    return None if found is None else State(found)


def by_uid(connection: sqlite3.Connection, uid: str) -> Job | None:
    """The job with that uid, deleted or not."""
    return one(connection, "job_by_uid", Job, {"uid": uid}, json=_JSON)


def find(connection: sqlite3.Connection, project_id: int, kind: Kind, uid: str) -> Job | None:
    """A job of a project by uid, unless it was deleted."""
    return one(connection, "job_find", Job, {"project_id": project_id, "kind": kind, "uid": uid}, json=_JSON)


class Search(msgspec.Struct, frozen=True):
    """Which jobs of a project. `sort`: `created`, `changed` or `name`; `query`: part of the name; no states: every state."""

    project_id: int
    kind: Kind
    model_id: int | None = None
    states: tuple[State, ...] = ()
    query: str = ""
    sort: str = "created"
    ascending: bool = False
    limit: int = 100
    skip: int = 0

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement `job_search`, also for `Store.long_read` (decode its rows with `decode_rows`)."""
        return {**msgspec.structs.asdict(self), "states": to_json(self.states)}


def decode_rows(rows: Iterable[tuple[Any, ...]]) -> list[Job]:
    """Jobs from the rows of a statement that selects whole job rows."""
    return decode_all(Job, rows, _JSON)


def counts(connection: sqlite3.Connection, owner_id: int) -> Counts:
    """How many jobs of the user wait and run."""
    return Counts(*connection.execute(sql("job_counts"), {"owner_id": owner_id}).fetchall()[0])


def waiting_after(connection: sqlite3.Connection, job_id: int) -> list[Waiting]:
    """Local jobs in `created` with a greater row id, in order."""
    return many(connection, "job_waiting_after", Waiting, {"id": job_id})


def live(connection: sqlite3.Connection) -> list[Job]:
    """Jobs in `pending` or `active`, and ended ones whose processes may still live."""
    return many(connection, "job_live", Job, {}, json=_JSON)


def deleted(connection: sqlite3.Connection) -> list[Job]:
    """Jobs that were deleted and whose rows are still here because their files may be."""
    return many(connection, "job_deleted", Job, {}, json=_JSON)


def of_project(connection: sqlite3.Connection, project_id: int) -> list[Job]:
    """Every job of a project, deleted or not."""
    return many(connection, "job_of_project", Job, {"project_id": project_id}, json=_JSON)


def runs_of(connection: sqlite3.Connection, model_id: int) -> list[Job]:
    """Record handlers of a model that are not deleted."""
    return many(connection, "job_runs_of", Job, {"model_id": model_id}, json=_JSON)


def claim(connection: sqlite3.Connection, job_id: int, *, runner_mode: str, max_running: int, actor: str, at: float) -> Job | None:
    """`created → pending` with attempt n+1; None when it is not `created` any more or its owner runs as many as he may."""
    parameters = {"id": job_id, "runner_mode": runner_mode, "max_running": max_running, "actor": actor, "at": at}
    return one(connection, "job_claim", Job, parameters, json=_JSON)


def next_attempt(connection: sqlite3.Connection, job: Job, *, actor: str, at: float) -> Job | None:
    """Attempt n+1 of a job that stays `pending`; None when it left that state or attempt."""
    return one(connection, "job_next_attempt", Job, {"id": job.id, "attempt": job.attempt, "actor": actor, "at": at}, json=_JSON)


def activate(connection: sqlite3.Connection, job: Job, *, actor: str, at: float) -> Job | None:
    """`pending → active`; the hour counts from `at`. None when the job is elsewhere or in another attempt."""
    return one(connection, "job_activate", Job, {"id": job.id, "attempt": job.attempt, "actor": actor, "at": at}, json=_JSON)


def end(
    connection: sqlite3.Connection, job: Job, outcome: Outcome, *, actor: str, at: float, states: Iterable[State], stopping: bool = False
) -> Job | None:
    """Compare-and-set from one of `states` to the outcome's; None when this call lost. Illegal moves raise sqlite3.IntegrityError.

    `stopping`: processes of the job still have to die. Empty facts replace nothing; scores of a manual job are never kept."""
    failure = msgspec.structs.asdict(outcome.failure) if outcome.failure else dict.fromkeys(Failure.__struct_fields__)
    facts = {
        "usage": to_json(outcome.usage if outcome.usage != Usage() else None),
        "scores": to_json(None if job.manual else outcome.report or None),
        "confinement": to_json(outcome.confinement or None),
        "configuration_resolved": msgspec.json.encode(outcome.resolved) if outcome.resolved else None,
    }
    move = {"id": job.id, "attempt": job.attempt, "from": to_json(list(states)), "to": outcome.state, "actor": actor, "at": at}
    ended = one(connection, "job_end", Job, {**failure, **facts, **move, "stopping": stopping}, json=_JSON)
    if ended is not None and actor != "api":  # who asks over the API has a line of their own
        audit.append(connection, line_of(_end_entry(connection, ended, actor, at)))
    return ended


def _end_entry(connection: sqlite3.Connection, job: Job, actor: str, at: float) -> Entry:
    project = projects.by_id(connection, job.project_id)
    return Entry(
        at=timestamp(at),
        actor=SERVER,
        via=actor,
        action=f"{job.noun}_end",
        kind=job.noun,
        id=job.uid,
        name=job.name[:200],
        project=project.guid if project is not None else "",
        result=job.state.value,
        detail={"owner": job.owner_email, **({"error": job.error_id} if job.error_id else {})},
    )


def heartbeat(connection: sqlite3.Connection, job_id: int, attempt: int, at: float) -> None:
    """Note a sign of life of a running attempt."""
    run(connection, "job_heartbeat", {"id": job_id, "attempt": attempt, "at": at})


def stopped(connection: sqlite3.Connection, job_id: int, usage: Usage) -> Job | None:
    """Every process of an ended job is dead. The row after; None when it is gone."""
    return one(connection, "job_stopped", Job, {"id": job_id, "usage": to_json(usage)}, json=_JSON)


def mark_deleted(connection: sqlite3.Connection, job_id: int, *, actor: str, at: float) -> Job | None:
    """Hide a job from users. The scheduler's `delete` calls it."""
    return one(connection, "job_mark_deleted", Job, {"id": job_id, "actor": actor, "at": at}, json=_JSON)


def remove(connection: sqlite3.Connection, job_id: int) -> bool:
    """Remove the row of a deleted job that is over and whose files are gone; runs of it forget their model. False while it may not go."""
    run(connection, "job_forget_model", {"id": job_id})
    return run(connection, "job_remove", {"id": job_id}) == 1
