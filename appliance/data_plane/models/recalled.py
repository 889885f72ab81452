"""A model of rules read back from its archive.

A stranger's archive is hostile: it may say nothing that a configuration could not have said."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from appliance.configurations import normalise
from appliance.data_plane.models.archive import read_archive
from appliance.errors import ConfigurationRefused, DataRefused

Kind = TypeVar("Kind")

MOST_BYTES = 64 << 20
"""Of one file in the archive of such a model."""
_ODD = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


def recalled_configuration(archive: Path, folder: Path, model_type: str) -> dict[str, Any]:
    """The configuration in an archive, read again as if it were sent; the other files lie in `folder`. Raises DataRefused."""
    given = read_archive(archive, folder, most_bytes=MOST_BYTES).configuration
    try:
        configuration = normalise(given)
    except (ConfigurationRefused, *_ODD):
        raise _refusal("its configuration would be refused") from None
    if configuration.model_type != model_type:
        raise _refusal(f"it is no model of type {model_type}")
    return configuration.document


def recalled(file: Path, kind: type[Kind]) -> Kind:
    """A JSON file of the archive as `kind`. Raises DataRefused for one that is not there or is something else."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise _refusal(f"{file.name} cannot be read") from None


def checked_plan(plan: bytes, kind: type[Any], section: dict[str, Any]) -> bytes:
    """A plan that is of its kind and made of this section of the configuration. Raises DataRefused for any other."""
    try:
        made = msgspec.json.decode(plan, type=kind)
    except (msgspec.MsgspecError, *_ODD):
        raise _refusal("its plan cannot be read") from None
    if made.section != section:
        raise _refusal("its plan is not that of its configuration")
    return plan


def _refusal(reason: str) -> DataRefused:
    return DataRefused(f"The model archive was changed after it was made, or by another version: {reason}.", hint="Train the model again.")
