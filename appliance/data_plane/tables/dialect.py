"""The dialect of a CSV file, from its first rows: delimiter, line end, quoting, header.

The lexer here reads only the sample; whole files are read by pyarrow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise

import msgspec

from appliance.data_plane.tables.missing import MISSING
from appliance.errors import DataRefused

MAX_COLUMNS = 2_000
_PREFERRED = (",", "\t", ";", "|")
_LAST_RESORT = (" ", ":")
_NEVER = frozenset("\"'_-.\r\n()[]{}\\")
_SAMPLE_ROWS = 200
_NUMBER = re.compile(r"\s*\(?[-+−]?[$€£¥₩₹]?[-(]?(\d+([.,]\d+)*|[.,]\d+)([eE][-+]?\d+)?\)?\s*[%€$£¥₩₹円元원]?\)?")
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")


class Field(msgspec.Struct, frozen=True):
    """One field of the sample: its text without quotes, and whether it stood in quotes."""

    text: str
    quoted: bool


class Dialect(msgspec.Struct, frozen=True):
    """How the file is cut into rows and fields. `skip`: empty lines above the header. `quoted`: per column, whether every value
    of the sample stood in quotes. `header_quoted`: whether the header's names did. `rows`: the sample, header included."""

    delimiter: str
    line_end: str
    skip: int
    rows: tuple[tuple[Field, ...], ...]
    quoted: tuple[bool, ...]
    header_quoted: bool

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(field.text for field in self.rows[0])

    @property
    def quote_all(self) -> bool:
        return self.header_quoted and all(self.quoted)


def sniff_dialect(sample: str, *, whole: bool, delimiter: str | None = None) -> Dialect:
    """The dialect of a file that starts with `sample`; `whole`: the sample is all there is.

    Raises DataRefused when there is no first row, or one that no table has."""
    body = sample.lstrip("\r\n")
    if not body.strip():
        raise DataRefused("The file is empty. Upload a table with a row of column names and at least one row of data.")
    head = sample[: len(sample) - len(body)]
    lexed: dict[str, list[list[Field]]] = {}
    chosen = delimiter or _sniff_delimiter(body, whole, lexed)
    rows = lexed[chosen] if chosen in lexed else _sample_rows(body, chosen, whole)
    _check_first_row(rows, body, chosen, whole)
    return Dialect(
        delimiter=chosen,
        line_end=_line_end(sample),
        skip=len(head.splitlines()),
        rows=tuple(tuple(row) for row in rows),
        quoted=_quoted(rows),
        header_quoted=all(field.quoted for field in rows[0]) if rows else False,
    )


def looks_headless(rows: tuple[tuple[Field, ...], ...]) -> bool:
    """Whether the first row is data: every column of numbers or dates has one on top too (years of a spread-out table apart),
    or, in a table without such columns, most of the first row's texts come again below."""
    if len(rows) < 2:
        return bool(rows) and any(_NUMBER.fullmatch(field.text) for field in rows[0]) and not _are_years(rows[0])
    first, body = rows[0], rows[1:]
    named = [index for index in range(len(first)) if not _is_measured(first[index].text)]
    if any(_all_measured(body, index) for index in named):
        return False
    measured = [index for index in sorted(set(range(len(first))) - set(named)) if _all_measured(body, index)]
    if measured:
        return not _are_years([first[index] for index in measured])
    if len(body) < 5 or any(not field.text for field in first):
        return False
    again = sum(any(row[index].text == first[index].text for row in body if index < len(row)) for index in range(len(first)))
    return again * 2 > len(first)


