"""CSV and its relatives: read by pyarrow as UTF-8 text in batches, written row by row in the dialect they came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from appliance.data_plane.tables.compression import PlainStream, open_for_writing
from appliance.data_plane.tables.dialect import Dialect, looks_headless, sniff_dialect
from appliance.data_plane.tables.encoding import Utf8Stream, codec_of, mark_of, sniff_encoding
from appliance.data_plane.tables.records import Record, ends_as, first_swallowing, lines_of, records
from appliance.data_plane.tables.schema import FileFormat, Table, TableSchema
from appliance.data_plane.tables.source import TableOverrides, column_names, told_row
from appliance.data_plane.tables.types import texts_of
from appliance.errors import DataRefused

_SAMPLE = 256 << 10
_BLOCK = 4 << 20
"""Bytes of text parsed at once; a row must fit in them."""
_ROWS_WRITTEN_AT_ONCE = 65_536
_QUOTE_ADVICE = 'Remove that quote, or write it twice ("") in a value that stands in quotes.'


class CsvSource:
    """A CSV file. Opening it reads the sample and settles dialect and header; raises DataRefused for what is no table."""

    rows: int | None = None

    def __init__(self, path: Path, overrides: TableOverrides) -> None:
        self._path = path
        self._stream: PlainStream | None = None
        self._ragged: tuple[int, int, int] | None = None
        with PlainStream(path) as plain:
            head = plain.read(_SAMPLE)
            encoding = overrides.encoding or sniff_encoding(head, plain)
            compression = plain.compression
        with PlainStream(path) as plain:
            sample, whole = _sample(Utf8Stream(plain, encoding))
        dialect = sniff_dialect(sample, whole=whole, delimiter=overrides.delimiter)
        self._skip = dialect.skip
        self.names, self.headers = _names(dialect, overrides.header)
        self.quoted = frozenset(name for name, quoted in zip(self.names, dialect.quoted, strict=True) if quoted)
        self.file = FileFormat(
            compression=compression,
            delimiter=dialect.delimiter,
            encoding=encoding,
            line_end=dialect.line_end,
            quote_all=dialect.quote_all,
            header=overrides.header,
            header_quoted=dialect.header_quoted and overrides.header,
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of text columns, a null nowhere: a missing field is an empty text."""
        with PlainStream(self._path) as plain:
            self._stream = plain
            text = Utf8Stream(plain, self.file.encoding)
            rows, last = 0, ""
            try:
                for batch in self._reader(pa.PythonFile(text, mode="r"), self._skipped, self._keep_ragged):
                    place = first_swallowing(batch, self.file.delimiter)
                    if place is not None:
                        self._refuse_swallowing(rows + place + 1)
                    rows += batch.num_rows
                    last = batch.columns[-1][-1].as_py() if batch.num_rows else last
                    yield batch
            except pa.ArrowInvalid as error:
                raise self._refusal(error) from None
            if ends_as(last, text.tail):
                self._refuse_unclosed(rows)

    def windows(self, places: Sequence[int], size: int) -> Iterator[pa.RecordBatch]:
        """Rows of pieces of the file, `size` bytes from each place on: those that lie in them whole and have as many fields as there are
        names. Nothing for a file that cannot be entered anywhere: one that is packed, or whose text is not UTF-8."""
        if self.file.compression or codec_of(self.file.encoding) != "utf-8":
            return
        with self._path.open("rb") as file:
            for place in places:
                file.seek(place)
                _, _, lines = file.read(size).partition(b"\n")
                yield from self._rows_of(lines.rpartition(b"\n")[0])

    def _rows_of(self, lines: bytes) -> Iterator[pa.RecordBatch]:
        if not lines:
            return
        try:
            yield from self._reader(pa.BufferReader(lines + b"\n"), skipped=0, odd=lambda row: "skip")
        except pa.ArrowInvalid:  # entered inside a value of many lines
            return

    def consumed(self) -> int:
        return self._stream.consumed if self._stream is not None and not self._stream.closed else self._path.stat().st_size

    def place(self, row: int) -> str:
        """The row with its line, as told to people: `row 58 (line 59)`."""
        found = self._record(row)
        return told_row(row, found.line if found else None)

    def _record(self, row: int) -> Record | None:
        return next(islice(self._records(2 * _BLOCK), row - 1, None), None)

    def _records(self, most: int) -> Iterator[Record]:
        """The file's rows below its header, by one more run through its text."""
        with PlainStream(self._path) as plain, lines_of(Utf8Stream(plain, self.file.encoding)) as text:
            lone = len(self.names) == 1
            found = records(text, self.file.delimiter, skip=self._skip, keep_empty=lone, most=most)
            yield from islice(found, 1 if self.file.header else 0, None)

    def _reader(self, stream: Any, skipped: int, odd: Callable[[Any], str]) -> Iterator[pa.RecordBatch]:
        yield from arrow_csv.open_csv(
            stream,
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=list(self.names), skip_rows_after_names=skipped
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.file.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(self.names) > 1,
                invalid_row_handler=odd,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self.names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

    @property
    def _skipped(self) -> int:
        return self._skip + (1 if self.file.header else 0)

    def _keep_ragged(self, row: Any) -> str:
        """Keeps what is wrong with the row; pyarrow then stops by itself (it swallows what is raised here)."""
        self._ragged = ((row.number or 0) - self._skipped, row.actual_columns, row.expected_columns)
        return "error"

    def _refusal(self, error: pa.ArrowInvalid) -> DataRefused:
        if self._ragged is not None:
            return self._ragged_refusal(*self._ragged)
        if "straddling" in str(error):
            return self._long_refusal()
        return DataRefused("The file cannot be cut into rows and columns. Save the table again as CSV.")

    def _ragged_refusal(self, row: int, actual: int, expected: int) -> DataRefused:
        self._refuse_unclosed(row)
        found = self._record(row)
        place = told_row(row, found.line if found else None)
        return DataRefused(
            f"{place.capitalize()} has {_count(actual)} where the header has {_count(expected)}. "
            "Quote values that hold the delimiter, or correct the row."
        )

    def _refuse_unclosed(self, row: int) -> None:
        found = self._record(row)
        if found is not None and not found.closed:
            raise DataRefused(f"The quote opened in {told_row(row, found.line)} is never closed. {_QUOTE_ADVICE}")

    def _refuse_swallowing(self, row: int) -> None:
        self._refuse_unclosed(row)
        raise DataRefused(
            f"The quote opened in {self.place(row)} closes only many lines further down, and these look like rows. {_QUOTE_ADVICE}"
        )

    def _long_refusal(self) -> DataRefused:
        rows = enumerate(self._records(_BLOCK), 1)
        place = next((told_row(row, found.line) for row, found in rows if found.size > _BLOCK), "a row")
        return DataRefused(
            f"{place.capitalize()} is longer than {_BLOCK >> 20} MB. Most likely a quote is opened there and never closed. "
            "Correct it, or leave the column out."
        )


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields:,} fields"


