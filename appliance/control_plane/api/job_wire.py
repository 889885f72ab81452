"""A job as clients read it: the model object, the handler object, logs, stored artifacts, worker key."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from appliance import __version__
from appliance.contract.artifact import MODEL_ARTIFACTS, RUN_ARTIFACTS
from appliance.contract.job import Kind, State
from appliance.contract.run_directory import RunDirectory
from appliance.contract.worker_protocol import WorkerKey, encode_worker_key
from appliance.control_plane.api.answers import Answer, encode
from appliance.control_plane.api.auth import model_key
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.projects import user_uid
from appliance.control_plane.artifact_store.logs import archive_as_json, entries_of_events, shown
from appliance.control_plane.artifact_store.outputs import file_names
from appliance.control_plane.store import artifacts
from appliance.control_plane.store.jobs import Job
from appliance.errors import BadRequest

_NAMES = {Kind.TRAIN: b'"model":', Kind.RUN: b'"handler":'}
_WIRE_TYPES = {Kind.TRAIN: frozenset(MODEL_ARTIFACTS), Kind.RUN: frozenset(RUN_ARTIFACTS)}


class JobOnWire(msgspec.Struct, frozen=True, kw_only=True):
    """What models and record handlers have in common. Times are ISO-8601; `error_msg` is null unless the job failed;
    `traceback` is base64 text without values; `config` is the normalised configuration with every default."""

    uid: str
    guid: str
    status: str
    error_id: str | None
    error_msg: str | None
    traceback: str | None
    runner_mode: str
    user_id: str
    owner_email: str
    project_id: str
    project_guid: str
    model_name: str
    model_type: str
    status_history: dict[str, datetime]
    last_modified: datetime
    last_active_hb: datetime | None
    duration_minutes: int
    annotations: dict[str, int]
    config: msgspec.Raw
    model_key: str = ""
    container_image: str = "appliance"
    container_image_version: str = __version__
    billing_domain: str | None = None
    is_autouse: bool = False
    auth_source: str = "grtu"


class HandlerOnWire(JobOnWire, frozen=True, kw_only=True):
    """A record handler: a job that runs a model. Its `config` is {params, data_source, ref_data}."""

    model_id: str
    model_guid: str
    action: str


def on_wire(call: Call, job: Job, model_guid: str = "") -> JobOnWire:
    """A job's row as clients read it."""
    began = job.active_at or job.ended_at or 0.0
    until = job.ended_at or call.services.clock.now()
    heard = job.last_heartbeat_at if job.state.final else call.services.scheduler.last_heartbeat(job)
    fields: dict[str, Any] = {
        "uid": job.uid,
        "guid": job.guid,
        "status": job.state.value,
        "error_id": job.error_id,
        "error_msg": f"{job.error_msg} {job.error_hint or ''}".strip() if job.error_msg else None,
        "traceback": base64.b64encode(job.traceback.encode()).decode() if job.traceback else None,
        "runner_mode": job.runner_mode,
        "user_id": user_uid(call, job.owner_id),
        "owner_email": job.owner_email,
        "project_id": call.project.uid,
        "project_guid": call.project.guid,
        "model_name": job.name,
        "model_type": job.model_type,
        "status_history": state_history(job),
        "last_modified": moment(job.changed_at),
        "last_active_hb": moment(heard) if heard else None,
        "duration_minutes": int((until - began) // 60) if began else 0,
        "annotations": {"cpu_count": job.cpu, "memory_bytes": job.memory_bytes, "gpu_count": job.gpus},
    }
    if job.kind is Kind.TRAIN:
        return JobOnWire(config=msgspec.Raw(job.configuration), **fields)
    action = "transform" if job.model_type.startswith("transform") else f"{job.model_type}_run"
    return HandlerOnWire(config=msgspec.Raw(job.params), model_id=job.model_uid or "", model_guid=model_guid, action=action, **fields)


async def job_answer(call: Call, job: Job, model_guid: str = "") -> Answer:
    """The whole answer about one job, with what `expand` (or the old `logs=yes`) asks for."""
    expand = call.query_list("expand")
    logs = encode(await job_logs(call, job)) if "logs" in expand or call.query("logs") == "yes" else b"[]"
    parts = [b'{"data":{', _NAMES[job.kind], encode(on_wire(call, job, model_guid)), b',"billing_data":{},"logs":', logs]
    if "artifacts" in expand:
        parts += [b',"artifacts":', encode(stored_artifacts(call, job))]
    return Answer(b"".join((*parts, b"}}")))


def submitted(call: Call, job: Job, shown: JobOnWire) -> Answer:
    """The answer to a submission: the object, and beside `data` the worker key."""
    parts = (b'{"data":{', _NAMES[job.kind], encode(shown), b',"logs":[],"billing_data":{}},"worker_key":')
    return Answer(b"".join((*parts, encode(worker_key(call, job)), b"}")))


async def listed(call: Call, job: Job, model_guid: str) -> dict[str, Any]:
    """A job in a list: `expand` puts its log and its files into the object itself."""
    expand, shown = call.query_list("expand"), on_wire(call, job, model_guid)
    whole = {name: getattr(shown, name) for name in shown.__struct_fields__}
    if "logs" in expand:
        whole["logs"] = await job_logs(call, job)
    if "artifacts" in expand:
        whole["artifacts"] = stored_artifacts(call, job)
    return whole


def worker_key(call: Call, job: Job) -> str:
    """What a worker elsewhere needs to take this job."""
    is_run = job.kind is Kind.RUN
    key = WorkerKey(
        project_id=call.project.uid,
        model_id=(job.model_uid or "") if is_run else job.uid,
        endpoint=urlsplit(call.base_url).netloc,
        run_id=job.uid if is_run else None,
        model_key=model_key(call.services.secret, job.uid),
        type="run" if is_run else "train",
    )
    return encode_worker_key(key)


async def job_logs(call: Call, job: Job) -> msgspec.Raw:
    """The whole log so far as a JSON array: from the stored archive of a settled job, else from the events of its present attempt."""
    stored = call.services.files.output_path(job.uid, "logs.json.gz")
    return msgspec.Raw(await asyncio.to_thread(_read_log, stored if job.state.final else None, run_directory(call, job).events))


def _read_log(stored: Path | None, events: Path) -> bytes:
    return archive_as_json(stored) if stored is not None and stored.exists() else encode(shown(entries_of_events(events)))


def run_directory(call: Call, job: Job) -> RunDirectory:
    """Where the present attempt of a job works."""
    return RunDirectory(call.services.runs / f"{job.uid}.{job.attempt}")


def stored_artifacts(call: Call, job: Job) -> list[dict[str, str | int]]:
    """What the job left, by the type names that clients know."""
    found = artifacts.of_job(call.services.store.read, job.id)
    known = _WIRE_TYPES[job.kind]
    return [{"name": item.type, "file": item.name, "size": item.size, "sha256": item.sha256} for item in found if item.type in known]


def output_link(call: Call, job: Job) -> str:
    """A signed link for the asked artifact type, whether the file exists (yet) or not: the link itself answers 404 then."""
    known = file_names(job.kind)
    kind = call.query("type")
    if kind not in known:
        raise BadRequest(f"`type` must be one of {', '.join(sorted(known))}.")
    name = known[kind]
    if call.query_choice("uncompressed", ("false", "true", "auto"), "false") != "false":
        name = name.removesuffix(".gz")
    return call.base_url + call.services.links.sign("GET", f"/outputs/{job.uid}/{name}", call.user.uid)


def states(call: Call) -> tuple[State, ...]:
    """The states that `status` names; none: every state. Raises BadRequest."""
    try:
        return tuple(State(text) for text in call.query_list("status"))
    except ValueError:
        raise BadRequest(f"`status` must be of {', '.join(State)}.") from None


def state_history(job: Job) -> dict[str, datetime]:
    """State → time at which the job entered it, in that order."""
    times = (("created", job.created_at), ("pending", job.pending_at), ("active", job.active_at))
    history = {state: moment(at) for state, at in times if at is not None}
    if job.ended_at is not None:
        history[job.state.value] = moment(job.ended_at)
    return history


def moment(seconds: float) -> datetime:
    """A time for the wire: encoded as ISO-8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
