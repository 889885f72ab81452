"""Models: made from a configuration, watched, cancelled, deleted; their files by signed link."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import msgspec

from appliance.configurations import Configuration, normalise
from appliance.configurations.document import read_document
from appliance.contract.job import Kind, State
from appliance.control_plane.api import submission
from appliance.control_plane.api.answers import Answer, data
from appliance.control_plane.api.auth import model_key
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.job_wire import JobOnWire, job_answer, on_wire, output_link, states, submitted
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.routes import Route
from appliance.control_plane.api.runner_modes import runner_mode
from appliance.control_plane.api.submission import Source
from appliance.control_plane.scheduler.admission import check_resources, created_limit
from appliance.control_plane.store import Connection, jobs, keys, projects
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.errors import BadRequest, ConfigurationRefused, Fault, NotFound

SORT_FIELDS = {"last_modified": "changed", "status_history.created": "created", "model_name": "name"}


class StatusChange(msgspec.Struct, frozen=True):
    """The only change that a client may ask for: `cancelled`."""

    status: str


async def create_model(call: Call) -> Answer:
    """Store a train job and answer it, with its worker key. `dry_run=yes` checks everything and stores nothing."""
    body = await call.content()
    mode = runner_mode(call, call.project.runner_mode or "cloud")
    dry_run = call.query_choice("dry_run", ("no", "yes"), "no") == "yes"
    configuration = normalise(configuration_of(body), allow=call.services.allow)
    inputs, tables = submission.find_inputs(call, _sources(configuration, mode, dry_run), mode)
    _check_columns(configuration, inputs, tables)
    new = _new_job(call, configuration, body, mode, inputs, tables)
    job = new if dry_run else await store_job(call, new, ("models", 0, configuration.model_type, "data_source"))
    return submitted(call, "model", job, on_wire(call, job))


def configuration_of(body: bytes) -> dict[str, Any]:
    """The configuration in a request: the body itself, JSON or YAML, or its `config` beside a `provenance`."""
    document = read_document(body)
    if "config" in document and "models" not in document:
        inner = document["config"]
        return read_document(inner.encode() if isinstance(inner, str) else inner)
    return document


async def show_model(call: Call) -> Answer:
    """One model; `expand` adds its log and the names of its files."""
    return await job_answer(call, "model", find_model(call))


async def list_models(call: Call) -> Answer:
    """Models of the project that match, newest first unless sorted otherwise. Manual ones show base names of their sources only."""
    sort = SORT_FIELDS[call.query_choice("sort_field", tuple(SORT_FIELDS), "status_history.created")]
    wanted = jobs.Search(
        call.project.id,
        Kind.TRAIN,
        states=states(call),
        query=call.query("model_name"),
        sort=sort,
        ascending=call.query_choice("sort_by", ("asc", "desc"), "desc") == "asc",
        limit=call.query_int("limit", 100, 1000),
        skip=call.query_int("skip", 0, 10**7),
    )
    if call.query("workflow_run_id"):
        return data({"models": []})
    found = jobs.decode_rows(await call.services.store.long_read("job_search", wanted.parameters))
    return data({"models": [on_wire(call, _base_names(job)) for job in found]})


async def change_model(call: Call) -> Answer:
    """Cancel. A model that is over stays as it is."""
    await cancel(call, find_model(call))
    return await job_answer(call, "model", find_model(call))


async def delete_model(call: Call) -> Answer:
    """Delete a model with its files; a running one is cancelled first. Refused while record handlers of it run."""
    model = find_model(call)
    await call.services.scheduler.delete(model.uid)
    return data({"uid": model.uid})


async def link_model_output(call: Call) -> Answer:
    """A signed link for one of the model's files, there or not."""
    return data({"url": output_link(call, find_model(call)), "method": "GET"})


def find_model(call: Call) -> Job:
    """The model that the path names. Raises NotFound."""
    job = jobs.find(call.services.store.read, call.project.id, Kind.TRAIN, call.path["model_id"])
    if job is None:
        raise NotFound("There is no such model in this project.")
    return job


async def cancel(call: Call, job: Job) -> None:
    """What PATCH of a job does. Raises BadRequest for any other status."""
    body = await call.body(StatusChange)
    if body.status != State.CANCELLED:
        raise BadRequest("`status` can only be set to `cancelled`.")
    if not job.state.final:
        await call.services.scheduler.cancel(job.uid)


async def store_job(call: Call, new: Job, faulty: submission.Loc) -> Job:
    """Insert a job durably, or answer the one that the same POST made a moment ago; the scheduler is woken at commit.

    Raises LimitReached when the caller's queue is full, NotFound when the project went meanwhile."""
    services = call.services
    check_resources(services.inventory, memory_bytes=new.memory_bytes, gpus=new.gpus)

    def insert(connection: Connection) -> Job | None:
        project_is_there(connection, call.project.id)
        submission.recheck(connection, call.project.id, new.inputs, faulty)
        return jobs.insert(connection, new, max_created=services.settings.max_created)

    job = await services.store.write(insert, committed=services.scheduler.wake)
    if job is None:
        raise created_limit(services.settings)
    return job


