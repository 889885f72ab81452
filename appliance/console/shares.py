"""Shared links: a file of a job for somebody without an account, until the link expires or is taken back.

Such a link is 256 random bits, shown once and stored as a digest. It gives what its creator could give now: it is dead at once when it is
revoked or expired, when its creator is disabled, left the project or may no longer write to it, and when the job or project is deleted.
A download that began before goes on to its end. What is no live link is answered by one sentence, whatever it was."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from appliance.audit import Entry
from appliance.clock import timestamp
from appliance.console.outputs import SHARED, chosen, file_name
from appliance.console.pages import POLICY
from appliance.control_plane.api.files import send_file
from appliance.control_plane.api.job_wire import moment
from appliance.control_plane.api.jobs import find_job
from appliance.control_plane.api.permissions import Level
from appliance.control_plane.api.recording import record_access
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, jobs, keys, projects
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.statements import decode_all, one, only, run, value
from appliance.errors import BadRequest, Conflict, Forbidden, LimitReached, NotFound, Overloaded, StorageFull, StoreFailed
from appliance.people.membership import own_level

MOST_HOURS = 30 * 24
MOST_OPEN = 100
"""Open links of one job; as many dead ones are kept to be listed."""
_TOKEN = re.compile(r"[0-9a-f]{64}")
_NOTHING = "This link leads to nothing: it was taken back, its time is over, or it never was one."
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Nothing here</title>"
    f"<link rel=stylesheet href=/console/style.css><main><h2>Nothing here</h2><p>{_NOTHING}</p>"
    "<p>Ask whoever sent it for a new one.</p></main>"
).encode()
_PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)
_PRIVATE = ((b"referrer-policy", b"no-referrer"), (b"x-robots-tag", b"noindex"))


class ShareBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file of the job (none: its rows, else its report), and for how many hours: 1 to 720."""

    type: str = ""
    hours: int = 24


class Share(msgspec.Struct, frozen=True, array_like=True):
    """One shared link with what it leads to. `granted`: its creator could give the file now."""

    id: int
    uid: str
    digest: bytes
    project_id: int
    job_id: int
    type: str
    creator_id: int
    created_at: float
    expires_at: float
    revoked_at: float | None
    downloads: int
    last_download_at: float | None
    creator: str
    job_uid: str
    job_name: str
    file: str
    granted: int

    def state(self, at: float) -> str:
        """`open`, or why it gives nothing: `revoked`, `expired`, or `closed` (its creator may give it no more)."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= at else "open" if self.granted else "closed"


class ShareOnWire(msgspec.Struct, frozen=True):
    """One shared link as it is listed: never its address, which nobody knows but who has it."""

    id: str
    job_id: str
    job_name: str
    type: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    state: str
    downloads: int
    last_download_at: datetime | None


def on_wire(share: Share, at: float) -> ShareOnWire:
    """A share as clients read it."""
    return ShareOnWire(
        id=share.uid,
        job_id=share.job_uid,
        job_name=share.job_name,
        type=share.type,
        created_by=share.creator,
        created_at=moment(share.created_at),
        expires_at=moment(share.expires_at),
        state=share.state(at),
        downloads=share.downloads,
        last_download_at=moment(share.last_download_at) if share.last_download_at is not None else None,
    )


async def create_share(call: Call) -> Answer:
    """A link to one file of a job; its address is in this answer and nowhere else."""
    job, body = find_job(call), await call.body(ShareBody)
    if not 1 <= body.hours <= MOST_HOURS:
        raise BadRequest(f"`hours` must be from 1 to {MOST_HOURS}.")
    random, at = call.services.random, call.services.clock.now()
    secret, facts = random.token(32).hex(), {"uid": random.token(12).hex(), "at": at, "expires_at": at + body.hours * 3600.0}

    def insert(connection: Connection) -> Share:
        own_level(connection, call)
        present = jobs.by_id(connection, job.id)
        if present is None or present.deleted:
            raise NotFound("There is no such job.")
        file = chosen(connection, job, body.type, SHARED)
        return _put(connection, call, job, {**facts, "digest": keys.digest(secret), "type": file.type})

    share = await call.services.store.write(insert, told=partial(_told, call))
    return data({"share": on_wire(share, at), "url": f"{call.base_url}/share/{secret}"})


def _put(connection: Connection, call: Call, job: Job, facts: dict[str, Any]) -> Share:
    place = {"job_id": job.id, "at": facts["at"]}
    if value(connection, "share_open", place) >= MOST_OPEN:
        raise LimitReached(f"Maximum number of shared links of a job ({MOST_OPEN}) reached; take one back that is not needed.")
    run(connection, "share_forget", {**place, "most": MOST_OPEN})
    run(connection, "share_insert", {**facts, "project_id": call.project.id, "job_id": job.id, "creator_id": call.user.id})
    return only(connection, "share_by_uid", Share, {"uid": facts["uid"], "job_id": job.id})


async def list_shares(call: Call) -> Answer:
    """Links to files of a job, newest first, dead ones too."""
    return await _listed(call, "share_of_job", {"job_id": find_job(call).id})


async def list_project_shares(call: Call) -> Answer:
    """The newest 500 links to files of a project's jobs, dead ones too."""
    return await _listed(call, "share_of_project", {"project_id": call.project.id})


