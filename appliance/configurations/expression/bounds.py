"""Bounds of a tree: what it may cost to keep, and what it may grow to, as far as that can be seen without a row.

An estimate for refusing bombs early. Values that come from rows are bounded again where expressions are evaluated."""

from __future__ import annotations

import math

from appliance.configurations.expression.patterns import Flag
from appliance.configurations.expression.providers import SIZED, SIZES
from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.tree import (
    Binary,
    Concat,
    Constant,
    Expression,
    Fake,
    Filter,
    Method,
    Pattern,
    Random,
    Sequence,
    Unary,
    children,
)

MAX_NODES = 500
MAX_DEPTH = 100
"""Nodes below one another; a chain of operators counts one for each."""
MAX_RESULT = 1 << 20
"""Characters of a value."""
MAX_SIZE = 10_000
"""Of a literal width, count or length."""
MAX_EXPONENT = 64
CELL = 64.0
"""Characters that a value of unknown length counts as."""

_WIDTHS = frozenset({"center", "ljust", "rjust", "zfill", "truncate"})
_TEXTS = frozenset(
    """lower upper title capitalize swapcase casefold strip lstrip rstrip replace split rsplit splitlines join removeprefix removesuffix
    zfill ljust rjust center strftime isoformat string trim truncate list sort unique hash normalize redact_entities label_entities
    hash_entities fake_entities partial_mask date_format date_time_format""".split()
)
"""Methods and filters whose value is a text or list."""


def check_bounds(tree: Expression) -> None:
    """Raises ExpressionFault for a tree that is too large, or whose value could become so."""
    level, nodes, depth = [tree], 0, 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        if nodes > MAX_NODES:
            raise ExpressionFault(f"An expression may have at most {MAX_NODES} parts", level[0].offset)
        if depth > MAX_DEPTH:
            raise ExpressionFault(f"An expression may be at most {MAX_DEPTH} operators deep", level[0].offset)
        for node in level:
            _check_node(node)
        level = [below for node in level for below in children(node)]
    grown(tree)


def _check_node(node: Expression) -> None:
    if isinstance(node, Flag):
        raise ExpressionFault("A flag stands as the argument flags of a function of re only", node.offset)
    if isinstance(node, Method | Filter) and node.name in _WIDTHS:
        for value in (*node.args[:1], *(one.value for one in node.named)):
            _check_size(value)
    if isinstance(node, Binary) and node.operator == "%" and _is_text(node.left):
        raise ExpressionFault("% is the remainder of numbers; texts and values are joined with ~", node.offset)
    if isinstance(node, Fake):
        for value in (*(node.args if node.provider in SIZED else ()), *(one.value for one in node.named if one.name in SIZES)):
            _check_size(value)
    if isinstance(node, Random) and node.function == "sample":
        for value in (*node.args[1:], *(one.value for one in node.named)):
            _check_size(value)


def _check_size(node: Expression) -> None:
    size = magnitude(node)
    if size is not None and size > MAX_SIZE:
        raise ExpressionFault(f"A width, count or length may be at most {MAX_SIZE:,}", node.offset)


def magnitude(node: Expression) -> float | None:
    """The greatest absolute value of a number that is written out; None for anything else."""
    if isinstance(node, Constant):
        return abs(float(node.value)) if isinstance(node.value, int | float) else None
    if isinstance(node, Unary) and node.operator != "not":
        return magnitude(node.operand)
    if not isinstance(node, Binary):
        return None
    left, right = magnitude(node.left), magnitude(node.right)
    if left is None or right is None:
        return None
    if node.operator == "**":
        digits = right * math.log10(max(left, 1.0) + 1)
        return math.inf if digits > 300 else left**right
    if node.operator == "*":
        return left * right
    return left + right if node.operator in ("+", "-") else left


def grown(node: Expression) -> float:
    """The most characters that a value may have, cells counting CELL. Raises ExpressionFault where that passes MAX_RESULT."""
    size = _size(node)
    if size > MAX_RESULT:
        raise ExpressionFault(f"The value could grow beyond {MAX_RESULT:,} characters", node.offset)
    return size


def _size(node: Expression) -> float:
    if isinstance(node, Constant):
        return float(len(str(node.value)))
    if isinstance(node, Binary):
        return _arithmetic(node)
    if isinstance(node, Concat):
        return sum(map(grown, node.parts))
    sizes = {id(child): grown(child) for child in children(node)}
    below = max([CELL, *sizes.values()])
    if isinstance(node, Method | Filter | Pattern):
        return below * _factor(node, sizes)
    return below


def _arithmetic(node: Binary) -> float:
    left, right = grown(node.left), grown(node.right)
    if node.operator == "**":
        _check_power(node)
        return max(left, right, MAX_EXPONENT * 20.0)
    if node.operator != "*":
        return left + right
    for text, size, times in ((node.left, left, node.right), (node.right, right, node.left)):
        if _is_text(text):
            number = magnitude(times)
            return size * (CELL if number is None else max(number, 1.0))
    return left + right


def _is_text(node: Expression) -> bool:
    """Whether a value is a text or list for sure; a cell may be a number, which `*` does not make longer."""
    if isinstance(node, Constant):
        return isinstance(node.value, str)
    if isinstance(node, Binary):
        return node.operator in ("+", "*") and (_is_text(node.left) or _is_text(node.right))
    if isinstance(node, Method | Filter):
        return node.name in _TEXTS
    return isinstance(node, Concat | Sequence) or (isinstance(node, Pattern) and node.function in ("sub", "findall", "split"))


def _check_power(node: Binary) -> None:
    """Exponents are written out and small; those of a chain are multiplied."""
    product, base = 1.0, node
    while True:
        exponent = magnitude(base.right)
        if exponent is None:
            raise ExpressionFault("The exponent behind ** must be a number written out", base.right.offset)
        product *= max(exponent, 1.0)
        if product > MAX_EXPONENT:
            raise ExpressionFault(f"The exponents behind ** may be at most {MAX_EXPONENT}", base.right.offset)
        if not (isinstance(base.left, Binary) and base.left.operator == "**"):
            return
        base = base.left


def _factor(node: Method | Filter | Pattern, sizes: dict[int, float]) -> float:
    """How many times longer a replacement can make a text: for one character, or between any two. `sizes`: of its children, by their id."""
    name = node.function if isinstance(node, Pattern) else node.name
    named = {one.name: one.value for one in node.named}
    if name == "join":
        separator = node.of if isinstance(node, Method) else next(iter((*node.args, *named.values())), None)
        return 1.0 + (sizes[id(separator)] if separator is not None else 0.0)
    if name == "replace":
        old, new = (*node.args, None, None)[:2]
        return _replaced(named.get("old", old), named.get("new", new), sizes)
    return _replaced(None, named.get("repl"), sizes) if name == "sub" else 1.0


def _replaced(old: Expression | None, new: Expression | None, sizes: dict[int, float]) -> float:
    if new is None:
        return 1.0
    if not isinstance(new, Constant):
        return 2.0 if sizes[id(new)] <= CELL else sizes[id(new)]
    least = len(str(old.value)) if isinstance(old, Constant) else 1
    return max(1.0, sizes[id(new)] / least) if least else 1.0 + sizes[id(new)]
