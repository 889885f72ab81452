"""Older words of transform configurations, as users still hold them, put as they are said today."""

from __future__ import annotations

from typing import Any


def renewed(model_type: str, given: Any) -> tuple[str, Any]:
    """The model type and its section in today's words; other types come back as they are. What is no object stays for the reader to refuse.

    `transform` was the name of both generations: policies tell the first one."""
    if model_type == "transform":
        model_type = "transforms" if isinstance(given, dict) and "policies" in given else "transform_v2"
    if model_type != "transform_v2" or not isinstance(given, dict):
        return model_type, given
    section = {"data_source": "__tmp__", **{key: value for key, value in given.items() if key != "data_source" or value not in (None, "")}}
    shared = section.get("globals")
    if shared is not None and not isinstance(shared, dict):
        return model_type, section
    shared = dict(shared or {})
    _move_classify(section, shared)
    _move_ner(shared)
    return model_type, section | ({"globals": shared} if shared or "globals" in section else {})


def _move_classify(section: dict[str, Any], shared: dict[str, Any]) -> None:
    """`classify` beside globals, `classification` and `entities` in it, all into `globals.classify`."""
    found = [given for given in (section.pop("classify", None), shared.pop("classification", None)) if given is not None]
    entities = shared.pop("entities", None)
    if entities is not None:
        found.append({"entities": entities})
    own = shared.get("classify")
    if any(not isinstance(given, dict) for given in (*found, own or {})):
        shared["classify"] = next(given for given in (*found, own) if not isinstance(given, dict | None))
        return
    merged = {key: value for given in (*found, own or {}) for key, value in given.items()}
    for old, new in (("enabled", "enable"), ("enable_classify", "enable"), ("num_values", "num_samples")):
        if old in merged:
            merged.setdefault(new, merged[old])
            del merged[old]
    if merged:
        shared["classify"] = merged


def _move_ner(shared: dict[str, Any]) -> None:
    """`ner_threshold` among the keys of classify, and `ner_entities`, to where they are read."""
    classify, ner = shared.get("classify"), shared.get("ner")
    if isinstance(classify, dict) and "ner_threshold" in classify and not isinstance(ner, list | str | int | float):
        ner = {"ner_threshold": classify["ner_threshold"], **(ner or {})}
        shared["classify"] = {key: value for key, value in classify.items() if key != "ner_threshold"}
    if isinstance(ner, dict) and "ner_entities" in ner:
        ner = {"entities": ner["ner_entities"], **{key: value for key, value in ner.items() if key != "ner_entities"}}
    if ner is not None:
        shared["ner"] = ner
