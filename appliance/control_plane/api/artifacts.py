"""Project artifacts: a key and a signed link to upload to, what is known of a file, deletion; and what signed links lead to."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.clock import timestamp
from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS
from appliance.control_plane.api.files import FileAnswer, present, send_file
from appliance.control_plane.api.job_wire import run_directory
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.artifact_store.links import LINKS
from appliance.control_plane.artifact_store.names import clean_name, file_name, new_key
from appliance.control_plane.artifact_store.uploads import Allowance, Received, receive
from appliance.control_plane.store import Connection, artifacts, jobs, projects, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.errors import BadRequest, Conflict, NotFound

UNCOMPRESSED = ("false", "true", "auto")


class ArtifactBody(msgspec.Struct, frozen=True):
    """The file name that a new artifact's key will end in."""

    filename: str


_WIRE_NAMES = {"state": "status", "profile_state": "inspection", "profile_error": "inspection_error"}


class ArtifactOnWire(msgspec.Struct, frozen=True, rename=_WIRE_NAMES):
    """One artifact: `status` is `uploading` or `ready`, `inspection` is `pending`, `ready` or `failed`."""

    key: str
    name: str
    size: int
    sha256: str
    state: str
    profile_state: str
    profile_error: str
    rows: int | None
    columns: tuple[str, ...]
    last_modified: str = ""


def on_wire(artifact: Artifact) -> ArtifactOnWire:
    """An artifact's row as clients read it."""
    shown = msgspec.convert(artifact, ArtifactOnWire, from_attributes=True)
    return msgspec.structs.replace(shown, last_modified=timestamp(artifact.ready_at or artifact.created_at))


async def create_artifact(call: Call) -> Answer:
    """A new key and the link to PUT the file to."""
    body = await call.body(ArtifactBody)
    services = call.services
    name = clean_name(body.filename)
    key, uid, at = new_key(name, services.random), services.random.token(12).hex(), services.clock.now()

    def insert(connection: Connection) -> Artifact:
        return artifacts.insert(connection, uid=uid, key=key, project_id=call.project.id, owner_id=call.user.id, name=name, at=at)

    await services.store.write(insert)
    link = services.links.sign("PUT", f"/artifacts/{call.project.uid}/{key}")
    return data({"key": key, "url": call.base_url + link, "method": "PUT"})


async def list_artifacts(call: Call) -> Answer:
    """Finished uploads, newest first."""
    limit, skip = call.query_int("limit", 1000, 10_000), call.query_int("skip", 0, 10**7)
    found = artifacts.of_project(call.services.store.read, call.project.id, limit=limit, skip=skip)
    return data({"artifacts": [on_wire(artifact) for artifact in found]})


async def delete_artifact(call: Call) -> Answer:
    """Delete an artifact, unless a waiting job needs it."""
    artifact = find_artifact(call, call.query("key"))
    await call.services.scheduler.delete_artifact(artifact)
    return data({"key": artifact.key})


async def link_artifact(call: Call) -> Answer:
    """A signed link to download an artifact; the envelope has two levels here."""
    artifact = find_artifact(call, call.query("key"))
    if artifact.state != "ready":
        raise Conflict("The artifact's upload is not finished.")
    name = artifact.key
    if call.query_choice("uncompressed", UNCOMPRESSED, "false") != "false":
        name = name.removesuffix(".gz")
    link = call.services.links.sign("GET", f"/artifacts/{call.project.uid}/{name}")
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
    return await send_file(call, path, path.name, inline=True)


async def upload_artifact(call: Call) -> Answer:
    """Take a whole file, with a length or chunked; its inspection starts at once. The same bytes again are welcome, others are not."""
    _check(call, f"/artifacts/{call.path['project_uid']}/{call.path['key']}")
    artifact = _artifact(call, call.path["key"])
    services = call.services
    part = services.files.uploads / f"{artifact.key}.{services.random.token(6).hex()}.part"
    received = await receive(call.chunks(), part, services.files.disk, allowance(call, artifact.owner_id))
    stored = await _again(artifact, received) if artifact.state == "ready" else await _place(call, artifact, received)
    return bare({"key": stored.key, "size": stored.size, "sha256": stored.sha256})


