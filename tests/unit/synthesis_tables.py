"""Small made tables for the tests of the tree engine."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, Table, TableSchema

CANARY_TEXT = "zqxcanary"
CANARY_NUMBER = 98_765_432.125
CANARY_INTEGER = 7_654_321


def make_table(columns: dict[str, tuple[ColumnKind, Any]], formats: dict[str, ColumnFormat] | None = None) -> Table:
    """A table from kinds and values."""
    types = {
        ColumnKind.INTEGER: pa.int64(),
        ColumnKind.NUMERIC: pa.float64(),
        ColumnKind.BOOLEAN: pa.bool_(),
        ColumnKind.DATETIME: pa.timestamp("us"),
        ColumnKind.EMPTY: pa.null(),
    }
    schemas, arrays = [], []
    for name, (kind, values) in columns.items():
        wanted = types.get(kind, pa.string())
        if kind is ColumnKind.IDENTIFIER and isinstance(values[0], int | np.integer):
            wanted = pa.int64()
        schemas.append(ColumnSchema(name, kind, (formats or {}).get(name, ColumnFormat())))
        arrays.append(pa.array(values, wanted, from_pandas=True))
    return Table(TableSchema(tuple(schemas)), pa.Table.from_arrays(arrays, names=list(columns)))


def people(rows: int = 1200, seed: int = 1) -> Table:
    """Every kind of column, with dependences, missing values, a determined pair, a constant and a column without values."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 4, rows)
    income = np.round(np.exp(random.normal(8 + group * 0.4, 0.3, rows)), 2)
    spent = np.round(income * random.uniform(0.4, 0.5, rows), 2)
    age = np.clip(random.normal(40 + 5 * group, 9, rows), 18, 90).astype(int)
    day = datetime.datetime(2020, 1, 1)
    joined = [day + datetime.timedelta(days=int(d)) for d in random.integers(0, 900, rows)]
    city = np.asarray(["Basel", "Bern", "Genf", "Zug"], object)[group]
    return make_table(
        {
            "key": (ColumnKind.IDENTIFIER, [f"CU-{n:06d}" for n in random.permutation(900_000)[:rows]]),
            "number": (ColumnKind.IDENTIFIER, list(range(1, rows + 1))),
            "city": (ColumnKind.CATEGORICAL, list(city)),
            "code": (ColumnKind.CATEGORICAL, [f"0{g}" for g in group]),
            "age": (ColumnKind.INTEGER, [None if random.random() < 0.1 else int(a) for a in age]),
            "income": (ColumnKind.NUMERIC, income),
            "spent": (ColumnKind.NUMERIC, spent),
            "member": (ColumnKind.BOOLEAN, [bool(v) for v in random.random(rows) < 0.2 + 0.15 * group]),
            "joined": (ColumnKind.DATETIME, joined),
            "remark": (ColumnKind.TEXT, ["all fine" if random.random() < 0.5 else f"unique remark {n}" for n in range(rows)]),
            "country": (ColumnKind.CATEGORICAL, ["CH"] * rows),
            "nothing": (ColumnKind.EMPTY, [None] * rows),
        },
        {"joined": ColumnFormat(pattern="%Y-%m-%d")},
    )


def with_canaries(table: Table) -> Table:
    """The table with a few rows that hold values nobody else holds."""
    data = table.data
    for name, value in (("city", CANARY_TEXT), ("remark", CANARY_TEXT), ("income", CANARY_NUMBER), ("age", CANARY_INTEGER)):
        place = table.schema.names.index(name)
        values = data.column(place).to_pylist()
        values[7] = value
        data = data.set_column(place, name, pa.array(values, data.column(place).type))
    return Table(table.schema, data)
