"""Plain text: a table of one column, `text`, with a row for every line; a blank line is a row without a value."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

import pyarrow as pa

from appliance.data_plane.tables.compression import PlainStream, open_for_writing
from appliance.data_plane.tables.encoding import Utf8Stream, codec_of, mark_of, sniff_encoding
from appliance.data_plane.tables.schema import FileFormat, Table, TableSchema
from appliance.data_plane.tables.source import told_row
from appliance.data_plane.tables.types import texts_of
from appliance.errors import DataRefused

COLUMN = "text"
_TEXT_ENDINGS = frozenset({"txt", "text", "md", "log"})
_HEAD, _BLOCK = 64 << 10, 4 << 20
_LONGEST_LINE = 4 << 20
_LEAST_WORDS = 4
"""Words of the middle line of a file of prose; lists of names or numbers have fewer."""
_SENTENCE_WORDS = 6
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")
_DELIMITERS = (",", "\t", ";", "|")
_CONSISTENT = 0.9
_LEAST_LINES = 3
"""Lines, that of the names among them, below which a file that calls itself text is no table."""
_NO_NAME = re.compile(r"^\s*(?:$|[\d(\[<*#>-])|@|:\s|[.!?…:]\s*$")
"""What no name of a column holds, or starts or ends with; of nothing none is made either."""


def is_prose(head: bytes, name: str) -> bool:
    """Whether a file that starts with `head` (plain bytes) is text to be read line by line, and no table; `name`: of the file.

    A file whose name tells text (.txt, .text, .md, .log, also packed) is prose unless its lines are a table beyond doubt; one whose name
    promises a table only when its first line is a sentence, which no header is; one whose name tells nothing when its lines have words."""
    text = head[:_HEAD].decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").lstrip("\ufeff")
    lines = [line.strip(" \r\n") for line in text.splitlines() if line.strip()]
    lines = lines[:-1] if len(lines) > 1 and len(head) >= _HEAD else lines
    ending = re.sub(r"\.(gz|zst)$", "", name.lower()).rpartition(".")[2] if "." in name else ""
    if ending in _TEXT_ENDINGS:
        return not any(_is_delimited(lines, mark) for mark in _DELIMITERS)
    if not lines or _is_table(lines):
        return False
    if not ending:
        return median(len(line.split()) for line in lines) >= _LEAST_WORDS
    first = lines[0]
    return len(first.split()) >= _SENTENCE_WORDS and bool(_SENTENCE_END.search(first)) and not first.startswith('"')


def _is_delimited(lines: list[str], mark: str) -> bool:
    """Whether lines are beyond doubt a table cut by `mark`: some columns, as many in nearly all rows, under what reads like their names."""
    try:
        rows = list(csv.reader(lines, delimiter=mark))
    except csv.Error:
        return False
    names, alike = rows[0] if rows else [], sum(len(row) == len(rows[0]) for row in rows)
    if len(names) < 2 or len(rows) < _LEAST_LINES or alike < _CONSISTENT * len(rows) or len(set(names)) < len(names):
        return False
    spaced = mark == "," and all(name.startswith(" ") for name in names[1:])  # commas of a sentence, unless single words follow
    most = 1 if spaced else _SENTENCE_WORDS
    named = names if names[0] else names[1:]  # numbers of rows stand under nothing
    return all(len(name.split()) <= most and not _NO_NAME.search(name) for name in named)


def _is_table(lines: list[str]) -> bool:
    """Whether nearly all lines have as many fields as the first, and that one looks like names of columns."""
    for mark in _DELIMITERS:
        fields = lines[0].split(mark)
        alike = sum(line.count(mark) == len(fields) - 1 for line in lines)
        if len(fields) > 1 and alike >= _CONSISTENT * len(lines) and not any(_reads_on(field) for field in fields):
            return True
    return False


def _reads_on(field: str) -> bool:
    """Whether a field is a piece of a sentence: many words, or the end of one."""
    return len(field.split()) > _SENTENCE_WORDS or bool(_SENTENCE_END.search(field.strip()))


class ProseSource:
    """A file of plain text. Opening it settles encoding and line ends. Raises DataRefused for what is no text."""

    rows: int | None = None
    names: tuple[str, ...] = (COLUMN,)
    quoted: frozenset[str] = frozenset()

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        self._stream: PlainStream | None = None
        self.headers: dict[str, str] = {}
        with PlainStream(path) as plain:
            head = plain.read(_HEAD)
            encoding = encoding or sniff_encoding(head, plain)
            compression = plain.compression
        line_end = "\r\n" if b"\r\n" in head or b"\r\0\n" in head else "\n"
        self.file = FileFormat(format="text", compression=compression, encoding=encoding, line_end=line_end, header=False)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of lines, without their ends."""
        with PlainStream(self._path) as plain:
            self._stream = plain
            stream, rest, rows = Utf8Stream(plain, self.file.encoding), b"", 0
            while block := stream.read(_BLOCK):
                whole, mark, rest = (rest + block).rpartition(b"\n")
                if len(rest) > _LONGEST_LINE:
                    raise DataRefused(f"A line below {told_row(rows)} is longer than {_LONGEST_LINE >> 20} MB. Break it into lines.")
                if mark:
                    lines = whole.split(b"\n")
                    rows += len(lines)
                    yield _batch(lines)
            if rest:
                yield _batch([rest])

    def consumed(self) -> int:
        """Bytes of the file that were read so far."""
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def place(self, row: int) -> str:
        """The row as told to people; it is the line."""
        return told_row(row, row)


def _batch(lines: list[bytes]) -> pa.RecordBatch:
    texts = pa.array([line.removesuffix(b"\r") for line in lines], pa.binary()).cast(pa.string(), safe=False)
    return pa.record_batch([texts], names=[COLUMN])


def write_prose(schema: TableSchema, batches: Iterable[Table], path: Path, file: FileFormat) -> None:
    """Write the first column's values, a line each; a missing one as a blank line, line ends inside a value as blanks."""
    codec = codec_of(file.encoding)
    with open_for_writing(path, file.compression) as stream:
        stream.write(mark_of(file.encoding))
        for table in batches:
            encoded = texts_of(table.data.column(0), schema.columns[0])
            lines = (re.sub(r"[\r\n]+", " ", text or "") for text in encoded.dictionary.take(encoded.indices).to_pylist())
            stream.write("".join(line + file.line_end for line in lines).encode(codec, "replace"))
