"""Templates: list, show, export."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.output import Output, with_output
from appliance.configurations import normalise, template
from appliance.configurations import templates as every_template
from appliance.errors import Conflict


@click.group()
def templates() -> None:
    """Ready-made configurations, by the names that users know."""


@templates.command("list")
@with_output
def list_templates(out: Output) -> None:
    """List them."""
    rows = [{name: getattr(found, name) for name in ("name", "model_type", "runs", "title")} for found in every_template()]
    out.rows(rows, ("name", "model_type", "runs", "title"), "There are no templates.")


@templates.command("show")
@click.argument("name")
@click.option("--normalised", is_flag=True, help="JSON with every default filled in.")
def show_template(name: str, normalised: bool) -> None:
    """Print one as YAML."""
    found = template(name)
    if normalised:
        Output(True).json(normalise(found.text.encode()).document)
    else:
        click.echo(found.text, nl=False)


@templates.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
@with_output
def export_templates(folder: Path, force: bool, out: Output) -> None:
    """Write all of them below FOLDER (the working folder by default), each as FAMILY/NAME and FAMILY/NAME.yml.

    Clients that look templates up by short name try a file of that name first: run from that folder, they find these
    without a network."""
    files = {folder / f"{found.name}{suffix}": found.text for found in every_template() for suffix in ("", ".yml")}
    if not force:
        _refuse_to_overwrite(files)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    written = sorted(str(path) for path in files)
    out.said(f"Wrote {len(written)} files below {folder.resolve()}.", written=written)


def _refuse_to_overwrite(files: dict[Path, str]) -> None:
    for path, text in files.items():
        if path.exists() and path.read_text("utf-8", errors="replace") != text:
            raise Conflict(f"{path} exists and differs.", hint="Nothing was written. --force overwrites.")
