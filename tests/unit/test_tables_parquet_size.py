"""Parquet files that unfold to far more than they are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as arrow_parquet
import pytest

from appliance.data_plane.tables.parquet import ParquetSource
from appliance.errors import DataRefused


def _written(path: Path, **columns: object) -> ParquetSource:
    arrow_parquet.write_table(pa.table(columns), path, compression="zstd")
    return ParquetSource(path)


def test_long_rows_come_few_at_a_time_and_all_of_them(tmp_path: Path) -> None:
    source = _written(tmp_path / "a.parquet", text=["x" * 8_000] * 30_000, number=list(range(30_000)))
    batches = list(source.batches())
    assert len(batches) > 2
    assert max(batch.nbytes for batch in batches) < 128 << 20
    assert pa.Table.from_batches(batches)["number"].to_pylist() == list(range(30_000))


def test_short_rows_come_many_at_a_time(tmp_path: Path) -> None:
    batches = list(_written(tmp_path / "a.parquet", number=list(range(100_000))).batches())
    assert [batch.num_rows for batch in batches] == [65_536, 34_464]


def test_a_cell_of_hundreds_of_megabytes_is_refused_without_being_told(tmp_path: Path) -> None:
    source = _written(tmp_path / "a.parquet", text=["y", "x" * (17 << 20)])
    with pytest.raises(DataRefused, match=r"Column 'text' holds a value of more than 16 MB in rows 1 to 2") as refusal:
        list(source.batches())
    assert "xxx" not in refusal.value.message


def test_a_file_without_rows_has_no_batches(tmp_path: Path) -> None:
    assert list(_written(tmp_path / "a.parquet", text=pa.array([], pa.string())).batches()) == []
