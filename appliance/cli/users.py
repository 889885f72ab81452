"""Users of the installation, for whoever sits at its machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option
from appliance.cli.output import Output, remark, with_output
from appliance.cli.usage import show_me, users_usage
from appliance.configurations import quantities
from appliance.errors import BadRequest

_COLUMNS = ("email", "role", "state", "has_password", "limits", "created_at")
_NO_SERVER = "No server runs; once one does, `appliance users link` prints a sign-in link."


@click.group()
def users() -> None:
    """Users of this installation, managed by whoever sits at its machine.

    Users sign in to the Console with a password or a one-time link, and to everything else with API keys. An EMAIL names a user;
    nothing is ever sent to it."""


users.add_command(users_usage)
users.add_command(show_me)


@users.command("list")
@data_dir_option
@with_output
def list_users(out: Output, data_dir: Path | None) -> None:
    """List the users, with the limits that were set for them."""
    rows = administer(data_dir, "users.list")
    out.rows(rows if out.as_json else map(_row, rows), _COLUMNS, "There are no users.")


@users.command("create")
@click.argument("email")
@click.option("--administrator", is_flag=True, help="May manage users, limits and the audit log; sees no project for that.")
@click.option("--password", "ask", is_flag=True, help="Ask for a password (or read it from standard input).")
@data_dir_option
@with_output
def create_user(out: Output, email: str, administrator: bool, ask: bool, data_dir: Path | None) -> None:
    """Make a user.

    Prints a first API key and, while a server runs, a one-time sign-in link that lives for a day. Neither is ever shown again."""
    made = administer(data_dir, "users.add", email=email, administrator=administrator, password=_password() if ask else "")
    out.said("\n".join((made["email"], f"API key (shown once): {made['api_key']}", *_link(made))), **made)
    if not made["sign_in_url"]:
        remark(_NO_SERVER)


@users.command("password")
@click.argument("email", default="")
@data_dir_option
@with_output
def set_password(out: Output, email: str, data_dir: Path | None) -> None:
    """Set a user's password (the owner's when no EMAIL is given); signs the user out everywhere."""
    changed = administer(data_dir, "users.password", email=email, password=_password())
    out.said(f"{changed['email']} has a new password.", **changed)


@users.command("disable")
@click.argument("email")
@data_dir_option
@with_output
def disable_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Shut a user out at once.

    Sessions and sign-in links end; keys and download links answer nothing until `enable`. Projects and models stay, jobs go on."""
    changed = administer(data_dir, "users.disable", email=email)
    out.said("\n".join((f"{changed['email']} is disabled.", *_left_behind(changed))), **changed)


@users.command("enable")
@click.argument("email")
@data_dir_option
@with_output
def enable_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Let a disabled user in again, with the same keys and password."""
    changed = administer(data_dir, "users.enable", email=email)
    out.said(f"{changed['email']} is enabled.", **changed)


@users.command("promote")
@click.argument("email")
@data_dir_option
@with_output
def promote_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Let a user manage users, limits and the audit log. The level in projects stays what it is."""
    changed = administer(data_dir, "users.promote", email=email)
    out.said(f"{changed['email']} is an administrator of this installation.", **changed)


@users.command("demote")
@click.argument("email")
@data_dir_option
@with_output
def demote_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Take that right away again. The owner of the installation always has it."""
    changed = administer(data_dir, "users.demote", email=email)
    out.said(f"{changed['email']} is no administrator of this installation.", **changed)


@users.command("limits")
@click.argument("email")
@click.option("--queued", metavar="N", help="Jobs that wait.")
@click.option("--running", metavar="N", help="Jobs at once.")
@click.option("--duration", metavar="TIME", help="Seconds of a job, or a time: 90, 30m, 1.5h.")
@click.option("--storage", metavar="SIZE", help="Bytes stored, uploads and artifacts together: 500MB, 10GB, 4GiB; 0 for no limit.")
@click.option("--default", "all_default", is_flag=True, help="The server's own limits for all that is not named beside it.")
@data_dir_option
@with_output
def set_limits(out: Output, email: str, all_default: bool, data_dir: Path | None, **given: str | None) -> None:
    """Show a user's limits, or set those that are named.

    `default` as a value is the server's own limit. What is set counts at once; jobs that exist keep the duration they were made with."""
    limits: dict[str, float | None] = {field: None for field, _ in _FIELDS.values() if all_default}
    limits |= {_FIELDS[option][0]: _limit(option, text) for option, text in given.items() if text is not None}
    changed = administer(data_dir, "users.limits", email=email, limits=limits or None)
    servers = changed["server_limits"]
    words = {
        name: f"{_shown(option, servers[field])} (the server's)"
        if servers and changed["limits"][field] is None
        else _shown(option, changed["limits"][field])
        for option, (field, name) in _FIELDS.items()
    }
    out.record(changed if out.as_json else {"email": changed["email"], **words})


