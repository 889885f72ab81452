"""Plain text as rows: a line each, written back with its own line end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from appliance.data_plane.tables.compression import PlainStream
from appliance.data_plane.tables.encoding import Utf8Stream, codec_of, mark_of
from appliance.data_plane.tables.prose import ProseSource
from appliance.data_plane.tables.schema import FileFormat
from appliance.data_plane.transform.evaluation.vectors import Places
from appliance.data_plane.transform.rendering import OutColumn, shown_texts
from appliance.errors import DataRefused

_LINE_END = re.compile(r"\r?\n\Z")


class TextRows:
    """Some lines, with their ends."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.lines)

    def raw(self, name: str) -> pa.Array:
        """The lines without their ends."""
        return pa.array([_LINE_END.sub("", line) for line in self.lines], pa.string())


class TextFile:
    """A file of lines."""

    def __init__(self, path: Path, source: ProseSource, block_bytes: int) -> None:
        self._path = path
        self._source = source
        self._size = block_bytes
        self._stream: PlainStream | None = None

    def consumed(self) -> int:
        """Bytes of the file that were read so far."""
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def batches(self, most_rows: int | None) -> Iterator[TextRows]:
        """Lines in order, about a block at a time."""
        rest = b""
        with PlainStream(self._path) as plain:
            self._stream = plain
            stream = Utf8Stream(plain, self._source.file.encoding)
            while block := stream.read(self._size):
                whole, mark, rest = (rest + block).rpartition(b"\n")
                yield from _parts(whole + mark, most_rows)
            yield from _parts(rest, most_rows)


def _parts(text: bytes, most_rows: int | None) -> Iterator[TextRows]:
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", text.decode("utf-8", "surrogatepass"))
    size = most_rows or max(len(lines), 1)
    for start in range(0, len(lines), size):
        yield TextRows(lines[start : start + size])


class TextWriter:
    """Writes lines. Line ends inside a made value become blanks. Raises DataRefused for a table of other columns than the one."""

    guarded = 0
    unfit = 0

    def __init__(self, stream: IO[bytes], file: FileFormat, columns: Sequence[OutColumn]) -> None:
        if len(columns) != 1 or columns[0].source is None:
            raise DataRefused("A file of plain text has one column. Leave out rules that add or drop columns, or give the text as a table.")
        self._stream = stream
        self._codec = codec_of(file.encoding)
        stream.write(mark_of(file.encoding))

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        """The lines that are left."""
        places = range(rows.count) if kept is None else kept.tolist()
        cells = columns[0].cells
        if cells is None:
            self._put("".join(rows.lines[place] for place in places))
            return
        texts, made, codes = shown_texts(columns[0]).to_pylist(), cells.pool.made.tolist(), cells.codes.tolist()
        pieces = []
        for place, code in zip(places, codes, strict=True):
            line = rows.lines[place]
            ended = _LINE_END.search(line)
            own = re.sub(r"[\r\n]+", " ", texts[code] or "") + (ended.group() if ended else "")
            pieces.append(own if made[code] else line)
        self._put("".join(pieces))

    def close(self) -> None:
        """All is written."""
        self._stream.close()

    def _put(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "surrogatepass") if self._codec == "utf-8" else text.encode(self._codec, "replace"))
