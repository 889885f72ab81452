"""Project artifacts: a key and a signed link to upload to, what is known of a file, links to download it, deletion."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.answers import Answer, bare, data
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.files import FileAnswer, send_file
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.routes import Route
from appliance.control_plane.artifact_store.names import clean_name, new_key
from appliance.control_plane.store import Connection, artifacts
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

ROUTES = (
    Route("POST", _PLACE, Action.ARTIFACT_WRITE, create_artifact, "A key and an upload link", body=ArtifactBody),
    Route("GET", _PLACE, Action.ARTIFACT_READ, list_artifacts, "Artifacts of a project", answer=ArtifactOnWire),
    Route("DELETE", _PLACE, Action.ARTIFACT_DELETE, delete_artifact, "Delete an artifact", query=_KEY),
    Route("GET", f"{_PLACE}/download", Action.ARTIFACT_READ, link_artifact, "A download link", query=_LINK),
    Route("GET", f"{_PLACE}/manifest", Action.ARTIFACT_READ, show_manifest, "What is in a file", query=_KEY),
    Route("GET", "/v1/appliance" + _PLACE + "/preview", Action.ARTIFACT_READ, show_preview, "First rows of a file", query=_KEY),
)
