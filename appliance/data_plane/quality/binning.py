"""Columns in a few bins, shared by all sides: what joint distributions, queries and groups are counted over."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Feature
from appliance.data_plane.quality.space import frequency_order

BINS = 10
BINNED_ROWS = 50_000

Bins = npt.NDArray[np.int32]


class Binned(msgspec.Struct, frozen=True):
    """One column's bin of every row of the three sides; `size` bins, the last one for missing values."""

    name: str
    size: int
    left: Bins
    right: Bins
    holdout: Bins


def bin_columns(features: list[Feature], most: int = BINNED_ROWS) -> list[Binned]:
    """The measurable columns: numbers in ten bins with equally many training rows, categories as the ten most common and the rest."""
    return [_binned(feature, most) for feature in features if feature.measurable]


def thinned(codes: npt.NDArray[np.int32], most: int) -> npt.NDArray[np.int32]:
    """About `most` rows at equal steps."""
    return codes if len(codes) <= most else codes[:: -(-len(codes) // most)]


def _binned(feature: Feature, most: int) -> Binned:
    table = bins_of_levels(feature)
    sides = [table[thinned(codes, most)] for codes in (feature.left, feature.right, feature.holdout)]
    return Binned(feature.name, int(table.max()) + 1, *sides)


def bins_of_levels(feature: Feature) -> Bins:
    """The bin of every level; missing values (and numbers that are none) have the last one."""
    if not feature.ordered:
        order = frequency_order(feature)[:-1]
        return np.append(np.minimum(order, BINS), BINS + 1).astype(np.int32)
    edges = quantile_edges(feature, BINS)
    finite = np.isfinite(feature.values)
    places = np.where(finite, np.searchsorted(edges, np.where(finite, feature.values, 0.0), "right"), len(edges) + 1)
    return np.append(places, len(edges) + 1).astype(np.int32)


def quantile_edges(feature: Feature, count: int) -> npt.NDArray[np.float64]:
    """Inner edges (at most `count` − 1) between bins that hold about equally many training rows."""
    known = feature.numbers(feature.left)
    known = known[np.isfinite(known)]
    if not len(known):
        return np.zeros(0)
    return np.unique(np.quantile(known, np.arange(1, count) / count, method="inverted_cdf"))
