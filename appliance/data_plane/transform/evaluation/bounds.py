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


def bounded(value: Any) -> Any:
    """The value itself. Raises CellFault where it is too large."""
    if isinstance(value, str):
        check_text(len(value))
    elif isinstance(value, list | tuple | dict):
        check_items(len(value))
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise CellFault
    return value


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

    def check(self) -> None:
        """Raises JobFailed when the rule has had its time."""
        if self._monotonic() > self._end:
            raise JobFailed(
                f"{self._place} took more than {self._seconds:g} seconds for one batch of rows.",
                hint="Simplify the rule's expression, or let it apply to fewer columns.",
            )
