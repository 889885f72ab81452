"""Keys of a filled-in configuration that somebody set although nothing here uses them."""

from __future__ import annotations

from typing import Any

from appliance.configurations import Configuration, normalise

_NEEDED = ("steps", "policies")
"""Keys without which a section of their type is none."""


def keys_without_effect(document: dict[str, Any]) -> tuple[str, ...]:
    """Known keys, as dotted paths, that were changed from their default although the model type does not use them."""
    ((_, section),) = document["models"][0].items()
    needed = {"data_source": "_", **{key: section[key] for key in _NEEDED if key in section}}
    plain = _normalised(document, needed).section
    return _normalised(document, needed | _difference(section, plain)).ignored


def _normalised(document: dict[str, Any], section: dict[str, Any]) -> Configuration:
    ((model_type, _),) = document["models"][0].items()
    given = {"schema_version": "1.0", "models": [{model_type: section}], "label_predictors": document.get("label_predictors")}
    return normalise(given, allow=frozenset({model_type}))


def _difference(given: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    """The keys of `given` whose value is not that of `plain`, group by group."""
    changed: dict[str, Any] = {}
    for key, value in given.items():
        default = plain.get(key)
        if isinstance(value, dict) and isinstance(default, dict):
            inner = _difference(value, default)
            if inner:
                changed[key] = inner
        elif value != default:
            changed[key] = value
    return changed
