"""Parquet: read in batches with its own types, written back with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as arrow_parquet

from appliance.data_plane.tables.compression import PlainStream, open_for_writing
from appliance.data_plane.tables.schema import FileFormat, Table, TableSchema
from appliance.data_plane.tables.source import column_names, told_row
from appliance.data_plane.tables.storage import is_text, stored
from appliance.data_plane.tables.types import plain, texts_of
from appliance.errors import DataRefused

_ROWS_AT_ONCE = 65_536
_ROWS_UNFOLDED, _BYTES_AT_ONCE = 4_096, 64 << 20
"""A file of a megabyte may unfold to any size: rows are read few at a time, and put together up to so many bytes."""
_LONGEST_CELL = 16 << 20
_LARGEST_UNFOLDED = 2 << 30
"""Bytes of a Parquet file inside gzip or zstd: it must lie in memory, because it is read from its end."""


class ParquetSource:
    """A Parquet file. Opening it reads the footer; raises DataRefused when that is damaged."""

    quoted: frozenset[str] = frozenset()

    def __init__(self, path: Path) -> None:
        self._path = path
        compression, opened = _opened(path)
        self._file = opened
        self.file = FileFormat(format="parquet", compression=compression)
        self.names, self.headers = column_names(tuple(self._file.schema_arrow.names))
        if not self.names:
            raise DataRefused("The Parquet file has no columns. Export the table again.")

    @property
    def rows(self) -> int:
        """How many rows the footer tells."""
        return int(self._file.metadata.num_rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches in the file's own types."""
        held: list[pa.RecordBatch] = []
        rows = size = before = 0
        try:
            for batch in self._file.iter_batches(batch_size=_ROWS_UNFOLDED, use_threads=False):
                self._check_cells(batch, before)
                held.append(batch.rename_columns(list(self.names)))
                rows, size, before = rows + batch.num_rows, size + batch.nbytes, before + batch.num_rows
                if rows >= _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
                    yield from _together(held)
                    held, rows, size = [], 0, 0
            yield from _together(held)
        except (OSError, pa.ArrowException):
            raise DataRefused("The Parquet file is damaged: one of its pages cannot be read. Export the table again.") from None

    def _check_cells(self, batch: pa.RecordBatch, before: int) -> None:
        """Raises DataRefused for a cell that is longer than any format here takes."""
        for name, column in zip(self.names, batch.columns, strict=True):
            values = column.dictionary if pa.types.is_dictionary(column.type) else column
            if is_text(values.type) and (pc.max(pc.binary_length(values)).as_py() or 0) > _LONGEST_CELL:
                raise DataRefused(
                    f"Column {name!r} holds a value of more than {_LONGEST_CELL >> 20} MB in rows {before + 1:,} to "
                    f"{before + batch.num_rows:,}. Shorten it, or leave the column out."
                )

    def consumed(self) -> int:
        return self._path.stat().st_size

    def place(self, row: int) -> str:
        """The row as told to people; Parquet has no lines."""
        return told_row(row)


def _together(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if batches:
        yield from pa.Table.from_batches(batches).combine_chunks().to_batches()


def _opened(path: Path) -> tuple[str, Any]:
    with PlainStream(path) as plain:
        compression = plain.compression
        source: Any = pa.BufferReader(_unfolded(plain)) if compression else str(path)
    try:
        return compression, arrow_parquet.ParquetFile(source)
    except (OSError, pa.ArrowException):
        raise DataRefused("The Parquet file is damaged or cut short: its footer cannot be read. Export the table again.") from None


def _unfolded(plain: PlainStream) -> bytes:
    parts, size = [], 0
    while block := plain.read(1 << 20):
        size += len(block)
        if size > _LARGEST_UNFOLDED:
            raise DataRefused(f"The Parquet file unfolds to more than {_LARGEST_UNFOLDED >> 30} GB. Upload it without outer compression.")
        parts.append(block)
    return b"".join(parts)


def write_parquet(schema: TableSchema, batches: Iterable[Table], path: Path, file: FileFormat) -> None:
    """Write the batches as one table with the types that the schema tells. The same batches give the same bytes."""
    with open_for_writing(path, file.compression) as stream:
        writer = None
        for table in batches:
            for start in range(0, max(table.rows, 0 if writer else 1), _ROWS_AT_ONCE):
                part = _typed(table, start)
                writer = writer or arrow_parquet.ParquetWriter(stream, part.schema)
                writer.write_table(part.cast(writer.schema))
        if writer is not None:
            writer.close()


def _typed(table: Table, start: int) -> pa.Table:
    part = plain(table.data.slice(start, _ROWS_AT_ONCE))
    columns, names = [], []
    for column, values in zip(table.schema.columns, part.columns, strict=True):
        whole = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
        texts = texts_of(whole, column)
        columns.append(stored(texts.dictionary.take(texts.indices), whole, column))
        names.append(column.name if column.format.header is None else column.format.header)
    return pa.table(columns, names=names)
