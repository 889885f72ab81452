"""Projects: made, found by any of three ids, changed, deleted with all they own."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from appliance.clock import timestamp
from appliance.control_plane.api.answers import Answer, bare, data
from appliance.control_plane.api.call import Call
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.api.problems import Problem
from appliance.control_plane.api.routes import Route
from appliance.control_plane.api.runner_modes import HYBRID
from appliance.control_plane.store import Connection, projects, users
from appliance.control_plane.store.projects import Project
from appliance.errors import BadRequest, NotFound

_NAME = re.compile(r"(?!\d+$)(?![0-9a-f]{24}$)[A-Za-z0-9](?:[A-Za-z0-9-]{3,61})[A-Za-z0-9]")
NAME_RULE = "A project name has 5 to 63 letters, digits or dashes, is not all digits (nor 24 hex digits), and has no dash at either end."
NAME_TAKEN = "Project name not available"
_TEXT_LIMIT = 2000


class ProjectBody(msgspec.Struct, frozen=True):
    """What a project is made from; everything is optional."""

    name: str | None = None
    display_name: str | None = None
    description: str | None = None
    runner_mode: str | None = None
    cluster_guid: str | None = None


class ProjectChange(msgspec.Struct, frozen=True):
    """What may be changed; what is left out stays."""

    display_name: str | None = None
    description: str | None = None


class ProjectOnWire(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """A project. `runner_mode` null takes every mode; unset texts are empty, not null."""

    uid: str
    guid: str
    name: str
    display_name: str
    description: str
    runner_mode: str | None
    cluster_guid: str | None
    owner: str
    created_at: str
    last_modified: str


def on_wire(project: Project, owner_uid: str) -> ProjectOnWire:
    """A project's row as clients read it."""
    return ProjectOnWire(
        project.uid,
        project.guid,
        project.name,
        project.display_name,
        project.description,
        project.runner_mode,
        project.cluster_guid,
        owner_uid,
        timestamp(project.created_at),
        timestamp(project.changed_at),
    )


def user_uid(call: Call, user_id: int) -> str:
    """The public id of a user."""
    if user_id == call.user.id:
        return call.user.uid
    user = users.by_id(call.services.store.read, user_id)
    return user.uid if user is not None else ""


async def create_project(call: Call) -> Answer:
    """Make a project, or answer the caller's own of that name: clients repeat after a lost answer."""
    body = await call.body(ProjectBody)
    runner_mode = _runner_mode(body.runner_mode)
    token, at = call.services.random.token(31).hex(), call.services.clock.now()
    name = body.name or f"project-{token[52:]}"
    if not _NAME.fullmatch(name):
        return _refused_name(NAME_RULE, name)
    new = Project(
        uid=token[:24],
        guid=f"proj_{token[24:52]}",
        name=name,
        owner_id=call.user.id,
        display_name=_text(body.display_name, "display_name"),
        description=_text(body.description, "description"),
        runner_mode=runner_mode,
        cluster_guid=body.cluster_guid or None,
        created_at=at,
        changed_at=at,
    )

    def insert(connection: Connection) -> Project | None:
        project = projects.insert(connection, new)
        return project or projects.find(connection, name)

    project = await call.services.store.write(insert)
    if project is None or project.owner_id != call.user.id:
        return _refused_name(f"{NAME_TAKEN}: another user's project has it.", name)
    return data({"id": project.uid, "guid": project.guid, "name": project.name})


async def show_project(call: Call) -> Answer:
    """One project by `_id`, guid or name."""
    return data({"project": on_wire(call.project, user_uid(call, call.project.owner_id)), "level": call.level})


async def list_projects(call: Call) -> Answer:
    """Projects of which the caller is a member, newest first."""
    return data({"projects": _found(call)})


async def search_projects(call: Call) -> Answer:
    """Projects of which the caller is a member, without an envelope."""
    return bare({"projects": [_new_style(project) for project in _found(call)]})


async def show_project_new_style(call: Call) -> Answer:
    """One project as the newer clients read it."""
    return bare({"project": _new_style(on_wire(call.project, user_uid(call, call.project.owner_id)))})


async def change_project(call: Call) -> Answer:
    """Change display name or description."""
    body = await call.body(ProjectChange)
    changed = msgspec.structs.replace(
        call.project,
        display_name=call.project.display_name if body.display_name is None else _text(body.display_name, "display_name"),
        description=call.project.description if body.description is None else _text(body.description, "description"),
    )
    at = call.services.clock.now()
    project = await call.services.store.write(lambda connection: projects.update(connection, changed, at))
    if project is None:
        raise NotFound("There is no such project, or you are not a member of it.")
    return data({"project": on_wire(project, user_uid(call, project.owner_id))})


async def delete_project(call: Call) -> Answer:
    """Delete a project and all it owns; running jobs are cancelled first, files go when their processes are gone."""
    await call.services.scheduler.delete_project(call.project)
    return data({"id": call.project.uid})


def _found(call: Call) -> list[ProjectOnWire]:
    limit, skip = call.query_int("limit", 200, 1000), call.query_int("skip", 0, 10**6)
    found = projects.of_user(call.services.store.read, call.user.id, query=call.query("query"), limit=limit, skip=skip)
    return [on_wire(project, user_uid(call, project.owner_id)) for project in found]


def _new_style(project: ProjectOnWire) -> dict[str, Any]:
    mode = f"RUNNER_MODE_{project.runner_mode.upper()}" if project.runner_mode in ("cloud", "hybrid") else "RUNNER_MODE_UNSET"
    return {
        "id": project.guid,
        "uid": project.uid,
        "guid": project.guid,
        "name": project.name,
        "display_name": project.display_name,
        "description": project.description,
        "runner_mode": mode,
        "created_at": project.created_at,
        "modified": project.last_modified,
    }


def _runner_mode(mode: str | None) -> str | None:
    if mode == "hybrid":
        raise BadRequest(HYBRID)
    if mode not in (None, "", "cloud", "manual"):
        raise BadRequest("`runner_mode` of a project is null, `cloud` or `manual`.")
    return mode or None


def _text(value: str | None, name: str) -> str:
    if value is not None and len(value) > _TEXT_LIMIT:
        raise BadRequest(f"`{name}` has more than {_TEXT_LIMIT} characters.")
    return value or ""


def _refused_name(message: str, name: str) -> Answer:
    return bare(Problem(message, context={"name": name[:200]}, error_id="project_name"), 400)


_SEARCH = {"query": "part of the name or display name", "limit": "at most 1000", "skip": "how many to leave out"}

ROUTES = (
    Route("POST", "/projects", Action.PROJECT_CREATE, create_project, "Make a project", body=ProjectBody),
    Route("GET", "/projects", Action.PROJECT_LIST, list_projects, "Projects of the caller", answer=ProjectOnWire, query=_SEARCH),
    Route("GET", "/projects/{project_id:str}", Action.PROJECT_READ, show_project, "One project", answer=ProjectOnWire),
    Route("PATCH", "/projects/{project_id:str}", Action.PROJECT_CHANGE, change_project, "Change a project", body=ProjectChange),
    Route("DELETE", "/projects/{project_id:str}", Action.PROJECT_DELETE, delete_project, "Delete a project and all it owns"),
    Route("GET", "/v1/projects/search", Action.PROJECT_LIST, search_projects, "Projects of the caller, newer form", query=_SEARCH),
    Route("GET", "/v1/projects/{project_id:str}", Action.PROJECT_READ, show_project_new_style, "One project, newer form"),
)
