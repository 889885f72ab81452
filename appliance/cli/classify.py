"""`appliance classify`: a table or a text in; where its personal data lies and a report out, with no server running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.configuration_file import model_type_of, read_configuration, with_section
from appliance.cli.connection import project_option
from appliance.cli.job_progress import follow
from appliance.cli.momentary import endpoint_options, momentary_client
from appliance.cli.one_shot import named, scores_of
from appliance.cli.output import Output, with_output
from appliance.cli.transfer import ensure_project, fetch, upload
from appliance.errors import BadRequest

if TYPE_CHECKING:
    from appliance.cli.client import Client

FINDINGS = "findings.jsonl"
_EVERYTHING: dict[str, Any] = {"schema_version": "1.0", "models": [{"classify": {"data_source": "__tmp__"}}]}
_REPORT = {"report": "report.html", "report_json": "report.json"}


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder for findings and report.")
@click.option(
    "--config", "config", help="A configuration of the type classify. Its data_source is replaced. When left out: all is looked for."
)
@click.option("--template", help="The short name of a template.")
@click.option("--label", "labels", multiple=True, help="Look only for this label; may be given more than once.")
@click.option("--seed", type=click.IntRange(0), help="Settles which rows of a very large table the columns are judged by.")
@endpoint_options
@project_option
@with_output
def classify(out: Output, table: Path, output: Path, project: str, **options: Any) -> None:
    """Find personal data in TABLE (CSV, JSON, JSONL, Parquet or plain text): findings.jsonl, report.html and report.json in the folder.

    A finding is {column, row, start, end, label, score}: rows and characters count from 0, and the value itself is never written.
    Without --endpoint nothing is left behind but that folder."""
    configuration = _configuration(options)
    with momentary_client(options["endpoint"], options["api_key"]) as client:
        files = search(client, project, table, configuration, output)
    scores = scores_of(files.get("report_json"))
    if out.as_json:
        out.json({"files": {kind: str(path) for kind, path in files.items()}, "scores": scores})
    else:
        show_counts(scores, files)


def _configuration(options: dict[str, Any]) -> dict[str, Any]:
    """The configuration that the options ask for. Raises BadRequest or click.UsageError."""
    if options["config"] and options["template"]:
        raise click.UsageError("Give --config or --template, not both.")
    source = options["config"] or options["template"]
    document = read_configuration(source) if source else _EVERYTHING
    if model_type_of(document) != "classify":
        raise BadRequest("The configuration is of another model type; `appliance classify` needs one of the type classify.")
    own = {"format": "jsonl"} | ({} if options["seed"] is None else {"seed": options["seed"]})
    wanted = {"labels": list(options["labels"])} if options["labels"] else {}
    return with_section(document, appliance=own, **wanted)


def search(client: Client, project: str, table: Path, configuration: dict[str, Any], output: Path) -> dict[str, Path]:
    """Upload, classify, download. Raises JobEnded when the job does not complete."""
    guid = ensure_project(client, project)
    document = with_section(named(configuration, table), data_source=upload(client, guid, table))
    model = client.create_model(guid, document, runner_mode="cloud", dry_run=False)["data"]["model"]["uid"]
    path = client.model_path(guid, model)
    follow(client, path, f"classifying {table.name}")
    return fetch(client, path, {"data": FINDINGS, **_REPORT}, output)


def show_counts(counts: dict[str, Any], files: dict[str, Path]) -> None:
    """Counts of the report's summary and files, a line each."""
    for name, value in counts.items():
        click.echo(f"  {name.replace('_', ' '):<40} {value:,}" if isinstance(value, int) else f"  {name.replace('_', ' '):<40} {value}")
    for kind, path in files.items():
        click.echo(f"  {('findings' if path.name == FINDINGS else kind).replace('_', ' '):<40} {path}")
