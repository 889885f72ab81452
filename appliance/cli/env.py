"""`appliance env`: the two settings that clients need."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from appliance.cli.connection import data_dir_option, data_folder, owner_key, running_url
from appliance.cli.output import Output


@click.command()
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="JSON instead of lines for a shell.")
def env(data_dir: Path | None, as_json: bool) -> None:
    """Print `export` lines with the endpoint and the owner's API key: eval "$(appliance env)"."""
    folder = data_folder(data_dir)
    values = {"GRETEL_ENDPOINT": running_url(folder), "GRETEL_API_KEY": owner_key(folder)}
    if as_json:
        Output(True).json(values)
        return
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")
