"""Columns as fine codes and back: a level, a heavy number, a cell of numbers. Nothing in a codec comes from fewer rows than noise hides.

Behind the `size` fine codes of a column stand two more: `size` is *missing*, `size + 1` is *other*, which is counted but never made."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.tables.dates import has_clock
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema

_FARTHEST = 1e300
"""Of a given bound: what lies between two of them, in parts, is still a number."""

MOST_DECIMALS = 8
MOST_STEPS = 2.0**62
"""Numbers farther from 0, in steps, are taken to be that far."""

_DAY = 86_400_000_000
_SECOND = 1_000_000


class Levels(msgspec.Struct, frozen=True, tag="levels"):
    """Categories, sorted; booleans as `false` and `true`."""

    texts: tuple[str, ...]
    boolean: bool = False

    @property
    def size(self) -> int:
        return len(self.texts)

    @property
    def single(self) -> Array:
        """Which fine codes stand for one value alone: all of them."""
        return np.ones(self.size, bool)

    def encode(self, column: pa.Array) -> Array:
        """Fine codes (int32)."""
        found = np.asarray(pc.fill_null(pc.index_in(as_texts(column), value_set=pa.array(self.texts, pa.string())), self.size + 1))
        return np.where(np.asarray(column.is_valid()), found, self.size).astype(np.int32)

    def decode(self, codes: Array, places: Array) -> pa.Array:
        """The arrow array of fine codes; `places` (0 to 1, inside a cell) say nothing here."""
        texts = pa.array([text == "true" for text in self.texts], pa.bool_()) if self.boolean else pa.array(self.texts, pa.string())
        return texts.take(pa.array(codes, pa.int64(), mask=codes >= self.size))


class Grid(msgspec.Struct, frozen=True):
    """The steps in which a numeric column counts: `unit` microseconds of a date; `decimals` digits after the point, None where values have
    no common number of digits."""

    kind: ColumnKind
    unit: int = 1
    decimals: int | None = 0

    @property
    def whole(self) -> bool:
        """Whether all values are whole steps."""
        return self.decimals is not None

    def steps(self, column: pa.Array) -> Array:
        """The column in steps (float64), NaN where a value is missing."""
        if self.kind is ColumnKind.NUMERIC:
            values = np.asarray(pc.fill_null(column, float("nan")), np.float64)
            values = np.where(np.isfinite(values), values, np.nan)
            # + 0.0: a zero has no sign, or the one of whichever row sorts first would be told with it
            return np.asarray((values if self.decimals is None else _scaled(values, self.decimals)) + 0.0)
        whole = np.asarray(pc.fill_null(column.cast(pa.int64()), 0), np.int64)
        return np.where(np.asarray(column.is_valid()), np.floor_divide(whole, self.unit).astype(np.float64), np.nan)

    def bound(self, value: float) -> float:
        """A bound that was given, in steps."""
        if self.kind is ColumnKind.NUMERIC:
            scaled = np.clip(value, -_FARTHEST, _FARTHEST) if self.decimals is None else _scaled(np.array(value), self.decimals)
            return float(scaled) + 0.0
        return float(value // self.unit)

    def values(self, steps: Array, missing: Array) -> pa.Array:
        """Steps as the arrow array of the column."""
        if self.kind is ColumnKind.NUMERIC:
            numbers = steps if self.decimals is None else np.round(np.rint(steps) / 10.0**self.decimals, self.decimals) + 0.0
            return pa.array(numbers, pa.float64(), mask=missing)
        limit = np.floor((2.0**63 - 1024) / self.unit)
        whole = np.clip(np.rint(steps), -limit, limit).astype(np.int64) * self.unit
        return pa.array(whole, pa.int64(), mask=missing).cast(pa.timestamp("us") if self.kind is ColumnKind.DATETIME else pa.int64())


class Numbers(msgspec.Struct, frozen=True, tag="numbers"):
    """Numbers and moments: single heavy values (`atoms`, sorted, in steps), then cells `low <= x < high`, sorted."""

    grid: Grid
    atoms: Array
    low: Array
    high: Array

    @property
    def size(self) -> int:
        return len(self.atoms) + len(self.low)

    def encode(self, column: pa.Array) -> Array:
        """Fine codes (int32); a number outside all cells takes the nearest one, and is *other* where there are none."""
        return self.encode_steps(self.grid.steps(column))

    def encode_steps(self, steps: Array) -> Array:
        """Fine codes of steps."""
        present, atoms = ~np.isnan(steps), len(self.atoms)
        numbers = np.where(present, steps, 0.0)
        codes = np.full(len(steps), self.size + 1, np.int32)
        if len(self.low):
            codes = (atoms + np.clip(np.searchsorted(self.low, numbers, "right") - 1, 0, len(self.low) - 1)).astype(np.int32)
        if atoms:
            place = np.minimum(np.searchsorted(self.atoms, numbers), atoms - 1)
            codes = np.where(self.atoms[place] == numbers, place, codes).astype(np.int32)
        return np.where(present, codes, self.size).astype(np.int32)

    def decode(self, codes: Array, places: Array) -> pa.Array:
        """The arrow array of fine codes; `places` (0 to 1) say where in a cell a number lies."""
        missing, atoms = codes >= self.size, len(self.atoms)
        low, high = np.r_[self.atoms, self.low], np.r_[self.atoms, self.high]
        code = np.where(missing, 0, codes)
        steps = low[code] + places * (high[code] - low[code])
        if self.grid.whole:
            steps = np.where(code < atoms, low[code], np.minimum(np.floor(steps), np.maximum(high[code] - 1, low[code])))
        return self.grid.values(steps, missing)

    @property
    def single(self) -> Array:
        """Which fine codes stand for one value alone."""
        width = self.high - self.low
        return np.asarray(np.r_[np.ones(len(self.atoms), bool), (width <= 1) & self.grid.whole])

    @property
    def middles(self) -> Array:
        """The order of fine codes by value."""
        return np.asarray(np.r_[self.atoms, (self.low + self.high) / 2])


class Blank(msgspec.Struct, frozen=True, tag="blank"):
    """A column that comes back without values."""

    kind: ColumnKind

    @property
    def size(self) -> int:
        return 0


class Key(msgspec.Struct, frozen=True, tag="key"):
    """A key, made anew from no data: running numbers, or texts in the form of a random UUID."""

    integer: bool

    @property
    def size(self) -> int:
        return 0

    def make(self, first: int, random: np.random.Generator, count: int) -> pa.Array:
        """`count` new keys; `first`: the first of running numbers."""
        if self.integer:
            return pa.array(np.arange(first, first + count), pa.int64())
        digits = random.bytes(16 * count).hex()
        each = (digits[place : place + 32] for place in range(0, 32 * count, 32))
        return pa.array([f"{d[:8]}-{d[8:12]}-4{d[13:16]}-8{d[17:20]}-{d[20:]}" for d in each], pa.string())


Codec = Levels | Numbers | Blank | Key


def _scaled(values: Array, decimals: int) -> Array:
    """Numbers in whole steps, NaN as it is; past MOST_STEPS the farthest step, so that no step is infinite."""
    most = MOST_STEPS / 10.0**decimals
    return np.asarray(np.rint(np.clip(values, -most, most) * 10.0**decimals))


def as_texts(column: pa.Array) -> pa.Array:
    """The column as plain strings."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def date_unit(column: ColumnSchema) -> int:
    """The step of a date column, told from its pattern alone: a day, a second, or the smallest part of one that is written."""
    pattern = column.format.pattern
    if pattern and not has_clock(pattern):
        return _DAY
    digits = next((n for n in range(6, 0, -1) if f"%{n}f" in pattern), 6 if "%f" in pattern or "f" in pattern.split("%")[-1] else 0)
    return int(_SECOND // 10 ** min(digits, 6))


def digits_needed(values: Array) -> Array:
    """Of each number the digits after the point that it needs, 0 to MOST_DECIMALS; MOST_DECIMALS + 1 where more."""
    needed = np.full(len(values), MOST_DECIMALS + 1, np.int64)
    values = np.clip(values, -MOST_STEPS, MOST_STEPS)
    for digits in range(MOST_DECIMALS, -1, -1):
        scaled = values * 10.0**digits
        needed = np.where(np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(np.abs(scaled), 1.0), digits, needed)
    return needed
