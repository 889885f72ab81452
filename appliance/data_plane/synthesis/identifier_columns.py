"""Identifier columns made a chunk of records at a time: no value twice where the training column had none twice, in memory that grows by
eight bytes a record."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.filters import Marks, TextMarks, text_hashes
from appliance.data_plane.synthesis.identifiers import CROWDED, MarkTest, PatternCodec, draw_identifiers
from appliance.data_plane.synthesis.tree_model import TreeModel

_PATH = 12
"""The place of identifiers among the engine's sources of randomness."""


class IdentifierColumns:
    """The identifier columns of `count` records, asked for chunk after chunk. Chunk borders do not depend on who makes the records."""

    def __init__(self, model: TreeModel, count: int, seed: int) -> None:
        self._columns: dict[int, IdentifierColumn] = {}
        for number, column in enumerate(model.columns):
            if isinstance(column.codec, PatternCodec):
                self._columns[number] = IdentifierColumn(column.codec, column.marks, count, (seed, number))

    def fill(self, data: pa.Table) -> pa.Table:
        """The next chunk with its identifiers in their places."""
        for number, column in self._columns.items():
            data = data.set_column(number, data.schema.names[number], column.take(data.num_rows))
        return data


class IdentifierColumn:
    """One identifier column of `count` records; `place`: the seed and the column's number."""

    def __init__(self, codec: PatternCodec, marks: Marks | None, count: int, place: tuple[int, int]) -> None:
        self._codec = codec
        self._test: MarkTest = TextMarks(marks) if marks is not None else MarkTest()
        self._count = count
        self._place = place
        self._seen = np.zeros(0, np.uint64)
        self._done = self._chunk = 0
        self._whole = self._draw(codec, count, self._test, 0) if _needs_all(codec, count) else None

    def take(self, rows: int) -> pa.Array:
        """The next `rows` cells."""
        start, self._done, self._chunk = self._done, self._done + rows, self._chunk + 1
        if self._whole is not None:
            return self._whole.slice(start, rows)
        if self._codec.next >= 0:
            return self._draw(msgspec.structs.replace(self._codec, next=self._codec.next + start), rows, self._test, self._chunk)
        if not self._codec.unique or rows == self._count:
            return self._draw(self._codec, rows, self._test, self._chunk)
        made = self._draw(self._codec, rows, _SeenTest(self._test, self._seen), self._chunk)
        texts = [str(value) for value in made.drop_null().to_pylist()]
        self._seen = np.sort(np.r_[self._seen, text_hashes(texts)])
        return made

    def _draw(self, codec: PatternCodec, rows: int, test: MarkTest, chunk: int) -> pa.Array:
        seed, number = self._place
        return draw_identifiers(codec, rows, test, generator(seed, _PATH, number, chunk))


class _SeenTest(MarkTest):
    """Marks what another test marks, and what earlier chunks hold."""

    def __init__(self, test: MarkTest, seen: Array) -> None:
        self._test = test
        self._seen = seen

    def marked(self, texts: list[str]) -> Array:
        return np.asarray(self._test.marked(texts) | _among(text_hashes(texts), self._seen))


def _among(hashes: Array, ordered: Array) -> Array:
    if not len(ordered):
        return np.zeros(len(hashes), bool)
    return np.asarray(ordered[np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)] == hashes)


def _needs_all(codec: PatternCodec, count: int) -> bool:
    """Whether the values must be drawn together: they stand in order, or nearly all numbers of a small range are wanted."""
    if codec.next >= 0 or not codec.templates:
        return False
    crowded = codec.unique and len(codec.templates) == 1 and codec.domains is None and codec.templates[0].span < CROWDED * count
    return codec.ordered or crowded
