"""What a table is to the data plane: columns with a kind, a format to write them back in, and values as arrow arrays."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import pyarrow as pa


class ColumnKind(StrEnum):
    """What a column means, and the arrow type in which its values are held.

    integer      int64 (null = missing); values past 2^63 make the column an identifier or text
    numeric      float64
    boolean      bool
    categorical  string; few distinct texts (also zero-padded codes)
    datetime     timestamp[us] without zone; also pure dates and pure times of day (see `ColumnFormat.pattern`)
    identifier   string or int64; nearly every value distinct, short, with a pattern (keys, e-mails, phone numbers)
    text         string; free text
    empty        null; no value at all
    """

    INTEGER = "integer"
    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    DATETIME = "datetime"
    IDENTIFIER = "identifier"
    TEXT = "text"
    EMPTY = "empty"


class ColumnFormat(msgspec.Struct, frozen=True):
    """How a value of the column looks in its file, so that it is written back the same.

    `decimals`: digits after the point, the most that were seen (None: shortest form); `fixed_decimals`: always that many.
    `decimal_comma`: `1,5` for 1.5. `pattern`: strptime pattern of dates and times. `true` and `false`: the two boolean texts.
    `missing`: the text most often used for a missing value (`""`, `NA`, …). `storage`: the arrow type to write back, as text.
    `width`: zero-padded width of codes. `quoted`: values stand in quotes in the file, so JSON strings that look like numbers stay strings.
    `least_decimals`: digits after the point that even a whole number shows (1 for `12.0`). `thousands`: the mark between groups of three.
    `prefix` and `suffix`: what stands before and after every number (` `, `$`, `%`). `header`: the name as the file has it, where it is
    empty or holds control characters and so differs from the column's. `pattern` knows, besides strptime's directives, `%-d %-m %-H %-I`
    (no leading zero), `%1f` … `%9f` (that many digits of a second) and `%z` (held in UTC, written `+00:00`). `misfits`: rows of a date
    column whose text is no such date (at most one in a hundred); they are read as missing. `negative`: how a number below
    zero is written, with `p`, `#` and `s` for prefix, digits and suffix (`(p#s)` for `($5)`, `-p#s` for `-$5`; empty: `p-#s`). `exponent`:
    every number has one, and it looks like `e+00`, `E00` or `e+0` (`+`: a positive one shows its sign; at least so many digits).
    `significant`: the most digits of a number in a column where all or some have an exponent (0: not such a column); `least_decimals` are
    then digits of the mantissa where all have one."""

    decimals: int | None = None
    fixed_decimals: bool = False
    decimal_comma: bool = False
    pattern: str = ""
    true: str = "true"
    false: str = "false"
    missing: str = ""
    storage: str = ""
    width: int = 0
    quoted: bool = False
    least_decimals: int = 0
    thousands: str = ""
    prefix: str = ""
    suffix: str = ""
    header: str | None = None
    misfits: int = 0
    negative: str = ""
    exponent: str = ""
    significant: int = 0


class ColumnSchema(msgspec.Struct, frozen=True):
    """One column: its name as in the file, kind and format."""

    name: str
    kind: ColumnKind
    format: ColumnFormat = ColumnFormat()


class FileFormat(msgspec.Struct, frozen=True):
    """The file's own form: `format` is `csv`, `json`, `jsonl`, `parquet` or `text` (a row a line); `compression` is `""`, `gz` or `zst`.

    `delimiter`, `encoding` (`utf-8`, `utf-8-sig`, `utf-16`, `cp1252`, … see `encoding.py`), `line_end`, `quote_all`, `header` (a first
    row of names) and `header_quoted` are of CSV. In JSON `delimiter` is `,` or `, `, and `line_end` is empty when the array is one line."""

    format: str = "csv"
    compression: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    quote_all: bool = False
    header: bool = True
    header_quoted: bool = False


class TableSchema(msgspec.Struct, frozen=True):
    """Everything that is needed to write a table back as it came."""

    columns: tuple[ColumnSchema, ...]
    file: FileFormat = FileFormat()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSchema:
        """The column by name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class Table(msgspec.Struct, frozen=True):
    """A table in memory: `data` has exactly the schema's columns, in its order, each in the arrow type of its kind (`ColumnKind`)."""

    schema: TableSchema
    data: pa.Table

    @property
    def rows(self) -> int:
        return int(self.data.num_rows)
