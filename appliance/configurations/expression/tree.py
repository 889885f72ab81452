"""The tree of an expression. Whatever is not here cannot be said: there is no module, class or live object in any node.

`offset` is where the node's own sign or word stands in the text (characters from 0): for an operator the operator, for a call the name.
`site` numbers the places of one expression that draw at random or make fakes, from 0 in the order of the text."""

from __future__ import annotations

from typing import Any, Literal, Union

import msgspec

BinaryOperator = Literal["+", "-", "*", "/", "//", "%", "**"]
Comparator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


class Node(msgspec.Struct, frozen=True, tag=True, tag_field="node"):
    """Any node."""

    offset: int


class Constant(Node, frozen=True):
    """A text, number, truth value or none, as written. The text may also be a bare word that names nothing: it stands for itself."""

    value: str | int | float | bool | None


class Name(Node, frozen=True):
    """A whole thing in scope: this, row, index, column, vars, globals, item or items (`data` appears in Data only)."""

    name: str


class ColumnProperty(Node, frozen=True):
    """`column.name`, `.entity`, `.type`, `.dtype`, `.position`: constant for a whole column."""

    name: Literal["name", "entity", "type", "dtype", "position"]


class Item(Node, frozen=True):
    """`of[key]`; also `row.key`, `vars.key` and `globals.key`, whose key is then a Constant."""

    of: Expression
    key: Expression


class Attribute(Node, frozen=True):
    """`of.name` on anything else: the key of a mapping, or one of PROPERTIES of a date, a duration or a persona. Never begins with `_`."""

    of: Expression
    name: str


class Slice(Node, frozen=True):
    """`of[start:stop:step]` of a text or list; absent parts are None."""

    of: Expression
    start: Expression | None
    stop: Expression | None
    step: Expression | None


class Unary(Node, frozen=True):
    """`not x`, `-x`, `+x`."""

    operator: Literal["not", "-", "+"]
    operand: Expression


class Binary(Node, frozen=True):
    """Arithmetic; `+` also joins texts and lists. `%` is the remainder of numbers only, never text formatting. `*` and `**` can make much
    of little: who evaluates must bound the result."""

    operator: BinaryOperator
    left: Expression
    right: Expression


class Comparison(msgspec.Struct, frozen=True):
    """One link of a chain of comparisons."""

    operator: Comparator
    right: Expression


class Compare(Node, frozen=True):
    """`first op right op right …`: true when every neighbouring pair compares so."""

    first: Expression
    rest: tuple[Comparison, ...]


class Logic(Node, frozen=True):
    """`left and right`, `left or right`: short-circuit, and the deciding operand is the value."""

    operator: Literal["and", "or"]
    left: Expression
    right: Expression


class Conditional(Node, frozen=True):
    """`then if condition else otherwise`; without an else part None stands there, and the value renders to nothing."""

    condition: Expression
    then: Expression
    otherwise: Expression | None


class Concat(Node, frozen=True):
    """`a ~ b ~ …`: the parts as text, joined (none is the text `None`)."""

    parts: tuple[Expression, ...]


class Argument(msgspec.Struct, frozen=True):
    """An argument given by name."""

    name: str
    value: Expression


class Filter(Node, frozen=True):
    """`of | name(args)`: one of FILTERS. `site` is -1 for a filter that draws nothing."""

    of: Expression
    name: str
    args: tuple[Expression, ...] = ()
    named: tuple[Argument, ...] = ()
    site: int = -1


class Test(Node, frozen=True):
    """`of is name(args)`, `of is not name`: one of TESTS."""

    __test__ = False

    of: Expression
    name: str
    args: tuple[Expression, ...] = ()
    negated: bool = False


class Method(Node, frozen=True):
    """`of.name(args)`: allowed by the type that `of` has when it is evaluated (METHODS); any other type is an error of the cell."""

    of: Expression
    name: str
    args: tuple[Expression, ...] = ()
    named: tuple[Argument, ...] = ()


class Data(Node, frozen=True):
    """`data.column.function()` over the whole column before the step: unique, min, max, mean, mode, nunique, to_list."""

    column: Expression
    function: str


class Pattern(Node, frozen=True):
    """`re.function(…)` on RE2: sub, match, search, fullmatch, findall, split. `args` is the pattern alone (flags are in it), `named`
    the others by name: repl, string, count, maxsplit."""

    function: str
    args: tuple[Expression, ...]
    named: tuple[Argument, ...] = ()


class Random(Node, frozen=True):
    """`random.function(args)`: a draw of its own for each place, row and column."""

    function: str
    args: tuple[Expression, ...]
    named: tuple[Argument, ...] = ()
    site: int = 0


class Duration(Node, frozen=True):
    """`timedelta(args)`: days, seconds, microseconds, milliseconds, minutes, hours, weeks, in this order."""

    args: tuple[Expression, ...]
    named: tuple[Argument, ...] = ()


class Fake(Node, frozen=True):
    """`fake.provider(args)`; with `fake(locale, seed=…).provider(args)` also the locale (a text or list of texts) and the seed."""

    provider: str
    args: tuple[Expression, ...] = ()
    named: tuple[Argument, ...] = ()
    locale: Expression | None = None
    seed: Expression | None = None
    site: int = 0


class Persona(Node, frozen=True):
    """`fake.persona(row_index=, email_format=, domain_type=, gender=)`: one person; Attribute reads first_name, last_name, email, gender.

    `named` holds each argument by its name; `site` numbers the place, but personas of equal arguments are the same person anywhere."""

    named: tuple[Argument, ...] = ()
    locale: Expression | None = None
    seed: Expression | None = None
    site: int = 0


class Sequence(Node, frozen=True):
    """`[a, b]` or `(a, b)`."""

    items: tuple[Expression, ...]


class Mapping(Node, frozen=True):
    """`{key: value, …}`."""

    pairs: tuple[tuple[Expression, Expression], ...]


Expression = Union[  # noqa: UP007 - the classes above name it before it exists
    Constant,
    Name,
    ColumnProperty,
    Item,
    Attribute,
    Slice,
    Unary,
    Binary,
    Compare,
    Logic,
    Conditional,
    Concat,
    Filter,
    Test,
    Method,
    Data,
    Pattern,
    Random,
    Duration,
    Fake,
    Persona,
    Sequence,
    Mapping,
]


def children(node: Expression) -> tuple[Expression, ...]:
    """The nodes right below, in the order of the fields."""
    found: list[Expression] = []
    for value in msgspec.structs.astuple(node):
        if isinstance(value, Node | tuple):
            _collect(value, found)
    return tuple(found)


def _collect(value: Any, found: list[Expression]) -> None:
    if isinstance(value, Node):
        found.append(value)  # type: ignore[arg-type]
    elif isinstance(value, tuple):
        for one in value:
            _collect(one, found)
    elif isinstance(value, Comparison):
        found.append(value.right)
    elif isinstance(value, Argument):
        found.append(value.value)
