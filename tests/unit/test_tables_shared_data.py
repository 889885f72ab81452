"""The shared tables are read with sensible kinds and come back the same."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from appliance.data_plane.tables import read_table, write_table

FOLDER = os.environ.get("APPLIANCE_TEST_DATA", "")
EXPECTED: dict[str, dict[str, set[str]]] = {
    "adult.csv.gz": {"fnlwgt": {"integer"}, "age": {"integer"}, "income": {"categorical"}},
    "cdnow_purchases.csv.gz": {"users_id": {"integer", "identifier"}, "date": {"datetime"}, "amt": {"numeric"}},
    "credit_default.csv.gz": {"limit_bal": {"integer", "numeric"}, "has_default": {"integer"}},
    "daily_website_visitors.csv.gz": {"Date": {"datetime"}, "Page.Loads": {"integer"}},
    "loans_wide.csv.gz": {"emp_title": {"text", "categorical"}, "issue_month": {"datetime"}, "months_since_last_delinq": {"integer"}},
    "patient_events_pii.csv.gz": {"date_of_birth": {"datetime"}, "event_date": {"datetime"}, "details": {"text"}, "notes": {"text"}},
    "pbc_small.csv.gz": {"id": {"identifier"}, "bili": {"numeric"}, "sex": {"categorical"}, "trt": {"integer"}},
    "clothing_reviews_text.csv.gz": {"review_text": {"text"}, "class_name": {"categorical"}},
    "acs_income_large.parquet": {"income": {"integer"}, "occupation": {"categorical"}},
}


@pytest.mark.skipif(not FOLDER, reason="APPLIANCE_TEST_DATA is not set")
@pytest.mark.parametrize("name", EXPECTED)
def test_shared_table(name: str, tmp_path: Path) -> None:
    path = Path(FOLDER) / name
    table = read_table(path)
    for column, kinds in EXPECTED[name].items():
        assert table.schema.column(column).kind.value in kinds
    write_table(table, tmp_path / name)
    misfits = sum(column.format.misfits for column in table.schema.columns)
    if name.endswith(".parquet"):
        assert read_table(tmp_path / name).data.equals(table.data)
        return
    before, after = (gzip.decompress(file.read_bytes()).splitlines() for file in (path, tmp_path / name))
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= misfits
