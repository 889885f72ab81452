"""`appliance worker`: one manual job, in the foreground."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--worker-key", envvar="APPLIANCE_WORKER_KEY", required=True, help="The key that came with the job. [default: $APPLIANCE_WORKER_KEY]"
)
@click.option("--endpoint", envvar="GRETEL_ENDPOINT", help="Where the control plane answers. [default: the key's own host]")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where the artifacts go. [default: here]")
@click.option("--model", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The archive that a run uses.")
@click.option("--upload", is_flag=True, help="Send the artifacts to the control plane too.")
def worker(worker_key: str, endpoint: str | None, output: Path, model: Path | None, upload: bool) -> None:
    """Do one manual job on this machine: the data stays here, its state and its log are reported.

    Exit code: 0 the job completed, 1 it did not or was refused, 2 wrong usage."""
    arguments = ["--worker-key", worker_key, "--output", str(output)]
    arguments += ["--endpoint", endpoint] if endpoint else []
    arguments += ["--model", str(model)] if model else []
    arguments += ["--upload"] if upload else []
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "appliance.data_plane.remote", *arguments])