def _sample(stream: Utf8Stream) -> tuple[str, bool]:
    """The first text of the file, and whether that is all of it."""
    data = b""
    while len(data) < _SAMPLE:
        block = stream.read(_SAMPLE)
        if not block:
            return data.decode("utf-8", "surrogatepass"), True
        data += block
    return data.decode("utf-8", "ignore"), False


def _names(dialect: Dialect, header: bool) -> tuple[tuple[str, ...], dict[str, str]]:
    if not header:
        return tuple(f"column_{index + 1}" for index in range(len(dialect.header))), {}
    if looks_headless(dialect.rows):
        raise DataRefused("The first row looks like data, not like column names. Add a header row with a name for every column.")
    return column_names(dialect.header)


def write_csv(schema: TableSchema, batches: Iterable[Table], path: Path, file: FileFormat) -> None:
    """Write the batches as one table in the given dialect. The same rows give the same bytes, however they are cut."""
    codec = codec_of(file.encoding)
    with open_for_writing(path, file.compression) as stream:
        stream.write(mark_of(file.encoding))
        if file.header:
            stream.write(_encoded(_header(schema, file).encode("utf-8", "surrogatepass"), codec))
        for table in batches:
            for start in range(0, table.rows, _ROWS_WRITTEN_AT_ONCE):
                stream.write(_encoded(_rows(table, file, start), codec))


def _encoded(text: bytes, codec: str) -> bytes:
    """Characters that the encoding lacks become question marks."""
    return text if codec == "utf-8" else text.decode("utf-8", "surrogatepass").encode(codec, "replace")


def _header(schema: TableSchema, file: FileFormat) -> str:
    names = [column.name if column.format.header is None else column.format.header for column in schema.columns]
    always = file.quote_all or file.header_quoted
    texts = pa.array(names, pa.string())
    cells = _quoted(texts, file.delimiter, always, lone=len(names) == 1).to_pylist()
    return file.delimiter.join(cells) + file.line_end


def _rows(table: Table, file: FileFormat, start: int) -> bytes:
    """The bytes of the rows from `start` on, as one buffer."""
    part = table.data.slice(start, _ROWS_WRITTEN_AT_ONCE)
    lone = part.num_columns == 1
    columns = []
    for column, values in zip(table.schema.columns, part.columns, strict=True):
        encoded = texts_of(values, column)
        cells = _quoted(encoded.dictionary, file.delimiter, file.quote_all or column.format.quoted, lone)
        missing = _quoted(pa.array([column.format.missing]), file.delimiter, file.quote_all, lone)[0]
        columns.append(pc.fill_null(cells.take(encoded.indices), missing.cast(cells.type)))
    columns[-1] = pc.binary_join_element_wise(columns[-1], file.line_end, "")
    joined = pc.binary_join_element_wise(
        *[column.cast(pa.large_string()) for column in columns], pa.scalar(file.delimiter, pa.large_string())
    )
    _, offsets, data = joined.buffers()
    return data.to_pybytes() if data is not None and offsets is not None else b""


def _quoted(texts: pa.Array, delimiter: str, always: bool, lone: bool) -> pa.Array:
    """The texts as cells: in quotes where they must be, or all of them. An empty text that is a whole row must be."""
    texts = texts.cast(pa.string())
    special = pc.match_substring_regex(texts, rf'["\r\n\x{{{ord(delimiter):x}}}]')
    needed = pc.or_(special, pc.equal(texts, "")) if lone else special
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return doubled if always else pc.if_else(needed, doubled, texts)
