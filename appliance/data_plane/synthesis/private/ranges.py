"""Numbers under noise: digits, heavy values, the range, and cells that are split where many rows lie."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.accountant import variance_for
from appliance.data_plane.synthesis.private.census import Census, to_total
from appliance.data_plane.synthesis.private.codec import MOST_DECIMALS, Grid, Numbers, date_unit, digits_needed
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema

PARTS = 64
"""The most parts that a cell is split into at once."""

ROUNDS = 2
SURE = 4.5
"""Standard deviations of noise above which a bucket holds rows."""

_VOTE = 0.25
_POWERS = 62
_FINEST = -30


class Price(msgspec.Struct, frozen=True):
    """What one question about a column costs, the δ of a list of values, and the noisy number of rows."""

    rho: float
    delta: float
    rows: float

    @property
    def deviation(self) -> float:
        """Of the noise on a count."""
        return float(variance_for(self.rho) ** 0.5)


def questions(kind: ColumnKind, bounded: bool) -> float:
    """How many times the price is paid for a numeric column."""
    return 1 + (0 if bounded else 1) + ROUNDS + (_VOTE if kind is ColumnKind.NUMERIC else 0)


def learn_numbers(
    column: ColumnSchema, data: pa.Array, bounds: tuple[float, float] | None, census: Census, price: Price
) -> tuple[Numbers, Array]:
    """The codec of a numeric column, and the noisy rows of its fine codes, of *missing* and of *other*. Perhaps without any code.

    `bounds`: the least and the greatest value, known beforehand (dates in microseconds); what lies outside is taken to the nearest."""
    grid, name = _grid(column, data, census, price), column.name
    steps = grid.steps(data)
    cells: Cells | None = None
    if bounds is not None:
        cells = _one_cell(bounds, grid)
        steps = np.clip(steps, cells.low[0], cells.high[0] - (1 if grid.whole else 0))
    values, counts = np.unique(steps[~np.isnan(steps)], return_counts=True)
    blanks = int(np.isnan(steps).sum())
    seen, atom_rows, missing = census.heavy(counts, blanks, price.rho, price.delta, f"heavy values of {name}")
    atoms = values[seen]
    rest = np.where(np.isin(steps, atoms), np.nan, steps)
    if cells is None:
        cells = _range(rest, grid, census, price, name)
    cells = _cut(cells, atoms, grid)
    left = max(price.rows - float(atom_rows.sum()) - max(missing, 0.0), 0.0)
    for _ in range(ROUNDS):
        cells = _split(cells, max(price.rows / PARTS, 3 * price.deviation), grid)
        noisy = census.count(_places(cells, rest), len(cells.low), price.rho, f"cells of {name}")
        cells = Cells(cells.low, cells.high, to_total(noisy, left))
    cells = cells.kept(cells.rows > 0)
    return Numbers(grid, atoms, cells.low, cells.high), np.r_[atom_rows, cells.rows, max(missing, 0.0), 0.0]


class Cells(msgspec.Struct, frozen=True):
    """Cells `low <= x < high`, sorted, in steps, and about how many rows each holds."""

    low: Array
    high: Array
    rows: Array

    def kept(self, which: Array) -> Cells:
        """Some of the cells."""
        return Cells(self.low[which], self.high[which], self.rows[which])


def _grid(column: ColumnSchema, data: pa.Array, census: Census, price: Price) -> Grid:
    """Whole numbers and dates have their steps from kind and pattern; digits after the point are put to the vote of the rows."""
    if column.kind is not ColumnKind.NUMERIC:
        return Grid(column.kind, date_unit(column) if column.kind is ColumnKind.DATETIME else 1)
    values = np.asarray(pc.fill_null(data, float("nan")), np.float64)
    finite = np.isfinite(values)
    needed = np.where(finite, digits_needed(np.where(finite, values, 0.0)), -1)
    votes = census.count(needed, MOST_DECIMALS + 2, price.rho * _VOTE, f"digits of {column.name}")
    enough = max(0.01 * price.rows, 3 * price.deviation / _VOTE**0.5)
    more = np.cumsum(votes[::-1])[::-1]
    decimals = next((digits for digits in range(MOST_DECIMALS + 1) if more[digits + 1] <= enough), None)
    return Grid(column.kind, 1, decimals)


def _one_cell(bounds: tuple[float, float], grid: Grid) -> Cells:
    low, high = grid.bound(bounds[0]), grid.bound(bounds[1])
    return Cells(np.array([low]), np.array([high + 1.0 if grid.whole else np.nextafter(high, np.inf)]), np.array([1e100]))


def _range(rest: Array, grid: Grid, census: Census, price: Price, name: str) -> Cells:
    """The powers of two between which rows lie, found on a scale that is the same for every table."""
    powers = 2.0 ** np.arange(0 if grid.whole else _FINEST, _POWERS + 1)
    edges = np.r_[-powers[::-1], 0.0, powers]
    buckets = Cells(edges[:-1], edges[1:], np.zeros(len(edges) - 1))
    noisy = census.count(_places(buckets, rest), len(buckets.low), price.rho, f"range of {name}")
    sure = np.flatnonzero(noisy > SURE * price.deviation)
    if not len(sure):
        return buckets.kept(np.zeros(0, np.int64))
    return Cells(buckets.low, buckets.high, np.maximum(noisy, 0.0)).kept(np.arange(sure[0], sure[-1] + 1))


def _places(cells: Cells, steps: Array) -> Array:
    """The cell of each number, the nearest one for those outside; -1 for missing ones."""
    if not len(cells.low):
        return np.full(len(steps), -1)
    places = np.clip(np.searchsorted(cells.low, np.where(np.isnan(steps), 0.0, steps), "right") - 1, 0, len(cells.low) - 1)
    return np.asarray(np.where(np.isnan(steps), -1, places))


def _cut(cells: Cells, atoms: Array, grid: Grid) -> Cells:
    """On whole steps: the cells without the heavy values, which are made by themselves."""
    if not grid.whole or not len(cells.low):
        return cells
    low = np.unique(np.r_[cells.low, atoms + 1])
    low = low[(low >= cells.low[0]) & (low < cells.high[-1])]
    ends = np.unique(np.r_[cells.low[1:], atoms, cells.high[-1]])
    high = ends[np.minimum(np.searchsorted(ends, low, "right"), len(ends) - 1)]
    parent = np.searchsorted(cells.low, low, "right") - 1
    width = high - low
    whole = np.bincount(parent, np.maximum(width, 0), minlength=len(cells.low))[parent]
    return Cells(low, high, cells.rows[parent] * width / np.maximum(whole, 1.0)).kept((width > 0) & ~np.isin(low, atoms))


def _split(cells: Cells, most: float, grid: Grid) -> Cells:
    """Cells of more rows than `most` in up to PARTS equal parts."""
    if not len(cells.low):
        return cells
    parts = np.clip(np.ceil(cells.rows / most), 1, PARTS)
    parts = (np.minimum(parts, cells.high - cells.low) if grid.whole else parts).astype(np.int64)
    owner = np.repeat(np.arange(len(parts)), parts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    width = (cells.high - cells.low)[owner]
    low, high = (cells.low[owner] + width * (place + side) / parts[owner] for side in (0, 1))
    if grid.whole:
        low, high = np.floor(low), np.floor(high)
    high = np.where(place + 1 == parts[owner], cells.high[owner], high)
    return Cells(low, high, cells.rows[owner] / parts[owner])