async def _listed(call: Call, statement: str, parameters: dict[str, Any]) -> Answer:
    at, found = call.services.clock.now(), decode_all(Share, await call.services.store.long_read(statement, parameters))
    return data({"shares": [on_wire(share, at) for share in found]})


async def revoke_share(call: Call) -> Answer:
    """Take a link back: one's own, or as an administrator of the project anybody's."""
    job, uid, at = find_job(call), call.path["share_id"], call.services.clock.now()

    def end(connection: Connection) -> Share:
        level = own_level(connection, call)
        share = one(connection, "share_by_uid", Share, {"uid": uid, "job_id": job.id})
        if share is None:
            raise NotFound("There is no such shared link of this job.")
        if share.creator_id != call.user.id and level < Level.ADMINISTRATOR:
            raise Forbidden("Somebody else made this link: only an administrator of the project may take it back.")
        if share.revoked_at is not None:
            raise Conflict("The link was taken back before.")
        run(connection, "share_revoke", {"id": share.id, "at": at})
        return msgspec.structs.replace(share, revoked_at=at)

    share = await call.services.store.write(end, told=partial(_told, call))
    return data({"share": on_wire(share, at)})


async def download_share(call: Call) -> Answer:
    """The file behind a shared link, for whoever has it; unpacked, to be saved. Asks for no account.

    A browser is shown a page where there is nothing (any more)."""
    try:
        return await _shared(call)
    except NotFound:
        if "text/html" not in call.header(b"accept"):
            raise
        return Answer(_PAGE, 404, _PAGE_HEADERS)


async def _shared(call: Call) -> Answer:
    secret, at, store = call.path["token"], call.services.clock.now(), call.services.store
    share = one(store.read, "share_by_digest", Share, {"digest": keys.digest(secret), "at": at}) if _TOKEN.fullmatch(secret) else None
    job = jobs.by_id(store.read, share.job_id) if share is not None else None
    project = projects.by_id(store.read, share.project_id) if share is not None else None
    if share is None or job is None or project is None:
        raise NotFound(_NOTHING)
    call.project = project
    answer = await _file(call, call.services.files.output_path(job.uid, share.file), file_name(job, share.type))
    await _note(call, share, at)
    return answer


async def _file(call: Call, path: Path, name: str) -> Answer:
    """The file unpacked, or as it lies where it cannot be unpacked. Raises NotFound."""
    try:
        answer = await send_file(call, path, name)
    except NotFound:
        raise NotFound(_NOTHING) from None
    except BadRequest:
        answer = await send_file(call, path, path.name)
    answer.headers = (*answer.headers, *_PRIVATE)
    return answer


async def _note(call: Call, share: Share, at: float) -> None:
    """Count a download that begins, and tell the record of it: one line a minute for each link. Nothing here may hinder the answer."""
    call.via = "share"
    if call.method != "HEAD" and call.header(b"range").strip() in ("", "bytes=0-"):
        with contextlib.suppress(StorageFull, StoreFailed, Overloaded):
            await call.services.store.write(lambda connection: run(connection, "share_taken", {"id": share.id, "at": at}), promise=False)
    await record_access(call, "share", share.uid, share.job_name, job=share.job_uid, type=share.type, shared_by=share.creator)


def _told(call: Call, share: Share) -> Entry:
    until = timestamp(share.expires_at)
    return call.entry("share", share.uid, share.job_name, job=share.job_uid, type=share.type, shared_by=share.creator, until=until)


_JOB = "/v1/appliance/jobs/{job_uid:str}/shares"
_PROJECT = "/v1/appliance/projects/{project_id:str}/shares"

ROUTES = (
    Route("POST", _JOB, Action.SHARE_CREATE, create_share, "Share a file of a job by a link", body=ShareBody, answer=ShareOnWire),
    Route("GET", _JOB, Action.MODEL_READ, list_shares, "Shared links of a job", answer=ShareOnWire),
    Route("DELETE", f"{_JOB}/{{share_id:str}}", Action.SHARE_REVOKE, revoke_share, "Take a shared link back", answer=ShareOnWire),
    Route("GET", _PROJECT, Action.PROJECT_READ, list_project_shares, "Shared links of a project", answer=ShareOnWire),
    Route("GET", "/share/{token:str}", Action.SHARE_DOWNLOAD, download_share, "Download what was shared"),
)
