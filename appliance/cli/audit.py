"""The record of who did what: list, export, note its head, verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.cli.administration import administer
from appliance.cli.connection import data_dir_option, data_folder
from appliance.cli.failure import FAILED
from appliance.cli.output import Output, with_output
from appliance.errors import BadRequest, DataFolderRefused

if TYPE_CHECKING:
    from appliance.audit import Head, Verdict

_LONGEST = 64 << 20
"""Bytes of a line, so that a file of one endless line fills no memory. The line about 100,000 projects that were handed over has 3 MiB."""
_COLUMNS = ("seq", "at", "actor", "action", "done_to", "project", "result", "address")


@click.group()
def audit() -> None:
    """The record of who did what, when, from where. Each line's digest covers the line before, so that none can be changed unseen."""


@audit.command("list")
@click.option("--query", default="", help="Only lines that hold these words, each in any value.")
@click.option("--user", "email", default="", help="Only what the user with this e-mail did (or `machine`, `server`).")
@click.option("--project", default="", help="Only what was done in this project: its name, or its guid after it is gone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many lines.")
@data_dir_option
@with_output
def list_lines(out: Output, data_dir: Path | None, **wanted: Any) -> None:
    """List the newest lines."""
    lines = administer(data_dir, "audit.list", **wanted)
    out.rows(lines if out.as_json else map(_row, lines), _COLUMNS, "There are no such lines.")


@audit.command("head")
@data_dir_option
@with_output
def show_head(out: Output, data_dir: Path | None) -> None:
    """Print number and digest of the last line. Noted elsewhere, it proves later that nothing before it was changed."""
    head = administer(data_dir, "audit.head")
    out.said(f"{head['seq']}:{head['digest']}", **head)


@audit.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--after", type=click.IntRange(0), default=0, help="Only lines behind the one with this number.")
@data_dir_option
@with_output
def export(out: Output, target: Path, after: int, data_dir: Path | None) -> None:
    """Write the lines to the new file TARGET, one JSON object each. The export itself is its last line."""
    made = administer(data_dir, "audit.export", target=str(target.absolute()), after=after)
    head = made["head"]
    out.said(f"{made['target']}: {made['lines']:,} lines, head {head['seq']}:{head['digest']}", **made)


@audit.command("verify")
@click.option("--head", "heads", multiple=True, metavar="SEQ:DIGEST", help="A head that was noted earlier; may be repeated.")
@click.option("--file", "exported", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Check this exported file instead.")
@data_dir_option
@with_output
def verify(out: Output, heads: tuple[str, ...], exported: Path | None, data_dir: Path | None) -> int:
    """Check that the lines fit together, and that noted heads are still there; exit code 1 when something is amiss.

    It works beside a running server, without one, and on an exported file alone. Of a file that begins in the middle, the head of the
    line before its first one must be given with --head."""
    noted = _heads(heads)
    verdict = _check_file(exported, noted) if exported else _check_folder(data_folder(data_dir), noted)
    if verdict.sound and not verdict.lines:  # the command is right, yet a script must not go on as if something were proved
        raise DataFolderRefused(f"There are no lines in {exported or data_folder(data_dir)}: nothing is proved.")
    return _tell(out, verdict, noted)


def _row(line: dict[str, Any]) -> dict[str, Any]:
    """One line of the table for people: a project by its name while there is one."""
    done_to = f"{line.get('kind', '')} {line.get('name', '')}".strip()
    return {**line, "done_to": done_to, "project": line.get("project_name") or line.get("project", "")}


def _heads(texts: tuple[str, ...]) -> dict[int, str]:
    from appliance.audit import read_heads

    try:
        return read_heads(texts)
    except ValueError as error:
        raise BadRequest(str(error)) from None


def _check_folder(folder: Path, noted: dict[int, str]) -> Verdict:
    from appliance.control_plane import server  # costs a fifth of a second, which `--help` need not wait for

    return server.check_folder(folder, noted)


def _check_file(path: Path, noted: dict[int, str]) -> Verdict:
    """Raises DataFolderRefused for a file that is none of an export."""
    from appliance.audit import check_export

    with path.open("rb") as file:
        try:
            return check_export(iter(lambda: file.readline(_LONGEST), b""), noted)
        except ValueError as error:
            raise DataFolderRefused(f"{path}: {error}") from None


def _tell(out: Output, verdict: Verdict, noted: dict[int, str]) -> int:
    head, faults = verdict.head, [{"seq": fault.seq, "reason": fault.reason} for fault in verdict.faults]
    first = head.seq - verdict.lines + 1
    there = sorted(seq for seq in noted if first <= seq <= head.seq) if verdict.sound else []
    broken = [*(fault.reason for fault in verdict.faults), f"BROKEN: {verdict.lines:,} lines, head {head.seq}:{head.digest}."]
    words = _proved(head, first, there) if verdict.sound else broken
    facts = {"lines": verdict.lines, "head": f"{head.seq}:{head.digest}", "sound": verdict.sound, "faults": faults}
    out.said("\n".join(words), **facts, noted_heads_found=there)
    return 0 if verdict.sound else FAILED


def _proved(head: Head, first: int, there: list[int]) -> list[str]:
    """What sound lines prove, and what only a head can that was noted where the record is not."""
    words = [f"Lines {first}–{head.seq} fit together (head {head.seq}:{head.digest})."]
    if not there:
        only = "only a head that was noted elsewhere tells: --head SEQ:DIGEST."
        return [*words, f"Whether later lines are missing, or all was written anew, {only}"]
    words += [f"The noted head {seq} is there." for seq in there]
    if there[-1] < head.seq:
        words.append(f"Of the lines behind it, to {head.seq}, only a later head tells.")
    return words
