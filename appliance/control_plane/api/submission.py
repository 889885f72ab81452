"""From a request to a stored job: who runs it, where its data comes from, how much memory it asks for, and the insert itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.configurations.document import Loc
from appliance.configurations.quantities import seconds, size
from appliance.contract.artifact import ARTIFACT_KEY_PREFIX
from appliance.contract.job import Kind, Preload
from appliance.control_plane.api.auth import model_key, standing
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import NO_PROJECT, require
from appliance.control_plane.api.projects import HYBRID
from appliance.control_plane.artifact_store.names import file_name
from appliance.control_plane.artifact_store.uploads import Allowance
from appliance.control_plane.scheduler.admission import check_resources, created_limit
from appliance.control_plane.store import Connection, artifacts, jobs, keys, projects, transform_keys, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.control_plane.store.jobs import Job, JobInput
from appliance.control_plane.store.transform_keys import KEYED_TYPES
from appliance.errors import BadRequest, ConfigurationRefused, Fault, NotFound

BASE_MEMORY_BYTES, CELL_MEMORY_BYTES, MOST_CELLS = 1 << 30, 100, 10_000_000
"""Of a worker, and for each cell of its tables: values, ranks, trees and a report. Of more cells (the data plane's own number) a sample is
learnt from: a census of 9.4 million cells peaks at 850 MB."""

MOST_INPUTS = 100
"""Tables of one job: each is looked up while everybody waits."""
_STREAMING_TYPES = KEYED_TYPES | {"classify"}
_BASE_TYPES = _STREAMING_TYPES | {"noop"}
_NOT_HERE = (
    "A data source must be the key of an uploaded artifact (gretel_…): this server opens no connection and no path. Upload the file first."
)
_UNKNOWN = "There is no such artifact in this project: it was never uploaded here, or deleted."
_UNFINISHED = "The upload of this artifact is not finished."


class Source(msgspec.Struct, frozen=True):
    """One source of data that a submission names: its role as an input, where it stands in the document, its text."""

    role: str
    loc: Loc
    text: str


def runner_mode(call: Call, default: str) -> str:
    """`cloud` or `manual`, as asked (`inherit`: as the default) and as the project allows. Raises BadRequest."""
    mode = call.query("runner_mode") or default
    if mode == "inherit" and "model_id" in call.path:
        mode = default
    if mode == "hybrid":
        raise BadRequest(HYBRID)
    if mode not in ("cloud", "manual"):
        raise BadRequest("`runner_mode` must be `cloud` (workers of this server) or `manual` (a worker of your own).")
    bound = call.project.runner_mode
    if bound is not None and bound != mode:
        raise BadRequest(f"The project takes jobs in runner mode `{bound}` only.")
    return mode


def find_inputs(call: Call, sources: Iterable[Source], mode: str) -> tuple[tuple[JobInput, ...], list[Artifact]]:
    """The inputs among `sources` that this server holds, and their artifacts. Manual jobs may also name files of the worker's own.

    Raises ConfigurationRefused for a source that cannot be used, and where there are too many."""
    sources = list(sources)
    if len(sources) > MOST_INPUTS:
        raise ConfigurationRefused((Fault(sources[0].loc, f"A job may read {MOST_INPUTS} tables at most; this one names {len(sources)}."),))
    inputs: list[JobInput] = []
    found: list[Artifact] = []
    faults: list[Fault] = []
    for source in sources:
        if not source.text.startswith(ARTIFACT_KEY_PREFIX):
            if mode == "cloud":
                faults.append(Fault(source.loc, _NOT_HERE))
            continue
        artifact = artifacts.find(call.services.store.read, call.project.id, source.text)
        if artifact is None or artifact.state != "ready":
            faults.append(Fault(source.loc, _UNFINISHED if artifact else _UNKNOWN))
            continue
        found.append(artifact)
        inputs.append(JobInput(source.role, input_name(source.role, artifact.key), artifact.key))
    if faults:
        raise ConfigurationRefused(tuple(faults))
    return tuple(inputs), found


def input_name(role: str, key: str) -> str:
    """The name inside `inputs/`: the role first, so that two inputs of one file name stay apart, then the file's own name."""
    return f"{role.replace('.', '-')}-{file_name(key)}"


def needs(call: Call, model_type: str, own: dict[str, Any], tables: Iterable[Artifact]) -> dict[str, Any]:
    """Columns of what a job asks for: memory from rows × columns of the profiles unless `appliance.memory` says otherwise (0: no own
    request), seconds, at most what the caller may, the seed as given (None: to be drawn), the kind of worker."""
    limit = users.limits(call.user, call.services.settings).max_duration_s
    asked = seconds(own["max_duration"]) if own.get("max_duration") is not None else None
    return {
        "memory_bytes": (size(own["memory"]) or 0) if own.get("memory") is not None else _estimate(model_type, tables),
        "max_duration_s": min(asked or limit, limit),
        "seed": own.get("seed"),
        "preload": Preload.BASE if model_type in _BASE_TYPES else Preload.TABULAR,
    }


def _estimate(model_type: str, tables: Iterable[Artifact]) -> int:
    if model_type in _STREAMING_TYPES:
        return BASE_MEMORY_BYTES
    cells = [min((table.rows or 0) * len(table.columns), MOST_CELLS) for table in tables if table.profile_state == "ready"]
    return BASE_MEMORY_BYTES + CELL_MEMORY_BYTES * sum(cells) if cells else 0


def new_job(call: Call, kind: Kind, body: bytes, mode: str, inputs: tuple[JobInput, ...], **columns: Any) -> Job:
    """A job that is not stored yet: ids drawn, its worker's key derived. `columns`: what it asks for, and what depends on its kind."""
    services, at = call.services, call.services.clock.now()
    uid, prefix = services.random.token(12).hex(), "model" if kind is Kind.TRAIN else "model_run"
    return Job(
        uid=uid,
        guid=f"{prefix}_{services.random.token(13).hex()}",
        kind=kind,
        project_id=call.project.id,
        owner_id=call.user.id,
        owner_email=call.user.email,
        configuration_sent=body,
        worker_key_digest=keys.digest(model_key(services.secret, uid)),
        body_sha256=hashlib.sha256(mode.encode() + b"\n" + body).digest(),
        created_at=at,
        changed_at=at,
        inputs=inputs,
        runner_mode=mode,
        **columns,
    )


async def store_job(call: Call, new: Job, faulty: Loc) -> Job:
    """Insert a job durably, or answer the one that the same POST made a moment ago; the scheduler is woken at commit.

    Raises LimitReached when the caller's queue is full, StorageFull when his quota is (its results would need room), NotFound when the
    project went meanwhile, or the caller out of it."""
    services = call.services
    sealed = new_sealed_key(call) if new.model_type in KEYED_TYPES else b""
    check_resources(services.inventory, memory_bytes=new.memory_bytes, gpus=new.gpus)

    def insert(connection: Connection) -> Job | None:
        project = projects.by_id(connection, call.project.id)
        if project is None or project.deleting:
            raise NotFound(NO_PROJECT)
        require(call.action, standing(connection, users.by_id(connection, new.owner_id), project.id))
        Allowance(users.storage_left(connection, new.owner_id, services.settings.user_storage_bytes)).admit(1)
        _recheck(connection, project.id, new.inputs, faulty)
        if new.model_type in KEYED_TYPES and not transform_keys.of_project(connection, project.id):
            transform_keys.add(connection, project.id, sealed, new.created_at)
        return jobs.insert(connection, new, max_created=services.settings.max_created)

    told = call.entry(new.noun, new.uid, new.name, type=new.model_type)
    wake = None if new.manual else services.scheduler.wake
    job = await services.store.write(insert, told=lambda job: told if job is not None and job.uid == new.uid else None, committed=wake)
    if job is None:
        raise created_limit(users.limits(call.user, services.settings).created)
    return job


def new_sealed_key(call: Call) -> bytes:
    """A new transform key for the project of the call, as it is stored."""
    random = call.services.random
    return call.services.seal.close(random.token(32), call.project.id, random.token(12))


def _recheck(connection: Connection, project_id: int, inputs: Iterable[JobInput], faulty: Loc) -> None:
    """Inside the storing transaction: nothing that the job needs was deleted meanwhile. Raises ConfigurationRefused."""
    for item in inputs:
        if item.key:
            artifact = artifacts.find(connection, project_id, item.key)
            if artifact is None or artifact.state != "ready":
                raise ConfigurationRefused((Fault(faulty, _UNKNOWN),))
