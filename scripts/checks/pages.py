"""Pages: no text becomes markup, nothing comes from elsewhere, everything is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.checks.source import Finding, files

LONGEST_LINE = 1000
_WRITTEN = (".js", ".mjs", ".css", ".html", ".svg", ".json")
_RULES = (
    (
        "markup",
        re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment)\b|\bdocument\.write"),
        "text becomes markup",
    ),
    ("eval", re.compile(r"\beval\s*\(|\bnew\s+Function\s*\("), "text becomes code"),
    (
        "elsewhere",
        re.compile(
            r"""(\b(src|srcset|action)\s*=\s*|\bimport\b[^;\n]*|\burl\(\s*|@import\s+|<link\b[^>]*\bhref\s*=\s*)["']?(https?:)?//""",
            re.IGNORECASE,
        ),
        "something is loaded from elsewhere",
    ),
)


def check(root: Path) -> list[Finding]:
    """Every fault of the files in `static/`."""
    found: list[Finding] = []
    for path in files(root, "*", "static"):
        name = path.relative_to(root).as_posix()
        if path.suffix in _WRITTEN:
            found += _lines(name, path.read_text("utf-8"))
        elif not path.name.startswith(".") and path.suffix not in (".png", ".ico", ".md", ".txt"):
            found.append(Finding(name, 0, "bytes", "not a kind of file that is written by hand"))
    return found


def _lines(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            yield Finding(name, number, "bytes", f"a line of {len(line)} characters: generated or third-party")
        for rule, pattern, message in _RULES:
            if pattern.search(line):
                yield Finding(name, number, rule, message)
