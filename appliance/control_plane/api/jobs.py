"""Jobs across projects, as the Console shows them: the newest of the caller's projects, and one of any kind in full."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from appliance.contract.job import Usage
from appliance.control_plane.api.job_wire import state_history, states, stored_artifacts
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import jobs, projects
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import to_json
from appliance.errors import NotFound

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
    return data({"jobs": [summary(job, project) for job in found if (project := owners[job.project_id]) is not None]})


async def show_job(call: Call) -> Answer:
    """One job of any kind in full."""
    job = find_job(call)
    told = msgspec.convert(job, JobDetails, from_attributes=True)
    resolved = msgspec.Raw(job.configuration_resolved or b"null")
    details = msgspec.structs.replace(told, resolved=resolved, artifacts=stored_artifacts(call, job))
    return data({"job": summary(job, call.project), "details": details})


def find_job(call: Call) -> Job:
    """The job of any kind that the path names, in the project that let the call in. Raises NotFound."""
    job = jobs.by_uid(call.services.store.read, call.path["job_uid"])
    if job is None or job.deleted:
        raise NotFound("There is no such job.")
    return job


def summary(job: Job, project: projects.Project) -> JobSummary:
    """A job of that project as a list shows it."""
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
_ONE = "/v1/appliance/jobs/{job_uid:str}"

ROUTES = (
    Route("GET", "/v1/appliance/jobs", Action.PROJECT_LIST, list_jobs, "Newest jobs", answer=JobSummary, query=_SEARCH),
    Route("GET", _ONE, Action.MODEL_READ, show_job, "One job in full", answer=JobDetails),
)
