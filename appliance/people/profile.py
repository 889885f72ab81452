"""Who the caller is, and what they may use."""

from __future__ import annotations

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import jobs, users
from appliance.people.usage import this_month


class ServiceLimits(msgspec.Struct, frozen=True):
    """What the caller may use: jobs at once, jobs that wait, seconds of a job, bytes stored (null: no limit)."""

    max_jobs_active: int
    max_jobs_queued: int
    max_job_duration_seconds: float
    max_storage_bytes: int | None


class Me(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """The caller. `administrator`: manages the users of this server, as its owner does too. Without a password there is none to ask for."""

    uid: str
    email: str
    created_at: str
    is_owner: bool
    administrator: bool
    has_password: bool
    service_limits: ServiceLimits


async def show_me(call: Call) -> Answer:
    """Whose key or session this is, and what that user may use."""
    user = call.user
    rights = (user.is_owner, user.administers, bool(user.password_digest))
    return data({"me": Me(user.uid, user.email, timestamp(user.created_at), *rights, _service_limits(call))})


async def show_limits(call: Call) -> Answer:
    """Limits of the caller, what is used of them now, and what was used this month. Nothing is ever billed."""
    read = call.services.store.read
    counts, month = jobs.counts(read, call.user.id), this_month(read, call.user.id, call.services.clock.now())
    now = {"jobs_active": counts.running, "jobs_queued": counts.created, "storage_bytes": users.storage_used(read, call.user.id)}
    return data({"billing": {"me": {"service_limits": _service_limits(call), "usage": now, "this_month": month, "credits_used": 0}}})


def _service_limits(call: Call) -> ServiceLimits:
    own = users.limits(call.user, call.services.settings)
    return ServiceLimits(own.running, own.created, own.max_duration_s, own.storage_bytes or None)


ROUTES = (
    Route("GET", "/users/me", Action.ACCOUNT, show_me, "The caller", answer=Me),
    Route("GET", "/users/me/billing", Action.ACCOUNT, show_limits, "Limits of the caller, and what is used of them"),
)
