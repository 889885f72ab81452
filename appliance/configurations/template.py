"""Ready-made configurations under the names that users know: `synthetics/tabular-actgan`, `transform/hipaa`."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from appliance.configurations.walk import nearest
from appliance.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

_SUFFIXES = (".yml", ".yaml")


class Template(msgspec.Struct, frozen=True):
    """`name` is the short name, `title` one line for a list, `model_type` what it makes (`workflow` for one of several steps), `text` the
    YAML as a user would keep it in a file. `runs`: whether this version can make it; the others keep their name and their text."""

    name: str
    title: str
    model_type: str
    runs: bool
    text: str


@cache
def templates() -> tuple[Template, ...]:
    """Every template, by name."""
    return tuple(_read(name, entry) for name, entry in sorted(_entries().items()))


def template(name: str) -> Template:
    """The template of that short name; `tabular-actgan` stands for `synthetics/tabular-actgan`, and so does any bare name that only one
    family has; a suffix `.yml` is dropped.

    Raises NotFound with the nearest name."""
    entries = _entries()
    wanted = name
    for suffix in _SUFFIXES:
        wanted = wanted.removesuffix(suffix)
    for candidate in (wanted, f"synthetics/{wanted}", *_in_one_family(wanted, entries)):
        if candidate in entries:
            return _read(candidate, entries[candidate])
    raise NotFound(f"There is no template '{name[:64]}'{_near(wanted, entries)}.")


def _in_one_family(wanted: str, entries: Iterable[str]) -> list[str]:
    """The template of a bare name that just one family has."""
    found = [name for name in entries if name.partition("/")[2] == wanted]
    return found if len(found) == 1 else []


def _near(wanted: str, entries: Iterable[str]) -> str:
    """The nearest name; for one without a family the nearest by its last part, in whichever families have it."""
    if "/" in wanted:
        return nearest(wanted, entries)
    close = difflib.get_close_matches(wanted[:64], sorted({name.partition("/")[2] for name in entries}), n=1, cutoff=0.6)
    found = sorted(name for name in entries if close and name.partition("/")[2] == close[0])
    if not found:
        return nearest(wanted, entries)
    return f"; the nearest known one is '{found[0]}'" if len(found) == 1 else f"; there are {', '.join(found)}"


def _entries() -> dict[str, Traversable]:
    from importlib.resources import files  # costs a server that reads no template 15 ms

    root = files("appliance.configurations").joinpath("templates")
    found = {
        f"{family.name}/{entry.name.removesuffix('.yml')}": entry
        for family in root.iterdir()
        if family.is_dir()
        for entry in family.iterdir()
        if entry.name.endswith(".yml")
    }
    aliases = root.joinpath("aliases.yml").read_text("utf-8").splitlines()
    pairs = (line.partition(": ") for line in aliases if ": " in line and not line.startswith("#"))
    return found | {name: found[target] for name, _, target in pairs}


def _read(name: str, entry: Traversable) -> Template:
    from appliance.configurations.catalogue import MODEL_TYPES
    from appliance.configurations.configuration import TASKS
    from appliance.configurations.document import MAX_DEPTH
    from appliance.configurations.yaml_text import load_yaml  # the server reads JSON and is spared the YAML library

    text = entry.read_text("utf-8")
    made = _model_type(load_yaml(text.encode(), MAX_DEPTH))
    made = TASKS.get(made, made)
    return Template(name, text.partition("\n")[0].lstrip("# ").rstrip("."), made, made in MODEL_TYPES, text)


def _model_type(document: dict[str, Any]) -> str:
    """What a document makes: the type of its one model or task, `tuner` for a search of parameters, else `workflow`."""
    models, task = document.get("models"), document.get("task")
    if models:
        return str(next(iter(models[0])))
    if task:
        return str(task["name"])
    return "tuner" if "base_config" in document else "workflow"
