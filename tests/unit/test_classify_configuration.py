"""Configurations of classify, and the labels of a user's own."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import normalise
from appliance.configurations.classify import wanted_labels
from appliance.configurations.label_predictors import OwnPattern, OwnPhrases, pattern_fault, predictors_of
from appliance.configurations.run_parameters import normalise_run
from appliance.errors import ConfigurationRefused

PATTERN = "label_predictors.regex.b.patterns.0"
OWN = {
    "namespace": "acme",
    "regex": {"user_id": {"patterns": [{"score": "high", "regex": r"user_[\d]{5}"}, {"score": 0.4, "regex": "u-[a-f]+"}]}},
    "phrases": {"project": ["apollo", "gemini"], "vip": {"phrases": ["A. Lee"], "score": "low", "case_sensitive": True}},
}


def document(predictors: Any = None, model_type: str = "classify", **section: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "models": [{model_type: {"data_source": "_", **section}}], "label_predictors": predictors}


def faults(predictors: Any = None, **section: Any) -> dict[str, str]:
    with pytest.raises(ConfigurationRefused) as refused:
        normalise(document(predictors, **section))
    return {".".join(map(str, fault.loc)).removeprefix("models.0.classify."): fault.msg for fault in refused.value.faults}


def test_own_labels_are_read_with_their_scores() -> None:
    found = normalise(document(OWN, labels=["ssn", "acme/*", "PERSON"]))
    assert normalise(found.document).document == found.document
    assert found.ignored == ()
    predictors = predictors_of(found.document)
    assert predictors.threshold == 0.9
    assert predictors.patterns == (OwnPattern("acme/user_id", r"user_[\d]{5}", 0.8), OwnPattern("acme/user_id", "u-[a-f]+", 0.4))
    assert predictors.phrases == (
        OwnPhrases("acme/project", ("apollo", "gemini"), 0.8),
        OwnPhrases("acme/vip", ("A. Lee",), 0.2, case_sensitive=True),
    )
    assert predictors.labels == ("acme/user_id", "acme/project", "acme/vip")


def test_labels_of_either_vocabulary_are_told_in_the_words_of_the_configuration() -> None:
    wanted = wanted_labels(normalise(document(OWN, labels=["ssn", "acme/*", "national_id"])).section)
    assert wanted.labels is not None
    assert {"us_social_security_number", "passport_number"} <= wanted.labels
    assert [wanted.told(label) for label in ("us_social_security_number", "acme/vip", "passport_number", "email_address", "other/vip")] == [
        "ssn",
        "acme/vip",
        "national_id",
        None,
        None,
    ]
    everything = wanted_labels(normalise(document()).section)
    assert (everything.labels, everything.told("email_address")) == (None, "email_address")
    assert wanted_labels(normalise(document(labels=["*", "age"])).section).words == ()


def test_unknown_labels_are_refused_with_the_nearest() -> None:
    found = faults(OWN, labels=["persn_name", "acme/user", "other/*", "zzz"])
    assert "the nearest known one is 'person_name'" in found["labels.0"]
    assert "the nearest known one is 'acme/user_id'" in found["labels.1"]
    assert "no such label" in found["labels.2"]
    assert "leave labels out" in found["labels.3"]


@pytest.mark.parametrize(
    ("predictors", "place", "said"),
    [
        ({"regex": {"a": {"patterns": [{"regex": "x"}]}}}, "label_predictors.namespace", "missing"),
        ({"namespace": "9"}, "label_predictors.namespace", "begins with a letter"),
        ({"namespace": "a", "regex": {"b": {"patterns": []}}}, "label_predictors.regex.b.patterns", "1 to 50"),
        (
            {"namespace": "a", "regex": {"b": {"patterns": [{"regex": "(?=x)y"}]}}},
            f"{PATTERN}.regex",
            "character 1",
        ),
        (
            {"namespace": "a", "regex": {"b": {"patterns": [{"regex": "ab[z-a]"}]}}},
            f"{PATTERN}.regex",
            "character 4",
        ),
        (
            {"namespace": "a", "regex": {"b": {"patterns": [{"regex": "x{9999}"}]}}},
            f"{PATTERN}.regex",
            "repetition",
        ),
        (
            {"namespace": "a", "regex": {"b": {"patterns": [{"regex": "x", "score": 3}]}}},
            f"{PATTERN}.score",
            "high",
        ),
        ({"namespace": "a", "regex": {"/": ["x"]}}, "label_predictors.regex./", "name of a label"),
        ({"namespace": "a", "phrases": {"b": []}}, "label_predictors.phrases.b", "words or phrases"),
        ({"namespace": "a", "phrases": {"b": ["x", " "]}}, "label_predictors.phrases.b.1", "phrase"),
        ({"field_label_threshold": 1.5}, "label_predictors.field_label_threshold", "from 0 to 1"),
        ({"regexes": {}}, "label_predictors.regexes", "'regex'"),
        (["x"], "label_predictors", "object"),
    ],
)
def test_predictors_that_cannot_be_used_are_refused_with_their_place(predictors: Any, place: str, said: str) -> None:
    assert said in faults(predictors)[place]


def test_patterns_that_would_run_for_ever_elsewhere_are_taken() -> None:
    assert pattern_fault(r"(a+)+$") == ""
    assert "4,096 characters" in pattern_fault("a" * 5_000)


def test_other_types_keep_the_section_without_effect() -> None:
    found = normalise(document({"namespace": 5, "anything": []}, model_type="actgan"))
    assert found.document["label_predictors"] == {"namespace": 5, "anything": []}
    assert "label_predictors" in found.ignored


def test_keys_of_generating_engines_are_known_without_effect() -> None:
    found = normalise(document(appliance={"engine": "tree", "temperature": 0.5, "seed": 3}))
    assert set(found.ignored) == {"appliance.engine", "appliance.temperature"}


def test_a_run_needs_a_file_and_makes_no_records() -> None:
    model = normalise(document(appliance={"format": "jsonl", "memory": "1 GiB"}))
    run = normalise_run(model, {"params": None, "data_source": "gretel_x", "ref_data": {}})
    assert (run.data_source, run.params["appliance"]["format"], run.params["appliance"]["memory"]) == ("gretel_x", "jsonl", 1 << 30)
    assert run.params["appliance"]["seed"] is None
    for body, place in (({"data_source": None}, "data_source"), ({"data_source": "x", "params": {"num_records": 3}}, "num_records")):
        with pytest.raises(ConfigurationRefused) as refused:
            normalise_run(model, body)
        assert refused.value.faults[0].loc[-1] == place
