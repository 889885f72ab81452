"""Words and arguments held against the tables of what there is; every function raises ExpressionFault for what there is not."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.configurations.expression.providers import PROVIDERS, REFUSED_PROVIDERS
from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.tree import Argument, Constant, Expression, Sequence
from appliance.configurations.expression.vocabulary import Signature
from appliance.configurations.locales import LOCALES, locale_of
from appliance.configurations.walk import nearest

MOST_LISTED = 60
"""Words that a fault lists."""

Args = tuple[Expression, ...]
Named = tuple[Argument, ...]


def provider_of(word: str, offset: int) -> str:
    """The kind of fake that a word names."""
    if word in REFUSED_PROVIDERS:
        raise ExpressionFault(f"fake.{word} is not available here: {REFUSED_PROVIDERS[word]}", offset)
    if word != "persona":
        known_word(word, "kind of fake", PROVIDERS, offset)
    return word


def argument(name: str, signature: Signature, args: Args, named: Named) -> Expression | None:
    """The argument for one parameter, given by its place or its name; None when it is not given."""
    for parameter, value in [*zip(signature.parameters, args, strict=False), *((one.name, one.value) for one in named)]:
        if parameter == name:
            return value
    return None


def bind(signature: Signature, args: Args, named: Named, name: str, offset: int) -> None:
    """A fault unless the arguments fit the parameters."""
    parameters = signature.parameters
    if len(args) > len(parameters):
        takes = f"takes at most {len(parameters)} argument{'s' if len(parameters) != 1 else ''}" if parameters else "takes no arguments"
        raise ExpressionFault(f"{name} {takes}; it has {len(args)}", offset)
    given = list(parameters[: len(args)])
    for one in named:
        if one.name not in parameters:
            raise unknown_word(one.name, f"argument of {name}", parameters, one.value.offset)
        if one.name in given:
            raise ExpressionFault(f"{name} is given '{one.name}' twice", one.value.offset)
        given.append(one.name)
    missing = [parameter for parameter in parameters[: signature.required] if parameter not in given]
    if missing:
        raise ExpressionFault(f"{name} lacks its argument '{missing[0]}'", offset)


def check_locales(node: Expression | None) -> None:
    """Locales that are written out, one or a list."""
    for one in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(one, Constant) and one.value is not None and locale_of(str(one.value)) is None:
            raise unknown_word(str(one.value).replace("-", "_"), "locale", LOCALES, one.offset)


def check_choice(value: Expression | None, name: str, choices: frozenset[str]) -> None:
    """An argument that is written out must be one of `choices`."""
    if isinstance(value, Constant) and value.value is not None and value.value not in choices:
        raise ExpressionFault(f"{name} must be one of {', '.join(sorted(choices))}", value.offset)


def known_word(word: str, what: str, known: Iterable[str], offset: int) -> None:
    """The word must be among `known`."""
    if word not in known:
        raise unknown_word(word, what, known, offset)


def unknown_word(word: str, what: str, known: Iterable[str], offset: int, more: str = "") -> ExpressionFault:
    """The fault for a word that is not, with the nearest one that is, or all of them where they are few."""
    near = nearest(word, known)
    if "nearest" not in near and len(list(known)) > MOST_LISTED:
        near = ""
    return ExpressionFault(f"'{word[:40]}' is not a known {what}{near}{more}", offset)
