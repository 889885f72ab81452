"""Columns that follow from another one: found under noise, and taken out of the network so that they agree in every record."""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.accountant import variance_for
from appliance.data_plane.synthesis.private.census import Census

WORTH = 15.0
"""A column is worth asking about when so many deviations of noise lie in the rows outside its most frequent code."""

FITS = 2.5
"""Deviations of noise that the rows against a rule may amount to."""

_SEEN = 3.0
_MOST_LEVELS = 200


class Rule(msgspec.Struct, frozen=True):
    """`codes[a]` is the target's fine code where the source has the fine code a (the last one: *missing*); -1 where it is not known."""

    source: int
    target: int
    codes: Array


def find_rules(codes: dict[int, Array], masses: dict[int, Array], rho: float, names: tuple[str, ...], census: Census) -> tuple[Rule, ...]:
    """Rules between columns whose fine codes are single values.

    `codes`: fine codes of every row (with *missing* and *other*), by column; `masses`: noisy rows of fine codes and *missing*. For every
    ordered pair the rows that break "the most frequent target code of each source code" are counted: one row changes that by at most one.
    Half of `rho` is for that, half for the tables of what was found; nothing is asked where the answer would drown."""
    columns = [column for column in codes if len(masses[column]) <= _MOST_LEVELS]
    pairs = [(a, b) for a in columns for b in columns if a != b]
    deviation = variance_for(rho / 2 / max(len(pairs), 1)) ** 0.5
    minority = {column: float(masses[column].sum() - masses[column].max(initial=0.0)) for column in columns}
    targets = {column for column in columns if minority[column] >= WORTH * deviation}
    pairs = [(a, b) for a, b in pairs if b in targets]
    if not pairs:
        return ()
    broken = np.array([_broken(codes[a], codes[b], len(masses[a]), len(masses[b])) for a, b in pairs])
    noisy, deviation = census.figures(broken, rho / 2, "columns that follow from another")
    fitting = {pair for pair, rows in zip(pairs, noisy.tolist(), strict=True) if rows <= FITS * deviation}
    edges = _edges(fitting, masses)
    return tuple(_rule(edge, edge[::-1] in fitting, codes, masses, rho / 2 / len(edges), names, census) for edge in edges)


def _joint(first: Array, second: Array, one: int, two: int) -> Array:
    """Rows by fine codes (with *missing*, without *other*)."""
    known = (first < one) & (second < two)
    return np.bincount(first[known].astype(np.int64) * two + second[known], minlength=one * two).reshape(one, two)


def _broken(first: Array, second: Array, one: int, two: int) -> int:
    joint = _joint(first, second, one, two)
    return int(joint.sum() - joint.max(1).sum())


def _edges(fitting: set[tuple[int, int]], masses: dict[int, Array]) -> list[tuple[int, int]]:
    """For each target one source, the one of the most codes, so that no source is itself a target."""
    taken: dict[int, int] = {}
    for source, target in sorted(fitting, key=lambda pair: (-len(masses[pair[0]]), pair)):
        if target not in taken and source not in taken and target not in taken.values():
            taken[target] = source
    return [(source, target) for target, source in sorted(taken.items())]


def _rule(
    edge: tuple[int, int],
    both_ways: bool,
    codes: dict[int, Array],
    masses: dict[int, Array],
    rho: float,
    names: tuple[str, ...],
    census: Census,
) -> Rule:
    """The target of each source code: its largest cell; where each follows from the other, the best one-to-one match."""
    source, target = edge
    shape = len(masses[source]), len(masses[target])
    joint = codes[source].astype(np.int64) * shape[1] + codes[target]
    known = (codes[source] < shape[0]) & (codes[target] < shape[1])
    noisy = census.count(np.where(known, joint, -1), shape[0] * shape[1], rho, f"{names[target]} by {names[source]}").reshape(shape)
    found = np.full(shape[0], -1, np.int64)
    if both_ways:
        rows, columns = linear_sum_assignment(-noisy)
        found[rows] = columns
    else:
        found = noisy.argmax(1)
    held = noisy[np.arange(shape[0]), np.maximum(found, 0)]
    return Rule(source, target, np.where((found >= 0) & (held > _SEEN * variance_for(rho) ** 0.5), found, -1))
