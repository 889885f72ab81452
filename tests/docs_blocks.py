"""The fenced blocks of the docs, and what the notes before them say: `<!-- runs: customers.csv -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
_NOTE = r"(?:^<!-- (?P<note>[a-z ]+?)(?:: (?P<of>[^\n]+?))? -->\n)?"
_BLOCK = re.compile(_NOTE + r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block: its page, its note (how it is tried), what that is about, and its text."""

    page: str
    note: str
    of: str
    language: str
    text: str

    @property
    def files(self) -> list[str]:
        """The files that it needs or makes."""
        return [name.strip() for name in self.of.split(",") if name.strip()]


def blocks(page: str, text: str) -> Iterator[Block]:
    """Every block of a page."""
    for found in _BLOCK.finditer(text):
        yield Block(page, found["note"] or "", found["of"] or "", found["language"], found["text"])


def _readme_does(text: str) -> bool:
    readme = (ROOT / "README.md").read_text("utf-8")
    return all(line in readme for line in text.splitlines())


NOT_RUN: dict[str, Callable[[str], bool]] = {
    "README does": _readme_does,
    "another machine": lambda text: ".example.org" in text,
    "never ends": lambda text: text.startswith("curl -N "),
}
"""Reasons why a block is not run here, and whether they hold."""
