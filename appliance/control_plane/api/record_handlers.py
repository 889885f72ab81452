"""Record handlers: jobs that run a model. Each belongs to its model and goes with it."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.configurations import Configuration, RunParameters, normalise, normalise_run
from appliance.configurations.document import read_document
from appliance.contract.artifact import MODEL_ARTIFACTS
from appliance.contract.job import Kind, State
from appliance.control_plane.api import submission
from appliance.control_plane.api.answers import Answer, data
from appliance.control_plane.api.auth import model_key
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.job_wire import (
    HandlerOnWire,
    job_answer,
    job_logs,
    on_wire,
    output_link,
    states,
    stored_artifacts,
    submitted,
)
from appliance.control_plane.api.models import StatusChange, base_name, cancel, find_model, store_job
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.routes import Route
from appliance.control_plane.api.runner_modes import runner_mode
from appliance.control_plane.api.submission import Source
from appliance.control_plane.store import artifacts, jobs, keys
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.errors import Conflict, NotFound


class RunBody(msgspec.Struct, frozen=True):
    """What a model is run with; documented here, checked against the model's type."""

    params: dict[str, Any] | None = None
    data_source: str | None = None
    ref_data: dict[str, str] | None = None


async def create_handler(call: Call) -> Answer:
    """Store a run of a completed model and answer it, with its worker key."""
    model = find_model(call)
    body = await call.content()
    mode = runner_mode(call, model.runner_mode, inherited=model.runner_mode)
    configuration = normalise(msgspec.json.decode(model.configuration), allow=call.services.allow)
    parameters = normalise_run(configuration, read_document(body or b"{}"))
    inputs, tables = submission.find_inputs(call, _sources(parameters), mode)
    new = _new_job(call, model, configuration, parameters, body, mode, (*_archive(call, model, mode), *inputs), tables)
    job = await store_job(call, new, ("data_source",))
    return submitted(call, "handler", job, on_wire(call, job, model.guid))


async def show_handler(call: Call) -> Answer:
    """One record handler; `expand` adds its log and the names of its files."""
    model, job = find_handler(call)
    return await job_answer(call, "handler", job, model.guid)


async def list_handlers(call: Call) -> Answer:
    """Record handlers of a model, newest first; clients page until an empty answer."""
    model = find_model(call)
    limit, skip = call.query_int("limit", 10, 1000), call.query_int("skip", 0, 10**7)
    wanted = jobs.Search(call.project.id, Kind.RUN, model_id=model.id, states=states(call), limit=limit, skip=skip)
    found = jobs.decode_rows(await call.services.store.long_read("job_search", wanted.parameters))
    expand = call.query_list("expand")
    return data({"handlers": [await _listed(call, job, model, expand) for job in found]})


async def change_handler(call: Call) -> Answer:
    """Cancel. A record handler that is over stays as it is."""
    _, job = find_handler(call)
    await cancel(call, job)
    model, job = find_handler(call)
    return await job_answer(call, "handler", job, model.guid)


async def delete_handler(call: Call) -> Answer:
    """Delete a record handler with its files; a running one is cancelled first."""
    _, job = find_handler(call)
    await call.services.scheduler.delete(job.uid)
    return data({"uid": job.uid})


async def link_handler_output(call: Call) -> Answer:
    """A signed link for one of the record handler's files, there or not."""
    _, job = find_handler(call)
    return data({"url": output_link(call, job), "method": "GET"})


def find_handler(call: Call) -> tuple[Job, Job]:
    """The model and the record handler that the path names. Raises NotFound."""
    model = find_model(call)
    job = jobs.find(call.services.store.read, call.project.id, Kind.RUN, call.path["handler_id"])
    if job is None or job.model_id != model.id:
        raise NotFound("There is no such record handler of this model.")
    return model, job


async def _listed(call: Call, job: Job, model: Job, expand: list[str]) -> Any:
    shown = on_wire(call, _base_names(job), model.guid)
    if not expand:
        return shown
    whole = msgspec.to_builtins(msgspec.structs.replace(shown, config=msgspec.Raw(b"null")))
    whole["config"] = shown.config
    if "logs" in expand:
        whole["logs"] = await job_logs(call, job)
    if "artifacts" in expand:
        whole["artifacts"] = stored_artifacts(call, job)
    return whole


