"""Invites: an e-mail that may become a member of a project with a level, until it is answered or expires."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from appliance.control_plane.store.statements import many, one, only, run


class Invite(msgspec.Struct, frozen=True, array_like=True):
    """One invite. The e-mail need not be that of a user yet; there is one invite for an e-mail in a project. An accepted one is kept for a
    while, so that its acceptance can be repeated."""

    id: int
    uid: str
    project_id: int
    email: str
    level: int
    invited_by: int
    created_at: float
    expires_at: float
    accepted_at: float | None


def put(connection: sqlite3.Connection, **facts: Any) -> Invite:
    """A new invite, or the one of that e-mail with a new level, inviter and time, not accepted any more. `facts`: uid, project_id, email,
    level, invited_by, at, expires_at."""
    return only(connection, "invite_put", Invite, facts)


def find(connection: sqlite3.Connection, uid: str, email: str) -> Invite | None:
    """The invite with that 24-hex uid, if it is for that e-mail; expired and accepted ones too."""
    return one(connection, "invite_find", Invite, {"uid": uid, "email": email})


def of(connection: sqlite3.Connection, project_id: int, email: str) -> Invite | None:
    """The invite of an e-mail to a project, expired or accepted or not."""
    return one(connection, "invite_of", Invite, {"project_id": project_id, "email": email})


def of_project(connection: sqlite3.Connection, project_id: int) -> list[Invite]:
    """Invites to a project that wait for an answer, expired ones too, newest first."""
    return many(connection, "invite_of_project", Invite, {"project_id": project_id})


def of_email(connection: sqlite3.Connection, email: str, *, since: float = 0.0) -> list[Invite]:
    """The newest 500 invites for an e-mail, made after `since`, that wait for an answer, expired ones too, newest first."""
    return many(connection, "invite_of_email", Invite, {"email": email, "since": since})


def accept(connection: sqlite3.Connection, uid: str, at: float) -> None:
    """Note that an invite was accepted."""
    run(connection, "invite_accept", {"uid": uid, "at": at})


def remove_of(connection: sqlite3.Connection, project_id: int, email: str) -> bool:
    """Take away the invite of an e-mail to a project, accepted or not; False when there is none."""
    return run(connection, "invite_delete_of", {"project_id": project_id, "email": email}) == 1


def expire(connection: sqlite3.Connection, before: float) -> int:
    """Forget invites that expired before a time; how many."""
    return run(connection, "invite_expire", {"at": before})
