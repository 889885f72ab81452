"""Validity of single columns: types, ranges, categories, patterns, keys and missing values, on every synthetic row."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import Codes, Column, Role
from appliance.data_plane.quality.estimate import wilson
from appliance.data_plane.tables.schema import ColumnKind

LISTED_ROWS = 10
MOST_SHAPES = 50
SHAPED_SHARE = 0.99
STRICT = ("type", "pattern", "unique", "null", "ordered", "determined")
"""Rules that no training row breaks by nature: one offence is enough where held-out rows have none."""

Mask = npt.NDArray[np.bool_]


class Check(msgspec.Struct, frozen=True):
    """One rule over one column: offending synthetic rows, their share, held-out rows' share, and the first ten row numbers (from 1)."""

    check: str
    failed: bool
    offending: int
    share: float
    reference: float | None
    rows: tuple[int, ...]


class CheckedColumn(msgspec.Struct, frozen=True):
    """The rules that apply to a column."""

    name: str
    kind: str
    checks: tuple[Check, ...]


def check_column(column: Column, levels: pa.Array, parts: list[Codes], unread: list[Mask]) -> CheckedColumn:
    """Check whole columns: `parts` are the levels of every row by side, `unread` the cells that cannot be read in the training type."""
    checks = [rule(name, masks) for name, masks in _rules(column, levels, parts, unread)]
    return CheckedColumn(column.name, str(column.kind), tuple(checks))


def rule(name: str, masks: list[Mask], numbers: npt.NDArray[np.int64] | None = None) -> Check:
    """The verdict on a rule from the offending rows of the synthetic and (where there is one) the held-out table.

    `numbers` are the rows' places in the synthetic table where only some were looked at."""
    ours, held = masks[0], masks[1] if len(masks) > 1 and len(masks[1]) else None
    places = np.flatnonzero(ours)[:LISTED_ROWS]
    shown = places if numbers is None else numbers[places]
    share = float(ours.mean()) if len(ours) else 0.0
    reference = None if held is None else float(held.mean())
    rows = tuple(int(place) + 1 for place in shown)
    failed = _fails(name, share, len(ours), reference, 0 if held is None else len(held))
    return Check(name, failed, int(ours.sum()), share, reference, rows)


def _fails(name: str, share: float, rows: int, reference: float | None, held: int) -> bool:
    if share == 0:
        return False
    if reference is None or (reference == 0 and name in STRICT):
        return True
    return wilson(share, rows)[0] > wilson(reference, held)[1]


def _rules(column: Column, levels: pa.Array, parts: list[Codes], unread: list[Mask]) -> Iterator[tuple[str, list[Mask]]]:
    """The rules that the training rows obey, each with the offending rows of the other sides."""
    others = parts[1:]
    missing = len(levels)
    known = np.append(column.left.present > 0, True)
    yield "type", [mask | broken for mask, broken in zip(unread[1:], _by_level(_broken(column), others), strict=True)]
    if column.left.missing == 0:
        yield "null", [(codes == missing) & ~mask for codes, mask in zip(others, unread[1:], strict=True)]
    if column.role is Role.EMPTY:
        yield "null", [codes != missing for codes in others]
    if column.numeric or (column.moment and column.role is not Role.EMPTY):
        yield "range", _by_level(_outside(column), others)
    elif column.role in (Role.CATEGORICAL, Role.BINARY):
        yield "category", _by_level(~known, others)
    if column.kind is ColumnKind.IDENTIFIER and bool((column.left.present <= 1).all()):
        yield "unique", [_repeated(codes, missing) for codes in others]
    if pa.types.is_string(levels.type) and column.role in (Role.OTHER, Role.CATEGORICAL, Role.BINARY):
        wrong = wrong_shapes(levels, column.left.present)
        if wrong is not None:
            yield "pattern", _by_level(np.append(wrong, False), others)


def _by_level(offends: Mask, sides: list[Codes]) -> list[Mask]:
    return [offends[codes] for codes in sides]


def _broken(column: Column) -> Mask:
    """Levels that are no whole number in a column of whole numbers."""
    if column.kind is not ColumnKind.INTEGER:
        return np.zeros(column.levels + 1, dtype=bool)
    return np.append(np.isfinite(column.values) & (column.values != np.round(column.values)), False)


def _outside(column: Column) -> Mask:
    held = column.values[(column.left.present > 0) & np.isfinite(column.values)]
    if not len(held):
        return np.zeros(column.levels + 1, dtype=bool)
    return np.append((column.values < held.min()) | (column.values > held.max()), False)


def _repeated(codes: Codes, missing: int) -> Mask:
    """Rows whose key an earlier row has."""
    first = np.zeros(len(codes), dtype=bool)
    first[np.unique(codes, return_index=True)[1]] = True
    repeated: Mask = ~first & (codes != missing)
    return repeated


def wrong_shapes(levels: pa.Array, counts: npt.NDArray[np.int64]) -> Mask | None:
    """Levels whose shape (digits and letters by kind) no training value has; None where the training values have no common shapes."""
    for runs in (False, True):
        shapes = shapes_of(levels, runs=runs).dictionary_encode()
        codes = np.asarray(shapes.indices)
        rows = np.bincount(codes, counts, minlength=len(shapes.dictionary))
        held = rows > 0
        largest = np.sort(rows)[::-1][:MOST_SHAPES].sum()
        plain = bool(pc.all(pc.equal(pc.drop_null(shapes.dictionary), "a")).as_py())
        if held.sum() <= MOST_SHAPES and largest >= SHAPED_SHARE * max(1, counts.sum()) and _telling(levels, counts) and not plain:
            wrong: Mask = ~held[codes]
            return wrong
    return None


def _telling(levels: pa.Array, counts: npt.NDArray[np.int64]) -> bool:
    """Whether values are codes: a digit, an at sign or another mark in nearly all, and many different ones."""
    marked = np.asarray(pc.match_substring_regex(levels, pattern=r"[0-9@_/\-]"))
    held = counts > 0
    return bool(held.sum() > MOST_SHAPES and (marked & held).sum() >= 0.95 * held.sum())


def shapes_of(values: pa.Array, *, runs: bool) -> pa.Array:
    """Texts with every digit as 9 and every letter as a or A; with `runs`, repeats of one kind as one."""
    more = "+" if runs else ""
    shaped = values
    for kind, letter in ((r"\p{Lu}", "A"), (r"\p{Ll}", "a"), ("[0-9]", "9")):
        shaped = pc.replace_substring_regex(shaped, pattern=kind + more, replacement=letter)
    return shaped
