"""Rules that tie several keys together, and the appliance's own section."""

from __future__ import annotations

from typing import Any

from appliance.configurations import quantities
from appliance.configurations.constraints import check_constraints, check_target, constraint_columns, target_column
from appliance.configurations.document import Loc
from appliance.configurations.evaluation import check_downstream, check_evaluation
from appliance.configurations.tabular_dp import check_domain, check_private, is_private
from appliance.configurations.transform_v2 import check_transform_v2
from appliance.configurations.transforms import check_transforms
from appliance.configurations.walk import Walk, nearest

DEFAULT_ENGINE = "tree"
MIN_MEMORY_BYTES = 256 << 20

_DP_KEYS = {
    "params": ("dp_noise_multiplier", "dp_l2_norm_clip", "dp_microbatches"),
    "privacy_params": ("epsilon", "delta"),
}
_INSTEAD = "for differential privacy use the model type tabular_dp, or tabular_ft with privacy_params.dp: true."


def check_section(walk: Walk, model_type: str, section: dict[str, Any], given: dict[str, Any], loc: Loc) -> None:
    """Every rule for the filled-in `section` of a model type; durations and sizes become seconds and bytes in place."""
    _check_privacy(walk, model_type, section, given, loc)
    _check_params(walk, model_type, section.get("params", {}), loc)
    if section.get("order_training_examples_by") and not section.get("group_training_examples_by"):
        walk.fault((*loc, "order_training_examples_by"), "order_training_examples_by needs group_training_examples_by.")
    if model_type == "transform_v2":
        check_transform_v2(walk, section, loc)
    if model_type == "transforms":
        check_transforms(walk, section, loc)
    if model_type == "evaluate":
        check_evaluation(walk, section, given, loc)
    elif "evaluate" in section:
        check_downstream(walk, section["evaluate"], (*loc, "evaluate"))
    _check_own(walk, section["appliance"], (*loc, "appliance"))
    if section.get("group_training_examples_by") and isinstance(section["appliance"]["target"], dict):
        walk.fault((*loc, "appliance", "target"), "Shares of a target are not available for grouped rows; give its column only.")
    if is_private(model_type, section) and isinstance(section["appliance"]["target"], dict):
        walk.fault((*loc, "appliance", "target"), "Shares of a target are not available under differential privacy; give its column only.")


def check_quantities(walk: Walk, own: dict[str, Any], loc: Loc) -> None:
    """`max_duration` and `memory` of an `appliance` section, in place: seconds and bytes."""
    if own["max_duration"] is not None:
        duration = quantities.seconds(own["max_duration"])
        if duration is None or duration <= 0:
            walk.fault((*loc, "max_duration"), "max_duration must be a number of seconds above 0, or a text such as '30 m' or '1.5 h'.")
        own["max_duration"] = duration
    if own["memory"] is not None:
        memory = quantities.size(own["memory"])
        if memory is None or not MIN_MEMORY_BYTES <= memory <= 1 << 50:
            walk.fault((*loc, "memory"), "memory must be a number of bytes of at least 256 MiB, or a text such as '4 GiB'.")
        own["memory"] = memory


def _check_privacy(walk: Walk, model_type: str, section: dict[str, Any], given: dict[str, Any], loc: Loc) -> None:
    """Differential privacy is promised by an ε that is kept, or not at all."""
    for name, strengths in _DP_KEYS.items():
        params, sent = section.get(name) or {}, given.get(name)
        if "dp" not in params:
            continue
        if params["dp"] and name == "params":
            walk.fault((*loc, name, "dp"), f"A noise multiplier promises no ε; {_INSTEAD}")
        elif not params["dp"] and isinstance(sent, dict) and sent.get("dp") is None:
            for key in strengths:
                if sent.get(key) is not None:
                    instead = f"remove it; {_INSTEAD}" if name == "params" else "say dp: true, or remove it."
                    walk.fault((*loc, name, key), f"{key} promises differential privacy, but dp is not true: {instead}")
    if is_private(model_type, section):
        check_private(walk, model_type, section, loc)


def _check_params(walk: Walk, model_type: str, params: dict[str, Any], loc: Loc) -> None:
    batch, pac = params.get("batch_size"), params.get("pac")
    if isinstance(batch, int) and isinstance(pac, int) and (batch % 2 or batch % pac):
        walk.fault((*loc, "params", "batch_size"), f"batch_size must be even and divisible by pac ({pac}).")
    if model_type == "amplify" and params["num_records"] is not None and params["target_size_mb"] is not None:
        walk.fault((*loc, "params", "target_size_mb"), "Give num_records or target_size_mb, not both.")


def _check_own(walk: Walk, own: dict[str, Any], loc: Loc) -> None:
    check_quantities(walk, own, loc)
    if own["engine"] != DEFAULT_ENGINE:
        engines = installed_engines()
        if own["engine"] not in engines:
            walk.fault((*loc, "engine"), f"That engine is not installed{nearest(own['engine'], engines)}.")
    check_domain(walk, own, loc)
    check_constraints(walk, own["constraints"], (*loc, "constraints"))
    check_target(walk, own["target"], (*loc, "target"))
    _check_columns(walk, own, loc)


def _check_columns(walk: Walk, own: dict[str, Any], loc: Loc) -> None:
    dropped = set(own["drop_columns"])
    for key in ("seed_columns", "drop_columns"):
        if len(set(own[key])) != len(own[key]):
            walk.fault((*loc, key), f"{key} names a column twice.")
    if dropped & set(own["seed_columns"]):
        walk.fault((*loc, "seed_columns"), "seed_columns and drop_columns name the same column.")
    if target_column(own["target"]) in dropped:
        walk.fault((*loc, "target"), "target is among drop_columns.")
    for key in ("bounds", "categories"):
        for name in dropped.intersection(own[key]):
            walk.fault((*loc, key, name), "The column is among drop_columns.")
    for number, constraint in enumerate(own["constraints"]):
        for key, name in constraint_columns(constraint):
            if name in dropped:
                walk.fault((*loc, "constraints", number, key), f"'{name[:64]}' is among drop_columns.")


def installed_engines() -> frozenset[str]:
    """Names of the engines: the default one and those that installed packages register as `appliance.engines`."""
    from importlib.metadata import entry_points  # read only when a configuration names another engine

    return frozenset({DEFAULT_ENGINE, *entry_points(group="appliance.engines").names})
