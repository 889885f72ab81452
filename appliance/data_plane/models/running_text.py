"""Columns that are searched inside their cells whatever else they seem: lines of a plain text, and nested values of JSON and Parquet."""

from __future__ import annotations

import msgspec

from appliance.data_plane.detection.finding import ColumnSample, ColumnShape, ColumnVerdict
from appliance.data_plane.models.detecting import Judged


def as_running_text(judged: Judged) -> Judged:
    """The same, with verdicts of the shape `text` where cells are lines of a text or hold nested values; a nested cell is searched as the
    JSON text that it is. What is one label throughout stays so."""
    form = judged.sample.schema.file.format
    pairs = zip(judged.sample.columns, judged.verdicts, strict=True)
    return msgspec.structs.replace(judged, verdicts=tuple(_as_text(sample, verdict, form) for sample, verdict in pairs))


def _as_text(sample: ColumnSample, verdict: ColumnVerdict, form: str) -> ColumnVerdict:
    told = verdict.shape in (ColumnShape.WHOLE, ColumnShape.EMPTY, ColumnShape.TEXT)
    if told or form == "csv" or (form != "text" and not any(map(_is_nested, sample.values))):
        return verdict
    return ColumnVerdict(verdict.name, ColumnShape.TEXT, None, 0.0, verdict.evidence, verdict.others)


def _is_nested(cell: str) -> bool:
    """Whether a cell is a list or an object with texts in it; bare numbers tell nobody."""
    return cell.startswith(("{", "[")) and '"' in cell
