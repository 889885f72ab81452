"""Proofs that a request carries: keys, cookies, the model key of a worker, and the level that a user has in a project."""

from __future__ import annotations

import hashlib
import hmac

from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import Level
from appliance.control_plane.store import Connection, jobs, keys, projects, users
from appliance.control_plane.store.jobs import Job
from appliance.control_plane.store.users import User
from appliance.errors import NotSignedIn

COOKIE = "appliance_session"


def session_cookie(call: Call) -> str:
    """The Console's cookie. An empty text where there is none, or several that differ: one of them was put there by somebody else."""
    pairs = (part.strip().partition("=") for part in call.header(b"cookie").split(";"))
    found = {value for name, _, value in pairs if name == COOKIE}
    return found.pop() if len(found) == 1 else ""


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
    """The job of a worker's request. Raises NotSignedIn unless the model key is that job's."""
    job = jobs.by_uid(call.services.store.read, job_uid)
    digest = keys.digest(bare_key(call.header(b"authorization")))
    if job is None or not hmac.compare_digest(job.worker_key_digest, digest):
        raise NotSignedIn("The model key is not that of this job.")
    return job


def owner_standing(call: Call, job: Job) -> User:
    """Who made a job that a worker wants to begin. Raises NotSignedIn when the user is disabled or may no longer write to its project; a
    job that was begun goes on."""
    owner = users.by_id(call.services.store.read, job.owner_id)
    if owner is None or standing(call.services.store.read, owner, job.project_id) < Level.WRITE:
        raise NotSignedIn("The user who made this job is disabled, or may no longer write to its project.")
    return owner


def standing(connection: Connection, user: User | None, project_id: int) -> int:
    """The level in a project of a user who is enabled; 0 for anybody else."""
    return Level.SIGNED_IN if user is None or user.disabled else projects.level(connection, project_id, user.id)
