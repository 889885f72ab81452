"""Columns that a configuration names must be in the file."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.configurations import Configuration, normalise
from appliance.configurations.columns import check_columns, named_columns
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
