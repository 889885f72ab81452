"""`appliance evaluate`: a synthetic and a real table in, a report out, with no server running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from appliance.cli.configuration_file import model_type_of, read_configuration, with_section
from appliance.cli.connection import project_option
from appliance.cli.job_progress import follow
from appliance.cli.momentary import endpoint_options, momentary_client
from appliance.cli.one_shot import scores_of, show_scores
from appliance.cli.output import Output, with_output
from appliance.cli.transfer import ensure_project, fetch, upload
from appliance.errors import BadRequest

if TYPE_CHECKING:
    from appliance.cli.client import Client

TASKS = {"quality": "report", "classification": "classification_report", "regression": "regression_report", "text": "text_metrics_report"}
"""By task: the artifact that holds its report."""

_TABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Inquiry(msgspec.Struct, frozen=True):
    """What is to be judged: the tables, a checked configuration of the type `evaluate`, the folder."""

    synthetic: Path
    reference: Path
    holdout: Path | None
    configuration: dict[str, Any]
    output: Path


@click.command()
@click.argument("synthetic", type=_TABLE)
@click.option("--reference", type=_TABLE, required=True, help="The real table that the synthetic one was made from.")
@click.option("--holdout", type=_TABLE, help="Real rows that nothing was trained on; privacy is measured only with them.")
@click.option("--task", type=click.Choice(list(TASKS)), help="What is judged. [default: quality]")
@click.option("--target", help="The column to predict, or of a text task the column to read.")
@click.option("--metric", help="By what models are ranked, such as acc, auc, f1, r2, rmse.")
@click.option("--config", "config", help="A configuration in YAML or JSON. Its data_source and ref_data are replaced.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder for the report.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same report.")
@endpoint_options
@project_option
@with_output
def evaluate(out: Output, synthetic: Path, reference: Path, holdout: Path | None, output: Path, project: str, **options: Any) -> None:
    """Hold SYNTHETIC against the real table: report.html and report.json in the folder.

    Without --endpoint nothing is left behind but that folder."""
    inquiry = Inquiry(synthetic, reference, holdout, _configuration(options), output)
    with momentary_client(options["endpoint"], options["api_key"]) as client:
        files = inquire(client, project, inquiry)
    scores = scores_of(files.get("report_json"))
    if out.as_json:
        out.json({"files": {kind: str(path) for kind, path in files.items()}, "scores": scores})
    else:
        show_scores(scores, files, click.echo)


def _configuration(options: dict[str, Any]) -> dict[str, Any]:
    """The configuration that the options ask for. Raises BadRequest or click.UsageError for options that contradict each other."""
    document = read_configuration(options["config"] or "evaluate/default")
    if model_type_of(document) != "evaluate":
        raise BadRequest("The configuration is of another model type; `appliance evaluate` needs one of the type evaluate.")
    task, params = options["task"], {name: options[name] for name in ("target", "metric") if options[name] is not None}
    kind = _task(document) if task is None else {"quality": "sqs"}.get(task, task)
    if kind in ("classification", "regression") and not (params.get("target") or _section(document, "params").get("target")):
        raise click.UsageError(f"--task {kind} needs --target, the column to predict.")
    idle = [name for name in params if kind == "sqs" or (kind == "text" and name == "metric")]
    if idle:
        raise click.UsageError(f"--{idle[0]} has no meaning for this task: it needs --task classification or regression.")
    seed = {} if options["seed"] is None else {"seed": options["seed"]}
    return with_section(document, task={"type": kind}, params={**_section(document, "params"), **params}, appliance=seed)


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    return dict((document["models"][0]["evaluate"] or {}).get(name) or {})


def _task(document: dict[str, Any]) -> str:
    return str(_section(document, "task").get("type") or "sqs")


def inquire(client: Client, project: str, inquiry: Inquiry) -> dict[str, Path]:
    """Upload, judge, download; the files by `report` and `report_json`. Raises JobEnded when the job does not complete."""
    guid = ensure_project(client, project)
    references = {str(place): table for place, table in enumerate((inquiry.reference, inquiry.holdout)) if table is not None}
    keys = {place: upload(client, guid, table) for place, table in references.items()}
    document = with_section(inquiry.configuration, data_source=upload(client, guid, inquiry.synthetic))
    document["models"][0]["evaluate"]["ref_data"] = keys
    model = client.create_model(guid, document, runner_mode="cloud", dry_run=False)["data"]["model"]["uid"]
    path = client.model_path(guid, model)
    follow(client, path, f"evaluating {inquiry.synthetic.name}")
    kind = TASKS.get(_task(inquiry.configuration), "report")
    found = fetch(client, path, {kind: "report.html", f"{kind}_json": "report.json"}, inquiry.output)
    return {name.replace(kind, "report", 1): file for name, file in found.items()}
