"""Learning a table under a budget: the count, each column, what follows from what, tables of pairs, and the network that has them all."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.private import accountant
from appliance.data_plane.synthesis.private.accountant import Ledger
from appliance.data_plane.synthesis.private.census import Census
from appliance.data_plane.synthesis.private.codec import Blank, Codec, Key, Levels, Numbers
from appliance.data_plane.synthesis.private.determined import Rule, find_rules
from appliance.data_plane.synthesis.private.domain import LEARNT, NUMERIC, Domain, known_domains
from appliance.data_plane.synthesis.private.grouping import Groups, group_codes
from appliance.data_plane.synthesis.private.levels import learn_given_numbers, learn_levels
from appliance.data_plane.synthesis.private.model import PrivateColumn, PrivateModel, Promise, Share
from appliance.data_plane.synthesis.private.noise import NoiseSource, discrete_laplace
from appliance.data_plane.synthesis.private.ranges import Price, learn_numbers, questions
from appliance.data_plane.synthesis.private.workload import Network, Workload, plan_pairs
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema
from appliance.errors import DataRefused

Follow = Callable[[str, int, int, float], None]

COLUMNS_SHARE = (0.15, 0.6)
"""Of the budget: the least and the most for columns by themselves."""

COLUMN_NOISE = 0.01
"""Noise on the codes of one column that is aimed at, as a share of the rows."""

RULES_SHARE = 0.08

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
        groups, network = self._fit_network(learnt, rules)
        columns = tuple(PrivateColumn(each.codec, groups.get(number), network.nodes.get(number)) for number, each in enumerate(learnt))
        return PrivateModel(
            schema=self._told_schema(learnt),
            columns=columns,
            order=network.order,
            rules=rules,
            trained_rows=max(round(self.rows), 1),
            promise=self._promise(),
            notes=tuple(self.notes),
        )

    def _count_rows(self) -> None:
        """The noisy number of rows, then δ where none was given, then ρ for all that follows.

        Of a uniform sample one row more in the table exchanges at most one row, which is two steps of adding or removing one: (ε, δ) for a
        step is (2ε, (1 + exp ε) δ) for both. The whole table's rows are then counted too, and δ chosen from them."""
        whole_rows, steps = self.budget.sampled_from, 2 if self.budget.sampled_from else 1
        epsilon = self.budget.epsilon / steps
        scale = accountant.count_scale(epsilon / steps)
        noisy = [
            rows + int(discrete_laplace(scale, 1, self.source)[0]) for rows in (whole_rows or self.table.rows, self.table.rows)[:steps]
        ]
        self.rows = float(max(noisy[-1], 1))
        self.count_epsilon = 1.0 * steps**2 / scale
        self.delta = self.budget.delta if self.budget.delta is not None else accountant.chosen_delta(noisy[0], scale)
        self.step_delta = self.delta if steps == 1 else self.delta / (1 + math.exp(epsilon))
        self.rho = accountant.rho_for(epsilon - steps / scale, self.step_delta * (1 - accountant.LIST_SHARE))
        self.census = Census(Ledger(self.rho), self.source)

    def _data(self, number: int) -> pa.Array:
        return whole(self.table.data.column(self.names[number]))

    def _learn_columns(self) -> list[Learnt]:
        asked = sum(_questions(column, domain) for column, domain in zip(self.columns, self.domains, strict=True))
        least, most = COLUMNS_SHARE
        wanted = asked / (2 * (COLUMN_NOISE * self.rows) ** 2)
        share = min(max(wanted, least * self.rho), most * self.rho)
        lists = sum(1 for column, domain in zip(self.columns, self.domains, strict=True) if _listed(column, domain))
        price = Price(share / max(asked, 1), self.step_delta * accountant.LIST_SHARE / max(lists, 1), self.rows)
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

    def _fit_network(self, learnt: list[Learnt], rules: tuple[Rule, ...]) -> tuple[dict[int, Groups], Network]:
        """The groups of every column that is drawn, and the network fitted to tables of pairs of them."""
        drawn = [c for c, each in enumerate(learnt) if each.codec.size and c not in {rule.target for rule in rules}]
        plan = plan_pairs(len(drawn), self.rows, self.rho - self.census.ledger.spent)
        groups = {c: group_codes(_drawn(learnt[c].codec), learnt[c].rows, self.deviation, plan.deviation) for c in drawn}
        codes = {c: groups[c].of[learnt[c].codes] for c in drawn}
        masses = {c: np.bincount(groups[c].of, learnt[c].rows, minlength=groups[c].size) for c in drawn}
        noise = {c: np.bincount(groups[c].of, minlength=groups[c].size) ** 0.5 * self.deviation for c in drawn}
        first = [self.names.index(name) for name in self.options.seed_columns if name in self.names]
        workload = Workload(groups, codes, masses, noise, self.rows, self.names, self.census)
        network = workload.fit(plan, first, self._step if self.follow is not None else None)
        self._share("pairs of columns")
        return groups, network

    def _step(self, column: int, done: int, total: int, apart: float) -> None:
        if self.follow is not None:
            self.follow(self.names[column], done, total, apart)

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
            sampled=bool(self.budget.sampled_from),
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
