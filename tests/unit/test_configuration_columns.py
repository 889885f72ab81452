"""Columns that a configuration names must be in the file."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import Configuration, normalise
from appliance.configurations.columns import check_columns, named_columns
from appliance.configurations.transform_columns import MOST_FAULTS
from appliance.errors import ConfigurationRefused


def configured(**own: Any) -> Configuration:
    section = {"data_source": "__tmp__", "appliance": own}
    return normalise({"schema_version": "1.0", "name": "columns", "models": [{"tabular_gan": section}]})


def test_every_missing_column_is_named_with_its_place() -> None:
    configuration = configured(seed_columns=["age", "gone"], drop_columns=["lost"])
    with pytest.raises(ConfigurationRefused) as refused:
        check_columns(configuration, ("age", "income"))
    assert [fault.loc[-1] for fault in refused.value.faults] == ["seed_columns", "drop_columns"]
    assert [fault.msg for fault in refused.value.faults] == [
        "The file has no column 'gone'. It has 'age', 'income'.",
        "The file has no column 'lost'. It has 'age', 'income'.",
    ]


def test_columns_that_are_there_pass_and_a_long_list_is_cut() -> None:
    configuration = configured(seed_columns=["c1"])
    names = tuple(f"c{number}" for number in range(30))
    check_columns(configuration, names)
    assert [name for _, name in named_columns(configuration)] == ["c1"]
    with pytest.raises(ConfigurationRefused, match="and 9 more"):
        check_columns(configuration, tuple(name for name in names if name != "c1"))


def transform(steps: list[dict[str, Any]], **shared: Any) -> Configuration:
    section = {"data_source": "__tmp__", "steps": steps, "globals": shared}
    return normalise({"schema_version": "1.0", "name": "columns", "models": [{"transform_v2": section}]})


def test_a_transform_names_only_columns_that_there_are_at_that_point() -> None:
    columns = {"add": [{"name": "new"}], "drop": [{"name": "gone"}], "rename": [{"name": "first", "value": "first_name"}]}
    rules = [
        {"name": "new", "value": "row.frist_name ~ '@x.de'"},
        {"name": "new", "value": "row.first_name ~ row['gone']"},
        {"name": "new", "value": "row.first_name ~ (row.nope | default('x'))", "condition": "row.nope is defined"},
        {"name": "e_mail", "value": "this | hash"},
        {"condition": "column.entity == 'email'", "value": "row.nope"},
    ]
    drops = [{"condition": "row.first == 'x'"}]
    configuration = transform([{"columns": columns, "rows": {"update": rules, "drop": drops}}], lock_columns=["new", "nope"])
    with pytest.raises(ConfigurationRefused) as refused:
        check_columns(configuration, ("first", "gone", "email"))
    faults = {fault.loc[3:]: fault.msg for fault in refused.value.faults}
    assert list(faults) == [
        ("globals", "lock_columns"),
        ("steps", 0, "rows", "drop", 0, "condition"),
        ("steps", 0, "rows", "update", 0, "value"),
        ("steps", 0, "rows", "update", 1, "value"),
        ("steps", 0, "rows", "update", 3, "name"),
    ]
    assert faults[("steps", 0, "rows", "update", 0, "value")] == (
        "Step 1, rows update rule 1, value, character 5: the table has no column 'frist_name' at that point; "
        "the nearest one is 'first_name'."
    )
    assert "names the column 'e_mail'" in faults[("steps", 0, "rows", "update", 3, "name")]


def test_a_transform_of_columns_that_are_there_passes() -> None:
    rules = [{"name": ["a", "nope"], "value": "row.b"}, {"name": "a", "value": "row | hash"}]
    check_columns(transform([{"columns": {"drop": [{"name": "c", "condition": "false"}]}, "rows": {"update": rules}}]), ("a", "b", "c"))


def test_of_hundreds_of_faults_the_first_are_told() -> None:
    """Each costs a search among all columns for the nearest one: a long list of them took minutes."""
    configuration = transform([{"columns": {"drop": [{"name": f"colum_{number}"} for number in range(300)]}}])
    with pytest.raises(ConfigurationRefused) as refused:
        check_columns(configuration, tuple(f"column_{number}" for number in range(300)))
    assert [fault.loc[-2] for fault in refused.value.faults] == list(range(MOST_FAULTS))
