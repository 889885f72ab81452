"""Project artifacts: a key and a signed link to upload to, what is known of a file, deletion; and what signed links lead to."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.clock import timestamp
from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS
from appliance.control_plane.api.auth import standing
from appliance.control_plane.api.files import FileAnswer, present, send_file
from appliance.control_plane.api.job_wire import run_directory
from appliance.control_plane.api.permissions import require
from appliance.control_plane.api.recording import record_access
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.artifact_store.links import LINKS
from appliance.control_plane.artifact_store.names import clean_name, file_name, new_key
from appliance.control_plane.artifact_store.uploads import Allowance, Received, receive
from appliance.control_plane.store import Connection, artifacts, jobs, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.errors import BadRequest, Conflict, NotFound

UNCOMPRESSED = ("false", "true", "auto")


class ArtifactBody(msgspec.Struct, frozen=True):
    """The file name that a new artifact's key will end in."""

    filename: str


_WIRE_NAMES = {"state": "status", "profile_state": "inspection", "profile_error": "inspection_error"}


class ArtifactOnWire(msgspec.Struct, frozen=True, rename=_WIRE_NAMES):
    """One artifact: `status` is `uploading` or `ready`, `inspection` is `pending`, `ready` or `failed`; `source_job` made it."""

    key: str
    name: str
    size: int
    sha256: str
    state: str
    profile_state: str
    profile_error: str
    rows: int | None
    columns: tuple[str, ...]
    source_job: str | None
    last_modified: str = ""


def on_wire(artifact: Artifact) -> ArtifactOnWire:
    """An artifact's row as clients read it."""
    shown = msgspec.convert(artifact, ArtifactOnWire, from_attributes=True)
    return msgspec.structs.replace(shown, last_modified=timestamp(artifact.ready_at or artifact.created_at))


async def create_artifact(call: Call) -> Answer:
    """A new key and the link to PUT the file to."""
    services = call.services
    name = clean_name((await call.body(ArtifactBody)).filename)
    key, uid, at = new_key(name, services.random), services.random.token(12).hex(), services.clock.now()

    def insert(connection: Connection) -> Artifact:
        return artifacts.insert(connection, uid=uid, key=key, project_id=call.project.id, owner_id=call.user.id, name=name, at=at)

    await services.store.write(insert, told=call.entry("artifact", key, name))
    link = services.links.sign("PUT", f"/artifacts/{call.project.uid}/{key}", call.user.uid)
    return data({"key": key, "url": call.base_url + link, "method": "PUT"})


async def list_artifacts(call: Call) -> Answer:
    """Finished uploads, newest first."""
    limit, skip = call.query_int("limit", 1000, 10_000), call.query_int("skip", 0, 10**7)
    found = artifacts.of_project(call.services.store.read, call.project.id, limit=limit, skip=skip)
    return data({"artifacts": [on_wire(artifact) for artifact in found]})


async def delete_artifact(call: Call) -> Answer:
    """Delete an artifact, unless a waiting job needs it."""
    artifact = find_artifact(call, call.query("key"))
    await call.services.scheduler.delete_artifact(artifact, call.entry("artifact", artifact.key, artifact.name))
    return data({"key": artifact.key})


async def link_artifact(call: Call) -> Answer:
    """A signed link to download an artifact; the envelope has two levels here."""
    artifact = find_artifact(call, call.query("key"))
    if artifact.state != "ready":
        raise Conflict("The artifact's upload is not finished.")
    name = artifact.key
    if call.query_choice("uncompressed", UNCOMPRESSED, "false") != "false":
        name = name.removesuffix(".gz")
    link = call.services.links.sign("GET", f"/artifacts/{call.project.uid}/{name}", call.user.uid)
    return data({"data": {"url": call.base_url + link, "method": "GET"}})


async def show_manifest(call: Call) -> Answer:
    """What the inspection found, as it wrote it: without an envelope, `status` pending until it is there."""
    artifact = find_artifact(call, call.query("key"))
    if artifact.state != "ready" or artifact.profile_state == "pending":
        return bare({"status": "pending", "key": artifact.key})
    if artifact.profile_state == "failed":
        return bare({"status": "failed", "key": artifact.key, "message": artifact.profile_error})
    path = call.services.files.inspection_path(artifact.key, "profile")
    content = await asyncio.to_thread(path.read_bytes)
    return Answer(b'{"key":' + msgspec.json.encode(artifact.key) + _rest(content))


async def show_preview(call: Call) -> FileAnswer:
    """The first rows that the inspection kept, streamed unread."""
    artifact = find_artifact(call, call.query("key"))
    path = call.services.files.inspection_path(artifact.key, "preview")
    await record_access(call, "artifact", artifact.key, artifact.name)
    return await send_file(call, path, path.name, inline=True)


async def upload_artifact(call: Call) -> Answer:
    """Take a whole file, with a length or chunked; its inspection starts at once. The same bytes again are welcome, others are not."""
    artifact, services = find_artifact(call, call.path["key"]), call.services
    part = services.files.uploads / f"{artifact.key}.{services.random.token(6).hex()}.part"
    async with receive(call.chunks(), part, services.files.disk, allowance(call, services.store.read, artifact.owner_id)) as received:
        told = call.entry("artifact", artifact.key, artifact.name, bytes=received.size, sha256=received.sha256)
        stored = await services.store.write(lambda connection: _place(call, connection, artifact, received), told=told)
    services.scheduler.inspect(stored)
    return bare({"key": stored.key, "size": stored.size, "sha256": stored.sha256})


