"""Users: who may sign in and who owns jobs."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from appliance.control_plane.store.statements import many, one, only, sql, value
from appliance.settings import Settings


class User(msgspec.Struct, frozen=True, array_like=True):
    """One user. `password_digest` is argon2 text (empty: no password set); `is_owner`: the first user, whose key lies in the data folder;
    `administrator`: may manage users, as the owner always may. Limits are null where the server's own hold."""

    id: int
    uid: str
    email: str
    password_digest: str
    disabled: bool
    is_owner: bool
    created_at: float
    administrator: bool = False
    max_created: int | None = None
    max_running: int | None = None
    max_duration_s: float | None = None
    storage_bytes: int | None = None

    @property
    def administers(self) -> bool:
        """Whether the user may manage the users of this installation."""
        return self.is_owner or self.administrator


class Limits(msgspec.Struct, frozen=True):
    """What one user may have: jobs in `created`, jobs in `pending` or `active`, seconds of a job, bytes stored (0: no limit)."""

    created: int
    running: int
    max_duration_s: float
    storage_bytes: int


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


def search(connection: sqlite3.Connection, query: str, limit: int) -> list[User]:
    """Users who are not disabled and whose e-mail holds `query`, by e-mail."""
    return many(connection, "user_search", User, {"query": query, "limit": limit})


def change(connection: sqlite3.Connection, user: User, **values: Any) -> User:
    """The user, as read in the same transaction, with other values of its fields. Id, uid, e-mail, owner and birth never change."""
    return only(connection, "user_update", User, {**msgspec.structs.asdict(user), **values})


def limits(user: User, settings: Settings) -> Limits:
    """A user's limits: those that an administrator set, else the server's."""
    storage = settings.user_storage_bytes if user.storage_bytes is None else user.storage_bytes
    duration = user.max_duration_s or settings.max_duration_s
    return Limits(user.max_created or settings.max_created, user.max_running or settings.max_running, duration, storage)


def running_limits(connection: sqlite3.Connection) -> dict[int, int]:
    """User id → jobs at once, of those users for whom an administrator set it."""
    return dict(connection.execute(sql("user_running_limits")).fetchall())


def storage_used(connection: sqlite3.Connection, user_id: int) -> int:
    """Bytes of the user's uploads and job artifacts."""
    return int(value(connection, "user_storage_used", {"id": user_id}))


def storage_left(connection: sqlite3.Connection, user_id: int, quota: int) -> int | None:
    """Bytes that the user may still store, below 0 when over it; None: no limit. `quota`: the server's, where none of his own is set."""
    left: int | None = value(connection, "user_storage_left", {"id": user_id, "quota": quota})
    return left