@users.command("reset")
@click.argument("email")
@data_dir_option
@with_output
def reset_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Take a user's password away and print a one-time sign-in link that lives for a day.

    Every session and older link ends; API keys stay (see `appliance keys`)."""
    done = administer(data_dir, "users.reset", email=email)
    out.said("\n".join((f"{done['email']} has no password any more.", *_link(done))), **done)
    if not done["sign_in_url"]:
        remark(_NO_SERVER)


@users.command("link")
@click.argument("email", default="")
@data_dir_option
@with_output
def sign_in_link(out: Output, email: str, data_dir: Path | None) -> None:
    """Print a one-time sign-in link for a user (the owner when no EMAIL is given), which lives for a day."""
    made = administer(data_dir, "users.link", email=email)
    out.said(*_link({**made, "sign_in_url": made["url"]}), **made)


@users.command("hand-over")
@click.argument("email")
@click.argument("to")
@click.option("--yes", is_flag=True, help="Don't ask.")
@data_dir_option
@with_output
def hand_over(out: Output, email: str, to: str, yes: bool, data_dir: Path | None) -> None:
    """Make TO the owner of every project that EMAIL alone owns.

    EMAIL stays an administrator of them, and what EMAIL made keeps that name."""
    owned = [] if yes else administer(data_dir, "users.owned", email=email)["projects"]
    if owned:
        remark(f"{email} alone owns {_names(owned)}.")
        click.confirm(f"Give {'it' if len(owned) == 1 else 'them all'} to {to}?", abort=True, err=True)
    moved = administer(data_dir, "users.hand_over", email=email, to=to)
    names = _names(moved["projects"])
    out.said(f"{to} owns {names}." if names else f"{email} owns no project alone; nothing changed.", **moved)


_FIELDS = {
    "queued": ("created", "jobs that wait"),
    "running": ("running", "jobs at once"),
    "duration": ("max_duration_seconds", "seconds of a job"),
    "storage": ("storage_bytes", "bytes stored"),
}


def _limit(option: str, text: str) -> float | None:
    """What an option says; None for the server's own. Raises BadRequest."""
    if text == "default":
        return None
    read = {"duration": quantities.seconds, "storage": quantities.size}.get(option, _number)(text)
    if read is None:
        raise BadRequest(f"--{option} {text!r} cannot be read; see `appliance users limits --help`.")
    return read


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _shown(option: str, value: float | None) -> str:
    if value is None:
        return "the server's own"
    return "no limit" if option == "storage" and not value else f"{value:g}" if option == "duration" else f"{value:,}"


def _link(made: dict[str, Any]) -> list[str]:
    """A sign-in link where one was made."""
    until = made.get("link_expires_at", "")[:16].replace("T", " ")
    return [f"Sign-in link (works once, until {until} UTC): {made['sign_in_url']}"] if made["sign_in_url"] else []


def _left_behind(changed: dict[str, Any]) -> list[str]:
    """What goes on, and what nobody looks after, now that the user is disabled."""
    jobs, email, owned = changed["jobs"], changed["email"], changed["projects"]
    words = [f"{jobs} {'job goes' if jobs == 1 else 'jobs go'} on."] if jobs else []
    hint = f"`appliance users hand-over {email} TO` gives {'it' if len(owned) == 1 else 'them'} to another user."
    return [*words, f"Nobody else owns {_names(owned)}: {hint}"] if owned else words


def _names(projects: list[dict[str, Any]]) -> str:
    return ", ".join(project["name"] for project in projects)


def _row(user: dict[str, Any]) -> dict[str, Any]:
    """One line of the table for people."""
    set_here = {option: user["limits"][field] for option, (field, _) in _FIELDS.items()}
    return {
        **user,
        "role": "owner" if user["is_owner"] else "administrator" if user["administrator"] else "user",
        "state": "disabled" if user["disabled"] else "enabled",
        "limits": ", ".join(f"{option} {_shown(option, value)}" for option, value in set_here.items() if value is not None),
    }


def _password() -> str:
    """Typed twice on a terminal, else one line of standard input; never an argument, which every process could read."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadRequest("Standard input holds no password.")
    return line
