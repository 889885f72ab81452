"""The Console stays small and our own: what a browser loads is counted, and nothing in it was written elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
WANTED, MOST = 150_000, 264_000
"""Bytes of all scripts, styles and documents together. Texts (the catalogue, the docs' pages of prose) are no code. What is wanted is
missed; what it takes today is the bound, so that it only shrinks."""
FOREIGN = re.compile(
    r"sourceMappingURL|@license|\bMIT License|Apache License|SPDX-License|node_modules|__webpack|webpackJsonp|\bdefine\.amd\b"
    r"|unpkg|jsdelivr|cdnjs",
    re.IGNORECASE,
)


def code() -> list[Path]:
    """Every file of the front end that is code."""
    return sorted(path for path in STATIC.rglob("*") if path.suffix in (".js", ".mjs", ".css", ".html"))


def test_the_front_end_does_not_grow() -> None:
    sizes = {path.relative_to(STATIC).as_posix(): path.stat().st_size for path in code()}
    table = "\n".join(f"{size:>8,} {name}" for name, size in sorted(sizes.items(), key=lambda item: -item[1]))
    print(f"{sum(sizes.values()):,} bytes; at most {MOST:,}, wanted {WANTED:,}\n{table}")
    assert len(sizes) > 10
    assert sum(sizes.values()) <= MOST


def test_no_file_was_made_elsewhere_or_by_a_program() -> None:
    for path in code():
        text = path.read_text("utf-8")
        assert not FOREIGN.search(text), f"{path.name}: {FOREIGN.search(text)}"
        longest = max(len(line) for line in text.splitlines())
        assert longest <= 400, f"{path.name} has a line of {longest} characters: is that written by hand?"
        assert "\0" not in text


def test_every_other_file_is_text_or_an_icon() -> None:
    others = {path.suffix for path in STATIC.rglob("*") if path.is_file()} - {".js", ".mjs", ".css", ".html"}
    assert others <= {".json", ".svg", ".md", ".txt"}, others
    for icon in STATIC.rglob("*.svg"):
        assert icon.stat().st_size < 4_000
        assert "<script" not in icon.read_text("utf-8")
