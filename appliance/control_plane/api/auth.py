"""Who asks: an API key in the Authorization header, or the Console's cookie with its CSRF header."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import NO_PROJECT, Action, Level, in_project, require
from appliance.control_plane.store import jobs, keys, projects, users
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.users import User
from appliance.errors import Forbidden, NotFound, NotSignedIn, Overloaded

COOKIE = "appliance_session"
USE_NOTED_S = 3600.0
_SAFE_METHODS = ("GET", "HEAD")


def admit(call: Call, action: Action) -> None:
    """Let the request pass, or raise: find the user, the project that the path names, and ask the permission table."""
    if call.services.refusing and call.method not in _SAFE_METHODS and action is not Action.WORKER:
        raise Overloaded(call.services.refusing)
    if action.level is Level.PUBLIC:
        return
    call.user = identify(call)
    if in_project(action):
        call.project = _project(call)
        call.level = projects.level(call.services.store.read, call.project.id, call.user.id)
        require(action, call.level)


def identify(call: Call) -> User:
    """The user behind a request. Raises NotSignedIn, Forbidden for a cookie without its CSRF header."""
    authorization = call.header(b"authorization")
    if authorization:
        key = bare_key(authorization)
        user = keys.user_of(call.services.store.read, key)
        if user is None:
            raise NotSignedIn("The API key is not known, revoked, or its user is disabled.")
        _note_use(call, key)
        return user
    cookie = session_cookie(call)
    session = keys.session(call.services.store.read, cookie, call.services.clock.now()) if cookie else None
    if session is None:
        raise NotSignedIn("Send an API key in the Authorization header, or sign in.")
    if call.method not in _SAFE_METHODS and not same(call.header(b"x-csrf-token"), session.csrf):
        raise Forbidden("The request lacks the session's X-CSRF-Token.")
    found = users.by_id(call.services.store.read, session.user_id)
    if found is None:
        raise NotSignedIn("The user of this session is gone.")
    return found


def session_cookie(call: Call) -> str:
    """The Console's cookie, or an empty text."""
    for part in call.header(b"cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def bare_key(authorization: str) -> str:
    """The key in an Authorization header, with or without `Bearer`."""
    scheme, _, rest = authorization.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else authorization.strip()


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def model_key(secret: bytes, job_uid: str) -> str:
    """The key that authorises one job's worker: derived, so that a repeated submission answers the same one; stored as digest only."""
    return "grtm" + hmac.digest(secret, f"worker\n{job_uid}".encode(), hashlib.sha256).hex()


def worker_job(call: Call, job_uid: str) -> Job:
    """The job of a worker's request. Raises NotSignedIn unless the model key is that job's, and the job's owner may still write to
    its project."""
    read = call.services.store.read
    job = jobs.by_uid(read, job_uid)
    digest = keys.digest(bare_key(call.header(b"authorization")))
    if job is None or not hmac.compare_digest(job.worker_key_digest, digest):
        raise NotSignedIn("The model key is not that of this job.")
    if _standing(call, users.by_id(read, job.owner_id), job.project_id) < Level.WRITE:
        raise NotSignedIn("The user who made this job is disabled, or may no longer write to its project.")
    return job


def check_link(call: Call, path: str) -> None:
    """Raises Forbidden unless the request's address was signed here, for this method and `path`."""
    call.services.links.check(call.method, path, call.query("user"), call.query("expires"), call.query("signature"))


def require_of_link(call: Call, action: Action, project_id: int) -> None:
    """Raises NotFound or Forbidden when the user to whom a (checked) link was given may no longer do that in the project."""
    require(action, _standing(call, users.by_uid(call.services.store.read, call.query("user")), project_id))


def _standing(call: Call, user: User | None, project_id: int) -> int:
    """The level of a user who is enabled; 0 for anybody else."""
    return Level.SIGNED_IN if user is None or user.disabled else projects.level(call.services.store.read, project_id, user.id)


def _note_use(call: Call, key: str) -> None:
    """Write down when a key was last used, once an hour at most and without waiting for it."""
    services = call.services
    digest, now = keys.digest(key), services.clock.now()
    if now - services.key_uses.get(digest, 0.0) > USE_NOTED_S:
        services.key_uses[digest] = now
        task = asyncio.create_task(services.store.write(lambda connection: keys.used(connection, key, now), promise=False))
        task.add_done_callback(_forget_failure)


def _forget_failure(task: asyncio.Task[None]) -> None:
    """A note that could not be written is no fault of the request."""
    if not task.cancelled():
        task.exception()


def _project(call: Call) -> projects.Project:
    read = call.services.store.read
    if "project_id" in call.path:
        project = projects.find(read, call.path["project_id"])
    else:
        job = jobs.by_uid(read, call.path["job_uid"])
        project = projects.by_id(read, job.project_id) if job is not None and not job.deleted else None
    if project is None or project.deleting:
        raise NotFound(NO_PROJECT)
    return project
