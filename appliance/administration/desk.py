"""What the owner of the machine may do without an API key: one JSON object a line over `admin.sock`, one JSON object a line back.

    {"command": "keys.create", "email": "a@b", "name": "notebook"}
    {"ok": true, "result": {…}}    or    {"ok": false, "message": …, "error_id": …}

The socket has mode 0600 and answers only processes of the server's own user (peer uid checked).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from appliance.administration.backups import back_up
from appliance.administration.consistency import Comparison, compare
from appliance.administration.data_folder import DataFolder, new_api_key
from appliance.clock import Clock, Random, timestamp
from appliance.contract.foreign import decode
from appliance.control_plane.api.sign_in import SignIn, hash_password
from appliance.control_plane.artifact_store.local import LocalStore
from appliance.control_plane.store import Connection, DatabaseError, Store, keys, users
from appliance.control_plane.store.users import User
from appliance.errors import ApplianceError, BadRequest, Conflict, DataFolderRefused, NotFound

OWNER = "owner@localhost"
"""E-mail of the first user."""


class Request(msgspec.Struct, frozen=True):
    """One request. `command` is one of `COMMANDS`; the rest is what that one needs."""

    command: str
    email: str = ""
    password: str = ""
    name: str = ""
    id: int = 0
    target: str = ""


class KeyOnWire(msgspec.Struct, frozen=True):
    """One API key as it is listed."""

    id: int
    prefix: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Administration(msgspec.Struct):
    """Keys, users, sign-in tokens and backups of one installation, whether its server runs (then there is a `sign_in`) or not."""

    folder: DataFolder
    files: LocalStore
    store: Store
    clock: Clock
    random: Random
    sign_in: SignIn | None

    async def answer(self, line: bytes) -> bytes:
        """The answer to one line, newline included. Never raises for what the request did wrong."""
        try:
            request = decode(line, Request)
            command = COMMANDS.get(request.command)
            if command is None:
                raise BadRequest(f"There is no command of that name; there are {', '.join(COMMANDS)}.")
            reply = {"ok": True, "result": await command(self, request)}
        except msgspec.DecodeError:
            reply = {"ok": False, "message": "A request is one JSON object on one line.", "error_id": "bad_request"}
        except ApplianceError as error:
            reply = {"ok": False, "message": error.message, "error_id": error.code}
        except OverflowError:
            reply = {"ok": False, "message": "A number of the request is too large.", "error_id": "bad_request"}
        except (OSError, DatabaseError) as failed:
            reason = getattr(failed, "strerror", None) or str(failed)
            reply = {"ok": False, "message": f"The command failed: {reason}.", "error_id": "command_failed"}
        return msgspec.json.encode(reply) + b"\n"

    async def _env(self, request: Request) -> dict[str, str]:
        server = self.folder.read_server() if self.sign_in is not None else None
        return {"GRETEL_ENDPOINT": server.url if server else "", "GRETEL_API_KEY": self.folder.read_owner_key()}

    async def _issue_token(self, request: Request) -> dict[str, str]:
        server = self.folder.read_server()
        if self.sign_in is None or server is None:
            raise Conflict("No server runs on this data folder.")
        return {"url": f"{server.url}/#token={self.sign_in.issue(self._user(request).id)}"}

    async def _list_keys(self, request: Request) -> list[KeyOnWire]:
        found = keys.of_user(self.store.read, self._user(request).id)
        return [msgspec.convert(key, KeyOnWire, strict=False, from_attributes=True) for key in found]

    async def _create_key(self, request: Request) -> dict[str, Any]:
        user, secret, at = self._user(request), new_api_key(self.random), self.clock.now()
        key = await self.store.write(lambda c: keys.insert(c, secret=secret, user_id=user.id, name=request.name, at=at))
        return {"id": key.id, "api_key": secret, "email": user.email}

    async def _revoke_key(self, request: Request) -> dict[str, Any]:
        user, at = self._user(request), self.clock.now()
        key = await self.store.write(lambda c: keys.revoke(c, request.id, user.id, at))
        if key is None:
            raise NotFound("The user has no such key, or it is revoked already.")
        return {"id": key.id, "prefix": key.prefix}

    async def _list_users(self, request: Request) -> list[dict[str, Any]]:
        return [_shown(user) for user in users.every(self.store.read)]

    async def _add_user(self, request: Request) -> dict[str, Any]:
        if "@" not in request.email or len(request.email) > 254:
            raise BadRequest("`email` must be an e-mail address.")
        digest, secret = await self._digest(request.password) if request.password else "", new_api_key(self.random)
        user = await _insert(self.store, self.clock, self.random, email=request.email, digest=digest, key=secret, is_owner=False)
        if user is None:
            raise Conflict("There is a user with that e-mail already.")
        return {**_shown(user), "api_key": secret}

    async def _set_password(self, request: Request) -> dict[str, Any]:
        user, digest = self._user(request), await self._digest(request.password)

        def change(connection: Connection) -> None:
            users.set_password(connection, user.id, digest)
            keys.close_sessions(connection, user.id)

        await self.store.write(change)
        return _shown(user)

    async def _set_disabled(self, request: Request) -> dict[str, Any]:
        user, disabled = self._user(request), request.command == "users.disable"
        if disabled and user.is_owner:
            raise Conflict("The owner of the installation cannot be disabled.")
        changed = await self.store.write(lambda c: users.set_disabled(c, user.id, disabled))
        return _shown(changed or user)

    async def _back_up(self, request: Request) -> dict[str, Any]:
        target = Path(request.target)
        if not target.is_absolute():
            raise BadRequest("`target` must be an absolute path.")
        manifest = await back_up(self.folder, self.files, self.store, self.clock, target)
        return {"target": str(target), "files": len(manifest.files), "bytes": sum(item.size for item in manifest.files)}

    async def _compare(self, request: Request) -> Comparison:
        return await compare(self.files, self.store)

    async def _digest(self, password: str) -> str:
        if len(password) < 10:
            raise BadRequest("A password needs at least 10 characters.")
        return await asyncio.to_thread(hash_password, password)

    def _user(self, request: Request) -> User:
        """The user that the request names; without an e-mail the owner."""
        user = users.by_email(self.store.read, request.email) if request.email else _owner(self.store)
        if user is None:
            raise NotFound("There is no user with that e-mail.")
        return user


async def ensure_owner(store: Store, folder: DataFolder, clock: Clock, random: Random) -> User:
    """The first user and its key in `owner.key`; made on the first start, and completed when that one was interrupted."""
    found = _owner(store)
    if found is not None:
        return found
    key = await asyncio.to_thread(folder.make_owner_key, random)
    owner = await _insert(store, clock, random, email=OWNER, digest="", key=key, is_owner=True)
    if owner is None:
        raise DataFolderRefused(f"The data folder holds a user {OWNER} who is not the owner.")
    return owner


async def _insert(store: Store, clock: Clock, random: Random, *, email: str, digest: str, key: str, is_owner: bool) -> User | None:
    """A new user with a first key, or None when the e-mail is taken."""
    uid, at = random.token(12).hex(), clock.now()

    def insert(connection: Connection) -> User | None:
        user = users.insert(connection, uid=uid, email=email, password_digest=digest, is_owner=is_owner, at=at)
        if user is not None:
            keys.insert(connection, secret=key, user_id=user.id, name="owner.key" if is_owner else "first", at=at)
        return user

    return await store.write(insert)


def _owner(store: Store) -> User | None:
    return next((user for user in users.every(store.read) if user.is_owner), None)


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.uid,
        "email": user.email,
        "disabled": user.disabled,
        "is_owner": user.is_owner,
        "has_password": bool(user.password_digest),
        "created_at": timestamp(user.created_at),
    }


COMMANDS: dict[str, Callable[[Administration, Request], Awaitable[Any]]] = {
    "env": Administration._env,
    "sign_in": Administration._issue_token,
    "keys.list": Administration._list_keys,
    "keys.create": Administration._create_key,
    "keys.revoke": Administration._revoke_key,
    "users.list": Administration._list_users,
    "users.add": Administration._add_user,
    "users.password": Administration._set_password,
    "users.disable": Administration._set_disabled,
    "users.enable": Administration._set_disabled,
    "backup": Administration._back_up,
    "fsck": Administration._compare,
}
