"""Members of a project, with levels 1 (read) to 4 (owner)."""

from __future__ import annotations

import msgspec

from appliance.control_plane.api.permissions import Level
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import projects, users
from appliance.errors import BadRequest, Conflict, Forbidden, NotFound


class MemberBody(msgspec.Struct, frozen=True):
    """Who becomes a member with which level."""

    email: str
    level: int


class MemberOnWire(msgspec.Struct, frozen=True):
    """One member."""

    user_id: str
    email: str
    level: int


async def list_members(call: Call) -> Answer:
    """Everybody who may use this project."""
    read = call.services.store.read
    found = [(users.by_id(read, member.user_id), member.level) for member in projects.members(read, call.project.id)]
    return data({"members": [MemberOnWire(user.uid, user.email, level) for user, level in found if user is not None]})


async def set_member(call: Call) -> Answer:
    """Give a user of this server a level in the project. Nobody gives more than they have, or changes the owner."""
    body = await call.body(MemberBody)
    if not Level.READ <= body.level <= Level.OWNER:
        raise BadRequest("`level` is 1 (read), 2 (write), 3 (administrator) or 4 (owner).")
    user = users.by_email(call.services.store.read, body.email)
    if user is None:
        raise NotFound("There is no user with that e-mail on this server; `appliance users add` makes one.")
    if user.id == call.user.id:
        raise BadRequest("Cannot invite yourself")
    _may_change(call, user.id)
    if body.level > call.level:
        raise Forbidden(f"You cannot give level {body.level}; yours is {call.level}.")
    await call.services.store.write(lambda connection: projects.set_member(connection, call.project.id, user.id, body.level))
    return data({"member": MemberOnWire(user.uid, user.email, body.level)})


async def remove_member(call: Call) -> Answer:
    """Take a user out of the project."""
    user = users.by_uid(call.services.store.read, call.path["user_id"])
    if user is None:
        raise NotFound("There is no such member.")
    _may_change(call, user.id)
    number = user.id
    if not await call.services.store.write(lambda connection: projects.remove_member(connection, call.project.id, number)):
        raise NotFound("There is no such member.")
    return data({"user_id": user.uid})


def _may_change(call: Call, user_id: int) -> None:
    if user_id == call.project.owner_id:
        raise Conflict("The project's owner always has level 4.")
    if projects.level(call.services.store.read, call.project.id, user_id) > call.level:
        raise Forbidden("That member has a higher level than you.")


_ONE = "/projects/{project_id:str}"

ROUTES = (
    Route("GET", f"{_ONE}/members", Action.MEMBER_READ, list_members, "Members of a project", answer=MemberOnWire),
    Route("POST", f"{_ONE}/members", Action.MEMBER_CHANGE, set_member, "Set a member's level", body=MemberBody),
    Route("POST", f"{_ONE}/invites", Action.INVITE_CREATE, set_member, "Make a user a member at once", body=MemberBody),
    Route("DELETE", f"{_ONE}/members/{{user_id:str}}", Action.MEMBER_REMOVE, remove_member, "Take a member out"),
)
