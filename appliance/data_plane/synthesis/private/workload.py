"""Which tables of pairs are measured: all of them where the noise stays small; else, as in AIM (McKenna, Mullins, Sheldon, Miklau 2022),
those that the model knows least about, a spanning tree first and then what that tree cannot tell."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.private.accountant import variance_for
from appliance.data_plane.synthesis.private.census import Census
from appliance.data_plane.synthesis.private.grouping import NOISE, Groups
from appliance.data_plane.synthesis.private.marginals import Pair, PairTable, measure_pairs, reconcile
from appliance.data_plane.synthesis.private.network import Node, fit_node, pick, shares_of
from appliance.data_plane.synthesis.private.selection import choose, pair_score

SELECTION_SHARE = 0.1
PAIR_NOISE = 0.004
"""Noise on a cell of a pair that is aimed at, as a share of the rows; it decides how many pairs are measured."""

PAIRS_A_COLUMN = 1.5
PARENTS = 40
STAND_INS = 4000
"""Records of the model itself that each column is fitted on."""

SCORED_CELLS = 300_000_000
_SAFE = 1 - 1e-9

Step = Callable[[int, int, int, float], None]
"""Told after each column: its number, how many are done, of how many, and how far its shares are from the measured ones."""


class Network(msgspec.Struct, frozen=True):
    """The fitted network: the order in which columns are drawn, their nodes, and the records that stood in for rows."""

    order: tuple[int, ...]
    nodes: dict[int, Node]
    codes: dict[int, Array]


class Plan(msgspec.Struct, frozen=True):
    """How many pairs are measured, of how many there are, with how much ρ each, and what is left for choosing them."""

    wanted: int
    every: int
    rho: float
    choosing: float

    @property
    def deviation(self) -> float:
        """Of the noise on a cell of a pair."""
        return float(variance_for(self.rho) ** 0.5)


def plan_pairs(columns: int, rows: float, left: float) -> Plan:
    """All pairs where the noise stays small, else a few for each column; none where not even two groups would stand out."""
    every = columns * (columns - 1) // 2
    aimed = int(2 * left * (PAIR_NOISE * rows) ** 2)
    wanted = min(every, max(aimed, int(PAIRS_A_COLUMN * columns)))
    choosing = 0.0 if wanted == every else SELECTION_SHARE * left
    plan = Plan(wanted, every, _SAFE * (left - choosing) / max(wanted, 1), choosing)
    return plan if not wanted or 2 * NOISE * plan.deviation <= rows else Plan(0, every, left, 0.0)


class Workload:
    """The columns that are drawn: their groups, the group of every row, and what is known of each by itself (`masses`, rows by group with
    noise of `noise`)."""

    def __init__(
        self,
        groups: dict[int, Groups],
        codes: dict[int, Array],
        masses: dict[int, Array],
        noise: dict[int, Array],
        rows: float,
        names: tuple[str, ...],
        census: Census,
    ) -> None:
        self.groups, self.codes, self.masses, self.noise = groups, codes, masses, noise
        self.rows, self.names, self.census = rows, names, census
        self.sizes = {column: group.size for column, group in groups.items()}

    def fit(self, plan: Plan, first: list[int], step: Step | None) -> Network:
        """Measure pairs and fit the network. `first`: columns that are drawn before all others."""
        live = [column for column in self.groups if self.sizes[column] > 1]
        pairs = [(a, b) for place, a in enumerate(live) for b in live[place + 1 :]] if plan.wanted else []
        if len(pairs) <= plan.wanted:
            return self._network(self._measured(pairs, plan.rho), plan, first, step)
        trunk = min(len(live) - 1, plan.wanted)
        further = plan.wanted - trunk
        expected = {(a, b): np.outer(self.masses[a], self.masses[b]) / self.rows for a, b in pairs}
        share = trunk / plan.wanted
        tables = self._measured(self._choose(pairs, expected, trunk, plan, share, tree=True), plan.rho)
        if further:
            known = self._network(tables, plan, first, None)
            pairs = [pair for pair in pairs if pair not in tables]
            expected = {
                (a, b): _joint(known.codes[a], known.codes[b], self.sizes[a], self.sizes[b]) * self.rows / STAND_INS for a, b in pairs
            }
            tables |= self._measured(self._choose(pairs, expected, further, plan, 1 - share, tree=False), plan.rho)
        return self._network(tables, plan, first, step)

    def _measured(self, pairs: list[Pair], rho: float) -> dict[Pair, PairTable]:
        return measure_pairs(self.codes, self.sizes, pairs, rho, self.names, self.census)

    def _choose(self, pairs: list[Pair], expected: dict[Pair, Array], wanted: int, plan: Plan, share: float, *, tree: bool) -> list[Pair]:
        """The pairs whose tables are farthest from what is expected, as a tree or freely. Of large tables a part of the rows is looked at,
        each row drawn by itself: that takes nothing from the promise."""
        part, codes = min(1.0, SCORED_CELLS / max(self.rows * len(pairs), 1.0)), self.codes
        if part < 1.0:
            size = len(next(iter(codes.values())))
            picked = self.census.source.words(size) >> np.uint64(32) < np.uint64(int(part * 2.0**32))
            codes = {column: values[picked] for column, values in codes.items()}
        scores = [
            pair_score(_joint(codes[a], codes[b], self.sizes[a], self.sizes[b]), expected[a, b] * part, plan.deviation * part)
            for a, b in pairs
        ]
        ends = np.array(pairs) if tree else None
        chosen = choose(np.array(scores), wanted, share * plan.choosing * _SAFE, self.census, "choice of pairs", ends)
        return sorted(pairs[place] for place in chosen)

    def _network(self, measured: dict[Pair, PairTable], plan: Plan, first: list[int], step: Step | None) -> Network:
        """Columns one after another: `first`, then those of the fewest groups."""
        masses, tables = reconcile(measured, self.masses, self.noise, self.rows)
        order = sorted(self.groups, key=lambda c: (first.index(c) if c in first else len(first), self.sizes[c], c))
        both = {**tables, **{(b, a): table.T for (a, b), table in tables.items()}}
        random, ridge = generator(0, 31), plan.deviation / self.rows
        codes: dict[int, Array] = {}
        nodes: dict[int, Node] = {}
        for place, column in enumerate(order):
            near = [c for c in order[:place] if (c, column) in both]
            parents = tuple(sorted(near, key=lambda c: -_dependence(both[c, column]))[:PARENTS])
            targets = [both[c, column] / self.rows for c in parents]
            own = masses[column] / self.rows
            nodes[column] = fit_node(own, parents, targets, [ridge] * len(parents), codes, STAND_INS)
            codes[column] = pick(shares_of(nodes[column].logits(codes, STAND_INS)), random)
            if step is not None:
                made = np.bincount(codes[column], minlength=self.sizes[column]) / STAND_INS
                step(column, place + 1, len(order), float(np.abs(made - own).sum() / 2))
        return Network(tuple(order), nodes, codes)


def _joint(first: Array, second: Array, one: int, two: int) -> Array:
    return np.bincount(first.astype(np.int64) * two + second, minlength=one * two).reshape(one, two)


def _dependence(table: Array) -> float:
    """How far a table is away from independence."""
    total = max(float(table.sum()), 1e-12)
    return float(np.abs(table - np.outer(table.sum(1), table.sum(0)) / total).sum())
