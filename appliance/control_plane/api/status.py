"""Whether the server lives, what it is, who the caller is, and what newer clients ask on their way."""

from __future__ import annotations

import platform

import msgspec

from appliance import __version__
from appliance.clock import timestamp
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.store import attempts, jobs, users


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok`, or `failed` (503) when the database can no longer be trusted to keep a promise."""

    status: str
    version: str


class Me(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """The caller."""

    uid: str
    email: str
    created_at: str
    is_owner: bool


async def show_health(call: Call) -> Answer:
    """Alive and able to keep promises; needs no key."""
    failed = call.services.store.failure is not None
    return bare(Health("failed" if failed else "ok", __version__), 503 if failed else 200)


async def show_status(call: Call) -> Answer:
    """Version, limits, machine, the caller's queue and how workers are confined here."""
    services, settings = call.services, call.services.settings
    counts = jobs.counts(services.store.read, call.user.id)
    limits = {
        "created": settings.max_created,
        "running": settings.max_running,
        "max_duration_seconds": settings.max_duration_s,
        "worker_timeout_seconds": settings.worker_timeout_s,
        "storage_bytes": settings.user_storage_bytes or None,
    }
    machine = {
        "cpus": services.inventory.cpus,
        "memory_bytes": services.inventory.memory_bytes,
        "gpus": [gpu.id for gpu in services.inventory.gpus],
        "free_disk_bytes": services.files.disk.free_bytes(),
    }
    status = {
        "version": __version__,
        "python": platform.python_version(),
        "limits": limits,
        "queue": {"created": counts.created, "running": counts.running},
        "machine": machine,
        "allow_unconfined": settings.allow_unconfined,
        "confinement": attempts.last_confinement(services.store.read),
        "refusing_writes": services.refusing,
    }
    return data(status)


async def show_me(call: Call) -> Answer:
    """Who the key or the session belongs to."""
    user = call.user
    return data({"me": Me(user.uid, user.email, timestamp(user.created_at), user.is_owner)})


async def show_limits(call: Call) -> Answer:
    """Limits and what is used of them. Nothing is ever billed."""
    settings, read = call.services.settings, call.services.store.read
    counts = jobs.counts(read, call.user.id)
    limits = {
        "max_jobs_active": settings.max_running,
        "max_jobs_queued": settings.max_created,
        "max_job_duration_seconds": settings.max_duration_s,
        "max_storage_bytes": settings.user_storage_bytes or None,
    }
    stored = users.storage_used(read, call.user.id)
    usage = {"jobs_active": counts.running, "jobs_queued": counts.created, "storage_bytes": stored}
    return data({"billing": {"me": {"service_limits": limits, "usage": usage, "credits_used": 0}}})


async def list_invites(call: Call) -> Answer:
    """Invitations: none, members are set by an administrator of the project."""
    return data({"invites": [], "timestamp": timestamp(call.services.clock.now())})


async def list_tenants(call: Call) -> Answer:
    """No tenants: this server is its own."""
    return bare({"tenants": []})


async def list_clusters(call: Call) -> Answer:
    """No clusters: hybrid mode is not available in this version."""
    return bare({"clusters": []})


ROUTES = (
    Route("GET", "/health", Action.HEALTH, show_health, "Is the server well", answer=Health),
    Route("GET", "/v1/appliance/status", Action.STATUS, show_status, "Version, limits, queue, machine"),
    Route("GET", "/v1/serverless/tenants", Action.STATUS, list_tenants, "Tenants (none)"),
    Route("GET", "/v1/clusters", Action.STATUS, list_clusters, "Clusters (none)"),
    Route("GET", "/users/me", Action.ACCOUNT, show_me, "The caller", answer=Me),
    Route("GET", "/users/me/billing", Action.ACCOUNT, show_limits, "Limits of the caller, and what is used of them"),
    Route("GET", "/users/me/invites", Action.ACCOUNT, list_invites, "Invitations of the caller"),
)
