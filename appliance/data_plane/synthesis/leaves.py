"""Leaf sketches: what a leaf remembers of a column. Shares of categories and heavy numbers; for all other numbers the borders of blocks
of like mass on the light scale, each the mean of at least `BLOCK` rows on either side. No value of a single row is kept."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array, positions_in_group
from appliance.data_plane.synthesis.encoding import Codec, Coded, NumberCodec
from appliance.data_plane.synthesis.lookup import places_above
from appliance.data_plane.synthesis.slopes import Lean, fit_lean, no_lean

BLOCK = 8
_APART = 64.0


class Sketch(msgspec.Struct, frozen=True):
    """All leaves of one tree. Leaf l holds the symbols `symbol[start[l] : start[l + 1]]` with their shares. A symbol is a code; `size` is
    missing; `size + 1` stands for the light numbers, whose distribution is pool `pool[l]`: block borders `border[first[p] : first[p + 1]]`
    between which numbers lie with even mass. Leaves with few light rows share a pool with their neighbours in the tree.
    What a pool's numbers lean on (`lean`) is taken off before the borders are made and put back when a number is drawn."""

    size: int
    start: Array
    symbol: Array
    share: Array
    pool: Array
    first: Array
    border: Array
    lean: Lean

    def tempered(self, temperature: float) -> Array:
        """Shares raised to 1/temperature and made to sum to one again in every leaf: below 1 the likely gets likelier."""
        if temperature == 1.0:
            return self.share
        leaf = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        raised = self.share.astype(np.float64) ** (1.0 / temperature)
        return np.asarray(raised / np.bincount(leaf, raised, len(self.start) - 1)[leaf])

    def draw(self, leaf: Array, shares: Array, positions: Mapping[int, Array], random: np.random.Generator) -> tuple[Array, Array, Array]:
        """A symbol for every record, the place on the light scale for those that drew light numbers (else 0), and its log likelihood."""
        owner = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        total = np.cumsum(shares.astype(np.float64))
        before = np.r_[0.0, total][self.start]
        within = np.minimum((total - before[owner]) / (before[1:] - before[:-1])[owner], 1.0)
        found = places_above(owner + within, leaf + random.random(len(leaf)), len(self.start) - 1)
        found = np.minimum(found, self.start[leaf + 1] - 1)
        symbols = self.symbol[found].astype(np.int32)
        score = np.log(np.maximum(shares[found], 1e-9))
        light = np.flatnonzero(symbols == self.size + 1)
        places = np.zeros(len(leaf))
        if len(light):
            pool = self.pool[leaf[light]]
            blocks = self.first[pool + 1] - self.first[pool] - 1
            point = random.random(len(light)) * blocks
            block = np.minimum(point.astype(np.int64), blocks - 1)
            low, high = self.border[self.first[pool] + block], self.border[self.first[pool] + block + 1]
            shift = self.lean.shift(pool, {column: values[light] for column, values in positions.items()})
            places[light] = _folded(low + (point - block) * (high - low) + shift)
            score[light] -= np.log(np.maximum(high - low, 1e-4) * blocks)
        return symbols, places, score

    def symbol_likelihood(self, leaf: Array, symbols: Array) -> Array:
        """The share of a given symbol in every record's leaf."""
        owner = np.repeat(np.arange(len(self.start) - 1, dtype=np.int64), np.diff(self.start))
        width = self.size + 2
        keys, wanted = owner * width + self.symbol, leaf.astype(np.int64) * width + symbols
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[found] == wanted, self.share[found], 0.0)

    def light_density(self, leaf: Array, places: Array, positions: Mapping[int, Array], reach: float) -> Array:
        """Mean density of a leaf's light numbers within `reach` of a place on the light scale: nearness counts, not equality alone."""
        pool = self.pool[leaf]
        shift = self.lean.shift(pool, positions)
        low, high = np.maximum(places - reach, 0.0) - shift, np.minimum(places + reach, 1.0) - shift
        return np.asarray((self._below(pool, high) - self._below(pool, low)) / np.maximum(high - low, 1e-9))

    def _below(self, pool: Array, places: Array) -> Array:
        """The mass of a pool below a place."""
        owner = np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))
        above = np.searchsorted(_APART * owner + self.border, _APART * pool + np.clip(places, -_APART / 4, _APART / 4), side="right")
        block = np.clip(above - self.first[pool] - 1, 0, self.first[pool + 1] - self.first[pool] - 2)
        low, high = self.border[self.first[pool] + block], self.border[self.first[pool] + block + 1]
        part = np.clip((places - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
        return np.asarray((block + part) / (self.first[pool + 1] - self.first[pool] - 1))


def _folded(places: Array) -> Array:
    """Places past an end of the scale, turned back at it."""
    return np.asarray(np.clip(1.0 - np.abs(1.0 - np.abs(places)), 0.0, 1.0))


def fit_sketch(leaf: Array, leaves: int, codec: Codec, coded: Coded, positions: Mapping[int, Array], random: np.random.Generator) -> Sketch:
    """The sketch of a column over its tree's leaves; `leaf` is each row's leaf, `positions` are the
    ranks of the earlier numeric columns. Rows with a protected code do not count."""
    symbols, light = coded.codes, np.zeros(0, np.int64)
    if isinstance(codec, NumberCodec):
        is_light = np.r_[~codec.scale.heavy, False, False][coded.codes]
        symbols, light = np.where(is_light, codec.size + 1, coded.codes), np.flatnonzero(is_light)
        counted = np.ones(len(symbols), bool)
    else:
        counted = coded.codes <= codec.size
    start, symbol, share = _shares(leaf[counted], leaves, symbols[counted], codec.size)
    if isinstance(codec, NumberCodec) and len(light):
        pool = _join(np.bincount(leaf[light], minlength=leaves).tolist())
        places, owner = light_places(codec, coded, light, random), pool[leaf[light]]
        near = {column: values[light] for column, values in positions.items()}
        lean = fit_lean(owner, places, near)
        first, border = _blocks(owner, places - lean.shift(owner, near))
    else:
        pool, first, border, lean = np.zeros(leaves, np.int32), np.zeros(1, np.int32), np.zeros(0, np.float32), no_lean(0)
    return Sketch(codec.size, start, symbol, share, pool, first, border, lean)


def light_places(codec: NumberCodec, coded: Coded, rows: Array, random: np.random.Generator) -> Array:
    """Places on the light scale; rows of one atom are spread over its width at random."""
    codes, border = coded.codes[rows], codec.scale.light
    atom = codec.scale.low[codes] == codec.scale.high[codes]
    within = np.where(atom, random.random(len(rows)), coded.fractions[rows])
    return np.asarray(border[codes] + within * (border[codes + 1] - border[codes]))


def _shares(leaf: Array, leaves: int, symbols: Array, size: int) -> tuple[Array, Array, Array]:
    """Start, symbols and shares by leaf. A leaf in which nothing counts takes the shares of the whole column."""
    width = size + 2
    empty = np.setdiff1d(np.arange(leaves), leaf)
    keys, counts = np.unique(leaf.astype(np.int64) * width + symbols, return_counts=True)
    if len(empty):
        whole, times = np.unique(symbols, return_counts=True)
        keys = np.r_[keys, (empty[:, None] * width + whole[None, :]).ravel()]
        counts = np.r_[counts, np.tile(times, len(empty))]
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
    owner = keys // width
    start = np.searchsorted(owner, np.arange(leaves + 1)).astype(np.int32)
    total = np.bincount(owner, counts, leaves)
    return start, (keys % width).astype(np.uint16), (counts / total[owner]).astype(np.float32)


def _blocks(pool: Array, places: Array) -> tuple[Array, Array]:
    """The block borders of every pool, from the pool and the place of every light row."""
    order = np.lexsort((places, pool))
    owner, values = pool[order], places[order]
    rows = np.bincount(owner)
    blocks = np.maximum(rows // BLOCK, 1)
    base = np.r_[0, np.cumsum(blocks)]
    member = base[owner] + positions_in_group(owner) * blocks[owner] // rows[owner]
    means = np.bincount(member, values, base[-1]) / np.bincount(member, minlength=base[-1])
    first = np.r_[0, np.cumsum(blocks + 1)].astype(np.int32)
    return first, _borders(means, base, first)


def _borders(means: Array, base: Array, first: Array) -> Array:
    """Borders halfway between neighbouring block means; the outermost ones mirror the next one around the outermost mean."""
    border = np.zeros(first[-1])
    inner = np.ones(len(means), bool)
    inner[base[:-1]] = False
    at = np.arange(len(means)) + np.repeat(np.arange(len(base) - 1), np.diff(base))
    border[at[inner]] = (means[inner] + means[np.flatnonzero(inner) - 1]) / 2
    border[first[:-1]] = 2 * means[base[:-1]] - border[first[:-1] + 1]
    border[first[1:] - 1] = 2 * means[base[1:] - 1] - border[first[1:] - 2]
    return np.asarray(border, np.float32)


def _join(rows: list[int]) -> Array:
    """Pool numbers for leaves in order, so that every pool has at least `2 * BLOCK` rows where there are as many at all."""
    pools, number, held = [], 0, 0
    left = sum(rows)
    for count in rows:
        pools.append(number)
        held, left = held + count, left - count
        if held >= 2 * BLOCK and left >= 2 * BLOCK:
            number, held = number + 1, 0
    return np.asarray(pools, np.int32)
