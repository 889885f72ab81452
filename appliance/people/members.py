"""Members of a project, with levels 1 (read) to 4 (owner): listed, invited or set to another level, taken out; leaving and handing over."""

from __future__ import annotations

import msgspec

from appliance.audit import Entry
from appliance.control_plane.api.permissions import Level
from appliance.control_plane.api.projects import on_wire as project_on_wire
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, invites, projects, users
from appliance.control_plane.store.invites import Invite
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, NotFound
from appliance.people import invites as invitations
from appliance.people.email_address import check_email
from appliance.people.invites import InviteOnWire, MemberOnWire
from appliance.people.membership import (
    INVITED_SELF,
    check_changing,
    check_giving,
    check_level,
    check_owned,
    keep_named_owner,
    own_level,
    owners,
    pass_on,
)

NO_MEMBER = "There is no such member."


class MemberBody(msgspec.Struct, frozen=True):
    """Who gets which level: 1 read, 2 write, 3 administrator, 4 owner."""

    email: str
    level: int


class HeirBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who becomes the owner."""

    email: str


class Given(msgspec.Struct, frozen=True):
    """A member whose level was set; `before`: the one until then."""

    user: User
    level: int
    before: int


async def list_members(call: Call) -> Answer:
    """Everybody who may use this project."""
    read = call.services.store.read
    found = [(users.by_id(read, member.user_id), member.level) for member in projects.members(read, call.project.id)]
    return data({"members": [MemberOnWire(user.uid, user.email, level) for user, level in found if user is not None]})


async def give_level(call: Call) -> Answer:
    """Set a member's level, or invite anybody else, or renew that invite. Whether the e-mail is a user's cannot be told from the answer."""
    body = await call.body(MemberBody)
    email, level = check_email(body.email), check_level(body.level)
    uid, at = call.services.random.token(12).hex(), call.services.clock.now()

    def give(connection: Connection) -> Given | Invite:
        own, user = own_level(connection, call), users.by_email(connection, email)
        if user is not None and user.id == call.user.id:
            raise BadRequest(INVITED_SELF)
        if user is None or not projects.level(connection, call.project.id, user.id):
            return invitations.put(connection, call, own, uid=uid, email=email, level=level, at=at)
        return _set_level(connection, call, own, user, level, at)

    given = await call.services.store.write(give, told=lambda given: msgspec.structs.replace(_told(call, given), action=_word(given)))
    if isinstance(given, Given):
        return data({"member": MemberOnWire(given.user.uid, given.user.email, given.level)})
    return data({"invite": invitations.on_wire(call.services.store.read, given, call.project, at)})


async def remove_member(call: Call) -> Answer:
    """Take a user out of the project, and call back the invite of one who has not answered it."""
    user, at = users.by_uid(call.services.store.read, call.path["user_id"]), call.services.clock.now()
    if user is None:
        raise NotFound(NO_MEMBER)
    gone = user

    def remove(connection: Connection) -> Given:
        own, before = own_level(connection, call), projects.level(connection, call.project.id, gone.id)
        invite = invites.of(connection, call.project.id, gone.email)
        if not before and (invite is None or invite.accepted_at is not None):
            raise NotFound(NO_MEMBER)
        check_changing(own, before or (invite.level if invite else 0))
        _take_out(connection, call, gone, before, at)
        return Given(gone, 0, before)

    await call.services.store.write(remove, told=lambda given: _told(call, given))
    return data({"user_id": user.uid})


async def leave(call: Call) -> Answer:
    """Be a member no more."""
    at = call.services.clock.now()

    def go(connection: Connection) -> Given:
        before = own_level(connection, call)
        _take_out(connection, call, call.user, before, at)
        return Given(call.user, 0, before)

    def told(given: Given) -> Entry:
        entry = _told(call, given)  # with the name, which whoever left cannot look up
        return msgspec.structs.replace(entry, detail=entry.detail | {"project_name": call.project.name})

    await call.services.store.write(go, told=told)
    return data({"user_id": call.user.uid})


async def transfer(call: Call) -> Answer:
    """Make a member the owner whom the project names. Whoever does it stays as an administrator."""
    email, at = check_email((await call.body(HeirBody)).email), call.services.clock.now()

    def hand_over(connection: Connection) -> Given:
        own_level(connection, call)
        heir = users.by_email(connection, email)
        before = projects.level(connection, call.project.id, heir.id) if heir is not None else 0
        if heir is None or not before:
            raise NotFound("There is no member with that e-mail: invite first, then hand over.")
        if heir.id == call.user.id:
            raise BadRequest("You cannot hand the project over to yourself.")
        if heir.disabled:
            raise Conflict("That member is disabled and cannot sign in.")
        pass_on(connection, call.project.id, call.user.id, heir.id, at)
        return Given(heir, Level.OWNER, before)

    given = await call.services.store.write(hand_over, told=lambda given: _told(call, given))
    project = projects.by_id(call.services.store.read, call.project.id) or call.project
    member = MemberOnWire(given.user.uid, given.user.email, given.level)
    return data({"project": project_on_wire(call, project), "member": member, "level": int(Level.ADMINISTRATOR)})


def _set_level(connection: Connection, call: Call, own: int, user: User, level: int, at: float) -> Given:
    before = projects.level(connection, call.project.id, user.id)
    check_changing(own, before)  # an owner is changed by another one only, who is left
    check_giving(own, level)
    projects.set_member(connection, call.project.id, user.id, level)
    keep_named_owner(connection, call.project.id, at)
    return Given(user, level, before)


def _take_out(connection: Connection, call: Call, user: User, before: int, at: float) -> None:
    if before:
        check_owned(owners(connection, call.project.id), user.id)
    projects.remove_member(connection, call.project.id, user.id)
    invites.remove_of(connection, call.project.id, user.email)
    keep_named_owner(connection, call.project.id, at)


def _word(given: Given | Invite) -> str:
    """What was done, whichever of the two paths asked for it."""
    return (Action.INVITE_CREATE if isinstance(given, Invite) else Action.MEMBER_CHANGE).word


def _told(call: Call, given: Given | Invite) -> Entry:
    """The line of the audit log: the member's e-mail, the level now (0: out) and the one before."""
    if isinstance(given, Invite):
        return invitations.told(call, given, call.project)
    email = given.user.email
    return call.entry("member", given.user.uid, email, email=email, level=given.level, from_level=given.before)


_ONE = "/projects/{project_id:str}"

ROUTES = (
    Route("GET", f"{_ONE}/members", Action.MEMBER_READ, list_members, "Members of a project", answer=MemberOnWire),
    Route("POST", f"{_ONE}/members", Action.MEMBER_CHANGE, give_level, "Set a member's level, or invite", body=MemberBody),
    Route(
        "POST", f"{_ONE}/invites", Action.INVITE_CREATE, give_level, "Invite, or set a member's level", body=MemberBody, answer=InviteOnWire
    ),
    Route("DELETE", f"{_ONE}/members/{{user_id:str}}", Action.MEMBER_REMOVE, remove_member, "Take a member out"),
    Route("DELETE", f"/v1/appliance{_ONE}/membership", Action.MEMBER_LEAVE, leave, "Leave a project"),
    Route("POST", f"/v1/appliance{_ONE}/transfer", Action.PROJECT_TRANSFER, transfer, "Hand a project over to a member", body=HeirBody),
)
