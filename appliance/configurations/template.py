"""Ready-made configurations under the names that users know: `synthetics/tabular-actgan`, `tabular_ft/default`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from appliance.configurations.walk import nearest
from appliance.errors import NotFound

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SUFFIXES = (".yml", ".yaml")


class Template(msgspec.Struct, frozen=True):
    """`name` is the short name, `title` one line for a list, `text` the YAML as a user would keep it in a file."""

    name: str
    title: str
    text: str


def templates() -> tuple[Template, ...]:
    """Every template, by name."""
    return tuple(sorted((_read(name, entry) for name, entry in _entries().items()), key=lambda found: found.name))


def template(name: str) -> Template:
    """The template of that short name; `tabular-actgan` stands for `synthetics/tabular-actgan`, a suffix `.yml` is dropped.

    Raises NotFound with the nearest name."""
    entries = _entries()
    wanted = name
    for suffix in _SUFFIXES:
        wanted = wanted.removesuffix(suffix)
    for candidate in (wanted, f"synthetics/{wanted}"):
        if candidate in entries:
            return _read(candidate, entries[candidate])
    raise NotFound(f"There is no template '{name[:64]}'{nearest(wanted, entries)}.")


def _entries() -> dict[str, Traversable]:
    from importlib.resources import files  # costs a server that reads no template 15 ms

    root = files("appliance.configurations").joinpath("templates")
    return {
        f"{family.name}/{entry.name.removesuffix('.yml')}": entry
        for family in root.iterdir()
        if family.is_dir()
        for entry in family.iterdir()
        if entry.name.endswith(".yml")
    }


def _read(name: str, entry: Traversable) -> Template:
    text = entry.read_text("utf-8")
    return Template(name=name, title=text.partition("\n")[0].lstrip("# ").rstrip("."), text=text)
