"""Records: runs of a model, which make records or go through a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.connection import project_option, with_client
from appliance.cli.job_progress import follow
from appliance.cli.one_shot import data_name, passed_format
from appliance.cli.output import Output, with_output
from appliance.cli.sharing import list_shares, save, share, unshare
from appliance.cli.transfer import fetch, upload
from appliance.cli.transform import TYPES
from appliance.errors import BadRequest

if TYPE_CHECKING:
    from appliance.cli.client import Client

_WAIT = "Seconds to wait for the end; -1: until then, 0: not at all."
_SHOWN = ("uid", "model_id", "status", "error_msg")


@click.group()
def records() -> None:
    """Runs of a model: each makes records, or transforms or classifies those of a file."""


for _command in (share, list_shares, unshare, save):
    records.add_command(_command)


@records.command("list")
@click.option("--model-id", "model", required=True, help="uid of the model.")
@project_option
@with_client
@with_output
def list_runs(out: Output, client: Client, model: str, project: str) -> None:
    """List the runs of a model."""
    out.rows(client.runs(project, model), ("uid", "status", "last_modified", "error_msg"), "The model has no runs.")


@records.command("generate")
@click.option("--model-id", "model", required=True, help="uid of the model.")
@click.option("--num-records", type=click.IntRange(1), help="How many; as many as the model's configuration says when left out.")
@click.option("--in-data", help="Seed rows, one record each: a file to upload, or an artifact key.")
@click.option("--seed", type=click.IntRange(0), help="Makes the run repeatable.")
@click.option("--wait", type=float, default=-1, show_default=True, help=_WAIT)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="A folder for the records.")
@project_option
@with_client
@with_output
def generate(out: Output, client: Client, model: str, project: str, **options: Any) -> None:
    """Make records with a model."""
    params: dict[str, Any] = {"num_records": options["num_records"], "appliance": {"seed": options["seed"]}}
    source = options["in_data"]
    if source and Path(source).is_file():
        source = upload(client, project, Path(source))
    body = {"params": params, "data_source": source, "ref_data": {}}
    handler = client.create_run(project, model, body, runner_mode="cloud")["data"]["handler"]
    path = client.run_path(project, model, handler["uid"])
    if options["wait"] != 0:
        handler = follow(client, path, "records", wait_s=None if options["wait"] < 0 else options["wait"])["job"]
        if options["output"] and handler["status"] == "completed":
            fetch(client, path, _outputs(client, project, model), options["output"])
    out.record(handler, _SHOWN)


def _passing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what every run needs that goes through a file."""
    for option in (
        click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="A folder for what comes of it."),
        click.option(
            "--wait", type=float, default=-1, show_default=True, help="Seconds to wait for the end; -1: until then, 0: not at all."
        ),
        click.option("--seed", type=click.IntRange(0), help="Makes the run repeatable."),
        click.option("--in-data", required=True, help="The file to go through: one to upload, or an artifact key."),
        click.option("--model-id", "model", required=True, help="uid of the model."),
    ):
        command = option(command)
    return command


@records.command("transform")
@_passing
@project_option
@with_client
@with_output
def transform(out: Output, client: Client, model: str, project: str, **options: Any) -> None:
    """Transform a file as a model was trained to; the same values become the same fakes as before."""
    out.record(_pass_through(client, project, model, "transforming", options), _SHOWN)


@records.command("classify")
@_passing
@project_option
@with_client
@with_output
def classify(out: Output, client: Client, model: str, project: str, **options: Any) -> None:
    """Find personal data in a file as a model was told to: where it lies, never the values."""
    out.record(_pass_through(client, project, model, "classifying", options), _SHOWN)


def _pass_through(client: Client, project: str, model: str, doing: str, options: dict[str, Any]) -> dict[str, Any]:
    """Run a model over a file; the run as it stands. Raises BadRequest for a model that does something else, JobEnded when the run does
    not complete."""
    _check_model(client, project, model, doing)
    source: str = options["in_data"]
    own: dict[str, Any] = {"seed": options["seed"]}
    if Path(source).is_file():
        own["format"] = None if doing == "classifying" else passed_format(Path(source))
        source = upload(client, project, Path(source))
    body = {"params": {"appliance": own}, "data_source": source, "ref_data": {}}
    handler: dict[str, Any] = client.create_run(project, model, body, runner_mode="cloud")["data"]["handler"]
    path = client.run_path(project, model, handler["uid"])
    if options["wait"] != 0:
        handler = follow(client, path, doing, wait_s=None if options["wait"] < 0 else options["wait"])["job"]
        if options["output"] and handler["status"] == "completed":
            form = own.get("format")
            named = {"data": data_name(form, Path(options["in_data"])), "run_report_json": "run_report.json"} if form else None
            files = named or _outputs(client, project, model)
            fetch(client, path, files, options["output"])
    return handler


def _check_model(client: Client, project: str, model: str, doing: str) -> None:
    found = client.job(client.model_path(project, model))["job"].get("model_type")
    verb = "classify" if doing == "classifying" else "transform"
    types = TYPES if verb == "transform" else (verb,)
    if found is not None and found not in types:
        other = next((one for one, kinds in (("transform", TYPES), ("classify", ("classify",))) if found in kinds), "generate")
        raise BadRequest(
            f"The model is of the type {found}; `appliance records {verb}` needs one of {' or '.join(types)}. "
            f"For this model there is `appliance records {other}`."
        )


@records.command("get")
@click.argument("run")
@click.option("--model-id", "model", required=True, help="uid of the model.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="A folder for the records.")
@project_option
@with_client
@with_output
def get_run(out: Output, client: Client, run: str, model: str, project: str, output: Path | None) -> None:
    """One run by its uid."""
    path = client.run_path(project, model, run)
    found = client.job(path, expand="artifacts")
    if output is not None:
        fetch(client, path, _outputs(client, project, model), output)
    out.record(found["job"], _SHOWN)


@records.command("cancel")
@click.argument("run")
@click.option("--model-id", "model", required=True, help="uid of the model.")
@project_option
@with_client
@with_output
def cancel_run(out: Output, client: Client, run: str, model: str, project: str) -> None:
    """Cancel a run that has not ended."""
    client.cancel(client.run_path(project, model, run))
    out.said(f"Cancelled {run}.", cancelled=run)


@records.command("delete")
@click.argument("run")
@click.option("--model-id", "model", required=True, help="uid of the model.")
@project_option
@with_client
@with_output
def delete_run(out: Output, client: Client, run: str, model: str, project: str) -> None:
    """Delete a run and its files."""
    client.delete_job(client.run_path(project, model, run))
    out.said(f"Deleted {run}.", deleted=run)


def _outputs(client: Client, project: str, model: str) -> dict[str, str]:
    """The artifacts of a run and the names of their files; records are in the format that the model's configuration wants."""
    configuration = client.job(client.model_path(project, model), expand="artifacts")["job"].get("config") or {}
    sections = [section for entry in configuration.get("models") or [] for section in entry.values()]
    form = next((section["appliance"]["format"] for section in sections if (section.get("appliance") or {}).get("format")), "csv")
    return {"data": f"data.{form}", "run_report_json": "run_report.json"}
