"""A draft of a configuration as it is read: what its text says, what is wrong with it and on which line, which fields a form has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.configurations import Configuration, normalise
from appliance.configurations.catalogue import EXTRA_TYPES, MODEL_TYPES
from appliance.configurations.configuration import TASKS
from appliance.configurations.document import Loc, read_document
from appliance.configurations.transform_words import renewed
from appliance.console.changes import Change
from appliance.console.fields import Field, fields_of
from appliance.control_plane.api.models import configuration_of
from appliance.errors import ConfigurationRefused, Fault

_LINE = re.compile(r" \(line (\d+), column ")
"""In the sentence of the YAML reader, whose faults have no other place."""


class PlacedFault(msgspec.Struct, frozen=True):
    """A fault, its place in the text's own words, and its line from 1; null where the text has neither the place nor one above it."""

    loc: Loc
    msg: str
    line: int | None


class Reading(msgspec.Struct, frozen=True):
    """A text with its changes made. `document` is None where the text cannot be read at all, and then `text` is as it came.

    `configuration` is None unless everything but the data is right. `section` is the object of the model as it stands in the text."""

    text: str
    document: dict[str, Any] | None
    configuration: Configuration | None
    model_type: str
    section: Any
    place: Loc
    fields: tuple[Field, ...]
    faults: tuple[Fault, ...]


def read_draft(text: str, changes: Iterable[Change], allow: frozenset[str]) -> Reading:
    """Make the changes and check what comes out. Raises BadRequest, ConfigurationRefused for changes that cannot be made."""
    from appliance.console.yaml_edit import edit  # a server that sees no draft is spared the YAML library

    try:
        document = read_document(text.encode(errors="replace"))
    except ConfigurationRefused as refusal:
        return Reading(text, None, None, "", None, (), (), refusal.faults)
    text, document = edit(text, document, tuple(msgspec.structs.replace(one, loc=placed(document, one.loc)) for one in changes))
    place, model_type, section = _model(document)
    configuration = None
    faults: tuple[Fault, ...] = ()
    try:
        configuration = normalise(document, allow=allow)
    except ConfigurationRefused as refusal:
        faults = refusal.faults
    kind = (MODEL_TYPES | {name: EXTRA_TYPES[name] for name in allow & EXTRA_TYPES.keys()}).get(model_type)
    fields = tuple(fields_of(kind, section, place)) if kind else ()
    return Reading(text, document, configuration, model_type, section, place, fields, faults)


def place_faults(reading: Reading, faults: Iterable[Fault]) -> list[PlacedFault]:
    """Faults with their lines in the text."""
    from appliance.console.yaml_edit import composed, line_of

    listed = list(faults)
    if not listed:
        return []
    root = composed(reading.text) if reading.document is not None else None
    return [_placed_fault(reading, fault, lambda loc: line_of(reading.text, root, loc)) for fault in listed]


def _placed_fault(reading: Reading, fault: Fault, line: Any) -> PlacedFault:
    loc = placed(reading.document or {}, fault.loc)
    told = _LINE.search(fault.msg) if reading.document is None else None
    return PlacedFault(loc, fault.msg, int(told[1]) if told else line(loc))


def placed(document: dict[str, Any], loc: Loc) -> Loc:
    """The place of a model's key as the document has it: its type may have an older name there (or be asked for as `*`), and the section of
    a task preset stands under `task`."""
    if len(loc) < 3 or loc[:2] != ("models", 0):
        return loc
    place = _model(document)[0]
    return (*place, *loc[3:]) if place else loc


def opening_text(sent: bytes) -> str:
    """What a job was made from as a text to go on with: YAML as it was sent, anything else as YAML."""
    from appliance.console.yaml_edit import dumped

    inner = read_document(sent).get("config")
    if isinstance(inner, str):
        sent = inner.encode()
    return dumped(configuration_of(sent)) if sent.lstrip().startswith(b"{") or isinstance(inner, dict) else sent.decode()


def _model(document: dict[str, Any]) -> tuple[Loc, str, Any]:
    """Where the section of the model is, its type in today's words, and the section."""
    models, task = document.get("models"), document.get("task")
    if "models" not in document and isinstance(task, dict):
        name = str(task.get("name"))
        return ("task", "config"), TASKS.get(name, name), task.get("config")
    item = models[0] if isinstance(models, list) and models else None
    if not isinstance(item, dict) or len(item) != 1:
        return (), "", None
    ((name, section),) = item.items()
    return ("models", 0, name), renewed(name, section)[0], section
