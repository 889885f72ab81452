"""A configuration: what a model is made from. `normalise` is the only way to get one."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from appliance.configurations.catalogue import EXTRA_TYPES, LATER_TYPES, MODEL_TYPES
from appliance.configurations.classify import check_classify
from appliance.configurations.document import Loc, read_document
from appliance.configurations.label_predictors import MODEL_TYPES as WITH_PREDICTORS
from appliance.configurations.label_predictors import read_label_predictors
from appliance.configurations.model_type import ModelType
from appliance.configurations.rules import check_section
from appliance.configurations.transform_words import renewed
from appliance.configurations.transforms import check_policy_labels
from appliance.configurations.walk import Walk, nearest
from appliance.errors import ConfigurationRefused, Fault

PLACEHOLDERS = frozenset({"_", "__tmp__", "__temp__"})
"""Data sources that mean: filled in later."""

TASKS = {"transform": "transform_v2"}
"""Tasks of workflows whose model type has another name."""

_TOP_KEYS = ("schema_version", "name", "models", "notifications", "label_predictors")
_NAME = re.compile(r"[A-Za-z](?:[-_]?[A-Za-z0-9])*")
_MAX_NAME, _MAX_EVALUATION_NAME = 32, 64
"""The client itself calls an evaluation `evaluate-downstream-classification-model`."""
_REFERENCE_NAME = re.compile(r"[\w .-]{1,64}")
"""It becomes part of a file name."""
_NAME_RULE = "name must start with a letter, go on with letters, digits and single dashes or underscores, and end with a letter or digit."


class Configuration(msgspec.Struct, frozen=True):
    """A configuration with every default filled in.

    `section` is the object of the model type, `document` the whole as it goes on the wire (normalising it again changes nothing).
    `data_source` is None while it is a placeholder (or where a type needs none). `ref_data` maps "0", "1", … or names to sources.
    `ignored` lists the keys that were given, are known and have no effect here: dotted paths, below the model type. `warnings`: sentences
    about what was read otherwise than it was written, or will match nothing."""

    name: str
    model_type: str
    section: dict[str, Any]
    document: dict[str, Any]
    data_source: str | None
    ref_data: dict[str, str]
    ignored: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def normalise(document: bytes | dict[str, Any], *, allow: frozenset[str] = frozenset()) -> Configuration:
    """Check a configuration (JSON or YAML text, or a dict) and fill every default in.

    `allow` names extra model types (`noop`). Raises ConfigurationRefused with every fault that can be seen without the data."""
    given = as_model(read_document(document))
    walk = Walk()
    walk.unknown(given, _TOP_KEYS, ())
    _check_version(walk, given)
    model_type, section = _model(walk, given.get("models"), allow)
    predictors = read_label_predictors(walk, model_type, given.get("label_predictors"))
    if model_type == "classify":
        check_classify(walk, section, predictors, ("models", 0, model_type))
    if model_type == "transforms":
        check_policy_labels(walk, section, predictors, ("models", 0, model_type))
    name = _check_name(walk, given.get("name"), _MAX_EVALUATION_NAME if model_type == "evaluate" else _MAX_NAME)
    if walk.faults or model_type is None:
        raise ConfigurationRefused(tuple(walk.faults))
    idle = ("notifications",) if model_type in WITH_PREDICTORS else ("notifications", "label_predictors")
    walk.ignored.extend(key for key in idle if given.get(key) is not None)
    name = name or _made_up_name(model_type, section)
    whole = {
        "schema_version": "1.0",
        "name": name,
        "models": [{model_type: section}],
        "notifications": given.get("notifications"),
        "label_predictors": predictors,
    }
    source = section["data_source"]
    return Configuration(
        name=name,
        model_type=model_type,
        section=section,
        document=whole,
        data_source=None if source in PLACEHOLDERS else source,
        ref_data=section["ref_data"],
        ignored=tuple(walk.ignored),
        warnings=tuple(walk.warnings),
    )


def as_model(given: dict[str, Any]) -> dict[str, Any]:
    """A task preset (`task: {name, config}`) as the model that it would make. Other documents that users hold are named as what they are.

    Raises ConfigurationRefused."""
    if "models" in given:
        return given
    kind = "tuner" if "base_config" in given else "workflow" if given.keys() & {"steps", "actions"} else ""
    if kind:
        raise ConfigurationRefused((Fault((), f"{kind} is not available in this version; a model is a list of one under models."),))
    task = given.get("task")
    if not isinstance(task, dict) or not isinstance(task.get("config"), dict) or task.keys() - {"name", "config"}:
        return given
    name = str(task.get("name"))
    model = {TASKS.get(name, name): {"data_source": "__tmp__", **task["config"]}}
    return {key: value for key, value in given.items() if key != "task"} | {"models": [model]}


def _check_version(walk: Walk, given: dict[str, Any]) -> None:
    version = given.get("schema_version")
    if version is None:
        walk.fault(("schema_version",), "schema_version is missing; it must be '1.0'.")
    elif version not in ("1.0", "1", 1.0) or isinstance(version, bool):
        walk.fault(("schema_version",), "schema_version must be '1.0'.")


def _check_name(walk: Walk, name: Any, longest: int) -> str:
    if name is None:
        return ""
    if not isinstance(name, str):
        walk.fault(("name",), "name must be a text; put it in quotes.")
        return ""
    if len(name) > longest:
        walk.fault(("name",), f"name may have at most {longest} characters; this one has {len(name)}.")
    elif not _NAME.fullmatch(name):
        walk.fault(("name",), _NAME_RULE)
    return name


def _made_up_name(model_type: str, section: dict[str, Any]) -> str:
    digest = hashlib.sha256(msgspec.json.encode(section, order="deterministic")).hexdigest()
    return f"{model_type.replace('_', '-')}-{digest[:6]}"


def _model(walk: Walk, models: Any, allow: frozenset[str]) -> tuple[str | None, dict[str, Any]]:
    if not isinstance(models, list) or len(models) != 1:
        many = isinstance(models, list) and len(models) > 1
        walk.fault(("models",), "models must be a list of exactly one model" + (f"; it has {len(models)}." if many else "."))
        return None, {}
    item = models[0]
    if not isinstance(item, dict) or len(item) != 1:
        walk.fault(("models", 0), "A model must be an object with exactly one key, its type.")
        return None, {}
    ((model_type, given),) = item.items()
    model_type, given = renewed(model_type, given)
    kind = _kind(walk, model_type, allow)
    if kind is None:
        return None, {}
    loc: Loc = ("models", 0, model_type)
    if isinstance(given, dict) and "label_predictors" in given and model_type in WITH_PREDICTORS:
        walk.fault((*loc, "label_predictors"), "label_predictors belongs beside models, at the top of the configuration.")
        given = {key: value for key, value in given.items() if key != "label_predictors"}
    section = walk.section(kind, given, loc)
    given = given if isinstance(given, dict) else {}
    section["data_source"] = _data_source(walk, given.get("data_source"), (*loc, "data_source"), required=model_type not in EXTRA_TYPES)
    section["ref_data"] = read_ref_data(walk, given.get("ref_data"), (*loc, "ref_data"))
    check_section(walk, model_type, section, given, loc)
    return model_type, section


def _kind(walk: Walk, model_type: str, allow: frozenset[str]) -> type[ModelType] | None:
    known = MODEL_TYPES | {name: kind for name, kind in EXTRA_TYPES.items() if name in allow}
    if model_type in known:
        return known[model_type]
    loc: Loc = ("models", 0, model_type[:64])
    if model_type in LATER_TYPES:
        walk.fault(loc, f"{model_type} is not available in this version; there are {', '.join(known)}.")
    else:
        walk.fault(loc, f"'{model_type[:64]}' is not a known model type{nearest(model_type, known)}; there are {', '.join(known)}.")
    return None


def _data_source(walk: Walk, value: Any, loc: Loc, *, required: bool) -> str | None:
    first = first_source(walk, value, loc)
    if first is None and required and not any(fault.loc[: len(loc)] == loc for fault in walk.faults):
        walk.fault(loc, "data_source is missing: name an artifact, a file, or __tmp__ to fill it in later.")
    return first


def first_source(walk: Walk, value: Any, loc: Loc) -> str | None:
    """The data source that counts: the text itself, or the first one of a list (the rest is noted as having no effect)."""
    if isinstance(value, list):
        if len(value) > 1:
            walk.ignored.append("data_source[1:]")
        value = value[0] if value else None
    return value if isinstance(value, str) and value else None


def read_ref_data(walk: Walk, value: Any, loc: Loc) -> dict[str, str]:
    """Reference data as a dict: a list becomes "0", "1", …; a single text "0"."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        walk.fault(loc, "ref_data must be a text, a list of texts or an object of texts.")
        return {}
    found: dict[str, str] = {}
    for key, item in value.items():
        if not _REFERENCE_NAME.fullmatch(key):
            walk.fault((*loc, key[:64]), "A reference is named by a number or by letters, digits, spaces, dots, dashes and underscores.")
        elif isinstance(item, str) and item:
            found[key] = item
        elif item is not None:
            walk.fault((*loc, key), "A reference must be a text: an artifact, a file or a URL.")
    return found
