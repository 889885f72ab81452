"""What the report says about the engine: what was redrawn and why, and notes in good English."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from appliance.data_plane.models.training_report import TrainingReport
from appliance.data_plane.synthesis.encoding import fit_codec
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema


def mechanism(filters: dict[str, Any] | None) -> dict[str, str]:
    section = {"privacy_filters": filters, "appliance": {"target": None}}
    report = TrainingReport(SimpleNamespace(seed=1), {"models": [{"actgan": section}]}, "actgan", 0, ())  # type: ignore[arg-type]
    model, sampled = SimpleNamespace(engine="trees", notes=(), mechanism=(), trained_rows=50), SimpleNamespace(invalid=321, notes=())
    return dict(report.options(model, sampled).mechanism)  # type: ignore[arg-type]


@pytest.mark.parametrize("filters", [None, {}, {"outliers": None, "similarity": None}])
def test_possible_copies_are_not_counted_as_refused_by_filters_that_are_off(filters):
    card = mechanism(filters)
    assert card["records redrawn because they may equal a training row"] == "321"
    assert card["outlier filter"] == card["similarity filter"] == "off"
    assert not [word for word in card if "refused" in word]


@pytest.mark.parametrize("filters", [{"outliers": "medium"}, {"similarity": "auto"}])
def test_with_a_filter_on_the_count_names_both_reasons(filters):
    assert mechanism(filters)["records refused by the filters or redrawn because they may equal a training row"] == "321"


@pytest.mark.parametrize(
    ("rare", "note"),
    [
        (["x"] * 3, "1 rare category (fewer than 10 rows) is protected"),
        (["x", "y"], "2 rare categories (fewer than 10 rows each, 2 rows together) are protected"),
    ],
)
def test_one_rare_category_is_not_called_many(rare, note):
    column = pa.chunked_array([["a"] * 60 + ["b"] * 60 + rare])
    assert fit_codec(ColumnSchema("word", ColumnKind.CATEGORICAL), column.combine_chunks())[2] == note
