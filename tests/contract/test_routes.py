"""Every route: a row in the permission table, a sentence in the description, and nothing without a key."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from appliance.control_plane.api.openapi import describe
from appliance.control_plane.api.permissions import Action, Level, in_project, require
from appliance.control_plane.api.routes import Route
from appliance.errors import Forbidden, NotFound
from appliance.people.table import ROUTES

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
"""


def shown(route: Route) -> str:
    return f"{route.method} {re.sub(r':str', '', route.path)}"


@pytest.mark.parametrize("route", ROUTES, ids=shown)
def test_every_route_has_a_level_and_a_place_to_ask_it(route: Route) -> None:
    if in_project(route.action):
        assert "{project_id:str}" in route.path or "{job_uid:str}" in route.path
    if route.action.level is Level.PUBLIC:
        assert route.action in (Action.HEALTH, Action.DOCUMENTS, Action.SIGN_IN, Action.WORKER, Action.WORKER_CLAIM)
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


def test_the_description_names_every_documented_route() -> None:
    import msgspec

    description = msgspec.json.decode(describe(ROUTES).body)
    described = {f"{method.upper()} {path}" for path, methods in description["paths"].items() for method in methods}
    assert described == {shown(route) for route in ROUTES if route.documented}
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    known = description["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', describe(ROUTES).body.decode())) <= set(known)
