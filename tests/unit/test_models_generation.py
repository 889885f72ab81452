"""From batches of records to an artifact: how many go in, and where sequences end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from appliance.data_plane.models.generation import Output, Wish, _Account
from appliance.data_plane.synthesis import Sampled
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

SCHEMA = TableSchema((ColumnSchema("key", ColumnKind.CATEGORICAL), ColumnSchema("day", ColumnKind.INTEGER)))


def written(keys: list[str | None], most: int, together: tuple[str, ...]) -> list[str | None]:
    def quiet(*_: Any, **__: Any) -> None:
        pass

    context = SimpleNamespace(log=quiet, progress=quiet)
    account = _Account(context, SCHEMA, Wish(len(keys), 1), Output("data", "data.gz", None, most, together), 0)  # type: ignore[arg-type]
    table = Table(SCHEMA, pa.table({"key": pa.array(keys, pa.string()), "day": pa.array(range(len(keys)), pa.int64())}))
    return [key for part in account.published(iter([Sampled(table, 0)])) for key in part.data.column("key").to_pylist()]


@pytest.mark.parametrize(
    ("most", "rows"), [(1, 3), (3, 3), (4, 4), (5, 7), (7, 7), (8, 9), (9, 9), (20, 9)], ids=lambda number: str(number)
)
def test_the_sequence_that_holds_the_last_record_stays_whole(most: int, rows: int) -> None:
    keys = ["a", "a", "a", "b", "c", "c", "c", None, None]
    assert written(keys, most, ("key",)) == keys[:rows]


def test_rows_that_stand_alone_are_cut_at_the_number() -> None:
    assert written(["a"] * 9, 4, ()) == ["a"] * 4
