"""JSON and JSONL as rows of text: where each value of an object lies, so that what no rule touches is copied as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from appliance.data_plane.tables.compression import PlainStream
from appliance.data_plane.tables.encoding import Utf8Stream, codec_of, mark_of
from appliance.data_plane.tables.json import JsonSource
from appliance.data_plane.tables.schema import ColumnKind, FileFormat
from appliance.data_plane.transform.evaluation.vectors import Places, listed, text_of
from appliance.data_plane.transform.files.json_scanning import JsonObject, Scanner
from appliance.data_plane.transform.rendering import OutColumn

_BLOCK = 1 << 20
_BLANK = " \t\r\n"


class JsonRows:
    """Some objects of a file. `keys`: the file's own spelling of column names."""

    def __init__(self, objects: Sequence[JsonObject], keys: dict[str, str]) -> None:
        self.objects = objects
        self.keys = keys

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.objects)

    def raw(self, name: str) -> pa.Array:
        """A column's values as JSON text; null where the key is absent or null."""
        key = self.keys[name]
        cells = []
        for one in self.objects:
            span = one.spans.get(key)
            text = None if span is None else one.text[span[0] : span[1]]
            cells.append(None if text in ("null", "NaN", "Infinity", "-Infinity") else text)
        return pa.array(cells, pa.string())


class JsonFile:
    """A JSON or JSONL file as batches of objects; `tail`: the text behind the last one, when all were read."""

    def __init__(self, path: Path, source: JsonSource, block_bytes: int) -> None:
        self.source = source
        self.tail = ""
        self._path = path
        self._size = block_bytes
        self._stream: PlainStream | None = None
        self.keys = {name: source.headers.get(name, name) for name in source.names}

    def consumed(self) -> int:
        """Bytes of the file that were read so far."""
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def batches(self, most_rows: int | None) -> Iterator[JsonRows]:
        """Objects in order, about a block at a time."""
        held: list[JsonObject] = []
        size = 0
        for one in self._objects():
            held.append(one)
            size += len(one.text)
            if size >= self._size or len(held) == most_rows:
                yield JsonRows(held, self.keys)
                held, size = [], 0
        if held:
            yield JsonRows(held, self.keys)

    def _objects(self) -> Iterator[JsonObject]:
        with PlainStream(self._path) as plain:
            self._stream = plain
            stream = Utf8Stream(plain, self.source.file.encoding)
            scanner = Scanner()
            found = self._lines(stream) if self.source.file.format == "jsonl" else self._elements(stream)
            for before, text in found:
                yield scanner.scanned(before, text)

    def _lines(self, stream: Utf8Stream) -> Iterator[tuple[str, str]]:
        """Every line that holds something, and what stands between it and the one above."""
        before, rest = "", b""
        for block in chain(iter(lambda: stream.read(_BLOCK), b""), (b"\n",)):
            whole, mark, rest = (rest + block).rpartition(b"\n")
            for line in whole.split(b"\n") if mark else ():
                text = line.decode("utf-8", "surrogatepass")
                bare = text.strip(_BLANK)
                if not bare:
                    before += text + "\n"
                    continue
                lead = text[: len(text) - len(text.lstrip(_BLANK))]
                yield before + lead, bare
                before = text[len(lead) + len(bare) :] + "\n"
        self.tail = before[:-1]

    def _elements(self, stream: Utf8Stream) -> Iterator[tuple[str, str]]:
        """Every element of the outermost array, with the bracket, comma and blanks before it."""
        decoder, text, place, ended, tail = json.JSONDecoder(), "", 0, False, b""
        while True:
            start = _start_of(text, place)
            end = _end_of(decoder, text, start, ended)
            if end is not None:
                yield text[place:start], text[start:end]
                place = end
                continue
            if ended:
                self.tail = text[place:]
                return
            block = tail + stream.read(_BLOCK)
            piece = block.decode("utf-8", "ignore") if block else ""
            tail = block[len(piece.encode("utf-8", "surrogatepass")) :] if block else b""
            ended = not block
            text, place = text[place:] + piece, 0


def _start_of(text: str, place: int) -> int:
    found = text.find("{", place)
    return len(text) if found < 0 else found


def _end_of(decoder: json.JSONDecoder, text: str, start: int, ended: bool) -> int | None:
    if start == len(text):
        return None
    try:
        _, end = decoder.raw_decode(text, start)
    except ValueError:
        return None
    return end if end < len(text) or ended else None


