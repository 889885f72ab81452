"""CSV written around what has changed: runs of untouched cells are copied with their delimiters and quotes, changed ones put between."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.encoding import codec_of, mark_of
from appliance.data_plane.tables.schema import FileFormat
from appliance.data_plane.transform.cells import Codes, Pool
from appliance.data_plane.transform.evaluation.vectors import Places
from appliance.data_plane.transform.files.csv_rows import CsvRows
from appliance.data_plane.transform.rendering import OutColumn, guarded_texts, shown_texts

_MOST_OFFSET = (1 << 31) - 1


class _Unit(msgspec.Struct):
    """Neighbouring source columns that are copied together, or one that may hold made cells (`out`). `first` is -1 for an added one."""

    first: int
    last: int
    out: OutColumn | None = None
    lead: bool = False
    trail: bool = False


class CsvWriter:
    """Writes batches of one layout. `guard`: made texts that a spreadsheet would run get an apostrophe in front; `guarded` counts them."""

    def __init__(self, stream: IO[bytes], file: FileFormat, *, guard: bool) -> None:
        self._stream = stream
        self._file = file
        self._codec = codec_of(file.encoding)
        self._guard = guard
        self._owes_line_end = False
        self.guarded = 0
        stream.write(mark_of(file.encoding))

    def header(self, columns: Sequence[OutColumn], original: bytes, names: tuple[str, ...]) -> None:
        """The row of names: as it was where no column came, went or changed its name."""
        if not self._file.header:
            return
        if original and tuple(column.source for column in columns) == names == tuple(column.name for column in columns):
            ended = original.endswith((b"\n", b"\r"))
            self._put(original if ended else original + self._file.line_end.encode())
            return
        always = self._file.quote_all or self._file.header_quoted
        cells = quoted(pa.array([column.header for column in columns]), self._file.delimiter, always, lone=len(columns) == 1)
        self._put((self._file.delimiter.join(cells.to_pylist()) + self._file.line_end).encode("utf-8", "surrogatepass"))

    def rows(self, rows: CsvRows, kept: Places | None, columns: Sequence[OutColumn], *, terminated: bool) -> None:
        """The rows that are left. `terminated`: the last of them ends with a line end in its file."""
        numbers = np.arange(rows.count, dtype=np.int64) if kept is None else kept
        if not len(numbers):
            return
        units = _units(rows, columns)
        data = self._spliced(rows, numbers, units)
        if not terminated and int(numbers[-1]) == rows.count - 1 and not units[-1].trail:
            data = data[: -len(self._file.line_end)]
        self._put(data)

    def close(self) -> None:
        """All is written."""
        self._stream.close()

    def _put(self, text: bytes) -> None:
        coded = text if self._codec == "utf-8" else text.decode("utf-8", "surrogatepass").encode(self._codec, "replace")
        self._stream.write(coded)

    def _spliced(self, rows: CsvRows, numbers: Places, units: list[_Unit]) -> bytes:
        taken = sorted((unit for unit in units if unit.first >= 0), key=lambda unit: unit.first)
        slots = {id(unit): place for place, unit in enumerate(taken)}
        arrays: list[pa.Array] = [_source(rows, taken), pa.array([self._file.delimiter, self._file.line_end], pa.string())]
        most = len(rows.block) + len(units) * len(numbers) * 4
        base = len(arrays[0])
        size, width = base + 2, 2 * len(taken)
        pieces: list[Codes | int] = []
        for place, unit in enumerate(units):
            if place and not unit.lead and not units[place - 1].trail:
                pieces.append(base)
            own = numbers * width + 2 * slots[id(unit)] if unit.first >= 0 else None
            if unit.out is not None and unit.out.cells is not None:
                texts = self._texts(unit.out, lone=len(units) == 1)
                pieces.append(_chosen(unit.out.cells.codes, unit.out.cells.pool, size, own))
                arrays.append(texts)
                size += len(texts)
                most += len(numbers) * int(pc.max(pc.binary_length(texts)).as_py() or 0)
            elif own is not None:
                pieces.append(own)
        if not units[-1].trail:
            pieces.append(base + 1)
        return _taken(arrays, pieces, len(numbers), most)

    def _texts(self, out: OutColumn, *, lone: bool) -> pa.Array:
        """What cells made by rules show, as it stands in the file; entries that no rule made are not asked for."""
        assert out.cells is not None
        texts = shown_texts(out)
        if self._guard:
            texts, count = guarded_texts(texts, out.cells)
            self.guarded += count
        missing = quoted(pa.array([out.missing], pa.string()), self._file.delimiter, self._file.quote_all, lone)[0]
        cells = quoted(texts, self._file.delimiter, self._file.quote_all or out.quoted, lone)
        return pc.fill_null(cells, missing)


def quoted(texts: pa.Array, delimiter: str, always: bool, lone: bool) -> pa.Array:
    """The texts as cells: in quotes where they must be, or all of them. An empty text that is a whole row must be."""
    if not always and not lone and not _has_marks(texts, ('"', "\r", "\n", delimiter)):
        return texts
    special = pc.match_substring_regex(texts, rf'["\r\n\x{{{ord(delimiter):x}}}]')
    needed = pc.or_(special, pc.equal(texts, "")) if lone else special
    if not always and not needed.true_count:
        return texts
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return doubled if always else pc.if_else(needed, doubled, texts)


def _has_marks(texts: pa.Array, marks: Sequence[str]) -> bool:
    """Whether any of the marks stands in the texts, or in what lies beside them in memory."""
    data = texts.buffers()[2]
    return data is not None and any(mark.encode() in held for held in (data.to_pybytes(),) for mark in marks)


def _units(rows: CsvRows, columns: Sequence[OutColumn]) -> list[_Unit]:
    """Columns in the order of the output, untouched neighbours together, with the delimiters that can be copied with them."""
    units: list[_Unit] = []
    for column in columns:
        place = -1 if column.source is None else rows.names.index(column.source)
        before = units[-1] if units else None
        if column.cells is not None or place < 0:
            units.append(_Unit(place, place, column))
        elif before is not None and before.out is None and before.last == place - 1:
            before.last = place
        else:
            units.append(_Unit(place, place))
    for before, unit in pairwise(units):
        follows = before.last >= 0 and unit.first == before.last + 1
        before.trail = follows and before.out is None
        unit.lead = follows and not before.trail and unit.out is None
    units[-1].trail = units[-1].out is None and units[-1].last == len(rows.names) - 1
    return units


def _source(rows: CsvRows, taken: list[_Unit]) -> pa.Array:
    """The units' bytes and the bytes between them, row by row, as one array over the block."""
    width = len(rows.names)
    edges = np.empty((rows.count, 2 * len(taken)), np.int32)
    for place, unit in enumerate(taken):
        edges[:, 2 * place] = rows.ends[:, unit.first - 1] if unit.lead else rows.starts(unit.first)
        if unit.trail:
            edges[:, 2 * place + 1] = rows.after if unit.last == width - 1 else rows.starts(unit.last + 1)
        else:
            edges[:, 2 * place + 1] = rows.ends[:, unit.last]
    if not taken:
        return pa.array([], pa.binary())
    offsets = np.append(edges.ravel(), edges[-1, -1])
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(rows.block)])


def _chosen(codes: Codes, pool: Pool, base: int, own: Codes | None) -> Codes:
    """For each row the made text, or the bytes of its own cell."""
    made = codes + base
    return made if own is None or pool.made.all() else np.where(pool.made[codes], made, own)


def _taken(arrays: list[pa.Array], pieces: list[Any], rows: int, most: int) -> bytes:
    """The pieces row by row as one text; `most`: bytes that it can have."""
    index = np.empty((rows, len(pieces)), np.int32)
    for place, piece in enumerate(pieces):
        index[:, place] = piece
    kind = pa.large_binary() if most > _MOST_OFFSET else pa.binary()
    whole = pa.concat_arrays([array.cast(kind) for array in arrays])
    _, offsets, data = whole.take(pa.array(index.ravel())).buffers()
    return data.to_pybytes() if data is not None and offsets is not None else b""
