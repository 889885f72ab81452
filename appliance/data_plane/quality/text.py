"""The text task: columns of texts of two or three tables held against each other, without an embedding model."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.column import NAMED_ROWS
from appliance.data_plane.quality.comparison import sampled
from appliance.data_plane.quality.judgement import silent
from appliance.data_plane.quality.options import Progress
from appliance.data_plane.quality.score import score_object, text_score, text_structure_curve
from appliance.data_plane.quality.text_column import Sides, TextFacts, describe_texts
from appliance.data_plane.quality.text_wording import caveats, conclusion
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

REPORT_VERSION = 1
MOST_TEXTS = 20_000
MOST_COLUMNS = 20
NO_EMBEDDER = "Not run: it needs an embedding model, which this version does not have. The score rests on structure alone."
WORDY = 2.0
"""Spaces per value from which a column counts as texts."""


class TextOptions(msgspec.Struct, frozen=True):
    """`columns`: those to read; none: every column of texts. `rows`: most rows that the scores read, 0: as many as fit (20,000). Copies are
    always searched in as many as fit."""

    columns: tuple[str, ...] = ()
    rows: int = 0
    title: str = ""
    versions: tuple[tuple[str, str], ...] = ()


def measure_text(
    train: Table, synthetic: Table, holdout: Table | None, options: TextOptions, seed: int, progress: Progress = silent
) -> dict[str, Any]:
    """The text report as JSON types, the same for the same tables, options and seed; its `run` is left to the caller.

    Raises DataRefused when no column of texts is shared, or one has no text at all."""
    names = _columns(train, synthetic, options.columns)
    found = []
    for done, name in enumerate(names):
        progress(name, done, len(names))
        found.append(_described(name, (train, synthetic, holdout), options, seed))
    progress("report", len(names), len(names))
    return _report(found, (train, synthetic, holdout), options, seed)


def _columns(train: Table, synthetic: Table, wanted: tuple[str, ...]) -> list[str]:
    """The columns to read. Raises DataRefused for a wanted one that is not there or holds no texts."""
    for name in wanted:
        for table, word in ((train, "training table"), (synthetic, "synthetic table")):
            if name not in table.schema.names:
                raise DataRefused(f"The {word} has no column {name!r}.", hint="Name a column of texts that both tables have.")
        if not _is_text(train, name):
            kind = train.schema.column(name).kind.value
            raise DataRefused(f"The column {name!r} is read as {kind}; the text task needs texts.", hint="Name a column of texts.")
    if wanted:
        return list(dict.fromkeys(wanted))
    there = set(synthetic.schema.names)
    usable = [name for name in train.schema.names if name in there and _is_text(train, name)]
    found = [name for name in usable if train.schema.column(name).kind is ColumnKind.TEXT or _spaces(train, name) > WORDY]
    if not usable:
        raise DataRefused("The tables share no column of texts.", hint="Name the column in params.target, or judge without a task.")
    return found[:MOST_COLUMNS] or [max(usable, key=lambda name: _spaces(train, name))]


def _is_text(table: Table, name: str) -> bool:
    array = table.data.column(name)
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type)) and array.null_count < len(array)


def _spaces(table: Table, name: str) -> float:
    return float(pc.mean(pc.count_substring(table.data.column(name), " ")).as_py() or 0.0)


def _described(name: str, tables: tuple[Table, Table, Table | None], options: TextOptions, seed: int) -> TextFacts:
    texts = [_texts(table, name, seed) for table in tables]
    if not texts[0] or not texts[1]:
        side = "synthetic" if texts[0] else "training"
        raise DataRefused(f"The column {name!r} of the {side} table has no text at all.")
    count = min(options.rows or MOST_TEXTS, len(texts[0]), len(texts[1]))
    scored = [[side[place] for place in sampled(len(side), count, seed)] for side in texts]
    return describe_texts(name, _sides(scored), _sides(texts))


def _sides(texts: list[list[str]]) -> Sides:
    first, second, third = texts
    return first, second, third


def _texts(table: Table | None, name: str, seed: int) -> list[str]:
    """The texts of a column, at most 20,000 of them, without missing ones."""
    if table is None or name not in table.schema.names:
        return []
    array = table.data.column(name).drop_null().combine_chunks()
    found: list[str] = array.take(pa.array(sampled(len(array), MOST_TEXTS, seed))).cast(pa.string()).to_pylist()
    return found


def _report(found: list[TextFacts], tables: tuple[Table, Table, Table | None], options: TextOptions, seed: int) -> dict[str, Any]:
    structure = text_structure_curve(float(np.mean([facts.distances for facts in found])))
    held = [facts.held_distances for facts in found if facts.held_distances is not None]
    quality, semantic = text_score(None, structure), score_object(None, notes=NO_EMBEDDER)
    scores = {
        ("synthetic_data_quality_score", "synthetic_quality_score"): score_object(quality),
        ("structure_similarity", "text_structure_similarity"): score_object(structure),
        ("semantic_similarity", "text_semantic_similarity"): semantic,
    }
    report: dict[str, Any] = {
        "report_version": REPORT_VERSION,
        "title": options.title,
        "task": {"type": "text", "columns": [facts.details["name"] for facts in found]},
        **{name: score for names, score in scores.items() for name in names},
        "summary": [{"field": name, "value": score["score"]} for names, score in scores.items() for name in names],
        "reference": {"text_structure_similarity": score_object(text_structure_curve(float(np.mean(held))))} if held else None,
        "left_rows": tables[0].rows,
        "right_rows": tables[1].rows,
        "holdout_rows": tables[2].rows if tables[2] is not None else 0,
        "columns": [_column(facts) for facts in found],
        "sampling": {"seed": seed, "rows_limit": options.rows, "texts_limit": MOST_TEXTS, "named_from_rows": NAMED_ROWS},
        "versions": dict(options.versions),
    }
    report["verdict"] = conclusion(report)
    report["warnings"] = caveats(report)
    return report | {"run": {}}


def _column(facts: TextFacts) -> dict[str, Any]:
    held = facts.held_distances
    return {
        **facts.details,
        "structure": score_object(text_structure_curve(float(np.mean(facts.distances)))),
        "holdout_structure": score_object(text_structure_curve(float(np.mean(held)))) if held is not None else None,
    }
