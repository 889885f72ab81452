"""Columns as codes and back. A code is a category, a heavy number, a bin of numbers: always something that at least `RARE` rows hold.

Behind a column's `size` codes stand two more: `size` is *missing*, `size + 1` is *protected* (a rare category, or one never seen): it may
be read as a predictor but is never made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.numbers import NumberScale, fit_atoms, fit_scale
from appliance.data_plane.synthesis.options import RARE
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.errors import DataRefused

LEVELS = 5000
"""The most categories a column may keep; the most frequent ones stay."""

FINE = 4
"""Columns with fewer digits after the point than this always keep that number of them."""

DIGITS = 12
"""A column whose numbers need more significant digits than this has no common number of digits."""

_DAY = 86_400_000_000
UNITS = (_DAY, 3_600_000_000, 60_000_000, 1_000_000, 1_000)
"""Units of time in microseconds, the day first."""


class Coded(msgspec.Struct, frozen=True):
    """One column of a table as codes; `fractions` are the places inside numeric codes (empty for categories)."""

    codes: Array
    fractions: Array


class CategoryCodec(msgspec.Struct, frozen=True, tag="category"):
    """Categories, booleans and phrases. `levels` are sorted; `blank`: what is protected comes back as missing (phrases)."""

    levels: tuple[str, ...]
    boolean: bool = False
    blank: bool = False

    @property
    def size(self) -> int:
        return len(self.levels)

    def encode(self, column: pa.Array) -> Coded:
        """Codes of any column of this kind; what is not among the levels is protected, or missing where `blank`."""
        found = pc.index_in(_texts(column), value_set=pa.array(self.levels, pa.string()))
        codes = np.where(
            np.asarray(column.is_valid()), np.asarray(pc.fill_null(found, self.size if self.blank else self.size + 1)), self.size
        )
        return Coded(codes.astype(np.int32), np.zeros(0))

    def decode(self, codes: Array, fractions: Array) -> pa.Array:
        """The arrow array for codes; codes past the levels are missing."""
        levels = pa.array([level == "true" for level in self.levels], pa.bool_()) if self.boolean else pa.array(self.levels, pa.string())
        return levels.take(pa.array(codes, pa.int64(), mask=codes >= self.size))

    def decode_coded(self, codes: Array) -> pa.Array:
        """Like `decode`, as a dictionary array where the column holds texts."""
        if self.boolean:
            return self.decode(codes, codes)
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes >= self.size), pa.array(self.levels, pa.string()))


class NumberCodec(msgspec.Struct, frozen=True, tag="number"):
    """Integers, decimals and moments. Values are held as `(value - base) / unit`: `unit` is the smallest step that all values share
    (one cent, five, one day). `decimals`: digits after the point of a decimal column, None where values have no common step; `digits`:
    then the significant digits that all values have, 0 where they are as many as a float holds."""

    scale: NumberScale
    kind: ColumnKind
    base: int = 0
    unit: int = 1
    decimals: int | None = None
    digits: int = 0

    @property
    def size(self) -> int:
        return self.scale.size

    def encode(self, column: pa.Array) -> Coded:
        """Codes of any column of this kind; numbers outside the scale take the nearest code."""
        steps, present = self.steps(column)
        codes, fractions = np.full(len(steps), self.size, np.int32), np.zeros(len(steps))
        codes[present], fractions[present] = self.scale.encode(steps[present])
        return Coded(codes, fractions)

    def steps(self, column: pa.Array) -> tuple[Array, Array]:
        """The column in units from the base, and which rows are present."""
        present = np.asarray(column.is_valid())
        if self.kind is ColumnKind.NUMERIC:
            values = np.asarray(pc.fill_null(column, 0.0), np.float64)
            present = present & np.isfinite(values)
            values = np.where(present, values, 0.0)
            return (values if self.decimals is None else np.rint(values * 10.0**self.decimals / self.unit)), present
        values = np.asarray(pc.fill_null(column.cast(pa.int64()), self.base), np.int64)
        return (values - self.base) / self.unit, present

    def decode(self, codes: Array, fractions: Array) -> pa.Array:
        """The arrow array for codes, rounded to the column's own step."""
        missing = codes >= self.size
        steps = self.scale.decode(np.where(missing, 0, codes), fractions)
        if self.kind is ColumnKind.NUMERIC:
            if self.decimals is None:
                values = _significant(steps, self.digits) if self.digits else steps
            else:
                values = np.round(np.rint(steps) * self.unit / 10.0**self.decimals, self.decimals) + 0.0
            return pa.array(values, pa.float64(), mask=missing)
        whole = np.rint(steps).astype(np.int64) * self.unit + self.base
        return pa.array(whole, pa.int64(), mask=missing).cast(pa.timestamp("us") if self.kind is ColumnKind.DATETIME else pa.int64())


