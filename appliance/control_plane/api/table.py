"""The routes of projects, files, models, runs, workers and pages, in one place. Those of people are in `appliance/people/table.py`."""

from __future__ import annotations

from appliance.control_plane.api import artifacts, jobs, models, pages, projects, status, templates, transform_keys, workers
from appliance.control_plane.api.routes import Route

_SUBJECTS = (projects, artifacts, models, jobs, transform_keys, templates, workers, status, pages)

ROUTES: tuple[Route, ...] = tuple(route for subject in _SUBJECTS for route in subject.ROUTES)
