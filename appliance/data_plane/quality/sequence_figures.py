"""Distributions of lengths and gaps, and moves between categories, with what chance would show."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import NAMED_ROWS
from appliance.data_plane.quality.distribution import jensen_shannon
from appliance.data_plane.quality.sequence_facts import Moves, Spread
from appliance.data_plane.quality.sequence_side import Array, Side, differences, whole
from appliance.data_plane.tables.schema import ColumnKind

BINS = 20
DRAWS = 60
CATEGORIES = 8


def gap_spread(left: Side, right: Side, held: Side | None, order: str, kind: ColumnKind, random: np.random.Generator) -> Spread | None:
    """How far neighbouring rows lie apart in the order column; None where it is no number and no moment."""
    if kind not in (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.DATETIME):
        return None
    found = [differences(side, order, kind) if side is not None else None for side in (left, right, held)]
    if found[0] is None or found[1] is None or not len(found[0][0]) or not len(found[1][0]):
        return None
    size, unit = _unit(found[0][0]) if kind is ColumnKind.DATETIME else (1.0, "")
    values = [Values(part[0] / size, part[1]) if part is not None else None for part in found]
    assert values[0] is not None
    assert values[1] is not None
    return spread_of(values[0], values[1], values[2], (len(left.lengths), len(right.lengths)), random, unit)


def _unit(seconds: Array) -> tuple[float, str]:
    """The unit in which gaps are told: the largest that the usual gap is not below."""
    usual = float(np.median(seconds[seconds > 0])) if (seconds > 0).any() else 0.0
    return next(
        ((size, name) for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")) if usual >= size), (1.0, "seconds")
    )


class Values(msgspec.Struct, frozen=True):
    """Numbers, and the sequence that each belongs to."""

    numbers: Array
    owner: Array


def spread_of(
    left: Values, right: Values, held: Values | None, sequences: tuple[int, int], random: np.random.Generator, unit: str = ""
) -> Spread:
    """Two distributions of numbers, and that of held-out ones, over bins of the training ones. `sequences`: how many there are on either
    side."""
    edges = _edges(left.numbers)
    bins = [np.searchsorted(edges, side.numbers, "left") for side in (left, right)]
    shares = [np.bincount(places, minlength=len(edges) + 1) / max(len(places), 1) for places in bins]
    chance = by_chance(bins[0], left.owner, len(edges) + 1, sequences, random, jensen_shannon)
    reference = None
    if held is not None and len(held.numbers):
        reference = jensen_shannon(shares[0], np.bincount(np.searchsorted(edges, held.numbers, "left"), minlength=len(edges) + 1))
    return Spread(
        jensen_shannon(shares[0], shares[1]),
        chance,
        reference,
        float(left.numbers.mean()),
        float(right.numbers.mean()),
        tuple(edges.tolist()),
        tuple(shares[0].tolist()),
        tuple(shares[1].tolist()),
        unit,
    )


def by_chance(
    places: Array,
    owner: Array,
    width: int,
    sequences: tuple[int, int],
    random: np.random.Generator,
    distance: Callable[[Array, Array], float],
) -> float:
    """The distance that two samples of one source keep below in 95 of 100 cases: whole training sequences drawn anew, as many as there are
    on either side (bootstrap of clusters: Efron, Tibshirani 1993). `places`: the bin of each row; `owner`: its sequence."""
    found = []
    for _ in range(DRAWS):
        drawn = [np.bincount(random.integers(0, sequences[0], count), minlength=sequences[0]) for count in sequences]
        found.append(distance(*(np.bincount(places, times[owner], width) for times in drawn)))
    return float(np.quantile(found, 0.95))


def total_variation(left: Array, right: Array) -> float:
    """Half the sum of the differences of shares."""
    return float(np.abs(left / max(left.sum(), 1) - right / max(right.sum(), 1)).sum() / 2)


def _edges(values: Array) -> Array:
    """Edges of like mass between numbers that at least ten rows hold or lie beyond; whole numbers get edges at halves."""
    ordered = np.sort(values)
    cuts = np.quantile(ordered, np.linspace(0, 1, BINS + 1)[1:-1], method="nearest")
    whole = bool((values == np.round(values)).all())
    marks = np.unique(np.floor(cuts) + 0.5 if whole else _rounded(cuts))
    above = np.array([(values > mark).sum() for mark in marks])
    return np.asarray(marks[(above >= NAMED_ROWS) & (len(values) - above >= NAMED_ROWS)])


def _rounded(values: Array) -> Array:
    """Two significant digits: no edge is a value of the data."""
    return np.asarray([float(f"{value:.2g}") for value in values.tolist()])


def category_moves(left: Side, right: Side, name: str, random: np.random.Generator) -> Moves | None:
    """Pairs of categories; the rare ones and missing cells together are one more."""
    texts = [whole(side.data.column(name)).cast(pa.string()) for side in (left, right)]
    labels = _named(left, texts[0])
    if not len(left.pair) or not len(right.pair) or not labels:
        return None
    width = len(labels) + 1
    places = []
    for side, cells in zip((left, right), texts, strict=True):
        codes = np.asarray(pc.fill_null(pc.index_in(cells, value_set=pa.array(labels, pa.string())), width - 1), np.int64)
        places.append(codes[side.pair - 1] * width + codes[side.pair])
    pairs = [np.bincount(cells, minlength=width * width) for cells in places]
    sequences = (len(left.lengths), len(right.lengths))
    chance = by_chance(places[0], left.owner[left.pair], width * width, sequences, random, total_variation)
    table = [_lines(counts.reshape(width, width), pairs[0].reshape(width, width)) for counts in pairs]
    return Moves(name, total_variation(pairs[0], pairs[1]), chance, (*labels, "(other)"), table[0], table[1])


def _named(side: Side, texts: pa.Array) -> list[str]:
    """The most frequent categories that at least ten sequences hold."""
    encoded = texts.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, -1), np.int64)
    width = len(encoded.dictionary)
    if not width:
        return []
    rows = np.bincount(codes[codes >= 0], minlength=width)
    owners = np.bincount(np.unique(side.owner[codes >= 0] * width + codes[codes >= 0]) % width, minlength=width)
    order = np.argsort(-rows, kind="stable")[:CATEGORIES]
    return [str(encoded.dictionary[int(code)]) for code in order if owners[code] >= NAMED_ROWS]


def _lines(counts: Array, training: Array) -> tuple[tuple[float | None, ...], ...]:
    total = np.maximum(counts.sum(1, keepdims=True), 1)
    share = counts / total
    return tuple(
        tuple(float(share[i, j]) if training[i, j] >= NAMED_ROWS else None for j in range(counts.shape[1])) for i in range(len(counts))
    )
