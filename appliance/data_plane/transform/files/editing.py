"""The seam between the engine and the formats: rows with cells to read, and a writer that puts changed cells among untouched bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from appliance.data_plane.tables.csv import CsvSource
from appliance.data_plane.tables.source import Source
from appliance.data_plane.transform.batch import RawRows
from appliance.data_plane.transform.evaluation.vectors import Places
from appliance.data_plane.transform.files.csv_rows import CsvFile
from appliance.data_plane.transform.files.csv_writing import CsvWriter
from appliance.data_plane.transform.rendering import OutColumn


class RowWriter(Protocol):
    """Writes batches. `guarded`: texts that got an apostrophe; `unfit`: cells that the file's type for their column could not hold."""

    guarded: int
    unfit: int

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

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], *, form: str | None, guard: bool) -> RowWriter:
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

    def writer(self, stream: IO[bytes], columns: Sequence[OutColumn], *, form: str | None, guard: bool) -> RowWriter:
        return _CsvRowWriter(CsvWriter(stream, self._form, guard=guard), self._file)


class _CsvRowWriter:
    """A CsvWriter whose header is that of the file that is being read."""

    unfit = 0

    def __init__(self, writer: CsvWriter, file: CsvFile) -> None:
        self._writer = writer
        self._file = file
        self._begun = False
        self._columns: Sequence[OutColumn] = ()

    @property
    def guarded(self) -> int:
        return self._writer.guarded

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        if not self._begun:
            self._begun = True
            self._writer.header(columns, self._file.header, self._file.names)
        ended = self._file.terminated or int(rows.after[-1]) != len(rows.block)
        self._writer.rows(rows, kept, columns, terminated=ended)

    def close(self) -> None:
        self._writer.close()


def editor_for(path: Path, source: Source, block_bytes: int) -> FileEditor:
    """The editor of an opened file."""
    assert isinstance(source, CsvSource)
    return CsvEditor(path, source, block_bytes)
