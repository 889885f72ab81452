"""Models, made from a configuration, and record handlers, which run a model and go with it: made, watched, cancelled, deleted."""

from __future__ import annotations

import asyncio
from pathlib import PurePath
from typing import Any

import msgspec

from appliance.configurations import Configuration, RunParameters, normalise, normalise_run
from appliance.configurations.columns import check_columns
from appliance.configurations.document import Loc, read_document
from appliance.contract.artifact import MODEL_ARTIFACTS
from appliance.contract.job import Kind, State
from appliance.control_plane.api.answers import encode
from appliance.control_plane.api.job_wire import HandlerOnWire, JobOnWire, job_answer, listed, on_wire, output_link, states, submitted
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.api.submission import Source, find_inputs, needs, new_job, runner_mode, store_job
from appliance.control_plane.store import artifacts, jobs
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.errors import BadRequest, ConfigurationRefused, Conflict, Fault, NotFound

SORT_FIELDS = {"last_modified": "changed", "status_history.created": "created", "model_name": "name"}


class RunBody(msgspec.Struct, frozen=True):
    """What a model is run with; documented here, checked against the model's type."""

    params: dict[str, Any] | None = None
    data_source: str | None = None
    ref_data: dict[str, str] | None = None


class StatusChange(msgspec.Struct, frozen=True):
    """The only change that a client may ask for: `cancelled`."""

    status: str


async def create_model(call: Call) -> Answer:
    """Store a train job and answer it, with its worker key. `dry_run=yes` checks everything and stores nothing."""
    body = await call.content()
    mode = runner_mode(call, call.project.runner_mode or "cloud")
    dry_run = call.query_choice("dry_run", ("no", "yes"), "no") == "yes"
    configuration = await asyncio.to_thread(normalise, configuration_of(body), allow=call.services.allow)
    place: Loc = ("models", 0, configuration.model_type)
    inputs, tables = find_inputs(call, model_sources(configuration, place, needed=mode == "cloud" and not dry_run), mode)
    for given, table in zip(inputs, tables, strict=True):
        if given.role == "data_source" and table.profile_state == "ready" and table.columns:
            await asyncio.to_thread(check_columns, configuration, table.columns)
    asked = needs(call, configuration.model_type, configuration.section.get("appliance") or {}, tables)
    made = {"model_type": configuration.model_type, "name": configuration.name, "configuration": encode(configuration.document)}
    new = new_job(call, Kind.TRAIN, body, mode, inputs, **asked, **made)
    job = new if dry_run else await store_job(call, new, (*place, "data_source"))
    return submitted(call, job, on_wire(call, job))


def configuration_of(body: bytes) -> dict[str, Any]:
    """The configuration in a request: the body itself, JSON or YAML, or its `config` beside a `provenance`."""
    document = read_document(body)
    if "config" in document and "models" not in document:
        inner = document["config"]
        return read_document(inner.encode() if isinstance(inner, str) else inner)
    return document


async def create_handler(call: Call) -> Answer:
    """Store a run of a completed model and answer it, with its worker key."""
    _, model = find_job(call)
    body = await call.content()
    mode = runner_mode(call, model.runner_mode)
    given = normalise_run(normalise(msgspec.json.decode(model.configuration), allow=call.services.allow), read_document(body or b"{}"))
    inputs, tables = find_inputs(call, _run_sources(given), mode)
    asked = needs(call, model.model_type, given.params.get("appliance") or {}, tables)
    asked["memory_bytes"] = max(asked["memory_bytes"], model.memory_bytes)
    params = encode({"params": given.params, "data_source": given.data_source, "ref_data": given.ref_data})
    own = {name: getattr(model, name) for name in ("model_type", "name", "configuration")}
    inputs = (*_archive(call, model, mode), *inputs)
    new = new_job(call, Kind.RUN, body, mode, inputs, **asked, **own, model_id=model.id, model_uid=model.uid, params=params)
    job = await store_job(call, new, ("data_source",))
    return submitted(call, job, on_wire(call, job, model.guid))


async def list_models(call: Call) -> Answer:
    """Models of the project that match, newest first unless sorted otherwise. Manual ones show base names of their sources only."""
    wanted = jobs.Search(
        call.project.id,
        Kind.TRAIN,
        states=states(call),
        query=call.query("model_name"),
        sort=SORT_FIELDS[call.query_choice("sort_field", tuple(SORT_FIELDS), "status_history.created")],
        ascending=call.query_choice("sort_by", ("asc", "desc"), "desc") == "asc",
        limit=call.query_int("limit", 100, 1000),
        skip=call.query_int("skip", 0, 10**7),
    )
    found = [] if call.query("workflow_run_id") else await _search(call, wanted)
    return data({"models": [on_wire(call, job) for job in found]})


async def list_handlers(call: Call) -> Answer:
    """Record handlers of a model, newest first; clients page until an empty answer."""
    _, model = find_job(call)
    limit, skip = call.query_int("limit", 10, 1000), call.query_int("skip", 0, 10**7)
    wanted = jobs.Search(call.project.id, Kind.RUN, model_id=model.id, states=states(call), limit=limit, skip=skip)
    return data({"handlers": [await listed(call, job, model.guid) for job in await _search(call, wanted)]})


async def show_job(call: Call) -> Answer:
    """One model or record handler; `expand` adds its log and the names of its files."""
    job, model = find_job(call)
    return await job_answer(call, job, model.guid)


