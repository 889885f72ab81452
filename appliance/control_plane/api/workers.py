"""Workers elsewhere: claim, inputs, check-in, artifacts, final state. A model key opens exactly its own job; an older attempt gets 409."""

from __future__ import annotations

import asyncio
import hmac
import os
from pathlib import Path

import msgspec

from appliance.contract import worker_protocol as protocol
from appliance.contract.event import decode_events
from appliance.contract.job import Assignment, State
from appliance.contract.run_directory import RunDirectory
from appliance.control_plane.api.artifacts import allowance
from appliance.control_plane.api.auth import owner_standing, worker_job
from appliance.control_plane.api.files import FileAnswer, send_file
from appliance.control_plane.api.job_wire import run_directory
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare
from appliance.control_plane.artifact_store.outputs import LOG_TYPES, Outputs, file_names
from appliance.control_plane.artifact_store.uploads import receive
from appliance.control_plane.store import artifacts, keys, projects
from appliance.control_plane.store.artifacts import Artifact, JobArtifact
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.errors import AttemptFenced, BadRequest, Conflict, NotFound

CHECK_IN_S = 10.0
MOST_EVENT_BYTES = 64 << 20


async def claim(call: Call) -> Answer:
    """Take a manual job: it is active from now. Over the owner's limit it ends in error instead, before a row is read."""
    body = await call.body(protocol.ClaimRequest)
    job = worker_job(call, body.job)
    if not job.manual:
        raise Conflict("The job runs on this server itself; only jobs with runner_mode=manual can be taken.")
    if not body.token:
        raise BadRequest("`token` is missing: any text that the worker drew for this claim.")
    if job.state is not State.CREATED:
        return bare(await _claimed_before(call, job, body.token))
    call.user, call.via = owner_standing(call, job), "worker"
    if (project := projects.by_id(call.services.store.read, job.project_id)) is not None:
        call.project = project
    claimed = await call.services.scheduler.manual.claim(job.uid, call.entry(job.noun, job.uid, job.name))
    if claimed.state is not State.ACTIVE:
        raise Conflict(claimed.error_msg or f"The job is {claimed.state.value}.", hint=claimed.error_hint)
    directory = run_directory(call, claimed)
    await asyncio.to_thread(_prepare, directory, call.services.scheduler.manual.assignment(claimed), keys.digest(body.token))
    return bare(_claim(call, claimed))


async def send_input(call: Call) -> FileAnswer:
    """One input of a claimed job."""
    job = _of_attempt(call)
    for given in job.inputs:
        if given.name == call.path["name"]:
            source = Outputs(call.services.files).source(job, given)
            return await send_file(call, source, source.name)
    raise NotFound("The job has no such input.")


async def check_in(call: Call) -> Answer:
    """A sign of life with new events. Answers whether to stop, and how many bytes of events are held."""
    body = await call.body(protocol.CheckIn)
    job = worker_job(call, body.job)
    if await call.services.scheduler.manual.check_in(job.uid, body.attempt):
        return bare(protocol.CheckedIn(State.CANCELLED, True, body.offset))
    lines = body.lines.encode()
    _check_lines(lines)
    offset = await asyncio.to_thread(_append, run_directory(call, job).events, body.offset, lines)
    return bare(protocol.CheckedIn(State.ACTIVE, False, offset))


async def store_artifact(call: Call) -> Answer:
    """Take one artifact of a claimed job; the same type again replaces it until the job is settled."""
    job = _of_attempt(call)
    kind = call.path["type"]
    name = file_names(job.kind).get(kind)
    if name is None or kind == LOG_TYPES[job.kind]:
        raise BadRequest("That is no artifact type that a worker of this job uploads.")
    services = call.services
    part = services.files.uploads / f"{job.uid}.{job.attempt}.{services.random.token(6).hex()}.part"
    async with receive(call.chunks(), part, services.files.disk, allowance(call, services.store.read, job.owner_id)) as received:
        _of_attempt(call)
        try:
            await asyncio.to_thread(received.path.rename, run_directory(call, job).artifacts / name)
        except FileNotFoundError:
            raise AttemptFenced("The job was deleted while its artifact was uploaded.") from None
    return bare(protocol.Stored(kind, name, received.size, received.sha256))


