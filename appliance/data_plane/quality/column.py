"""One column of all tables in shared codes, and the part of it that the relations and attacks keep."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.tables.schema import ColumnKind

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

NAMED_ROWS = 10
"""A value is named in a report only if at least so many training rows hold it."""


class Role(StrEnum):
    """How a column is measured (the field types of the published score)."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BINARY = "binary"
    TEXT = "text"
    OTHER = "other"
    EMPTY = "empty"


class Side(msgspec.Struct, frozen=True):
    """One table's view of a column.

    `counts[level]` rows of the whole table hold a level, `counts[levels]` lack a value. `codes` are the levels of the sampled
    rows. `text` has sentences per record, words per sentence and characters per word of at most 5,000 records (text only)."""

    counts: Counts
    codes: Codes
    text: tuple[Floats, Floats, Floats] | None = None

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def missing(self) -> int:
        return int(self.counts[-1])

    @property
    def present(self) -> Counts:
        """Counts of the levels without the missing ones."""
        return self.counts[:-1]


class Column(msgspec.Struct, frozen=True):
    """One column in all tables. `values[level]` is a level's number (seconds for moments; NaN where there is none), `lengths[level]`
    its characters. `names` are the levels that may be shown, by level. `moment` marks dates and times."""

    name: str
    kind: ColumnKind
    role: Role
    moment: bool
    values: Floats
    lengths: Counts
    names: dict[int, str]
    left: Side
    right: Side
    holdout: Side | None

    @property
    def levels(self) -> int:
        return len(self.values)

    @property
    def numeric(self) -> bool:
        return self.role is Role.NUMERIC

    @property
    def tabular(self) -> bool:
        """Whether the column takes part in the tabular scores."""
        return self.role in (Role.NUMERIC, Role.CATEGORICAL, Role.BINARY)


class Feature(msgspec.Struct, frozen=True):
    """The sampled rows of a column: `left`, `right` and `holdout` are levels (`levels` itself: missing), `values` their numbers.

    `frequent[level]` says whether enough training rows hold the level for it to be shown; `names` are the commonest of those.
    `places[level]` is its mid-rank among the training values (−1 without a number), `order[level]` its place by training rows."""

    name: str
    kind: ColumnKind
    role: Role
    moment: bool
    values: Floats
    frequent: npt.NDArray[np.bool_]
    names: dict[int, str]
    places: Floats
    order: Codes
    left: Codes
    right: Codes
    holdout: Codes

    @property
    def levels(self) -> int:
        return len(self.values)

    @property
    def numeric(self) -> bool:
        return self.role is Role.NUMERIC

    @property
    def tabular(self) -> bool:
        """Whether the column takes part in the tabular scores."""
        return self.role in (Role.NUMERIC, Role.CATEGORICAL, Role.BINARY)

    @property
    def measurable(self) -> bool:
        """Whether rows can be compared by the column: numbers, categories and moments."""
        return self.tabular or (self.moment and self.role is not Role.EMPTY)

    @property
    def ordered(self) -> bool:
        """Whether nearness of values means something."""
        return self.numeric or (self.moment and not self.tabular)

    def numbers(self, codes: Codes) -> Floats:
        """The numbers behind codes, NaN where missing or infinite."""
        return np.append(self.values, np.nan)[codes]


def feature_of(column: Column) -> Feature:
    """Keep the levels that the sampled rows use; everything else of the column may go."""
    sides = [column.left.codes, column.right.codes, column.holdout.codes if column.holdout else np.zeros(0, dtype=np.int32)]
    used = np.zeros(column.levels + 1, dtype=bool)
    for codes in sides:
        used[codes] = True
    used[-1] = True
    relabelled = (np.cumsum(used) - 1).astype(np.int32)
    kept = used[:-1]
    left = relabelled[sides[0]]
    return Feature(
        name=column.name,
        kind=column.kind,
        role=column.role,
        moment=column.moment,
        values=column.values[kept],
        frequent=column.left.present[kept] >= NAMED_ROWS,
        names={int(relabelled[level]): text for level, text in column.names.items() if kept[level]},
        places=_places(column.values[kept], left),
        order=_order(left, int(kept.sum()) + 1),
        left=left,
        right=relabelled[sides[1]],
        holdout=relabelled[sides[2]],
    )


def _places(values: Floats, left: Codes) -> Floats:
    """Mid-ranks (0–1) of the levels among the training rows' numbers, and −1 for missing."""
    known = np.append(values, np.nan)[left]
    known = np.sort(known[np.isfinite(known)])
    levels = np.append(values, np.nan)
    placed = (np.searchsorted(known, levels, "left") + np.searchsorted(known, levels, "right")) / 2 / max(1, len(known))
    return np.where(np.isfinite(levels), placed, -1.0)


def _order(left: Codes, size: int) -> Codes:
    """For every level (and missing) its place when levels are ordered by training rows, most first."""
    order = np.argsort(-np.bincount(left, minlength=size), kind="stable")
    places = np.empty(size, dtype=np.int32)
    places[order] = np.arange(size, dtype=np.int32)
    return places
