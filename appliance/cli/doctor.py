"""`appliance doctor`: what this machine can do, which settings hold, whether files and database agree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option
from appliance.cli.failure import FAILED
from appliance.cli.machine import FAULT, OK, WARNING, Finding, examine
from appliance.cli.output import Output, with_output
from appliance.settings import Settings, load_settings

_COLOURS = {OK: "green", WARNING: "yellow", FAULT: "red"}


@click.command()
@data_dir_option
@click.option("--fsck", is_flag=True, help="Compare the database with the files, both ways.")
@with_output
def doctor(out: Output, data_dir: Path | None, fsck: bool) -> int:
    """Look at platform, confinement, disk, GPUs and settings. Exit code 1 when something would not work."""
    settings = load_settings({"data_dir": str(data_dir) if data_dir else None}, os.environ)
    found = examine(settings.data_dir, reserve_bytes=settings.free_disk_reserve_bytes, allow_unconfined=settings.allow_unconfined)
    if fsck:
        found += _files(settings.data_dir)
    if out.as_json:
        out.json({"findings": msgspec.to_builtins(found), "settings": _settings(settings)})
    else:
        _tell(found, _settings(settings))
    return FAILED if any(finding.verdict == FAULT for finding in found) else 0


def _files(folder: Path) -> list[Finding]:
    """What the database names and the disk lacks, and the other way round."""
    report: dict[str, list[str]] = administer(folder, "fsck")
    words = {
        "missing": ("files missing", FAULT, "The database names them; restore them from a backup, or delete what owns them."),
        "damaged": ("files of another size", FAULT, "They are not what was stored; restore them from a backup, or delete what owns them."),
        "unknown": ("files without an owner", WARNING, "The database does not name them; they take room and nothing else."),
    }
    found = []
    for name, (title, verdict, advice) in words.items():
        paths = report[name]
        listed = ", ".join(paths[:10]) + (f" and {len(paths) - 10} more" if len(paths) > 10 else "")
        found.append(Finding(title, listed, verdict, advice) if paths else Finding(title, "none"))
    return found


def _settings(settings: Settings) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    return built


def _tell(found: list[Finding], settings: dict[str, Any]) -> None:
    width = max(len(finding.name) for finding in found)
    for finding in found:
        verdict = click.style(f"{finding.verdict:<7}", fg=_COLOURS[finding.verdict])
        click.echo(
            f"{verdict}  {finding.name:<{width}}  {finding.found}" + (f"\n{'':{width + 11}}{finding.advice}" if finding.advice else "")
        )
    click.echo("\nSettings:")
    for name, value in settings.items():
        click.echo(f"  {name} = {'none' if value in (None, '', [], ()) else str(value).lower() if isinstance(value, bool) else value}")