async def settle(call: Call) -> Answer:
    """The worker's last word. A repetition answers the same state."""
    body = await call.body(protocol.Final)
    job = worker_job(call, body.job)
    if body.outcome.state not in (State.COMPLETED, State.ERROR):
        raise BadRequest("A worker ends its job `completed` or in `error`.")
    settled = await call.services.scheduler.manual.settle(job.uid, body.attempt, body.outcome)
    return bare(protocol.Settled(settled.state))


async def _claimed_before(call: Call, job: Job, token: str) -> protocol.Claim:
    """The answer again, for a worker that lost it. Raises AttemptFenced for any other."""
    known = await asyncio.to_thread(_read_token, run_directory(call, job))
    if job.state is State.ACTIVE and hmac.compare_digest(known, keys.digest(token)):
        return _claim(call, job)
    raise AttemptFenced(f"The job is {job.state.value}; another worker has it, or it is over.")


def _claim(call: Call, job: Job) -> protocol.Claim:
    inputs = tuple(_input_file(call, job, given) for given in job.inputs)
    services = call.services
    left = (job.active_at or 0.0) + job.max_duration_s - services.clock.now()
    often = min(CHECK_IN_S, services.settings.worker_timeout_s / 3)
    manual = services.scheduler.manual
    return protocol.Claim(manual.assignment(job), inputs, often, max(left, 0.0), manual.secrets(job))


def _input_file(call: Call, job: Job, given: JobInput) -> protocol.InputFile:
    held: Artifact | JobArtifact | None
    read = call.services.store.read
    path = protocol.input_path(job.uid, job.attempt, given.name)
    if given.role == "model":
        held = artifacts.job_artifact(read, job.model_id or 0, "model")
    else:
        held = artifacts.find(read, job.project_id, given.key)
    if held is None:
        raise NotFound(f"The input {given.role} was deleted.")
    return protocol.InputFile(given.role, given.name, path, held.size, held.sha256)


def _of_attempt(call: Call) -> Job:
    """The active job of a request that carries job and attempt in its path. Raises AttemptFenced."""
    job = worker_job(call, call.path["job_uid"])
    if str(job.attempt) != call.path["attempt"] or job.state is not State.ACTIVE or not job.manual:
        raise AttemptFenced()
    return job


def _prepare(directory: RunDirectory, assignment: Assignment, token: bytes) -> None:
    directory.create(assignment)
    directory.artifacts.mkdir(mode=0o700, exist_ok=True)
    (directory.path / "claim").write_bytes(token)


def _read_token(directory: RunDirectory) -> bytes:
    try:
        return (directory.path / "claim").read_bytes()
    except OSError:
        return b""


def _check_lines(lines: bytes) -> None:
    if lines and not lines.endswith(b"\n"):
        raise BadRequest("`lines` must be whole lines.")
    try:
        decode_events(lines)
    except msgspec.DecodeError:
        raise BadRequest("`lines` holds something that is no event.") from None


def _append(path: Path, offset: int, lines: bytes) -> int:
    """Write `lines` where they belong; what is held already is skipped, after a gap nothing is written. Bytes held afterwards."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        held = os.fstat(descriptor).st_size
        new = lines[held - offset :] if offset <= held else b""
        if held + len(new) > MOST_EVENT_BYTES:
            raise BadRequest(f"A job's events may take {MOST_EVENT_BYTES >> 20} MiB at most.")
        file.write(new)
    return held + len(new)


_ATTEMPT = f"{protocol.ATTEMPTS}/{{job_uid:str}}/{{attempt:str}}"

ROUTES = (
    Route("POST", protocol.CLAIM, Action.WORKER_CLAIM, claim, "Take a manual job", body=protocol.ClaimRequest, answer=protocol.Claim),
    Route("GET", f"{_ATTEMPT}/inputs/{{name:str}}", Action.WORKER, send_input, "An input of a claimed job"),
    Route("POST", protocol.CHECK_IN, Action.WORKER, check_in, "A sign of life", body=protocol.CheckIn, answer=protocol.CheckedIn),
    Route("PUT", f"{_ATTEMPT}/artifacts/{{type:str}}", Action.WORKER, store_artifact, "An artifact", answer=protocol.Stored, endless=True),
    Route("POST", protocol.FINAL, Action.WORKER, settle, "The final state", body=protocol.Final, answer=protocol.Settled),
)
