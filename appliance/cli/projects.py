"""Projects: list, create, delete, and the people and keys of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appliance.cli.connection import with_client
from appliance.cli.output import Output, remark, with_output
from appliance.cli.project_people import invites, leave_project, members, transfer_project
from appliance.cli.transform_keys import transform_keys
from appliance.cli.usage import project_usage

if TYPE_CHECKING:
    from appliance.cli.client import Client


@click.group()
def projects() -> None:
    """Projects hold artifacts, models and runs, and have members."""


for _command in (members, invites, transfer_project, leave_project, transform_keys, project_usage):
    projects.add_command(_command)


@projects.command("list")
@click.option("--query", help="Only names that contain this.")
@with_client
@with_output
def list_projects(out: Output, client: Client, query: str | None) -> None:
    """List the projects you are a member of."""
    found = client.projects(query)
    out.rows(found, ("name", "display_name", "guid", "created_at"), "There are no projects.")
    if not (found or query or out.as_json):
        for invite in client.invites():
            name = invite["project_name"]
            remark(f"You are invited to {name}: appliance projects invites accept {name}")


@projects.command("create")
@click.option("--name", help="5 to 63 letters, digits and dashes; made up when left out.")
@click.option("--display-name", help="A title for people.")
@click.option("--desc", "description", help="What it is for.")
@with_client
@with_output
def create_project(out: Output, client: Client, name: str | None, display_name: str | None, description: str | None) -> None:
    """Make a project, or find your own of that name."""
    out.record(client.create_project(name, display_name, description), ("name", "guid", "display_name", "description"))


@projects.command("delete")
@click.argument("project")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_client
@with_output
def delete_project(out: Output, client: Client, project: str, yes: bool) -> None:
    """Delete PROJECT with all its files, models and runs."""
    if not yes:
        click.confirm(f"Delete {project} with all that it owns?", abort=True, err=True)
    client.delete_project(project)
    out.said(f"Deleted {project}.", deleted=project)
