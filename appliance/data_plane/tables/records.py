"""Where a row of a CSV file stands in its file, and quotes that swallow the rows below them.

Files are read by pyarrow, which tells no line. What is here runs through the text once more, and only when a file is about to be refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.encoding import Utf8Stream

_PIECE = 8 << 20
_LEAST_LINES = 10
"""Lines of a cell from which on it is asked whether they are rows that a stray quote has swallowed."""
_LIKE_RECORDS = 0.9
_NORMAL = (3, 0.1)
"""So many cells, and such a share of the rows, that hold lines like rows are the file's own way."""


class Record(msgspec.Struct, frozen=True):
    """One row of the file: the line on which it starts (from 1), its characters, and whether its last quote is closed again."""

    line: int
    size: int
    closed: bool


class _Bytes(io.RawIOBase):
    """A Utf8Stream as Python's own kind of stream."""

    def __init__(self, stream: Utf8Stream) -> None:
        self._stream = stream
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or self._stream.read(len(buffer))
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def lines_of(stream: Utf8Stream, newline: str | None = None) -> TextIO:
    """The stream's text by lines; every end of a line is one (or only `newline`)."""
    return io.TextIOWrapper(io.BufferedReader(_Bytes(stream), 1 << 20), "utf-8", "surrogatepass", newline)


def records(text: TextIO, delimiter: str, *, skip: int, keep_empty: bool, most: int) -> Iterator[Record]:
    """The rows of a CSV text below its first `skip` lines, the header included. `keep_empty`: an empty line is a row.

    A row of more than `most` characters is given out, as not closed, where it passes them."""
    start, size, inside = 0, 0, False
    for number, line in enumerate(islice(iter(lambda: text.readline(_PIECE), ""), skip, None), skip + 1):
        if not size:
            if line == "\n" and not keep_empty:
                continue
            start = number
        size += len(line)
        inside = _inside_after(line, delimiter, inside)
        if not inside or size > most:
            yield Record(start, size, not inside)
            size = 0
    if size:
        yield Record(start, size, closed=False)


def _inside_after(line: str, delimiter: str, inside: bool) -> bool:
    """Whether a quote is open at the end of the line. A quote opens only where a value starts."""
    if not inside and not line.startswith('"') and delimiter + '"' not in line:
        return False
    place = 0
    while place < len(line):
        if not inside and line[place] == '"':
            inside, place = True, place + 1
        if inside:
            place = _after_quote(line, place)
            if place < 0:
                return True
            inside = False
        place = line.find(delimiter, place) + 1
        if not place:
            return False
    return inside


def _after_quote(line: str, place: int) -> int:
    """The place behind the quote that closes the value; -1 where the line has none."""
    while True:
        place = line.find('"', place) + 1
        if not place:
            return -1
        if not line.startswith('"', place):
            return place
        place += 1


def ends_as(value: str, tail: bytes) -> bool:
    """Whether a file's last bytes may be those of a value in quotes that were never closed."""
    end = ('"' + value[-len(tail) :].replace('"', '""')).encode("utf-8", "surrogatepass")
    return end[-len(tail) :] == tail[-len(end) :]


def first_swallowing(batch: pa.RecordBatch, delimiter: str) -> int | None:
    """The place of the first row with a cell whose many lines have as many delimiters as rows have; None where such cells are normal."""
    if batch.num_columns < 2:
        return None
    found = [place for column in batch.columns for place in _swallowing(column, delimiter, batch.num_columns)]
    least, share = _NORMAL
    return None if not found or (len(found) >= least and len(found) >= share * batch.num_rows) else min(found)


def _swallowing(column: pa.Array, delimiter: str, width: int) -> list[int]:
    data = column.buffers()[2]
    mark = next((mark for mark in ("\n", "\r") if data is not None and mark.encode() in data.to_pybytes()), None)
    if mark is None:
        return []
    counts = pc.count_substring(column, mark).to_numpy(zero_copy_only=False)
    places: list[int] = np.flatnonzero(counts >= _LEAST_LINES).tolist()
    return [place for place in places if _holds_records(column[place].as_py().split(mark)[1:-1], delimiter, width)]


def _holds_records(lines: list[str], delimiter: str, width: int) -> bool:
    alike = sum(line.count(delimiter) == width - 1 for line in lines)
    return alike >= _LIKE_RECORDS * len(lines)
