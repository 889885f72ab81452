"""Projects and their members."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.control_plane.store.statements import many, one, run, value


class Project(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One project. `id`: 0 of one that is not stored. `uid` is the wire's `_id` (24 hex), `guid` is `proj_…`; `deleting`: gone for
    everybody, its files are being removed."""

    id: int = 0
    uid: str
    guid: str
    name: str
    display_name: str = ""
    description: str = ""
    runner_mode: str | None = None
    cluster_guid: str | None = None
    owner_id: int
    created_at: float
    changed_at: float
    deleting: bool = False


class Member(msgspec.Struct, frozen=True, array_like=True):
    """A user's level in a project: 1 read, 2 write, 3 administrator, 4 owner."""

    project_id: int
    user_id: int
    level: int


def insert(connection: sqlite3.Connection, new: Project) -> Project | None:
    """Store a project, or None when the name is taken; its owner becomes a member of level 4."""
    project = one(connection, "project_insert", Project, msgspec.structs.asdict(new))
    if project is not None:
        set_member(connection, project.id, new.owner_id, 4)
    return project


def find(connection: sqlite3.Connection, key: str) -> Project | None:
    """A project by uid, guid or name; None for one that is being deleted."""
    return one(connection, "project_find", Project, {"key": key})


def by_id(connection: sqlite3.Connection, project_id: int) -> Project | None:
    """A project by row id, also one that is being deleted."""
    return one(connection, "project_by_id", Project, {"id": project_id})


def of_user(connection: sqlite3.Connection, user_id: int, *, query: str = "", limit: int = 200, skip: int = 0) -> list[Project]:
    """Projects in which the user is a member, newest first; `query` is a part of the name or display name."""
    parameters = {"user_id": user_id, "query": query, "limit": limit, "skip": skip}
    return many(connection, "project_of_user", Project, parameters)


def update(connection: sqlite3.Connection, project: Project, at: float) -> Project | None:
    """Write the texts and runner mode of `project` as given. Raises sqlite3.IntegrityError for a taken name."""
    return one(connection, "project_update", Project, {**msgspec.structs.asdict(project), "at": at})


def set_owner(connection: sqlite3.Connection, project_id: int, owner_id: int, at: float) -> Project | None:
    """Name another user as the owner; None for a project that is being deleted. The user must be a member of level 4."""
    return one(connection, "project_set_owner", Project, {"id": project_id, "owner_id": owner_id, "at": at})


def mark_deleting(connection: sqlite3.Connection, project_id: int, at: float) -> Project | None:
    """Hide the project and free its name; None when it was marked before. The scheduler's `delete_project` calls it."""
    return one(connection, "project_mark", Project, {"id": project_id, "at": at})


def remove(connection: sqlite3.Connection, project_id: int) -> bool:
    """Remove the row of a project that owns nothing any more; False while it does."""
    return value(connection, "project_remove", {"id": project_id}) is not None


def set_member(connection: sqlite3.Connection, project_id: int, user_id: int, level: int) -> None:
    """Give a user a level (1–4) in a project."""
    run(connection, "member_set", {"project_id": project_id, "user_id": user_id, "level": level})


def remove_member(connection: sqlite3.Connection, project_id: int, user_id: int) -> bool:
    """Take a user out of a project; False when not a member."""
    return run(connection, "member_remove", {"project_id": project_id, "user_id": user_id}) == 1


def level(connection: sqlite3.Connection, project_id: int, user_id: int) -> int:
    """The user's level in a project; 0 when not a member."""
    return int(value(connection, "member_level", {"project_id": project_id, "user_id": user_id}) or 0)


def members(connection: sqlite3.Connection, project_id: int) -> list[Member]:
    """All members of a project."""
    return many(connection, "member_all", Member, {"project_id": project_id})
