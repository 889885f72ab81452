"""Settings, permissions, artifacts, events and errors, as the code declares them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

import appliance
from appliance.console.table import ROUTES
from appliance.contract import artifact, event
from appliance.control_plane.api.permissions import Action, Level
from appliance.errors import ApplianceError
from appliance.settings import Settings
from scripts.documented.commands import commands, options
from scripts.documented.table import Table, cell, value

_PACKAGE = Path(appliance.__file__).parent
_CODE = re.compile(r'^    code = "(\w+)"$', re.MULTILINE)
_ID = re.compile(r"""(?:error_id["']?(?:=|: )|\bFailure\(\s*)["'](\w+)["']""")


def settings(_: str) -> Table:
    """Every setting with its variable, its flag of `serve` and its default."""
    (serve,) = [command for words, command in commands("serve") if words == "serve"]
    flags = {option.name: option.opts[0] for option in options(serve)}
    rows = [
        [one.name, f"`APPLIANCE_{one.name.upper()}`", f"`{flags[one.name]}`" if one.name in flags else "–", _default(one.name, one.default)]
        for one in msgspec.structs.fields(Settings)
    ]
    return Table(["setting", "variable", "flag", "default", "meaning"], rows)


def _default(name: str, given: Any) -> str:
    if given is msgspec.NODEFAULT:
        return "`$XDG_DATA_HOME/appliance`"
    return "none" if given in ("", ()) else value(given)


def permissions(_: str) -> Table:
    """Every action, who may ask for it, and whether the record tells of it."""
    levels: list[Level] = [level for level in Level if level is not Level.PUBLIC]
    head = ["action", "outsider", "read", "write", "administrator", "owner", "of the appliance", "in the record", "meaning"]
    return Table(head, [[action.word, *_marks(action.level, levels), "yes" if action.recorded else "–"] for action in Action])


def _marks(least: Level, levels: list[Level]) -> list[str]:
    if least is Level.APPLIANCE:
        return ["yes" if level is least else "–" for level in levels]
    if least in (Level.PUBLIC, Level.SIGNED_IN):
        return ["yes"] * len(levels)
    return ["as a member" if level is Level.APPLIANCE else "yes" if level >= least else "–" for level in levels]


_FILES = {
    "model": artifact.MODEL_ARTIFACTS,
    "run": artifact.RUN_ARTIFACTS,
    "more": artifact.EXTRA_MODEL_ARTIFACTS,
    "inspection": artifact.INSPECTION_ARTIFACTS,
}


def artifacts(of: str) -> Table:
    """The artifact types of a model, of a run, …, and the name that each file has."""
    return Table(["type", "file", "what is in it"], [[kind, f"`{name}`"] for kind, name in _FILES[of].items()])


def event_types() -> dict[str, type[msgspec.Struct]]:
    """Every type of event by its word."""
    return {str(kind.__struct_config__.tag): kind for kind in event.Event.__args__}


def events(of: str) -> Table:
    """The fields of one type of event, `type` left out."""
    rows = [[one.name, "always" if one.required else f"else {value(_otherwise(one))}"] for one in msgspec.structs.fields(event_types()[of])]
    return Table(["field", "given", "meaning"], rows)


def _otherwise(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def error_codes() -> dict[str, int | None]:
    """Every code that an answer or a failed job may carry, with its HTTP status where it always has the same."""
    found: dict[str, int | None] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        if _CODE.search(text):
            name = ".".join(("appliance", *path.relative_to(_PACKAGE).with_suffix("").parts))
            found |= {kind.code: _status(kind) for kind in _errors_of(importlib.import_module(name))}
        for code in _ID.findall(text):
            found.setdefault(code, None)
    return found | {"internal_…": 500}


def _errors_of(module: Any) -> Iterator[type[ApplianceError]]:
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, ApplianceError) and kind.__module__ == module.__name__:
            yield kind


def _status(kind: type[ApplianceError]) -> int | None:
    return kind.status if any("status" in vars(one) for one in kind.__mro__ if one is not ApplianceError) else None


def errors(_: str) -> Table:
    """Every code with its status."""
    rows = [[code, str(status) if status else "–"] for code, status in sorted(error_codes().items())]
    return Table(["error_id", "HTTP", "what it means, and what to do"], rows)


def route_text(of: str) -> str:
    """Every documented route, with the level it asks for; `own`: those that the old service has not, `wire`: the others."""
    lines = ["| route | level | what it does |", "| --- | --- | --- |"]
    for route in sorted(ROUTES, key=lambda route: (route.path, route.method)):
        if route.documented and ("/appliance/" in route.path) is (of == "own"):
            path = route.path.replace(":str}", "}")
            lines.append(f"| `{route.method} {path}` | {route.action.level.name.lower().replace('_', ' ')} | {cell(route.summary)} |")
    return "\n".join(lines) + "\n"


TEXTS: dict[str, Callable[[str], str]] = {"routes": route_text}
TABLES: dict[str, Callable[[str], Table]] = {
    "settings": settings,
    "permissions": permissions,
    "artifacts": artifacts,
    "events": events,
    "errors": errors,
}
