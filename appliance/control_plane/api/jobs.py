"""Jobs across projects, as the Console shows them: the newest of the caller's projects, and the events of one by byte range."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from appliance.contract.event import Event, Log, decode_event
from appliance.contract.job import Usage
from appliance.contract.run_directory import open_plain
from appliance.control_plane.api.job_wire import run_directory, state_history, states, stored_artifacts
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.store import jobs, projects
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import to_json
from appliance.errors import BadRequest, NotFound

MOST_EVENT_BYTES = 1 << 20
LEVELS = ("debug", "info", "warning", "error")


class JobSummary(msgspec.Struct, frozen=True, rename={"state": "status", "model_uid": "model_id"}):
    """One job in a list. `model_id` of a run is its model, of a model itself."""

    uid: str
    kind: str
    state: str
    model_uid: str | None
    name: str
    model_type: str
    runner_mode: str
    owner_email: str
    error_msg: str | None
    project_guid: str = ""
    project_name: str = ""
    scores: dict[str, float] | None = None
    status_history: dict[str, datetime] = {}


class JobDetails(msgspec.Struct, frozen=True, rename={"max_duration_s": "max_duration_seconds"}):
    """What only this server tells of a job: attempts, seed, what it used, how it was confined, what it resolved, its files."""

    uid: str
    attempt: int
    seed: int | None
    memory_bytes: int
    max_duration_s: float
    usage: Usage | None
    scores: dict[str, float] | None
    confinement: dict[str, str] | None
    error_id: str | None
    error_stage: str | None
    error_hint: str | None
    resolved: Any = None
    artifacts: list[dict[str, str | int]] = []


async def list_jobs(call: Call) -> Answer:
    """The newest jobs that match, of every project in which the caller may read."""
    parameters = {
        "user_id": call.user.id,
        "project": call.query("project"),
        "states": to_json(states(call)),
        "query": call.query("query"),
        "limit": call.query_int("limit", 50, 200),
        "skip": call.query_int("skip", 0, 10**7),
    }
    found = jobs.decode_rows(await call.services.store.long_read("job_newest", parameters))
    owners = {number: projects.by_id(call.services.store.read, number) for number in {job.project_id for job in found}}
    return data({"jobs": [_summary(job, project) for job in found if (project := owners[job.project_id]) is not None]})


async def show_job(call: Call) -> Answer:
    """One job of any kind in full."""
    job = find_job(call)
    told = msgspec.convert(job, JobDetails, from_attributes=True)
    resolved = msgspec.Raw(job.configuration_resolved or b"null")
    details = msgspec.structs.replace(told, resolved=resolved, artifacts=stored_artifacts(call, job))
    return data({"job": _summary(job, call.project), "details": details})


async def read_events(call: Call) -> Answer:
    """Events from byte `after` on, whole lines only. `next` is the `after` of the next call; `final`: nothing will be added."""
    job = find_job(call)
    after = call.query_int("after", 0, 999_999_999)
    limit = call.query_int("limit", 1000, 10_000)
    level = call.query_choice("level", LEVELS, LEVELS[0])
    events: list[Event] = []
    after, lines = await asyncio.to_thread(_lines, run_directory(call, job).events, after)
    for line in lines:
        if len(events) == limit:
            break
        after += len(line)
        event = _event(line)
        if event is not None and (not isinstance(event, Log) or _rank(event.level) >= LEVELS.index(level)):
            events.append(event)
    return bare({"events": events, "next": after, "final": job.state.final})


def _event(line: bytes) -> Event | None:
    try:
        return decode_event(line)
    except msgspec.DecodeError:
        return None


def _rank(level: str) -> int:
    return LEVELS.index(level if level in LEVELS else "info")


def _lines(path: Path, after: int) -> tuple[int, list[bytes]]:
    """Whole lines from a byte on, and where they begin: a line over 1 MiB is passed over. Raises BadRequest when `after` begins none."""
    try:
        file = open_plain(path)
    except OSError:
        return after, []
    with file:
        if after:
            file.seek(after - 1)
            if file.read(1) not in (b"\n", b""):
                raise BadRequest("`after` is not a place where an event begins; use the `next` of an earlier answer.")
        content = file.read(MOST_EVENT_BYTES)
        while len(content) == MOST_EVENT_BYTES and b"\n" not in content and (rest := file.readline(MOST_EVENT_BYTES)):
            if rest.endswith(b"\n"):
                after, content = file.tell(), file.read(MOST_EVENT_BYTES)
    return after, content[: content.rfind(b"\n") + 1].splitlines(keepends=True)


def find_job(call: Call) -> Job:
    """The job of any kind that the path names, in the project that let the call in. Raises NotFound."""
    job = jobs.by_uid(call.services.store.read, call.path["job_uid"])
    if job is None or job.deleted:
        raise NotFound("There is no such job.")
    return job


def _summary(job: Job, project: projects.Project) -> JobSummary:
    told = msgspec.convert(job, JobSummary, from_attributes=True)
    place = {"project_guid": project.guid, "project_name": project.name}
    return msgspec.structs.replace(told, model_uid=job.model_uid or job.uid, status_history=state_history(job), **place)


_SEARCH = {
    "project": "guid of the only project",
    "status": "comma-separated states",
    "query": "part of the name",
    "limit": "at most 200",
    "skip": "how many to leave out",
}
_EVENTS = {"after": "byte to go on from", "limit": "at most this many events", "level": "least level of log events"}
_ONE = "/v1/appliance/jobs/{job_uid:str}"

ROUTES = (
    Route("GET", "/v1/appliance/jobs", Action.PROJECT_LIST, list_jobs, "Newest jobs", answer=JobSummary, query=_SEARCH),
    Route("GET", _ONE, Action.MODEL_READ, show_job, "One job in full", answer=JobDetails),
    Route("GET", f"{_ONE}/events", Action.MODEL_READ, read_events, "Events of a job by byte range", query=_EVENTS),
)