async def download_artifact(call: Call) -> FileAnswer:
    """An uploaded file; a key without its `.gz` is the unpacked content."""
    key = call.path["key"]
    _check(call, f"/artifacts/{call.path['project_uid']}/{key}")
    artifact = _artifact(call, key, f"{key}.gz")
    if artifact.state != "ready":
        raise NotFound("The artifact's upload is not finished.")
    return await send_file(call, call.services.files.artifact_path(artifact.key), file_name(key))


async def download_output(call: Call) -> FileAnswer:
    """What a job left; while it runs, what it finished early."""
    uid, name = call.path["job_uid"], call.path["name"]
    _check(call, f"/outputs/{uid}/{name}")
    job = jobs.by_uid(call.services.store.read, uid)
    if job is None or job.deleted:
        raise NotFound("There is no such job.")
    candidates = [call.services.files.output_path(uid, name), call.services.files.output_path(uid, f"{name}.gz")]
    if name in EXTRA_MODEL_ARTIFACTS.values() and not job.state.final:  # published before the end of the job
        candidates.append(run_directory(call, job).artifacts / name)
    return await send_file(call, await asyncio.to_thread(present, *candidates), name, inline=name.endswith((".html", ".json")))


def allowance(call: Call, owner_id: int) -> Allowance:
    """What this owner may still store, and what the sender announced."""
    quota = call.services.settings.user_storage_bytes
    announced = call.header(b"content-length")
    left = quota - users.storage_used(call.services.store.read, owner_id) if quota else None
    return Allowance(left, int(announced) if announced.isdigit() else None)


async def _place(call: Call, artifact: Artifact, received: Received) -> Artifact:
    """Rename a received upload to its place and note it; when the artifact was deleted meanwhile, the file goes too."""
    services = call.services
    await asyncio.to_thread(services.files.place_upload, received.path, artifact.key)
    at = services.clock.now()

    def ready(connection: Connection) -> Artifact | None:
        return artifacts.mark_ready(connection, artifact.id, size=received.size, sha256=received.sha256, at=at)

    stored = await services.store.write(ready)
    if stored is None:
        await asyncio.to_thread(services.files.delete_artifact, artifact.key)
        raise NotFound("The artifact was deleted while it was uploaded.")
    services.scheduler.inspect(stored)
    return stored


async def _again(artifact: Artifact, received: Received) -> Artifact:
    await asyncio.to_thread(received.path.unlink)
    if received.sha256 != artifact.sha256:
        raise Conflict("This artifact is complete and never changes; ask for a new key.")
    return artifact


def _check(call: Call, path: str) -> None:
    call.services.links.check(call.method, path, call.query("expires"), call.query("signature"))


def _artifact(call: Call, *keys: str) -> Artifact:
    read = call.services.store.read
    project = projects.find(read, call.path["project_uid"])
    for key in keys:
        artifact = artifacts.find(read, project.id, key) if project is not None else None
        if artifact is not None:
            return artifact
    raise NotFound("There is no such artifact.")


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

_ARTIFACT = f"{LINKS}/artifacts/{{project_uid:str}}/{{key:str}}"
_OUTPUT = f"{LINKS}/outputs/{{job_uid:str}}/{{name:str}}"

ROUTES = (
    Route("POST", _PLACE, Action.ARTIFACT_WRITE, create_artifact, "A key and an upload link", body=ArtifactBody),
    Route("GET", _PLACE, Action.ARTIFACT_READ, list_artifacts, "Artifacts of a project", answer=ArtifactOnWire),
    Route("DELETE", _PLACE, Action.ARTIFACT_DELETE, delete_artifact, "Delete an artifact", query=_KEY),
    Route("GET", f"{_PLACE}/download", Action.ARTIFACT_READ, link_artifact, "A download link", query=_LINK),
    Route("GET", f"{_PLACE}/manifest", Action.ARTIFACT_READ, show_manifest, "What is in a file", query=_KEY),
    Route("GET", "/v1/appliance" + _PLACE + "/preview", Action.ARTIFACT_READ, show_preview, "First rows of a file", query=_KEY),
    Route("PUT", _ARTIFACT, Action.LINK, upload_artifact, "Upload to a signed link", endless=True),
    Route("GET", _ARTIFACT, Action.LINK, download_artifact, "Download an artifact from a signed link"),
    Route("GET", _OUTPUT, Action.LINK, download_output, "Download a job's output from a signed link"),
)
