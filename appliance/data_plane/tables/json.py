"""JSON (an array of objects) and JSONL (an object a line): read object by object, written in the spacing they came in.

A raw cell is the canonical JSON text of its value, null where the key is absent or null. Columns appear in the order of the first objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.compression import PlainStream, open_for_writing
from appliance.data_plane.tables.encoding import Utf8Stream, codec_of, mark_of, sniff_encoding
from appliance.data_plane.tables.records import lines_of
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, FileFormat, Table, TableSchema
from appliance.data_plane.tables.source import TableOverrides, column_names, told_row
from appliance.data_plane.tables.storage import canonical_json
from appliance.data_plane.tables.types import JSON_STORAGE, holds_words, texts_of
from appliance.errors import DataRefused

_BLOCK = 1 << 20
_LARGEST_OBJECT = 16 << 20
_ROWS_AT_ONCE = 20_000
_BLANKS = re.compile(r"[ \t\r\n]*")
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$"


class JsonSource:
    """A JSON or JSONL file. Opening it reads the keys of all objects (or of the first `most_objects`).

    Raises DataRefused for what is no table."""

    rows: int | None = None
    quoted: frozenset[str] = frozenset()

    def __init__(self, path: Path, overrides: TableOverrides, form: str, most_objects: int | None = None) -> None:
        self._path = path
        self._stream: PlainStream | None = None
        with PlainStream(path) as plain:
            head = plain.read(_BLOCK)
            encoding = overrides.encoding or sniff_encoding(head, plain)
            compression = plain.compression
        with PlainStream(path) as plain:
            text = Utf8Stream(plain, encoding).read(_BLOCK).decode("utf-8", "ignore")
        spaced = re.search(r'[{,]\s*"(?:[^"\\]|\\.)*":( ?)', text)
        self.file = FileFormat(
            format=form,
            compression=compression,
            delimiter=", " if spaced is not None and spaced.group(1) else ",",
            encoding=encoding,
            line_end=("\r\n" if "\r\n" in text else "\n") if form == "jsonl" or "\n" in text.strip() else "",
        )
        self._keys = self._all_keys(most_objects)
        self.names, self.headers = column_names(self._keys)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of JSON texts."""
        rows: list[dict[str, Any]] = []
        for row in self._objects():
            rows.append(row)
            if len(rows) == _ROWS_AT_ONCE:
                yield self._batch(rows)
                rows = []
        if rows:
            yield self._batch(rows)

    def consumed(self) -> int:
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def place(self, row: int) -> str:
        """The row as told to people, with its line where every row has one: `row 58 (line 58)`."""
        if self.file.format == "json":
            return told_row(row)
        with PlainStream(self._path) as plain, lines_of(Utf8Stream(plain, self.file.encoding), "\n") as text:
            filled = (number for number, line in enumerate(text, 1) if line.strip())
            return told_row(row, next(islice(filled, row - 1, None), None))

    def _batch(self, rows: list[dict[str, Any]]) -> pa.RecordBatch:
        columns = [_texts([_cell(row.get(key)) for row in rows]) for key in self._keys]
        return pa.record_batch(columns, names=list(self.names))

    def _all_keys(self, most_objects: int | None) -> tuple[str, ...]:
        keys: dict[str, None] = {}
        for row in islice(self._objects(), most_objects):
            if row.keys() - keys.keys():
                keys.update(dict.fromkeys(row))
                column_names(tuple(keys))
                _check_keys(row)
        if not keys:
            raise DataRefused("The file holds no object with a key. Upload an array of objects, or an object a line.")
        return tuple(keys)

    def _objects(self) -> Iterator[dict[str, Any]]:
        with PlainStream(self._path) as plain:
            self._stream = plain
            stream = Utf8Stream(plain, self.file.encoding)
            yield from _lines(stream) if self.file.format == "jsonl" else _elements(stream)


