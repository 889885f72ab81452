"""Files to and from the appliance, with progress."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.cli.connection import default_project
from appliance.errors import ApplianceError, NotFound

if TYPE_CHECKING:
    from appliance.cli.client import Client


def upload(client: Client, project: str, file: Path) -> str:
    """Upload `file`, with a bar on a terminal; the artifact's key."""
    if not sys.stderr.isatty():
        return client.upload(project, file, lambda sent: None)
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"uploading {file.name}", total=file.stat().st_size)
        return client.upload(project, file, lambda sent: progress.update(task, completed=sent))


def ensure_project(client: Client, project: str) -> str:
    """The guid of the project of that name or id (empty: the user's own default); one of that name is made when there is none."""
    name = project or default_project(client)
    try:
        return str(client.project(name)["guid"])
    except NotFound:
        return _make(client, name)


def _make(client: Client, name: str) -> str:
    try:
        return str(client.create_project(name)["guid"])
    except ApplianceError as error:
        error.hint = error.hint or "Name another project with --project NAME."
        raise


def fetch(client: Client, job_path: str, wanted: dict[str, str], folder: Path) -> dict[str, Path]:
    """Download artifacts of a job: `wanted` maps their types to file names in `folder`. What the job did not leave is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for kind, name in wanted.items():
        target = folder / name
        try:
            client.download(client.job_artifact_link(job_path, kind), target, unpack=not name.endswith(".tar.gz"))
        except NotFound:
            continue
        written[kind] = target
    return written
