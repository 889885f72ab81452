"""How a job came to be what it is: every move with who caused it, its attempts and files, why it waits, and its configuration as YAML."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from appliance.audit import DONE, Entry
from appliance.configurations.document import read_document
from appliance.console.outputs import saved_as
from appliance.console.waiting import Wait, wait_of
from appliance.contract.job import Kind, State, Usage
from appliance.control_plane.api.job_wire import moment
from appliance.control_plane.api.jobs import find_job
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import artifacts, attempts
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import decode_all

NEWEST_LINES = 20_000
"""Of the audit log, searched for who cancelled a job: who made it is known without."""


class Move(msgspec.Struct, frozen=True, array_like=True):
    """One row of `job_moves`. Times are epoch seconds."""

    at: float
    from_state: str | None
    to_state: str
    attempt: int
    actor: str
    error_id: str | None


class MoveOnWire(msgspec.Struct, frozen=True, rename={"from_state": "from", "to_state": "to"}):
    """One move. `actor`: `api`, `scheduler`, `worker`, `deadline` or `recovery`; `by`: whose request it was, where it is known."""

    at: datetime
    from_state: str | None
    to_state: str
    attempt: int
    actor: str
    by: str
    error_id: str | None


class AttemptOnWire(msgspec.Struct, frozen=True):
    """One try: how it was launched and confined, what it used."""

    n: int
    launcher: str
    gpus: tuple[str, ...]
    confinement: dict[str, str] | None
    usage: Usage | None
    started_at: datetime
    ended_at: datetime | None


class FileOnWire(msgspec.Struct, frozen=True):
    """A stored file of the job by its artifact type, also of the types that clients do not ask for; `save_as`: a name for it unpacked."""

    type: str
    name: str
    size: int
    sha256: str
    save_as: str


class History(msgspec.Struct, frozen=True):
    """`memory_bytes` and `max_duration_seconds` are what its worker may use; `sources` the project artifacts that it reads, by role;
    `waiting` is null unless the job waits."""

    transitions: list[MoveOnWire]
    attempts: list[AttemptOnWire]
    artifacts: list[FileOnWire]
    sources: dict[str, str]
    memory_bytes: int
    max_duration_seconds: float
    waiting: Wait | None


class Configurations(msgspec.Struct, frozen=True):
    """The configuration of a model, or the parameters of a run, as YAML. Null: not (yet) known."""

    sent: str | None
    normalised: str | None
    resolved: str | None


async def show_history(call: Call) -> Answer:
    """Every move of a job, its attempts, its files, and why it waits."""
    job, services = find_job(call), call.services
    read = services.store.read
    moves = decode_all(Move, await services.store.long_read("job_moves", {"uid": job.uid}))
    cancelled = any(move.actor == "api" and move.to_state == State.CANCELLED for move in moves)
    who = await _canceller(call, job) if cancelled else ""
    limits = services.inventory.limits(job, (), services.settings)
    history = History(
        [_move(move, job, who) for move in moves],
        [_attempt(one) for one in attempts.of_job(read, job.id)],
        [FileOnWire(item.type, item.name, item.size, item.sha256, saved_as(job, item)) for item in artifacts.of_job(read, job.id)],
        {item.role: item.key for item in job.inputs if item.key},
        limits.memory_bytes,
        job.max_duration_s,
        wait_of(services, job),
    )
    return data(history)


def _attempt(one: attempts.Attempt) -> AttemptOnWire:
    ended = None if one.ended_at is None else moment(one.ended_at)
    return AttemptOnWire(one.n, one.launcher, one.gpus, one.confinement, one.usage, moment(one.started_at), ended)


def _move(move: Move, job: Job, canceller: str) -> MoveOnWire:
    by = job.owner_email if move.from_state is None else canceller if (move.actor, move.to_state) == ("api", State.CANCELLED) else ""
    return MoveOnWire(moment(move.at), move.from_state, move.to_state, move.attempt, move.actor, by, move.error_id)


async def _canceller(call: Call, job: Job) -> str:
    """Who asked for the end of a job; empty where the record does not tell (any more)."""
    lines = await call.services.store.long_read("job_told", {"uid": job.uid, "most": NEWEST_LINES})
    told = [msgspec.json.decode(line, type=Entry) for (line,) in lines]
    return next((entry.actor for entry in told if entry.action.endswith(("_cancel", "_delete")) and entry.result == DONE), "")


async def show_configuration(call: Call) -> Answer:
    """A job's configuration (of a run: its parameters) as sent, as normalised with every default, and as its worker resolved it."""
    job = find_job(call)
    normalised = job.configuration if job.kind is Kind.TRAIN else job.params
    texts = (job.configuration_sent, normalised, job.configuration_resolved)
    return data(Configurations(*[await asyncio.to_thread(as_yaml, text) for text in texts]))


def as_yaml(text: bytes | None) -> str | None:
    """A stored document, JSON or YAML, as YAML in the order of its keys; an envelope that clients put around it is left out."""
    if not text:
        return None
    import yaml  # the server reads JSON and is spared the YAML library

    document = read_document(text)
    inner = document.get("config")
    if inner and "models" not in document:
        document = read_document(inner.encode() if isinstance(inner, str) else inner)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the other one takes seconds for a large document
    return str(yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120))


_ONE = "/v1/appliance/jobs/{job_uid:str}"

ROUTES = (
    Route("GET", f"{_ONE}/history", Action.MODEL_READ, show_history, "Every move of a job", answer=History),
    Route("GET", f"{_ONE}/configuration", Action.MODEL_READ, show_configuration, "A job's configuration as YAML", answer=Configurations),
)
