"""Learning a table under a budget: the count, each column, what follows from what, tables of pairs, and the network that has them all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.private import accountant
from appliance.data_plane.synthesis.private.accountant import Ledger, variance_for
from appliance.data_plane.synthesis.private.census import Census
from appliance.data_plane.synthesis.private.codec import Blank, Codec, Key, Levels, Numbers
from appliance.data_plane.synthesis.private.determined import Rule, find_rules
from appliance.data_plane.synthesis.private.domain import LEARNT, NUMERIC, Domain, known_domains
from appliance.data_plane.synthesis.private.grouping import NOISE, Groups, group_codes
from appliance.data_plane.synthesis.private.levels import learn_given_numbers, learn_levels
from appliance.data_plane.synthesis.private.marginals import Pair, measure_pairs, reconcile
from appliance.data_plane.synthesis.private.model import PrivateColumn, PrivateModel, Promise, Share
from appliance.data_plane.synthesis.private.network import Node, fit_node, pick, shares_of
from appliance.data_plane.synthesis.private.noise import NoiseSource, discrete_laplace
from appliance.data_plane.synthesis.private.ranges import Price, learn_numbers, questions
from appliance.data_plane.synthesis.private.selection import choose, pair_score
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema
from appliance.errors import DataRefused

Follow = Callable[[str, int, int, float], None]

COLUMNS_SHARE = (0.15, 0.6)
"""Of the budget: the least and the most for columns by themselves."""

COLUMN_NOISE = 0.01
"""Noise on the codes of one column that is aimed at, as a share of the rows."""

RULES_SHARE = 0.08
SELECTION_SHARE = 0.1
PAIR_NOISE = 0.004
"""Noise on a cell of a pair that is aimed at, as a share of the rows; it decides how many pairs are measured."""

PAIRS_A_COLUMN = 1.5
PARENTS = 40
STAND_INS = 4000
"""Records of the model itself that each column is fitted on."""

SCORED_CELLS = 300_000_000
_SINGLE = 0.9


class Learnt(msgspec.Struct):
    """A column while it is learnt: its codec, the noisy rows of its codes (with *missing* and *other*), the fine codes of all rows."""

    codec: Codec
    rows: Array
    codes: Array


class Learner:
    """One fit. Nothing outside this class touches the table, and it does so through the census, the exponential mechanism and the count."""

    def __init__(self, table: Table, options: EngineOptions, source: NoiseSource, follow: Follow | None) -> None:
        columns = tuple(column for column in table.schema.columns if column.name not in options.drop_columns)
        if options.budget is None:
            raise DataRefused("The private engine needs a budget of differential privacy.")
        self.table, self.options, self.budget, self.source = table, options, options.budget, source
        self.columns, self.follow = columns, follow
        self.names = tuple(column.name for column in columns)
        self.domains = known_domains(columns, options)
        self.notes: list[Note] = []
        self.shares: list[Share] = []

    def learn(self) -> PrivateModel:
        """The whole fit, in the order in which budget is spent."""
        self._count_rows()
        learnt = self._learn_columns()
        rules = self._find_rules(learnt)
        groups, tables = self._measure_pairs(learnt, rules)
        order, nodes = self._fit_network(groups, tables, rules)
        columns = tuple(PrivateColumn(each.codec, groups.get(number), nodes.get(number)) for number, each in enumerate(learnt))
        return PrivateModel(
            schema=self._told_schema(learnt),
            columns=columns,
            order=tuple(order),
            rules=rules,
            trained_rows=max(round(self.rows), 1),
            promise=self._promise(),
            notes=tuple(self.notes),
        )

    def _count_rows(self) -> None:
        """The noisy number of rows, then δ where none was given, then ρ for all that follows."""
        scale = accountant.count_scale(self.budget.epsilon)
        noisy = self.table.rows + int(discrete_laplace(scale, 1, self.source)[0])
        self.rows = float(max(noisy, 1))
        self.count_epsilon = 1.0 / scale
        self.delta = self.budget.delta if self.budget.delta is not None else accountant.chosen_delta(noisy, scale)
        rest = self.budget.epsilon - self.count_epsilon
        self.rho = accountant.rho_for(rest, self.delta * (1 - accountant.LIST_SHARE))
        self.census = Census(Ledger(self.rho), self.source)

    def _data(self, number: int) -> pa.Array:
        return whole(self.table.data.column(self.names[number]))

    def _learn_columns(self) -> list[Learnt]:
        asked = sum(_questions(column, domain) for column, domain in zip(self.columns, self.domains, strict=True))
        least, most = COLUMNS_SHARE
        wanted = asked / (2 * (COLUMN_NOISE * self.rows) ** 2)
        share = min(max(wanted, least * self.rho), most * self.rho)
        lists = sum(1 for column, domain in zip(self.columns, self.domains, strict=True) if _listed(column, domain))
        price = Price(share / max(asked, 1), self.delta * accountant.LIST_SHARE / max(lists, 1), self.rows)
        self.deviation = price.deviation
        learnt = []
        for number, (column, domain) in enumerate(zip(self.columns, self.domains, strict=True)):
            learnt.append(self._learn_column(number, column, domain, price))
        self._share("columns by themselves")
        return learnt

    def _learn_column(self, number: int, column: ColumnSchema, domain: Domain, price: Price) -> Learnt:
        if column.kind is ColumnKind.IDENTIFIER and not domain.given:
            self._note(column, "is a key: made anew from no data")
            return Learnt(Key(column.format.storage == "int64"), np.zeros(0), np.zeros(0))
        if column.kind not in LEARNT and not domain.given:
            if column.kind is ColumnKind.TEXT:
                self._note(column, "is free text, which is not learnt under differential privacy; left empty")
            return Learnt(Blank(column.kind), np.zeros(0), np.zeros(0))
        data = self._data(number)
        codec: Levels | Numbers
        if column.kind not in NUMERIC:
            codec, rows = learn_levels(column, data, domain.texts, self.census, price)
        elif domain.numbers is not None:
            codec, rows = learn_given_numbers(column, data, domain.numbers, self.census, price)
        else:
            codec, rows = learn_numbers(column, data, domain.bounds, self.census, price)
        if not codec.size:
            what = "bounds" if column.kind in NUMERIC else "categories"
            self._note(column, f"has too few rows for this budget to find its {what}; left empty; give its {what} in the configuration")
            return Learnt(Blank(column.kind), np.zeros(0), np.zeros(0))
        return Learnt(codec, rows, codec.encode(data))

    def _find_rules(self, learnt: list[Learnt]) -> tuple[Rule, ...]:
        single = {number: each for number, each in enumerate(learnt) if _single_values(each)}
        codes = {number: _without_cells(each) for number, each in single.items()}
        masses = {number: each.rows[:-1] for number, each in single.items()}
        rules = find_rules(codes, masses, RULES_SHARE * self.rho, self.names, self.census)
        for rule in rules:
            unknown = np.flatnonzero(rule.codes < 0)
            rows = learnt[rule.source].rows
            rows[-1] += rows[unknown].sum()
            rows[unknown] = 0.0
        self._share("columns that follow from another")
        return rules

    def _measure_pairs(self, learnt: list[Learnt], rules: tuple[Rule, ...]) -> tuple[dict[int, Groups], dict[Pair, Array]]:
        """The groups of every column that is drawn, and the reconciled tables of the pairs that were worth it."""
        drawn = [c for c, each in enumerate(learnt) if each.codec.size and c not in {rule.target for rule in rules}]
        left = (self.rho - self.census.ledger.spent) * (1 - 1e-9)
        wanted, every = self._pairs_wanted(len(drawn), left)
        rho = left * (1.0 if wanted == every else 1 - SELECTION_SHARE) / max(wanted, 1)
        deviation = variance_for(rho) ** 0.5
        groups = {c: group_codes(_drawn(learnt[c].codec), learnt[c].rows, self.deviation, deviation) for c in drawn}
        codes = {c: groups[c].of[learnt[c].codes] for c in drawn}
        live = [c for c in drawn if groups[c].size > 1]
        pairs = [(a, b) for place, a in enumerate(live) for b in live[place + 1 :]]
        if len(pairs) > wanted:
            pairs = self._choose_pairs(pairs, wanted, groups, codes, deviation, SELECTION_SHARE * left)
            self._share("choice of pairs")
        if pairs:
            rho = (self.rho - self.census.ledger.spent) * (1 - 1e-9) / len(pairs)
        sizes = {c: groups[c].size for c in drawn}
        measured = measure_pairs(codes, sizes, pairs, rho, self.names, self.census)
        self._share("pairs of columns")
        noise = {c: np.bincount(groups[c].of, minlength=groups[c].size) ** 0.5 * self.deviation for c in drawn}
        masses = {c: np.bincount(groups[c].of, learnt[c].rows, minlength=groups[c].size) for c in drawn}
        self.masses, tables = reconcile(measured, masses, noise, self.rows)
        self.pair_noise = variance_for(rho) ** 0.5 / self.rows
        return groups, tables

    def _pairs_wanted(self, columns: int, left: float) -> tuple[int, int]:
        """How many pairs are measured, of how many there are: all where the noise on each stays small, else the best of them; none where
        not even two groups would stand out."""
        every = columns * (columns - 1) // 2
        aimed = int(2 * left * (PAIR_NOISE * self.rows) ** 2)
        wanted = min(every, max(aimed, int(PAIRS_A_COLUMN * columns)))
        if wanted and 2 * NOISE * variance_for(left / wanted) ** 0.5 > self.rows:
            return 0, every
        return wanted, every

    def _choose_pairs(
        self, pairs: list[Pair], wanted: int, groups: dict[int, Groups], codes: dict[int, Array], deviation: float, rho: float
    ) -> list[Pair]:
        """The pairs that differ most from independence. Of large tables a share of the rows is looked at, each row drawn by itself."""
        share = min(1.0, SCORED_CELLS / max(self.rows * len(pairs), 1.0))
        if share < 1.0:
            picked = self.source.words(self.table.rows) < np.uint64(int(share * 2.0**63)) * np.uint64(2)
            codes = {c: values[picked] for c, values in codes.items()}
        shares = {c: group.masses / max(group.masses.sum(), 1e-9) for c, group in groups.items()}
        scores = []
        for a, b in pairs:
            shape = groups[a].size, groups[b].size
            joint = np.bincount(codes[a].astype(np.int64) * shape[1] + codes[b], minlength=shape[0] * shape[1]).reshape(shape)
            scores.append(pair_score(joint, np.outer(shares[a], shares[b]) * self.rows * share, deviation * share))
        return [pairs[place] for place in sorted(choose(np.array(scores), wanted, rho, self.census, "which pairs to measure"))]

    def _fit_network(
        self, groups: dict[int, Groups], tables: dict[Pair, Array], rules: tuple[Rule, ...]
    ) -> tuple[list[int], dict[int, Node]]:
        """Columns one after another, those that are given as seeds first, then those of the fewest groups."""
        seeds = [self.names.index(name) for name in self.options.seed_columns if name in self.names]
        order = sorted(groups, key=lambda c: (seeds.index(c) if c in seeds else len(seeds), groups[c].size, c))
        both = {**tables, **{(b, a): table.T for (a, b), table in tables.items()}}
        random = generator(0, 31)
        codes: dict[int, Array] = {}
        nodes: dict[int, Node] = {}
        for place, column in enumerate(order):
            near = [c for c in order[:place] if (c, column) in both]
            parents = tuple(sorted(near, key=lambda c: -_dependence(both[c, column]))[:PARENTS])
            targets = [both[c, column] / self.rows for c in parents]
            node = fit_node(self.masses[column] / self.rows, parents, targets, [self.pair_noise] * len(parents), codes, STAND_INS)
            codes[column] = pick(shares_of(node.logits(codes, STAND_INS)), random)
            nodes[column] = node
            if self.follow is not None:
                made = np.bincount(codes[column], minlength=groups[column].size) / STAND_INS
                self.follow(self.names[column], place + 1, len(order), float(np.abs(made - self.masses[column] / self.rows).sum() / 2))
        return order, nodes

    def _share(self, purpose: str) -> None:
        """Note which part of the budget a step took."""
        before = sum(share.rho for share in self.shares)
        self.shares.append(Share(purpose, max(self.census.ledger.spent - before, 0.0)))

    def _note(self, column: ColumnSchema, text: str) -> None:
        self.notes.append(Note(column.name, text))

    def _promise(self) -> Promise:
        return Promise(
            epsilon=self.budget.epsilon,
            delta=self.delta,
            delta_given=self.budget.delta is not None,
            count_epsilon=self.count_epsilon,
            rho=self.rho,
            spent=self.census.ledger.spent,
            shares=tuple(self.shares),
            known=tuple(name for name, domain in zip(self.names, self.domains, strict=True) if domain.given),
        )

    def _told_schema(self, learnt: list[Learnt]) -> TableSchema:
        """The schema as the model tells it: what was counted in the table without noise is left out of the formats."""
        columns = []
        for column, each in zip(self.columns, learnt, strict=True):
            form = msgspec.structs.replace(column.format, misfits=0)
            if isinstance(each.codec, Numbers) and column.kind is ColumnKind.NUMERIC:
                decimals = each.codec.grid.decimals
                form = msgspec.structs.replace(form, decimals=decimals, fixed_decimals=form.fixed_decimals and decimals is not None)
            columns.append(msgspec.structs.replace(column, format=form))
        return TableSchema(tuple(columns), self.table.schema.file)


def _listed(column: ColumnSchema, domain: Domain) -> bool:
    """Whether values that nobody named may be told of this column."""
    if column.kind in NUMERIC:
        return domain.numbers is None
    return column.kind is ColumnKind.CATEGORICAL and domain.texts is None


def _questions(column: ColumnSchema, domain: Domain) -> float:
    """How often a column is asked about by itself."""
    if column.kind in NUMERIC:
        return 1.0 if domain.numbers is not None else questions(column.kind, domain.bounds is not None)
    return 1.0 if column.kind in LEARNT or domain.given else 0.0


def _drawn(codec: Codec) -> Levels | Numbers:
    assert isinstance(codec, Levels | Numbers)
    return codec


def _without_cells(learnt: Learnt) -> Array:
    """The fine codes of all rows; those that stand for several values count as *other*."""
    single = np.r_[_drawn(learnt.codec).single, True, False]
    return np.where(single[learnt.codes], learnt.codes, len(single) - 1)


def _single_values(learnt: Learnt) -> bool:
    """Whether nearly all rows of a column have codes that are single values, and there are at least two."""
    if isinstance(learnt.codec, Numbers):
        atoms = len(learnt.codec.atoms)
        return atoms > 1 and float(learnt.rows[:atoms].sum()) >= _SINGLE * float(learnt.rows.sum())
    return isinstance(learnt.codec, Levels) and learnt.codec.size > 1


def _dependence(table: Array) -> float:
    """How far a table is away from independence."""
    total = max(float(table.sum()), 1e-12)
    return float(np.abs(table - np.outer(table.sum(1), table.sum(0)) / total).sum())
