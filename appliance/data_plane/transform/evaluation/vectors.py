"""Values of many cells at once, and the two that are none: a failure, and something that is not there.

A vector is a list of Python values, an arrow array of texts or whole numbers (null: missing), or `Same`, one value for all places."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, repeat
from typing import Any, NoReturn, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Places = npt.NDArray[np.int64]

BLOCK = 256
"""Values that are made between two looks at their size and at the clock."""
Part = Places | slice
"""Some places, or a run of them."""


class CellFault(ValueError):
    """An expression that has no value for a cell. Its text is never shown: it may hold the cell's."""


CELL_FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What an operation on values may raise; anything else is a fault of the program."""


def _refuse(*_: object) -> NoReturn:
    raise CellFault


class Failed:
    """The value of an expression that failed. Whatever is done with it fails as well."""

    __slots__ = ()
    __bool__ = __str__ = __len__ = __iter__ = __eq__ = __ne__ = __hash__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _refuse
    __format__ = _refuse


class Undefined:
    """What is read where nothing is: false, an empty text, equal to nothing else."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""


FAILED = Failed()
UNDEFINED = Undefined()


class Same(msgspec.Struct, frozen=True):
    """One value at every place."""

    value: Any


Vector: TypeAlias = list[Any] | pa.Array | Same


def listed(vector: Vector, size: int) -> list[Any]:
    """One Python value for each place."""
    if isinstance(vector, Same):
        return [vector.value] * size
    return vector if isinstance(vector, list) else vector.to_pylist()


def walked(vector: Vector) -> Iterator[Any]:
    """The values one after the other; of `Same` without an end."""
    if isinstance(vector, Same):
        return repeat(vector.value)
    return iter(vector if isinstance(vector, list) else vector.to_pylist())


def picked(vector: Vector, places: Part) -> Vector:
    """The values at some places."""
    if isinstance(vector, Same):
        return vector
    if isinstance(places, slice):
        return vector[places]
    if isinstance(vector, list):
        return [vector[place] for place in places.tolist()]
    return vector.take(pa.array(places))


def joined(parts: Sequence[Vector], sizes: Sequence[int]) -> Vector:
    """Vectors one behind the other."""
    if len(parts) == 1:
        return parts[0]
    arrays = [part for part in parts if isinstance(part, pa.Array)]
    if arrays and len(arrays) == len(parts) and len({array.type for array in arrays}) == 1:
        return pa.concat_arrays(arrays)
    if parts and all(isinstance(part, Same) and part.value is parts[0].value for part in parts):  # type: ignore[union-attr]
        return parts[0]
    return [value for part, size in zip(parts, sizes, strict=True) for value in listed(part, size)]


def lift(function: Callable[..., Any], vectors: Sequence[Vector], size: int, look: Callable[[list[Any]], None] | None = None) -> Vector:
    """The function at every place; where it raises one of CELL_FAULTS, `FAILED` stands. `look` is shown the values, BLOCK by BLOCK."""
    if all(isinstance(vector, Same) for vector in vectors):
        return Same(guarded(function, *[vector.value for vector in vectors]))  # type: ignore[union-attr]
    rows: Iterator[tuple[Any, ...]] = zip(*map(walked, vectors), strict=False)
    made: list[Any] = []
    while fresh := _next(function, rows):
        if look is not None:
            look(fresh)
        made += fresh
    return made


def _next(function: Callable[..., Any], rows: Iterator[tuple[Any, ...]]) -> list[Any]:
    made: list[Any] = []
    for values in islice(rows, BLOCK):
        try:
            made.append(function(*values))
        except CELL_FAULTS:
            made.append(FAILED)
    return made


def guarded(function: Callable[..., Any], *values: Any) -> Any:
    """The function's value, or `FAILED`."""
    try:
        return function(*values)
    except CELL_FAULTS:
        return FAILED


def text_of(value: Any) -> str:
    """A value as the text that a cell shows: numbers in shortest form, dates by ISO 8601, lists and mappings as JSON, nothing as empty."""
    if isinstance(value, str):
        return value
    if value is None or value is UNDEFINED:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bool | int | float | datetime.timedelta):
        return str(value)
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    raise CellFault


def texts_of(vector: Vector, size: int) -> list[Any]:
    """Each value as text; a missing one stays None, a failed one failed."""
    if isinstance(vector, pa.Array):
        return vector.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    if isinstance(vector, Same):
        return [_text_or_none(vector.value)] * size
    return [value if type(value) is str else _text_or_none(value) for value in vector]


def _text_or_none(value: Any) -> Any:
    if value is None or value is FAILED or value is UNDEFINED:
        return FAILED if value is UNDEFINED else value
    return guarded(text_of, value)


def in_bulk(call: Callable[[list[str]], Sequence[Any]], vector: Vector, size: int) -> Vector:
    """One call for all filled texts of the vector; missing and failed ones stay. `None` from the call is a failure.

    The call may raise one of CELL_FAULTS: every place has then failed."""
    if isinstance(vector, Same):
        alone = in_bulk(call, [vector.value], 1)
        return Same(listed(alone, 1)[0])
    texts = texts_of(vector, size)
    if isinstance(vector, pa.Array) and not vector.null_count:
        return _called(call, texts)
    filled = [place for place, text in enumerate(texts) if text is not None and text is not FAILED]
    made = _called(call, texts if len(filled) == size else [texts[place] for place in filled])
    if len(filled) == size:
        return made
    for place, value in zip(filled, made, strict=True):
        texts[place] = value
    return texts


def _called(call: Callable[[list[str]], Sequence[Any]], texts: list[str]) -> list[Any]:
    if not texts:
        return []
    try:
        made = list(call(texts))
    except CELL_FAULTS:
        return [FAILED] * len(texts)
    return [FAILED if value is None else value for value in made] if None in made else made
