"""The order in which columns are made, which columns follow from others, and on which earlier columns each depends."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec, EmptyCodec, NumberCodec
from appliance.data_plane.synthesis.targets import coarse

SCREEN_ROWS = 4000


class Rule(msgspec.Struct, frozen=True):
    """Column `target` follows from column `source`: its code is `codes[code of source]`."""

    source: int
    target: int
    codes: Array


def levels(codec: Codec, codes: Array) -> int:
    """How many values a column has, for the order: categories and atoms, each bin for the rows in it."""
    if isinstance(codec, NumberCodec):
        loose = codec.scale.low != codec.scale.high
        return int((~loose).sum() + np.bincount(codes, minlength=codec.size + 2)[: codec.size][loose].sum())
    return codec.size


def column_order(codecs: Sequence[Codec], codes: Sequence[Array], seeds: Sequence[int], modelled: Sequence[int]) -> list[int]:
    """Seed columns first, as given; then by number of distinct values, fewest first; ties as in the table."""
    rest = [c for c in modelled if c not in seeds]
    return [*seeds, *sorted(rest, key=lambda c: (levels(codecs[c], codes[c]), c))]


def find_rules(codecs: Sequence[Codec], codes: Sequence[Array], modelled: Sequence[int], seeds: Sequence[int] = ()) -> list[Rule]:
    """Columns that another column determines without any exception, each from its least detailed such column.

    Only columns whose every code is an exact value take part, and a source must repeat: ten rows a value on average."""
    exact = [c for c in modelled if _exact(codecs[c])]
    if len(exact) < 2:
        return []
    table = np.stack([codes[c] for c in exact], 1)
    found: dict[int, tuple[int, Rule]] = {}
    for place, source in enumerate(exact):
        if codecs[source].size * 10 > len(table):
            continue
        for other in _candidates(table, place):
            target = exact[other]
            rule = _rule(codecs, codes, source, target)
            if rule is not None and (target not in found or codecs[source].size < found[target][0]):
                found[target] = (codecs[source].size, rule)
    return _acyclic([rule for _, rule in found.values()], seeds)


def _exact(codec: Codec) -> bool:
    if isinstance(codec, NumberCodec):
        return codec.size > 1 and bool((codec.scale.low == codec.scale.high).all())
    return isinstance(codec, CategoryCodec) and codec.size > 1


def _candidates(table: Array, place: int) -> list[int]:
    """Columns that are equal wherever neighbouring rows, sorted by one column, are equal in it (needed, nearly enough)."""
    order = np.argsort(table[:, place], kind="stable")
    some = order if len(order) <= SCREEN_ROWS else order[: SCREEN_ROWS // 2].tolist() + order[-SCREEN_ROWS // 2 :].tolist()
    rows = table[np.asarray(some)]
    same = rows[1:, place] == rows[:-1, place]
    constant = (rows[1:] == rows[:-1])[same].all(0)
    return [other for other in np.flatnonzero(constant).tolist() if other != place]


def _rule(codecs: Sequence[Codec], codes: Sequence[Array], source: int, target: int) -> Rule | None:
    """The rule from one column to another, if it holds in every row (rows with a protected code on either side do not speak)."""
    width = codecs[target].size + 2
    speaks = (codes[source] <= codecs[source].size) & (codes[target] <= codecs[target].size)
    pairs = np.unique(codes[source][speaks].astype(np.int64) * width + codes[target][speaks])
    owners = pairs // width
    if len(np.unique(owners)) != len(pairs):
        return None
    usual = int(np.bincount(codes[target][speaks], minlength=width).argmax())
    table = np.full(codecs[source].size + 2, usual, np.int32)
    table[owners] = pairs % width
    return Rule(source, target, table)


def _acyclic(rules: list[Rule], seeds: Sequence[int]) -> list[Rule]:
    """Of columns that determine each other, a seed column or else the first in the table stays the source of all others."""
    source_of = {rule.target: rule.source for rule in rules}
    kept: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (rule.target not in seeds, rule.target)):
        seen, at = {rule.target}, rule.source
        while at in source_of and at not in seen:
            seen.add(at)
            at = source_of[at]
        if at == rule.target and rule.target == min(_circle(source_of, rule.target), key=lambda c: (c not in seeds, c)):
            del source_of[rule.target]
            continue
        kept.append(rule)
    return kept


def _circle(source_of: dict[int, int], start: int) -> set[int]:
    circle, at = {start}, source_of[start]
    while at != start:
        circle.add(at)
        at = source_of[at]
    return circle


def choose_predictors(codecs: Sequence[Codec], codes: Sequence[Array], order: Sequence[int], most: int) -> dict[int, list[int]]:
    """For every column of the order the earlier columns it may depend on: all, or the `most` with the strongest association.

    Association is the squared correlation of coarse features on at most `SCREEN_ROWS` evenly spaced rows, the best pair of features."""
    usable = [c for c in order if not isinstance(codecs[c], EmptyCodec)]
    if len(usable) <= most + 1:
        return {c: usable[: usable.index(c)] for c in usable}
    rows = np.linspace(0, len(codes[usable[0]]) - 1, min(SCREEN_ROWS, len(codes[usable[0]]))).astype(np.int64)
    features = [_screen(codecs[c], codes[c][rows]) for c in usable]
    width = features[0].shape[1]
    table = np.concatenate(features, 1)
    strength = (table.T @ table / len(rows)) ** 2
    best = strength.reshape(len(usable), width, len(usable), width).max((1, 3))
    chosen = {}
    for place, column in enumerate(usable):
        ranked = np.argsort(-best[place, :place], kind="stable")[:most]
        chosen[column] = [usable[k] for k in sorted(ranked.tolist())]
    return chosen


def _screen(codec: Codec, codes: Array) -> Array:
    """Three standardised features of a column: its order or most frequent group, the spread or the second group, and missing."""
    groups = coarse(codec, codes).astype(np.float64)
    if isinstance(codec, CategoryCodec):
        features = np.stack([groups == 0, groups == 1, groups == 2], 1).astype(np.float64)
    else:
        middle = np.where(codes < codec.size, groups - 7.5, 0.0)
        features = np.stack([middle, np.abs(middle), codes >= codec.size], 1).astype(np.float64)
    features -= features.mean(0)
    spread = features.std(0)
    return np.asarray(features / np.where(spread > 0, spread, 1.0), np.float32)
