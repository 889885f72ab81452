"""What words mean: the allow-list. Every name, attribute, call, filter and test of an expression becomes a node here, or a fault."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from appliance.configurations.expression import vocabulary
from appliance.configurations.expression.arguments import (
    Args,
    Named,
    argument,
    bind,
    check_choice,
    check_locales,
    known_word,
    provider_of,
    unknown_word,
)
from appliance.configurations.expression.constants import check_constants
from appliance.configurations.expression.names import Names
from appliance.configurations.expression.patterns import Flag, checked_pattern
from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.tree import (
    Argument,
    Attribute,
    ColumnProperty,
    Constant,
    Data,
    Duration,
    Expression,
    Fake,
    Filter,
    Item,
    Method,
    Name,
    Pattern,
    Persona,
    Random,
    Test,
)
from appliance.configurations.expression.vocabulary import Signature

_THINGS = frozenset({"this", "row", "index", "vars", "globals", "item", "items"})
_MAPPINGS = frozenset({"row", "vars", "globals"})
_EVERY_PROPERTY = frozenset().union(*vocabulary.PROPERTIES.values())


class Tool(msgspec.Struct, frozen=True):
    """A word that is no value by itself: fake, random, re, timedelta, column, data; with `member` what was read off it."""

    name: str
    offset: int
    member: str = ""


class Faker(msgspec.Struct, frozen=True):
    """`fake` or `fake(locale, seed)`, and the provider that was read off it."""

    offset: int
    locale: Expression | None = None
    seed: Expression | None = None
    provider: str = ""


class Column(msgspec.Struct, frozen=True):
    """`data.column`, and the function that was read off it."""

    offset: int
    key: Expression
    function: str = ""


class Reading(msgspec.Struct, frozen=True):
    """`of.name`: a method if a call follows, else an attribute."""

    of: Expression
    name: str
    offset: int


Meant = Expression | Tool | Faker | Column | Reading
"""A node, or something that is to become one when the next token is known."""


class Builder:
    """Makes nodes; numbers the places that draw."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sites = 0

    def name(self, word: str, offset: int) -> Meant:
        """A bare word."""
        if word in vocabulary.STATEMENTS and word not in self._names.known:
            raise ExpressionFault(f"Here stands one expression; the statement '{word}' is not accepted", offset)
        if word.startswith("_") or word not in self._names.known:
            raise unknown_word(word, "name", self._names.known, offset, "; a text stands in quotes")
        if word == "fake":
            return Faker(offset)
        return Name(offset, word) if word in _THINGS else Tool(word, offset)

    def attribute(self, of: Meant, word: str, offset: int) -> Meant:
        """`of.word`."""
        if word.startswith("_"):
            raise ExpressionFault(f"'{word[:40]}' begins with an underscore; such names are not accepted", offset)
        if isinstance(of, Tool) and not (of.name == "column" and of.member):
            return self._member(of, word, offset)
        if isinstance(of, Faker) and not of.provider:
            return msgspec.structs.replace(of, provider=provider_of(word, offset), offset=offset)
        if isinstance(of, Column) and not of.function:
            known_word(word, "function of a column", vocabulary.DATA_FUNCTIONS, offset)
            return msgspec.structs.replace(of, function=word)
        return Reading(self.finish(of), word, offset)

    def item(self, of: Meant, key: Expression, offset: int) -> Meant:
        """`of[key]`."""
        if isinstance(of, Tool) and of.name == "data" and not of.member:
            return Column(offset, key)
        node = self.finish(of)
        if isinstance(node, Name) and node.name == "vars" and isinstance(key, Constant):
            self._check_variable(key.value, key.offset)
        return Item(offset, node, key)

    def call(self, of: Meant, args: Args, named: Named, offset: int) -> Meant:
        """`of(args)`."""
        if isinstance(of, Tool):
            return self._called_tool(of, args, named)
        if isinstance(of, Faker):
            return self._called_fake(of, args, named)
        if isinstance(of, Column) and of.function:
            bind(Signature(), args, named, of.function, offset)
            return Data(of.offset, of.key, of.function)
        if isinstance(of, Reading):
            return _method(of, args, named)
        raise ExpressionFault("This is no function and cannot be called", offset)

    def filter(self, of: Expression, name: str, args: Args, named: Named, offset: int) -> Expression:
        """`of | name(args)`."""
        name = vocabulary.FILTER_ALIASES.get(name, name)
        known_word(name, "filter", vocabulary.FILTERS, offset)
        named = tuple(Argument(vocabulary.PARAMETER_ALIASES.get(one.name, one.name), one.value) for one in named)
        bind(vocabulary.FILTERS[name], args, named, name, offset)
        check_constants(name, vocabulary.FILTERS[name], args, named)
        if name == "fake_entities":
            check_choice(argument("on_error", vocabulary.FILTERS[name], args, named), "on_error", vocabulary.ON_ERROR)
        if name == "fake" and isinstance(of, Constant) and isinstance(of.value, str):
            provider_of(of.value, of.offset)
        return Filter(offset, of, name, args, named, self._site() if name in vocabulary.DRAWING_FILTERS else -1)

    def takes_value(self, name: str) -> bool:
        """Whether a test is followed by a value."""
        found = vocabulary.TESTS.get(vocabulary.TEST_ALIASES.get(name, name))
        return found is not None and bool(found.required)

    def test(self, of: Expression, name: str, args: Args, *, negated: bool, offset: int) -> Expression:
        """`of is name(args)`."""
        name = vocabulary.TEST_ALIASES.get(name, name)
        known_word(name, "test", vocabulary.TESTS, offset)
        bind(vocabulary.TESTS[name], args, (), name, offset)
        return Test(offset, of, name, args, negated)

    def finish(self, meant: Meant) -> Expression:
        """The node that a term is when nothing more follows it."""
        if isinstance(meant, Reading):
            return self._read_off(meant)
        if isinstance(meant, Tool):
            if meant.name == "re" and meant.member in vocabulary.PATTERN_FLAGS:
                return Flag(meant.offset, vocabulary.PATTERN_FLAGS[meant.member])
            if meant.name == "column" and meant.member:
                return ColumnProperty(meant.offset, meant.member)  # type: ignore[arg-type]
            raise ExpressionFault(f"{_dotted(meant)} is no value by itself; {_use(meant)}", meant.offset)
        if isinstance(meant, Faker):
            said = f"fake.{meant.provider}" if meant.provider else "fake"
            wanted = "it is called: " + said + "()" if meant.provider else "say what to fake: fake.first_name()"
            raise ExpressionFault(f"{said} is no value by itself; {wanted}", meant.offset)
        if isinstance(meant, Column):
            raise ExpressionFault(
                f"A column of data is no value by itself; call one of {', '.join(vocabulary.DATA_FUNCTIONS)}: data.age.mean()", meant.offset
            )
        return meant

    def _site(self) -> int:
        self._sites += 1
        return self._sites - 1

    def _check_variable(self, word: object, offset: int) -> None:
        if isinstance(word, str) and self._names.variables is not None and word not in self._names.variables:
            raise unknown_word(
                word, "variable", self._names.variables, offset, "" if self._names.variables else "; this step has no vars yet"
            )

    def _member(self, tool: Tool, word: str, offset: int) -> Meant:
        if tool.name == "data":
            return Column(offset, Constant(offset, word))
        known: Iterable[str] = {
            "column": vocabulary.COLUMN_PROPERTIES,
            "random": vocabulary.RANDOM,
            "re": {**vocabulary.PATTERNS, **vocabulary.PATTERN_FLAGS},
        }.get(tool.name, ())
        if tool.member or tool.name == "timedelta":
            raise ExpressionFault(f"{_dotted(tool)} has nothing to read off it", offset)
        known_word(word, f"part of {tool.name}", known, offset)
        return Tool(tool.name, offset, word)

    def _called_tool(self, tool: Tool, args: Args, named: Named) -> Expression:
        if tool.name == "timedelta":
            bind(vocabulary.DURATION, args, named, "timedelta", tool.offset)
            return Duration(tool.offset, args, named)
        if tool.name == "random" and tool.member:
            bind(vocabulary.RANDOM[tool.member], args, named, f"random.{tool.member}", tool.offset)
            return Random(tool.offset, tool.member, args, named, self._site())
        if tool.name == "re" and tool.member in vocabulary.PATTERNS:
            signature = vocabulary.PATTERNS[tool.member]
            bind(signature, args, named, f"re.{tool.member}", tool.offset)
            return Pattern(tool.offset, tool.member, *checked_pattern(signature, args, named))
        raise ExpressionFault(f"{_dotted(tool)} is no function and cannot be called; {_use(tool)}", tool.offset)

    def _called_fake(self, fake: Faker, args: Args, named: Named) -> Meant:
        if not fake.provider:
            if fake.locale is not None or fake.seed is not None:
                raise ExpressionFault("fake is called once; both locale and seed belong there", fake.offset)
            bind(vocabulary.FAKE, args, named, "fake", fake.offset)
            locale, seed = (argument(name, vocabulary.FAKE, args, named) for name in vocabulary.FAKE.parameters)
            check_locales(locale)
            return Faker(fake.offset, locale, seed)
        if fake.provider == "persona":
            return self._persona(fake, args, named)
        return Fake(fake.offset, fake.provider, args, named, fake.locale, fake.seed, self._site())

    def _persona(self, fake: Faker, args: Args, named: Named) -> Expression:
        bind(vocabulary.PERSONA, args, named, "fake.persona", fake.offset)
        given = {name: argument(name, vocabulary.PERSONA, args, named) for name in vocabulary.PERSONA.parameters}
        for name, choices in vocabulary.PERSONA_CHOICES.items():
            check_choice(given[name], name, choices)
        bound = tuple(Argument(name, value) for name, value in given.items() if value is not None)
        return Persona(fake.offset, bound, fake.locale, fake.seed, self._site())

    def _read_off(self, reading: Reading) -> Expression:
        of, word = reading.of, reading.name
        if isinstance(of, Name) and of.name in _MAPPINGS:
            if of.name == "vars":
                self._check_variable(word, reading.offset)
            return Item(reading.offset, of, Constant(reading.offset, word))
        if isinstance(of, Persona):
            known_word(word, "part of a persona", vocabulary.PROPERTIES["persona"], reading.offset)
        elif not _may_be_mapping(of):
            if word in vocabulary.METHODS:
                raise ExpressionFault(f"'{word}' is a method; it is called: {word}()", reading.offset)
            known_word(word, "property of a value", _EVERY_PROPERTY, reading.offset)
        return Attribute(reading.offset, of, word)


def _may_be_mapping(node: Expression) -> bool:
    """Whether a value may be an object of the configuration, whose keys are read with dots."""
    while isinstance(node, Item | Attribute):
        node = node.of
    return isinstance(node, Name) and node.name in ("vars", "globals", "item", "items")


def _method(reading: Reading, args: Args, named: Named) -> Expression:
    known_word(reading.name, "method", vocabulary.METHODS, reading.offset)
    bind(vocabulary.METHODS[reading.name].signature, args, named, reading.name, reading.offset)
    return Method(reading.offset, reading.of, reading.name, args, named)


def _dotted(tool: Tool) -> str:
    return f"{tool.name}.{tool.member}" if tool.member else tool.name


def _use(tool: Tool) -> str:
    if tool.member:
        return f"it is called: {_dotted(tool)}(…)"
    return {
        "column": "there are column." + ", column.".join(vocabulary.COLUMN_PROPERTIES),
        "random": "there are random." + ", random.".join(vocabulary.RANDOM),
        "re": "there are re." + ", re.".join(vocabulary.PATTERNS),
        "timedelta": "it is called: timedelta(days=1)",
        "data": "name a column: data.age.mean()",
    }[tool.name]
