"""Limits of a user's own patterns and words: what they cost before a row is read is bounded, all together."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import normalise
from appliance.errors import ConfigurationRefused


def document(regex: dict[str, Any]) -> dict[str, Any]:
    predictors = {"namespace": "acme", "regex": regex}
    return {"schema_version": "1.0", "name": "look", "models": [{"classify": {"data_source": "x"}}], "label_predictors": predictors}


def test_ten_thousand_plain_patterns_are_taken() -> None:
    patterns = [{"regex": f"user_{number}_[0-9]{{5}}"} for number in range(50)]
    found = normalise(document({f"label{number}": {"patterns": patterns} for number in range(200)}))
    assert len(found.document["label_predictors"]["regex"]) == 200


def test_patterns_that_are_large_together_are_refused_and_no_more_of_them_compiled() -> None:
    patterns = [{"regex": rf"(?i)[\pL\pN]{{10}}{number}"} for number in range(50)]
    with pytest.raises(ConfigurationRefused) as refusal:
        normalise(document({f"label{number}": {"patterns": patterns} for number in range(100)}))
    (fault,) = refusal.value.faults
    assert "too large" in str(fault)
    assert fault.loc[:3] == ("label_predictors", "regex", "label0")


def test_only_the_first_refusals_are_worked_out() -> None:
    with pytest.raises(ConfigurationRefused) as refusal:
        normalise(document({"label": {"patterns": [{"regex": r"(?i)[\pL\pN]{1000}"}] * 50}}))
    assert len(refusal.value.faults) == 20
