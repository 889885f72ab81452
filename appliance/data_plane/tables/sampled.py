"""Training tables of any size: up to `MOST_CELLS` cells are read whole; of more, a uniform random sample of rows, in bounded memory.

Every row draws a number; the rows with the smallest numbers stay (a reservoir by keys: Vitter 1985, Efraimidis and Spirakis 2006). Which
rows these are depends on the seed and on the rows' places alone. Kinds and formats are decided on the rows that stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.csv import CsvSource
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.data_plane.tables.sniff import describe, gather, open_source
from appliance.data_plane.tables.source import Source, TableOverrides

MOST_CELLS = 10_000_000
"""Cells that are learnt from: a worker of some 800 MB. More rows than that (667,000 of 15 columns) change no leaf by more than chance."""

MOST_BYTES = 400 << 20
"""Bytes of raw cells that are held, for columns of long texts."""

LARGE = 128 << 20
"""Bytes of a file above which a sample for looking at its columns is taken from pieces of it: reading all costs as much as changing it."""
_PIECES, _PIECE = 48, 512 << 10
_SLACK = 1.25
"""Rows are put out when there are so many times too many: seldom enough to cost little."""
_HEAD_ROWS = 20_000
_NO_OVERRIDES = TableOverrides()
Keys = npt.NDArray[np.uint64]


class SampledTable(msgspec.Struct, frozen=True):
    """Rows to learn from, in the order of the file, and how many rows the file has."""

    table: Table
    total_rows: int

    @property
    def partial(self) -> bool:
        """Whether rows were left out."""
        return self.table.rows < self.total_rows


def read_sample(
    path: Path,
    seed: int,
    *,
    together: Sequence[str] = (),
    most_cells: int = MOST_CELLS,
    most_bytes: int = MOST_BYTES,
    overrides: TableOverrides = _NO_OVERRIDES,
) -> SampledTable:
    """The whole file where it has at most `most_cells` cells in `most_bytes` bytes, else a uniform sample of rows of that size.

    `together`: columns whose equal rows stay or go together (the key of sequences); names that the file lacks do not count. The same
    file and seed give the same rows. Raises DataRefused with a sentence that says what, where and what to do."""
    source = open_source(path, overrides)
    rows = max(1, most_cells // len(source.names))
    reservoir = _Reservoir(rows, most_bytes)
    draw = _GroupKeys(source, together, seed) if set(together) & set(source.names) else _RowKeys(seed)
    for batch in source.batches():
        reservoir.add(batch, draw.keys(batch))
    raw = reservoir.finish()
    if raw is None:
        raw = gather(source, most_rows=0)
    table = describe(source, raw, overrides)
    if table.rows < reservoir.seen:
        table = _with_keys(table, describe(source, reservoir.head, overrides).schema)
    return SampledTable(table, reservoir.seen)


class RawSample(msgspec.Struct, frozen=True):
    """Rows of a file as they stand in it, in its order."""

    source: Source
    raw: pa.Table


def sample_raw(
    path: Path,
    seed: int,
    *,
    most_rows: int,
    most_cells: int,
    most_bytes: int,
    most_read: int | None = None,
    overrides: TableOverrides = _NO_OVERRIDES,
) -> RawSample:
    """At most so many rows, cells and bytes, drawn uniformly by the seed; no row of an empty file.

    Of a large CSV file pieces at places drawn by the seed are read, of others all of it, or the first `most_read` bytes of cells.
    Raises DataRefused."""
    source = open_source(path, overrides)
    reservoir = _Reservoir(max(1, min(most_rows, most_cells // len(source.names))), most_bytes)
    draw = _RowKeys(seed)
    read = 0
    for batch in _some_batches(source, path.stat().st_size, seed):
        reservoir.add(batch, draw.keys(batch))
        read += batch.nbytes
        if most_read is not None and read >= most_read:
            break
    raw = reservoir.finish()
    return RawSample(source, gather(source, most_rows=0) if raw is None else raw)


def _some_batches(source: Source, size: int, seed: int) -> Iterator[pa.RecordBatch]:
    """Batches of pieces spread over a large file that can be entered anywhere; of any other file all."""
    found = 0
    if isinstance(source, CsvSource) and size > LARGE:
        shifts = np.random.default_rng([seed & (2**63 - 1), 22]).random(_PIECES)
        places = [0, *(int((piece + shifts[piece]) * (size - _PIECE) / _PIECES) for piece in range(_PIECES))]
        for batch in source.windows(places, _PIECE):
            found += batch.num_rows
            yield batch
    if not found:
        yield from source.batches()


def _with_keys(table: Table, head: TableSchema) -> Table:
    """Running numbers look like keys only where none is left out: the first rows (`head`) tell which columns are."""
    columns = []
    for column, first in zip(table.schema.columns, head.columns, strict=True):
        if first.kind is ColumnKind.IDENTIFIER and column.kind is ColumnKind.INTEGER:
            values = table.data.column(column.name)
            if pc.count_distinct(values, mode="only_valid").as_py() == len(values) - values.null_count:
                form = column.format if column.format.storage else msgspec.structs.replace(column.format, storage=first.format.storage)
                column = msgspec.structs.replace(column, kind=ColumnKind.IDENTIFIER, format=form)
        columns.append(column)
    return Table(msgspec.structs.replace(table.schema, columns=tuple(columns)), table.data)


class _RowKeys:
    """A number for every row."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed & (2**63 - 1), 21])))

    def keys(self, batch: pa.RecordBatch) -> Keys:
        return np.asarray(self._random.integers(0, 2**64 - 1, batch.num_rows, dtype=np.uint64))


