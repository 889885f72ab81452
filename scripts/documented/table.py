"""A table of the docs, and how values stand in it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Table(NamedTuple):
    """The heads, the last of which is over what is written by hand, and the rows without it; a row's first cell names the entry."""

    head: list[str]
    rows: list[list[str]]


def value(given: Any) -> str:
    """A value as a configuration writes it."""
    return "none" if given is None else f"`{json.dumps(given, ensure_ascii=False)}`"


def cell(text: str) -> str:
    """Text that fits into a cell."""
    return " ".join(text.split()).replace("|", "\\|")