class EmptyCodec(msgspec.Struct, frozen=True, tag="empty"):
    """A column that comes back without values: it had none, or none that may leave."""

    kind: ColumnKind

    @property
    def size(self) -> int:
        return 0

    def encode(self, column: pa.Array) -> Coded:
        """Everything is missing."""
        return Coded(np.zeros(len(column), np.int32), np.zeros(0))

    def decode(self, codes: Array, fractions: Array) -> pa.Array:
        """As many nulls as there are codes."""
        return pa.nulls(len(codes), arrow_type(self.kind))


Codec = CategoryCodec | NumberCodec | EmptyCodec


def arrow_type(kind: ColumnKind) -> pa.DataType:
    """The arrow type in which a kind of column is held (identifiers: text unless the column says otherwise)."""
    types: dict[ColumnKind, pa.DataType] = {
        ColumnKind.INTEGER: pa.int64(),
        ColumnKind.NUMERIC: pa.float64(),
        ColumnKind.BOOLEAN: pa.bool_(),
        ColumnKind.DATETIME: pa.timestamp("us"),
        ColumnKind.EMPTY: pa.null(),
    }
    return types.get(kind, pa.string())


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One array without chunks."""
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column


def fit_codec(schema: ColumnSchema, column: pa.Array, public: Sequence[Any] = ()) -> tuple[Codec, Coded, str]:
    """The codec of a column, the column in its codes, and a note for the user (empty when there is nothing to say). `public`: the values
    that the column may have, which need no protection; all others are protected."""
    if column.null_count == len(column):
        return _empty(schema, column, "")
    if schema.kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.DATETIME):
        return _fit_public_numbers(schema, column, public) if public else _fit_numbers(schema, column)
    if public and schema.kind is not ColumnKind.BOOLEAN:
        levels = tuple(sorted({("true" if value else "false") if isinstance(value, bool) else str(value) for value in public}))
        codec = CategoryCodec(levels)
        return codec, codec.encode(column), ""
    return _fit_categories(schema, column)


def _fit_public_numbers(schema: ColumnSchema, column: pa.Array, public: Sequence[Any]) -> tuple[Codec, Coded, str]:
    """Numbers that are categories: each has a code of its own, all others are missing."""
    listed = pa.array(_numbers(schema, public), pa.float64()).cast(column.type, safe=False)
    base, unit, decimals = _step(schema, listed)
    blank = NumberCodec(NumberScale(*(np.zeros(0),) * 6), schema.kind, base, unit, decimals)
    atoms, (steps, present) = np.unique(blank.steps(listed)[0]), blank.steps(column)
    present = present & np.isin(steps, atoms)
    scale, some = fit_atoms(steps[present], atoms)
    codec = msgspec.structs.replace(blank, scale=scale)
    codes = np.full(len(steps), codec.size, np.int32)
    codes[present] = some
    return codec, Coded(codes, np.zeros(len(steps))), ""


def _numbers(schema: ColumnSchema, public: Sequence[Any]) -> list[float]:
    """Public categories of a column of numbers, in order. Raises DataRefused where they are none."""
    try:
        return sorted({float(value) for value in public})
    except (TypeError, ValueError):
        kind = schema.kind.value
        raise DataRefused(
            f"The categories of the column {schema.name!r} are not all numbers, but the column is read as {kind}.",
            hint="Give numbers, or leave the column out of categories.",
        ) from None


def _empty(schema: ColumnSchema, column: pa.Array, note: str) -> tuple[Codec, Coded, str]:
    codec = EmptyCodec(schema.kind)
    return codec, codec.encode(column), note


def _fit_numbers(schema: ColumnSchema, column: pa.Array) -> tuple[Codec, Coded, str]:
    base, unit, decimals = _step(schema, column)
    digits = _digits(schema, _finite(column)) if schema.kind is ColumnKind.NUMERIC and decimals is None else 0
    blank = NumberScale(*(np.zeros(0),) * 6)
    steps, present = NumberCodec(blank, schema.kind, base, unit, decimals).steps(column)
    fitted = fit_scale(steps[present])
    if fitted is None:
        return _empty(schema, column, f"has only {int(present.sum())} values, fewer than the {RARE} needed to protect them; left empty")
    codec = NumberCodec(fitted[0], schema.kind, base, unit, decimals, digits)
    codes, fractions = np.full(len(steps), codec.size, np.int32), np.zeros(len(steps))
    codes[present], fractions[present] = fitted[1], fitted[2]
    return codec, Coded(codes, fractions), ""


def _step(schema: ColumnSchema, column: pa.Array) -> tuple[int, int, int | None]:
    """Base, unit and decimals of a numeric column."""
    present = column.drop_null()
    if schema.kind is ColumnKind.NUMERIC:
        values = _finite(column)
        decimals = schema.format.decimals if schema.format.decimals is not None else decimals_of(values)
        if schema.format.significant or decimals is None or not len(values) or np.abs(values).max() * 10.0**decimals > 2**53:
            return 0, 1, None
        if not schema.format.fixed_decimals and _by_digits(schema, values, decimals):
            return 0, 1, None
        return 0, _divisor(np.rint(values * 10.0**decimals).astype(np.int64)), decimals
    numbers = np.asarray(present.cast(pa.int64()), np.int64)
    if schema.kind is ColumnKind.DATETIME:
        return 0, next((unit for unit in UNITS if not (numbers % unit).any()), 1), None
    if int(np.abs(numbers.astype(np.float64)).max()) > 2**52:
        return int(np.median(numbers.astype(np.float64)) // 10**6 * 10**6), 1, None
    return 0, _divisor(numbers), None


def _finite(column: pa.Array) -> Array:
    values = np.asarray(column.drop_null(), np.float64)
    return values[np.isfinite(values)]


def _divisor(numbers: Array) -> int:
    """The greatest step of the kind 1, 2 or 5 times a power of ten that divides every number."""
    divisor = int(np.gcd.reduce(np.unique(numbers))) if len(numbers) else 1
    steps = [m * 10**e for e in range(12, -1, -1) for m in (5, 2, 1)]
    return next((step for step in steps if divisor % step == 0), 1) if divisor else 1


def decimals_of(values: Array) -> int | None:
    """The fewest digits after the point that hold every value, up to 8; None where more are needed. What is left over may be as small as
    the rounding of the column's largest number, so that a column of small numbers is not a column of zeros."""
    rest = 1e-15 * float(np.abs(values).max(initial=0.0))
    for digits in range(9):
        scaled = values * 10.0**digits
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.abs(scaled) + rest * 10.0**digits):
            return digits
    return None


