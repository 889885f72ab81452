"""Constraints, bounds, categories and shares in a configuration: what has their shape passes, the rest is refused at its place."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import Configuration, normalise
from appliance.configurations.columns import named_columns
from appliance.errors import ConfigurationRefused


def configured(**own: Any) -> Configuration:
    section = {"data_source": "__tmp__", "appliance": own}
    return normalise({"schema_version": "1.0", "name": "constraints", "models": [{"tabular_gan": section}]})


def refused(**own: Any) -> dict[tuple[Any, ...], str]:
    """Faults by their place below the `appliance` section."""
    with pytest.raises(ConfigurationRefused) as caught:
        configured(**own)
    return {tuple(fault.loc[4:]): fault.msg for fault in caught.value.faults}


GOOD: list[dict[str, Any]] = [
    {"type": "combinations", "columns": ["city", "zip"]},
    {"type": "inequality", "low": "opened", "high": "closed", "strict": True},
    {"type": "range", "column": "age", "low": 18},
    {"type": "range", "column": "opened", "low": "2020-01-31", "high": "2021-01-31T12:00:00"},
    {"type": "sum", "column": "total", "parts": ["net", "tax"], "factors": [1, -0.5], "constant": 2},
    {"type": "equal", "columns": ["mail", "login"]},
    {"type": "unique", "columns": ["shop"]},
]


def test_every_type_passes_and_its_columns_are_looked_for_in_the_file() -> None:
    found = configured(
        constraints=GOOD, bounds={"age": {"min": 1, "max": 9}}, categories={"city": ["a"]}, target={"column": "z", "shares": {"y": 1}}
    )
    assert found.section["appliance"]["constraints"] == GOOD
    assert found.section["appliance"]["bounds"] == {"age": [1, 9]}
    places = {tuple(loc[4:]): name for loc, name in named_columns(found) if len(loc) > 4}
    assert places[("constraints", 1, "high")] == "closed"
    assert places[("target", "column")] == "z"
    assert {name for _, name in named_columns(found)} == {
        *("city", "zip", "opened", "closed", "age", "total", "net", "tax", "mail", "login", "shop", "z")
    }


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ("a <= b", (0,)),
        ({"kind": "sum"}, (0, "type")),
        ({"type": "inequalty", "low": "a", "high": "b"}, (0, "type")),
        ({"type": "inequality", "low": "a"}, (0, "high")),
        ({"type": "inequality", "low": "a", "high": "a"}, (0, "high")),
        ({"type": "inequality", "low": "a", "high": "b", "strict": "yes"}, (0, "strict")),
        ({"type": "inequality", "low": "a", "high": "b", "strickt": True}, (0, "strickt")),
        ({"type": "range", "column": "a"}, (0, "low")),
        ({"type": "range", "column": "a", "low": "long ago"}, (0, "low")),
        ({"type": "range", "column": "a", "low": 3, "high": 2}, (0, "low")),
        ({"type": "sum", "column": "a", "parts": []}, (0, "parts")),
        ({"type": "sum", "column": "a", "parts": ["a", "b"]}, (0, "parts")),
        ({"type": "sum", "column": "a", "parts": ["b", "c"], "factors": [1]}, (0, "factors")),
        ({"type": "sum", "column": "a", "parts": ["b"], "factors": [0]}, (0, "factors")),
        ({"type": "sum", "column": "a", "parts": ["b"], "constant": "1"}, (0, "constant")),
        ({"type": "equal", "columns": ["a"]}, (0, "columns")),
        ({"type": "unique", "columns": ["a", "a"]}, (0, "columns")),
        ({"type": "combinations", "columns": [1, 2]}, (0, "columns")),
    ],
)
def test_a_wrong_constraint_is_refused_at_its_place(bad: Any, place: tuple[Any, ...]) -> None:
    assert list(refused(constraints=[bad])) == [("constraints", *place)]


def test_the_nearest_type_is_named() -> None:
    assert "inequality" in refused(constraints=[{"type": "inequalty"}])[("constraints", 0, "type")]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (3, ()),
        ({"shares": {"a": 1}}, ("column",)),
        ({"column": "a"}, ("shares",)),
        ({"column": "a", "shares": {}}, ("shares",)),
        ({"column": "a", "shares": {"x": 0.7, "y": 0.7}}, ("shares",)),
        ({"column": "a", "shares": {"x": -0.1}}, ("shares",)),
        ({"column": "a", "shares": {"x": 1}, "share": 1}, ("share",)),
    ],
)
def test_a_wrong_target_is_refused_at_its_place(target: Any, place: tuple[Any, ...]) -> None:
    assert list(refused(target=target)) == [("target", *place)]


def test_bounds_and_categories_are_refused_at_their_place_also_where_nothing_is_private() -> None:
    faults = refused(bounds={"a": [2, 1], "b": "wide", "c": [1, 2]}, categories={"c": [1], "d": []})
    assert set(faults) == {("bounds", "a"), ("bounds", "b"), ("bounds", "c"), ("categories", "d")}


def test_dropped_columns_cannot_be_constrained() -> None:
    faults = refused(drop_columns=["a"], constraints=[{"type": "unique", "columns": ["a"]}], bounds={"a": [1, 2]}, target="a")
    assert set(faults) == {("constraints", 0, "columns"), ("bounds", "a"), ("target",)}
