"""Tables and a seeded source of noise for the tests of the private engine. Only tests can seed the noise: the engine has no such option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import Budget, EngineOptions
from appliance.data_plane.synthesis.private.learning import Learner
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, Table, TableSchema


class SeededNoise:
    """Repeatable words in the place of the operating system's."""

    def __init__(self, dp_seed: int) -> None:
        self._random = np.random.default_rng(dp_seed)

    def words(self, count: int) -> Array:
        return self._random.integers(0, 2**64, count, np.uint64)


def table_of(columns: dict[str, tuple[ColumnKind, Sequence[Any]]], formats: dict[str, ColumnFormat] | None = None) -> Table:
    types = {
        ColumnKind.INTEGER: pa.int64(),
        ColumnKind.NUMERIC: pa.float64(),
        ColumnKind.BOOLEAN: pa.bool_(),
        ColumnKind.DATETIME: pa.timestamp("us"),
        ColumnKind.EMPTY: pa.null(),
    }
    schema = TableSchema(tuple(ColumnSchema(name, kind, (formats or {}).get(name, ColumnFormat())) for name, (kind, _) in columns.items()))
    arrays = [pa.array(values, types.get(kind, pa.string())) for kind, values in columns.values()]
    return Table(schema, pa.Table.from_arrays(arrays, names=list(columns)))


def learn(table: Table, epsilon: float = 1.0, dp_seed: int = 1, **options: Any) -> PrivateModel:
    budget = Budget(epsilon, options.pop("delta", None), options.pop("infer_domain", True))
    return Learner(table, EngineOptions(budget=budget, **options), SeededNoise(dp_seed), None).learn()


def people(rows: int = 3000, seed: int = 0) -> Table:
    """Numbers, categories, dates, truth values, missing cells, a determined pair and a key."""
    random = np.random.default_rng(seed)
    levels = np.array(["low", "middle", "high", "top"])
    place = random.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])
    age = np.clip(np.rint(random.normal(35 + 6 * place, 9)), 18, 90).astype(int)
    gain = np.where(random.random(rows) < 0.8, 0.0, np.round(random.gamma(2.0, 400.0, rows), 2))
    day = np.datetime64("2020-01-01", "us") + random.integers(0, 900, rows) * np.timedelta64(1, "D")
    rich = random.random(rows) < 0.1 + 0.2 * place
    town = np.array(["Aachen", "Bari", "Cork"])[random.choice(3, rows, p=[0.5, 0.3, 0.2])]
    blank = random.random(rows) < 0.15
    return table_of(
        {
            "key": (ColumnKind.IDENTIFIER, [f"k-{n:06d}" for n in range(rows)]),
            "level": (ColumnKind.CATEGORICAL, levels[place].tolist()),
            "rank": (ColumnKind.INTEGER, (place + 1).tolist()),
            "age": (ColumnKind.INTEGER, age.tolist()),
            "gain": (ColumnKind.NUMERIC, gain.tolist()),
            "day": (ColumnKind.DATETIME, day.tolist()),
            "rich": (ColumnKind.BOOLEAN, rich.tolist()),
            "town": (ColumnKind.CATEGORICAL, [None if b else str(t) for b, t in zip(blank, town, strict=True)]),
            "words": (ColumnKind.TEXT, [f"said {n} words to somebody" for n in range(rows)]),
        },
        {"day": ColumnFormat(pattern="%Y-%m-%d"), "gain": ColumnFormat(decimals=2)},
    )
