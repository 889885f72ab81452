"""Whether the server lives, what it is, and what newer clients ask on their way."""

from __future__ import annotations

import platform

import msgspec

from appliance import __version__
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.store import attempts, jobs, users


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok`, or `failed` (503) when the database can no longer be trusted to keep a promise."""

    status: str
    version: str


async def show_health(call: Call) -> Answer:
    """Alive and able to keep promises; needs no key."""
    failed = call.services.store.failure is not None
    return bare(Health("failed" if failed else "ok", __version__), 503 if failed else 200)


async def show_status(call: Call) -> Answer:
    """Version, limits, machine, the caller's queue and how workers are confined here."""
    services, settings = call.services, call.services.settings
    counts, own = jobs.counts(services.store.read, call.user.id), users.limits(call.user, settings)
    free = services.files.disk.free_bytes()
    left = users.storage_left(services.store.read, call.user.id, settings.user_storage_bytes)
    limits = {
        "created": own.created,
        "running": own.running,
        "max_duration_seconds": own.max_duration_s,
        "worker_timeout_seconds": settings.worker_timeout_s,
        "storage_bytes": own.storage_bytes or None,
        "room_bytes": max(0, min(free - settings.free_disk_reserve_bytes, free if left is None else left)),
    }
    machine = {
        "cpus": services.inventory.cpus,
        "memory_bytes": services.inventory.memory_bytes,
        "gpus": [gpu.id for gpu in services.inventory.gpus],
        "free_disk_bytes": free,
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
)
