"""`appliance serve`: the server in the foreground."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import click

from appliance.cli.connection import data_dir_option


@click.command()
@click.option("--host", help="The address to serve on. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one. [default: 8080]")
@data_dir_option
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A certificate chain in PEM.")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its private key in PEM.")
@click.option("--plain-http", is_flag=True, default=None, help="Accept unencrypted requests from other machines.")
@click.option("--allowed-host", multiple=True, help="A further Host name to answer to; may be repeated.")
@click.option("--public-url", help="The base of every link that is handed out. [default: as the request was addressed]")
@click.option("--allow-unconfined", is_flag=True, default=None, help="Run jobs where this machine cannot cut off their network.")
@click.option(
    "--settings", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TOML. [default: DATA_DIR/settings.toml]"
)
@click.option("--drain", "ending", flag_value="drain", help="When told to end: wait for running jobs.")
@click.option("--stop", "ending", flag_value="stop", help="When told to end: cancel running jobs.")
def serve(file: Path | None, ending: str | None, allowed_host: tuple[str, ...], **flags: Any) -> int:
    """Serve until SIGTERM or Ctrl-C. One line says where, with a one-time sign-in token.

    Told to end, it lets running jobs run on, and the next start adopts them (--drain and --stop do otherwise); a second
    signal ends it at once. Every setting can also stand in the settings file or in APPLIANCE_* variables."""
    from appliance.control_plane import server
    from appliance.settings import load_settings

    given = {name: str(value) if isinstance(value, Path) else value for name, value in flags.items()}
    settings = load_settings({**given, "allowed_host": list(allowed_host) or None}, os.environ, file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return server.serve(settings, ending=server.Ending(ending or "detach"), announce=_announce)


def _announce(line: str) -> None:
    click.echo(line)
