"""Models: create (train), list, get, cancel, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.configuration_file import read_configuration, with_source
from appliance.cli.connection import project_option, with_client
from appliance.cli.job_progress import follow
from appliance.cli.output import Output, with_output
from appliance.cli.transfer import ensure_project, fetch, upload

if TYPE_CHECKING:
    from appliance.cli.client import Client

_SHOWN = ("uid", "model_name", "model_type", "status", "error_msg")
OUTPUTS = {"report": "report.html", "report_json": "report.json", "data_preview": "data_preview.csv", "model": "model.tar.gz"}


@click.group()
def models() -> None:
    """Models are trained from a configuration; each leaves an archive, a report and a preview."""


@models.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many models.")
@click.option("--status", help="Only these states, comma-separated.")
@project_option
@with_client
@with_output
def list_models(out: Output, client: Client, project: str, limit: int, status: str | None) -> None:
    """List the models of a project."""
    rows = client.models(project, limit=limit, status=status, sort_by="desc", sort_field="last_modified")
    out.rows(rows, ("uid", "model_name", "model_type", "status", "last_modified"), "The project has no models.")


@models.command("create")
@click.option("--config", "source", required=True, help="A YAML or JSON file, or the short name of a template.")
@click.option("--in-data", help="A file to upload, or an artifact key; replaces the configuration's data_source.")
@click.option("--name", help="A name for the model; replaces the configuration's.")
@click.option("--runner", type=click.Choice(["cloud", "manual"]), default="cloud", show_default=True, help="Who does the job.")
@click.option("--dry-run", is_flag=True, help="Only check the configuration.")
@click.option("--wait", type=float, default=-1, show_default=True, help="Seconds to wait for the end; -1: until then, 0: not at all.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="A folder for report, preview and archive.")
@project_option
@with_client
@with_output
def create_model(out: Output, client: Client, source: str, project: str, **options: Any) -> None:
    """Make a model and train it."""
    configuration = read_configuration(source)
    if options["name"]:
        configuration = configuration | {"name": options["name"]}
    guid = ensure_project(client, project)
    configuration = _with_data(client, guid, configuration, options["in_data"], options["runner"])
    answer = client.create_model(guid, configuration, runner_mode=options["runner"], dry_run=options["dry_run"])
    model = answer["data"]["model"]
    if options["runner"] == "manual" and not options["dry_run"]:
        model = model | {"worker_key": answer["worker_key"]}
    path = client.model_path(guid, model["uid"])
    if not options["dry_run"] and options["runner"] == "cloud" and options["wait"] != 0:
        model = follow(client, path, "model", wait_s=None if options["wait"] < 0 else options["wait"])["job"]
        if options["output"] and model["status"] == "completed":
            fetch(client, path, OUTPUTS, options["output"])
    out.record(model, (*_SHOWN, "worker_key") if "worker_key" in model else _SHOWN)


@models.command("get")
@click.argument("model")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="A folder for report, preview and archive.")
@project_option
@with_client
@with_output
def get_model(out: Output, client: Client, model: str, project: str, output: Path | None) -> None:
    """One model by its uid."""
    path = client.model_path(project, model)
    found = client.job(path, expand="artifacts")
    if output is not None:
        fetch(client, path, OUTPUTS, output)
    out.record(found["job"], _SHOWN)


@models.command("logs")
@click.argument("model")
@project_option
@with_client
@with_output
def model_logs(out: Output, client: Client, model: str, project: str) -> None:
    """The log of a model."""
    out.rows(client.job(client.model_path(project, model))["logs"], ("ts", "stage", "msg"), "There is no log yet.")


@models.command("cancel")
@click.argument("model")
@project_option
@with_client
@with_output
def cancel_model(out: Output, client: Client, model: str, project: str) -> None:
    """Cancel a model that has not ended."""
    client.cancel(client.model_path(project, model))
    out.said(f"Cancelled {model}.", cancelled=model)


@models.command("delete")
@click.argument("model")
@project_option
@with_client
@with_output
def delete_model(out: Output, client: Client, model: str, project: str) -> None:
    """Delete a model and its files."""
    client.delete_job(client.model_path(project, model))
    out.said(f"Deleted {model}.", deleted=model)


def _with_data(client: Client, project: str, configuration: dict[str, Any], in_data: str | None, runner: str) -> dict[str, Any]:
    if in_data is None:
        return configuration
    if runner == "cloud" and Path(in_data).is_file():
        in_data = upload(client, project, Path(in_data))
    return with_source(configuration, in_data)
