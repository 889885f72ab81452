"""Invites: a level in a project for an e-mail, which waits until its user accepts or declines it, or until it expires after 14 days.

Nothing in an answer tells whether there is a user with that e-mail. What an invite promises is asked again when it is accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from appliance.audit import Entry
from appliance.clock import timestamp
from appliance.control_plane.api.projects import on_wire as project_on_wire
from appliance.control_plane.api.routes import Action, Answer, Call, Route, data
from appliance.control_plane.store import Connection, invites, projects, users
from appliance.control_plane.store.invites import Invite
from appliance.control_plane.store.projects import Project
from appliance.errors import BadRequest, Conflict, NotFound
from appliance.people.directory import Person
from appliance.people.membership import (
    INVITE_LIFETIME_S,
    NO_INVITE,
    check_changing,
    check_giving,
    check_room,
    own_level,
    present_user,
    why_dead,
)

OVERLAP_S = 60.0
"""How far before now the next `since` begins, so that an invite that is being written now is not missed."""
_EPOCH = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


class InviteOnWire(msgspec.Struct, frozen=True, rename={"uid": "_id"}):
    """One invite. `expired`: it can be accepted no more, as its time is over or whoever sent it may no longer give that level."""

    uid: str
    project_guid: str
    project_name: str
    email: str
    level: int
    invited_by: Person
    created_at: str
    expires_at: str
    expired: bool


class MemberOnWire(msgspec.Struct, frozen=True):
    """One member."""

    user_id: str
    email: str
    level: int


class Accepted(msgspec.Struct, frozen=True):
    """What came of an acceptance: the level before and now; `again`: it had been accepted before."""

    project: Project
    invite: Invite
    before: int
    level: int
    again: bool = False


def on_wire(connection: Connection, invite: Invite, project: Project, at: float) -> InviteOnWire:
    """An invite's row as clients read it."""
    inviter = users.by_id(connection, invite.invited_by)
    return InviteOnWire(
        uid=invite.uid,
        project_guid=project.guid,
        project_name=project.name,
        email=invite.email,
        level=invite.level,
        invited_by=Person(inviter.uid, inviter.email) if inviter is not None else Person("", ""),
        created_at=timestamp(invite.created_at),
        expires_at=timestamp(invite.expires_at),
        expired=bool(_dead(connection, invite, at)),
    )


def put(connection: Connection, call: Call, own: int, *, uid: str, email: str, level: int, at: float) -> Invite:
    """Inside a transaction: invite an e-mail to the call's project, or renew its invite with that level. Raises Forbidden, LimitReached."""
    check_giving(own, level)
    waiting = [invite for invite in invites.of_project(connection, call.project.id) if invite.expires_at > at]
    present = invites.of(connection, call.project.id, email)
    if present in waiting:
        check_changing(own, present.level if present else 0)
    else:
        check_room(len(waiting))
    expires_at = at + INVITE_LIFETIME_S
    facts = {"uid": uid, "email": email, "level": level, "at": at, "expires_at": expires_at}
    return invites.put(connection, project_id=call.project.id, invited_by=call.user.id, **facts)


async def list_sent(call: Call) -> Answer:
    """Invites to this project that wait for an answer, expired ones too, newest first."""
    read, at = call.services.store.read, call.services.clock.now()
    return data({"invites": [on_wire(read, invite, call.project, at) for invite in invites.of_project(read, call.project.id)]})


async def cancel(call: Call) -> Answer:
    """Call an invite back."""
    uid = call.path["invite_id"]

    def remove(connection: Connection) -> Invite:
        own = own_level(connection, call)
        invite = next((one for one in invites.of_project(connection, call.project.id) if one.uid == uid), None)
        if invite is None:
            raise NotFound("There is no such invite to this project; it may have been answered.")
        check_changing(own, invite.level)
        invites.remove_of(connection, invite.project_id, invite.email)
        return invite

    removed = await call.services.store.write(remove, told=lambda invite: told(call, invite, call.project))
    return data({"id": removed.uid})


async def list_received(call: Call) -> Answer:
    """Invites to the caller that wait for an answer, newest first. Who polls gives the `timestamp` of one answer as `since` of the next."""
    read, at = call.services.store.read, call.services.clock.now()
    since, expired_too = moment(call.query("since"), "since"), _flag(call, "include_expired")
    wanted = call.query_list("invite_types")
    found = [] if wanted and "project" not in wanted else invites.of_email(read, call.user.email, since=since)
    shown = [on_wire(read, invite, project, at) for invite in found if (project := projects.by_id(read, invite.project_id)) is not None]
    answer = [invite for invite in shown if expired_too or not invite.expired]
    return data({"invites": answer, "timestamp": timestamp(at - OVERLAP_S)})


