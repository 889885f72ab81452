"""The Console's sessions: a cookie that scripts cannot read, and the CSRF text that every write must send back."""

from __future__ import annotations

import msgspec

from appliance.audit import Entry
from appliance.clock import timestamp
from appliance.control_plane.api.auth import session_cookie
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, keys
from appliance.control_plane.store.keys import Session
from appliance.errors import BadRequest, NotFound, NotSignedIn
from appliance.people.new_session import SessionOnWire, cookie_header


class OneSession(msgspec.Struct, frozen=True):
    """A place where the caller is signed in. `agent` is what the browser said of itself, whatever that was; `seen_at` is right to the hour;
    `expires_at` moves on with use, until 14 days after sign-in."""

    id: str
    address: str
    agent: str
    created_at: str
    seen_at: str
    expires_at: str
    current: bool


async def show_session(call: Call) -> Answer:
    """The present session, for a page that was loaded again."""
    session = present_session(call)
    if session is None:
        raise NotSignedIn("An API key came, and no session.")
    return data(SessionOnWire(call.user.email, session.csrf))


async def list_sessions(call: Call) -> Answer:
    """Where the caller is signed in, newest first."""
    present, services = present_session(call), call.services
    found = keys.sessions(services.store.read, call.user.id, services.clock.now())
    return data({"sessions": [_shown(session, session.uid == (present.uid if present else "")) for session in found]})


async def sign_out(call: Call) -> Answer:
    """End the present session."""
    session = present_session(call)
    if session is None:
        raise BadRequest("There is no session to end: the request came with an API key. DELETE /users/me/key revokes that.")
    await _end_one(call, session.uid)
    return data({}).with_headers(cookie_header(call))


async def end_session(call: Call) -> Answer:
    """End one of the caller's sessions."""
    present, uid = present_session(call), call.path["session_id"]
    await _end_one(call, uid)
    answer = data({})
    return answer.with_headers(cookie_header(call)) if present is not None and present.uid == uid else answer


async def end_sessions(call: Call) -> Answer:
    """Sign the caller out everywhere, or everywhere else. Sign-in links that are still open die too."""
    others = call.query_choice("others", ("yes", "no"), "no") == "yes"
    kept = session_cookie(call) if others and call.via == "session" else ""

    def told(ended: int) -> Entry:
        return call.entry("sessions", ended=ended, others=others)

    ended = await call.services.store.write(lambda connection: keys.close_others(connection, call.user.id, kept), told=told)
    answer = data({"ended": ended})
    return answer.with_headers(cookie_header(call)) if call.via == "session" and not others else answer


def present_session(call: Call) -> Session | None:
    """The session that the request came with; None when it came with an API key."""
    if call.via != "session":
        return None
    return keys.session(call.services.store.read, session_cookie(call), call.services.clock.now())


async def _end_one(call: Call, uid: str) -> None:
    def end(connection: Connection) -> None:
        if not keys.close_one(connection, call.user.id, uid):
            raise NotFound("There is no such session; it may have ended already.")

    await call.services.store.write(end, told=call.entry("session", uid))


def _shown(session: Session, current: bool) -> OneSession:
    created, seen, expires = (timestamp(at) for at in (session.created_at, session.seen_at, session.expires_at))
    return OneSession(session.uid, session.address, session.agent, created, seen, expires, current)


_SESSIONS = "/v1/appliance/sessions"

ROUTES = (
    Route("GET", "/v1/appliance/session", Action.ACCOUNT, show_session, "Who is signed in", answer=SessionOnWire),
    Route("DELETE", "/v1/appliance/session", Action.SIGN_OUT, sign_out, "Sign out"),
    Route("POST", "/users/me/logout", Action.SIGN_OUT, sign_out, "Sign out, by the path of Gretel's interface"),
    Route("GET", _SESSIONS, Action.ACCOUNT, list_sessions, "Where the caller is signed in", answer=OneSession),
    Route(
        "DELETE",
        _SESSIONS,
        Action.SIGN_OUT,
        end_sessions,
        "Sign out everywhere",
        query={"others": "`yes`: everywhere but here"},
    ),
    Route("DELETE", f"{_SESSIONS}/{{session_id:str}}", Action.SIGN_OUT, end_session, "End one session"),
)