def _digits(schema: ColumnSchema, values: Array) -> int:
    """The fewest significant digits that hold every value, as the file says or up to `DIGITS`; 0 where more are needed."""
    if schema.format.significant:
        return schema.format.significant
    for digits in range(1, DIGITS + 1):
        if np.array_equal(values[:100], _significant(values[:100], digits)) and np.array_equal(values, _significant(values, digits)):
            return digits
    return 0


def _by_digits(schema: ColumnSchema, values: Array, decimals: int) -> bool:
    """Whether a column of many decimals is one of few significant digits in numbers of different size: 0.000151 beside 12.3."""
    if decimals < FINE:
        return False
    digits, largest = _digits(schema, values), float(np.abs(values).max())
    return 0 < digits <= decimals + max(int(np.ceil(np.log10(largest))), 0) - 3 if largest > 0 else False


def _significant(values: Array, digits: int) -> Array:
    """Numbers rounded to significant digits, each the float nearest to its decimal form."""
    return np.char.mod(f"%.{min(digits, 17) - 1}e", values).astype(np.float64)


def _fit_categories(schema: ColumnSchema, column: pa.Array) -> tuple[Codec, Coded, str]:
    phrases = schema.kind is ColumnKind.TEXT
    counted: list[dict[str, Any]] = pc.value_counts(_texts(column).drop_null()).to_pylist()
    counts = sorted(((str(entry["values"]), int(entry["counts"])) for entry in counted), key=lambda entry: (-entry[1], entry[0]))
    floor, note = (1, "") if schema.kind is ColumnKind.BOOLEAN else _floor([count for _, count in counts], phrases)
    kept = tuple(sorted(level for level, count in counts[:LEVELS] if count >= floor))
    if not kept:
        return _empty(schema, column, note)
    codec = CategoryCodec(kept, boolean=schema.kind is ColumnKind.BOOLEAN, blank=phrases)
    return codec, codec.encode(column), note


def _floor(counts: list[int], phrases: bool) -> tuple[int, str]:
    """How many rows must hold a category for it to leave.

    Ten. Where such categories cover less than half of the rows (tables of few rows), five; then three; never fewer. Phrases of a text
    column: always ten, and the rest is left empty."""
    total = sum(counts)
    for floor in (RARE,) if phrases else (RARE, 5, 3):
        lost = sum(count for count in counts if count < floor)
        if lost <= total / 2:
            break
    lost = sum(count for count in counts if count < floor)
    if phrases:
        return (
            floor,
            f"is free text: phrases held by at least {RARE} rows are resampled, {lost} of {total} cells are left empty" if lost else "",
        )
    if lost == total:
        return floor, "holds no category often enough to be shown; left empty"
    protected = sum(1 for count in counts if count < floor)
    if protected == 1:
        return floor, f"1 rare category (fewer than {floor} rows) is protected"
    return floor, f"{protected} rare categories (fewer than {floor} rows each, {lost} rows together) are protected" if protected else ""


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
