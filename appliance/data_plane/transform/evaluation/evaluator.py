"""Runs a tree at many places at once. One method for each kind of node; anything else has no value."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from appliance.configurations.expression import tree, vocabulary
from appliance.data_plane.transform.evaluation import draws, methods, operators, own_filters, patterns, text_arrays
from appliance.data_plane.transform.evaluation.bounds import bounded, held_bytes, weighed
from appliance.data_plane.transform.evaluation.branches import branch, truths
from appliance.data_plane.transform.evaluation.filters import JINJA, bound
from appliance.data_plane.transform.evaluation.predicates import predicate_of
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.tools import Place, Tools
from appliance.data_plane.transform.evaluation.vectors import FAILED, CellFault, Places, Same, Vector, joined, lift, picked

CHUNK = 8_192
"""Places that are evaluated between two looks at the clock."""


class Evaluator:
    """Expressions of one place in the configuration."""

    def __init__(self, tools: Tools, place: Place) -> None:
        self.tools = tools
        self.place = place

    def run(self, node: tree.Expression, scope: Scope) -> Vector:
        """The expression's value at every place, in chunks. Raises JobFailed when the rule's time is over."""
        if scope.size <= CHUNK:
            self.tools.budget.check()
            return self._sound(node, scope)
        parts, sizes, held = [], [], 0
        for start in range(0, scope.size, CHUNK):
            self.tools.budget.check()
            part = scope.part(slice(start, min(start + CHUNK, scope.size)))
            parts.append(self._sound(node, part))
            sizes.append(part.size)
            held += held_bytes(parts[-1])
            self.tools.budget.check_held(held)
        return joined(parts, sizes)

    def _sound(self, node: tree.Expression, scope: Scope) -> Vector:
        """The value; where an operation on all places at once has none, every place has failed."""
        try:
            return self.value(node, scope)
        except CellFault:
            return Same(FAILED)

    def value(self, node: tree.Expression, scope: Scope) -> Vector:
        """The expression's value at every place."""
        return _NODES[type(node)](self, node, scope)

    def _values(self, nodes: tuple[tree.Expression, ...], scope: Scope) -> list[Vector]:
        return [self.value(node, scope) for node in nodes]

    def lift(self, function: Callable[..., Any], vectors: Sequence[Vector], size: int) -> Vector:
        """`vectors.lift` under the rule's limits of time and size."""
        return lift(function, vectors, size, self.tools.budget.meter())

    def _constant(self, node: tree.Constant, scope: Scope) -> Vector:
        return Same(node.value)

    def _name(self, node: tree.Name, scope: Scope) -> Vector:
        if node.name in ("this", "index", "item", "items"):
            return scope.named(node.name)
        if node.name != "row":
            return Same(FAILED)
        cells = [scope.cell(name) for name in scope.columns]
        return self.lift(lambda *values: dict(zip(scope.columns, values, strict=True)), cells, scope.size) if cells else Same({})

    def _item(self, node: tree.Item, scope: Scope) -> Vector:
        key = self.value(node.key, scope)
        if isinstance(node.of, tree.Name) and node.of.name == "row" and isinstance(key, Same) and isinstance(key.value, str):
            return scope.cell(key.value)
        return self.lift(methods.item, [self.value(node.of, scope), key], scope.size)

    def _attribute(self, node: tree.Attribute, scope: Scope) -> Vector:
        name = node.name
        return self.lift(lambda of: methods.attribute(of, name), [self.value(node.of, scope)], scope.size)

    def _slice(self, node: tree.Slice, scope: Scope) -> Vector:
        parts = [Same(None) if part is None else self.value(part, scope) for part in (node.start, node.stop, node.step)]
        of = self.value(node.of, scope)
        if all(isinstance(part, Same) for part in parts):
            made = text_arrays.sliced(of, *(part.value for part in parts if isinstance(part, Same)))
            if made is not None:
                return made
        return self.lift(methods.part, [of, *parts], scope.size)

    def _unary(self, node: tree.Unary, scope: Scope) -> Vector:
        value = self.value(node.operand, scope)
        if node.operator == "not":
            told = [FAILED if one is None else not one for one in truths(value, 1 if isinstance(value, Same) else scope.size)]
            return Same(told[0]) if isinstance(value, Same) else told
        return self.lift(operators.negative if node.operator == "-" else operators.positive, [value], scope.size)

    def _binary(self, node: tree.Binary, scope: Scope) -> Vector:
        sides = self._values((node.left, node.right), scope)
        made = text_arrays.concatenated(sides) if node.operator == "+" else None
        return self.lift(operators.BINARY[node.operator], sides, scope.size) if made is None else made

    def _compare(self, node: tree.Compare, scope: Scope) -> Vector:
        left = self.value(node.first, scope)
        made: Vector | None = None
        for link in node.rest:
            right = self.value(link.right, scope)
            told = self.lift(operators.COMPARATORS[link.operator], [left, right], scope.size)
            made = told if made is None else self.lift(lambda one, other: one and other, [made, told], scope.size)
            left = right
        return Same(True) if made is None else made

    def _logic(self, node: tree.Logic, scope: Scope) -> Vector:
        left = self.value(node.left, scope)
        told = truths(left, scope.size)

        def kept(places: Places | None) -> Vector:
            return left if places is None else picked(left, places)

        def right(places: Places | None) -> Vector:
            return self.value(node.right, scope if places is None else scope.part(places))

        return branch(told, right, kept) if node.operator == "and" else branch(told, kept, right)

    def _conditional(self, node: tree.Conditional, scope: Scope) -> Vector:
        told = truths(self.value(node.condition, scope), scope.size)

        def side(chosen: tree.Expression | None) -> Callable[[Places | None], Vector]:
            if chosen is None:
                return lambda _: Same(None)
            return lambda places: self.value(chosen, scope if places is None else scope.part(places))

        return branch(told, side(node.then), side(node.otherwise))

    def _concat(self, node: tree.Concat, scope: Scope) -> Vector:
        parts = self._values(node.parts, scope)
        made = text_arrays.concatenated(parts)
        return self.lift(operators.concat, parts, scope.size) if made is None else made

    def _filter(self, node: tree.Filter, scope: Scope) -> Vector:
        parameters = vocabulary.FILTERS[node.name].parameters
        names = (*parameters[: len(node.args)], *(one.name for one in node.named))
        given = self._values((*node.args, *(one.value for one in node.named)), scope)
        of = self.value(own_filters.below(node), scope)
        if node.name in own_filters.OWN:
            return own_filters.run(self, node, scope, of, dict(zip(names, given, strict=True)))
        made = text_arrays.filtered(node.name, of, dict(zip(names, given, strict=True)))
        if made is not None:
            return made
        function = bound(JINJA[node.name], names, parameters)
        return self.lift(lambda *values: bounded(function(*values)), [of, *given], scope.size)

    def _test(self, node: tree.Test, scope: Scope) -> Vector:
        told = self.lift(predicate_of(node.name), self._values((node.of, *node.args), scope), scope.size)
        return self.lift(lambda one: not one, [told], scope.size) if node.negated else told

    def _method(self, node: tree.Method, scope: Scope) -> Vector:
        parameters = vocabulary.METHODS[node.name].signature.parameters
        names = (*parameters[: len(node.args)], *(one.name for one in node.named))
        given = self._values((node.of, *node.args, *(one.value for one in node.named)), scope)
        return self.lift(methods.called(node.name, names), given, scope.size)

    def _pattern(self, node: tree.Pattern, scope: Scope) -> Vector:
        parameters = vocabulary.PATTERNS[node.function].parameters
        names = (*parameters[: len(node.args)], *(one.name for one in node.named))
        given = dict(zip(names, self._values((*node.args, *(one.value for one in node.named)), scope), strict=True))
        ordered = [given[name] for name in parameters if name in given]
        if node.function == "sub":
            return self.lift(patterns.sub, ordered, scope.size)
        function = node.function
        return self.lift(lambda *values: patterns.run(function, *values), ordered, scope.size)

    def _duration(self, node: tree.Duration, scope: Scope) -> Vector:
        names = (*vocabulary.DURATION.parameters[: len(node.args)], *(one.name for one in node.named))
        given = self._values((*node.args, *(one.value for one in node.named)), scope)
        return self.lift(lambda *values: datetime.timedelta(**dict(zip(names, values, strict=True))), given or [Same(0)], scope.size)

    def _sequence(self, node: tree.Sequence, scope: Scope) -> Vector:
        items = self._values(node.items, scope)
        return self.lift(lambda *values: _sound(list(values)), items, scope.size) if items else Same([])

    def _mapping(self, node: tree.Mapping, scope: Scope) -> Vector:
        flat = self._values(tuple(one for pair in node.pairs for one in pair), scope)
        if not flat:
            return Same({})
        return self.lift(lambda *values: weighed(dict(zip(values[::2], _sound(list(values[1::2])), strict=True))), flat, scope.size)

    def _nothing(self, node: tree.Expression, scope: Scope) -> Vector:
        """Column properties and data are constants before anything is evaluated."""
        return Same(FAILED)


