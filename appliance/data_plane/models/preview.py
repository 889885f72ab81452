"""The preview of a classified file: its first rows, with labels where personal data was found and shapes everywhere else."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from appliance.data_plane.detection.finding import ColumnSample, ColumnShape
from appliance.data_plane.detection.shapes import redacted
from appliance.data_plane.detection.survey import Survey
from appliance.data_plane.tables.cells import NO_CELL, Cells, cells_of
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

PREVIEW_ROWS = 100
LEAST_HOLDERS = 10
"""Values of columns without personal data are shown where at least so many rows of the sample hold them."""
_LONGEST = 60


def masked_preview(batch: pa.RecordBatch, form: str, survey: Survey, samples: Sequence[ColumnSample]) -> Table:
    """The first rows of a batch as texts that may be shown to anybody."""
    common = {sample.name: _common(sample) for sample in samples}
    head = batch.slice(0, PREVIEW_ROWS)
    read = {name: cells_of(column, form) for name, column in zip(head.schema.names, head.columns, strict=True)}
    people = survey.people(read)
    columns = [_masked(name, cells, people, survey, common.get(name, frozenset())) for name, cells in read.items()]
    names = head.schema.names
    return Table(TableSchema(tuple(ColumnSchema(name, ColumnKind.TEXT) for name in names)), pa.table(columns, names=names))


def _common(sample: ColumnSample) -> frozenset[str]:
    pairs = zip(sample.values, sample.counts, strict=True)
    return frozenset(value for value, count in pairs if count >= LEAST_HOLDERS and len(value) <= _LONGEST)


def _masked(name: str, cells: Cells, people: Sequence[Cells], survey: Survey, common: frozenset[str]) -> pa.Array:
    cells, found = survey.searched(name, cells, people)
    verdict = survey.verdicts.get(name)
    plain = common if verdict is not None and verdict.shape is ColumnShape.NONE else frozenset()
    shown = [text if text.strip() in plain else redacted(text, spans) for text, spans in zip(cells.texts, found, strict=True)]
    return pa.array([None if code == NO_CELL else shown[code] for code in cells.codes.tolist()], pa.string())
