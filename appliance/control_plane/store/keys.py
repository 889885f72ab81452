"""API keys and Console sessions. Only sha256 digests are kept; the texts are shown once and never stored."""

from __future__ import annotations

import hashlib
import sqlite3

import msgspec

from appliance.control_plane.store.statements import many, one, only, run
from appliance.control_plane.store.users import User


class ApiKey(msgspec.Struct, frozen=True, array_like=True):
    """One API key: sha256 of its text, its first letters for people to tell keys apart, and its life."""

    id: int
    digest: bytes
    user_id: int
    prefix: str
    name: str
    created_at: float
    last_used_at: float | None
    revoked_at: float | None


class Session(msgspec.Struct, frozen=True, array_like=True):
    """One Console session: sha256 of its cookie, the CSRF text that must come back in a header, and when it ends."""

    digest: bytes
    user_id: int
    csrf: str
    created_at: float
    expires_at: float


def digest(secret: str) -> bytes:
    """What is stored of a key or cookie."""
    return hashlib.sha256(secret.encode()).digest()


def insert(connection: sqlite3.Connection, *, secret: str, user_id: int, name: str, at: float) -> ApiKey:
    """Store a new key of a user. Raises sqlite3.IntegrityError for a key that exists."""
    parameters = {"digest": digest(secret), "user_id": user_id, "prefix": secret[:8], "name": name, "at": at}
    return only(connection, "key_insert", ApiKey, parameters)


def user_of(connection: sqlite3.Connection, secret: str) -> User | None:
    """Who a key belongs to; None for an unknown or revoked key and for a disabled user."""
    return one(connection, "key_user", User, {"digest": digest(secret)})


def of_user(connection: sqlite3.Connection, user_id: int) -> list[ApiKey]:
    """All keys of a user, revoked ones too, oldest first."""
    return many(connection, "key_of_user", ApiKey, {"user_id": user_id})


def used(connection: sqlite3.Connection, secret: str, at: float) -> None:
    """Note when a key was last used; call it seldom and without promise."""
    run(connection, "key_used", {"digest": digest(secret), "at": at})


def revoke(connection: sqlite3.Connection, key_id: int, user_id: int, at: float) -> ApiKey | None:
    """Revoke a key; None when the user has no such live key."""
    return one(connection, "key_revoke", ApiKey, {"id": key_id, "user_id": user_id, "at": at})


def open_session(connection: sqlite3.Connection, *, cookie: str, user_id: int, csrf: str, at: float, expires_at: float) -> Session:
    """Store a new Console session."""
    parameters = {"digest": digest(cookie), "user_id": user_id, "csrf": csrf, "at": at, "expires_at": expires_at}
    return only(connection, "session_insert", Session, parameters)


def session(connection: sqlite3.Connection, cookie: str, at: float) -> Session | None:
    """The live session of a cookie; None when unknown, expired or the user is disabled."""
    return one(connection, "session_get", Session, {"digest": digest(cookie), "at": at})


def close_session(connection: sqlite3.Connection, cookie: str) -> None:
    """Sign out."""
    run(connection, "session_delete", {"digest": digest(cookie)})


def close_sessions(connection: sqlite3.Connection, user_id: int) -> None:
    """Sign a user out everywhere, as after a change of password."""
    run(connection, "session_delete_of_user", {"user_id": user_id})


def expire_sessions(connection: sqlite3.Connection, at: float) -> int:
    """Forget sessions that are over; how many there were."""
    return run(connection, "session_expire", {"at": at})
