"""People of a project: members with their levels, invites, leaving, handing over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from appliance.cli.connection import with_client
from appliance.cli.output import Output, remark, with_output
from appliance.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from appliance.cli.client import Client

LEVELS = ("read", "write", "administrator", "owner")
_LEVEL_HELP = "read (1) sees and downloads; write (2) also uploads, trains and runs; administrator (3) also manages members; owner (4) all."


class LevelName(click.ParamType[int]):
    """A level by its name or number; the command gets the number."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of the level. Fails as wrong usage."""
        text = str(value).lower()
        if text in LEVELS:
            return LEVELS.index(text) + 1
        if text in ("1", "2", "3", "4"):
            return int(text)
        self.fail(f"{value!r} is no level: read (1), write (2), administrator (3) or owner (4).", param, ctx)


def role(level: int) -> str:
    """The name of a level."""
    return LEVELS[level - 1] if 0 < level <= len(LEVELS) else str(level)


@click.group()
def members() -> None:
    """Who may use a project, and how far. Levels: read, write, administrator, owner."""


@members.command("list")
@click.argument("project")
@with_client
@with_output
def list_members(out: Output, client: Client, project: str) -> None:
    """List the members of PROJECT."""
    rows = [{**member, "role": role(member["level"])} for member in client.members(project)]
    out.rows(rows, ("email", "role", "user_id"), "There are no members.")


@members.command("invite")
@click.argument("project")
@click.argument("email")
@click.option("--level", type=LevelName(), default="read", show_default=True, help=_LEVEL_HELP)
@with_client
@with_output
def invite_member(out: Output, client: Client, project: str, email: str, level: int) -> None:
    """Invite EMAIL to PROJECT, or set the level of one who is a member already.

    The invite waits 14 days, also for somebody who is no user yet; inviting again renews it."""
    given = client.give_level(project, email, level)
    _given(out, project, given)
    if "invite" in given and not any(_same(user["email"], email) for user in client.search_users(email)):
        remark("Nobody here has that e-mail yet; the invite waits for 14 days.")


@members.command("set")
@click.argument("project")
@click.argument("email")
@click.argument("level", type=LevelName())
@with_client
@with_output
def set_member(out: Output, client: Client, project: str, email: str, level: int) -> None:
    """Give the member EMAIL of PROJECT another LEVEL: read, write, administrator or owner (or 1 to 4)."""
    if _same(client.me()["email"], email):
        raise BadRequest("Your own level is not yours to change; another owner or administrator can.")
    if not any(_same(member["email"], email) for member in client.members(project)):
        raise NotFound(f"{email} is no member of {project}.", hint="`appliance projects members invite` invites people.")
    _given(out, project, client.give_level(project, email, level))


@members.command("remove")
@click.argument("project")
@click.argument("email")
@with_client
@with_output
def remove_member(out: Output, client: Client, project: str, email: str) -> None:
    """Take EMAIL out of PROJECT, or call back an invite that waits. Links and running uploads of a member end with it."""
    found = next((member["user_id"] for member in client.members(project) if _same(member["email"], email)), None)
    if found is not None:
        client.remove_member(project, found)
        out.said(f"{email} is no member of {project} any more.", email=email, user_id=found)
        return
    invite = next((invite["_id"] for invite in client.sent_invites(project) if _same(invite["email"], email)), None)
    if invite is None:
        raise NotFound(f"{email} is neither a member of {project} nor invited to it.")
    client.cancel_invite(project, invite)
    out.said(f"The invite of {email} to {project} is called back.", email=email, invite=invite)


@click.group()
def invites() -> None:
    """Invites to projects: your own, and those that a project sent."""


@invites.command("list")
@click.argument("project", required=False)
@click.option("--expired", is_flag=True, help="Of your own, also those that can be accepted no more.")
@with_client
@with_output
def list_invites(out: Output, client: Client, project: str | None, expired: bool) -> None:
    """List the invites that wait for you; with PROJECT those that its administrators sent."""
    found = client.sent_invites(project) if project else client.invites(expired)
    who = "email" if project else "project"
    out.rows(map(_shown, found), (who, "role", "invited_by", "expires_at", "expired", "id"), "There are no invites.")


@invites.command("accept")
@click.argument("invite")
@with_client
@with_output
def accept_invite(out: Output, client: Client, invite: str) -> None:
    """Accept INVITE, named by its id or by the project."""
    joined = client.answer_invite(_received(client, invite), accept=True)
    level, name = joined["member"]["level"], joined["project"]["name"]
    out.said(f"You are a member of {name} with level {level} ({role(level)}).", **joined)


@invites.command("decline")
@click.argument("invite")
@with_client
@with_output
def decline_invite(out: Output, client: Client, invite: str) -> None:
    """Decline INVITE, named by its id or by the project."""
    found = _received(client, invite)
    client.answer_invite(found, accept=False)
    out.said("The invite is declined.", declined=found)


@click.command("transfer")
@click.argument("project")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_client
@with_output
def transfer_project(out: Output, client: Client, project: str, email: str, yes: bool) -> None:
    """Make the member EMAIL the owner of PROJECT; you stay as an administrator."""
    if not yes:
        click.confirm(f"Hand {project} over to {email}?", abort=True, err=True)
    out.said(f"{email} owns {project} now; you are an administrator of it.", **client.transfer(project, email))


@click.command("leave")
@click.argument("project")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_client
@with_output
def leave_project(out: Output, client: Client, project: str, yes: bool) -> None:
    """Be a member of PROJECT no more. What you made stays with it; its only owner cannot leave."""
    if not yes:
        click.confirm(f"Leave {project}?", abort=True, err=True)
    client.leave(project)
    out.said(f"You left {project}.", left=project)


def _given(out: Output, project: str, given: dict[str, Any]) -> None:
    invite, member = given.get("invite"), given.get("member") or {}
    if invite:
        level = role(invite["level"])
        out.said(f"{invite['email']} is invited to {project} with level {level}, until {invite['expires_at'][:10]}.", **given)
    else:
        out.said(f"{member['email']} is a member of {project} with level {role(member['level'])}.", **given)


def _received(client: Client, invite: str) -> str:
    """The id of an invite of the caller; what names none is taken as an id, about which the server knows what to say."""
    named = (found["_id"] for found in client.invites() if invite in (found["project_name"], found["project_guid"]))
    return next(named, invite)


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _shown(invite: dict[str, Any]) -> dict[str, Any]:
    facts = {name: invite[name] for name in ("email", "project_guid", "level", "created_at", "expires_at", "expired")}
    names = {"id": invite["_id"], "project": invite["project_name"], "role": role(invite["level"])}
    return {**names, **facts, "invited_by": invite["invited_by"]["email"]}