async def change_job(call: Call) -> Answer:
    """Cancel. What is over stays as it is."""
    job, _ = find_job(call)
    body = await call.body(StatusChange)
    if body.status != State.CANCELLED:
        raise BadRequest("`status` can only be set to `cancelled`.")
    if not job.state.final:
        await call.services.scheduler.cancel(job.uid, call.entry(job.noun, job.uid, job.name))
    return await show_job(call)


async def delete_job(call: Call) -> Answer:
    """Delete a model or record handler with its files; a running one is cancelled first. Refused while record handlers of a model run."""
    job, _ = find_job(call)
    await call.services.scheduler.delete(job.uid, call.entry(job.noun, job.uid, job.name))
    return data({"uid": job.uid})


async def link_output(call: Call) -> Answer:
    """A signed link for one of the files of a model or record handler, there or not."""
    job, _ = find_job(call)
    return data({"url": output_link(call, job), "method": "GET"})


def find_job(call: Call) -> tuple[Job, Job]:
    """The job that the path names, and its model (a model is its own). Raises NotFound."""
    read, path = call.services.store.read, call.path
    model = jobs.find(read, call.project.id, Kind.TRAIN, path["model_id"])
    if model is None:
        raise NotFound("There is no such model in this project.")
    if "handler_id" not in path:
        return model, model
    job = jobs.find(read, call.project.id, Kind.RUN, path["handler_id"])
    if job is None or job.model_id != model.id:
        raise NotFound("There is no such record handler of this model.")
    return job, model


async def _search(call: Call, wanted: jobs.Search) -> list[Job]:
    return [_base_names(job) for job in jobs.decode_rows(await call.services.store.long_read("job_search", wanted.parameters))]


def _base_names(job: Job) -> Job:
    """A job as listings show it: of a manual one's sources the base names only."""
    if not job.manual:
        return job
    column = "configuration" if job.kind is Kind.TRAIN else "params"
    document = msgspec.json.decode(getattr(job, column))
    for section in document["models"][0].values() if job.kind is Kind.TRAIN else (document,):
        section["data_source"] = base_name(section.get("data_source"))
        section["ref_data"] = {key: base_name(text) for key, text in (section.get("ref_data") or {}).items()}
    return msgspec.structs.replace(job, **{column: encode(document)})


def base_name(text: str | None) -> str | None:
    """The last segment of a path or URL: what a listing may show of a worker's own files."""
    return PurePath(text.replace("\\", "/")).name if text else text


def model_sources(configuration: Configuration, place: Loc, *, needed: bool) -> list[Source]:
    """The data of a model. `needed`: a placeholder will not do. Raises ConfigurationRefused."""
    found = [Source(f"ref_data.{key}", (*place, "ref_data", key), text) for key, text in configuration.ref_data.items()]
    if configuration.data_source is not None:
        return [Source("data_source", (*place, "data_source"), configuration.data_source), *found]
    if configuration.section.get("data_source") is not None and needed:
        message = "data_source is a placeholder; put the key of an uploaded artifact there."
        raise ConfigurationRefused((Fault((*place, "data_source"), message),))
    return found


def _run_sources(parameters: RunParameters) -> list[Source]:
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


_MODELS = "/projects/{project_id:str}/models"
_MODEL = _MODELS + "/{model_id:str}"
_HANDLERS = _MODEL + "/record_handlers"
_HANDLER = _HANDLERS + "/{handler_id:str}"
_PAGE = {"status": "comma-separated states", "limit": "at most 1000", "skip": "how many to leave out"}
_SORT = {"model_name": "part of the name", "sort_field": ", ".join(SORT_FIELDS), "sort_by": "asc or desc"}
_CREATE = {"dry_run": "yes checks only", "runner_mode": "cloud (default) or manual"}
_RUN = {"runner_mode": "cloud, manual or inherit"}
_EXPAND = {"expand": "comma-separated: logs, artifacts"}
_LINK = {"type": "artifact type", "uncompressed": "true: unpacked on the way"}

ROUTES = (
    Route("POST", _MODELS, Action.MODEL_CREATE, create_model, "Train a model", body=dict[str, Any], answer=JobOnWire, query=_CREATE),
    Route("GET", _MODELS, Action.MODEL_READ, list_models, "Models of a project", answer=JobOnWire, query=_SORT | _PAGE),
    Route("GET", _MODEL, Action.MODEL_READ, show_job, "One model", answer=JobOnWire, query=_EXPAND),
    Route("PATCH", _MODEL, Action.MODEL_CANCEL, change_job, "Cancel a model", body=StatusChange),
    Route("DELETE", _MODEL, Action.MODEL_DELETE, delete_job, "Delete a model"),
    Route("GET", f"{_MODEL}/artifact", Action.MODEL_READ, link_output, "A link to one of a model's files", query=_LINK),
    Route("POST", _HANDLERS, Action.RUN_CREATE, create_handler, "Run a model", body=RunBody, answer=HandlerOnWire, query=_RUN),
    Route("GET", _HANDLERS, Action.RUN_READ, list_handlers, "Record handlers of a model", answer=HandlerOnWire, query=_PAGE | _EXPAND),
    Route("GET", _HANDLER, Action.RUN_READ, show_job, "One record handler", answer=HandlerOnWire, query=_EXPAND),
    Route("PATCH", _HANDLER, Action.RUN_CANCEL, change_job, "Cancel a record handler", body=StatusChange),
    Route("DELETE", _HANDLER, Action.RUN_DELETE, delete_job, "Delete a record handler"),
    Route("GET", f"{_HANDLER}/artifact", Action.RUN_READ, link_output, "A link to one of its files", query=_LINK),
)
