"""What can be done with the files of a job: share one by a link, take the link back, keep rows as a file of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from appliance.cli.connection import project_option, with_client
from appliance.cli.output import Output, with_output

if TYPE_CHECKING:
    from appliance.cli.client import Client

_SHOWN = ("id", "type", "created_by", "expires_at", "state", "downloads")


@click.command("share")
@click.argument("job")
@click.option("--type", "kind", default="", help="Which file: data, data_preview, report, … The job's rows when left out, else its report.")
@click.option("--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How long the link lives.")
@with_client
@with_output
def share(out: Output, client: Client, job: str, kind: str, hours: int) -> None:
    """Make a link to a file of JOB (the uid of a run or a model) for somebody without an account. It is printed this once."""
    made = client.call("POST", _place("jobs", job, "shares"), body={"type": kind, "hours": hours})["data"]
    out.said(
        f"{made['url']}\nIt gives {made['share']['type']} until {made['share']['expires_at']}; its id is {made['share']['id']}.", **made
    )


@click.command("shares")
@click.argument("job", required=False)
@project_option
@with_client
@with_output
def list_shares(out: Output, client: Client, job: str | None, project: str) -> None:
    """List the links to files of JOB; of every job of the project when none is named."""
    path = _place("jobs", job, "shares") if job else _place("projects", project, "shares")
    out.rows(client.call("GET", path)["data"]["shares"], _SHOWN if job else ("job_id", *_SHOWN), "Nothing is shared.")


@click.command("unshare")
@click.argument("job")
@click.argument("link")
@with_client
@with_output
def unshare(out: Output, client: Client, job: str, link: str) -> None:
    """Take a link to a file of JOB back, by the id of the LINK."""
    client.call("DELETE", _place("jobs", job, "shares", link))
    out.said(f"The link {link} leads to nothing from now on.", revoked=link)


@click.command("save")
@click.argument("job")
@click.option("--type", "kind", type=click.Choice(["data", "data_preview"]), help="Which rows; data when there are such.")
@click.option("--name", help="What the file is called; named after the job when left out.")
@with_client
@with_output
def save(out: Output, client: Client, job: str, **asked: Any) -> None:
    """Keep the rows of JOB (the uid of a run or a model) as a file of its project, and print its key."""
    body = {"type": asked["kind"] or "", "name": asked["name"] or ""}
    key = client.call("POST", _place("jobs", job, "artifact"), body=body)["data"]["key"]
    out.said(key, key=key)


def _place(kind: str, name: str, *parts: str) -> str:
    """A path of the appliance's own additions; what it is given is no part of a path by itself."""
    return "/v1/appliance/" + "/".join(quote(part, safe="") for part in (kind, name, *parts))
