"""What was used and what may be: of users at the machine, of a project, and of oneself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option, with_client
from appliance.cli.output import Output, with_output

if TYPE_CHECKING:
    from appliance.cli.client import Client

_NUMBERS = ("jobs", "cpu_seconds", "gpu_seconds", "rows_in", "rows_out", "bytes")
_NOTHING = "Nothing was used."
_MONTH = click.option("--month", default="", metavar="YYYY-MM", help="Only this month (UTC).")


@click.command("usage")
@click.argument("email", default="")
@_MONTH
@data_dir_option
@with_output
def users_usage(out: Output, email: str, month: str, data_dir: Path | None) -> None:
    """What EMAIL used, by month and project; of everybody when no EMAIL is given."""
    found = administer(data_dir, "users.usage", email=email, month=month)
    out.rows(found, ("month", "email", "project_name", *_NUMBERS), _NOTHING)


@click.command("usage")
@click.argument("project")
@_MONTH
@with_client
@with_output
def project_usage(out: Output, client: Client, project: str, month: str) -> None:
    """What every user used in PROJECT, by month. For its administrators."""
    out.rows(client.project_usage(project, month), ("month", "email", *_NUMBERS), _NOTHING)


@click.command("me")
@with_client
@with_output
def show_me(out: Output, client: Client) -> None:
    """Who you are to the server (asked with your API key): your limits, what is used of them now, and this month."""
    me, billing = client.me(), client.billing()
    if out.as_json:
        out.json({**me, "usage": billing["usage"], "this_month": billing["this_month"]})
    else:
        out.record(_sentences(me, billing))


def _sentences(me: Mapping[str, Any], billing: Mapping[str, Any]) -> dict[str, str]:
    limits, now, month = me["service_limits"], billing["usage"], billing["this_month"]
    role = "owner of the installation" if me["is_owner"] else "administrator" if me["administrator"] else "user"
    most = "no limit" if limits["max_storage_bytes"] is None else f"at most {limits['max_storage_bytes']:,}"
    return {
        "email": f"{me['email']} ({role})",
        "jobs_at_once": f"{now['jobs_active']} of {limits['max_jobs_active']}",
        "jobs_that_wait": f"{now['jobs_queued']} of {limits['max_jobs_queued']}",
        "a_job_may_take": f"{limits['max_job_duration_seconds']:,.0f} seconds",
        "bytes_stored": f"{now['storage_bytes']:,} ({most})",
        f"in_{month['month']}": f"{month['jobs']:,} jobs, {month['cpu_seconds']:,.0f} CPU seconds, {month['gpu_seconds']:,.0f} GPU "
        f"seconds, {month['rows_in']:,} rows read, {month['rows_out']:,} rows written, {month['bytes']:,} bytes",
    }