async def download_artifact(call: Call) -> FileAnswer:
    """An uploaded file; a key without its `.gz` is the unpacked content."""
    key = call.path["key"]
    artifact = artifacts.find(call.services.store.read, call.project.id, key) or find_artifact(call, f"{key}.gz")
    if artifact.state != "ready":
        raise NotFound("The artifact's upload is not finished.")
    await record_access(call, "artifact", artifact.key, artifact.name)
    return await send_file(call, call.services.files.artifact_path(artifact.key), file_name(key))


async def download_output(call: Call) -> FileAnswer:
    """What a job left; while it runs, what it finished early."""
    uid, name = call.path["job_uid"], call.path["name"]
    job = jobs.by_uid(call.services.store.read, uid)
    if job is None:
        raise NotFound("There is no such job.")
    candidates = [call.services.files.output_path(uid, name), call.services.files.output_path(uid, f"{name}.gz")]
    if name in EXTRA_MODEL_ARTIFACTS.values() and not job.state.final:  # published before the end of the job
        candidates.append(run_directory(call, job).artifacts / name)
    path = await asyncio.to_thread(present, *candidates)
    await record_access(call, job.noun, uid, name)
    return await send_file(call, path, name, inline=name.endswith((".html", ".json")), save_as=call.query("save_as"))


def allowance(call: Call, connection: Connection, owner_id: int) -> Allowance:
    """What this owner may still store, and what the sender announced."""
    announced = call.header(b"content-length")
    left = users.storage_left(connection, owner_id, call.services.settings.user_storage_bytes)
    return Allowance(left, int(announced) if announced.isdigit() else None)


def _place(call: Call, connection: Connection, artifact: Artifact, received: Received) -> Artifact:
    """Inside one transaction, so that the row and the file are always of one upload: note what was received and rename it to its place.

    Raises what the admission would raise by now, NotFound when the artifact was deleted meanwhile, Conflict when it was completed with
    other bytes, StorageFull."""
    services, at = call.services, call.services.clock.now()
    require(call.action, standing(connection, users.by_id(connection, call.user.id), call.project.id))
    left = allowance(call, connection, artifact.owner_id)
    stored = artifacts.mark_ready(connection, artifact.id, size=received.size, sha256=received.sha256, at=at)
    if stored is None:
        stored = artifacts.find(connection, artifact.project_id, artifact.key)
        if stored is None:
            raise NotFound("The artifact was deleted while it was uploaded.")
        if stored.sha256 != received.sha256:
            raise Conflict("This artifact is complete and never changes; ask for a new key.")
        return stored
    left.admit(received.size)
    services.files.place_upload(received.path, artifact.key)
    return stored


def find_artifact(call: Call, key: str) -> Artifact:
    """An artifact of the call's project. Raises BadRequest without a key, NotFound."""
    if not key:
        raise BadRequest("`key` is missing: the artifact's key, which begins with gretel_.")
    artifact = artifacts.find(call.services.store.read, call.project.id, key)
    if artifact is None:
        raise NotFound("There is no such artifact in this project.")
    return artifact


def _rest(profile: bytes) -> bytes:
    """The members of the profile's object, to go on behind ours: the profile is passed on, not read."""
    inner = profile.strip()[1:].lstrip()
    return b"}" if inner.startswith(b"}") else b"," + inner


_KEY = {"key": "the artifact's key"}
_LINK = {**_KEY, "uncompressed": "false (default), true or auto: unpack a .gz file on the way"}
_PLACE = "/projects/{project_id:str}/artifacts"

_ARTIFACT = f"{LINKS}/artifacts/{{project_id:str}}/{{key:str}}"
_OUTPUT = f"{LINKS}/outputs/{{job_uid:str}}/{{name:str}}"

ROUTES = (
    Route("POST", _PLACE, Action.ARTIFACT_CREATE, create_artifact, "A key and an upload link", body=ArtifactBody),
    Route("GET", _PLACE, Action.ARTIFACT_READ, list_artifacts, "Artifacts of a project", answer=ArtifactOnWire),
    Route("DELETE", _PLACE, Action.ARTIFACT_DELETE, delete_artifact, "Delete an artifact", query=_KEY),
    Route("GET", f"{_PLACE}/download", Action.ARTIFACT_READ, link_artifact, "A download link", query=_LINK),
    Route("GET", f"{_PLACE}/manifest", Action.ARTIFACT_READ, show_manifest, "What is in a file", query=_KEY),
    Route("GET", "/v1/appliance" + _PLACE + "/preview", Action.ARTIFACT_PREVIEW, show_preview, "First rows of a file", query=_KEY),
    Route("PUT", _ARTIFACT, Action.ARTIFACT_UPLOAD, upload_artifact, "Upload to a signed link", endless=True, by_link=True),
    Route("GET", _ARTIFACT, Action.ARTIFACT_DOWNLOAD, download_artifact, "Download an artifact from a signed link", by_link=True),
    Route("GET", _OUTPUT, Action.OUTPUT_DOWNLOAD, download_output, "Download a job's output from a signed link", by_link=True),
)
