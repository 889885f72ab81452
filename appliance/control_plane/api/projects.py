"""Projects: made, found by any of three ids, changed, deleted with all they own."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from appliance.control_plane.api.answers import Problem
from appliance.control_plane.api.permissions import NO_PROJECT
from appliance.control_plane.api.routes import Action, Answer, Call, Route, bare, data
from appliance.control_plane.store import Connection, projects, users
from appliance.control_plane.store.projects import Project
from appliance.errors import BadRequest, NotFound

_NAME = re.compile(r"(?!\d+$)(?![0-9a-f]{24}$)[A-Za-z0-9](?:[A-Za-z0-9-]{3,61})[A-Za-z0-9]")
NAME_RULE = "A project name has 5 to 63 letters, digits or dashes, is not all digits (nor 24 hex digits), and has no dash at either end."
NAME_TAKEN = "Project name not available"
_TEXT_LIMIT = 2000
HYBRID = "Runner mode `hybrid` is not available in this version: use `cloud` (workers of this server) or `manual` (a worker of your own)."


class ProjectChange(msgspec.Struct, frozen=True):
    """What may be changed; what is left out stays."""

    display_name: str | None = None
    description: str | None = None


class ProjectBody(ProjectChange, frozen=True):
    """What a project is made from; everything is optional."""

    name: str | None = None
    runner_mode: str | None = None
    cluster_guid: str | None = None


class ProjectOnWire(msgspec.Struct, frozen=True, rename={"uid": "_id", "changed_at": "last_modified"}):
    """A project. `runner_mode` null takes every mode; unset texts are empty, not null."""

    uid: str
    guid: str
    name: str
    display_name: str
    description: str
    runner_mode: str | None
    cluster_guid: str | None
    created_at: datetime
    changed_at: datetime
    owner: str = ""


def on_wire(call: Call, project: Project) -> ProjectOnWire:
    """A project's row as clients read it."""
    shown = msgspec.convert(project, ProjectOnWire, strict=False, from_attributes=True)
    return msgspec.structs.replace(shown, owner=user_uid(call, project.owner_id))


def user_uid(call: Call, user_id: int) -> str:
    """The public id of a user."""
    user = call.user if user_id == call.user.id else users.by_id(call.services.store.read, user_id)
    return user.uid if user is not None else ""


async def create_project(call: Call) -> Answer:
    """Make a project, or answer the caller's own of that name: clients repeat after a lost answer."""
    body = await call.body(ProjectBody)
    runner_mode = _runner_mode(body.runner_mode)
    token, at = call.services.random.token(31).hex(), call.services.clock.now()
    name = body.name or f"project-{token[52:]}"
    if not _NAME.fullmatch(name):
        return _refused_name(NAME_RULE, name)
    call.project = new = Project(
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
        return projects.insert(connection, new) or projects.find(connection, name)

    told = call.entry("project", new.uid, name)
    project = await call.services.store.write(insert, told=lambda made: told if made is not None and made.uid == new.uid else None)
    if project is None or project.owner_id != call.user.id:
        return _refused_name(f"{NAME_TAKEN}: another user's project has it.", name)
    return data({"id": project.uid, "guid": project.guid, "name": project.name})


async def show_project(call: Call) -> Answer:
    """One project by `_id`, guid or name."""
    return data({"project": on_wire(call, call.project), "level": call.level})


async def list_projects(call: Call) -> Answer:
    """Projects of which the caller is a member, newest first."""
    return data({"projects": _found(call)})


async def search_projects(call: Call) -> Answer:
    """Projects of which the caller is a member, without an envelope."""
    return bare({"projects": [_new_style(project) for project in _found(call)]})


async def show_project_new_style(call: Call) -> Answer:
    """One project as the newer clients read it."""
    return bare({"project": _new_style(on_wire(call, call.project))})


async def change_project(call: Call) -> Answer:
    """Change display name or description."""
    body = await call.body(ProjectChange)
    texts = {name: _text(value, name) for name, value in msgspec.structs.asdict(body).items() if value is not None}
    changed = msgspec.structs.replace(call.project, **texts)
    at = call.services.clock.now()
    told = call.entry("project", changed.uid, changed.name)
    project = await call.services.store.write(lambda c: projects.update(c, changed, at), told=lambda done: told if done else None)
    if project is None:
        raise NotFound(NO_PROJECT)
    return data({"project": on_wire(call, project)})


async def delete_project(call: Call) -> Answer:
    """Delete a project and all it owns; running jobs are cancelled first, files go when their processes are gone."""
    await call.services.scheduler.delete_project(call.project, call.entry("project", call.project.uid, call.project.name))
    return data({"id": call.project.uid})


def _found(call: Call) -> list[ProjectOnWire]:
    limit, skip = call.query_int("limit", 200, 1000), call.query_int("skip", 0, 10**6)
    found = projects.of_user(call.services.store.read, call.user.id, query=call.query("query"), limit=limit, skip=skip)
    return [on_wire(call, project) for project in found]


def _new_style(project: ProjectOnWire) -> dict[str, Any]:
    mode = f"RUNNER_MODE_{project.runner_mode.upper()}" if project.runner_mode in ("cloud", "hybrid") else "RUNNER_MODE_UNSET"
    texts = {name: getattr(project, name) for name in ("uid", "guid", "name", "display_name", "description", "created_at")}
    return {"id": project.guid, **texts, "runner_mode": mode, "modified": project.changed_at}


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

_ONE = "/projects/{project_id:str}"

ROUTES = (
    Route("POST", "/projects", Action.PROJECT_CREATE, create_project, "Make a project", body=ProjectBody),
    Route("GET", "/projects", Action.PROJECT_LIST, list_projects, "Projects of the caller", answer=ProjectOnWire, query=_SEARCH),
    Route("GET", _ONE, Action.PROJECT_READ, show_project, "One project", answer=ProjectOnWire),
    Route("PATCH", _ONE, Action.PROJECT_CHANGE, change_project, "Change a project", body=ProjectChange),
    Route("DELETE", _ONE, Action.PROJECT_DELETE, delete_project, "Delete a project and all it owns"),
    Route("GET", "/v1/projects/search", Action.PROJECT_LIST, search_projects, "Projects of the caller, newer form", query=_SEARCH),
    Route("GET", "/v1/projects/{project_id:str}", Action.PROJECT_READ, show_project_new_style, "One project, newer form"),
)
