"""The parameters of a run: how many records, from which seeds; or which file to go through."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from appliance.configurations.catalogue import EXTRA_TYPES
from appliance.configurations.configuration import PLACEHOLDERS, Configuration, first_source, read_ref_data
from appliance.configurations.constraints import check_target
from appliance.configurations.document import read_document
from appliance.configurations.kinds import Natural, PassedFormat, Positive, Probability, Rows
from appliance.configurations.model_type import NoopParams
from appliance.configurations.rules import check_quantities
from appliance.configurations.section import RunAppliance, Section, StopParams
from appliance.configurations.tabular_dp import is_private
from appliance.configurations.walk import Walk
from appliance.errors import ConfigurationRefused, tell_faults

_BODY_KEYS = ("params", "data_source", "ref_data", "provenance", "config")


class GenerateParams(Section, frozen=True):
    """Parameters of a run of a synthetic model. Null `num_records`: as many as the model's configuration says."""

    used: ClassVar[frozenset[str]] = frozenset({"num_records", "max_invalid"})
    num_records: Rows | None = None
    max_invalid: Natural | None = None
    temperature: Positive | None = None
    repetition_penalty: Positive | None = None
    top_p: Probability | None = None
    top_k: Natural | None = None
    stop_params: StopParams | None = None
    use_structured_generation: bool | None = None
    gen_temp: Positive | None = None
    predict_batch_size: Natural | None = None
    appliance: RunAppliance = RunAppliance()


class PassAppliance(RunAppliance, frozen=True):
    """Of the appliance's own keys of a run those that a pass over a given file has a use for."""

    used: ClassVar[frozenset[str]] = frozenset({"seed", "max_duration", "memory", "format"})
    format: PassedFormat | None = None  # type: ignore[assignment]  # wider than of what is generated


class PassParams(Section, frozen=True):
    """Parameters of a run that reads a file through and makes no records of its own: classify and the transforms."""

    used: ClassVar[frozenset[str]] = frozenset()
    appliance: PassAppliance = PassAppliance()


PASSES = frozenset({"classify", "transforms", "transform_v2"})
"""Model types whose runs go through a given file."""


class RunParameters(msgspec.Struct, frozen=True):
    """`params` with every default filled in; `data_source`: seed rows (one record comes back for each), or None.

    `params["num_records"]` is None where seed rows decide, or the number of training rows does. `ignored`: as in Configuration."""

    params: dict[str, Any]
    data_source: str | None
    ref_data: dict[str, str]
    ignored: tuple[str, ...] = ()


def normalise_run(configuration: Configuration, body: dict[str, Any]) -> RunParameters:
    """Check the body of a run request against the model it is to run: `params`, `data_source`, `ref_data`.

    Raises ConfigurationRefused with every fault."""
    if configuration.model_type == "evaluate":
        raise ConfigurationRefused((), "An evaluation makes no records, so there is nothing to run; its report is already with the model.")
    given = read_document(body)
    walk = Walk()
    walk.unknown(given, _BODY_KEYS, ())
    source = given.get("data_source")
    data_source = first_source(walk, source, ("data_source",))
    if source and (data_source is None or (isinstance(source, list) and not all(isinstance(item, str) for item in source))):
        walk.fault(("data_source",), "data_source must be a text: an artifact or a file of seed rows.")
    data_source = None if data_source in PLACEHOLDERS else data_source
    if configuration.model_type in PASSES and data_source is None and not walk.faults:
        walk.fault(("data_source",), f"data_source is missing: a run of {configuration.model_type} needs the file to go through.")
    kind = _kind_of(configuration.model_type)
    params = walk.section(kind, given.get("params"), ("params",), "params.")
    ref_data = read_ref_data(walk, given.get("ref_data"), ("ref_data",))
    if kind is GenerateParams:
        _fill_from_model(walk, params, configuration, seeded=data_source is not None)
    if kind is PassParams:
        check_quantities(walk, params["appliance"], ("params", "appliance"))
        _inherit(params, configuration)
    if walk.faults:
        faults = tuple(walk.faults)
        raise ConfigurationRefused(faults, tell_faults("The run's parameters are not valid.", faults))
    return RunParameters(params=params, data_source=data_source, ref_data=ref_data, ignored=tuple(walk.ignored))


def _kind_of(model_type: str) -> type[Section]:
    if model_type in PASSES:
        return PassParams
    return NoopParams if model_type in EXTRA_TYPES else GenerateParams


def _inherit(params: dict[str, Any], configuration: Configuration) -> None:
    """What a run does not say of the appliance's own keys is as the model was configured; a seed is drawn anew."""
    for key, value in params["appliance"].items():
        if value is None and key != "seed":
            params["appliance"][key] = configuration.section["appliance"][key]


def _fill_from_model(walk: Walk, params: dict[str, Any], configuration: Configuration, *, seeded: bool) -> None:
    own, here = params["appliance"], ("params", "appliance")
    check_quantities(walk, own, here)
    check_target(walk, own["target"], (*here, "target"))
    if isinstance(own["target"], dict) and is_private(configuration.model_type, configuration.section):
        walk.fault((*here, "target"), "Shares of a target are not available under differential privacy.")
    if params["num_records"] is not None and seeded:
        walk.ignored.append("params.num_records")
    if params["num_records"] is None and not seeded:
        place = "generate" if "generate" in configuration.section else "params"
        params["num_records"] = configuration.section[place]["num_records"]
    _inherit(params, configuration)
