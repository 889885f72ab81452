"""Every route of the server, in one place."""

from __future__ import annotations

from appliance.control_plane.api import (
    artifacts,
    jobs,
    links,
    members,
    models,
    pages,
    projects,
    record_handlers,
    sessions,
    status,
    users,
    workers,
)
from appliance.control_plane.api.routes import Route

ROUTES: tuple[Route, ...] = (
    *users.ROUTES,
    *projects.ROUTES,
    *members.ROUTES,
    *artifacts.ROUTES,
    *models.ROUTES,
    *record_handlers.ROUTES,
    *links.ROUTES,
    *jobs.ROUTES,
    *workers.ROUTES,
    *sessions.ROUTES,
    *status.ROUTES,
    *pages.ROUTES,
)
