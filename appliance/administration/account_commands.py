"""Users, their keys and their ways in, for whoever sits at the machine. The operations are those of the API."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from appliance.administration.data_folder import DataFolder
from appliance.administration.office import Commands, Office, Request, owner
from appliance.audit import DONE, SERVER, Entry
from appliance.clock import Clock, Random, timestamp
from appliance.control_plane.api.permissions import Action
from appliance.control_plane.store import Connection, Store, jobs, keys, users
from appliance.control_plane.store.projects import Project
from appliance.control_plane.store.users import User
from appliance.errors import Conflict, DataFolderRefused
from appliance.people import accounts, api_keys
from appliance.people.accounts import Changes
from appliance.people.api_keys import KeyOnWire
from appliance.people.passwords import check_new_password, hash_password

TOKEN_LIFETIME_S = 3600.0
"""Of the sign-in link that the server prints, and of those for whoever asks at the machine."""
OWNER = "owner@localhost"
"""E-mail of the first user."""


_CHANGES = {
    "users.disable": Changes(disabled=True),
    "users.enable": Changes(disabled=False),
    "users.promote": Changes(administrator=True),
    "users.demote": Changes(administrator=False),
}


async def _issue_token(office: Office, request: Request) -> dict[str, str]:
    if not office.sign_in_url("-"):
        raise Conflict("No server runs on this data folder; `appliance serve` starts one, and then there are sign-in links.")
    lifetime = accounts.LINK_LIFETIME_S if request.command == "users.link" else TOKEN_LIFETIME_S
    until = _until(office, lifetime)
    token = await accounts.link(office.act(Action.USER_LINK), office.user(request).uid, lifetime)
    return {"email": office.user(request).email, "url": office.sign_in_url(token), **until}


async def _list_keys(office: Office, request: Request) -> list[KeyOnWire]:
    return [api_keys.shown(key) for key in keys.of_user(office.store.read, office.user(request).id)]


async def _create_key(office: Office, request: Request) -> dict[str, Any]:
    user = office.user(request)
    key, secret = await api_keys.create(office.act(Action.KEY_CREATE), user, request.name)
    return {"id": key.id, "api_key": secret, "email": user.email, "name": key.name}


async def _revoke_key(office: Office, request: Request) -> dict[str, Any]:
    key = await api_keys.revoke(office.act(Action.KEY_REVOKE), office.user(request), request.id)
    return {"id": key.id, "prefix": key.prefix, "name": key.name}


async def _list_users(office: Office, request: Request) -> list[dict[str, Any]]:
    return [_shown(user) for user in users.every(office.store.read)]


async def _add_user(office: Office, request: Request) -> dict[str, Any]:
    digest, secret = await _digest(request.email, request.password) if request.password else "", api_keys.new_api_key(office.random)
    act, link = office.act(Action.USER_CREATE), bool(office.sign_in_url("-"))
    user, token = await accounts.add(act, request.email, digest=digest, administrator=request.administrator, key=secret, link=link)
    return {**_shown(user), "api_key": secret, "sign_in_url": office.sign_in_url(token), **(_until(office) if link else {})}


async def _set_password(office: Office, request: Request) -> dict[str, Any]:
    user = office.user(request)
    digest = await _digest(user.email, request.password)
    return _shown(await accounts.set_password(office.act(Action.PASSWORD_CHANGE), user.uid, digest))


async def _change(office: Office, request: Request) -> dict[str, Any]:
    return _shown(await accounts.change(office.act(Action.USER_CHANGE), office.user(request).uid, _CHANGES[request.command]))


async def _disable(office: Office, request: Request) -> dict[str, Any]:
    """Shut the user out, and tell what is left: how many jobs go on, and projects that nobody else looks after."""
    changed, user = await _change(office, request), office.user(request)
    left = jobs.counts(office.store.read, user.id)
    return {**changed, "jobs": left.created + left.running, "projects": _owned(office, user)}


async def _tell_owned(office: Office, request: Request) -> dict[str, Any]:
    """What `users.hand_over` would move."""
    user = office.user(request)
    return {"email": user.email, "projects": _owned(office, user)}


async def _limits(office: Office, request: Request) -> dict[str, Any]:
    """Set the limits that are named; without any, show them. The server's own are null while none runs."""
    user = office.user(request)
    if request.limits is not None:
        user = await accounts.change(office.act(Action.USER_CHANGE), user.uid, Changes(limits=request.limits))
        office.wake()
    return {**_shown(user), "server_limits": accounts.servers_own(office.settings) if office.settings else None}


