"""The seam between the engine and the formats: rows with cells to read, and a writer that puts changed cells among untouched bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from appliance.data_plane.tables.csv import CsvSource
from appliance.data_plane.tables.json import JsonSource
from appliance.data_plane.tables.parquet import ParquetSource
from appliance.data_plane.tables.prose import ProseSource
from appliance.data_plane.tables.source import Source
from appliance.data_plane.transform.batch import RawRows
from appliance.data_plane.transform.evaluation.vectors import Places
from appliance.data_plane.transform.files.csv_rows import CsvFile
from appliance.data_plane.transform.files.csv_writing import CsvWriter
from appliance.data_plane.transform.files.json_rows import JsonFile, JsonWriter
from appliance.data_plane.transform.files.parquet_rows import ParquetFile, ParquetWriter
from appliance.data_plane.transform.files.text_rows import TextFile, TextWriter
from appliance.data_plane.transform.rendering import OutColumn


class WriteOptions(msgspec.Struct, frozen=True):
    """`guard`: texts made for CSV that a spreadsheet would run get an apostrophe. `texts`: columns that rules make texts of."""

    guard: bool = False
    texts: frozenset[str] = frozenset()


class RowWriter(Protocol):
    """Writes batches. `guarded`: texts that got an apostrophe; `unfit`: cells that the file's type for their column could not hold."""

    @property
    def guarded(self) -> int: ...

    @property
    def unfit(self) -> int: ...

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        """The rows that are left of a batch; `kept` None: all."""

    def close(self) -> None:
        """All is written."""


class FileEditor(Protocol):
    """A file to be read as rows and written again."""

    def batches(self, most_rows: int | None) -> Iterator[RawRows]:
        """Rows in order."""

    def consumed(self) -> int:
        """Bytes of the file that were read so far."""

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], options: WriteOptions) -> RowWriter:
        """What writes the output; `columns`: of it."""


class CsvEditor:
    """CSV in, CSV out."""

    def __init__(self, path: Path, source: CsvSource, block_bytes: int) -> None:
        self._file = CsvFile(path, source, block_bytes)
        self._form = source.file

    def batches(self, most_rows: int | None) -> Iterator[RawRows]:
        for rows in self._file.batches():
            size = most_rows or max(rows.count, 1)
            for start in range(0, rows.count, size):
                yield rows.part(start, size)

    def consumed(self) -> int:
        return self._file.consumed()

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], options: WriteOptions) -> RowWriter:
        return _CsvRowWriter(CsvWriter(stream, self._form, guard=options.guard), self._file, columns)


class _CsvRowWriter:
    """A CsvWriter whose header is that of the file that is being read."""

    unfit = 0

    def __init__(self, writer: CsvWriter, file: CsvFile, columns: Sequence[OutColumn]) -> None:
        self._writer = writer
        self._file = file
        self._columns = columns
        self._begun = False

    @property
    def guarded(self) -> int:
        return self._writer.guarded

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        self._begin()
        ended = self._file.terminated or int(rows.after[-1]) != len(rows.block)
        self._writer.rows(rows, kept, columns, terminated=ended)

    def close(self) -> None:
        self._begin()
        self._writer.close()

    def _begin(self) -> None:
        """The header, once: its bytes are known when the file's first block was read."""
        if not self._begun:
            self._begun = True
            self._writer.header(self._columns, self._file.header, self._file.names)


class JsonEditor:
    """JSON in, JSON out; the same for JSONL."""

    def __init__(self, path: Path, source: JsonSource, block_bytes: int) -> None:
        self._file = JsonFile(path, source, block_bytes)

    def batches(self, most_rows: int | None) -> Iterator[RawRows]:
        return self._file.batches(most_rows)

    def consumed(self) -> int:
        return self._file.consumed()

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], options: WriteOptions) -> RowWriter:
        return JsonWriter(stream, self._file.source.file, self._file)


class TextEditor:
    """Lines in, lines out."""

    def __init__(self, path: Path, source: ProseSource, block_bytes: int) -> None:
        self._file = TextFile(path, source, block_bytes)
        self._form = source.file

    def batches(self, most_rows: int | None) -> Iterator[RawRows]:
        return self._file.batches(most_rows)

    def consumed(self) -> int:
        return self._file.consumed()

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], options: WriteOptions) -> RowWriter:
        return TextWriter(stream, self._form, columns)


class ParquetEditor:
    """Parquet in, Parquet out."""

    def __init__(self, path: Path, source: ParquetSource) -> None:
        self._file = ParquetFile(path, source)

    def batches(self, most_rows: int | None) -> Iterator[RawRows]:
        return self._file.batches(most_rows)

    def consumed(self) -> int:
        return self._file.consumed()

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], options: WriteOptions) -> RowWriter:
        return ParquetWriter(stream, self._file, options.texts, columns)


def editor_for(path: Path, source: Source, block_bytes: int) -> FileEditor:
    """The editor of an opened file."""
    if isinstance(source, CsvSource):
        return CsvEditor(path, source, block_bytes)
    if isinstance(source, JsonSource):
        return JsonEditor(path, source, block_bytes)
    if isinstance(source, ParquetSource):
        return ParquetEditor(path, source)
    assert isinstance(source, ProseSource)
    return TextEditor(path, source, block_bytes)
