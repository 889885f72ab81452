"""Findings as a table: where in a file personal data lies, and what it is. Never the value itself.

Columns: `column` (name), `row` (from 0, as every reader of tables counts), `start` and `end` (characters of the cell, end exclusive),
`label`, `score`. Rows come in the order of the file, then of its columns, then of the characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from appliance.data_plane.detection.finding import Span
from appliance.data_plane.tables.cells import Cells
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, FileFormat, Table, TableSchema

SCORE_DIGITS = 3
SCHEMA = TableSchema(
    (
        ColumnSchema("column", ColumnKind.CATEGORICAL),
        ColumnSchema("row", ColumnKind.INTEGER),
        ColumnSchema("start", ColumnKind.INTEGER),
        ColumnSchema("end", ColumnKind.INTEGER),
        ColumnSchema("label", ColumnKind.CATEGORICAL),
        ColumnSchema("score", ColumnKind.NUMERIC, ColumnFormat(decimals=SCORE_DIGITS)),
    )
)

Integers = npt.NDArray[np.int64]


class Located(msgspec.Struct, frozen=True):
    """Findings of one column in one batch, a place in each array: row within the batch, start, end, index of the label, score.

    `labels`: what the indices stand for."""

    rows: Integers
    starts: Integers
    ends: Integers
    labels: tuple[str, ...]
    codes: Integers
    scores: npt.NDArray[np.float64]

    def per_label(self) -> dict[str, int]:
        """How many findings have each label."""
        counts = np.bincount(self.codes, minlength=len(self.labels))
        return {label: int(count) for label, count in zip(self.labels, counts, strict=True) if count}


def locate(cells: Cells, found: Sequence[Sequence[Span]]) -> Located:
    """The findings of every row from those of each distinct text (`found` runs beside `cells.texts`)."""
    labels = tuple(sorted({span.label for spans in found for span in spans}))
    number = {label: place for place, label in enumerate(labels)}
    counts = np.array([len(spans) for spans in found], np.int64)
    flat = [span for spans in found for span in spans]
    fields = np.array([(span.start, span.end, number[span.label]) for span in flat], np.int64).reshape(-1, 3)
    scores = np.array([span.score for span in flat], np.float64)
    rows = cells.rows
    codes = cells.codes[rows]
    many = counts[codes] if len(rows) else np.zeros(0, np.int64)
    first = np.cumsum(counts) - counts
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    places = np.repeat(first[codes], many) + within if len(rows) else np.zeros(0, np.int64)
    return Located(np.repeat(rows, many), fields[places, 0], fields[places, 1], labels, fields[places, 2], scores[places])


def locate_whole(cells: Cells, label: str, score: float) -> Located:
    """Every filled cell as a whole, of a column that has a label itself."""
    rows = cells.rows
    none = np.zeros(len(rows), np.int64)
    return Located(rows, none, cells.lengths[cells.codes[rows]], (label,), none, np.full(len(rows), score))


def table_of(found: Iterable[tuple[str, Located]], above: int) -> Table:
    """The findings of one batch in the order of its rows; `found`: name and findings of each column, `above`: rows before the batch."""
    parts = [(name, located) for name, located in found if len(located.rows)]
    labels = sorted({label for _, located in parts for label in located.labels})
    number = {label: place for place, label in enumerate(labels)}
    rows = _joined([located.rows for _, located in parts])
    order = np.argsort(rows, kind="stable")
    column = np.repeat(np.arange(len(parts)), [len(located.rows) for _, located in parts])
    label = _joined([np.array([number[label] for label in located.labels], np.int64)[located.codes] for _, located in parts])
    scores = np.concatenate([located.scores for _, located in parts]) if parts else np.zeros(0)
    values = {
        "column": _words(column[order], [name for name, _ in parts]),
        "row": pa.array(rows[order] + above),
        "start": pa.array(_joined([located.starts for _, located in parts])[order]),
        "end": pa.array(_joined([located.ends for _, located in parts])[order]),
        "label": _words(label[order], labels),
        "score": pa.array(np.round(scores[order], SCORE_DIGITS)),
    }
    return Table(SCHEMA, pa.table(values))


def file_format(wanted: str | None) -> FileFormat:
    """The form of a file of findings, packed; CSV when nothing else is wanted, which every client reads."""
    return FileFormat(format=wanted or "csv", compression="gz")


def _joined(parts: list[Integers]) -> Integers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


def _words(codes: Integers, words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, pa.string()))
