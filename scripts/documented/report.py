"""The figures of report.json, as its schema lists them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import appliance
from scripts.documented.table import Table

_PLACE = Path(appliance.__file__).parent / "data_plane"
SCHEMAS = {
    "quality": _PLACE / "quality" / "report.schema.json",
    "transform": _PLACE / "transform" / "report" / "report.schema.json",
    "classify": _PLACE / "detection" / "report" / "report.schema.json",
}
SECTIONS = tuple("verdict privacy detection validity pairs utility queries subgroups pii_replay sequences intervals".split())
"""Sections whose own keys have entries."""


def schema(kind: str = "quality") -> dict[str, Any]:
    """The schema of a kind of report.json."""
    found: dict[str, Any] = json.loads(SCHEMAS[kind].read_text("utf-8"))
    return found


def metrics(of: str) -> Table:
    """`scores`: the score objects; `facts`: all other keys at the top; `field`, `features`, `measures`: of one column; else the keys of a
    section, or of a whole report of another kind."""
    whole = schema(of if of in SCHEMAS else "quality")
    if of in SCHEMAS:
        names = list(whole["properties"])
    elif of in ("scores", "facts"):
        names = [name for name, kind in whole["properties"].items() if ("$ref" in kind) is (of == "scores")]
    elif of in ("field", "features"):
        names = list(whole["$defs"][of]["properties"])
    elif of == "measures":
        names = list(inner(whole["$defs"]["field"]["properties"]["measures"])["properties"])
    else:
        names = list(_paths(inner(whole["properties"][of]), ""))
    return Table(["key", "meaning, formula, and how to read it"], [[name] for name in names])


def inner(kind: dict[str, Any]) -> dict[str, Any]:
    """What a key holds where it is not null."""
    return next((one for one in kind.get("anyOf", ()) if one.get("type") != "null"), kind)


def _paths(kind: dict[str, Any], path: str) -> Iterator[str]:
    """Keys of an object and, once more, those of objects in it: `targets[].task`. What lies deeper belongs to the entry above it."""
    for name, given in kind.get("properties", {}).items():
        found = inner(given)
        below = found.get("items", {}) if found.get("type") == "array" else found
        here = f"{path}{name}" + ("[]" if below is not found and below.get("properties") else "")
        if below.get("properties") and not path:
            yield from _paths(below, f"{here}.")
        else:
            yield here


TABLES: dict[str, Callable[[str], Table]] = {"metrics": metrics}
