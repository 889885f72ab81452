"""Artifacts: the files of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from appliance.cli.connection import project_option, with_client
from appliance.cli.output import Output, with_output
from appliance.cli.transfer import ensure_project, upload

if TYPE_CHECKING:
    from appliance.cli.client import Client


@click.group()
def artifacts() -> None:
    """Files that are kept with a project until they are deleted."""


@artifacts.command("list")
@project_option
@with_client
@with_output
def list_artifacts(out: Output, client: Client, project: str) -> None:
    """List the files of a project."""
    out.rows(client.artifacts(project), ("key", "size", "last_modified"), "The project has no artifacts.")


@artifacts.command("upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@project_option
@with_client
@with_output
def upload_artifact(out: Output, client: Client, file: Path, project: str) -> None:
    """Upload FILE and print its key; the project is made when it is missing."""
    key = upload(client, ensure_project(client, project), file)
    out.said(key, key=key)


@artifacts.command("show")
@click.argument("key")
@project_option
@with_client
@with_output
def show_artifact(out: Output, client: Client, key: str, project: str) -> None:
    """What the inspection found in a file: format, rows, columns."""
    out.record(client.manifest(project, key))


@artifacts.command("download")
@click.argument("key")
@click.option("--output", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it.")
@project_option
@with_client
@with_output
def download_artifact(out: Output, client: Client, key: str, target: Path, project: str) -> None:
    """Download a file as it was uploaded."""
    size = client.download(client.artifact_link(project, key), target, unpack=False)
    out.said(f"{target}: {size:,} bytes.", file=str(target), size=size)


@artifacts.command("delete")
@click.argument("key")
@project_option
@with_client
@with_output
def delete_artifact(out: Output, client: Client, key: str, project: str) -> None:
    """Delete a file."""
    client.delete_artifact(project, key)
    out.said(f"Deleted {key}.", deleted=key)
