"""Columns that a configuration names, held against those that a file has."""

from __future__ import annotations

from appliance.configurations.configuration import Configuration
from appliance.configurations.constraints import constraint_columns, target_column
from appliance.configurations.document import Loc
from appliance.errors import ConfigurationRefused, Fault

_SHOWN = 20
"""Columns of the file that a fault lists."""


def check_columns(configuration: Configuration, known: tuple[str, ...]) -> None:
    """Every column that the configuration names is one of `known`. Raises ConfigurationRefused with every one that is not."""
    names = set(known)
    missing = [(loc, name) for loc, name in named_columns(configuration) if name not in names]
    faults = [Fault(loc, f"The file has no column '{name}'. It has {_listed(known)}.") for loc, name in missing]
    if configuration.model_type == "transform_v2":
        from appliance.configurations.transform_columns import transform_faults  # parses expressions; other types are spared it

        faults += transform_faults(configuration.section, known, ("models", 0, configuration.model_type))
    if faults:
        raise ConfigurationRefused(tuple(faults))


def named_columns(configuration: Configuration) -> list[tuple[Loc, str]]:
    """Where the configuration names columns, and which."""
    place: Loc = ("models", 0, configuration.model_type)
    own = configuration.section.get("appliance") or {}
    found: list[tuple[Loc, str]] = []
    for section, loc, keys in (
        (own, (*place, "appliance"), ("target", "seed_columns", "drop_columns")),
        (configuration.section, place, ("group_training_examples_by", "order_training_examples_by")),
        (configuration.section.get("params") or {}, (*place, "params"), ("target", "mandatory_columns")),
        (configuration.section.get("evaluate") or {}, (*place, "evaluate"), ("target",)),
    ):
        for key in keys:
            value = section.get(key)
            values = value if isinstance(value, list) else [value]
            found += [((*loc, key), name) for name in values if isinstance(name, str)]
    found += [((*place, "appliance", key, name), name) for key in ("bounds", "categories") for name in own.get(key) or {}]
    if isinstance(own.get("target"), dict):
        found += [((*place, "appliance", "target", "column"), name) for name in [target_column(own["target"])] if name is not None]
    for number, constraint in enumerate(own.get("constraints") or ()):
        found += [((*place, "appliance", "constraints", number, key), name) for key, name in constraint_columns(constraint)]
    return found


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
