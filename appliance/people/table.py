"""The routes of people: who they are, how they sign in, what they may and did."""

from __future__ import annotations

from appliance.control_plane.api.routes import Route
from appliance.people import (
    activity,
    api_keys,
    audit_log,
    directory,
    invites,
    members,
    own_password,
    profile,
    record_lines,
    sessions,
    sign_in,
    usage,
    users,
)

_SUBJECTS = (
    profile,
    sign_in,
    sessions,
    own_password,
    members,
    invites,
    users,
    api_keys,
    directory,
    usage,
    activity,
    audit_log,
    record_lines,
)

ROUTES: tuple[Route, ...] = tuple(route for subject in _SUBJECTS for route in subject.ROUTES)
