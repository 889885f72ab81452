"""Categories under noise: those that were named beforehand, or those that stand out from the noise."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.census import Census, to_total
from appliance.data_plane.synthesis.private.codec import Grid, Levels, Numbers, as_texts, date_unit, digits_needed
from appliance.data_plane.synthesis.private.ranges import Price
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema

MOST_LEVELS = 5000
BOOLEANS = ("false", "true")


def learn_levels(column: ColumnSchema, data: pa.Array, given: tuple[str, ...] | None, census: Census, price: Price) -> tuple[Levels, Array]:
    """The codec of a category column, and the noisy rows of its levels, of *missing* and of *other*. Perhaps without any level."""
    boolean = column.kind is ColumnKind.BOOLEAN
    if given is not None or boolean:
        return _counted(Levels(given if given is not None and not boolean else BOOLEANS, boolean), data, census, price, column.name)
    counted = pc.value_counts(as_texts(data).drop_null())
    texts, counts = counted.field("values"), np.asarray(counted.field("counts"), np.int64)
    seen, rows, missing = census.heavy(counts, data.null_count, price.rho, price.delta, f"categories of {column.name}")
    names = [str(text) for text in texts.take(pa.array(seen, pa.int64())).to_pylist()]
    kept = sorted(sorted(zip(names, rows.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))[:MOST_LEVELS])
    known = np.array([count for _, count in kept])
    return Levels(tuple(name for name, _ in kept)), np.r_[known, max(missing, 0.0), max(price.rows - known.sum() - max(missing, 0.0), 0.0)]


def _counted(codec: Levels, data: pa.Array, census: Census, price: Price, name: str) -> tuple[Levels, Array]:
    noisy = census.count(codec.encode(data), codec.size + 2, price.rho, f"categories of {name}")
    return codec, to_total(noisy, price.rows)


def learn_given_numbers(
    column: ColumnSchema, data: pa.Array, given: tuple[float, ...], census: Census, price: Price
) -> tuple[Numbers, Array]:
    """A numeric column whose values were all named beforehand (dates in microseconds)."""
    if column.kind is ColumnKind.NUMERIC:
        needed = int(digits_needed(np.array(given)).max(initial=0))
        grid = Grid(column.kind, 1, needed if needed <= 8 else None)
    else:
        grid = Grid(column.kind, date_unit(column) if column.kind is ColumnKind.DATETIME else 1)
    codec = Numbers(grid, np.unique([grid.bound(value) for value in given]), np.zeros(0), np.zeros(0))
    noisy = census.count(codec.encode(data), codec.size + 2, price.rho, f"values of {column.name}")
    return codec, to_total(noisy, price.rows)