def _is_measured(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def _all_measured(body: tuple[tuple[Field, ...], ...], index: int) -> bool:
    texts = [row[index].text for row in body if index < len(row) and row[index].text]
    spare = 0.1 * len(texts)
    for text in texts:
        spare -= not _is_measured(text)
        if spare < -1e-9:
            return False
    return bool(texts)


def _are_years(fields: tuple[Field, ...] | list[Field]) -> bool:
    """Names such as 2019, 2020, 2021 over the columns of a spread-out table."""
    numbers = [int(field.text) for field in fields if re.fullmatch(r"\d{1,4}", field.text)]
    return len(numbers) == len(fields) > 1 and all(after - before == 1 for before, after in pairwise(numbers))


def lex(text: str, delimiter: str) -> Iterator[list[Field]]:
    """The rows of `text`; the last one may be cut. Empty lines give no row."""
    mark = re.escape(delimiter)
    pattern = re.compile(rf'(?:"((?:[^"]|"")*)"([^{mark}\r\n]*)|([^{mark}\r\n]*))({mark}|\r\n|\n|\r|\Z)')
    row: list[Field] = []
    for match in pattern.finditer(text):
        inside, rest, bare, end = match.groups()
        row.append(Field(bare, False) if inside is None else Field(inside.replace('""', '"') + rest, True))
        if end == delimiter:
            continue
        if len(row) > 1 or row[0].text or row[0].quoted:
            yield row
        row = []


def _sample_rows(body: str, delimiter: str, whole: bool) -> list[list[Field]]:
    rows: list[list[Field]] = []
    for row in lex(body, delimiter):
        rows.append(row)
        if len(rows) > _SAMPLE_ROWS:
            return rows[:_SAMPLE_ROWS]
    return rows if whole or len(rows) < 2 else rows[:-1]


def _check_first_row(rows: list[list[Field]], body: str, delimiter: str, whole: bool) -> None:
    count = len(rows[0])
    if count > MAX_COLUMNS:
        more = "" if whole or len(rows) > 1 else "at least "
        raise DataRefused(f"The table has {more}{count:,} columns; {MAX_COLUMNS:,} are allowed. Leave out columns that are not needed.")
    if not whole and len(list(islice(lex(body, delimiter), 2))) < 2:
        raise DataRefused(f"The first row is longer than {len(body):,} characters. Check for missing line ends or an unclosed quote in it.")


def _sniff_delimiter(body: str, whole: bool, lexed: dict[str, list[list[Field]]]) -> str:
    """The mark that cuts the sample best; `lexed` keeps the rows of each that was tried."""
    first_line = re.split(r"[\r\n]", body, maxsplit=1)[0]
    found = {mark for mark in first_line[:100_000] if not mark.isalnum() and mark not in _NEVER and (mark == "\t" or not mark.isspace())}
    ordered = [*_PREFERRED, *sorted(found - set(_PREFERRED) - set(_LAST_RESORT))]
    best, best_score = "", (0.0, 0)
    for mark in [mark for mark in ordered if mark in first_line]:
        lexed[mark] = _sample_rows(body, mark, whole)
        share, fields = _consistency(lexed[mark])
        if fields > 1 and share >= 0.5 and (share, fields) > best_score:
            best, best_score = mark, (share, fields)
    return best or next((mark for mark in _LAST_RESORT if _is_perfect(body, mark, whole)), "") or _of_one_column(body, whole)


def _consistency(rows: list[list[Field]]) -> tuple[float, int]:
    """The share of rows that have as many fields as the first, and that number."""
    counts = Counter(len(row) for row in rows)
    return counts[len(rows[0])] / len(rows), len(rows[0])


def _is_perfect(body: str, delimiter: str, whole: bool) -> bool:
    rows = _sample_rows(body, delimiter, whole)
    share, fields = _consistency(rows)
    return fields > 1 and share == 1.0 and len(rows) > 2 and all(field.text for field in rows[0])


def _of_one_column(body: str, whole: bool) -> str:
    """A mark that cuts no row of a table of one column; the comma when every mark cuts one."""
    for mark in (",", "\t", ";", "|", "\x1f"):
        share, _ = _consistency(_sample_rows(body, mark, whole))
        if share == 1.0:
            return mark
    return ","


def _line_end(sample: str) -> str:
    found = re.search(r"\r\n|\n|\r", sample)
    return found.group() if found else "\n"


def _quoted(rows: list[list[Field]]) -> tuple[bool, ...]:
    """Per column: every value of the sample in quotes, empty ones apart. A column that only quotes what must be quoted is not."""
    width = len(rows[0])
    if not any(field.quoted for row in rows[1:] for field in row):
        return (False,) * width
    filled = [[row[index] for row in rows[1:] if index < len(row) and not _is_bare_missing(row[index])] for index in range(width)]
    return tuple(bool(fields) and all(field.quoted for field in fields) for fields in filled)


def _is_bare_missing(field: Field) -> bool:
    return not field.quoted and field.text in MISSING