async def _reset(office: Office, request: Request) -> dict[str, str]:
    user, token = await accounts.reset(office.act(Action.USER_RESET), office.user(request).uid)
    url = office.sign_in_url(token)
    return {"email": user.email, "sign_in_url": url, **(_until(office) if url else {})}


async def _hand_over(office: Office, request: Request) -> dict[str, Any]:
    user = office.user(request)
    moved = await accounts.hand_over(office.act(Action.USER_HAND_OVER), user.uid, request.to)
    return {"email": user.email, "to": request.to, "projects": _named(moved)}


async def _digest(email: str, password: str) -> str:
    check_new_password(email, password)
    return await asyncio.to_thread(hash_password, password)


async def issue_token(store: Store, clock: Clock, random: Random, user_id: int) -> str:
    """A token that signs this user in once within the hour, also after a restart: what the server prints when it starts."""
    token, expires_at = random.token(24).hex(), clock.now() + TOKEN_LIFETIME_S
    await store.write(lambda c: keys.issue_token(c, token=token, user_id=user_id, expires_at=expires_at))
    return token


async def ensure_owner(store: Store, folder: DataFolder, clock: Clock, random: Random) -> User:
    """The first user and its key in `owner.key`; made on the first start, and completed when that one was interrupted."""
    found = owner(store)
    if found is not None:
        return found
    key = await asyncio.to_thread(folder.make_owner_key, random)
    uid, at = random.token(12).hex(), clock.now()
    line = Entry(at=timestamp(at), actor=SERVER, action=Action.USER_CREATE.word, kind="user", id=uid, name=OWNER, result=DONE)

    def insert(connection: Connection) -> User:
        user = users.insert(connection, uid=uid, email=OWNER, password_digest="", is_owner=True, at=at)
        if user is None:
            raise DataFolderRefused(f"The data folder holds a user {OWNER} who is not the owner.")
        keys.insert(connection, secret=key, user_id=user.id, name="owner.key", at=at)
        return user

    return await store.write(insert, told=line)


def _owned(office: Office, user: User) -> list[dict[str, str]]:
    return _named(accounts.owned_alone(office.store.read, user))


def _named(found: list[Project]) -> list[dict[str, str]]:
    return [{"guid": project.guid, "name": project.name} for project in found]


def _until(office: Office, lifetime_s: float = accounts.LINK_LIFETIME_S) -> dict[str, str]:
    """When a sign-in link that is made now is over."""
    return {"link_expires_at": timestamp(office.clock.now() + lifetime_s)}


def _shown(user: User) -> dict[str, Any]:
    about = msgspec.structs.asdict(accounts.shown(user))
    return {"id": about.pop("uid"), **about}


COMMANDS: Commands = {
    "sign_in": _issue_token,
    "keys.list": _list_keys,
    "keys.create": _create_key,
    "keys.revoke": _revoke_key,
    "users.list": _list_users,
    "users.add": _add_user,
    "users.link": _issue_token,
    "users.password": _set_password,
    **dict.fromkeys(_CHANGES, _change),
    "users.disable": _disable,
    "users.owned": _tell_owned,
    "users.limits": _limits,
    "users.reset": _reset,
    "users.hand_over": _hand_over,
}
