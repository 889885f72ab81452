"""Who may give which level to whom in a project. Every rule about members and invites is here, and asked in the transaction of a change."""

from __future__ import annotations

from collections.abc import Collection

from appliance.control_plane.api.permissions import NO_PROJECT, Level, require
from appliance.control_plane.api.routes import Call
from appliance.control_plane.store import Connection, projects, users
from appliance.control_plane.store.users import User
from appliance.errors import BadRequest, Conflict, Forbidden, LimitReached, NotFound, NotSignedIn

INVITE_LIFETIME_S = 14 * 86400.0
MOST_PENDING = 200
"""Invites of one project that wait for an answer."""
INVITED_SELF = "Cannot invite yourself"
"""Clients search for exactly this."""
NO_INVITE = "There is no such invite for you; it may have been called back."
EXPIRED = "This invite has expired; ask for a new one."
POWERLESS = "Whoever sent this invite may no longer give that level in the project; ask for a new one."


def check_level(level: int) -> int:
    """A member's level. Raises BadRequest unless it is 1 to 4."""
    if not Level.READ <= level <= Level.OWNER:
        raise BadRequest("`level` is 1 (read), 2 (write), 3 (administrator) or 4 (owner).")
    return level


def check_giving(own: int, level: int) -> None:
    """Nobody gives more than they have. Raises Forbidden."""
    if level > own:
        raise Forbidden(f"You cannot give level {level}; yours is {own}.")


def check_changing(own: int, theirs: int) -> None:
    """Nobody changes or removes somebody with a higher level, member or invited. Raises Forbidden."""
    if theirs > own:
        raise Forbidden(f"Level {theirs} can be changed and taken away only by those who have it; yours is {own}.")


def check_owned(owners: Collection[int], leaving: int) -> None:
    """A project keeps an owner who can sign in: `owners` are the ids of those it has. Raises Conflict when `leaving` is the only one."""
    if set(owners) == {leaving}:
        raise Conflict("A project needs an owner who can sign in, and this is the only one: make another member an owner first.")


def check_room(pending: int) -> None:
    """Raises LimitReached when a project has as many invites waiting as it may."""
    if pending >= MOST_PENDING:
        raise LimitReached(
            f"Maximum number of waiting invites ({MOST_PENDING}) reached for this project; cancel those that nobody answers."
        )


def why_dead(*, level: int, inviter: int, expires_at: float, at: float) -> str:
    """Why an invite to `level` can be accepted no more, or an empty text. `inviter`: the level of whoever sent it, now; 0 when disabled."""
    if expires_at <= at:
        return EXPIRED
    return "" if inviter >= max(Level.ADMINISTRATOR, level) else POWERLESS


def present_user(connection: Connection, call: Call) -> User:
    """The caller as stored now. Raises NotSignedIn for one who was disabled meanwhile."""
    user = users.by_id(connection, call.user.id)
    if user is None or user.disabled:
        raise NotSignedIn("Your account was disabled.")
    return user


def own_level(connection: Connection, call: Call) -> int:
    """The caller's level in the call's project now, if it still allows the call's action. Raises what the admission raises."""
    present_user(connection, call)
    project = projects.by_id(connection, call.project.id)
    if project is None or project.deleting:
        raise NotFound(NO_PROJECT)
    level = projects.level(connection, project.id, call.user.id)
    require(call.action, level)
    return level


def owners(connection: Connection, project_id: int) -> list[int]:
    """Ids of the project's owners who are not disabled, the oldest user first."""
    found = (users.by_id(connection, member.user_id) for member in projects.members(connection, project_id) if member.level == Level.OWNER)
    return [user.id for user in found if user is not None and not user.disabled]


def pass_on(connection: Connection, project_id: int, giver_id: int, heir_id: int, at: float) -> None:
    """Make another user the owner whom the project names; the giver stays as an administrator of it."""
    projects.set_member(connection, project_id, heir_id, Level.OWNER)
    projects.set_member(connection, project_id, giver_id, Level.ADMINISTRATOR)
    projects.set_owner(connection, project_id, heir_id, at)


def keep_named_owner(connection: Connection, project_id: int, at: float) -> None:
    """The user whom the project names as its owner has level 4; when that one lost it, another owner who can sign in is named."""
    project, left = projects.by_id(connection, project_id), owners(connection, project_id)
    if project is not None and left and projects.level(connection, project_id, project.owner_id) < Level.OWNER:
        projects.set_owner(connection, project_id, left[0], at)
