"""A session that is about to begin, and the cookie that carries it: HttpOnly, SameSite=Strict, for every path, Secure under https."""

from __future__ import annotations

import msgspec

from appliance.control_plane.api.answers import Header
from appliance.control_plane.api.auth import COOKIE
from appliance.control_plane.api.routes import Answer, Call, data
from appliance.control_plane.store import Connection, keys

LONGEST_S = 14 * 86400.0
"""From sign-in to the end of a session, however much it is used."""
IDLE_S = 3 * 86400.0 + 3600.0
"""Three days without use end a session; the hour is that within which a use is not noted. `session_seen` has both figures too."""
MOST_SESSIONS = 50
"""Of one user: the newest."""
MOST_AGENT = 200


class SessionOnWire(msgspec.Struct, frozen=True):
    """Who is signed in, and the text for the X-CSRF-Token header of every write."""

    email: str
    csrf: str


class NewSession(msgspec.Struct, frozen=True):
    """Never the continuation of another: cookie, CSRF text and id are drawn anew. `agent` is what the browser says of itself."""

    cookie: str
    csrf: str
    uid: str
    at: float
    address: str
    agent: str

    @staticmethod
    def of(call: Call) -> NewSession:
        """A session for whoever sent a request."""
        random, at = call.services.random, call.services.clock.now()
        agent = "".join(letter for letter in call.header(b"user-agent") if letter.isprintable())[:MOST_AGENT]
        return NewSession(random.token(32).hex(), random.token(16).hex(), random.token(12).hex(), at, call.address, agent)

    def begin(self, connection: Connection, user_id: int, key: str = "") -> None:
        """Store it for a user, in place of the oldest where there are too many. It ends with the API key that opened it, if one did."""
        facts = {"uid": self.uid, "csrf": self.csrf, "address": self.address, "agent": self.agent, "at": self.at}
        keys.expire(connection, self.at)
        for old in keys.sessions(connection, user_id, self.at)[MOST_SESSIONS - 1 :]:
            keys.close_one(connection, user_id, old.uid)
        keys.open_session(connection, cookie=self.cookie, expires_at=self.at + IDLE_S, user_id=user_id, key=key, **facts)

    def answer(self, call: Call, email: str) -> Answer:
        """What the browser gets."""
        return data(SessionOnWire(email, self.csrf)).with_headers(cookie_header(call, self.cookie))


def cookie_header(call: Call, value: str = "") -> Header:
    """The header that sets the cookie, or takes it back."""
    secure = "; Secure" if call.base_url.startswith("https:") else ""
    text = f"{COOKIE}={value}; Path=/; Max-Age={int(LONGEST_S) if value else 0}; HttpOnly; SameSite=Strict{secure}"
    return (b"set-cookie", text.encode())
