"""A user's own password: set for the first time, or changed by whoever knows the present one."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from appliance.control_plane.api.auth import bare_key, session_cookie
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, keys, users
from appliance.errors import BadRequest, Conflict, Forbidden, NotSignedIn
from appliance.people.new_session import NewSession, SessionOnWire
from appliance.people.passwords import LONGEST, WRONG, check_new_password, hash_password

Password = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class ChangeBody(msgspec.Struct, frozen=True):
    """The password to come; `current` only where there is one."""

    new: Password
    current: Password = ""


async def change_password(call: Call) -> Answer:
    """Change the caller's password. Every session and open sign-in link ends; a caller with a session gets a new one in its place."""
    body = await call.body(ChangeBody)
    check_new_password(call.user.email, body.new)
    await _check_current(call, body)
    digest = await asyncio.to_thread(hash_password, body.new)
    stored, new = call.user.password_digest, NewSession.of(call) if call.via == "session" else None

    def change(connection: Connection) -> None:
        _still_let_in(connection, call)
        present = users.by_id(connection, call.user.id)
        if present is None or present.password_digest != stored:
            raise Conflict("The password was changed by somebody else in this moment.")
        users.change(connection, present, password_digest=digest)
        keys.close_others(connection, present.id, "")
        if new is not None:
            new.begin(connection, present.id)

    await call.services.store.write(change, told=call.entry("password"))
    return data({}) if new is None else new.answer(call, call.user.email)


async def _check_current(call: Call, body: ChangeBody) -> None:
    """Counted apart from sign-ins: a stranger who guesses at the e-mail cannot keep its user from a new password."""
    if not call.user.password_digest:
        return
    if not body.current:
        raise BadRequest("Send the present password as `current`.")
    try:
        await call.services.passwords.check(f"change {call.user.uid}", body.current, call.user.password_digest, "")
    except NotSignedIn as error:
        raise Forbidden(f"The present password is wrong.{error.message.removeprefix(WRONG)}") from None
    if body.current == body.new:
        raise BadRequest("The new password is the present one.")


def _still_let_in(connection: Connection, call: Call) -> None:
    """Raises NotSignedIn when session or key were taken back while the passwords were looked at."""
    if call.via == "session":
        found = keys.session(connection, session_cookie(call), call.services.clock.now()) is not None
    else:
        found = keys.user_of(connection, bare_key(call.header(b"authorization"))) is not None
    if not found:
        raise NotSignedIn("You were signed out in this moment; sign in again.")


ROUTES = (
    Route(
        "PUT",
        "/v1/appliance/password",
        Action.PASSWORD_CHANGE,
        change_password,
        "Change the own password",
        body=ChangeBody,
        answer=SessionOnWire,
    ),
)
