"""API keys: list, create, revoke."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option
from appliance.cli.output import Output, with_output

_email = click.option("--email", default="", help="Whose. [default: the owner's]")


@click.group()
def keys() -> None:
    """API keys of a user, managed by whoever sits at the machine.

    A user may have a hundred that live. The text of a key is shown once, when it is made."""


@keys.command("list")
@_email
@data_dir_option
@with_output
def list_keys(out: Output, email: str, data_dir: Path | None) -> None:
    """List a user's keys, also those that were revoked. The last use is noted once an hour."""
    rows = administer(data_dir, "keys.list", email=email)
    out.rows(rows, ("id", "prefix", "name", "created_at", "last_used_at", "revoked_at"), "The user has no keys.")


@keys.command("create")
@click.option("--name", default="", help="To tell it from others, at most 100 characters.")
@_email
@data_dir_option
@with_output
def create_key(out: Output, name: str, email: str, data_dir: Path | None) -> None:
    """Make a key and print it."""
    made = administer(data_dir, "keys.create", email=email, name=name)
    out.said(made["api_key"], **made)


@keys.command("revoke")
@click.argument("key_id", type=int)
@_email
@data_dir_option
@with_output
def revoke_key(out: Output, key_id: int, email: str, data_dir: Path | None) -> None:
    """Revoke the key with that id (see `list`); it lets nobody in from then on.

    What is being sent already goes on to its end, and download and upload links that it was given live on until they expire; `users
    disable` ends those too."""
    revoked = administer(data_dir, "keys.revoke", email=email, id=key_id)
    out.said(f"Revoked key {revoked['id']} ({revoked['prefix']}…).", **revoked)
