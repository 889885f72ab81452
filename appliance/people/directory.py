"""The directory: who else is a user of this installation. Anybody who is signed in may look, to invite people by their e-mail."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, NotFound

MOST_FOUND = 100
USUAL_FOUND = 20


class Person(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """A user, as everybody else sees one."""

    uid: str
    email: str


class TeamMember(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """A user of the one team that an installation is."""

    uid: str
    email: str
    is_owner: bool
    administrator: bool
    disabled: bool


class Team(msgspec.Struct, frozen=True):
    """The team of the installation; its `guid` stays the same as long as the data folder."""

    guid: str
    name: str
    members: list[TeamMember]


async def search_users(call: Call) -> Answer:
    """Users who are not disabled and whose e-mail holds the text, by e-mail."""
    query = call.query("query").strip()
    if not query:
        raise BadRequest("`query` must be at least one character of an e-mail.")
    limit = call.query_int("limit", USUAL_FOUND, MOST_FOUND)
    return data({"users": [_person(user) for user in users.search(call.services.store.read, query, limit)]})


async def show_user(call: Call) -> Answer:
    """One user by id, also one who is disabled: the e-mail stays on what was made."""
    user = users.by_uid(call.services.store.read, call.path["user_id"])
    if user is None:
        raise NotFound("There is no such user.")
    return data({"user": _person(user)})


async def show_team(call: Call) -> Answer:
    """Every user of the installation, who are one team."""
    guid = hmac.digest(call.services.secret, b"team", hashlib.sha256).hex()[:28]
    return data({"team": Team(f"domain_{guid}", "This appliance", [_member(user) for user in users.every(call.services.store.read)])})


def _person(user: User) -> Person:
    return Person(user.uid, user.email)


def _member(user: User) -> TeamMember:
    return TeamMember(user.uid, user.email, user.is_owner, user.administers, user.disabled)


_QUERY = {"query": "Part of the e-mail, in any case of letters.", "limit": f"How many at most; {USUAL_FOUND}, up to {MOST_FOUND}."}

ROUTES = (
    Route("GET", "/users/search", Action.PEOPLE_READ, search_users, "Find users by e-mail", answer=Person, query=_QUERY),
    Route("GET", "/users/me/team", Action.PEOPLE_READ, show_team, "The team: every user of the installation", answer=Team),
    Route("GET", "/users/{user_id:str}", Action.PEOPLE_READ, show_user, "One user", answer=Person),
)
