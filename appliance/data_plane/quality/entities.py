"""Replay of real values in columns of names, keys, addresses and numbers of people: how many come back, beside how many by chance."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import NAMED_ROWS, Column, Counts, Role
from appliance.data_plane.quality.validity import shapes_of
from appliance.data_plane.tables.schema import ColumnKind

LEAST_VALUES = 50
TYPICAL = 0.8
PATTERNS = (
    ("e-mail address", r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    ("web address", r"^(https?://|www\.)\S+$"),
    ("network address", r"^\d{1,3}(\.\d{1,3}){3}$"),
    ("card or account number", r"^[A-Z]{0,2}(\d[ -]?){12,30}$"),
    ("phone number", r"^\+?[(]?\d[\d\s().\-/]{5,18}\d$"),
)
KEY, NAME, TEXT = "key", "name or code", "text"
LETTERS, DIGITS = 26, 10


class ReplayedColumn(msgspec.Struct, frozen=True):
    """Distinct real values, how many of them are among the synthetic ones, and how many would be by chance (None: not known).

    `rare_…` are the same of values that fewer than 10 training rows hold; `alarm`: clearly more of these than by chance."""

    name: str
    entity: str
    values: int
    replayed: int
    expected: float | None
    rare_values: int
    rare_replayed: int
    rare_expected: float | None
    alarm: bool


def replayed_column(column: Column, levels: pa.Array) -> ReplayedColumn | None:
    """The replay of a column whose values may stand for persons or things; None for numbers, times and columns of few values."""
    entity = _entity(column, levels)
    if entity is None:
        return None
    left, right = column.left.present, column.right.present
    known = left > 0
    rare = known & (left < NAMED_ROWS)
    rows = int(right.sum())
    share = _chance(column, levels, entity, rare)
    common = float((1 - np.exp(-rows * left[known & ~rare] / max(1, left.sum()))).sum())
    rare_expected = None if share is None else _distinct(left[rare], share * rows)
    again = int((rare & (right > 0)).sum())
    return ReplayedColumn(
        name=column.name,
        entity=entity,
        values=int(known.sum()),
        replayed=int((known & (right > 0)).sum()),
        expected=None if rare_expected is None else common + rare_expected,
        rare_values=int(rare.sum()),
        rare_replayed=again,
        rare_expected=rare_expected,
        alarm=bool(again > 0 and again > _most(rare_expected or 0.0, column)),
    )


def _entity(column: Column, levels: pa.Array) -> str | None:
    """What the values look like."""
    unique = int((column.left.present > 0).sum())
    if unique < LEAST_VALUES or column.role is Role.EMPTY:
        return None
    if not pa.types.is_string(levels.type):
        return KEY if column.kind is ColumnKind.IDENTIFIER else None
    held = levels.filter(pa.array(column.left.present > 0))
    for entity, pattern in PATTERNS:
        if (pc.mean(pc.match_substring_regex(held, pattern=pattern).cast(pa.int8())).as_py() or 0.0) >= TYPICAL:
            return entity
    return KEY if column.kind is ColumnKind.IDENTIFIER else TEXT if column.role is Role.TEXT else NAME


def _chance(column: Column, levels: pa.Array, entity: str, rare: npt.NDArray[np.bool_]) -> float | None:
    """Share of rows that would hit a rare real value by chance: as held-out rows do, or as keys drawn among all possible ones would."""
    held = column.holdout.present if column.holdout else None
    met = float(held[rare].sum() / held.sum()) if held is not None and held.sum() else None
    drawn = _density(column, levels) if column.kind is ColumnKind.IDENTIFIER else None
    known = [share for share in (met, drawn) if share is not None]
    return max(known) if known else None


def _density(column: Column, levels: pa.Array) -> float:
    """Share of the possible keys (whole numbers in the range; texts of the same shapes) that training rows hold."""
    held = column.left.present > 0
    if not pa.types.is_string(levels.type):
        numbers = column.values[held & np.isfinite(column.values)]
        return min(1.0, len(numbers) / (float(numbers.max() - numbers.min()) + 1)) if len(numbers) else 0.0
    shapes = pc.value_counts(shapes_of(levels.filter(pa.array(held)), runs=False))
    room = 0.0
    for shape in shapes.field("values").to_pylist():
        power = shape.count("9") * math.log10(DIGITS) + (shape.count("a") + shape.count("A")) * math.log10(LETTERS)
        room += 10.0 ** min(30.0, power)
    return min(1.0, float(held.sum()) / max(1.0, room))


def _distinct(counts: Counts, rows: float) -> float:
    """Different values among so many draws in proportion to the training rows that hold them."""
    total = float(counts.sum())
    return float((1 - np.exp(-rows * counts / total)).sum()) if total else 0.0


def _most(expected: float, column: Column) -> float:
    """What chance hardly exceeds (about one time in 10,000): the error of a count, and of the held-out rows that it is taken from."""
    held = column.holdout.present.sum() if column.holdout else 0
    scale = column.right.present.sum() / max(1, held) if held else 0.0
    return expected + 4 * math.sqrt(expected * (1 + scale) + 1) + 3 * scale * (expected == 0) + 2
