"""A configuration as the command line takes it: a file, or the short name of a template."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from appliance.configurations import normalise, template
from appliance.configurations.configuration import as_model
from appliance.configurations.document import MAX_BYTES, read_document

_FILES = (".yml", ".yaml", ".json")
"""How files of configurations end; names of templates do not."""


def read_configuration(source: str) -> dict[str, Any]:
    """The configuration of a file, or of the template of that name, as it was written but checked.

    Raises ConfigurationRefused with every fault, NotFound with the nearest template, OSError."""
    path = Path(source)
    if path.is_file():
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    elif path.suffix.lower() in _FILES or path.is_dir():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", source)
    else:
        text = template(source).text.encode()
    document = as_model(read_document(text))
    normalise(document)
    return document


def model_type_of(document: dict[str, Any]) -> str:
    """The type of the one model of a checked configuration."""
    return str(next(iter(document["models"][0])))


def section_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a checked configuration says of its one model, as it was written."""
    return dict(document["models"][0][model_type_of(document)] or {})


def with_section(document: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """The configuration with keys of its model's section set; objects are merged, everything else is replaced."""
    model_type = model_type_of(document)
    section = dict(document["models"][0][model_type] or {})
    for name, value in sections.items():
        old = section.get(name)
        section[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return document | {"models": [{model_type: section}]}


def with_source(document: dict[str, Any], source: str) -> dict[str, Any]:
    """The configuration with another data source."""
    return with_section(document, data_source=source)
