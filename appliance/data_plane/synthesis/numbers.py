"""The scale of a numeric column: heavy values, lighter values and bins, each standing for at least `RARE` training rows.

A number held by ten or more rows is an *atom* and keeps its exact value. All other numbers are sorted and cut into *bins* of ten rows or
more; a bin knows only its two borders, each the mean of ten values around it (five at the ends), and gives back numbers spread evenly
between them. So no value of a single record can be read from the scale, and nothing outside the outermost borders is ever made. Atoms
that hold a large share are *heavy*: leaves count them as categories. All others share one *light* scale, from 0 to 1 by training mass."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.lookup import places_above
from appliance.data_plane.synthesis.options import RARE

BINS = 512
ATOMS = 3000
HEAVY = 0.02
SPIKE = 3.0
SPIKE_ROWS = 3 * RARE
SPIKE_SHARE = 0.001
AROUND = 4
FEW = 32
BORDER = 5
TAIL = 3.0


class NumberScale(msgspec.Struct, frozen=True):
    """Codes of a numeric column in ascending order.

    `low` and `high` are the borders of each code (equal for atoms); `heavy` marks the heavy ones; `light` are the cumulative borders of
    every code on the light scale (heavy codes have no width); `rank` is each code's middle rank among all present values, `mass` its
    share of them."""

    low: Array
    high: Array
    heavy: Array
    light: Array
    rank: Array
    mass: Array

    @property
    def size(self) -> int:
        return len(self.low)

    def decode(self, codes: Array, fractions: Array) -> Array:
        """Numbers for codes and places (0 to 1) inside them, before rounding."""
        low = self.low[codes]
        return np.asarray(low + fractions * (self.high[codes] - low))

    def position(self, codes: Array, fractions: Array) -> Array:
        """Ranks among all present values; not a number where missing."""
        safe = np.minimum(codes, self.size - 1)
        within = np.where(self.low[safe] == self.high[safe], 0.0, fractions - 0.5)
        return np.where(codes < self.size, self.rank[safe] + within * self.mass[safe], np.nan)

    def locate(self, light: Array) -> tuple[Array, Array]:
        """Code and place inside it for points of the light scale; heavy codes have no width there and are never found."""
        points = np.minimum(light, np.nextafter(1.0, 0.0))
        codes = np.minimum(places_above(self.light[1:], points, 1), self.size - 1)
        width = self.light[codes + 1] - self.light[codes]
        return codes, np.clip((points - self.light[codes]) / np.where(width > 0, width, 1), 0, 1)

    def encode(self, values: Array) -> tuple[Array, Array]:
        """Code and place inside it of any numbers: an atom where the value is one, else the bin around it, else the nearest code."""
        atoms = np.flatnonzero(self.low == self.high)
        codes = np.full(len(values), -1)
        if len(atoms):
            found = np.clip(np.searchsorted(self.low[atoms], values), 0, len(atoms) - 1)
            codes = np.where(self.low[atoms][found] == values, atoms[found], -1)
        loose = np.flatnonzero(codes < 0)
        codes[loose] = self._nearest(values[loose])
        width = self.high[codes] - self.low[codes]
        return codes, np.clip((values - self.low[codes]) / np.where(width > 0, width, 1), 0, 1)

    def _nearest(self, values: Array) -> Array:
        """The bin that holds each value, or the nearest atom where no bin does."""
        bins = np.flatnonzero(self.high > self.low)
        if not len(bins):
            middles = (self.low[1:] + self.low[:-1]) / 2
            return np.asarray(np.searchsorted(middles, values))
        return np.asarray(bins[np.clip(np.searchsorted(self.high[bins], values), 0, len(bins) - 1)])


def fit_scale(values: Array) -> tuple[NumberScale, Array, Array] | None:
    """The scale of the present values of a column, with each row's code and place inside it. None where fewer than `RARE` are present."""
    if len(values) < RARE:
        return None
    distinct, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    floor = RARE
    if int((counts >= RARE).sum()) > ATOMS:
        floor = max(RARE, int(np.sort(counts)[-ATOMS]))
    atom = counts >= floor
    if (~atom).any() and int(counts[~atom].sum()) < RARE:
        return _snap(values, distinct[atom], counts[atom])
    return _assemble(values, distinct, inverse, counts, atom)


def fit_atoms(values: Array, atoms: Array) -> tuple[NumberScale, Array]:
    """The scale of numbers that are all among `atoms` (ascending, public), with each row's code."""
    scale, codes, _ = _snap(values, atoms, np.zeros(0))
    return scale, codes


def _snap(values: Array, atoms: Array, counts: Array) -> tuple[NumberScale, Array, Array]:
    """Too few rows lie beside the atoms to make a bin of them: each takes the nearest atom."""
    codes = np.searchsorted((atoms[1:] + atoms[:-1]) / 2, values)
    mass = np.bincount(codes, minlength=len(atoms))
    return _scale(atoms, atoms, mass, _spikes(mass)), codes, np.zeros(len(values))


