"""`appliance env`: the two settings that clients need."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option, data_folder
from appliance.cli.failure import NoAnswer
from appliance.cli.output import Output


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines for a shell.")
def env(data_dir: Path | None, as_json: bool) -> None:
    """Print `export` lines with the endpoint and the owner's API key: eval "$(appliance env)"."""
    values = administer(data_dir, "env")
    if not values["GRETEL_ENDPOINT"]:
        raise NoAnswer(f"No server runs on {data_folder(data_dir)}.", hint="Start one with `appliance serve`.")
    if as_json:
        Output(True).json(values)
        return
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")
