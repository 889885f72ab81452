"""Users, their keys and their ways in, for whoever sits at the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from appliance.administration.data_folder import DataFolder, new_api_key
from appliance.administration.office import Office, Request, owner
from appliance.clock import Clock, Random, timestamp
from appliance.control_plane.store import Connection, Store, keys, users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, DataFolderRefused, NotFound
from appliance.people.passwords import hash_password

TOKEN_LIFETIME_S = 3600.0
OWNER = "owner@localhost"
"""E-mail of the first user."""


class KeyOnWire(msgspec.Struct, frozen=True):
    """One API key as it is listed."""

    id: int
    prefix: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def _issue_token(office: Office, request: Request) -> dict[str, str]:
    server = office.folder.read_server()
    if not office.serving or server is None:
        raise Conflict("No server runs on this data folder.")
    token = await issue_token(office.store, office.clock, office.random, office.user(request).id)
    return {"url": f"{server.url}/#token={token}"}


async def _list_keys(office: Office, request: Request) -> list[KeyOnWire]:
    found = keys.of_user(office.store.read, office.user(request).id)
    return [msgspec.convert(key, KeyOnWire, strict=False, from_attributes=True) for key in found]


async def _create_key(office: Office, request: Request) -> dict[str, Any]:
    user, secret, at = office.user(request), new_api_key(office.random), office.clock.now()
    key = await office.store.write(lambda c: keys.insert(c, secret=secret, user_id=user.id, name=request.name, at=at))
    return {"id": key.id, "api_key": secret, "email": user.email}


async def _revoke_key(office: Office, request: Request) -> dict[str, Any]:
    user, at = office.user(request), office.clock.now()
    key = await office.store.write(lambda c: keys.revoke(c, request.id, user.id, at))
    if key is None:
        raise NotFound("The user has no such key, or it is revoked already.")
    return {"id": key.id, "prefix": key.prefix}


async def _list_users(office: Office, request: Request) -> list[dict[str, Any]]:
    return [_shown(user) for user in users.every(office.store.read)]


async def _add_user(office: Office, request: Request) -> dict[str, Any]:
    if "@" not in request.email or len(request.email) > 254:
        raise BadRequest("`email` must be an e-mail address.")
    digest, secret = await _digest(request.password) if request.password else "", new_api_key(office.random)
    user = await _insert(office.store, office.clock, office.random, email=request.email, digest=digest, key=secret, is_owner=False)
    if user is None:
        raise Conflict("There is a user with that e-mail already.")
    return {**_shown(user), "api_key": secret}


async def _set_password(office: Office, request: Request) -> dict[str, Any]:
    user, digest = office.user(request), await _digest(request.password)

    def change(connection: Connection) -> None:
        users.set_password(connection, user.id, digest)
        keys.close_others(connection, user.id, "")

    await office.store.write(change)
    return _shown(user)


async def _set_disabled(office: Office, request: Request) -> dict[str, Any]:
    user, disabled = office.user(request), request.command == "users.disable"
    if disabled and user.is_owner:
        raise Conflict("The owner of the installation cannot be disabled.")
    changed = await office.store.write(lambda c: users.set_disabled(c, user.id, disabled))
    return _shown(changed or user)


async def _digest(password: str) -> str:
    if len(password) < 10:
        raise BadRequest("A password needs at least 10 characters.")
    return await asyncio.to_thread(hash_password, password)


async def issue_token(store: Store, clock: Clock, random: Random, user_id: int) -> str:
    """A token that signs this user in once within the hour, also after a restart."""
    token, expires_at = random.token(24).hex(), clock.now() + TOKEN_LIFETIME_S
    await store.write(lambda c: keys.issue_token(c, token=token, user_id=user_id, expires_at=expires_at))
    return token


async def ensure_owner(store: Store, folder: DataFolder, clock: Clock, random: Random) -> User:
    """The first user and its key in `owner.key`; made on the first start, and completed when that one was interrupted."""
    found = owner(store)
    if found is not None:
        return found
    key = await asyncio.to_thread(folder.make_owner_key, random)
    made = await _insert(store, clock, random, email=OWNER, digest="", key=key, is_owner=True)
    if made is None:
        raise DataFolderRefused(f"The data folder holds a user {OWNER} who is not the owner.")
    return made


async def _insert(store: Store, clock: Clock, random: Random, *, email: str, digest: str, key: str, is_owner: bool) -> User | None:
    """A new user with a first key, or None when the e-mail is taken."""
    uid, at = random.token(12).hex(), clock.now()

    def insert(connection: Connection) -> User | None:
        user = users.insert(connection, uid=uid, email=email, password_digest=digest, is_owner=is_owner, at=at)
        if user is not None:
            keys.insert(connection, secret=key, user_id=user.id, name="owner.key" if is_owner else "first", at=at)
        return user

    return await store.write(insert)


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.uid,
        "email": user.email,
        "disabled": user.disabled,
        "is_owner": user.is_owner,
        "has_password": bool(user.password_digest),
        "created_at": timestamp(user.created_at),
    }


COMMANDS: dict[str, Callable[[Office, Request], Awaitable[Any]]] = {
    "sign_in": _issue_token,
    "keys.list": _list_keys,
    "keys.create": _create_key,
    "keys.revoke": _revoke_key,
    "users.list": _list_users,
    "users.add": _add_user,
    "users.password": _set_password,
    "users.disable": _set_disabled,
    "users.enable": _set_disabled,
}