def _assemble(values: Array, distinct: Array, inverse: Array, counts: Array, atom: Array) -> tuple[NumberScale, Array, Array]:
    loose = np.flatnonzero(~atom[inverse])
    order = loose[np.argsort(values[loose], kind="stable")]
    cuts = _cuts(values[order], len(values))
    low, high = _borders(values[order], cuts)
    sizes = np.diff(cuts)
    key = np.r_[distinct[atom], (low + high) / 2]
    rank = np.argsort(key, kind="stable")
    place = np.empty(len(key), np.int64)
    place[rank] = np.arange(len(key))
    codes, within = np.empty(len(values), np.int64), np.zeros(len(values))
    codes[atom[inverse]] = place[(np.cumsum(atom) - 1)[inverse[atom[inverse]]]]
    member = np.repeat(np.arange(len(sizes)), sizes)
    codes[order] = place[int(atom.sum()) + member]
    within[order] = (np.arange(len(order)) - cuts[:-1][member] + 0.5) / sizes[member]
    mass = np.r_[counts[atom], sizes][rank]
    spiked = np.r_[_spikes(counts)[atom], np.zeros(len(sizes), bool)][rank]
    return _scale(np.r_[distinct[atom], low][rank], np.r_[distinct[atom], high][rank], mass, spiked), codes, within


def _cuts(ordered: Array, rows: int) -> Array:
    """Borders of the bins as places in the sorted loose values: even mass, down to `RARE` rows a bin towards both tails.

    Equal values are never parted, so that a bin always stands for at least `RARE` rows."""
    total = len(ordered)
    if not total:
        return np.zeros(1, np.int64)
    size = max(RARE, math.ceil(rows / BINS))
    tail = min(4 * size, total // 2)
    marks = np.unique(np.r_[0, np.arange(0, tail, RARE), np.arange(tail, total - tail, size), total - np.arange(0, tail, RARE), total])
    starts = np.searchsorted(ordered, ordered[np.minimum(marks, total - 1)], side="left")
    starts = np.unique(np.r_[0, np.where(marks >= total, total, starts)])
    kept = [0]
    for mark in starts[1:-1].tolist():
        if mark - kept[-1] >= RARE and total - mark >= RARE:
            kept.append(mark)
    return np.asarray([*kept, total])


def _borders(ordered: Array, cuts: Array) -> tuple[Array, Array]:
    """Low and high border of every bin: inside, the mean of `BORDER` values on either side of the cut. At both ends the mean of `BORDER`
    values next to the outermost one, and no further out than `TAIL` times the width of the neighbouring bin: no far value moves them."""
    if len(cuts) < 2:
        return np.zeros(0), np.zeros(0)
    total = np.r_[0.0, np.cumsum(ordered - ordered[0])]
    inner = cuts[1:-1]
    middle = (total[inner + BORDER] - total[inner - BORDER]) / (2 * BORDER)
    low, high = (total[1 + BORDER] - total[1]) / BORDER, (total[-2] - total[-2 - BORDER]) / BORDER
    if len(middle) > 1:
        low = max(low, middle[0] - TAIL * (middle[1] - middle[0]))
        high = min(high, middle[-1] + TAIL * (middle[-1] - middle[-2]))
    return np.r_[low, middle] + ordered[0], np.r_[middle, high] + ordered[0]


def _spikes(counts: Array) -> Array:
    """Which distinct values, in order, hold `SPIKE` times as many rows as is usual among the `AROUND` values on either side.

    Spikes are many rows (`SPIKE_ROWS`, `SPIKE_SHARE` of all), because a leaf counts them one by one."""
    padded = np.pad(counts.astype(np.float64), AROUND, mode="reflect" if len(counts) > AROUND else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)
    floor = max(SPIKE_ROWS, SPIKE_SHARE * float(counts.sum()))
    return np.asarray((counts >= floor) & (counts >= SPIKE * np.median(windows, axis=1)))


def _scale(low: Array, high: Array, mass: Array, spiked: Array) -> NumberScale:
    """The scale of codes in order. Heavy are atoms with a large share, spikes, and all atoms of a column with few codes."""
    total = max(int(mass.sum()), 1)
    heavy = (low == high) & ((mass >= HEAVY * total) | spiked | (len(low) <= FEW))
    light = np.r_[0.0, np.cumsum(np.where(heavy, 0, mass))]
    rank = (np.cumsum(mass) - mass / 2) / total
    return NumberScale(
        low.astype(np.float64),
        high.astype(np.float64),
        heavy,
        light / max(light[-1], 1.0),
        rank.astype(np.float32),
        (mass / total).astype(np.float32),
    )
