"""A survey of a file: every batch is searched by the verdicts on its columns, and what was found is counted.

Columns that are one label throughout give a finding for each filled cell; mixed ones are searched cell by cell, texts inside, each
distinct text of a batch once. Memory: one batch and the counts, whatever the file's size.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from appliance.configurations.classify import Wanted
from appliance.data_plane.detection.finding import ColumnShape, ColumnVerdict, Span
from appliance.data_plane.detection.findings import Located, locate, locate_whole, table_of
from appliance.data_plane.detection.people_beside import names_people, with_people
from appliance.data_plane.detection.shapes import MOST_SHAPES, shape_of
from appliance.data_plane.tables.cells import Cells, cells_of
from appliance.data_plane.tables.schema import Table

SHAPED = 200
"""Findings of each label of a column whose shapes are looked at."""


class Distinct:
    """About how many distinct texts went by, from the smallest of their digests (Bar-Yossef et al., RANDOM 2002): exact below KEPT."""

    KEPT = 1_024

    def __init__(self) -> None:
        self._least: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)

    def add(self, texts: Sequence[str]) -> None:
        """Look at some more texts, in any order, any of them again."""
        sums = np.fromiter((zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts), np.uint64, len(texts))
        mixed = (sums + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        self._least = np.unique(np.concatenate([self._least, mixed ^ (mixed >> np.uint64(32))]))[: self.KEPT]

    @property
    def estimate(self) -> int:
        """Distinct texts so far; one standard error is 3 in a hundred."""
        if len(self._least) < self.KEPT:
            return len(self._least)
        return round((self.KEPT - 1) * 2.0**64 / float(self._least[-1]))


class Searcher(Protocol):
    """What a survey asks of a detector."""

    def cells(self, values: Sequence[str], header: str = "") -> list[Span | None]:
        """The verdict on each distinct value of a mixed column."""

    def spans(self, texts: Sequence[str], *, known: Sequence[Sequence[str]] | None = None) -> list[list[Span]]:
        """What lies inside each text. `known`: per text, names of people that its row holds."""


class ColumnCount(msgspec.Struct):
    """What a survey has counted in one column so far: rows, filled cells, cells with a finding, findings by label, characters of the
    filled cells and of the findings, shapes by label (the first few). `distinct`: only of columns that are searched."""

    rows: int = 0
    filled: int = 0
    found: int = 0
    findings: Counter[str] = msgspec.field(default_factory=Counter)
    characters: int = 0
    covered: int = 0
    shapes: dict[str, list[str]] = msgspec.field(default_factory=dict)
    distinct: Distinct | None = None


class Survey:
    """Searches a file batch by batch. `verdicts`: one for each column, by name; columns without one are not searched."""

    def __init__(self, detector: Searcher, verdicts: Sequence[ColumnVerdict], wanted: Wanted | None = None) -> None:
        self._detector = detector
        self._wanted = wanted or Wanted()
        self.verdicts = {verdict.name: verdict for verdict in verdicts}
        self.counts = {verdict.name: ColumnCount() for verdict in verdicts}
        self.rows = 0

    def search(self, batch: pa.RecordBatch, form: str) -> Table:
        """The findings of the next batch of raw rows; `form`: the file's format. Counts them."""
        found = []
        read = {name: cells_of(column, form) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
        people = self.people(read)
        for name, cells in read.items():
            located = self._located(name, cells, people)
            self._count(name, cells, located)
            found.append((name, located))
        table = table_of(found, self.rows)
        self.rows += batch.num_rows
        return table

    def people(self, read: Mapping[str, Cells]) -> list[Cells]:
        """Of the columns of some rows those that name people."""
        return [cells for name, cells in read.items() if names_people(self.verdicts.get(name))]

    def _located(self, name: str, cells: Cells, people: Sequence[Cells]) -> Located:
        """The findings in some cells of a column, under the labels that were asked for."""
        verdict = self.verdicts.get(name)
        if verdict is not None and verdict.shape is ColumnShape.WHOLE and verdict.label is not None:
            told = self._wanted.told(verdict.label)
            return locate(cells, [()] * len(cells.array)) if told is None else locate_whole(cells, told, verdict.score)
        if not self._is_searched(name):
            return locate(cells, [()] * len(cells.array))
        return locate(*self.searched(name, cells, people))

    def searched(self, name: str, cells: Cells, people: Sequence[Cells] = ()) -> tuple[Cells, list[list[Span]]]:
        """Cells of a column, and what lies inside each distinct one under the labels that were asked for; texts that name the people of
        their rows (`people`: columns beside the cells) are distinct from those of other rows."""
        verdict = self.verdicts.get(name)
        if verdict is None or verdict.shape is not ColumnShape.TEXT or not people or not cells.filled:
            return cells, self._spans(name, cells.texts)
        told, known = with_people(cells, people, self._is_person)
        found = self._detector.spans(told.texts, known=known) if any(known) else self._detector.spans(told.texts)
        return told, [self._asked(spans) for spans in found]

    def _is_person(self, name: str) -> bool:
        (span,) = self._detector.cells([name])
        return span is not None and span.label == "person_name"

    def _spans(self, name: str, texts: Sequence[str]) -> list[list[Span]]:
        if not texts or not self._is_searched(name):
            return [[] for _ in texts]
        verdict = self.verdicts[name]
        if verdict.shape is ColumnShape.TEXT:
            return [self._asked(spans) for spans in self._detector.spans(texts)]
        if verdict.shape is ColumnShape.MIXED or verdict.label is None:
            return [self._asked([span] if span else []) for span in self._detector.cells(texts, name)]
        return [self._asked([Span(0, len(text), verdict.label, verdict.score)]) for text in texts]

    def _asked(self, spans: Sequence[Span]) -> list[Span]:
        told = ((span, self._wanted.told(span.label)) for span in spans)
        return [Span(span.start, span.end, label, span.score) for span, label in told if label is not None]

    def _is_searched(self, name: str) -> bool:
        verdict = self.verdicts.get(name)
        return verdict is not None and verdict.shape not in (ColumnShape.NONE, ColumnShape.EMPTY)

    def _count(self, name: str, cells: Cells, located: Located) -> None:
        count = self.counts.setdefault(name, ColumnCount())
        _keep_shapes(count, cells, located)
        count.rows += len(cells.codes)
        count.filled += cells.filled
        count.found += int((np.diff(located.rows, prepend=-1) > 0).sum())  # rows never go back
        count.findings.update(located.per_label())
        if self._is_searched(name):
            count.distinct = count.distinct or Distinct()
            count.distinct.add(cells.texts)
        count.characters += int(cells.lengths[cells.codes[cells.rows]].sum())
        count.covered += int((located.ends - located.starts).sum())


def _keep_shapes(count: ColumnCount, cells: Cells, located: Located) -> None:
    """The shapes of the first findings of each label, in the order of rows, until there are enough."""
    for place, label in enumerate(located.labels):
        shapes = count.shapes.setdefault(label, [])
        left = 0 if len(shapes) >= MOST_SHAPES else max(0, SHAPED - count.findings[label])
        for finding in np.flatnonzero(located.codes == place)[:left]:
            text = cells.texts[cells.codes[located.rows[finding]]]
            shape = shape_of(text[located.starts[finding] : located.ends[finding]])
            if shape and shape not in shapes:
                shapes.append(shape)
            if len(shapes) >= MOST_SHAPES:
                break
