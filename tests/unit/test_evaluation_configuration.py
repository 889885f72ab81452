"""What an evaluation's configuration must say, and what of it is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import normalise, normalise_run
from appliance.configurations.columns import check_columns
from appliance.errors import ConfigurationRefused


def document(name: str = "try", **section: Any) -> dict[str, Any]:
    given = {"data_source": "gretel_a_b.csv", "ref_data": {"0": "gretel_c_d.csv"}, **section}
    return {"schema_version": "1.0", "name": name, "models": [{"evaluate": given}]}


def refused(given: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationRefused) as caught:
        normalise(given)
    return [(".".join(map(str, fault.loc[3:])), fault.msg) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "name", ["evaluate-downstream-classification-model", "evaluate-downstream-regression-model", "evaluate-quality-model-try"]
)
def test_the_names_that_the_client_gives_are_accepted(name: str) -> None:
    assert normalise(document(name)).name == name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("gretel_c_d.csv", {"0": "gretel_c_d.csv"}),
        (["a", "b"], {"0": "a", "1": "b"}),
        ({"0": "a", "1": None}, {"0": "a"}),
        ({"training": "a", "holdout": "b"}, {"training": "a", "holdout": "b"}),
    ],
)
def test_references_of_every_form(given: Any, expected: dict[str, str]) -> None:
    assert normalise(document(ref_data=given)).ref_data == expected


@pytest.mark.parametrize("name", ["a/b", "../x", "a\0b", "", "x" * 65, "a\nb"])
def test_a_reference_s_name_cannot_become_a_path(name: str) -> None:
    ((place, said),) = refused(document(ref_data={name: "gretel_a_b.csv"}))
    assert place.startswith("ref_data.")
    assert "named by" in said


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_target_is_needed_to_predict(task: str) -> None:
    assert [place for place, _ in refused(document(task={"type": task}))] == ["params.target"]
    assert normalise(document(task={"type": task}, params={"target": "y"})).section["params"]["target"] == "y"


def test_every_fault_is_listed_with_its_place() -> None:
    params = {"metric": "r2", "models": ["lr", "nope"], "holdout": 1.0}
    found = dict(refused(document(ref_data={}, task={"type": "classification"}, params=params)))
    assert set(found) == {"ref_data", "params.target", "params.metric", "params.models.1", "params.holdout"}
    assert "no metric of a classification task" in found["params.metric"]


def test_a_downstream_task_of_a_training_is_checked_too() -> None:
    def training(**evaluate: Any) -> dict[str, Any]:
        return {"schema_version": "1.0", "models": [{"actgan": {"data_source": "_", "evaluate": evaluate}}]}

    for task in ("classification", {"type": "classification"}):
        with pytest.raises(ConfigurationRefused, match="target is missing"):
            normalise(training(task=task))
        assert normalise(training(task=task, target="y", metric="F1")).ignored == ()
    with pytest.raises(ConfigurationRefused, match="type of a downstream task"):
        normalise(training(task={"type": "clustering"}, target="y"))
    assert normalise(training(target="y")).ignored == ("evaluate.target",)
    assert normalise(training(skip=True)).ignored == ()


def test_columns_that_a_task_names_are_held_against_the_file() -> None:
    found = normalise(document(task={"type": "regression"}, params={"target": "gone", "mandatory_columns": ["here", "lost"]}))
    with pytest.raises(ConfigurationRefused) as caught:
        check_columns(found, ("here", "there"))
    assert [fault.loc[-1] for fault in caught.value.faults] == ["target", "mandatory_columns"]


def test_an_evaluation_cannot_be_run() -> None:
    with pytest.raises(ConfigurationRefused, match="nothing to run"):
        normalise_run(normalise(document()), {"params": {}})
