"""A draft of a model: checked, changed and estimated while somebody works on it. Nothing is stored."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec

from appliance.configurations import template
from appliance.configurations.columns import check_columns
from appliance.configurations.document import Loc
from appliance.console.changes import Change
from appliance.console.draft_text import PlacedFault, Reading, opening_text, place_faults, read_draft
from appliance.console.estimates import Earlier, Estimate, Size, estimate, rates_of, records_made
from appliance.console.fields import Field
from appliance.contract.job import Kind
from appliance.control_plane.api.models import model_sources
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare
from appliance.control_plane.api.submission import find_inputs, needs, runner_mode
from appliance.control_plane.scheduler.admission import check_resources
from appliance.control_plane.store import jobs
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.statements import decode_all
from appliance.errors import BadRequest, ConfigurationRefused, Fault, NotFound

MOST_BODY_BYTES = 1 << 20
"""Of a draft with its changes. A body of 16 MiB can hold millions of values, and reading them stops the server for seconds."""


class Draft(msgspec.Struct, frozen=True):
    """A configuration that somebody works on: its `text` (YAML or JSON), or what it begins with: the short name of a `template`, or the id
    of a model or run of the project (`like`), whose configuration is taken as it was sent. `changes` are made in order. In a `loc`,
    `["models", 0, "*", …]` is the model whatever its type."""

    text: str | None = None
    template: str = ""
    like: str = ""
    changes: Annotated[tuple[Change, ...], msgspec.Meta(max_length=50)] = ()


class DraftOnWire(msgspec.Struct, frozen=True):
    """What is to be said about a draft. `text` is the text with the changes made, `document` the object that it says (null: it cannot be
    read). `faults` keep it from being accepted, `notes` do not."""

    text: str
    document: dict[str, Any] | None
    model_type: str
    faults: list[PlacedFault]
    notes: list[PlacedFault]
    fields: tuple[Field, ...]
    estimate: Estimate


class _Needs(msgspec.Struct, frozen=True):
    """What is known of a draft's data: faults of its sources, the tables that were found, the memory that it will ask for."""

    faults: tuple[Fault, ...] = ()
    tables: tuple[Artifact, ...] = ()
    memory_bytes: int = 0


async def check_draft(call: Call) -> Answer:
    """Make the changes in the text and say what is wrong, which fields there are and how long it may take."""
    body = await call.body(Draft, MOST_BODY_BYTES)
    text = await _opening(call, body)
    reading = await asyncio.to_thread(read_draft, text, body.changes, call.services.allow)
    needed = await _needs(call, reading)
    answer = DraftOnWire(
        text=reading.text,
        document=reading.document,
        model_type=reading.model_type,
        faults=await asyncio.to_thread(place_faults, reading, (*reading.faults, *needed.faults)),
        notes=await asyncio.to_thread(place_faults, reading, _notes(reading)),
        fields=reading.fields,
        estimate=await _estimate(call, reading, needed),
    )
    return bare(answer)


async def _opening(call: Call, body: Draft) -> str:
    if body.text is not None:
        return body.text
    if body.template:
        return (await asyncio.to_thread(template, body.template)).text
    if not body.like:
        raise BadRequest("Give the `text` of the draft, or the `template` or the job (`like`) that it begins with.")
    return await asyncio.to_thread(opening_text, _model_of(call, body.like).configuration_sent)


def _model_of(call: Call, uid: str) -> jobs.Job:
    """The model with that id, or the one of the run with that id. Raises NotFound."""
    read = call.services.store.read
    for kind in Kind:
        job = jobs.find(read, call.project.id, kind, uid)
        if job is not None and kind is Kind.RUN:
            job = jobs.by_id(read, job.model_id) if job.model_id is not None else None
        if job is not None:
            return job
    raise NotFound("There is no such model or run in this project.")


async def _needs(call: Call, reading: Reading) -> _Needs:
    """What `POST …/models` would find out about the data of a configuration that is right in itself."""
    configuration = reading.configuration
    if configuration is None:
        return _Needs()
    place: Loc = ("models", 0, configuration.model_type)
    try:
        mode = runner_mode(call, call.project.runner_mode or "cloud")
        inputs, tables = find_inputs(call, model_sources(configuration, place, needed=mode == "cloud"), mode)
        for given, table in zip(inputs, tables, strict=True):
            if given.role == "data_source" and table.profile_state == "ready" and table.columns:
                await asyncio.to_thread(check_columns, configuration, table.columns)
    except ConfigurationRefused as refusal:
        return _Needs(refusal.faults)
    memory = needs(call, configuration.model_type, configuration.section["appliance"], tables)["memory_bytes"]
    try:
        check_resources(call.services.inventory, memory_bytes=memory, gpus=0)
    except BadRequest as refusal:
        return _Needs((Fault((*place, "appliance", "memory"), refusal.message),), tuple(tables), memory)
    return _Needs((), tuple(tables), memory)


def _notes(reading: Reading) -> list[Fault]:
    """What is to be known about a draft that is right."""
    configuration = reading.configuration
    if configuration is None:
        return []
    place: Loc = ("models", 0, configuration.model_type)
    idle = [Fault(_loc(place, key), f"{key} is kept, but has no effect here.") for key in configuration.ignored]
    return [*(Fault(place, sentence) for sentence in configuration.warnings), *idle]


def _loc(place: Loc, key: str) -> Loc:
    """Where a key without effect stands; two are known at the top."""
    return (key,) if key in ("notifications", "label_predictors") else (*place, *key.split("."))


async def _estimate(call: Call, reading: Reading, needed: _Needs) -> Estimate:
    configuration = reading.configuration
    known = [table for table in needed.tables if table.profile_state == "ready" and table.rows is not None]
    if configuration is None or not known:
        return estimate(rates_of("", {}), None, (), needed.memory_bytes)
    kind, section = configuration.model_type, configuration.section
    rows = known[0].rows or 0
    size = Size(rows, len(known[0].columns), records_made(kind, section, rows))
    parameters = {"project_id": call.project.id, "owner_id": call.user.id, "model_type": kind}
    earlier = decode_all(Earlier, await call.services.store.long_read("job_times", parameters))
    return estimate(rates_of(kind, section), size, earlier, needed.memory_bytes)


ROUTES = (
    Route(
        "POST",
        "/v1/appliance/projects/{project_id:str}/draft",
        Action.MODEL_READ,
        check_draft,
        "Check a draft of a model, change it, estimate its time and memory",
        body=Draft,
        answer=DraftOnWire,
    ),
)
