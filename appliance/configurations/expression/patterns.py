"""Regular expressions of users: RE2, which takes linear time whatever the pattern; what it does not know is refused when it is read."""

from __future__ import annotations

import re
from typing import Any

from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.tree import Argument, Constant, Expression
from appliance.configurations.expression.vocabulary import Signature

MAX_PATTERN = 1000
"""Characters of a pattern."""
MAX_MEMORY = 1 << 20
"""Bytes that RE2 may use for one compiled pattern."""


class Flag(Constant, frozen=True, tag="Flag"):
    """`re.IGNORECASE` and its like, while an expression is read; it ends up in the pattern."""


_BEYOND = re.compile(r"perl operator|\\[0-9]+$")


class PatternFault(Exception):
    """A pattern that RE2 refuses, with its reason."""


def compile_pattern(pattern: str) -> Any:
    """The compiled RE2 pattern. Raises PatternFault for one that is too long, too large or not in RE2's language."""
    if len(pattern) > MAX_PATTERN:
        raise PatternFault(f"a pattern may have at most {MAX_PATTERN:,} characters")
    import re2  # only configurations with patterns pay for it

    options = re2.Options()
    options.max_mem, options.log_errors = MAX_MEMORY, False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        raise PatternFault(_plain(reason)) from None


def _plain(reason: object) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return f"{text} (look-around and back-references are not available)" if _BEYOND.search(text) else text


def checked_pattern(signature: Signature, args: tuple[Expression, ...], named: tuple[Argument, ...]) -> tuple[Any, Any]:
    """The arguments of a call of `re` with the flags moved into the pattern; a literal pattern is compiled for trial."""
    given = dict(zip(signature.parameters, args, strict=False)) | {one.name: one.value for one in named}
    flags = given.pop("flags", None)
    pattern = given["pattern"]
    if flags is not None:
        if not isinstance(flags, Flag):
            raise ExpressionFault(
                "flags must be re.IGNORECASE, re.MULTILINE or re.DOTALL; more of them go into the pattern: (?im)", flags.offset
            )
        if not isinstance(pattern, Constant):
            raise ExpressionFault("Flags go with a literal pattern only; say them in the pattern: (?i)", flags.offset)
        pattern = Constant(pattern.offset, f"(?{flags.value}){pattern.value}")
    if isinstance(pattern, Constant):
        _check_literal(pattern)
    rest = tuple(Argument(name, value) for name, value in given.items() if name != "pattern")
    return (pattern,), rest


def _check_literal(pattern: Constant) -> None:
    if not isinstance(pattern.value, str):
        raise ExpressionFault("A pattern must be a text", pattern.offset)
    try:
        compile_pattern(pattern.value)
    except PatternFault as fault:
        raise ExpressionFault(f"The pattern is refused: {fault}", pattern.offset) from None
