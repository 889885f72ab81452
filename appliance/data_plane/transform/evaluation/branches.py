"""Evaluating at some places only: what short-circuits and conditions need, and arguments that differ from place to place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from appliance.data_plane.transform.evaluation.vectors import CELL_FAULTS, FAILED, Places, Same, Vector, listed


def truths(vector: Vector, size: int) -> list[bool | None]:
    """Whether each value is true; None where it failed or cannot be asked."""
    if isinstance(vector, pa.Array):
        return [bool(text) for text in vector.to_pylist()]
    return [value if value is True or value is False else _truth(value) for value in listed(vector, size)]


def _truth(value: Any) -> bool | None:
    try:
        return bool(value)
    except CELL_FAULTS:
        return None


def branch(told: list[bool | None], yes: Callable[[Places | None], Vector], no: Callable[[Places | None], Vector]) -> Vector:
    """`yes` at the places that are true, `no` at those that are false, failed elsewhere. Each is asked once, for places (None: all)."""
    if all(told):
        return yes(None)
    if not any(one is not False for one in told):
        return no(None)
    made: list[Any] = [FAILED] * len(told)
    for wanted, side in ((True, yes), (False, no)):
        places = np.array([place for place, one in enumerate(told) if one is wanted], np.int64)
        if len(places):
            for place, value in zip(places.tolist(), listed(side(places), len(places)), strict=True):
                made[place] = value
    return made


def by_argument(vectors: tuple[Vector, ...], size: int, call: Callable[[tuple[Any, ...], Places | None], Vector]) -> Vector:
    """One call for all places that share the same arguments; `call` gets them and the places (None: all)."""
    if all(isinstance(vector, Same) for vector in vectors):
        return _called(call, tuple(vector.value for vector in vectors), None)  # type: ignore[union-attr]
    groups: dict[str, list[int]] = {}
    rows = list(zip(*[listed(vector, size) for vector in vectors], strict=True))
    for place, row in enumerate(rows):
        groups.setdefault("\0".join(f"{type(value).__name__} {_shown(value)}" for value in row), []).append(place)
    made: list[Any] = [FAILED] * size
    for places in groups.values():
        values = _called(call, rows[places[0]], np.array(places, np.int64))
        for place, value in zip(places, listed(values, len(places)), strict=True):
            made[place] = value
    return made


def _called(call: Callable[[tuple[Any, ...], Places | None], Vector], arguments: tuple[Any, ...], places: Places | None) -> Vector:
    if any(value is FAILED for value in arguments):
        return Same(FAILED)
    try:
        return call(arguments, places)
    except CELL_FAULTS:
        return Same(FAILED)


def _shown(value: Any) -> str:
    return "" if value is FAILED else repr(value)
