"""Every route of the server, in one place."""

from __future__ import annotations

from appliance.control_plane.api import artifacts, jobs, models, pages, projects, sessions, status, templates, transform_keys, workers
from appliance.control_plane.api.routes import Route

_SUBJECTS = (projects, artifacts, models, jobs, transform_keys, templates, workers, sessions, status, pages)

ROUTES: tuple[Route, ...] = tuple(route for subject in _SUBJECTS for route in subject.ROUTES)
