"""Configurations: defaults, every kind of fault with its path, what is ignored, names, sources."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import normalise
from appliance.configurations.catalogue import LATER_TYPES, MODEL_TYPES
from appliance.errors import ConfigurationRefused


def document(model_type: str = "actgan", **section: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "name": "a-model", "models": [{model_type: {"data_source": "__tmp__", **section}}]}


def faults(given: Any, **kwargs: Any) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(given, **kwargs)
    assert caught.value.faults, "a refusal always says why"
    return {fault.loc: fault.msg for fault in caught.value.faults}


def test_values_that_were_given_are_kept() -> None:
    section = normalise(document(params={"epochs": 7, "generator_lr": "2e-4"}, generate={"num_records": 11})).section
    assert section["params"]["epochs"] == 7
    assert section["params"]["generator_lr"] == 2e-4, "YAML 1.1 reads 2e-4 as a text"
    assert section["generate"]["num_records"] == 11


def test_null_switches_a_filter_off_and_means_the_default_elsewhere() -> None:
    section = normalise(
        document(privacy_filters={"outliers": None, "max_iterations": None}, params={"epochs": None}, generate=None)
    ).section
    assert section["privacy_filters"] == {"outliers": None, "similarity": "medium", "max_iterations": 10}
    assert section["params"]["epochs"] == "auto"
    assert section["generate"]["num_records"] == 5000


def test_every_fault_is_listed_at_once() -> None:
    found = faults(
        {
            "schema_version": "2",
            "name": "9lives",
            "modles": [],
            "models": [
                {
                    "actgan": {
                        "params": {"epochs": "many", "epoch": 1, "generator_dim": [0], "log_frequency": "perhaps", "generator_lr": -1},
                        "privacy_filters": {"outliers": "low"},
                        "generate": 5,
                    }
                }
            ],
        }
    )
    at = ("models", 0, "actgan")
    assert set(found) == {
        ("schema_version",),
        ("name",),
        ("modles",),
        (*at, "data_source"),
        (*at, "params", "epochs"),
        (*at, "params", "epoch"),
        (*at, "params", "generator_dim"),
        (*at, "params", "log_frequency"),
        (*at, "params", "generator_lr"),
        (*at, "privacy_filters", "outliers"),
        (*at, "generate"),
    }
    assert "'epochs'" in found[(*at, "params", "epoch")]
    assert "'models'" in found[("modles",)]
    assert "'medium', 'high', 'auto' or null" in found[(*at, "privacy_filters", "outliers")]
    assert found[(*at, "params", "generator_lr")] == "generator_lr must be a number above 0."


@pytest.mark.parametrize(
    ("model_type", "path", "value"),
    [
        ("actgan", "generate.num_records", 0),
        ("actgan", "generate.num_records", True),
        ("actgan", "generate.num_records", 1.5),
        ("actgan", "params.epochs", True),
        ("actgan", "params.pac", 0),
        ("actgan", "params.conditional_vector_type", "all"),
        ("actgan", "params.generator_dim", []),
        ("actgan", "params.generator_dim", 256),
        ("actgan", "privacy_filters.max_iterations", 0),
        ("actgan", "evaluate.holdout", 1.5),
        ("actgan", "appliance.temperature", 0),
        ("actgan", "appliance.seed", -1),
        ("actgan", "appliance.format", "xlsx"),
        ("actgan", "appliance.memory", "4 furlongs"),
        ("actgan", "appliance.memory", 1),
        ("actgan", "appliance.max_duration", "soon"),
        ("actgan", "appliance.max_duration", -5),
        ("actgan", "appliance.seed_columns", "a"),
        ("actgan", "appliance.engine", "quantum"),
        ("navigator_ft", "params.rope_scaling_factor", 7),
        ("navigator_ft", "params.lora_alpha_over_r", 0.4),
        ("navigator_ft", "params.learning_rate", 1),
        ("navigator_ft", "params.lr_scheduler", "sine"),
        ("navigator_ft", "generate.top_p", 1.1),
        ("navigator_ft", "generate.stop_params.invalid_fraction_threshold", 2),
        ("navigator_ft", "privacy_params.epsilon", 101),
        ("synthetics", "params.field_delimiter", "::"),
        ("synthetics", "params.dropout_rate", 1.0),
        ("synthetics", "data_checks", []),
        ("ctgan", "params.batch_size", 0),
        ("amplify", "params.target_size_mb", 0),
    ],
)
def test_a_value_out_of_its_kind_is_a_fault_at_its_path(model_type: str, path: str, value: Any) -> None:
    keys = path.split(".")
    section: dict[str, Any] = {}
    inner = section
    for key in keys[:-1]:
        inner[key] = inner = {}
    inner[keys[-1]] = value
    assert ("models", 0, model_type, *keys) in faults(document(model_type, **section))


@pytest.mark.parametrize("model_type", sorted(LATER_TYPES))
def test_a_type_of_a_later_version_is_refused_by_name(model_type: str) -> None:
    found = faults(document(model_type))
    assert found[("models", 0, model_type)].startswith(f"{model_type} is not available in this version")


def test_an_unknown_type_lists_what_there_is() -> None:
    message = faults(document("actgann"))[("models", 0, "actgann")]
    assert "'actgan'" in message
    assert all(name in message for name in MODEL_TYPES)


@pytest.mark.parametrize(
    "models", [None, [], {}, "actgan", [{"actgan": {}}, {"amplify": {}}], [{"actgan": {}, "amplify": {}}], [{}], ["actgan"]]
)
def test_exactly_one_model(models: Any) -> None:
    found = faults({"schema_version": "1.0", "models": models})
    assert all(loc[0] == "models" for loc in found)


@pytest.mark.parametrize("version", ["1.0", 1.0, 1, "1"])
def test_schema_version_may_be_a_number(version: Any) -> None:
    assert normalise(document() | {"schema_version": version}).document["schema_version"] == "1.0"


@pytest.mark.parametrize("version", [None, "2", 2, True, [], "1.1"])
def test_other_schema_versions_are_refused(version: Any) -> None:
    assert ("schema_version",) in faults(document() | {"schema_version": version})


def test_a_workflow_is_told_apart() -> None:
    assert "workflow is not available in this version" in faults({"version": "2", "steps": []})[()]
    assert "tuner is not available in this version" in faults({"base_config": "synthetics/tabular-actgan", "metric": "x"})[()]


def test_a_task_preset_is_the_model_that_it_would_make() -> None:
    preset = {"schema_version": "1.0", "name": "gan", "task": {"name": "tabular_gan", "config": {"generate": {"num_records": 7}}}}
    made = normalise(preset)
    assert (made.model_type, made.data_source, made.section["generate"]["num_records"]) == ("tabular_gan", None, 7)
    assert normalise(made.document).document == made.document
    assert ("task",) in faults({**preset, "task": {"name": "tabular_gan", "config": [], "more": 1}})


@pytest.mark.parametrize("name", ["a", "A1", "tabular-actgan", "navigator_ft", "navigator_ft-dp", "x" * 32])
def test_names_that_users_have(name: str) -> None:
    assert normalise(document() | {"name": name}).name == name


@pytest.mark.parametrize("name", ["", "1a", "-a", "a-", "a--b", "a b", "x" * 33, "ä", "a\n", 7])
def test_names_that_break_the_rule(name: Any) -> None:
    assert ("name",) in faults(document() | {"name": name})


def test_a_name_is_made_up_and_stays() -> None:
    given = document("tabular_gan")
    del given["name"]
    first = normalise(given)
    assert first.name.startswith("tabular-gan-")
    assert normalise(given).name == first.name == normalise(first.document).name


@pytest.mark.parametrize("placeholder", ["_", "__tmp__", "__temp__"])
def test_placeholders_mean_fill_in_later(placeholder: str) -> None:
    found = normalise(document(data_source=placeholder))
    assert found.data_source is None
    assert found.section["data_source"] == placeholder


def test_of_a_list_the_first_source_counts() -> None:
    found = normalise(document(data_source=["one.csv", "two.csv"]))
    assert found.data_source == found.section["data_source"] == "one.csv"
    assert "data_source[1:]" in found.ignored


@pytest.mark.parametrize("source", [None, "", [], [""], 3, {"a": "b"}, [3]])
def test_a_source_is_needed(source: Any) -> None:
    assert list(faults(document(data_source=source))) == [("models", 0, "actgan", "data_source")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {}),
        ({}, {}),
        ("a.csv", {"0": "a.csv"}),
        (["a.csv", "b.csv"], {"0": "a.csv", "1": "b.csv"}),
        ({0: "a.csv", "test": "b.csv"}, {"0": "a.csv", "test": "b.csv"}),
        ({"0": None}, {}),
    ],
)
def test_reference_data_in_every_shape(given: Any, expected: dict[str, str]) -> None:
    found = normalise(document(ref_data=given))
    assert found.ref_data == expected == found.section["ref_data"]


@pytest.mark.parametrize("given", [3, True, {"0": 3}, [[]], {"a": {}}])
def test_reference_data_must_be_texts(given: Any) -> None:
    assert all(loc[:4] == ("models", 0, "actgan", "ref_data") for loc in faults(document(ref_data=given)))


def test_keys_without_effect_are_kept_and_named() -> None:
    given = {"generate": {"temperature": 0.2, "num_records": 5}, "max_sequences_per_example": 3, "group_training_examples_by": "who"}
    found = normalise(document("navigator_ft", **given))
    assert set(found.ignored) == {"generate.temperature", "max_sequences_per_example"}
    assert found.section["generate"]["temperature"] == 0.2


def test_keys_with_an_effect_are_never_named_as_ignored() -> None:
    own = {
        "seed": 1,
        "seed_columns": ["a"],
        "drop_columns": ["b"],
        "temperature": 0.5,
        "memory": "1 GiB",
        "max_duration": 60,
    }
    found = normalise(document(appliance=own, privacy_filters={"outliers": "high"}, generate={"num_records": 3}, evaluate={"skip": True}))
    assert found.ignored == ()


def test_top_level_extras_are_echoed() -> None:
    found = normalise(document() | {"notifications": [{"kind": "mail"}], "label_predictors": None})
    assert found.document["notifications"] == [{"kind": "mail"}]
    assert found.ignored == ("notifications",)


@pytest.mark.parametrize(
    ("model_type", "section", "path"),
    [
        ("navigator_ft", {"privacy_params": {"dp": True}, "group_training_examples_by": "who"}, "group_training_examples_by"),
        ("tabular_ft", {"privacy_params": {"epsilon": 1}}, "privacy_params.epsilon"),
        ("tabular_ft", {"privacy_params": {"delta": 1e-6}}, "privacy_params.delta"),
        ("synthetics", {"params": {"dp": True}}, "params.dp"),
        ("synthetics", {"params": {"dp_noise_multiplier": 1.0}}, "params.dp_noise_multiplier"),
        ("amplify", {"privacy_filters": {"outliers": "high"}}, "privacy_filters"),
        ("actgan", {"params": {"dp": True}}, "params.dp"),
        ("actgan", {"appliance": {"constraints": "a < b"}}, "appliance.constraints"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(model_type: str, section: dict[str, Any], path: str) -> None:
    assert ("models", 0, model_type, *path.split(".")) in faults(document(model_type, **section))


def test_epsilon_beside_an_explicit_no_is_what_templates_ship() -> None:
    assert normalise(document("navigator_ft", privacy_params={"dp": False, "epsilon": 4})).section["privacy_params"]["epsilon"] == 4.0


@pytest.mark.parametrize(
    ("model_type", "section", "path"),
    [
        ("actgan", {"params": {"batch_size": 15}}, "params.batch_size"),
        ("actgan", {"params": {"batch_size": 16}}, "params.batch_size"),
        ("amplify", {"params": {"num_records": 5, "target_size_mb": 5}}, "params.target_size_mb"),
        ("navigator_ft", {"order_training_examples_by": "when"}, "order_training_examples_by"),
        ("actgan", {"appliance": {"seed_columns": ["a"], "drop_columns": ["a"]}}, "appliance.seed_columns"),
        ("actgan", {"appliance": {"seed_columns": ["a", "a"]}}, "appliance.seed_columns"),
        ("actgan", {"appliance": {"target": "a", "drop_columns": ["a"]}}, "appliance.target"),
    ],
)
def test_rules_between_keys(model_type: str, section: dict[str, Any], path: str) -> None:
    assert list(faults(document(model_type, **section))) == [("models", 0, model_type, *path.split("."))]


def test_the_bench_type_is_there_only_when_allowed() -> None:
    given = {"schema_version": "1.0", "models": [{"noop": {"params": {"sleep_s": 0.5, "memory_bytes": 10, "fail": "so"}}}]}
    found = normalise(given, allow=frozenset({"noop"}))
    assert found.section["params"] == {"sleep_s": 0.5, "memory_bytes": 10, "fail": "so"}
    assert found.data_source is None
    assert ("models", 0, "noop") in faults(given)


def test_no_value_is_repeated_in_a_fault() -> None:
    secret = "canary-3141"
    given = document(params={"epochs": secret, "pac": [secret]}, appliance={"memory": secret, "format": secret, "engine": secret}) | {
        "name": secret + "-"
    }
    assert secret not in repr(faults(given))