class _GroupKeys:
    """A number for every group: a keyed hash of the key's cells."""

    def __init__(self, source: Source, together: Sequence[str], seed: int) -> None:
        self._names = [name for name in together if name in source.names]
        self._secret = (seed & (2**63 - 1)).to_bytes(8, "big")

    def keys(self, batch: pa.RecordBatch) -> Keys:
        total = np.zeros(batch.num_rows, np.uint64)
        for name in self._names:
            total = total * np.uint64(0x9E3779B97F4A7C15) + self._column(batch.column(name))
        return total

    def _column(self, cells: pa.Array) -> Keys:
        encoded = pc.dictionary_encode(cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells)
        try:
            texts = encoded.dictionary.cast(pa.string()).to_pylist()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            texts = [repr(value) for value in encoded.dictionary.to_pylist()]
        digests = [hashlib.blake2b(str(text).encode("utf-8", "surrogatepass"), digest_size=8, key=self._secret).digest() for text in texts]
        table = np.frombuffer(b"".join([*digests, bytes(8)]), "<u8")
        return np.asarray(table[np.asarray(pc.fill_null(encoded.indices, len(texts)))], np.uint64)


class _Reservoir:
    """Raw rows with the smallest keys, in their order. `seen`: all rows that went by; `head`: the first of them."""

    def __init__(self, rows: int, most_bytes: int) -> None:
        self.seen = 0
        self._rows = rows
        self._most_bytes = most_bytes
        self._heads: list[pa.Table] = []
        self._parts: list[pa.Table] = []
        self._keys: list[Keys] = []
        self._held = self._bytes = 0
        self._limit = 2**64 - 1
        """Rows whose key is not below this are out."""

    @property
    def head(self) -> pa.Table:
        return pa.concat_tables(self._heads)

    def add(self, batch: pa.RecordBatch, keys: Keys) -> None:
        """Look at the next rows."""
        self.seen += batch.num_rows
        part = pa.Table.from_batches([batch])
        if not self._heads or sum(head.num_rows for head in self._heads) < _HEAD_ROWS:
            self._heads.append(part.slice(0, _HEAD_ROWS))
        if self._limit < 2**64 - 1:
            kept = keys < np.uint64(self._limit)
            part, keys = part.filter(pa.array(kept)), keys[kept]
        self._hold(part, keys)
        while self._held > self._rows * _SLACK or self._bytes > self._most_bytes * _SLACK:
            held = self._held
            self._put_out()
            if self._held == held:
                break

    def finish(self) -> pa.Table | None:
        """The rows that stay; None where there were none at all."""
        if self._held > self._rows or self._bytes > self._most_bytes:
            self._put_out()
        return pa.concat_tables(self._parts) if self._parts else None

    def _hold(self, part: pa.Table, keys: Keys) -> None:
        if part.num_rows:
            self._parts.append(part)
            self._keys.append(keys)
            self._held, self._bytes = self._held + part.num_rows, self._bytes + part.nbytes

    def _put_out(self) -> None:
        """Lower the limit so that rows and bytes fit; at least one key stays."""
        keys = np.concatenate(self._keys)
        if self._bytes > self._most_bytes:
            self._rows = min(self._rows, max(1, int(self._held * self._most_bytes / self._bytes)))
        ordered = np.sort(keys)
        if self._rows < len(ordered):
            first = int(ordered[np.searchsorted(ordered, ordered[0], side="right") - 1]) + 1
            self._limit = max(int(ordered[self._rows]), first)
        parts, numbers = self._parts, self._keys
        self._parts, self._keys, self._held, self._bytes = [], [], 0, 0
        while parts:
            part, own = parts.pop(0), numbers.pop(0)
            kept = own < np.uint64(self._limit)
            self._hold(part.filter(pa.array(kept)), own[kept])
