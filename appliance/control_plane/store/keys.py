"""API keys, Console sessions and one-time sign-in tokens. Only sha256 digests are kept; the texts are shown once and never stored."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import msgspec

from appliance.control_plane.store import users
from appliance.control_plane.store.statements import many, one, only, run, sql
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
    """One Console session: sha256 of its cookie, a public id, the CSRF text that must come back in a header, from where and with what it
    was opened, and its life. `seen_at` is noted once an hour. `key_digest`: of the API key that opened it, which it does not outlive."""

    digest: bytes
    uid: str
    user_id: int
    csrf: str
    address: str
    agent: str
    created_at: float
    seen_at: float
    expires_at: float
    key_digest: bytes | None = None


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
    """Revoke a key, and end the sessions that were opened with it; None when the user has no such live key."""
    return one(connection, "key_revoke", ApiKey, {"id": key_id, "user_id": user_id, "at": at})


def issue_token(connection: sqlite3.Connection, *, token: str, user_id: int, expires_at: float) -> None:
    """Store a one-time sign-in token."""
    run(connection, "token_insert", {"digest": digest(token), "user_id": user_id, "expires_at": expires_at})


def redeem_token(connection: sqlite3.Connection, token: str, at: float) -> User | None:
    """Use a one-time token up: whom it signs in; None for an unknown, used or expired one and for a disabled user."""
    found = connection.execute(sql("token_redeem"), {"digest": digest(token)}).fetchall()
    user = users.by_id(connection, found[0][0]) if found and found[0][1] > at else None
    return None if user is None or user.disabled else user


def open_session(connection: sqlite3.Connection, *, cookie: str, expires_at: float, key: str = "", **facts: Any) -> Session:
    """Store a new Console session, opened with the API key `key`, if any. `facts`: uid, user_id, csrf, address, agent, at."""
    digests = {"digest": digest(cookie), "key_digest": digest(key) if key else None}
    return only(connection, "session_insert", Session, {**digests, "expires_at": expires_at, **facts})


def session(connection: sqlite3.Connection, cookie: str, at: float) -> Session | None:
    """The live session of a cookie; None when unknown, expired or the user is disabled."""
    return one(connection, "session_get", Session, {"digest": digest(cookie), "at": at})


def sessions(connection: sqlite3.Connection, user_id: int, at: float) -> list[Session]:
    """The live sessions of a user, newest first."""
    return many(connection, "session_of_user", Session, {"user_id": user_id, "at": at})


def seen(connection: sqlite3.Connection, cookie: str, at: float) -> None:
    """Note when a session was last used; call it seldom and without promise."""
    run(connection, "session_seen", {"digest": digest(cookie), "at": at})


def close_session(connection: sqlite3.Connection, cookie: str) -> None:
    """Sign out."""
    run(connection, "session_delete", {"digest": digest(cookie)})


def close_one(connection: sqlite3.Connection, user_id: int, uid: str) -> bool:
    """End one session of a user by its public id; False when there is none."""
    return run(connection, "session_delete_one", {"user_id": user_id, "uid": uid}) == 1


def close_others(connection: sqlite3.Connection, user_id: int, cookie: str) -> int:
    """End every session of a user but that of `cookie` (empty: every one), and the sign-in tokens; how many sessions there were."""
    run(connection, "token_delete_of_user", {"user_id": user_id})
    return run(connection, "session_delete_others", {"user_id": user_id, "digest": digest(cookie)})


def expire(connection: sqlite3.Connection, at: float) -> int:
    """Forget sessions and sign-in tokens that are over; how many sessions there were."""
    run(connection, "token_expire", {"at": at})
    return run(connection, "session_expire", {"at": at})
