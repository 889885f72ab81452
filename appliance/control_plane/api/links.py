"""Where signed links lead: uploads come in, artifacts and outputs go out. The link is the authorisation, no key is asked."""

from __future__ import annotations

import asyncio

from appliance.contract.artifact import EXTRA_MODEL_ARTIFACTS
from appliance.control_plane.api.answers import Answer, bare
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.files import FileAnswer, present, send_file
from appliance.control_plane.api.job_wire import run_directory
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.routes import Route
from appliance.control_plane.artifact_store.links import LINKS
from appliance.control_plane.artifact_store.names import file_name
from appliance.control_plane.artifact_store.uploads import Allowance, Received, receive
from appliance.control_plane.store import Connection, artifacts, jobs, projects, users
from appliance.control_plane.store.artifacts import Artifact
from appliance.errors import Conflict, NotFound


async def upload_artifact(call: Call) -> Answer:
    """Take a whole file, with a length or chunked; its inspection starts at once. The same bytes again are welcome, others are not."""
    _check(call, f"/artifacts/{call.path['project_uid']}/{call.path['key']}")
    artifact = _artifact(call, call.path["key"])
    services = call.services
    part = services.files.uploads / f"{artifact.key}.{services.random.token(6).hex()}.part"
    received = await receive(call.chunks(), part, services.files.disk, allowance(call, artifact.owner_id))
    if artifact.state == "ready":
        return await _again(artifact, received)
    stored = await place(call, artifact, received)
    services.scheduler.inspect(stored)
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


async def place(call: Call, artifact: Artifact, received: Received) -> Artifact:
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
    return stored


async def _again(artifact: Artifact, received: Received) -> Answer:
    await asyncio.to_thread(received.path.unlink)
    if received.sha256 != artifact.sha256:
        raise Conflict("This artifact is complete and never changes; ask for a new key.")
    return bare({"key": artifact.key, "size": artifact.size, "sha256": artifact.sha256})


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


_ARTIFACT = f"{LINKS}/artifacts/{{project_uid:str}}/{{key:str}}"
_OUTPUT = f"{LINKS}/outputs/{{job_uid:str}}/{{name:str}}"

ROUTES = (
    Route("PUT", _ARTIFACT, Action.LINK, upload_artifact, "Upload to a signed link", endless=True),
    Route("GET", _ARTIFACT, Action.LINK, download_artifact, "Download an artifact from a signed link"),
    Route("GET", _OUTPUT, Action.LINK, download_output, "Download a job's output from a signed link"),
)
