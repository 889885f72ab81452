"""CSV as rows of byte ranges: cells are read when a rule asks for them, and what no rule touches is copied as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.compression import PlainStream
from appliance.data_plane.tables.csv import CsvSource
from appliance.data_plane.tables.encoding import Utf8Stream
from appliance.data_plane.tables.records import first_swallowing
from appliance.data_plane.transform.files.csv_cutting import Cut, Offsets, cut
from appliance.errors import DataRefused

_LONGEST_ROW = 4 << 20
_SWALLOWED = 10
"""Line ends inside quotes from which on it is asked whether a stray quote has swallowed rows."""


class CsvRows:
    """Some rows of a block. `ends`: (rows, columns), where each cell ends, quotes included; `first`: where each row starts, `after`: where
    what follows its line end does."""

    def __init__(self, names: tuple[str, ...], block: bytes, ends: Offsets, first: Offsets, after: Offsets, *, regular: bool) -> None:
        self.names = names
        self.block = block
        self.ends = ends
        self.first = first
        self.after = after
        self._regular = regular
        self._quotes = b'"' in block

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.ends)

    def part(self, start: int, rows: int) -> CsvRows:
        """Some of the rows."""
        end = start + rows
        return CsvRows(self.names, self.block, self.ends[start:end], self.first[start:end], self.after[start:end], regular=self._regular)

    def starts(self, place: int) -> Offsets:
        """Where the cells of a column start."""
        return self.ends[:, place - 1] + 1 if place else self.first

    def raw(self, name: str) -> pa.Array:
        """A column's cells, without quotes."""
        place = self.names.index(name)
        cells = ranges(self.block, self.starts(place), self.ends[:, place])
        return self._unquoted(cells) if self._quotes else cells

    def _unquoted(self, cells: pa.Array) -> pa.Array:
        quoted = pc.starts_with(cells, '"')
        if not quoted.true_count:
            return cells
        chosen = cells.filter(quoted)
        if self._regular:
            inner = pc.replace_substring(pc.binary_slice(chosen.cast(pa.binary()), 1, -1), '""', '"').cast(pa.string())
        else:
            inner = pa.array([_inner(text) for text in chosen.to_pylist()], pa.string())
        return pc.replace_with_mask(cells, quoted, inner)


def ranges(block: bytes, starts: Offsets, ends: Offsets) -> pa.Array:
    """Byte ranges in rising order as an array of texts."""
    if not len(starts):
        return pa.array([], pa.string())
    offsets = np.empty((len(starts), 2), np.int32)
    offsets[:, 0], offsets[:, 1] = starts, ends
    whole = pa.Array.from_buffers(pa.string(), 2 * len(starts) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(block)])
    return whole.take(pa.array(np.arange(0, 2 * len(starts), 2, dtype=np.int32)))


def _inner(text: str) -> str:
    found = re.match(r'"((?:[^"]|"")*)"(.*)\Z', text, re.DOTALL)
    return text if found is None else found[1].replace('""', '"') + found[2]


class CsvFile:
    """A CSV file as blocks of rows. `header`: its first bytes up to and with the row of names, after the first block was read.

    `terminated`: whether the last row that was read ends with a line end."""

    def __init__(self, path: Path, source: CsvSource, block_bytes: int) -> None:
        self.source = source
        self.names = source.names
        self.header = b""
        self.terminated = True
        self._path = path
        self._size = block_bytes
        self._stream: PlainStream | None = None

    def consumed(self) -> int:
        """Bytes of the file that were read so far."""
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def batches(self) -> Iterator[CsvRows]:
        """Rows in order. Raises DataRefused naming the row that cannot be read."""
        self.header, rows = b"", 0
        with PlainStream(self._path) as plain:
            self._stream = plain
            text, rest, final, first = Utf8Stream(plain, self.source.file.encoding), b"", False, True
            while not final:
                block, final = self._filled(text, rest)
                found = cut(block, self.source.file.delimiter, final=final)
                rest = block[found.used :]
                skipped = self._header_rows(block, found) if first and found.used else 0
                first = first and not found.used
                made = self._rows(block, found, rows, skipped)
                if made is not None:
                    self._check_swallowing(made, found, rows)
                    rows += made.count
                    yield made
                self._check_rest(rest, found, rows, final=final)

    def _filled(self, text: Utf8Stream, rest: bytes) -> tuple[bytes, bool]:
        """The rest and what follows, about a block; and whether that is the end."""
        parts, size = [rest], len(rest)
        while size < max(self._size, len(rest) + 1):
            piece = text.read(min(self._size, 4 << 20))
            if not piece:
                return b"".join(parts), True
            parts.append(piece)
            size += len(piece)
        return b"".join(parts), False

    def _header_rows(self, block: bytes, found: Cut) -> int:
        """How many rows at the file's start are not data: the row of names and blank lines above it."""
        if not self.source.file.header:
            return 0
        blank, place = 0, 0
        while blank < len(found.last) - 1 and found.last[blank] == blank and found.ends[blank] == place:
            place = int(found.after[blank])
            blank += 1
        self.header = block[: int(found.after[blank])]
        return blank + 1

    def _rows(self, block: bytes, found: Cut, above: int, skipped: int) -> CsvRows | None:
        width = len(self.names)
        ends, last, after = found.ends, found.last[skipped:], found.after[skipped:]
        first = np.concatenate([found.after[skipped - 1 : skipped] if skipped else np.zeros(1, np.int64), after[:-1]])
        base = int(found.last[skipped - 1]) + 1 if skipped else 0
        ends, last = ends[base:], last - base
        if not len(last):
            return None
        sizes = np.diff(last, prepend=-1)
        if width > 1 and (sizes == 1).any():
            filled = (sizes != 1) | (ends[last] != first)
            kept = np.ones(len(ends), np.bool_)
            kept[last[~filled]] = False
            ends, first, after, sizes = ends[kept], first[filled], after[filled], sizes[filled]
        if (sizes != width).any():
            bad = int(np.flatnonzero(sizes != width)[0])
            raise self.source._ragged_refusal(above + bad + 1, int(sizes[bad]), width)
        if not len(sizes):
            return None
        self.terminated = block[int(after[-1]) - 1 : int(after[-1])] in (b"\n", b"\r")
        return CsvRows(self.names, block, ends.reshape(-1, width), first, after, regular=found.regular)

    def _check_swallowing(self, made: CsvRows, found: Cut, above: int) -> None:
        if found.breaks < _SWALLOWED or len(self.names) < 2:
            return
        batch = pa.record_batch([made.raw(name) for name in self.names], names=list(self.names))
        place = first_swallowing(batch, self.source.file.delimiter)
        if place is not None:
            self.source._refuse_swallowing(above + place + 1)

    def _check_rest(self, rest: bytes, found: Cut, rows: int, *, final: bool) -> None:
        if final and rest.strip(b"\r\n"):
            self.source._refuse_unclosed(rows + 1)
            raise DataRefused(f"The row below row {rows:,} has an open quote at the end of the file. Close it, or remove it.")
        if not final and len(rest) > max(_LONGEST_ROW, self._size):
            raise self.source._long_refusal()
