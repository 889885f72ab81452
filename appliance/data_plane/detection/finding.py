"""What detection says: a stretch of text with a label, and the verdict on a column."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Span(msgspec.Struct, frozen=True):
    """Personal data inside a text: characters `start` up to and without `end`; `label` is canonical (`configurations/entities.py`) or a
    user's own `namespace/label`; `score` is a probability."""

    start: int
    end: int
    label: str
    score: float


class ColumnSample(msgspec.Struct, frozen=True):
    """What the detector sees of a column: distinct filled values (outer blanks removed) with how often each was met.

    `rows`: rows that were looked at; `missing`: how many of them held nothing. `kind`: the kind that the table reader settled
    (`ColumnKind` as text), empty when nobody asked."""

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    rows: int
    missing: int = 0
    kind: str = ""


class ColumnShape(StrEnum):
    """How personal data lies in a column.

    whole: every cell is one value of the label. mixed: cells are whole values of several labels, or of none. text: cells are prose, found
    spans lie inside. none: nothing personal was found. empty: no values."""

    WHOLE = "whole"
    MIXED = "mixed"
    TEXT = "text"
    NONE = "none"
    EMPTY = "empty"


class ColumnVerdict(msgspec.Struct, frozen=True):
    """The verdict on a column. `label`: canonical, or None unless the shape is `whole`; `score`: its calibrated probability.

    `evidence`: short facts for a report by name, numbers or words of our own (`matched` share, `checksum` share, `header` word, `listed`
    share): never a value of the column. `others`: label → share of cells, of mixed and text columns."""

    name: str
    shape: ColumnShape
    label: str | None = None
    score: float = 0.0
    evidence: dict[str, float | str] = {}
    others: dict[str, float] = {}