def project_is_there(connection: Connection, project_id: int) -> None:
    """Raises NotFound for a project that was deleted since the request came in."""
    project = projects.by_id(connection, project_id)
    if project is None or project.deleting:
        raise NotFound("There is no such project, or you are not a member of it.")


def _sources(configuration: Configuration, mode: str, dry_run: bool) -> list[Source]:
    place: submission.Loc = ("models", 0, configuration.model_type)
    found = [Source(f"ref_data.{key}", (*place, "ref_data", key), text) for key, text in configuration.ref_data.items()]
    if configuration.data_source is not None:
        return [Source("data_source", (*place, "data_source"), configuration.data_source), *found]
    if configuration.section.get("data_source") is not None and mode == "cloud" and not dry_run:
        message = "data_source is a placeholder; put the key of an uploaded artifact there."
        raise ConfigurationRefused((Fault((*place, "data_source"), message),))
    return found


def _check_columns(configuration: Configuration, inputs: tuple[JobInput, ...], tables: list[Artifact]) -> None:
    for given, table in zip(inputs, tables, strict=True):
        if given.role == "data_source" and table.profile_state == "ready" and table.columns:
            submission.check_columns(configuration, table.columns)


def _new_job(
    call: Call, configuration: Configuration, body: bytes, mode: str, inputs: tuple[JobInput, ...], tables: list[Artifact]
) -> Job:
    services, user, at = call.services, call.user, call.services.clock.now()
    identity = submission.new_identity(Kind.TRAIN, services.random)
    needs = submission.needs(call, configuration.model_type, configuration.section.get("appliance") or {}, tables)
    return Job(
        uid=identity.uid,
        guid=identity.guid,
        kind=Kind.TRAIN,
        project_id=call.project.id,
        owner_id=user.id,
        owner_email=user.email,
        model_type=configuration.model_type,
        name=configuration.name,
        configuration_sent=body,
        configuration=msgspec.json.encode(configuration.document),
        worker_key_digest=keys.digest(model_key(services.secret, identity.uid)),
        body_sha256=submission.body_digest(body, runner_mode=mode),
        created_at=at,
        changed_at=at,
        inputs=inputs,
        runner_mode=mode,
        preload=needs.preload,
        memory_bytes=needs.memory_bytes,
        max_duration_s=needs.max_duration_s,
        seed=needs.seed,
    )


def _base_names(job: Job) -> Job:
    if not job.manual:
        return job
    document = msgspec.json.decode(job.configuration)
    for section in document["models"][0].values():
        section["data_source"] = base_name(section.get("data_source"))
        section["ref_data"] = {key: base_name(text) for key, text in (section.get("ref_data") or {}).items()}
    return msgspec.structs.replace(job, configuration=msgspec.json.encode(document))


def base_name(text: str | None) -> str | None:
    """The last segment of a path or URL: what a listing may show of a worker's own files."""
    return PurePath(text.replace("\\", "/")).name if text else text


_PLACE = "/projects/{project_id:str}/models"
_ONE = _PLACE + "/{model_id:str}"
_CREATE = {"dry_run": "yes checks only", "runner_mode": "cloud (default) or manual"}
_SEARCH = {
    "model_name": "part of the name",
    "status": "comma-separated states",
    "sort_field": ", ".join(SORT_FIELDS),
    "sort_by": "asc or desc",
    "limit": "at most 1000",
    "skip": "how many to leave out",
}
_EXPAND = {"expand": "comma-separated: logs, artifacts"}
_LINK = {"type": "artifact type", "uncompressed": "true: unpacked on the way"}

ROUTES = (
    Route("POST", _PLACE, Action.MODEL_CREATE, create_model, "Train a model", body=dict[str, Any], answer=JobOnWire, query=_CREATE),
    Route("GET", _PLACE, Action.MODEL_READ, list_models, "Models of a project", answer=JobOnWire, query=_SEARCH),
    Route("GET", _ONE, Action.MODEL_READ, show_model, "One model", answer=JobOnWire, query=_EXPAND),
    Route("PATCH", _ONE, Action.MODEL_CHANGE, change_model, "Cancel a model", body=StatusChange),
    Route("DELETE", _ONE, Action.MODEL_DELETE, delete_model, "Delete a model"),
    Route("GET", f"{_ONE}/artifact", Action.MODEL_READ, link_model_output, "A link to one of a model's files", query=_LINK),
)
