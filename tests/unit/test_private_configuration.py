"""What a configuration may say about differential privacy: kept or refused, never ignored."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import normalise
from appliance.errors import ConfigurationRefused


def document(model_type: str = "tabular_dp", **section: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": "a-model", "models": [{model_type: {"data_source": "__tmp__", **section}}]}


def refused(given: dict[str, Any]) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(given)
    return {fault.loc: fault.msg for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("model_type", "section", "path"),
    [
        ("tabular_dp", {"params": {"dp_seed": 1}}, "params.dp_seed"),
        ("tabular_dp", {"appliance": {"dp_seed": 1}}, "appliance.dp_seed"),
        ("tabular_dp", {"dp_seed": 1}, "dp_seed"),
        ("tabular_dp", {"params": {"epsilon": 0}}, "params.epsilon"),
        ("tabular_dp", {"params": {"epsilon": 1e-12}}, "params.epsilon"),
        ("tabular_dp", {"params": {"delta": 0}}, "params.delta"),
        ("tabular_dp", {"appliance": {"constraints": [{"kind": "fixed"}]}}, "appliance.constraints"),
        ("tabular_dp", {"appliance": {"bounds": {"age": [90, 17]}}}, "appliance.bounds.age"),
        ("tabular_dp", {"appliance": {"bounds": {"age": [1]}}}, "appliance.bounds.age"),
        ("tabular_dp", {"appliance": {"bounds": {"age": [1, True]}}}, "appliance.bounds.age"),
        ("tabular_dp", {"appliance": {"categories": {"sex": []}}}, "appliance.categories.sex"),
        ("tabular_dp", {"params": {"domain": {"age": 3}}}, "params.domain.age"),
        (
            "tabular_dp",
            {"params": {"domain": {"age": {"min": 0, "max": 9}}}, "appliance": {"bounds": {"age": [0, 8]}}},
            "params.domain.age",
        ),
        ("tabular_ft", {"privacy_params": {"dp": True}, "group_training_examples_by": "who"}, "group_training_examples_by"),
        ("tabular_ft", {"privacy_params": {"epsilon": 1}}, "privacy_params.epsilon"),
        ("synthetics", {"params": {"dp": True}}, "params.dp"),
        ("synthetics", {"params": {"dp_noise_multiplier": 2.0}}, "params.dp_noise_multiplier"),
    ],
)
def test_what_cannot_be_promised_is_refused_at_its_place(model_type: str, section: dict[str, Any], path: str) -> None:
    assert ("models", 0, model_type, *path.split(".")) in refused(document(model_type, **section))


def test_the_recurrent_network_points_to_the_type_that_keeps_its_promise() -> None:
    (message,) = refused(document("synthetics", params={"dp": True})).values()
    assert "tabular_dp" in message


def test_domain_becomes_bounds_and_categories_once() -> None:
    domain = {
        "age": {"min": 0, "max": 120},
        "sex": ["f", "m"],
        "day": {"min": "2020-01-01", "max": "2020-12-31"},
        "n": {"categories": [1, 2]},
    }
    once = normalise(document(params={"domain": domain}))
    assert once.section["appliance"]["bounds"] == {"age": [0, 120], "day": ["2020-01-01", "2020-12-31"]}
    assert once.section["appliance"]["categories"] == {"sex": ["f", "m"], "n": [1, 2]}
    assert normalise(once.document).document == once.document


def test_fine_tuning_types_promise_it_too_and_name_the_gradient_norm_as_without_effect() -> None:
    found = normalise(document("navigator_ft", privacy_params={"dp": True, "per_sample_max_grad_norm": 2.0}))
    assert found.section["privacy_params"]["epsilon"] == 8.0
    assert found.ignored == ("privacy_params.per_sample_max_grad_norm",)
