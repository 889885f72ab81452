"""Folding: what is the same for all cells of a column is worked out once, and the tree that is left is smaller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.configurations.expression import names_used, tree
from appliance.data_plane.transform.evaluation.evaluator import Evaluator
from appliance.data_plane.transform.evaluation.scope import Scope
from appliance.data_plane.transform.evaluation.vectors import FAILED, UNDEFINED, Same, guarded, listed

_FREE_TEXT = frozenset({"detect_entities", "redact_entities", "label_entities", "hash_entities", "fake_entities"})


class Bindings(msgspec.Struct, frozen=True):
    """What is known before any cell is seen. `column`: properties of the column, None where a rule is of no column; `data`: by column and
    function."""

    variables: Mapping[str, Any]
    shared: Mapping[str, Any]
    column: Mapping[str, Any] | None = None
    data: Mapping[tuple[str, str], Any] = {}


def fold(node: tree.Expression, bindings: Bindings, evaluator: Evaluator) -> tree.Expression:
    """The tree with everything known put in. A part that fails keeps its form, and fails when it is asked."""
    known = _known(node, bindings)
    if known is not None:
        return known
    folded = _rebuilt(node, bindings, evaluator)
    if isinstance(folded, tree.Data):
        return _known(folded, bindings) or folded
    if isinstance(folded, tree.Logic):
        return _short(folded)
    if isinstance(folded, tree.Conditional) and isinstance(folded.condition, tree.Constant):
        told = guarded(bool, folded.condition.value)
        if told is True:
            return folded.then
        if told is False:
            return folded.otherwise or tree.Constant(folded.offset, None)
    return _worked_out(folded, evaluator)


def _known(node: tree.Expression, bindings: Bindings) -> tree.Expression | None:
    if isinstance(node, tree.ColumnProperty):
        return None if bindings.column is None else tree.Constant(node.offset, bindings.column[node.name])
    if isinstance(node, tree.Name) and node.name in ("vars", "globals"):
        held = bindings.variables if node.name == "vars" else bindings.shared
        return tree.Constant(node.offset, dict(held))  # type: ignore[arg-type]
    if isinstance(node, tree.Data) and isinstance(node.column, tree.Constant):
        value = bindings.data.get((str(node.column.value), node.function), FAILED)
        return None if value is FAILED else tree.Constant(node.offset, value)
    return None


def _rebuilt(node: tree.Expression, bindings: Bindings, evaluator: Evaluator) -> tree.Expression:
    changes = {}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        changed = _changed(value, bindings, evaluator)
        if changed is not value:
            changes[name] = changed
    return msgspec.structs.replace(node, **changes) if changes else node


def _changed(value: Any, bindings: Bindings, evaluator: Evaluator) -> Any:
    if isinstance(value, tree.Node):
        return fold(value, bindings, evaluator)  # type: ignore[arg-type]
    if isinstance(value, tuple):
        made = tuple(_changed(one, bindings, evaluator) for one in value)
        return made if any(one is not other for one, other in zip(made, value, strict=True)) else value
    if isinstance(value, tree.Argument):
        return tree.Argument(value.name, _changed(value.value, bindings, evaluator))
    if isinstance(value, tree.Comparison):
        return tree.Comparison(value.operator, _changed(value.right, bindings, evaluator))
    return value


def _short(node: tree.Logic) -> tree.Expression:
    """`known and x` is x or the known; what stands right of an open question stays."""
    if not isinstance(node.left, tree.Constant):
        return node
    told = guarded(bool, node.left.value)
    if told is FAILED:
        return node
    return node.right if told is (node.operator == "and") else node.left


def _worked_out(node: tree.Expression, evaluator: Evaluator) -> tree.Expression:
    """The node as a constant where nothing below it is open."""
    if isinstance(node, tree.Constant | tree.Name) or not all(isinstance(child, tree.Constant) for child in tree.children(node)):
        return node
    if isinstance(node, tree.Filter) and node.name in _FREE_TEXT:
        return node
    if not names_used(node).constant or isinstance(node, tree.Data):
        return node
    vector = evaluator.value(node, Scope(1))
    value = vector.value if isinstance(vector, Same) else listed(vector, 1)[0]
    return node if value is FAILED or value is UNDEFINED else tree.Constant(node.offset, value)


def never(condition: tree.Expression | None) -> bool:
    """Whether a folded condition holds for no cell."""
    if isinstance(condition, tree.Logic) and condition.operator == "and":
        return never(condition.left) or never(condition.right)
    return isinstance(condition, tree.Constant) and guarded(bool, condition.value) is False


def always(condition: tree.Expression | None) -> bool:
    """Whether a folded condition holds for every cell."""
    return condition is None or (isinstance(condition, tree.Constant) and guarded(bool, condition.value) is True)
