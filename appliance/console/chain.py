"""Save as artifact: an output of a job becomes a file of its project, to be trained on or gone through again. Nothing of it is read.

The new file is a hard link (a copy where that cannot be), so it lives on when the job is deleted. As with an upload there is first a row
that nobody is shown, and in one transaction row and file become whole: whatever breaks off leaves such a row and goes within a day."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path

import msgspec

from appliance.console.outputs import TABLES, chosen, file_name
from appliance.control_plane.api.artifacts import ArtifactOnWire, on_wire
from appliance.control_plane.api.jobs import find_job
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.artifact_store.disk import Disk
from appliance.control_plane.artifact_store.names import clean_name, new_key
from appliance.control_plane.artifact_store.uploads import Allowance
from appliance.control_plane.store import Connection, artifacts, jobs, users
from appliance.control_plane.store.artifacts import Artifact, JobArtifact
from appliance.control_plane.store.jobs import Job
from appliance.errors import ApplianceError, Conflict, NotFound, StorageFull
from appliance.people.membership import own_level

_GONE = "The job was deleted while its file was saved."


class SaveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows of the job (none: `data`, else `data_preview`), and what the file is called (none: after the job)."""

    type: str = ""
    name: str = ""


async def save_output(call: Call) -> Answer:
    """Make a project artifact of a job's rows; its inspection starts at once. `source_job` of the artifact tells where it came from."""
    job, body = find_job(call), await call.body(SaveBody)
    services = call.services
    file = chosen(services.store.read, job, body.type, TABLES)
    name = clean_name(_packed(body.name or file_name(job, file.type), file))
    key, uid, at = new_key(name, services.random), services.random.token(12).hex(), services.clock.now()
    facts = {"uid": uid, "key": key, "project_id": call.project.id, "owner_id": call.user.id, "name": name, "at": at}
    made = await services.store.write(lambda connection: _begin(connection, call, file, facts, job))
    part = services.files.uploads / f"{key}.{services.random.token(6).hex()}.part"
    told = call.entry("artifact", key, name, job=job.uid, type=file.type, bytes=file.size, sha256=file.sha256)
    try:
        await asyncio.to_thread(_bring, services.files.output_path(job.uid, file.name), part, services.files.disk)
        stored = await services.store.write(lambda connection: _place(call, connection, made, file, part), told=told)
    except ApplianceError:
        with contextlib.suppress(ApplianceError):  # what cannot be taken away now goes with the interrupted uploads
            await services.scheduler.delete_artifact(made)
        raise
    finally:
        part.unlink(missing_ok=True)
    services.scheduler.inspect(stored)
    return data({"key": stored.key, "artifact": on_wire(stored)})


def _packed(name: str, file: JobArtifact) -> str:
    """The name with the `.gz` of a file that is packed: clients and inspection go by it."""
    return f"{name}.gz" if file.name.endswith(".gz") and not name.endswith(".gz") else name


def _begin(connection: Connection, call: Call, file: JobArtifact, facts: dict[str, object], job: Job) -> Artifact:
    """The row of what is to come. Raises StorageFull before a byte is copied."""
    own_level(connection, call)
    _left(connection, call).admit(file.size)
    return artifacts.insert(connection, source_job=job.uid, **facts)


def _bring(source: Path, part: Path, disk: Disk) -> None:
    """The output a second time, under `part`. Raises NotFound, StorageFull."""
    disk.admit(0)
    try:
        os.link(source, part, follow_symlinks=False)
    except FileNotFoundError:
        raise NotFound(_GONE) from None
    except OSError:
        _copy(source, part, disk)


def _copy(source: Path, part: Path, disk: Disk) -> None:
    try:
        disk.admit(source.stat().st_size)
        with source.open("rb") as given, part.open("xb") as taken:
            shutil.copyfileobj(given, taken, 1 << 20)
            os.fsync(taken.fileno())
    except FileNotFoundError:
        raise NotFound(_GONE) from None
    except OSError as error:
        raise StorageFull(f"The file could not be copied: {os.strerror(error.errno or 0)}.") from error


def _place(call: Call, connection: Connection, made: Artifact, file: JobArtifact, part: Path) -> Artifact:
    """Inside one transaction, so that row and file become whole together. Raises what the admission would raise by now, NotFound when job
    or artifact was deleted meanwhile, StorageFull."""
    own_level(connection, call)
    job = jobs.by_uid(connection, made.source_job or "")
    if job is None or job.deleted:
        raise NotFound(_GONE)
    left = _left(connection, call)
    stored = artifacts.mark_ready(connection, made.id, size=file.size, sha256=file.sha256, at=call.services.clock.now())
    if stored is None:
        raise Conflict("The artifact was deleted while it was made.")
    left.admit(file.size)
    call.services.files.place_upload(part, made.key)
    return stored


def _left(connection: Connection, call: Call) -> Allowance:
    return Allowance(users.storage_left(connection, call.user.id, call.services.settings.user_storage_bytes))


ROUTES = (
    Route(
        *("POST", "/v1/appliance/jobs/{job_uid:str}/artifact", Action.OUTPUT_SAVE, save_output, "Save a job's rows as an artifact"),
        body=SaveBody,
        answer=ArtifactOnWire,
    ),
)
