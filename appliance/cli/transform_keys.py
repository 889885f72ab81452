"""`appliance projects transform-keys`: what makes a project's fakes and hashes its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appliance.cli.connection import with_client
from appliance.cli.output import Output, with_output

if TYPE_CHECKING:
    from appliance.cli.client import Client

_COLUMNS = ("number", "created_at", "current")
_NONE = "The project has no transform key yet; its first transform makes one."


@click.group("transform-keys")
def transform_keys() -> None:
    """Keys behind fakes, hashes and encryption: the same key, the same fakes. Only their numbers are ever shown."""


@transform_keys.command("list")
@click.argument("project")
@with_client
@with_output
def list_keys(out: Output, client: Client, project: str) -> None:
    """List the keys of PROJECT."""
    out.rows(client.transform_keys("GET", project), _COLUMNS, _NONE)


@transform_keys.command("rotate")
@click.argument("project")
@with_client
@with_output
def rotate_key(out: Output, client: Client, project: str) -> None:
    """Give PROJECT a new key. New models use it; models that were made before go on with theirs."""
    out.rows(client.transform_keys("POST", project), _COLUMNS, _NONE)


@transform_keys.command("destroy")
@click.argument("project")
@click.argument("number", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_client
@with_output
def destroy_key(out: Output, client: Client, project: str, number: int, yes: bool) -> None:
    """Destroy an old key of PROJECT for good: nothing made with it can be decrypted or repeated any more."""
    if not yes:
        click.confirm(f"Destroy key {number} of {project}? Models made with it can never run again.", abort=True, err=True)
    out.rows(client.transform_keys("DELETE", project, number), _COLUMNS, _NONE)
