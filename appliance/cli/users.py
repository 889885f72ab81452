"""Users of the installation: list, create, password, disable, enable."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option
from appliance.cli.output import Output, with_output
from appliance.errors import BadRequest


@click.group()
def users() -> None:
    """Users sign in to the Console with a password and to everything else with API keys."""


@users.command("list")
@data_dir_option
@with_output
def list_users(out: Output, data_dir: Path | None) -> None:
    """List the users."""
    rows = administer(data_dir, "users.list")
    out.rows(rows, ("email", "is_owner", "disabled", "has_password", "created_at"), "There are no users.")


@users.command("create")
@click.argument("email")
@click.option("--password", "ask", is_flag=True, help="Ask for a password (or read it from standard input).")
@data_dir_option
@with_output
def create_user(out: Output, email: str, ask: bool, data_dir: Path | None) -> None:
    """Make a user with a first API key, which is printed once."""
    made = administer(data_dir, "users.add", email=email, password=_password() if ask else "")
    out.said(f"{made['email']}\n{made['api_key']}", **made)


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
    """Shut a user out: keys and sessions answer nothing. Projects and models stay."""
    changed = administer(data_dir, "users.disable", email=email)
    out.said(f"{changed['email']} is disabled.", **changed)


@users.command("enable")
@click.argument("email")
@data_dir_option
@with_output
def enable_user(out: Output, email: str, data_dir: Path | None) -> None:
    """Let a disabled user in again."""
    changed = administer(data_dir, "users.enable", email=email)
    out.said(f"{changed['email']} is enabled.", **changed)


def _password() -> str:
    """Typed twice on a terminal, else one line of standard input; never an argument, which every process could read."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise BadRequest("Standard input holds no password.")
    return line
