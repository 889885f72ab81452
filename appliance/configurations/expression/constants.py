"""Arguments that are written out, held against what their filter takes: a wrong one would fail in every cell."""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.configurations.expression.arguments import Args, Named, argument
from appliance.configurations.expression.tokens import ExpressionFault
from appliance.configurations.expression.tree import Constant, Expression, Mapping, Sequence, Unary
from appliance.configurations.expression.vocabulary import Signature

_OFFSET = re.compile(
    r"\s*(?:now|today|)\s*|(?:[\s,]*[-+]?\d+(?:\.\d+)?\s*(?:[yMwdhms]|year|month|week|day|hour|min|minute|second|)s?)+[\s,]*"
)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_salt(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_offset(value: object) -> bool:
    return bool(_OFFSET.fullmatch(value)) if isinstance(value, str) else _is_salt(value)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


Kind = tuple[Callable[[object], bool], str]
_COUNT: Kind = (_is_count, "a whole number of at least 0")
_TEXT: Kind = (_is_text, "a text in quotes")
_OF_TIME: Kind = (_is_offset, "a number of days, or a text such as '-30d' or '+2w'")
KINDS: dict[str, dict[str, Kind]] = {
    "partial_mask": {"left": _COUNT, "mask": _TEXT, "right": _COUNT, "tolerance": _COUNT},
    "date_shift": {"min": _OF_TIME, "max": _OF_TIME},
    "date_time_shift": {"min": _OF_TIME, "max": _OF_TIME},
    "date_parse": {"dayfirst": (_is_switch, "true or false")},
    "date_format": {"format": _TEXT},
    "date_time_format": {"format": _TEXT},
    "hash": {"salt": (_is_salt, "a text or a number")},
    "normalize": {"allow": _TEXT},
}
"""What arguments of filters must be, and how that is said; null stands for the default everywhere."""


def check_constants(name: str, signature: Signature, args: Args, named: Named) -> None:
    """Raises ExpressionFault for the first argument that is written out and is not what the filter takes."""
    for parameter in signature.parameters:
        fits, wanted = KINDS.get(name, {}).get(parameter, (None, ""))
        given = argument(parameter, signature, args, named)
        if fits is None or given is None:
            continue
        known, value = _written(given)
        if known and value is not None and not fits(value):
            order = f" ({name} takes {', '.join(signature.parameters)})" if len(signature.parameters) > 1 else ""
            raise ExpressionFault(f"The argument '{parameter}' of {name} must be {wanted}{order}", given.offset)


def _written(node: Expression) -> tuple[bool, object]:
    """Whether an argument is written out, and its value; a list stands for itself."""
    if isinstance(node, Constant):
        return True, node.value
    if isinstance(node, Unary) and isinstance(node.operand, Constant) and isinstance(node.operand.value, int | float):
        return node.operator != "not", -node.operand.value if node.operator == "-" else node.operand.value
    return isinstance(node, Sequence | Mapping), node
