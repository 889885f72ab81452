"""Users: who may sign in and who owns jobs."""

from __future__ import annotations

import sqlite3

import msgspec

from appliance.control_plane.store.statements import many, one, value


class User(msgspec.Struct, frozen=True, array_like=True):
    """One user. `password_digest` is argon2 text (empty: no password set); `is_owner`: may manage users of this installation."""

    id: int
    uid: str
    email: str
    password_digest: str
    disabled: bool
    is_owner: bool
    created_at: float


def insert(connection: sqlite3.Connection, *, uid: str, email: str, password_digest: str, is_owner: bool, at: float) -> User | None:
    """A new user, or None when the e-mail (or uid) is taken."""
    parameters = {"uid": uid, "email": email, "password_digest": password_digest, "is_owner": is_owner, "at": at}
    return one(connection, "user_insert", User, parameters)


def by_id(connection: sqlite3.Connection, user_id: int) -> User | None:
    """The user with that row id."""
    return one(connection, "user_by_id", User, {"id": user_id})


def by_uid(connection: sqlite3.Connection, uid: str) -> User | None:
    """The user with that 24-hex uid."""
    return one(connection, "user_by_uid", User, {"uid": uid})


def by_email(connection: sqlite3.Connection, email: str) -> User | None:
    """The user with that e-mail, in any case of letters."""
    return one(connection, "user_by_email", User, {"email": email})


def every(connection: sqlite3.Connection) -> list[User]:
    """All users, oldest first."""
    return many(connection, "user_all", User, {})


def set_password(connection: sqlite3.Connection, user_id: int, password_digest: str) -> User | None:
    """Replace the password digest; None when there is no such user."""
    return one(connection, "user_set_password", User, {"id": user_id, "password_digest": password_digest})


def set_disabled(connection: sqlite3.Connection, user_id: int, disabled: bool) -> User | None:
    """Disable or enable; a disabled user's keys and sessions answer nothing."""
    return one(connection, "user_set_disabled", User, {"id": user_id, "disabled": disabled})


def storage_used(connection: sqlite3.Connection, user_id: int) -> int:
    """Bytes of the user's uploads and job artifacts."""
    return int(value(connection, "user_storage_used", {"id": user_id}))
