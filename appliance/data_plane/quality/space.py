"""Rows as points, so that nearness can be measured: ranks for what is ordered, blocks or bits for categories."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Codes, Feature, Floats

DIMENSIONS = 384
BLOCK = 50
CHUNK_CELLS = 8_000_000

Points = npt.NDArray[np.float32]


class Rows(msgspec.Struct, frozen=True):
    """Some rows of one side, as positions in its sample."""

    side: str
    positions: npt.NDArray[np.int64]

    def codes(self, feature: Feature) -> Codes:
        taken: Codes = getattr(feature, self.side)[self.positions]
        return taken


def ranks(feature: Feature, codes: Codes) -> Floats:
    """Mid-ranks (0–1) of values among the training rows' values; −1 where missing."""
    return feature.places[codes]


def frequency_order(feature: Feature) -> Codes:
    """For every level (and missing) its place when levels are ordered by training rows, most first."""
    return feature.order


def block_points(features: list[Feature], *groups: Rows) -> list[Points]:
    """Points whose distance counts a changed category as 1 and a number by its rank: the measure for copies and the tail."""
    width = max(1, DIMENSIONS // max(1, len(features)))
    return _points(features, groups, lambda feature: _blocks(feature, min(BLOCK, width)))


def bit_points(features: list[Feature], *groups: Rows) -> list[Points]:
    """Points with categories in binary, as the published membership attack encodes them."""
    return _points(features, groups, _bits)


def _points(features: list[Feature], groups: tuple[Rows, ...], encode: Callable[[Feature], Points]) -> list[Points]:
    parts: list[list[Points]] = [[] for _ in groups]
    for feature in features:
        table = None if feature.ordered else encode(feature)
        for part, group in zip(parts, groups, strict=True):
            codes = group.codes(feature)
            part.append(ranks(feature, codes)[:, None].astype(np.float32) if table is None else table[codes])
    return [np.concatenate(part, axis=1) for part in parts]


def _blocks(feature: Feature, width: int) -> Points:
    places = frequency_order(feature)
    table = np.zeros((len(places), min(width, len(places))), dtype=np.float32)
    common = places < table.shape[1]
    table[np.flatnonzero(common), places[common]] = np.float32(np.sqrt(0.5))
    return table


def _bits(feature: Feature) -> Points:
    places = frequency_order(feature)
    width = max(1, int(len(places) - 1).bit_length())
    table: Points = ((places[:, None] >> np.arange(width)) & 1).astype(np.float32)
    return table


def nearest(probes: Points, points: Points) -> Floats:
    """Euclidean distance of every probe to its nearest point, exact for the pair that is found."""
    found = np.empty(len(probes))
    lengths = np.einsum("ij,ij->i", points, points)
    step = max(1, CHUNK_CELLS // max(1, len(points)))
    for start in range(0, len(probes), step):
        part = probes[start : start + step]
        closeness = part @ points.T
        closeness *= -2.0
        closeness += lengths
        gaps = part - points[closeness.argmin(axis=1)]
        found[start : start + step] = np.sqrt(np.einsum("ij,ij->i", gaps, gaps, dtype=np.float64))
    return found
