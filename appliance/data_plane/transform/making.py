"""What one rule makes of some cells, and what becomes of those whose expression fails or that come out as they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.configurations.expression import Usage, tree
from appliance.data_plane.transform.account import RuleAccount
from appliance.data_plane.transform.cells import Codes, Mask, all_texts
from appliance.data_plane.transform.evaluation.bounds import MOST_ITEMS
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import (
    FAILED,
    UNDEFINED,
    Failed,
    Same,
    Undefined,
    Vector,
    guarded,
    listed,
    text_of,
)
from appliance.errors import JobFailed

TURNS = 32
"""Redraws of a fake that equals its source; a cell that is then still the same is treated as failed."""


class CellRule(msgspec.Struct, frozen=True):
    """A rule for one column, with all that is known of the column put in.

    `condition`: None for all cells. `reads`: what value, fallback and foreach depend on; `asks`: what the condition does. `row`: keys of
    the columns by name. `mark`: what stands for a cell that failed. `on_error`: redact, null or fail.
    `draws_by_row`: something is drawn for missing cells too, by the number of their row."""

    key: str
    column: str
    condition: tree.Expression | None
    value: tree.Expression
    fallback: tree.Expression | None
    foreach: tree.Expression | None
    asks: Usage
    reads: Usage
    row: Mapping[str, str]
    mark: str
    on_error: str
    draws_by_row: bool
    evaluator: Any
    account: RuleAccount

    @property
    def passthrough(self) -> bool:
        """Whether the rule leaves cells as they are on purpose."""
        return isinstance(self.value, tree.Name) and self.value.name == "this"


class Making:
    """The values of one rule at some places, with what happens to those that fail or come out as they were.

    `weights`: rows behind each place; `row_of`: the number of the first of them."""

    def __init__(self, rule: CellRule, scope: Scope, broken: Mask, weights: Codes, row_of: Callable[[int], int]) -> None:
        self._rule = rule
        self._scope = scope
        self._broken = broken
        self._weights = weights
        self._row_of = row_of
        self._account = rule.account

    def values(self) -> Vector:
        """Final values: none is failed or undefined."""
        redrawn = self._rule.evaluator.tools.redrawn
        evaluated = self._evaluated(self._scope)
        if self._broken.any():
            pairs = zip(self._broken.tolist(), listed(evaluated, self._scope.size), strict=True)
            evaluated = [FAILED if broken else value for broken, value in pairs]
        rows = int(self._weights.sum())
        self._account.matched += rows
        final, unchanged = self._finished(evaluated)
        self._account.redrawn += self._rule.evaluator.tools.redrawn - redrawn
        self._account.changed += rows - unchanged
        return final

    def _finished(self, evaluated: Vector) -> tuple[Vector, int]:
        """The values with odd ones put right, and the rows that stay as they were."""
        source = self._scope.named("this")
        plain = evaluated if isinstance(evaluated, Same) else all_texts(evaluated)
        if isinstance(plain, pa.Array) and isinstance(source, pa.Array):
            same = pc.or_kleene(pc.equal(plain, source.cast(pa.string())), plain.is_null())
            odd = np.flatnonzero(pc.fill_null(same, False).to_numpy(zero_copy_only=False)).tolist()
            if not odd:
                return plain, 0
        values = listed(evaluated, self._scope.size)
        made = [*values] if isinstance(plain, pa.Array) else [value if type(value) in _SCALARS else _shown(value) for value in values]
        if not isinstance(plain, pa.Array) or not isinstance(source, pa.Array):
            odd = _odd(made, listed(source, self._scope.size))
        unchanged = self._settled(made, listed(source, self._scope.size), odd) if odd else 0
        found = all_texts(made)
        return (made if found is None else found), unchanged

    def _evaluated(self, scope: Scope) -> Vector:
        rule = self._rule
        if rule.foreach is None:
            return rule.evaluator.run(rule.value, scope)
        return _for_each(rule, scope)

    def _settled(self, made: list[Any], sources: list[Any], odd: list[int]) -> int:
        """Failed and unchanged places put right, in place; the rows that stay as they were."""
        failed = [place for place in odd if made[place] is FAILED or made[place] is UNDEFINED]
        same = [place for place in odd if not (made[place] is FAILED or made[place] is UNDEFINED)]
        missing = [place for place in same if made[place] is None]
        same = [place for place in same if made[place] is not None]
        if same and self._rule.reads.fakes and not self._rule.passthrough:
            same = self._redrawn(made, sources, same)
            failed, same = failed + same, []
        if failed:
            self._failed(made, sources, failed)
        self._account.missing += self._rows(missing)
        if not self._rule.passthrough:
            self._account.unchanged += self._rows(same)
        return self._rows(missing) + self._rows(same)

    def _rows(self, places: list[int]) -> int:
        return int(self._weights[places].sum()) if places else 0

    def _redrawn(self, made: list[Any], sources: list[Any], same: list[int]) -> list[int]:
        """Other fakes for places where they equal their source; the places where they still do."""
        scope = self._scope.part(np.array(same, np.int64))
        for _ in range(TURNS):
            scope = scope.again()
            self._account.redrawn += len(same)
            values = listed(self._evaluated(scope), scope.size)
            left = set(_odd(values, [sources[place] for place in same]))
            for number, place in enumerate(same):
                if number not in left:
                    made[place] = values[number]
            kept = sorted(left)
            same = [same[number] for number in kept]
            if not same:
                break
            scope = scope.part(np.array(kept, np.int64))
        return same

    def _failed(self, made: list[Any], sources: list[Any], failed: list[int]) -> None:
        """What stands for cells whose expression failed: the fallback, or what `on_error` says; a missing cell stays missing."""
        self._account.errors += self._rows(failed)
        if self._rule.fallback is not None:
            values = listed(self._rule.evaluator.run(self._rule.fallback, self._scope.part(np.array(failed, np.int64))), len(failed))
            alike = set(_odd(values, [sources[place] for place in failed]))
            good = [number for number in range(len(failed)) if number not in alike]
            for number in good:
                made[failed[number]] = values[number]
            self._account.fallbacks += self._rows([failed[number] for number in good])
            failed = [failed[number] for number in sorted(alike)]
        if failed and self._rule.on_error == "fail":
            raise JobFailed(
                f"{self._rule.account.place}: the value of column {self._rule.column!r} in row {self._row_of(failed[0]) + 1:,} "
                "could not be made.",
                hint="Give the rule a fallback_value, or set appliance.on_error to redact or null.",
            )
        for place in failed:
            made[place] = None if sources[place] is None or self._rule.on_error == "null" else self._rule.mark


def _shown(value: Any) -> Any:
    """The value itself; failed where no cell can show it."""
    return FAILED if guarded(text_of, value) is FAILED else value


_SCALARS = frozenset({str, int, float, bool, type(None), Failed, Undefined})


def _odd(made: list[Any], sources: list[Any]) -> list[int]:
    """Places that failed, are undefined, or equal their source."""
    pairs = zip(made, sources, strict=True)
    return [
        place
        for place, (value, source) in enumerate(pairs)
        if value is FAILED or value is UNDEFINED or value == source or (type(value) is not type(source) and _shown_alike(value, source))
    ]


def _shown_alike(value: Any, source: Any) -> bool:
    return value is not None and source is not None and text_of(value) == text_of(source)


def _for_each(rule: CellRule, scope: Scope) -> Vector:
    """The value made once for each item of a list, `this` being what the one before made."""
    assert rule.foreach is not None
    lists = [_items(value) for value in listed(rule.evaluator.run(rule.foreach, scope), scope.size)]
    current = [FAILED if items is None else this for items, this in zip(lists, listed(scope.named("this"), scope.size), strict=True)]
    longest = max((len(items) for items in lists if items is not None), default=0)
    for number in range(longest):
        places = [place for place, items in enumerate(lists) if items is not None and len(items) > number and current[place] is not FAILED]
        if not places:
            break
        part = scope.part(np.array(places, np.int64)).holding([current[place] for place in places])
        chosen = [lists[place] for place in places]
        part = part.inside([items[number] for items in chosen if items is not None], chosen)
        for place, value in zip(places, listed(rule.evaluator.run(rule.value, part), part.size), strict=True):
            current[place] = value
    return current


def _items(value: Any) -> list[Any] | None:
    """The items of a list; None for what is no list."""
    if value is None:
        return []
    if not isinstance(value, list | tuple | dict) or len(value) > MOST_ITEMS:
        return None
    return list(value)
