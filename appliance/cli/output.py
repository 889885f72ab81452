"""What commands print: tables for people on a terminal, JSON for everything else. Progress and remarks go to stderr."""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

_WIDTH = 240
"""Columns of a table that goes into a file."""
_WORD, _FOLDED = 120, 20
"""A cell of one word up to the first length is never broken (ids are copied by hand); what has several words gets the second at least."""
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and line feed, marks of direction, and halves of pairs: names and texts of others may hold them."""
_FRACTION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z")


class Output:
    """Where results go. `as_json` None: as the standard output is a terminal or not."""

    def __init__(self, as_json: bool | None) -> None:
        self.as_json = not sys.stdout.isatty() if as_json is None else as_json

    def rows(self, rows: Iterable[dict[str, Any]], columns: tuple[str, ...], empty: str) -> None:
        """A list of objects: all of them as JSON, or a table of `columns`; `empty` is the sentence when there are none."""
        found = list(rows)
        if self.as_json:
            self.json(found)
        elif not found:
            click.echo(empty)
        else:
            self._table(found, columns)

    def record(self, record: dict[str, Any], fields: tuple[str, ...] = ()) -> None:
        """One object: whole as JSON, or its `fields` (all when none are named) one a line."""
        if self.as_json:
            self.json(record)
            return
        shown = {name: record.get(name) for name in fields or record}
        width = max((len(name) for name in shown), default=0)
        for name, value in shown.items():
            click.echo(f"{name.replace('_', ' '):<{width}}  {_text(value)}")

    def said(self, sentence: str, **facts: Any) -> None:
        """A result in one sentence; as JSON the facts alone."""
        if self.as_json:
            self.json(facts)
        else:
            click.echo(harmless(sentence))

    def json(self, value: Any) -> None:
        """`value` as indented JSON."""
        text = json.dumps(value, indent=2, ensure_ascii=False)
        click.echo(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text))

    def _table(self, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
        from rich.console import Console
        from rich.table import Table

        cells = [[_FRACTION.sub(r"\1Z", _text(row.get(name))) for name in columns] for row in rows]
        titles = [name.replace("_", " ") for name in columns]
        table = Table(box=None, header_style="bold", pad_edge=False)
        needed = 0
        for title, column in zip(titles, zip(*cells, strict=True), strict=True):
            longest = max(len(cell) for cell in (title, *column))
            whole = longest <= _WORD and not any(" " in cell for cell in column)
            table.add_column(title, overflow="fold", no_wrap=whole)
            needed += 2 + (longest if whole else min(longest, _FOLDED))
        for row in cells:
            table.add_row(*row)
        width = max(needed, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDTH
        Console(highlight=False, markup=False, width=width).print(table)


def remark(sentence: str) -> None:
    """A sentence for whoever watches; never part of the result."""
    click.echo(harmless(sentence), err=True)


def harmless(text: str) -> str:
    """The text as it may go to a terminal: what would steer it, or turn the order of letters, is written out (`\\x1b`, `\\u202e`)."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def with_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--json / --no-json`; the command is called with `out`."""

    @functools.wraps(command)
    def printing(*, as_json: bool | None, **options: Any) -> Any:
        return command(out=Output(as_json), **options)

    words = "JSON on standard output (the default when it is no terminal)."
    return click.option("--json/--no-json", "as_json", default=None, help=words)(printing)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return harmless(json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value))
