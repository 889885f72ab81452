"""`appliance synthesize`: one table in, a folder out, with no server running."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.configuration_file import read_configuration
from appliance.cli.connection import project_option
from appliance.cli.momentary import endpoint_options, momentary_client
from appliance.cli.one_shot import Order, deliver, show
from appliance.cli.output import Output, with_output

DEFAULT_TEMPLATE = "synthetics/tabular-actgan"


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder for the results.")
@click.option(
    "--records",
    type=click.IntRange(1),
    help="How many records. When left out: as many as TABLE has; under differential privacy as many as the configuration says.",
)
@click.option("--config", "config", help="A configuration in YAML or JSON. Its data_source is replaced by TABLE.")
@click.option("--template", help=f"The short name of a template. [default: {DEFAULT_TEMPLATE}]")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same results.")
@endpoint_options
@project_option
@with_output
def synthesize(out: Output, table: Path, output: Path, records: int | None, seed: int | None, project: str, **options: str | None) -> None:
    """Train on TABLE and make records like it: data, report.html, report.json and model.tar.gz in the folder.

    Without --endpoint nothing is left behind but that folder."""
    if options["config"] and options["template"]:
        raise click.UsageError("Give --config or --template, not both.")
    configuration = read_configuration(options["config"] or options["template"] or DEFAULT_TEMPLATE)
    order = Order(table=table, configuration=configuration, output=output, records=records, seed=seed)
    with momentary_client(options["endpoint"], options["api_key"]) as client:
        delivery = deliver(client, project, order)
    if out.as_json:
        out.json({"files": {kind: str(path) for kind, path in delivery.files.items()}, "scores": delivery.scores})
    else:
        show(delivery, click.echo)
