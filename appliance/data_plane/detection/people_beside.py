"""The people whom the other columns of a row name: what its texts say of them is found with less doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict
from appliance.data_plane.tables.cells import NO_CELL, Cells

_LABELS = ("person_name", "first_name", "last_name")
_WORD = re.compile(r"[^\W\d_]{2,}")


def names_people(verdict: ColumnVerdict | None) -> bool:
    """Whether every cell of a column is the name of a person or a part of one."""
    return verdict is not None and verdict.shape is ColumnShape.WHOLE and verdict.label in _LABELS


def with_people(texts: Cells, columns: Sequence[Cells], is_person: Callable[[str], bool]) -> tuple[Cells, list[tuple[str, ...]]]:
    """Texts told apart by the people of their rows, and for each the names of which it has a word. `columns`: names, row by row beside the
    texts; `is_person`: asked of names of several words, because firms stand among people. A text without any of its row's names stays
    one, however many rows hold it; what is told of a row depends on that row alone."""
    asked: dict[str, bool] = {}
    lower = [text.lower() for text in texts.texts]
    names = [column.texts for column in columns]
    words = [[_WORD.findall(name.lower()) for name in column] for column in names]
    beside = np.array([column.codes[texts.rows] for column in columns]).T.tolist()
    places: dict[tuple[int, tuple[str, ...]], int] = {}
    numbers = []
    for code, others in zip(texts.codes[texts.rows].tolist(), beside, strict=True):
        text, held = lower[code], []
        for number, other in enumerate(others):
            for word in words[number][other] if other != NO_CELL else ():
                if word in text:
                    held.append(names[number][other])
                    break
        people = tuple(name for name in held if _counts(name, is_person, asked)) if held else ()
        numbers.append(places.setdefault((code, people), len(places)))
    codes = np.full(len(texts.codes), NO_CELL, np.int32)
    codes[texts.rows] = numbers
    return Cells(texts.array.take(pa.array([code for code, _ in places], pa.int32())), codes), [people for _, people in places]


def _counts(name: str, is_person: Callable[[str], bool], asked: dict[str, bool]) -> bool:
    if name not in asked:
        asked[name] = len(_WORD.findall(name)) < 2 or is_person(name)
    return asked[name]
