"""The grammar of expressions, which is Jinja's: operators in their order, and inline if. What words mean is decided in `builder.py`."""

from __future__ import annotations

import functools
from typing import Any, Literal

from appliance.configurations.expression.bounds import check_bounds
from appliance.configurations.expression.builder import Meant
from appliance.configurations.expression.names import Names
from appliance.configurations.expression.terms import KEYWORDS, WORDS, Terms
from appliance.configurations.expression.tokens import ExpressionFault, Token, tokenise
from appliance.configurations.expression.tree import (
    Binary,
    Compare,
    Comparison,
    Concat,
    Conditional,
    Constant,
    Expression,
    Logic,
    Mapping,
    Sequence,
    Unary,
)

MAX_NESTING = 40
"""Brackets, calls and prefix signs inside one another."""

_COMPARATORS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_FACTORS = frozenset({"*", "/", "//", "%"})


def parse_expression(text: str, names: Names) -> Expression:
    """The tree of `text`, all of whose words are known in `names`. `{{ … }}` around the whole is left out; offsets count from the start
    of `text` as it came.

    A whole text that is one bare word which `names` does not know is a Constant of that text, where `names.bare` allows it. Raises
    ExpressionFault for all that is not in the language or could grow beyond its bounds."""
    tokens = tokenise(_unwrapped(text))
    if len(tokens) == 2 and tokens[0].kind == "word" and _stands_for_itself(tokens[0], names):
        return Constant(tokens[0].offset, str(tokens[0].value))
    tree = _Parser(tokens, names).whole()
    check_bounds(tree)
    return tree


def parse_value(given: Any, names: Names) -> Expression:
    """The tree of a value of a configuration: texts are expressions, other scalars themselves; lists and objects hold such.

    Raises ExpressionFault; offsets count within the text that is at fault."""
    if isinstance(given, str):
        return parse_expression(given, names)
    if isinstance(given, list):
        return Sequence(0, tuple(parse_value(one, names) for one in given))
    if isinstance(given, dict):
        return Mapping(0, tuple((Constant(0, key), parse_value(one, names)) for key, one in given.items()))
    return Constant(0, given)


def _unwrapped(text: str) -> str:
    """Without `{{` and `}}` around the whole; blanks take their places, so that offsets stay."""
    bare = text.strip()
    if not (bare.startswith("{{") and bare.endswith("}}") and len(bare) >= 4) or "{{" in bare[2:] or "}}" in bare[:-2]:
        return text
    lead = len(text) - len(text.lstrip())
    head = 3 if bare[2:3] == "-" else 2
    tail = 3 if bare[-3:-2] == "-" and len(bare) > 5 else 2
    return " " * (lead + head) + bare[head:-tail]


def _stands_for_itself(token: Token, names: Names) -> bool:
    word = str(token.value)
    return names.bare and word not in names.known and word not in WORDS and word not in KEYWORDS and not word.startswith("_")


class _Parser(Terms):
    """The levels of precedence; every method reads one and leaves off behind it."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        super().__init__(tokens, names)
        self._nesting = 0

    def whole(self) -> Expression:
        """The one expression that the text is."""
        if self._here.kind == "end":
            raise ExpressionFault("The expression is empty; write none for an empty cell, or '\"\"' for an empty text", 0)
        tree = self._expression()
        if not self._is("end", ""):
            raise self._unexpected()
        return tree

    def _expression(self) -> Expression:
        """With inline if, the loosest of all."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ExpressionFault(f"An expression may be nested at most {MAX_NESTING} levels deep", self._here.offset)
        tree = self._logic("or")
        while self._is("word", "if"):
            sign = self._next()
            condition = self._logic("or")
            otherwise = self._expression() if self._skip("word", "else") else None
            tree = Conditional(sign.offset, condition, tree, otherwise)
        self._nesting -= 1
        return tree

    def _logic(self, operator: str) -> Expression:
        """`or` of `and`s of negations. Long chains become balanced trees, which mean the same."""
        below = functools.partial(self._logic, "and") if operator == "or" else self._negation
        parts, offsets = [below()], []
        while self._is("word", operator):
            offsets.append(self._next().offset)
            parts.append(below())
        return _balanced("or" if operator == "or" else "and", parts, offsets)

    def _negation(self) -> Expression:
        signs = []
        while self._is("word", "not"):
            signs.append(self._next())
        if len(signs) > MAX_NESTING:
            raise ExpressionFault(f"An expression may be nested at most {MAX_NESTING} levels deep", signs[MAX_NESTING].offset)
        tree = self._comparison()
        for sign in reversed(signs):
            tree = Unary(sign.offset, "not", tree)
        return tree

    def _comparison(self) -> Expression:
        first, offset = self._sum(), self._here.offset
        rest: list[Comparison] = []
        while (operator := self._comparator()) is not None:
            rest.append(Comparison(operator, self._sum()))
        return Compare(offset, first, tuple(rest)) if rest else first

    def _comparator(self) -> Any:
        if self._here.kind == "sign" and self._here.value in _COMPARATORS:
            return self._next().value
        if self._skip("word", "in"):
            return "in"
        ahead = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        if self._is("word", "not") and ahead.kind == "word" and ahead.value == "in":
            self._place += 2
            return "not in"
        return None

    def _sum(self) -> Expression:
        tree = self._concatenation()
        while self._is("sign", "+", "-"):
            sign: Any = self._next()
            tree = Binary(sign.offset, sign.value, tree, self._concatenation())
        return tree

    def _concatenation(self) -> Expression:
        parts, offset = [self._product()], self._here.offset
        while self._skip("sign", "~"):
            parts.append(self._product())
        return Concat(offset, tuple(parts)) if len(parts) > 1 else parts[0]

    def _product(self) -> Expression:
        tree = self._power()
        while self._here.kind == "sign" and self._here.value in _FACTORS:
            sign: Any = self._next()
            tree = Binary(sign.offset, sign.value, tree, self._power())
        return tree

    def _power(self) -> Expression:
        tree = self._unary()
        while self._is("sign", "**"):
            sign = self._next()
            tree = Binary(sign.offset, "**", tree, self._unary())
        return tree

    def _unary(self) -> Expression:
        signs: list[Any] = []
        while self._is("sign", "-", "+"):
            signs.append(self._next())
        if len(signs) > MAX_NESTING:
            raise ExpressionFault(f"An expression may be nested at most {MAX_NESTING} levels deep", signs[MAX_NESTING].offset)
        tree: Meant = self._postfix(self._primary())
        for sign in reversed(signs):
            tree = Unary(sign.offset, sign.value, self._build.finish(tree))
        return self._build.finish(self._filters(tree))


def _balanced(operator: Literal["and", "or"], parts: list[Expression], offsets: list[int]) -> Expression:
    """One tree of least depth over `parts`, with operators at `offsets` between them."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left = _balanced(operator, parts[:middle], offsets[: middle - 1])
    right = _balanced(operator, parts[middle:], offsets[middle:])
    return Logic(offsets[middle - 1], operator, left, right)
