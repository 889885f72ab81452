"""A plan made ready for one file: for every step its variables, its columns, and its rules with all that is known put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from appliance.configurations.expression import CELL, COLUMN, ROW, Names, Usage, names_used, parse_value, tree
from appliance.configurations.expression.absent import absent_column, near_column
from appliance.configurations.expression.usage import nodes
from appliance.configurations.transform_columns import lock_fault
from appliance.data_plane.transform.account import RowDropAccount, RuleAccount
from appliance.data_plane.transform.evaluation.evaluator import Evaluator
from appliance.data_plane.transform.evaluation.folding import Bindings, always, fold, never
from appliance.data_plane.transform.evaluation.tools import Place, Tools, sites_of
from appliance.data_plane.transform.layout import Layout, LayoutColumn, added, dropped, is_entity, locked_out, renamed, selected
from appliance.data_plane.transform.making import CellRule
from appliance.data_plane.transform.modes import draws_by_row, mode_of, rule_text
from appliance.data_plane.transform.plan import TransformPlan
from appliance.data_plane.transform.values.unique import has_unique
from appliance.data_plane.transform.variables import Facts, variables_of, wanted_facts
from appliance.errors import DataRefused

_CONDITION = Names(CELL.known, bare=False)


class RowRule(msgspec.Struct, frozen=True):
    """A rule that drops rows. `condition` with all that is known put in."""

    condition: tree.Expression
    asks: Usage
    row: Mapping[str, str]
    evaluator: Any
    account: RowDropAccount


class StepProgram(msgspec.Struct, frozen=True):
    """One step, ready to run: `layout` is that of its rows."""

    layout: Layout
    drops: tuple[RowRule, ...]
    rules: tuple[CellRule, ...]


class Compiler:
    """Makes steps ready one after another, because each sees what the one before left."""

    def __init__(self, plan: TransformPlan, layout: Layout, tools: Tools) -> None:
        self._plan = plan
        self._tools = tools
        self._variables: dict[str, Any] = {}
        self.layout = layout
        self.rules: list[RuleAccount] = []
        self.row_drops: list[RowDropAccount] = []
        self.warnings: list[str] = []
        self._check_locks()

    def facts_wanted(self, number: int) -> tuple[tuple[str, str], ...]:
        """What a step's variables ask of whole columns: pairs of column and function."""
        return wanted_facts(
            self._plan.section["steps"][number]["vars"], self._variables, self._plan.section["globals"], self._probe(number)
        )

    def step(self, number: int, facts: Facts) -> StepProgram:
        """The step, given what its variables asked. Raises DataRefused for columns that cannot be as the step says."""
        step = self._plan.section["steps"][number]
        shared = self._plan.section["globals"]
        self._variables = {**self._variables, **variables_of(step["vars"], self._variables, shared, facts, self._probe(number), number)}
        self._change_columns(step["columns"], number)
        drops = tuple(self._row_rule(rule, number, place) for place, rule in enumerate(step["rows"]["drop"]))
        rules = tuple(one for place, rule in enumerate(step["rows"]["update"]) for one in self._cell_rules(rule, number, place))
        return StepProgram(self.layout, drops, rules)

    def _check_locks(self) -> None:
        said = lock_fault(self._plan.section, self.layout.keys)
        if said:
            raise DataRefused(said)

    def _check_read(self, one: tree.Expression | None, place: str) -> None:
        """Raises DataRefused where an expression reads a column that the table lacks at that point."""
        found = None if one is None else absent_column(one, self.layout.keys)
        if found is not None:
            near = near_column(found[0], self.layout.keys)
            raise DataRefused(f"{place}, character {found[1] + 1}: the table has no column {found[0]!r} at that point{near}.")

    def _tell_locked(self, rule: dict[str, Any], locked: frozenset[str], told: str) -> list[str]:
        """The locked columns that a rule asks for, with a warning."""
        found = list(locked_out(self.layout, rule, locked))
        if found:
            shown = ", ".join(map(repr, found[:3])) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
            self.warnings.append(f"{told} leaves {shown} alone: locked by globals.lock_columns.")
        return found

    def _probe(self, number: int) -> Evaluator:
        return Evaluator(self._tools, Place(f"step {number}", f"Step {number + 1}, vars"))

    def _bindings(self, column: LayoutColumn | None) -> Bindings:
        properties = None if column is None else column.properties(self.layout.position(column))
        return Bindings(self._variables, self._plan.section["globals"], properties)

    def _change_columns(self, columns: dict[str, Any], number: int) -> None:
        for place, rule in enumerate(columns["add"]):
            self.layout = added(self.layout, rule, f"Step {number + 1}, columns add rule {place + 1}", f"added {number} {place}")
        locked = frozenset(self._plan.section["globals"]["lock_columns"])
        for place, rule in enumerate(columns["drop"]):
            told = f"Step {number + 1}, columns drop rule {place + 1}"
            chosen = selected(self.layout, rule, locked, told, self.warnings)
            self._tell_locked(rule, locked, told)
            condition = None if rule["condition"] is None else parse_value(rule["condition"], COLUMN)
            evaluator = Evaluator(self._tools, Place(told, told))
            gone = [column for column in chosen if self._holds(condition, column, evaluator)]
            self.layout = dropped(self.layout, gone, told)
        for place, rule in enumerate(columns["rename"]):
            told = f"Step {number + 1}, columns rename rule {place + 1}"
            self.layout = renamed(self.layout, rule, locked, told)
            if rule["name"] in locked:
                self.warnings.append(f"{told} leaves {rule['name']!r} alone: locked by globals.lock_columns.")

    def _holds(self, condition: tree.Expression | None, column: LayoutColumn, evaluator: Evaluator) -> bool:
        return condition is None or always(fold(condition, self._bindings(column), evaluator))

    def _row_rule(self, rule: dict[str, Any], number: int, place: int) -> RowRule:
        account = RowDropAccount(f"Step {number + 1}, rows drop rule {place + 1}", rule["description"] or "")
        self.row_drops.append(account)
        evaluator = Evaluator(self._tools, Place(f"drop {number}.{place}", account.place))
        condition = fold(parse_value(rule["condition"], ROW), self._bindings(None), evaluator)
        self._check_read(condition, f"{account.place}, condition")
        return RowRule(condition, names_used(condition), self.layout.keys, evaluator, account)

    def _cell_rules(self, rule: dict[str, Any], number: int, place: int) -> list[CellRule]:
        told = f"Step {number + 1}, rows update rule {place + 1}"
        account = RuleAccount(told, [], rule["description"] or "", text=rule_text(rule))
        self.rules.append(account)
        locked = frozenset(self._plan.section["globals"]["lock_columns"])
        names = CELL if rule["foreach"] is None else CELL.having(items=True)
        trees = [
            _tree(rule["condition"], _CONDITION),
            _tree(rule["value"], names),
            _tree(rule["fallback_value"], names),
            _tree(rule["foreach"], CELL),
        ]
        made = []
        for column in selected(self.layout, rule, locked, told, self.warnings):
            one = self._cell_rule(column, trees, f"{number}.{place}", account)
            if one is not None:
                made.append(one)
        account.locked = self._tell_locked(rule, locked, told)
        account.columns = [one.column for one in made]
        account.mode = mode_of([one.condition for one in made], [one.value for one in made])
        account.passthrough = bool(made) and all(one.passthrough for one in made)
        return made

    def _cell_rule(
        self, column: LayoutColumn, trees: Sequence[tree.Expression | None], place: str, account: RuleAccount
    ) -> CellRule | None:
        evaluator = Evaluator(
            self._domain_tools(column),
            Place(f"{place}\0{column.name}", account.place, self._unique(column), sites_of(trees[1:2]), column.planned.mixed),
        )
        bindings = self._bindings(column)
        condition = None if trees[0] is None else fold(trees[0], bindings, evaluator)
        if never(condition):
            return None
        value, fallback, foreach = (None if one is None else fold(one, bindings, evaluator) for one in trees[1:])
        condition = None if always(condition) else condition
        for key, one in (("condition", condition), ("value", value), ("fallback_value", fallback), ("foreach", foreach)):
            self._check_read(one, f"{account.place}, {key}")
        reads = _together([names_used(one) for one in (value, fallback, foreach) if one is not None])
        asks = names_used(condition) if condition is not None else Usage()
        assert value is not None
        mark = f"<{column.planned.entity or column.name}>"
        on_error = self._plan.section["appliance"]["on_error"]
        if evaluator.place.unique:
            self._warn_of_shared(value, column, account.place)
        keys = self.layout.keys
        by_row = any(draws_by_row(one) for one in (value, fallback, foreach) if one is not None)
        return CellRule(
            column.key, column.name, condition, value, fallback, foreach, asks, reads, keys, mark, on_error, by_row, evaluator, account
        )

    def _warn_of_shared(self, value: tree.Expression, column: LayoutColumn, told: str) -> None:
        """Tell where fakes are asked to be unique whose kind cannot be, such as dates and ages."""
        for node in nodes(value):
            kind = node.provider if isinstance(node, tree.Fake) else None
            if isinstance(node, tree.Filter) and node.name == "fake" and isinstance(node.of, tree.Constant):
                kind = str(node.of.value)
            if kind is not None and not has_unique(kind):
                self.warnings.append(f"{told}: fakes of {kind!r} cannot be unique; values of column {column.name!r} may share one.")

    def _unique(self, column: LayoutColumn) -> bool:
        """Whether the configuration asks that no two values of the column get the same fake."""
        wanted = self._plan.section["appliance"]["unique"]
        if isinstance(wanted, bool):
            return wanted
        return column.name in wanted or is_entity(column.planned.entity, wanted)

    def _domain_tools(self, column: LayoutColumn) -> Tools:
        """The tools of the column's own domain, where the configuration names one."""
        domains = self._plan.section["appliance"]["domains"]
        domain = domains.get(column.name, domains.get(column.planned.entity))
        return self._tools if domain is None else self._tools.of_domain(str(domain))


def _tree(given: Any, names: Names) -> tree.Expression | None:
    return None if given is None else parse_value(given, names)


def _together(usages: list[Usage]) -> Usage:
    return Usage(
        this=any(one.this for one in usages),
        index=any(one.index for one in usages),
        item=any(one.item for one in usages),
        whole_row=any(one.whole_row for one in usages),
        columns=tuple(dict.fromkeys(name for one in usages for name in one.columns)),
        draws=tuple(dict.fromkeys(site for one in usages for site in one.draws)),
        fakes=tuple(dict.fromkeys(site for one in usages for site in one.fakes)),
    )
