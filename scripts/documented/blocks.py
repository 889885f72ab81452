"""The places of a page that the code fills, and what it fills them with.

<!-- table: settings -->      a table whose last column is written by hand and kept, entry by entry
<!-- made: command serve -->  text that is written anew as a whole, up to <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.documented import commands, configuration, contract, report
from scripts.documented.table import Table

DOCS = Path(__file__).resolve().parents[2] / "static" / "docs"
_TABLE = re.compile(r"^<!-- table: (?P<what>.+?) -->\n\n?(?P<old>(?:\|.*\n)*)", re.MULTILINE)
_MADE = re.compile(r"^<!-- made: (?P<what>.+?) -->\n.*?^<!-- end -->\n", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `([^`]+)` \|(?:.* \|)? (.*?) ?\|$", re.MULTILINE)

TABLES = configuration.TABLES | contract.TABLES | report.TABLES
TEXTS = commands.TEXTS | configuration.TEXTS | contract.TEXTS


def table_of(what: str) -> Table:
    """The table of that name: `settings`, or `type actgan`. Raises KeyError."""
    kind, _, of = what.partition(" ")
    return TABLES[kind](of)


def rewritten(text: str) -> str:
    """A page with every table and every text as the code has it now."""
    text = _TABLE.sub(lambda found: f"<!-- table: {found['what']} -->\n\n{_table(found['what'], found['old'])}", text)
    return _MADE.sub(lambda found: f"<!-- made: {found['what']} -->\n\n{_made(found['what'])}\n<!-- end -->\n", text)


def without_meaning(text: str) -> Iterator[str]:
    """Entries of the page whose last column is empty."""
    for found in _TABLE.finditer(text):
        yield from (f"{found['what']}: {entry}" for entry, meaning in _ROW.findall(found["old"]) if not meaning)


def tables_in(text: str) -> list[str]:
    """The names of the tables on a page."""
    return [found["what"] for found in _TABLE.finditer(text)]


def texts_in(text: str) -> list[str]:
    """The names of the made texts on a page."""
    return [found["what"] for found in _MADE.finditer(text)]


def _table(what: str, old: str) -> str:
    table = table_of(what)
    meanings = dict(_ROW.findall(old))
    lines = [_line(table.head), _line(["---"] * len(table.head))]
    lines += [_line([f"`{row[0]}`", *row[1:], meanings.get(row[0], "")]) for row in table.rows]
    return "".join(lines)


def _made(what: str) -> str:
    kind, _, of = what.partition(" ")
    return TEXTS[kind](of)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
