"""Signing in to the Console: by a one-time link, by e-mail and password, or by an API key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec

from appliance.audit import Entry
from appliance.control_plane.api.auth import session_cookie
from appliance.control_plane.api.routes import Action, Answer, Call, Route
from appliance.control_plane.store import Connection, keys, users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Forbidden, NotSignedIn
from appliance.people.new_session import NewSession, SessionOnWire
from appliance.people.passwords import WRONG, hash_password, outdated

NOBODY = "That does not sign anybody in: it is not known, used up, or over."
DISABLED = "This account is disabled; ask an administrator."
Proof = Callable[[Connection], User]
"""Asked in the transaction that opens the session, so that what was taken back meanwhile opens none. Raises NotSignedIn."""
Secret = Annotated[str, msgspec.Meta(max_length=200)]


class SignInBody(msgspec.Struct, frozen=True):
    """One of: the one-time token that the server printed, an API key, or e-mail and password."""

    token: Secret = ""
    api_key: Secret = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    password: Annotated[str, msgspec.Meta(max_length=1024)] = ""


async def sign_in(call: Call) -> Answer:
    """Sign in. Only from our own pages: a foreign page cannot send JSON here, and is refused by its Origin."""
    if not call.header(b"content-type").startswith("application/json") or not _own_origin(call):
        raise Forbidden("Sign in from the appliance's own page.")
    body = await call.body(SignInBody)
    proof, key = await _proof(call, body), "" if body.token else body.api_key.strip()
    new, former = NewSession.of(call), session_cookie(call)
    entry = call.entry("session", new.uid)

    def begin(connection: Connection) -> User:
        user = proof(connection)
        keys.close_session(connection, former)
        new.begin(connection, user.id, key)
        return user

    def told(user: User) -> Entry:
        return msgspec.structs.replace(entry, actor=user.email, actor_id=user.uid)

    return new.answer(call, (await call.services.store.write(begin, told=told)).email)


async def _proof(call: Call, body: SignInBody) -> Proof:
    if body.token:
        call.via = "token"
        return _by_token(body.token, call.services.clock.now())
    if body.api_key:
        call.via = "key"
        return _by_key(call, body.api_key.strip())
    if body.email and body.password:
        return await _by_password(call, body.email, body.password)
    raise BadRequest("Send `token`, `api_key`, or `email` and `password`.")


def _by_token(token: str, at: float) -> Proof:
    def redeemed(connection: Connection) -> User:
        user = keys.redeem_token(connection, token, at)
        if user is None:
            raise NotSignedIn(NOBODY)
        return user

    return redeemed


def _by_key(call: Call, key: str) -> Proof:
    def live(connection: Connection) -> User:
        user = keys.user_of(connection, key)
        if user is None:
            raise NotSignedIn(NOBODY)
        return user

    live(call.services.store.read)
    call.via = f"key {key[:8]}"  # only now: before, the text may be anything that somebody typed
    return live


async def _by_password(call: Call, email: str, password: str) -> Proof:
    """Unknown and without a password are one case: a digest that is never right, at the same cost and with the same words. That an
    account is disabled learns only who knows its password."""
    user = users.by_email(call.services.store.read, email)
    stored = user.password_digest if user is not None else ""
    try:
        await call.services.passwords.check(f"sign-in {email}", password, stored, call.address)
        if user is not None and user.disabled:
            raise NotSignedIn(DISABLED)
    except NotSignedIn:
        _tell_failure(call, user)
        raise
    renewed = await asyncio.to_thread(hash_password, password) if outdated(stored) else ""

    def unchanged(connection: Connection) -> User:
        present = users.by_email(connection, email)
        if present is None or present.disabled or present.password_digest != stored:
            raise NotSignedIn(WRONG)
        if renewed:
            users.change(connection, present, password_digest=renewed)
        return present

    call.via = "password"
    return unchanged


def _tell_failure(call: Call, user: User | None) -> None:
    """Let the audit log name the user, never what a stranger typed. What a lock refuses is not told: it could fill the log."""
    call.via = "password"
    if user is not None:
        call.user = user


def _own_origin(call: Call) -> bool:
    origin = call.header(b"origin")
    return not origin or origin.partition("://")[2] == call.header(b"host") or origin == call.services.settings.public_url.rstrip("/")


ROUTES = (Route("POST", "/v1/appliance/session", Action.SIGN_IN, sign_in, "Sign in", body=SignInBody, answer=SessionOnWire),)
