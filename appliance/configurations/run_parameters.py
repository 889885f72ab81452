"""The parameters of a run: how many records, from which seeds."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from appliance.configurations.catalogue import EXTRA_TYPES
from appliance.configurations.configuration import PLACEHOLDERS, Configuration, first_source, read_ref_data
from appliance.configurations.constraints import check_target
from appliance.configurations.document import read_document
from appliance.configurations.kinds import Natural, Positive, Probability, Rows
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
    kind: type[Section] = NoopParams if configuration.model_type in EXTRA_TYPES else GenerateParams
    params = walk.section(kind, given.get("params"), ("params",), "params.")
    ref_data = read_ref_data(walk, given.get("ref_data"), ("ref_data",))
    if kind is GenerateParams:
        _fill_from_model(walk, params, configuration, seeded=data_source is not None)
    if walk.faults:
        faults = tuple(walk.faults)
        raise ConfigurationRefused(faults, tell_faults("The run's parameters are not valid.", faults))
    return RunParameters(params=params, data_source=data_source, ref_data=ref_data, ignored=tuple(walk.ignored))


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
    for key, value in params["appliance"].items():
        if value is None and key != "seed":
            params["appliance"][key] = configuration.section["appliance"][key]
