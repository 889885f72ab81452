"""Columns that an expression reads although the table lacks them: it would read nothing in every row, and say so in none."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from appliance.configurations.expression.tree import Constant, Expression, Filter, Item, Name, Test, children

_SHOWN = 10
"""Columns of the table that are listed where none is near."""
_ASKING = frozenset({"defined", "undefined"})


def absent_column(tree: Expression, known: Collection[str]) -> tuple[str, int] | None:
    """The first column that `tree` reads by a constant name and that is not among `known`, with its offset; None where all are there.

    What asks whether there is such a column (`row.x is defined`, `row.x | default('')`) may name any."""
    found = [(offset, name) for name, offset in _read(tree) if name not in known]
    return min(found)[::-1] if found else None


def near_column(name: str, known: Collection[str]) -> str:
    """`; the nearest one is 'x'`, or the columns that there are."""
    close = difflib.get_close_matches(name[:64], sorted(known), n=1, cutoff=0.6)
    if close:
        return f"; the nearest one is {close[0]!r}"
    names = list(known)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; it has {', '.join(map(repr, names[:_SHOWN]))}{more}" if names else ""


def _read(tree: Expression) -> Iterator[tuple[str, int]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        name = _column(node)
        if name is not None:
            yield name, node.offset
        elif (isinstance(node, Test) and node.name in _ASKING) or (isinstance(node, Filter) and node.name == "default"):
            waiting.extend(one for one in children(node) if _column(one) is None)
        else:
            waiting.extend(children(node))


def _column(node: Expression) -> str | None:
    """The column that `row.name` or `row['name']` reads."""
    if isinstance(node, Item) and isinstance(node.of, Name) and node.of.name == "row" and isinstance(node.key, Constant):
        return node.key.value if isinstance(node.key.value, str) else None
    return None