def _base_names(job: Job) -> Job:
    if not job.manual:
        return job
    document = msgspec.json.decode(job.params)
    document["data_source"] = base_name(document.get("data_source"))
    document["ref_data"] = {key: base_name(text) for key, text in (document.get("ref_data") or {}).items()}
    return msgspec.structs.replace(job, params=msgspec.json.encode(document))


def _sources(parameters: RunParameters) -> list[Source]:
    found = [Source(f"ref_data.{key}", ("ref_data", key), text) for key, text in parameters.ref_data.items()]
    if parameters.data_source is not None:
        found.insert(0, Source("seed", ("data_source",), parameters.data_source))
    return found


def _archive(call: Call, model: Job, mode: str) -> tuple[JobInput, ...]:
    """The model's archive as an input. A manual worker may hold it itself; the bench's own types leave none."""
    if model.state is not State.COMPLETED:
        raise Conflict(f"The model is {model.state.value}; it can be run once it is completed.")
    if artifacts.job_artifact(call.services.store.read, model.id, "model") is not None:
        return (JobInput("model", MODEL_ARTIFACTS["model"]),)
    if mode == "manual" or model.model_type in call.services.allow:
        return ()
    raise Conflict("The model's archive is not on this server: run it with `runner_mode=manual` where it was trained.")


def _new_job(
    call: Call,
    model: Job,
    configuration: Configuration,
    parameters: RunParameters,
    body: bytes,
    mode: str,
    inputs: tuple[JobInput, ...],
    tables: list[Artifact],
) -> Job:
    services, user, at = call.services, call.user, call.services.clock.now()
    identity = submission.new_identity(Kind.RUN, services.random)
    needs = submission.needs(call, configuration.model_type, parameters.params.get("appliance") or {}, tables)
    document = {"params": parameters.params, "data_source": parameters.data_source, "ref_data": parameters.ref_data}
    return Job(
        uid=identity.uid,
        guid=identity.guid,
        kind=Kind.RUN,
        project_id=call.project.id,
        owner_id=user.id,
        owner_email=user.email,
        model_id=model.id,
        model_uid=model.uid,
        model_type=model.model_type,
        name=model.name,
        configuration_sent=body,
        configuration=model.configuration,
        params=msgspec.json.encode(document),
        worker_key_digest=keys.digest(model_key(services.secret, identity.uid)),
        body_sha256=submission.body_digest(body, runner_mode=mode),
        created_at=at,
        changed_at=at,
        inputs=inputs,
        runner_mode=mode,
        preload=needs.preload,
        memory_bytes=max(needs.memory_bytes, model.memory_bytes),
        max_duration_s=needs.max_duration_s,
        seed=needs.seed,
    )


_PLACE = "/projects/{project_id:str}/models/{model_id:str}/record_handlers"
_ONE = _PLACE + "/{handler_id:str}"
_CREATE = {"runner_mode": "cloud, manual or inherit"}
_LIST = {"status": "comma-separated states", "limit": "at most 1000", "skip": "how many to leave out", "expand": "logs, artifacts"}
_EXPAND = {"expand": "comma-separated: logs, artifacts"}
_LINK = {"type": "artifact type", "uncompressed": "true: unpacked on the way"}

ROUTES = (
    Route("POST", _PLACE, Action.RUN_CREATE, create_handler, "Run a model", body=RunBody, answer=HandlerOnWire, query=_CREATE),
    Route("GET", _PLACE, Action.RUN_READ, list_handlers, "Record handlers of a model", answer=HandlerOnWire, query=_LIST),
    Route("GET", _ONE, Action.RUN_READ, show_handler, "One record handler", answer=HandlerOnWire, query=_EXPAND),
    Route("PATCH", _ONE, Action.RUN_CHANGE, change_handler, "Cancel a record handler", body=StatusChange),
    Route("DELETE", _ONE, Action.RUN_DELETE, delete_handler, "Delete a record handler"),
    Route("GET", f"{_ONE}/artifact", Action.RUN_READ, link_handler_output, "A link to one of its files", query=_LINK),
)
