"""The grid on which a column's numbers or moments lie: whole steps of its own unit, so that differences between rows are exact."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import NumberCodec
from appliance.data_plane.tables.schema import ColumnKind


class Grid(msgspec.Struct, frozen=True):
    """A value is `base` plus a number of steps of `unit`; of decimal columns in the last of `decimals` digits (None: no common step, a
    step is the value itself). What is made lies between the steps `low` and `high`, neither of which is one training row's."""

    kind: ColumnKind
    base: int
    unit: int
    decimals: int | None
    low: float
    high: float

    @classmethod
    def of(cls, codec: NumberCodec) -> Grid:
        """The grid of a learnt column."""
        return cls(codec.kind, codec.base, codec.unit, codec.decimals, float(codec.scale.low[0]), float(codec.scale.high[-1]))

    @property
    def whole(self) -> bool:
        """Whether steps are whole numbers."""
        return self.kind is not ColumnKind.NUMERIC or self.decimals is not None

    def steps(self, column: pa.Array) -> Array:
        """Steps of every cell; not a number where missing."""
        if self.kind is ColumnKind.NUMERIC:
            values = np.asarray(pc.fill_null(column, float("nan")), np.float64)
            values = np.where(np.isfinite(values), values, np.nan)
            return values if self.decimals is None else np.rint(values * 10.0**self.decimals / self.unit)
        numbers = np.asarray(pc.fill_null(column.cast(pa.int64()), self.base), np.int64)
        return np.where(np.asarray(column.is_valid()), (numbers - self.base) / self.unit, np.nan)

    def values(self, steps: Array) -> pa.Array:
        """Cells for steps, inside the bounds; missing where not a number."""
        missing = ~np.isfinite(steps)
        inside = np.clip(np.where(missing, self.low, steps), self.low, self.high)
        if self.kind is ColumnKind.NUMERIC:
            if self.decimals is not None:
                inside = np.round(np.rint(inside) * self.unit / 10.0**self.decimals, self.decimals) + 0.0
            return pa.array(inside, pa.float64(), mask=missing)
        numbers = np.rint(inside).astype(np.int64) * self.unit + self.base
        return pa.array(numbers, pa.int64(), mask=missing).cast(pa.timestamp("us") if self.kind is ColumnKind.DATETIME else pa.int64())

    def change(self, steps: Array) -> tuple[ColumnKind, pa.Array]:
        """A difference of steps as a column to be learnt."""
        missing = ~np.isfinite(steps)
        if not self.whole:
            return ColumnKind.NUMERIC, pa.array(np.where(missing, 0.0, steps), pa.float64(), mask=missing)
        return ColumnKind.INTEGER, pa.array(np.rint(np.where(missing, 0.0, steps)).astype(np.int64), pa.int64(), mask=missing)
