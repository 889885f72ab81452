"""Filters that keep training rows from leaving: exact copies always, near copies and unlikely records where asked.

What was in the training table is remembered as single bits at hashed places, sixteen places for every row. One in sixteen values that were
never there is marked as well: the filter costs one draw in sixteen, and a mark proves nothing about any row to who holds the model file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.identifiers import MarkTest
from appliance.data_plane.tables.schema import Table

PLACES_PER_ROW = 16
LEAST_PLACES = 1024

SIMILARITY_GROUPS = {"medium": 64, "high": 16, "auto": 64}
"""Numbers are cut into this many stretches of like mass; a record that then equals, in every column, a training row that stands alone is
dropped. Measured on 5,000 rows of a census (scripts/bench/filters.py): 7 in 10,000 records do so at 64 stretches and 106 at 16, 15 and 130
of rows that were not trained on; `medium` leaves none of the first, `high` none of the second.

What a filter takes away tells as well. Without it members are .54 to .59 of the 1 % of rows nearest to the records (.5 tells nothing),
with `medium` .48 to .56, with `high` .35 to .41: records avoid members more than strangers, and who has many records can see it. Decoys
do not help: marking as many near cells without a training row, drawn from the model, gave .41, four times as many .43, since a stranger's
own cell is hardly ever among them (1 and 3 in 100). So `high` is for those who must not show anything like a person's row, not for those
who fear a test of membership; `auto` is `medium`."""

OUTLIER_SHARE = {"medium": 0.01, "high": 0.05, "auto": 0.01}
"""The least likely share of the drawn records, by the model's own likelihood, that is dropped. Measured on the same rows: of records
further from all training rows than 99 % of unseen rows are, 1.07 % become 0.76 % (`medium`) and 0.40 % (`high`)."""

_STEP = 0x9E3779B97F4A7C15


class Marks(msgspec.Struct, frozen=True):
    """Bits at hashed places. `salt` makes the places of one model tell nothing about another's."""

    bits: Array
    salt: int

    @property
    def places(self) -> int:
        return len(self.bits) * 8

    def contain(self, hashes: Array) -> Array:
        """Which hashes were perhaps added: all that were, and one in sixteen of the others."""
        places = mix(hashes ^ np.uint64(self.salt)) % np.uint64(self.places)
        return (self.bits[(places >> np.uint64(3)).astype(np.int64)] >> (places & np.uint64(7)).astype(np.uint8)) & 1 > 0


def make_marks(hashes: Array, salt: int) -> Marks:
    """Marks for a set of hashes."""
    size = max(LEAST_PLACES, PLACES_PER_ROW * len(hashes)) // 8 + 1
    places = mix(hashes ^ np.uint64(salt)) % np.uint64(size * 8)
    flags = np.zeros(size * 8, bool)
    flags[places.astype(np.int64)] = True
    return Marks(np.packbits(flags, bitorder="little"), salt)


def mix(values: Array) -> Array:
    """Spreads 64-bit numbers evenly (the finaliser of splitmix64, Steele, Lea, Flood 2014)."""
    mixed = values.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def text_hashes(texts: Sequence[str]) -> Array:
    """A 64-bit number for every text."""
    digests = b"".join(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def cell_hashes(column: pa.Array) -> Array:
    """A 64-bit number for every cell; cells that are written alike get the same one."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.uint64)
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        encoded = column.dictionary_encode() if pa.types.is_string(column.type) else column
        table = np.r_[text_hashes([str(text) for text in encoded.dictionary.to_pylist()]), np.zeros(1, np.uint64)]
        return np.asarray(table[np.asarray(pc.fill_null(encoded.indices, len(table) - 1))])
    if pa.types.is_floating(column.type):
        values = np.asarray(pc.fill_null(column, float("nan")), np.float64) + 0.0
        bits = np.where(np.isnan(values), np.uint64(0), values.view(np.uint64) + np.uint64(1))
    else:
        numbers = (
            column.cast(pa.int64())
            if pa.types.is_timestamp(column.type)
            else column.cast(pa.int8()).cast(pa.int64())
            if pa.types.is_boolean(column.type)
            else column
        )
        present = np.asarray(column.is_valid())
        bits = np.where(present, np.asarray(pc.fill_null(numbers, 0), np.int64).view(np.uint64) + np.uint64(1), np.uint64(0))
    return np.where(bits == 0, np.uint64(0), mix(bits))


def row_hashes(columns: Iterable[Array]) -> Array:
    """One number per row from the hashes of its cells, a column at a time."""
    rows = np.zeros(0, np.uint64)
    for number, cells in enumerate(columns):
        start = rows if number else np.zeros(len(cells), np.uint64)
        rows = mix(start * np.uint64(3) + cells + np.uint64(_STEP * (number + 1) % 2**64))
    return rows


def unique_only(hashes: Array) -> Array:
    """Hashes that occur once."""
    values, counts = np.unique(hashes, return_counts=True)
    return np.asarray(values[counts == 1])


class CopyFilter(msgspec.Struct, frozen=True):
    """Knows exact copies of unique training rows over `columns` (identifiers and constants excluded: they are made anew or say nothing)."""

    columns: tuple[str, ...]
    marks: Marks

    def drop_copies(self, table: Table) -> Array:
        """One truth value per row: False for rows that are, or by the filter's one in sixteen may be, copies of unique training rows."""
        if not self.columns:
            return np.ones(table.rows, bool)
        return ~self.marks.contain(row_hashes(cell_hashes(whole(table.data.column(name))) for name in self.columns))


def make_copy_filter(table: Table, columns: Sequence[str], salt: int) -> CopyFilter:
    """The filter of a training table."""
    cells = (cell_hashes(whole(table.data.column(name))) for name in columns)
    return CopyFilter(tuple(columns), make_marks(unique_only(row_hashes(cells)), salt))


class TextMarks(MarkTest):
    """Marks the texts of one training column."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def marked(self, texts: list[str]) -> Array:
        return self._marks.contain(text_hashes(texts))
