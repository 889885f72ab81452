"""Terms of expressions: literals, names, brackets, what follows them (attributes, items, calls), filters and tests."""

from __future__ import annotations

import abc
from typing import Any

from appliance.configurations.expression import vocabulary
from appliance.configurations.expression.builder import Builder, Meant
from appliance.configurations.expression.names import Names
from appliance.configurations.expression.tokens import ExpressionFault, Token
from appliance.configurations.expression.tree import Argument, Constant, Expression, Mapping, Sequence, Slice

WORDS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
KEYWORDS = frozenset({"and", "or", "not", "if", "else", "in", "is"})


class Terms(abc.ABC):
    """A place among the tokens, and the readers of terms; each leaves off behind what it read."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self._tokens = tokens
        self._place = 0
        self._build = Builder(names)

    @abc.abstractmethod
    def _expression(self) -> Expression:
        """A whole expression, with its operators."""

    @property
    def _here(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += 1
        return token

    def _is(self, kind: str, *values: str) -> bool:
        token = self._tokens[self._place]
        return token.kind == kind and token.value in values

    def _skip(self, kind: str, value: str) -> bool:
        if not self._is(kind, value):
            return False
        self._place += 1
        return True

    def _expect(self, sign: str, opened: Token | None = None) -> None:
        if not self._skip("sign", sign):
            if opened is not None and self._here.kind == "end":
                raise ExpressionFault(f"'{opened.value}' is not closed; '{sign}' is missing", opened.offset)
            raise self._unexpected(f"; '{sign}' is missing here")

    def _unexpected(self, more: str = "") -> ExpressionFault:
        token = self._here
        if token.kind == "end":
            return ExpressionFault(f"The expression ends too early{more}", token.offset)
        before = self._tokens[self._place - 1] if self._place else None
        word = str(token.value)[:40]
        for one in (before, token):
            if one is not None and one.kind == "word" and one.value in vocabulary.STATEMENTS:
                return ExpressionFault(f"Here stands one expression; the statement '{one.value}' is not accepted", one.offset)
        hint = "; a text stands in quotes" if token.kind == "word" and not more else more
        return ExpressionFault(f"'{word}' is not expected here{hint}", token.offset)

    def _primary(self) -> Meant:
        token = self._here
        if token.kind == "text":
            return self._text()
        if token.kind == "number":
            self._next()
            return Constant(token.offset, token.value)
        if token.kind == "word" and token.value not in KEYWORDS:
            self._next()
            word = str(token.value)
            return Constant(token.offset, WORDS[word]) if word in WORDS else self._build.name(word, token.offset)
        if token.kind == "sign" and token.value in ("(", "[", "{"):
            return {"(": self._group, "[": self._list, "{": self._mapping}[str(token.value)]()
        raise self._unexpected()

    def _text(self) -> Constant:
        first = self._next()
        parts = [str(first.value)]
        while self._here.kind == "text":
            parts.append(str(self._next().value))
        return Constant(first.offset, "".join(parts))

    def _group(self) -> Expression:
        opened = self._next()
        items, commas = self._listed(")", opened, self._expression)
        return items[0] if len(items) == 1 and not commas else Sequence(opened.offset, tuple(items))

    def _list(self) -> Expression:
        opened = self._next()
        return Sequence(opened.offset, tuple(self._listed("]", opened, self._expression)[0]))

    def _mapping(self) -> Expression:
        opened = self._next()
        return Mapping(opened.offset, tuple(self._listed("}", opened, self._pair)[0]))

    def _pair(self) -> tuple[Expression, Expression]:
        key = self._expression()
        self._expect(":")
        return key, self._expression()

    def _listed(self, end: str, opened: Token, read: Any) -> tuple[list[Any], int]:
        """Items up to `end`, which is read too, and the number of commas."""
        found: list[Any] = []
        commas = 0
        while not self._skip("sign", end):
            if found and commas < len(found):
                if not self._skip("sign", ","):
                    self._expect(end, opened)
                    break
                commas += 1
                continue
            if self._here.kind == "end":
                self._expect(end, opened)
            found.append(read())
        return found, commas

    def _postfix(self, tree: Meant) -> Meant:
        while True:
            if self._is("sign", "."):
                self._next()
                tree = self._dotted(tree)
            elif self._is("sign", "["):
                tree = self._subscript(tree)
            elif self._is("sign", "("):
                tree = self._called(tree)
            else:
                return tree

    def _dotted(self, tree: Meant) -> Meant:
        token = self._here
        if token.kind == "word":
            self._next()
            return self._build.attribute(tree, str(token.value), token.offset)
        if token.kind == "number" and isinstance(token.value, int):
            self._next()
            return self._build.item(tree, Constant(token.offset, token.value), token.offset)
        raise self._unexpected("; a name is missing behind the dot")

    def _subscript(self, tree: Meant) -> Meant:
        opened = self._next()
        parts: list[Expression | None] = [None if self._is("sign", ":") else self._expression()]
        while self._skip("sign", ":"):
            parts.append(None if self._is("sign", ":", "]") else self._expression())
        self._expect("]", opened)
        if len(parts) > 3:
            raise ExpressionFault("A slice has a start, a stop and a step", opened.offset)
        if len(parts) == 1 and parts[0] is not None:
            return self._build.item(tree, parts[0], opened.offset)
        start, stop, step = [*parts, None, None][:3]
        return Slice(opened.offset, self._build.finish(tree), start, stop, step)

    def _called(self, tree: Meant) -> Meant:
        offset = self._here.offset
        return self._build.call(tree, *self._arguments(), offset)

    def _arguments(self) -> tuple[tuple[Expression, ...], tuple[Argument, ...]]:
        opened = self._next()
        args: list[Expression] = []
        named: list[Argument] = []
        for one in self._listed(")", opened, self._argument)[0]:
            if isinstance(one, Argument):
                named.append(one)
            elif named:
                raise ExpressionFault("An argument without a name stands behind one that has a name", one.offset)
            else:
                args.append(one)
        return tuple(args), tuple(named)

    def _argument(self) -> Expression | Argument:
        if self._is("sign", "*", "**"):
            raise ExpressionFault(f"Arguments are written out; '{self._here.value}' is not accepted before one", self._here.offset)
        ahead = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        if self._here.kind == "word" and ahead.kind == "sign" and ahead.value == "=":
            name = str(self._next().value)
            self._next()
            return Argument(name, self._expression())
        return self._expression()

    def _filters(self, tree: Meant) -> Meant:
        while True:
            if self._is("sign", "|"):
                self._next()
                tree = self._filtered(tree)
            elif self._is("word", "is"):
                tree = self._tested(tree)
            elif self._is("sign", "("):
                tree = self._called(tree)
            else:
                return tree

    def _filtered(self, tree: Meant) -> Expression:
        token = self._next()
        if token.kind != "word":
            self._place -= 1
            raise self._unexpected("; the name of a filter is missing behind '|'")
        args, named = self._arguments() if self._is("sign", "(") else ((), ())
        return self._build.filter(self._build.finish(tree), str(token.value), args, named, token.offset)

    def _tested(self, tree: Meant) -> Expression:
        self._next()
        negated = self._skip("word", "not")
        token = self._next()
        if token.kind != "word" and token.value not in WORDS:
            self._place -= 1
            raise self._unexpected("; the name of a test is missing behind 'is'")
        name = str(token.value).lower() if token.value in WORDS else str(token.value)
        args: tuple[Expression, ...] = ()
        if self._is("sign", "("):
            args, named = self._arguments()
            if named:
                raise ExpressionFault("The arguments of a test have no names", token.offset)
        elif self._build.takes_value(name):
            args = (self._build.finish(self._postfix(self._primary())),)
        return self._build.test(self._build.finish(tree), name, args, negated=negated, offset=token.offset)