def whole(text: str) -> str:
    """The text with halves of surrogate pairs, which JSON can name and no file of text can hold, as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _check_keys(row: dict[str, Any]) -> None:
    broken = next((place for place, key in enumerate(row, 1) if whole(key) != key), None)
    if broken is not None:
        raise DataRefused(f"Key {broken} of an object holds half of a surrogate pair, which no text can hold. Rename it.")


def _texts(cells: list[str | None]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if text is None else whole(text) for text in cells], pa.string())


def _cell(value: Any) -> str | None:
    """Canonical JSON of one value; what is no number (NaN, infinities) is missing."""
    if value is None or (isinstance(value, float) and not -1.8e308 < value < 1.8e308):
        return None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else canonical_json(value)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=lambda _: None)


def _lines(stream: Utf8Stream) -> Iterator[dict[str, Any]]:
    decoder, rest, number = _decoder(), b"", 0
    while True:
        block = stream.read(_BLOCK)
        whole, mark, tail = (rest + block).rpartition(b"\n") if block else (rest, b"", b"")
        for line in whole.split(b"\n") if mark or not block else ():
            number += 1
            if line.strip():
                yield _object_of_line(decoder, line, number)
        rest = tail
        if len(rest) > _LARGEST_OBJECT:
            raise DataRefused(f"Line {number + 1:,} is longer than {_LARGEST_OBJECT >> 20} MB. Is every object on a line of its own?")
        if not block:
            return


def _object_of_line(decoder: json.JSONDecoder, line: bytes, number: int) -> dict[str, Any]:
    try:
        value = decoder.decode(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise DataRefused(f'Line {number:,} is not valid JSON. Every line must hold one whole object, such as {{"key": 1}}.') from None
    if not isinstance(value, dict):
        raise DataRefused(f"Line {number:,} holds {_what(value)} where every line must hold an object with the column names as keys.")
    return value


def _elements(stream: Utf8Stream) -> Iterator[dict[str, Any]]:
    """The objects of the outermost array, each decoded by itself."""
    decoder, text, count = _decoder(), _Window(stream), 0
    if text.next_mark() != "[":
        _refuse_array(0)
    if text.next_mark(peek=True) == "]":
        return
    while True:
        count += 1
        value = text.decode(decoder, count)
        if not isinstance(value, dict):
            raise DataRefused(f"Element {count:,} of the array is {_what(value)}; all must be objects with the column names as keys.")
        yield value
        mark = text.next_mark()
        if mark == "]":
            return
        if mark != ",":
            _refuse_array(count)


def _refuse_array(count: int) -> NoReturn:
    where = f"after object {count:,}" if count else "at its start"
    raise DataRefused(f"The file is not a valid JSON array: it is broken or cut short {where}. Export the table again.")


class _Window:
    """A sliding piece of the text, from the place that is read next."""

    def __init__(self, stream: Utf8Stream) -> None:
        self._stream = stream
        self._text = ""
        self._place = 0
        self._tail = b""

    def next_mark(self, *, peek: bool = False) -> str:
        """The next character that is no blank; `""` at the end."""
        while True:
            match = _BLANKS.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                mark = self._text[self._place]
                self._place += 0 if peek else 1
                return mark
            if not self._more():
                return ""

    def decode(self, decoder: json.JSONDecoder, number: int) -> Any:
        """The next value. Raises DataRefused when it is broken or too large."""
        self.next_mark(peek=True)
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._place)
                if end < len(self._text) or not self._more():
                    self._place = end
                    return value
            except RecursionError:
                raise DataRefused(f"Object {number:,} is nested too deeply. Flatten it.") from None
            except ValueError:
                if not self._more():
                    _refuse_array(number - 1)
            if len(self._text) - self._place > _LARGEST_OBJECT:
                raise DataRefused(f"Object {number:,} is broken or larger than {_LARGEST_OBJECT >> 20} MB. Export the table again.")

    def _more(self) -> bool:
        block = self._tail + self._stream.read(_BLOCK)
        cut = len(block)
        while cut and cut > len(block) - 4 and block[cut - 1] & 0xC0 == 0x80:
            cut -= 1
        cut = cut - 1 if cut and block[cut - 1] >= 0xC0 else len(block)
        if cut == 0 or cut == len(block):
            head, self._tail = block, b""
        else:
            head, self._tail = block[:cut], block[cut:]
        self._text, self._place = self._text[self._place :] + head.decode("utf-8", "surrogatepass"), 0
        return bool(head)


def _what(value: Any) -> str:
    names = {str: "a text", int: "a number", float: "a number", bool: "a truth value", list: "an array", type(None): "null"}
    return names.get(type(value), "a value")


def write_json(schema: TableSchema, batches: Iterable[Table], path: Path, file: FileFormat) -> None:
    """Write the batches as one array of objects or an object a line. The same rows give the same bytes, however they are cut."""
    codec = codec_of(file.encoding)
    lines = file.format == "jsonl"
    between = file.line_end if lines else file.delimiter.strip() + (file.line_end or file.delimiter[1:])
    lead = ""
    with open_for_writing(path, file.compression) as stream:
        stream.write(mark_of(file.encoding))
        if not lines:
            stream.write(("[" + file.line_end).encode(codec))
        for table in batches:
            for start in range(0, table.rows, _ROWS_AT_ONCE):
                rows = _rows(table, file, start)
                stream.write((lead + between.join(rows)).encode(codec, "surrogatepass" if codec.startswith("utf") else "replace"))
                lead = between
        ending = file.line_end if lines and lead else "" if lines else file.line_end + "]" + file.line_end
        stream.write(ending.encode(codec))


def _rows(table: Table, file: FileFormat, start: int) -> list[str]:
    part = table.data.slice(start, _ROWS_AT_ONCE)
    gap = file.delimiter[1:]
    pieces: list[Any] = []
    for index, (column, values) in enumerate(zip(table.schema.columns, part.columns, strict=True)):
        name = column.name if column.format.header is None else column.format.header
        pieces.append(("{" if index == 0 else file.delimiter) + json.dumps(name, ensure_ascii=False) + ":" + gap)
        pieces.append(_cells(values, column))
    joined = pc.binary_join_element_wise(*pieces, "}", "")
    result: list[str] = joined.to_pylist()
    return result


def _cells(values: pa.ChunkedArray, column: ColumnSchema) -> pa.Array:
    encoded = texts_of(values, column)
    texts = encoded.dictionary.cast(pa.string())
    missing = json.dumps(column.format.missing) if column.format.quoted and column.format.missing else "null"
    if column.format.storage == JSON_STORAGE:
        cells = pa.array([text if _is_json(text) else json.dumps(text, ensure_ascii=False) for text in texts.to_pylist()], pa.string())
        return pc.fill_null(cells.take(encoded.indices), "null")
    in_quotes = pa.array([json.dumps(text, ensure_ascii=False) for text in texts.to_pylist()], pa.string())
    return pc.fill_null(pc.if_else(_stands_bare(texts, column), texts, in_quotes).take(encoded.indices), missing)


def _stands_bare(texts: pa.Array, column: ColumnSchema) -> pa.Array:
    """Which texts are numbers or truth values of JSON."""
    if column.format.quoted or holds_words(column) or column.kind is ColumnKind.DATETIME:
        return pa.array([False] * len(texts), pa.bool_())
    return pc.match_substring_regex(texts, _NUMBER if column.kind is not ColumnKind.BOOLEAN else "^(true|false)$")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
