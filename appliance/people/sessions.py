"""The Console's session: a cookie that scripts cannot read, and the CSRF text that every write must send back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.control_plane.api.answers import Header
from appliance.control_plane.api.auth import COOKIE, session_cookie
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, keys, users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Forbidden, NotSignedIn

SESSION_LIFETIME_S = 14 * 86400.0


class SignInBody(msgspec.Struct, frozen=True):
    """One of: the one-time token that the server printed, an API key, or e-mail and password."""

    token: str = ""
    api_key: str = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    password: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class SessionOnWire(msgspec.Struct, frozen=True):
    """Who is signed in, and the text for the X-CSRF-Token header of every write."""

    email: str
    csrf: str


async def open_session(call: Call) -> Answer:
    """Sign in. Only from our own pages: a foreign page cannot send JSON here, and is refused by its Origin."""
    if not call.header(b"content-type").startswith("application/json") or not _own_origin(call):
        raise Forbidden("Sign in from the appliance's own page.")
    call.user = user = await _user(call, await call.body(SignInBody))
    services = call.services
    cookie, csrf, uid = services.random.token(32).hex(), services.random.token(16).hex(), services.random.token(12).hex()
    at, agent = services.clock.now(), call.header(b"user-agent")[:200]

    def insert(connection: Connection) -> None:
        keys.expire(connection, at)
        facts = {"uid": uid, "user_id": user.id, "csrf": csrf, "address": call.address, "agent": agent, "at": at}
        keys.open_session(connection, cookie=cookie, expires_at=at + SESSION_LIFETIME_S, **facts)

    await services.store.write(insert, told=call.entry("session", uid))
    return data(SessionOnWire(user.email, csrf)).with_headers(_cookie(call, cookie, int(SESSION_LIFETIME_S)))


async def show_session(call: Call) -> Answer:
    """The present session, for a page that was loaded again."""
    session = keys.session(call.services.store.read, session_cookie(call), call.services.clock.now())
    if session is None:
        raise NotSignedIn("Nobody is signed in here.")
    user = users.by_id(call.services.store.read, session.user_id)
    return data(SessionOnWire(user.email if user else "", session.csrf))


async def close_session(call: Call) -> Answer:
    """Sign out."""
    cookie = session_cookie(call)
    await call.services.store.write(lambda connection: keys.close_session(connection, cookie), told=call.entry("session"))
    return data({}).with_headers(_cookie(call, "", 0))


async def _user(call: Call, body: SignInBody) -> User:
    read = call.services.store.read
    if body.token:
        call.via = "token"
        at = call.services.clock.now()
        user = await call.services.store.write(lambda connection: keys.redeem_token(connection, body.token, at))
    elif body.api_key:
        call.via = f"key {body.api_key.strip()[:8]}"
        user = keys.user_of(read, body.api_key.strip())
    elif body.email and body.password:
        call.via = "password"
        user = users.by_email(read, body.email)
        await call.services.passwords.check(body.email, body.password, user.password_digest if user else "")
    else:
        raise BadRequest("Send `token`, `api_key`, or `email` and `password`.")
    if user is None or user.disabled:
        raise NotSignedIn("That does not sign anybody in.")
    return user


def _own_origin(call: Call) -> bool:
    origin = call.header(b"origin")
    return not origin or origin.partition("://")[2] == call.header(b"host") or origin == call.services.settings.public_url.rstrip("/")


def _cookie(call: Call, value: str, max_age: int) -> Header:
    secure = "; Secure" if call.base_url.startswith("https:") else ""
    text = f"{COOKIE}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
    return (b"set-cookie", text.encode())


ROUTES = (
    Route("POST", "/v1/appliance/session", Action.SIGN_IN, open_session, "Sign in", body=SignInBody, answer=SessionOnWire),
    Route("GET", "/v1/appliance/session", Action.SIGN_IN, show_session, "Who is signed in", answer=SessionOnWire),
    Route("DELETE", "/v1/appliance/session", Action.SIGN_OUT, close_session, "Sign out"),
)
