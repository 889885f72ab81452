"""Small tables for the tests of the quality room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

TYPES = {
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.NUMERIC: pa.float64(),
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.DATETIME: pa.timestamp("us"),
    ColumnKind.EMPTY: pa.null(),
}


def table(**columns: tuple[str, Any]) -> Table:
    """A table of name=(kind, values)."""
    return named(columns)


def named(columns: dict[str, tuple[str, Any]]) -> Table:
    """A table of columns whose names are no identifiers."""
    schemas, arrays = [], []
    for name, (word, values) in columns.items():
        kind = ColumnKind(word)
        schemas.append(ColumnSchema(name, kind))
        cells = list(values)
        whole = kind is ColumnKind.IDENTIFIER and all(isinstance(cell, int) for cell in cells)
        arrays.append(pa.array(cells, pa.int64() if whole else TYPES.get(kind, pa.string())))
    return Table(TableSchema(tuple(schemas)), pa.table(arrays, names=list(columns)))


def people(rows: int, seed: int) -> Table:
    """Rows with a known dependence: pay grows with years, the team follows the pay."""
    random = np.random.default_rng(seed)
    years = random.integers(0, 40, rows)
    pay = np.round(20_000 + 1_500 * years + random.normal(0, 6_000, rows), 2)
    team = np.where(pay > 60_000, "north", np.where(random.random(rows) < 0.5, "south", "east"))
    days = np.datetime64("2020-01-01", "us") + random.integers(0, 1_000, rows) * np.timedelta64(86_400_000_000, "us")
    return table(
        years=("integer", years.tolist()),
        pay=("numeric", pay.tolist()),
        team=("categorical", team.tolist()),
        smoker=("boolean", (random.random(rows) < 0.3).tolist()),
        joined=("datetime", days.tolist()),
    )


def rows_of(source: Table, positions: Any) -> Table:
    """Some rows of a table."""
    return Table(source.schema, source.data.take(pa.array(positions, pa.int64())))


def shuffled(source: Table, seed: int) -> Table:
    """Every column in an order of its own: the same columns, no dependence."""
    random = np.random.default_rng(seed)
    columns = [column.take(pa.array(random.permutation(source.rows))) for column in source.data.columns]
    return Table(source.schema, pa.table(columns, names=source.data.column_names))
