"""Checks of a table's schema that came from a file: no number or text in it can make a writer fail, or write without end."""

from __future__ import annotations

import codecs

from appliance.data_plane.tables.schema import ColumnFormat, FileFormat, TableSchema

MOST_DIGITS = 400
"""Digits of a number as text; a float has at most 324 after the point."""

LONGEST = 4096
_ENCODINGS = ("utf-16-be-sig",)
_LINE_ENDS = ("", "\n", "\r\n", "\r")


def fits_schema(schema: TableSchema) -> bool:
    """Whether every column and the file can be written back in the form that the schema names."""
    return all(len(column.name) <= LONGEST and _fits_column(column.format) for column in schema.columns) and _fits_file(schema.file)


def _fits_column(form: ColumnFormat) -> bool:
    counts = (form.decimals or 0, form.width, form.least_decimals, form.significant)
    texts = (form.pattern, form.true, form.false, form.missing, form.thousands, form.prefix, form.suffix, form.header or "", form.negative)
    return (
        all(0 <= count <= MOST_DIGITS for count in counts)
        and form.misfits >= 0
        and all(len(text) <= LONGEST for text in texts)
        and (not form.negative or form.negative.count("#") == 1)
        and (not form.exponent or (form.exponent[0] in "eE" and len(form.exponent) <= 8 and form.exponent[1:].strip("+0") == ""))
        and (not form.exponent or form.significant > 0)
    )


def _fits_file(file: FileFormat) -> bool:
    return (
        file.format in ("csv", "json", "jsonl", "parquet")
        and file.compression in ("", "gz", "zst")
        and (len(file.delimiter) == 1 or file.delimiter == ", ")
        and file.delimiter not in ("\n", "\r", '"')
        and file.line_end in _LINE_ENDS
        and _fits_encoding(file.encoding)
    )


def _fits_encoding(name: str) -> bool:
    try:
        return name in _ENCODINGS or codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False
