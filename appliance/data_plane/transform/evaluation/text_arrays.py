"""The commonest operations on texts, each one pass over an arrow array.

Every function answers None where its arguments are not of the plain kind, or where the result might pass a limit of size: the value is then
made one by one, under the limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.transform.evaluation.bounds import MOST_AT_ONCE, MOST_TEXT
from appliance.data_plane.transform.evaluation.vectors import Same, Vector

_WIDEST = 4
"""Bytes of a character at most."""


def sliced(of: Vector, start: Any, stop: Any, step: Any) -> pa.Array | None:
    """`of[start:stop]` with constants of which none counts from the end."""
    if not _texts(of) or step not in (None, 1) or not all(place is None or _place(place) for place in (start, stop)):
        return None
    first = start or 0
    return pc.utf8_slice_codeunits(of, first, None if stop is None else max(stop, first))


def concatenated(parts: Sequence[Vector]) -> pa.Array | None:
    """Texts one behind the other: arrays without missing texts, and constants."""
    arrays = [part for part in parts if isinstance(part, pa.Array)]
    constants = [part.value for part in parts if isinstance(part, Same)]
    if not arrays or len(arrays) + len(constants) < len(parts):
        return None
    if not all(_texts(array) and not array.null_count for array in arrays):
        return None
    if not all(type(value) is str for value in constants):
        return None
    added = sum(len(value) for value in constants)
    if sum(_longest(array) for array in arrays) + added > MOST_TEXT:
        return None
    if sum(array.nbytes for array in arrays) + _WIDEST * added * len(arrays[0]) > MOST_AT_ONCE:
        return None
    return pc.binary_join_element_wise(*(part.value if isinstance(part, Same) else part for part in parts), "")


def filtered(name: str, of: Vector, given: dict[str, Vector]) -> pa.Array | None:
    """A filter of Jinja, its arguments by name; missing texts stay missing."""
    made = _FILTERS.get(name)
    if made is None or not _texts(of) or _longest(of) > MOST_TEXT or not all(isinstance(one, Same) for one in given.values()):
        return None
    return made(of, **{key: one.value for key, one in given.items() if isinstance(one, Same)})


def _truncated(of: pa.Array, length: Any = 255, killwords: Any = False, end: Any = "...", leeway: Any = 5) -> pa.Array | None:
    if not (_place(length) and _place(leeway) and killwords is True and type(end) is str and len(end) <= length):
        return None
    if length + leeway > MOST_TEXT:
        return None
    kept = pc.utf8_slice_codeunits(of, 0, length - len(end))
    cut = pc.binary_join_element_wise(kept, end, "") if end else kept
    lengths = pc.utf8_length(of)
    return pc.if_else(pc.less_equal(lengths, length + leeway), of, cut)


def _ascii(kernel: Callable[[pa.Array], pa.Array]) -> Callable[[pa.Array], pa.Array | None]:
    """Letters beyond ASCII have rules of their own, which are Python's."""
    return lambda of: kernel(of) if pc.all(pc.string_is_ascii(of), min_count=0).as_py() else None


_FILTERS: dict[str, Callable[..., pa.Array | None]] = {
    "string": lambda of: of,
    "truncate": _truncated,
    "upper": _ascii(pc.ascii_upper),
    "lower": _ascii(pc.ascii_lower),
}


def _texts(of: Vector) -> bool:
    return isinstance(of, pa.Array) and pa.types.is_string(of.type)


def _place(value: Any) -> bool:
    """A whole number that arrow counts with, from 0."""
    return type(value) is int and 0 <= value <= np.iinfo(np.int32).max


def _longest(of: pa.Array) -> int:
    """Bytes of the longest text: no fewer than its characters."""
    return int(pc.max(pc.binary_length(of)).as_py() or 0)
