"""`appliance transform`: a table in; the transformed table and a report out, with no server running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from appliance.cli.classify import show_counts
from appliance.cli.configuration_file import model_type_of, read_configuration, section_of, with_section
from appliance.cli.connection import project_option
from appliance.cli.job_progress import follow
from appliance.cli.momentary import endpoint_options, momentary_client
from appliance.cli.one_shot import data_name, named, passed_format, scores_of
from appliance.cli.output import Output, with_output
from appliance.cli.transfer import ensure_project, fetch, upload
from appliance.errors import BadRequest

if TYPE_CHECKING:
    from appliance.cli.client import Client

TYPES = ("transform_v2", "transforms")
SEED_KEY = 0
"""The number of the key that is made from the seed."""


class Task(msgspec.Struct, frozen=True):
    """What is wanted: the table, a checked configuration of a transform, the folder."""

    table: Path
    configuration: dict[str, Any]
    output: Path


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder for data and report.")
@click.option("--config", "config", help="A configuration of the type transform_v2 or transforms. Its data_source is replaced.")
@click.option("--template", help="The short name of a template, such as transform/default.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="The same seed gives the same fakes and hashes each time, under a key made from the seed: whoever knows it can try values.",
)
@click.option(
    "--key-folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the key of the fakes in this folder, so that equal values become equal fakes in later calls. Nothing else stays there.",
)
@endpoint_options
@project_option
@with_output
def transform(out: Output, table: Path, output: Path, seed: int | None, project: str, **options: Any) -> None:
    """Transform TABLE: data (in its own format), report.html and report.json in the folder.

    Without --endpoint nothing is left behind but that folder, and the key of the fakes is drawn anew each time. Where the same values shall
    become the same fakes again use --key-folder, a project of a server (--endpoint), or --seed, which is no secret."""
    if bool(options["config"]) == bool(options["template"]):
        raise click.UsageError("Give --config or --template: what is to be transformed, and how.")
    configuration = read_configuration(options["config"] or options["template"])
    if model_type_of(configuration) not in TYPES:
        raise BadRequest(f"The configuration is of another model type; `appliance transform` needs one of {' or '.join(TYPES)}.")
    if options["endpoint"] and options["key_folder"]:
        raise click.UsageError("Give --endpoint or --key-folder: with a server the key is its project's.")
    drawn = not (options["endpoint"] or options["key_folder"])
    task = Task(table, _seeded(configuration, seed, momentary=drawn), output)
    with momentary_client(options["endpoint"], options["api_key"], options["key_folder"]) as client:
        files = change(client, project, task, tidy=options["key_folder"] is not None)
    scores = scores_of(files.get("report_json"))
    if out.as_json:
        out.json({"files": {kind: str(path) for kind, path in files.items()}, "scores": scores})
    else:
        show_counts(scores, files)


def _seeded(configuration: dict[str, Any], seed: int | None, *, momentary: bool) -> dict[str, Any]:
    """With the seed; and where no server keeps a key, with the key that is made from it."""
    if seed is None:
        return configuration
    own = section_of(configuration).get("appliance") or {}
    key = {"key": SEED_KEY} if momentary and own.get("key") is None else {}
    return with_section(configuration, appliance={"seed": seed, **key})


def change(client: Client, project: str, task: Task, *, tidy: bool = False) -> dict[str, Path]:
    """Upload, transform, download; the files by artifact type. `tidy`: nothing of it stays in the project but its key.

    Raises JobEnded when the job does not complete."""
    guid = ensure_project(client, project)
    wanted = (section_of(task.configuration).get("appliance") or {}).get("format") or passed_format(task.table)
    key = upload(client, guid, task.table)
    document = with_section(named(task.configuration, task.table), data_source=key, appliance={"format": wanted})
    model = client.create_model(guid, document, runner_mode="cloud", dry_run=False)["data"]["model"]["uid"]
    path = client.model_path(guid, model)
    try:
        follow(client, path, f"transforming {task.table.name}")
        files = {"data_preview": data_name(wanted, task.table), "report": "report.html", "report_json": "report.json"}
        return fetch(client, path, files, task.output)
    finally:
        if tidy:
            client.delete_job(path)
            client.delete_artifact(guid, key)
