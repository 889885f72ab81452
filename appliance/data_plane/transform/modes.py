"""How a rule runs, for the report: on whole columns, once for each distinct value, or once for each row; and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.configurations.expression import names_used, tree
from appliance.configurations.expression.usage import nodes

COMPILED, DISTINCT, ROW = "compiled", "distinct", "row"
LONGEST_HALF = 80

_BULK_FILTERS = frozenset(
    """isna fake hash lookup_country lookup_locales normalize tld partial_mask date_parse date_shift date_time_shift date_format
    date_time_format detect_entities redact_entities label_entities hash_entities fake_entities default string lower upper""".split()
)
_BULK_NODES = (
    tree.Constant,
    tree.Name,
    tree.Item,
    tree.Attribute,
    tree.Unary,
    tree.Logic,
    tree.Compare,
    tree.Conditional,
    tree.Concat,
    tree.Fake,
    tree.Persona,
    tree.Sequence,
)


def mode_of(conditions: Sequence[tree.Expression | None], values: Sequence[tree.Expression]) -> str:
    """`compiled`: every part is one call for all distinct inputs. `distinct`: some part is one call for each. `row`: it hangs
    on the row's number. Empty for a rule of no column."""
    if not values:
        return ""
    trees = [one for one in (*conditions, *values) if one is not None]
    if any(names_used(one).index for one in trees):
        return ROW
    return COMPILED if all(_is_bulk(node) for one in trees for node in nodes(one)) else DISTINCT


def rule_text(rule: dict[str, Any]) -> str:
    """A rule as the configuration has it, in one line of two halves cut to LONGEST_HALF characters: where → value."""
    where = rule["condition"]
    if where is None:
        where = ", ".join(f"{key}: {_listed(rule[key])}" for key in ("name", "entity", "type", "position") if rule[key] not in (None, []))
    return f"{_cut(where)} → {_cut(rule['value'])}"


def _listed(given: Any) -> str:
    return ", ".join(map(str, given)) if isinstance(given, list) else str(given)


def _cut(given: Any) -> str:
    plain = " ".join(str(given).split())
    return plain if len(plain) <= LONGEST_HALF else plain[: LONGEST_HALF - 1] + "…"


def _is_bulk(node: tree.Expression) -> bool:
    if isinstance(node, tree.Filter):
        return node.name in _BULK_FILTERS
    if isinstance(node, tree.Binary):
        return node.operator == "+"
    return isinstance(node, _BULK_NODES)


_TEXT_FILTERS = frozenset(
    """hash partial_mask normalize date_format date_time_format redact_entities label_entities hash_entities fake_entities string upper
    lower title capitalize replace trim truncate center""".split()
)


def makes_texts(value: tree.Expression) -> bool:
    """Whether an expression makes texts that are no numbers or dates, whatever the cell."""
    if isinstance(value, tree.Conditional):
        return makes_texts(value.then) or (value.otherwise is not None and makes_texts(value.otherwise))
    if isinstance(value, tree.Filter):
        return value.name in _TEXT_FILTERS - {"date_format", "date_time_format"}
    return isinstance(value, tree.Concat) or (isinstance(value, tree.Constant) and isinstance(value.value, str))


def draws_by_row(value: tree.Expression) -> bool:
    """Whether something is drawn for a missing cell too. `entity | fake` is not: a missing cell stays missing."""
    return any(
        isinstance(node, tree.Fake | tree.Persona | tree.Random) or (isinstance(node, tree.Filter) and node.name == "random")
        for node in nodes(value)
    )
