"""API keys: several for each user. The text of a key is shown once, when it is made; what is stored is its digest and first letters."""

from __future__ import annotations

import unicodedata

import msgspec

from appliance.audit import Entry
from appliance.clock import Random, timestamp
from appliance.control_plane.api.auth import bare_key
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, keys, users
from appliance.control_plane.store.keys import ApiKey
from appliance.control_plane.store.statements import run, value
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, LimitReached, NotFound
from appliance.people.act import Act, act_of
from appliance.people.email_address import unprintable

MOST_KEYS = 100
"""Live keys of one user; as many revoked ones are kept to be listed."""
LONGEST_NAME = 100
_UNKNOWN = "The user has no such key, or it is revoked already."


class KeyName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new key is called, to tell it from others."""

    name: str = ""


class KeyOnWire(msgspec.Struct, frozen=True):
    """One key as it is listed. The last use is noted once an hour."""

    id: int
    prefix: str
    name: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


def new_api_key(random: Random) -> str:
    """A new API key: `grtu` and 64 hex digits."""
    return "grtu" + random.token(32).hex()


def shown(key: ApiKey) -> KeyOnWire:
    """A key on the wire."""
    used, revoked = (None if at is None else timestamp(at) for at in (key.last_used_at, key.revoked_at))
    return KeyOnWire(key.id, key.prefix, key.name, timestamp(key.created_at), used, revoked)


async def create(act: Act, user: User, name: str) -> tuple[ApiKey, str]:
    """A new key and its text. Raises BadRequest for a name that is too long or cannot be shown; Conflict for a disabled user;
    LimitReached."""
    called, secret, at = _checked_name(name), new_api_key(act.random), act.clock.now()

    def insert(connection: Connection) -> ApiKey:
        owner = users.by_id(connection, user.id)
        if owner is None or owner.disabled:
            raise Conflict("That user is disabled; enable the account first.")
        if value(connection, "key_live", {"user_id": user.id}) >= MOST_KEYS:
            raise LimitReached(f"Maximum number of API keys ({MOST_KEYS}) reached; revoke one that is not used.")
        run(connection, "key_forget", {"user_id": user.id, "most": MOST_KEYS})
        return keys.insert(connection, secret=secret, user_id=user.id, name=called, at=at)

    return await act.store.write(insert, told=lambda key: _told(act, user, key)), secret


async def revoke(act: Act, user: User, key_id: int) -> ApiKey:
    """Revoke a key of the user: from now on it lets nobody in, and the sessions that it opened end. Requests that were let in before go on
    to their end, and signed links that it was given live on until they expire or the user is disabled. Raises NotFound."""
    at = act.clock.now()

    def end(connection: Connection) -> ApiKey:
        key = keys.revoke(connection, key_id, user.id, at) if 0 < key_id < 1 << 63 else None
        if key is None:
            raise NotFound(_UNKNOWN)
        return key

    return await act.store.write(end, told=lambda key: _told(act, user, key))


async def list_keys(call: Call) -> Answer:
    """The caller's keys, oldest first, and the last 100 that were revoked."""
    return data({"keys": [shown(key) for key in keys.of_user(call.services.store.read, call.user.id)]})


async def create_key(call: Call) -> Answer:
    """A new key of the caller; its text is in this answer and nowhere else."""
    key, secret = await _created(call)
    return data({"key": shown(key), "api_key": secret})


async def create_own_key(call: Call) -> Answer:
    """The same, as the client's wire has it."""
    key, secret = await _created(call)
    return data({"key": secret, "id": key.id, "prefix": key.prefix, "name": key.name})


async def revoke_key(call: Call) -> Answer:
    """Revoke one of the caller's keys, also the one that asks."""
    text = call.path["key_id"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound(_UNKNOWN)
    return data({"key": shown(await revoke(act_of(call), call.user, int(text)))})


async def revoke_own_key(call: Call) -> Answer:
    """Revoke the key that asks."""
    if not call.via.startswith("key "):
        raise BadRequest("This revokes the API key that asks; a session names one: DELETE /v1/appliance/keys/{id}.")
    digest = keys.digest(bare_key(call.header(b"authorization")))
    found = next((key.id for key in keys.of_user(call.services.store.read, call.user.id) if key.digest == digest), 0)
    return data({"key": shown(await revoke(act_of(call), call.user, found))})


async def _created(call: Call) -> tuple[ApiKey, str]:
    body = await call.body(KeyName)
    return await create(act_of(call), call.user, body.name)


def _checked_name(name: str) -> str:
    called = unicodedata.normalize("NFC", name.strip()) if len(name) <= LONGEST_NAME else name
    if len(called) > LONGEST_NAME or unprintable(called):
        raise BadRequest(f"`name` of a key has at most {LONGEST_NAME} characters, and none that cannot be seen.")
    return called


def _told(act: Act, user: User, key: ApiKey) -> Entry:
    return act.told("key", str(key.id), key.name, prefix=key.prefix, user=user.email)


_KEYS = "/v1/appliance/keys"

ROUTES = (
    Route("PATCH", "/users/me/key", Action.KEY_CREATE, create_own_key, "Make an API key", body=KeyName),
    Route("DELETE", "/users/me/key", Action.KEY_REVOKE, revoke_own_key, "Revoke the API key that asks", answer=KeyOnWire),
    Route("GET", _KEYS, Action.ACCOUNT, list_keys, "API keys of the caller", answer=KeyOnWire),
    Route("POST", _KEYS, Action.KEY_CREATE, create_key, "Make an API key", body=KeyName, answer=KeyOnWire),
    Route("DELETE", f"{_KEYS}/{{key_id:str}}", Action.KEY_REVOKE, revoke_key, "Revoke an API key", answer=KeyOnWire),
)
