"""How much an expression may make of little: sizes of texts, lists and numbers, and the time of a rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.data_plane.transform.evaluation.vectors import CellFault
from appliance.errors import JobFailed

MOST_TEXT = 1_000_000
"""Characters of one value."""
MOST_ITEMS = 10_000
"""Items of one list."""
MOST_BITS = 4_096
"""Bits of one whole number."""
MOST_DEEP = 50
"""Lists and mappings inside one another."""
MOST_AT_ONCE = 128 << 20
"""Bytes, about, that one part of an expression may make of one chunk."""
MOST_HELD = 256 << 20
"""Bytes, about, that rules may make of one batch."""

_ITEM_BYTES = 8
_WITHOUT_BYTES = frozenset({bool, int, float, type(None)})


def bounded(value: Any) -> Any:
    """The value itself. Raises CellFault where it is too large."""
    if isinstance(value, str):
        check_text(len(value))
    elif isinstance(value, list | tuple | dict):
        check_items(len(value))
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise CellFault
    return value


def weighed(value: Any) -> Any:
    """A list or mapping itself. Raises CellFault where it is too large together with all that lies in it, however often the same."""
    items, characters, level = 0, 0, [value]
    for _ in range(MOST_DEEP):
        below: list[Any] = []
        for one in level:
            items += len(one)
            check_items(items)
            for inner in (*one, *one.values()) if isinstance(one, dict) else one:
                if isinstance(inner, str):
                    characters += len(inner)
                elif isinstance(inner, list | tuple | dict):
                    below.append(inner)
            check_text(characters)
        if not below:
            return value
        level = below
    raise CellFault


def held_bytes(values: Any) -> int:
    """About how many bytes the texts and lists of a vector take."""
    if not isinstance(values, list):
        return int(getattr(values, "nbytes", 0))
    kinds = set(map(type, values))
    if kinds == {str}:
        return sum(map(len, values))
    return 0 if kinds <= _WITHOUT_BYTES else _mixed_bytes(values)


def _mixed_bytes(values: list[Any]) -> int:
    return sum(len(value) if type(value) is str else len(value) * _ITEM_BYTES for value in values if isinstance(value, str | list | dict))


def check_text(characters: int) -> None:
    """Raises CellFault for a text that would be too long."""
    if characters > MOST_TEXT:
        raise CellFault


def check_items(items: int) -> None:
    """Raises CellFault for a list that would be too long."""
    if items > MOST_ITEMS:
        raise CellFault


class Budget:
    """The seconds that one rule may take for one batch; `monotonic`: the clock that is asked."""

    def __init__(self, monotonic: Callable[[], float], seconds: float) -> None:
        self._monotonic = monotonic
        self._seconds = seconds
        self._place = ""
        self._end = 0.0

    def start(self, place: str) -> None:
        """A rule begins; `place` names step and rule for people."""
        self._place = place
        self._end = self._monotonic() + self._seconds

    def check_held(self, held: int, most: int = MOST_HELD) -> None:
        """Raises JobFailed where a rule makes more of a batch than may be held."""
        if held > most:
            raise JobFailed(
                f"{self._place} makes more than {most >> 20} MB of one batch of rows.",
                hint="Let the rule's expression make shorter values.",
            )

    def meter(self) -> Callable[[list[Any]], None]:
        """Looks at values while they are made: at their size together, and at the clock. It raises JobFailed where either runs over."""
        held = 0

        def look(values: list[Any]) -> None:
            nonlocal held
            held += held_bytes(values)
            self.check_held(held, MOST_AT_ONCE)
            self.check()

        return look

    def check(self) -> None:
        """Raises JobFailed when the rule has had its time."""
        if self._monotonic() > self._end:
            raise JobFailed(
                f"{self._place} took more than {self._seconds:g} seconds for one batch of rows.",
                hint="Simplify the rule's expression, or let it apply to fewer columns.",
            )
