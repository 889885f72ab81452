"""What the Console shows of projects and their files beyond the wire of the clients: all at a glance, and who took a file."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.artifacts import find_artifact
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data

MOST_PROJECTS, MOST_USES = 1000, 200
Row = tuple[Any, ...]


class ProjectGlance(msgspec.Struct, frozen=True):
    """A project in a list: the caller's level in it, and how many files and models it holds."""

    guid: str
    name: str
    display_name: str
    description: str
    level: int
    artifacts: int
    models: int


class Use(msgspec.Struct, frozen=True):
    """A job that took a file. `model_id` of a run is its model, of a model itself."""

    uid: str
    kind: str
    model_id: str
    name: str
    status: str
    created_at: str


async def list_glances(call: Call) -> Answer:
    """The caller's projects, newest first, with level and contents."""
    parameters = {
        "user_id": call.user.id,
        "query": call.query("query"),
        "limit": call.query_int("limit", 200, MOST_PROJECTS),
        "skip": call.query_int("skip", 0, 10**6),
    }
    rows = await call.services.store.long_read("project_overview", parameters)
    return data({"projects": [ProjectGlance(*row) for row in rows]})


async def list_uses(call: Call) -> Answer:
    """Jobs that took an artifact as an input, newest first, and in `made_by` the one whose rows it is, where that is known."""
    artifact, store = find_artifact(call, call.query("key")), call.services.store
    taken = await store.long_read("artifact_uses", {"project_id": call.project.id, "key": artifact.key, "limit": MOST_USES})
    maker = await store.long_read("artifact_maker", {"project_id": call.project.id, "uid": artifact.source_job})
    return data({"uses": [_use(row) for row in taken], "made_by": next((_use(row) for row in maker), None)})


def _use(row: Row) -> Use:
    uid, kind, model_id, name, status, created_at = row
    return Use(uid, kind, model_id, name, status, timestamp(created_at))


_SEARCH = {"query": "part of the name or display name", "limit": f"at most {MOST_PROJECTS}", "skip": "how many to leave out"}
_USES = "/v1/appliance/projects/{project_id:str}/artifacts/uses"

ROUTES = (
    Route("GET", "/v1/appliance/projects", Action.PROJECT_LIST, list_glances, "Projects at a glance", answer=ProjectGlance, query=_SEARCH),
    Route("GET", _USES, Action.ARTIFACT_READ, list_uses, "Jobs that took a file", answer=Use, query={"key": "the artifact's key"}),
)
