"""`transforms`, the first language: what is read, filled in and refused."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations.configuration import Configuration, normalise
from appliance.configurations.policy_words import TYPES, named, plain_type
from appliance.configurations.transforms import CONDITIONS, searches_text, wanted_labels
from appliance.errors import ConfigurationRefused


def _document(*transforms: Any, conditions: Any = None, **top: Any) -> dict[str, Any]:
    rule = {"name": "r", "conditions": conditions or {"field_name": ["a"]}, "transforms": list(transforms)}
    return {
        "schema_version": "1.0",
        "models": [{"transforms": {"data_source": "__tmp__", "policies": [{"name": "p", "rules": [rule]}]}}],
        **top,
    }


def _faults(document: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(document)
    return [(fault.loc[3:], fault.msg) for fault in caught.value.faults]


def _rule(configuration: Configuration) -> dict[str, Any]:
    found: dict[str, Any] = configuration.section["policies"][0]["rules"][0]
    return found


def test_a_rule_comes_back_with_all_six_conditions() -> None:
    made = normalise(_document({"type": "fake", "attrs": {"seed": 1}}, {"type": "hash"}, conditions={"field_label": "person_name"}))
    assert _rule(made) == {
        "name": "r",
        "conditions": {**dict.fromkeys(CONDITIONS), "field_label": ["person_name"]},
        "transforms": [{"type": "fake", "attrs": {"seed": 1}}, {"type": "hash", "attrs": None}],
    }
    assert normalise(made.document).document == made.document
    assert wanted_labels(made.section) == ("person_name",)
    assert not searches_text(made.section)


def test_names_are_filled_in_where_there_are_none() -> None:
    document = _document("fake")
    document["models"][0]["transforms"]["policies"] = [{"rules": [{"conditions": {"field_name": "a"}, "transforms": ["drop"]}]}]
    made = normalise(document)
    assert made.section["policies"][0]["name"] == "policy_1"
    assert _rule(made)["name"] == "rule_1"
    assert _rule(made)["transforms"] == [{"type": "drop", "attrs": None}]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("fake", "fake"),
        ("fake_constant", "fake_constant"),
        ("secure_hash", "hash"),
        ("securehash", "hash"),
        ("RedactWithChar", "redact_with_char"),
        ("redact_with_label", "redact_with_label"),
        ("redactwithstring", "redact_with_string"),
        ("date_shift", "dateshift"),
        ("dateshift", "dateshift"),
        ("number_shift", "numbershift"),
        ("bucket", "numberbucket"),
        ("number_bucket", "numberbucket"),
        ("secure_fpe", "encrypt"),
        ("fpe_string", "encrypt"),
        ("fpe_float", "encrypt"),
        ("decrypt", "decrypt"),
        ("mask_after", "redact_with_char"),
        ("pass_through", "passthrough"),
        ("combine", "combine"),
        ("conditional", "conditional"),
        ("format", "format"),
        ("drop", "drop"),
    ],
)
def test_transforms_by_any_of_their_names(word: str, kind: str) -> None:
    assert plain_type(word) == kind
    assert kind in TYPES


def test_attributes_by_their_older_names() -> None:
    assert named({"type": "date_shift", "attrs": {"lower_range_days": -5, "upper_range_days": 5}}).attrs == {"min": -5, "max": 5}
    assert named({"type": "fpe_float", "attrs": {"radix": 10}}).attrs == {"radix": 10, "float": True}
    assert named({"type": "mask_after", "attrs": {"value": "@"}}).attrs == {"mask_after": "@"}
    assert named({"type": "redact_with_string", "attrs": {"text": "x", "mask_until": None}}).attrs == {"string": "x"}


GOOD = [
    {"type": "dateshift", "attrs": {"min": -10, "max": 10, "formats": "%Y-%m-%d", "field_name": "id"}},
    {"type": "dateshift", "attrs": {"min": -10, "max": 10, "formats": "infer", "secret": "s"}},
    {"type": "numbershift", "attrs": {"min": 1.5, "max": 10, "field_name": ["id", "x"]}},
    {"type": "numberbucket", "attrs": {"min": 0, "max": 100, "nearest": 5, "method": "avg"}},
    {"type": "bucket", "attrs": {"buckets": [{"min": 0, "max": 10, "label": "low"}], "upper_outlier_label": "high"}},
    {"type": "secure_fpe", "attrs": {"secret": "00ff", "radix": 36, "aes_mode": "CBC"}},
    {"type": "conditional", "attrs": {"field_name": "b", "regex": "^x", "true_transforms": ["drop"], "false_xform": {"type": "hash"}}},
    {"type": "combine", "attrs": {"field_name": ["b"], "separator": "-"}},
    {"type": "format", "attrs": {"pattern": "(\\d+)", "replacement": "<\\1>"}},
    {"type": "redact_with_char", "attrs": {"char": "*", "mask_after": "@", "mask_until": "."}},
    {"type": "mask_until", "attrs": {"mask_until": "@"}},
    {"type": "fake", "attrs": {"seed": 8675309, "locales": ["de_DE"]}},
]


@pytest.mark.parametrize("transform", GOOD, ids=lambda each: str(each["type"]))
def test_transforms_as_people_write_them_are_read(transform: dict[str, Any]) -> None:
    made = normalise(_document(transform))
    assert _rule(made)["transforms"] == [transform]


BAD: list[tuple[Any, tuple[str | int, ...], str]] = [
    ({"type": "fkae"}, ("type",), "not a known transform"),
    ({"attrs": {}}, (), "keys type and attrs"),
    ({"type": "fake", "args": {}}, ("args",), "not a known key"),
    ({"type": "fake", "attrs": []}, ("attrs",), "must be an object"),
    ({"type": "dateshift", "attrs": {"min": "a", "max": 1}}, ("attrs", "min"), "must be a number"),
    ({"type": "dateshift", "attrs": {"min": 1}}, ("attrs", "max"), "needs the attribute max"),
    ({"type": "dateshift", "attrs": {"min": 5, "max": 1}}, ("attrs", "max"), "below min"),
    ({"type": "hash", "attrs": {"length": 7}}, ("attrs", "length"), "from 8 to 64"),
    ({"type": "hash", "attrs": {"length": "x"}}, ("attrs", "length"), "must be a whole number"),
    ({"type": "encrypt", "attrs": {"radix": 100}}, ("attrs", "radix"), "from 2 to 62"),
    ({"type": "encrypt", "attrs": {"radix": "ten"}}, ("attrs", "radix"), "must be a whole number"),
    ({"type": "numberbucket", "attrs": {"min": 0}}, ("attrs", "nearest"), "needs nearest"),
    ({"type": "bucket", "attrs": {"buckets": [{"min": 0}]}}, ("attrs", "buckets", 0), "min and max"),
    ({"type": "format", "attrs": {"pattern": "(?=x)"}}, ("attrs", "pattern"), "refused"),
    ({"type": "conditional", "attrs": {"field_name": "b", "regex": "("}}, ("attrs", "regex"), "refused"),
    ({"type": "conditional", "attrs": {"field_name": "b", "regex": "x"}}, ("attrs",), "needs true_transforms"),
    (
        {"type": "conditional", "attrs": {"field_name": "b", "regex": "x", "true_transforms": [{"type": "nope"}]}},
        ("attrs", "true_transforms", 0, "type"),
        "not a known transform",
    ),
    ({"type": "redact_with_string"}, ("attrs", "string"), "needs the attribute string"),
    ({"type": "redact_with_char", "attrs": {"chars": "x"}}, ("attrs", "chars"), "nearest known one is 'char'"),
    ("nothing", ("type",), "not a known transform"),
    (5, (), "keys type and attrs"),
]


@pytest.mark.parametrize(("transform", "loc", "said"), BAD, ids=lambda each: str(each)[:40])
def test_faults_of_transforms_name_their_place(transform: Any, loc: tuple[str | int, ...], said: str) -> None:
    faults = _faults(_document(transform))
    place = ("policies", 0, "rules", 0, "transforms", 0, *loc)
    assert any(found == place and said in message for found, message in faults), faults


@pytest.mark.parametrize(
    ("conditions", "loc", "said"),
    [
        ({}, (), "at least one condition"),
        ({"field_name": 5}, ("field_name",), "a text or a list"),
        ({"field_nmae": ["a"]}, ("field_nmae",), "nearest known one"),
        ({"field_name_regex": ["(?!a)"]}, ("field_name_regex", 0), "refused"),
        ({"field_attributes": {"is_key": True}}, ("field_attributes", "is_key"), "not a known key"),
        ({"field_attributes": {"is_id": 1}}, ("field_attributes", "is_id"), "true or false"),
        ({"field_label": ["persn"]}, ("field_label",), "not a known label"),
        ({"value_label": ["acme/x"]}, ("value_label",), "label_predictors defines no such label"),
        ({"field_name_similarity": {"names": ["a"], "threshold": 2}}, ("field_name_similarity", "threshold"), "at most 1"),
    ],
)
def test_faults_of_conditions_name_their_place(conditions: dict[str, Any], loc: tuple[str | int, ...], said: str) -> None:
    document = _document("fake", conditions=conditions or {"field_name": None})
    place = ("policies", 0, "rules", 0, "conditions", *loc)
    assert any(found == place and said in message for found, message in _faults(document))


@pytest.mark.parametrize(
    ("policies", "said"), [([], "policies is missing"), ([{"rules": []}], "1 to 200 rules"), ([5], "must be an object"), ("x", "must be")]
)
def test_policies_must_have_rules(policies: Any, said: str) -> None:
    document = {"schema_version": "1.0", "models": [{"transforms": {"data_source": "__tmp__", "policies": policies}}]}
    assert any(said in message for _, message in _faults(document))


def test_own_labels_and_the_star_are_known() -> None:
    predictors = {"namespace": "acme", "field_label_threshold": 0.5, "regex": {"user_id": {"patterns": [{"regex": "user_[\\d]{5}"}]}}}
    made = normalise(
        _document("fake", conditions={"value_label": ["acme/*", "acme/user_id", "ssn"], "field_label": ["*"]}, label_predictors=predictors)
    )
    assert wanted_labels(made.section) is None
    assert searches_text(made.section)
    assert made.document["label_predictors"]["field_label_threshold"] == 0.5
    assert any("several conditions" in warning for warning in made.warnings)


def test_keys_of_older_engines_are_named_as_without_effect() -> None:
    made = normalise(_document({"type": "secure_fpe", "attrs": {"aes_mode": "CBC", "secret": "x"}}))
    assert "policies: secure_fpe.aes_mode" in made.ignored


def test_deep_nests_of_conditionals_are_refused() -> None:
    inner: dict[str, Any] = {"type": "hash"}
    for _ in range(6):
        inner = {"type": "conditional", "attrs": {"field_name": "b", "regex": "x", "true_transforms": [inner]}}
    assert any("another 3 deep" in message for _, message in _faults(_document(inner)))


def test_short_hashes_are_accepted_and_told_of() -> None:
    assert normalise(_document({"type": "hash", "attrs": {"length": 16}})).warnings == ()
    (warning,) = normalise(_document({"type": "hash", "attrs": {"length": 8}})).warnings
    assert "hash of length 8: among 77,000 distinct values two are likely to get the same hash" in warning


@pytest.mark.parametrize("model_type", ["classify", "transforms"])
def test_predictors_in_the_wrong_place_are_told_where_they_belong(model_type: str) -> None:
    section: dict[str, Any] = {"data_source": "_", "label_predictors": {"namespace": "own"}}
    if model_type == "transforms":
        section["policies"] = [{"rules": [{"conditions": {"field_name": "a"}, "transforms": ["drop"]}]}]
    document: dict[str, Any] = {"schema_version": "1.0", "models": [{model_type: section}]}
    assert _faults(document) == [(("label_predictors",), "label_predictors belongs beside models, at the top of the configuration.")]
