"""Who the caller is, and what they may use."""

from __future__ import annotations

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import jobs, users


class Me(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """The caller."""

    uid: str
    email: str
    created_at: str
    is_owner: bool


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


ROUTES = (
    Route("GET", "/users/me", Action.ACCOUNT, show_me, "The caller", answer=Me),
    Route("GET", "/users/me/billing", Action.ACCOUNT, show_limits, "Limits of the caller, and what is used of them"),
    Route("GET", "/users/me/invites", Action.ACCOUNT, list_invites, "Invitations of the caller"),
)