def _sound(values: list[Any]) -> list[Any]:
    if any(value is FAILED for value in values):
        raise CellFault
    return weighed(values)  # type: ignore[no-any-return]


_NODES: dict[type, Callable[[Evaluator, Any, Scope], Vector]] = {
    tree.Constant: Evaluator._constant,
    tree.Name: Evaluator._name,
    tree.Item: Evaluator._item,
    tree.Attribute: Evaluator._attribute,
    tree.Slice: Evaluator._slice,
    tree.Unary: Evaluator._unary,
    tree.Binary: Evaluator._binary,
    tree.Compare: Evaluator._compare,
    tree.Logic: Evaluator._logic,
    tree.Conditional: Evaluator._conditional,
    tree.Concat: Evaluator._concat,
    tree.Filter: Evaluator._filter,
    tree.Test: Evaluator._test,
    tree.Method: Evaluator._method,
    tree.Pattern: Evaluator._pattern,
    tree.Duration: Evaluator._duration,
    tree.Sequence: Evaluator._sequence,
    tree.Mapping: Evaluator._mapping,
    tree.ColumnProperty: Evaluator._nothing,
    tree.Data: Evaluator._nothing,
    tree.Random: draws.random,
    tree.Fake: draws.fake,
    tree.Persona: draws.persona,
}