class JsonWriter:
    """Writes objects around what has changed."""

    guarded = 0
    unfit = 0

    def __init__(self, stream: IO[bytes], file: FileFormat, read: JsonFile) -> None:
        self._stream = stream
        self._file = file
        self._read = read
        self._codec = codec_of(file.encoding)
        self._errors = "surrogatepass" if self._codec.startswith("utf") else "replace"
        self._begun = False
        self._head: str | None = None
        stream.write(mark_of(file.encoding))

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        """The objects that are left."""
        places = range(rows.count) if kept is None else kept.tolist()
        if self._head is None and rows.count:
            self._head = rows.objects[0].before
        made = [_Made(column, rows.keys) for column in columns if column.cells is not None]
        same = [column.source for column in columns] == [column.name for column in columns] and len(columns) == len(rows.keys)
        pieces: list[str] = []
        for number, place in enumerate(places):
            one = rows.objects[place]
            pieces.append(one.before if self._begun else self._head or "")
            self._begun = True
            pieces.append(_edited(one, made, number) if same else self._built(one, columns, made, rows.keys, number))
        self._put("".join(pieces))

    def close(self) -> None:
        """All is written."""
        if not self._begun and self._file.format == "json":
            self._put(self._head or "[")
        self._put(self._read.tail if self._begun or self._file.format == "json" else "")
        self._stream.close()

    def _built(self, one: JsonObject, columns: Sequence[OutColumn], made: list[_Made], keys: dict[str, str], number: int) -> str:
        """The object anew, for a table whose columns came, went or changed their names."""
        gap = self._file.delimiter[1:]
        changed = {column.out.name: column for column in made}
        members = []
        for column in columns:
            span = one.spans.get(keys.get(column.source or "", "")) if column.source else None
            value = None if span is None else one.text[span[0] : span[1]]
            if column.name in changed:
                value = changed[column.name].value(number, value)
            if value is not None:
                members.append(f"{json.dumps(column.header, ensure_ascii=False)}:{gap}{value}")
        return "{" + self._file.delimiter.join(members) + "}"

    def _put(self, text: str) -> None:
        self._stream.write(text.encode(self._codec, self._errors))


class _Made:
    """A column that rules have touched, as JSON."""

    def __init__(self, out: OutColumn, keys: dict[str, str]) -> None:
        assert out.cells is not None
        self.out = out
        self.key = keys[out.source] if out.source is not None else out.name
        pool = out.cells.pool
        self._codes = out.cells.codes.tolist()
        self._made = pool.made.tolist()
        self._values = listed(pool.vector, pool.size)
        self._texts: dict[int, str] = {}

    def value(self, number: int, own: str | None) -> str | None:
        """The value in a row that is left, as JSON text; None to leave the key out. `own`: what the file has there."""
        code = self._codes[number]
        if not self._made[code] and self.out.source is not None:
            return own
        if code not in self._texts:
            self._texts[code] = _json_of(self._values[code], self.out)
        text = self._texts[code]
        if own is None and text == "null" and self.out.source is not None:
            return None
        if own is not None and own[0] in "[{" and text[:2] in ('"[', '"{'):
            return _nested(text)
        return text


def _json_of(value: Any, out: OutColumn) -> str:
    if value is None or isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    in_quotes = out.schema.format.quoted and out.schema.kind in (ColumnKind.INTEGER, ColumnKind.NUMERIC)
    if isinstance(value, int | float) and not in_quotes:
        return json.dumps(value)
    return json.dumps(text_of(value), ensure_ascii=False)


def _nested(text: str) -> str:
    """A text that itself is JSON, where the file has a list or an object."""
    inner = json.loads(text)
    try:
        json.loads(inner)
    except ValueError:
        return text
    return str(inner)


def _edited(one: JsonObject, made: list[_Made], number: int) -> str:
    """The object's text with changed values in their places; a key that it lacks is put behind its last."""
    changes: list[tuple[int, int, str]] = []
    added: list[str] = []
    for column in made:
        span = one.spans.get(column.key)
        own = None if span is None else one.text[span[0] : span[1]]
        value = column.value(number, own)
        if value is not None and value is not own:
            if span is None:
                added.append(f"{json.dumps(column.key, ensure_ascii=False)}: {value}")
            else:
                changes.append((*span, value))
    if not changes and not added:
        return one.text
    pieces, place = [], 0
    for start, end, value in sorted(changes):
        pieces += [one.text[place:start], value]
        place = end
    rest = one.text[place:]
    if added:
        lead = ", " if one.spans else ""
        rest = rest[: rest.rindex("}")].rstrip(_BLANK) + lead + ", ".join(added) + "}"
    return "".join([*pieces, rest])
