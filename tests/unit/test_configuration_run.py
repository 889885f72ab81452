"""Parameters of runs, quantities and templates."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import Configuration, normalise, normalise_run, template, templates
from appliance.configurations.quantities import seconds, size
from appliance.errors import ConfigurationRefused, NotFound


def model(model_type: str = "actgan", **section: Any) -> Configuration:
    return normalise({"schema_version": "1.0", "models": [{model_type: {"data_source": "_", **section}}]})


def test_a_run_without_words_makes_what_the_model_was_configured_for() -> None:
    assert normalise_run(model(generate={"num_records": 12}), {}).params["num_records"] == 12
    assert normalise_run(model("amplify", params={"num_records": 13}), {"params": None}).params["num_records"] == 13
    assert normalise_run(model("amplify"), {}).params["num_records"] is None


def test_a_run_says_how_many_and_with_which_seed() -> None:
    found = normalise_run(model(), {"params": {"num_records": "25", "appliance": {"seed": 3}}, "ref_data": {}, "data_source": None})
    assert (found.params["num_records"], found.params["appliance"]["seed"], found.data_source) == (25, 3, None)
    assert found.ignored == ()


def test_own_keys_come_from_the_model_unless_given() -> None:
    trained = model(appliance={"temperature": 0.5, "memory": "1 GiB", "seed": 9, "format": "jsonl"})
    own = normalise_run(trained, {"params": {"appliance": {"format": "csv", "max_duration": "2 m"}}}).params["appliance"]
    assert own == {"seed": None, "target": None, "temperature": 0.5, "max_duration": 120.0, "memory": 1 << 30, "format": "csv"}


def test_seed_rows_decide_how_many() -> None:
    found = normalise_run(model(), {"params": {"num_records": 5, "max_invalid": 7}, "data_source": ["gretel_seeds.csv"]})
    assert found.data_source == "gretel_seeds.csv"
    assert set(found.ignored) == {"params.num_records"}
    assert normalise_run(model(), {"data_source": "__tmp__"}).data_source is None


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"params": {"num_records": 0}}, ("params", "num_records")),
        ({"params": {"num_recods": 5}}, ("params", "num_recods")),
        ({"params": []}, ("params",)),
        ({"params": {"appliance": {"engine": "x"}}}, ("params", "appliance", "engine")),
        ({"params": {"appliance": {"memory": "much"}}}, ("params", "appliance", "memory")),
        ({"data_source": 3}, ("data_source",)),
        ({"data_source": [3]}, ("data_source",)),
        ({"ref_data": 3}, ("ref_data",)),
        ({"num_records": 3}, ("num_records",)),
    ],
)
def test_faults_of_a_run_carry_their_path(body: dict[str, Any], loc: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise_run(model(), body)
    assert [fault.loc for fault in caught.value.faults] == [loc]


def test_a_run_of_the_bench_type_takes_its_own_parameters() -> None:
    noop = normalise({"schema_version": "1.0", "models": [{"noop": {}}]}, allow=frozenset({"noop"}))
    assert normalise_run(noop, {"params": {"sleep_s": 1}}).params["sleep_s"] == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [(90, 90.0), ("90", 90.0), ("30 m", 1800.0), ("1.5h", 5400.0), ("2 D", 172800.0), ("m", None), ("-1", None), ("1 w", None)],
)
def test_durations(text: Any, expected: float | None) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(5, 5), ("1 KiB", 1024), ("1kB", 1000), ("4G", 4 << 30), ("0.5 GiB", 1 << 29), ("1 TB", 10**12), ("1e3", None), ("G", None)],
)
def test_sizes(text: Any, expected: int | None) -> None:
    assert size(text) == expected


EVERY_NAME = """
evaluate/default synthetics/tabular-actgan synthetics/high-dimensionality synthetics/low-record-count
synthetics/tabular-differential-privacy synthetics/navigator-ft synthetics/navigator-ft-differential-privacy
synthetics/natural-language synthetics/natural-language-differential-privacy synthetics/time-series
transform/default transform/transform_v2 transform/transform_example transform/transform_v2_hybrid_example
transform/gdpr transform/hipaa transform/ner_only tuner/tabular-actgan tuner/tabular-lstm
tabular_ft/default tabular_ft/differential_privacy tabular_gan/default text_ft/default text_ft/differential_privacy
tasks/tabular_ft__default tasks/tabular_ft__differential_privacy tasks/tabular_gan__default tasks/text_ft__default
tasks/text_ft__differential_privacy tasks/transform__default tasks/transform__gdpr tasks/transform__hipaa tasks/transform__ner_only
workflows/tabular-ft workflows/tabular-ft-dp workflows/tabular-gan workflows/text-ft workflows/text-ft-dp workflows/transform
workflows/transform-synthesize-gdpr workflows/transform-synthesize-hipaa workflows/transform-synthesize-dp-free-text
workflows/text-to-python workflows/transform-and-synthesize
classify/default classify/pii-basic classify/pii_basic classify/classify-all-entities classify/classify-pii-nlp-on
classify/classify-pii-nlp-off classify/classify-nlp-on classify/classify-nlp-off classify/classify-pii-regex classify/classify-regex
synthetics/default synthetics/tabular-lstm synthetics/tabular-lstm-evaluate synthetics/complex-or-free-text synthetics/high-accuracy
synthetics/high-field-count synthetics/high-record-count synthetics/mostly-numeric-data synthetics/numeric-data
synthetics/high-dimensionality-high-record-count synthetics/differential-privacy synthetics/ctgan synthetics/dgan
synthetics/amplify synthetics/natural-language-gpt synthetics/synthetic-evaluate synthetics/tuner/tune-lstm-default
transform/redact-pii-nlp-off transform/redact-pii-regex transform/transform-nlp-off transform/transform-regex
transform/transform-v1-default transform/v2 transform/chaining-policies-example transform/field-level-pii
transform/value-level-pii transform/redact-sensitive-pii transforms/chaining-policies-example transforms/field-level-pii
transforms/value-level-pii transforms/redact-sensitive-pii transforms/redact-pii-nlp-off transforms/redact-pii-regex
transforms/transform-nlp-off transforms/transform-regex transforms/transform-v1-default transforms/v2
navft/navft-tabular navft/navft-time-series navigator_ft/default navigator_ft/navigator-ft-tabular
navigator_ft/navigator-ft-time-series navigator_ft/time-series navigator/data_designer_text_to_sql
navigator/navigator_text_python navigator/navigator_text_sql navigator/navigator_text_to_sql
"""
"""Every name that was ever published for a template."""


@pytest.mark.parametrize("found", templates(), ids=lambda found: found.name)
def test_every_template_is_a_configuration_to_fill_in(found: Any) -> None:
    assert found.title
    assert found.text.startswith("# ")
    if found.runs:
        assert normalise(found.text.encode()).data_source is None
    else:
        with pytest.raises(ConfigurationRefused, match=f"{found.model_type} is not available in this version"):
            normalise(found.text.encode())


def test_templates_are_found_by_the_names_that_users_know() -> None:
    names = {found.name for found in templates()}
    assert {"synthetics/tabular-actgan", "synthetics/navigator-ft", "synthetics/amplify", "synthetics/default"} <= names
    assert set(EVERY_NAME.split()) <= names
    assert template("tabular-actgan") == template("synthetics/tabular-actgan.yml") == template("synthetics/tabular-actgan")


def test_a_mistyped_template_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="synthetics/tabular-actgan"):
        template("synthetics/tabular-actgam")


def test_a_bare_name_is_that_of_the_one_family_that_has_it() -> None:
    assert template("hipaa") == template("transform/hipaa")
    with pytest.raises(NotFound, match="the nearest known one is 'transform/hipaa'"):
        template("hippaa")
    with pytest.raises(NotFound, match=r"There is no template 'nosuchthing'; known ones are"):
        template("nosuchthing")


def test_the_values_that_the_names_stand_for() -> None:
    actgan = normalise(template("tabular-actgan").text.encode()).section
    assert actgan["params"]["discriminator_lr"] == 3.3e-4
    assert actgan["privacy_filters"]["outliers"] is None
    assert normalise(template("navigator-ft").text.encode()).section["params"]["num_input_records_to_sample"] == 25000
    assert normalise(template("ctgan").text.encode()).section["privacy_filters"]["similarity"] == "high"