async def accept(call: Call) -> Answer:
    """Become a member with the level that the invite gives, never with a lower one than before. May be repeated."""
    uid, at = call.path["invite_id"], call.services.clock.now()

    def join(connection: Connection) -> Accepted:
        user, (invite, project) = present_user(connection, call), _received(connection, call, uid)
        before = projects.level(connection, project.id, user.id)
        if invite.accepted_at is not None and before:
            return Accepted(project, invite, before, before, again=True)
        reason = _dead(connection, invite, at)
        if reason or invite.accepted_at is not None:
            raise Conflict(reason or "You have left this project since you accepted its invite; ask for a new one.")
        level = max(before, invite.level)
        projects.set_member(connection, project.id, user.id, level)
        invites.accept(connection, invite.uid, at)
        return Accepted(project, invite, before, level)

    def line(done: Accepted) -> Entry | None:
        return None if done.again else told(call, done.invite, done.project, done.level, done.before)

    done = await call.services.store.write(join, told=line)
    member = MemberOnWire(call.user.uid, call.user.email, done.level)
    return data({"member": member, "project": project_on_wire(call, done.project)})


async def decline(call: Call) -> Answer:
    """Refuse an invite; it is gone then."""
    uid = call.path["invite_id"]

    def refuse(connection: Connection) -> tuple[Invite, Project]:
        present_user(connection, call)
        invite, project = _received(connection, call, uid)
        if invite.accepted_at is not None:
            raise Conflict("You accepted this invite; leave the project instead.")
        invites.remove_of(connection, project.id, invite.email)
        return invite, project

    def line(refused: tuple[Invite, Project]) -> Entry:
        entry = told(call, *refused)  # with the name, which whoever declined cannot look up
        return msgspec.structs.replace(entry, detail=entry.detail | {"project_name": refused[1].name})

    invite, _ = await call.services.store.write(refuse, told=line)
    return data({"id": invite.uid})


def told(call: Call, invite: Invite, project: Project, level: int = 0, before: int = 0) -> Entry:
    """The line of the audit log of what was done with an invite: its level, or the `level` that its acceptance gave instead of `before`."""
    entry = call.entry("invite", invite.uid, invite.email, email=invite.email, level=level or invite.level, from_level=before)
    return msgspec.structs.replace(entry, project=project.guid)


def moment(text: str, name: str) -> float:
    """Seconds since the epoch of an ISO timestamp or a number; 0 for an empty text. Raises BadRequest."""
    try:
        if not text or _EPOCH.fullmatch(text):
            return float(text or 0)
        # a plus sign that was not escaped in the address arrives as a space
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadRequest(f"`{name}` must be a time such as 2026-01-31T12:00:00Z, or seconds since 1970.") from None


def _received(connection: Connection, call: Call, uid: str) -> tuple[Invite, Project]:
    """An invite of the caller and its project. Raises NotFound for that of somebody else as for none at all."""
    invite = invites.find(connection, uid, call.user.email)
    project = projects.by_id(connection, invite.project_id) if invite is not None else None
    if invite is None or project is None or project.deleting:
        raise NotFound(NO_INVITE)
    return invite, project


def _dead(connection: Connection, invite: Invite, at: float) -> str:
    """Why an invite can be accepted no more, or an empty text."""
    inviter = users.by_id(connection, invite.invited_by)
    level = projects.level(connection, invite.project_id, inviter.id) if inviter is not None and not inviter.disabled else 0
    return why_dead(level=invite.level, inviter=level, expires_at=invite.expires_at, at=at)


def _flag(call: Call, name: str) -> bool:
    """A yes or no in any client's spelling. Raises BadRequest."""
    text = call.query(name).lower()
    if text not in ("", "no", "false", "0", "yes", "true", "1"):
        raise BadRequest(f"`{name}` must be true or false.")
    return text in ("yes", "true", "1")


_LISTED = {
    "org_only": "accepted; there is one team",
    "since": "only invites made after this time, ISO or seconds since 1970",
    "include_expired": "true: also those that can be accepted no more",
    "invite_types": "`project`, `team` (there are none), or both",
}
_SENT, _RECEIVED = "/projects/{project_id:str}/invites", "/users/me/invites"

ROUTES = (
    Route("GET", _RECEIVED, Action.ACCOUNT, list_received, "Invites of the caller", answer=InviteOnWire, query=_LISTED),
    Route("PATCH", f"{_RECEIVED}/{{invite_id:str}}", Action.INVITE_ACCEPT, accept, "Accept an invite", answer=MemberOnWire),
    Route("DELETE", f"{_RECEIVED}/{{invite_id:str}}", Action.INVITE_DECLINE, decline, "Decline an invite"),
    Route("GET", _SENT, Action.INVITE_READ, list_sent, "Invites to a project", answer=InviteOnWire),
    Route("DELETE", f"{_SENT}/{{invite_id:str}}", Action.INVITE_CANCEL, cancel, "Call an invite back"),
)
