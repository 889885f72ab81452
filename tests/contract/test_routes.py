"""Every route: a row in the permission table, a sentence in the description, and nothing without a key."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from appliance.console.table import ROUTES
from appliance.control_plane.api.openapi import describe
from appliance.control_plane.api.permissions import Action, Level, in_project, require
from appliance.control_plane.api.routes import Route
from appliance.errors import Forbidden, NotFound

API = Path(__file__).parents[2] / "appliance" / "control_plane" / "api"
CORE = """
GET /users/me
GET /users/me/billing
POST /projects
GET /projects
GET /projects/{project_id}
DELETE /projects/{project_id}
POST /projects/{project_id}/artifacts
GET /projects/{project_id}/artifacts
DELETE /projects/{project_id}/artifacts
GET /projects/{project_id}/artifacts/download
GET /projects/{project_id}/artifacts/manifest
POST /projects/{project_id}/models
GET /projects/{project_id}/models
GET /projects/{project_id}/models/{model_id}
PATCH /projects/{project_id}/models/{model_id}
DELETE /projects/{project_id}/models/{model_id}
GET /projects/{project_id}/models/{model_id}/artifact
POST /projects/{project_id}/models/{model_id}/record_handlers
GET /projects/{project_id}/models/{model_id}/record_handlers
GET /projects/{project_id}/models/{model_id}/record_handlers/{handler_id}
PATCH /projects/{project_id}/models/{model_id}/record_handlers/{handler_id}
DELETE /projects/{project_id}/models/{model_id}/record_handlers/{handler_id}
GET /projects/{project_id}/models/{model_id}/record_handlers/{handler_id}/artifact
GET /v1/serverless/tenants
GET /v1/clusters
GET /v1/projects/{project_id}
GET /health
GET /openapi.json
PATCH /users/me/key
DELETE /users/me/key
GET /users/me/invites
PATCH /users/me/invites/{invite_id}
DELETE /users/me/invites/{invite_id}
GET /users/me/team
GET /users/search
GET /users/{user_id}
POST /users/me/logout
GET /projects/{project_id}/members
POST /projects/{project_id}/members
DELETE /projects/{project_id}/members/{user_id}
GET /projects/{project_id}/invites
POST /projects/{project_id}/invites
DELETE /projects/{project_id}/invites/{invite_id}
GET /v1/activity
GET /v1/appliance/keys
POST /v1/appliance/keys
DELETE /v1/appliance/keys/{key_id}
POST /v1/appliance/session
GET /v1/appliance/session
DELETE /v1/appliance/session
GET /v1/appliance/sessions
DELETE /v1/appliance/sessions
DELETE /v1/appliance/sessions/{session_id}
PUT /v1/appliance/password
DELETE /v1/appliance/projects/{project_id}/membership
POST /v1/appliance/projects/{project_id}/transfer
GET /v1/appliance/users
POST /v1/appliance/users
PATCH /v1/appliance/users/{user_id}
POST /v1/appliance/users/{user_id}/sign-in-link
POST /v1/appliance/users/{user_id}/reset
POST /v1/appliance/users/{user_id}/hand-over
GET /v1/appliance/usage
GET /v1/appliance/usage/all
GET /v1/appliance/projects/{project_id}/usage
GET /v1/appliance/audit
GET /v1/appliance/audit/head
GET /v1/appliance/audit/verify
POST /v1/appliance/jobs/{job_uid}/shares
GET /v1/appliance/jobs/{job_uid}/shares
DELETE /v1/appliance/jobs/{job_uid}/shares/{share_id}
GET /v1/appliance/projects/{project_id}/shares
GET /share/{token}
POST /v1/appliance/jobs/{job_uid}/artifact
GET /v1/appliance/jobs/{job_uid}/events
GET /v1/appliance/stream
GET /v1/appliance/jobs/{job_uid}/history
GET /v1/appliance/jobs/{job_uid}/configuration
GET /v1/appliance/sample
GET /v1/appliance/machine
GET /v1/appliance/projects
GET /v1/appliance/projects/{project_id}/artifacts/uses
POST /v1/appliance/projects/{project_id}/draft
"""


WORKERS = (
    ("POST", "/v1/appliance/worker/check-in"),
    ("PUT", "/v1/appliance/worker/attempts/{job_uid}/{attempt}/artifacts/{type}"),
    ("POST", "/v1/appliance/worker/final"),
)
"""What a job's worker says while it runs: the record tells of the job's claim and its end."""


def shown(route: Route) -> str:
    return f"{route.method} {re.sub(r':str', '', route.path)}"


@pytest.mark.parametrize("route", ROUTES, ids=shown)
def test_every_route_has_a_level_and_a_place_to_ask_it(route: Route) -> None:
    if in_project(route.action):
        assert "{project_id:str}" in route.path or "{job_uid:str}" in route.path
    if route.action.level is Level.PUBLIC:
        assert route.action in (Action.HEALTH, Action.DOCUMENTS, Action.SIGN_IN, Action.WORKER, Action.WORKER_CLAIM, Action.SHARE_DOWNLOAD)
    assert inspect.getdoc(route.handle)


def test_every_action_has_a_level_and_is_asked_somewhere() -> None:
    assert set(Action) == {route.action for route in ROUTES}


def test_no_route_is_bound_outside_the_table() -> None:
    binders = [
        path.name for path in API.glob("*.py") if re.search(r"RouteHandler\(|@(get|post|put|patch|delete)\b|\basgi\(", path.read_text())
    ]
    assert binders == ["routes.py"]
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("line", CORE.split("\n")[1:-1])
def test_the_wire_of_the_client_is_served(line: str) -> None:
    assert line in {shown(route) for route in ROUTES}


@pytest.mark.parametrize("action", [action for action in Action if in_project(action)])
def test_levels_are_a_ladder_and_outsiders_learn_nothing(action: Action) -> None:
    for level in range(5):
        if level == 0:
            with pytest.raises(NotFound):
                require(action, level)
        elif level < action.level:
            with pytest.raises(Forbidden):
                require(action, level)
        else:
            require(action, level)


GOVERNED = ("/members", "/invites", "/transform-keys", "/usage")
"""Places of a project whose change is for its administrators."""
QUESTIONS = {"POST /v1/appliance/projects/{project_id}/draft"}
"""What is asked with a body and changes nothing."""
OWNED = {"DELETE /projects/{project_id}", "POST /v1/appliance/projects/{project_id}/transfer"}


def expected_level(line: str, path: str) -> Level:
    """What the house promises: read looks and takes, write makes and unmakes, an administrator governs, the owner ends."""
    if line in OWNED:
        return Level.OWNER
    if line.startswith("GET ") or line in QUESTIONS:
        return Level.ADMINISTRATOR if path.endswith(("/invites", "/usage")) else Level.READ
    if line == "DELETE /v1/appliance/projects/{project_id}/membership":
        return Level.READ
    if line == "PATCH /projects/{project_id}" or any(place in path for place in GOVERNED):
        return Level.ADMINISTRATOR
    return Level.WRITE


@pytest.mark.parametrize("route", [route for route in ROUTES if in_project(route.action)], ids=shown)
def test_levels_are_those_that_were_promised(route: Route) -> None:
    assert route.action.level is expected_level(shown(route), shown(route).partition(" ")[2])


def test_whatever_changes_something_is_recorded() -> None:
    quiet = {shown(route) for route in ROUTES if route.method != "GET" and not route.action.recorded}
    assert quiet == {f"{method} {path}" for method, path in WORKERS} | QUESTIONS


def test_the_description_names_every_documented_route() -> None:
    import msgspec

    description = msgspec.json.decode(describe(ROUTES).body)
    described = {f"{method.upper()} {path}" for path, methods in description["paths"].items() for method in methods}
    assert described == {shown(route) for route in ROUTES if route.documented}
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    known = description["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', describe(ROUTES).body.decode())) <= set(known)
