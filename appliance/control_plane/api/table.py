"""The routes of projects, files, models, runs and workers, in one place. `appliance/console/table.py` holds all of the server's."""

from __future__ import annotations

from appliance.control_plane.api import artifacts, jobs, models, projects, status, templates, transform_keys, workers
from appliance.control_plane.api.routes import Route

_SUBJECTS = (projects, artifacts, models, jobs, transform_keys, templates, workers, status)

ROUTES: tuple[Route, ...] = tuple(route for subject in _SUBJECTS for route in subject.ROUTES)
