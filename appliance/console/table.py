"""Every route of the server: those of the control plane, of people and of the Console, and the description of them all."""

from __future__ import annotations

from appliance.console import chain, drafts, history, job_log, machine, pages, places, sample, shares, stream
from appliance.console.docs import shelf as docs
from appliance.control_plane.api import table as control_plane
from appliance.control_plane.api.openapi import described
from appliance.control_plane.api.routes import Route
from appliance.people import table as people

_SUBJECTS = (pages, history, sample, machine, places, job_log, shares, chain, drafts, stream, docs)

ROUTES: tuple[Route, ...] = described(
    (*control_plane.ROUTES, *people.ROUTES, *(route for subject in _SUBJECTS for route in subject.ROUTES))
)
