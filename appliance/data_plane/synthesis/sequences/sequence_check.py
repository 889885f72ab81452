"""Checks of a model of sequences that came from a file: its parts are of the columns that its layout names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.encoding import EmptyCodec, arrow_type
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.sequences.grid import Grid
from appliance.data_plane.synthesis.sequences.layout import NUMBERS, Layout
from appliance.data_plane.synthesis.sequences.past import beginning
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.sequences.steps import surroundings, value_columns
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

MOST_DECIMALS = 30


def check_sequences(model: SequenceModel) -> None:
    """Raises DataRefused for a model that could not have been written by this engine."""
    layout = model.layout
    names = layout.schema.names
    _check_layout(layout)
    _need(model.firsts.schema.names == (*layout.values, layout.length), "first rows")
    _need(model.rows.schema.names == layout.told and not any(link.sign for link in model.rows.relations.links), "rows")
    _need(all(set(names) <= set(layout.told) for names in layout.distinct), "rows")
    _need(model.firsts.copies.columns == model.rows.copies.columns == layout.told, "copies")
    kinds = [layout.schema.column(name).kind for name in layout.values]
    _need([column.kind for column in model.firsts.schema.columns] == [*kinds, ColumnKind.INTEGER], "kinds")
    _need([c.kind for c in model.rows.schema.columns] == [layout.schema.column(name).kind for name in layout.told], "kinds")
    _need(layout.length not in names, "length")
    _need((model.texts.schema.names if model.texts is not None else ()) == (*layout.texts, *(layout.told if layout.texts else ())), "texts")
    for part, wanted in ((model.keys, (layout.key,)), (model.labels, layout.row_labels), (model.group_labels, layout.group_labels)):
        _need((part.schema.names if part is not None else ()) == wanted, "labels")
        _need(part is None or all(isinstance(column.codec, PatternCodec | EmptyCodec) for column in part.columns), "labels")
    _need(model.trained_rows >= 0 and model.trained_groups >= 0, "counts")
    _need(len(model.whole.bits) > 0 and 0 <= model.whole.salt < 2**64, "marks")
    _check_steps(model)


def _check_layout(layout: Layout) -> None:
    """Every column has one part, every form is of an event column that can have it."""
    names = layout.schema.names
    parts = [layout.key, *layout.parents, *layout.events, *layout.group_labels, *layout.row_labels, *layout.texts]
    _need(len(set(names)) == len(names) and sorted(parts) == sorted(names), "columns")
    _need(layout.order is None or (layout.order in layout.events and layout.order == layout.sorted_by), "order")
    _need(layout.order is None or (layout.order in layout.changes and layout.changes[layout.order].reference == "last"), "order")
    _need(set(layout.changes) <= set(layout.grids) <= set(layout.events), "changes")
    _need(set(layout.stays) <= set(layout.events) - set(layout.changes), "stays")
    for name, grid in layout.grids.items():
        _check_grid(grid, layout, name)
    for name, change in layout.changes.items():
        _need(change.reference in ("last", "mean", "order"), "changes")
        moments = layout.order is not None and layout.grids[layout.order].kind is layout.grids[name].kind is ColumnKind.DATETIME
        _need(change.reference != "order" or moments, "changes")


def _check_grid(grid: Grid, layout: Layout, name: str) -> None:
    _need(grid.kind is layout.schema.column(name).kind and grid.kind in NUMBERS, "grid")
    _need(grid.unit > 0 and (grid.decimals is None or 0 <= grid.decimals <= MOST_DECIMALS), "grid")
    _need(bool(np.isfinite([grid.low, grid.high]).all()) and grid.low <= grid.high, "grid")
    _need(max(abs(grid.low), abs(grid.high)) * grid.unit + abs(grid.base) < 2**63 or grid.kind is ColumnKind.NUMERIC, "grid")


def _check_steps(model: SequenceModel) -> None:
    """The models of a step have the columns that one puts together and those that surround it, of the same kinds."""
    layout = model.layout
    others = [name for name in layout.events if name != layout.order]
    _need(model.steps is None or bool(others), "steps")
    _need(model.moves is None or layout.order is not None, "moves")
    _need((model.moves is None) == (layout.order is None) or model.steps is None, "moves")
    _need((model.steps is None) == (not others) or model.moves is None, "steps")
    none = {name: pa.nulls(0, arrow_type(layout.schema.column(name).kind)) for name in layout.values}
    parents, events = (pa.table({name: none[name] for name in part}) for part in (layout.parents, layout.events))
    past = beginning(parents, events, np.zeros(0, np.int64), layout)
    clock = np.zeros(0) if layout.order is not None else None
    if model.moves is not None and layout.order is not None:
        kind = ColumnKind.INTEGER if layout.grids[layout.order].whole else ColumnKind.NUMERIC
        _same(model.moves, [(layout.order, kind)], surroundings(past, layout, clock).table())
    if model.steps is not None:
        cells = {n: layout.grids[n].change(np.zeros(0))[1] if n in layout.changes else none[n] for n in others}
        made = value_columns(layout, cells, {name: np.zeros(0, bool) for name in layout.stays})
        wanted = [(column.name, column.kind) for column in made.schema.columns]
        _same(model.steps, wanted, surroundings(past, layout, clock, clock).table())


def _same(model: TreeModel, made: list[tuple[str, ColumnKind]], around: Table) -> None:
    surrounding = [(column.name, column.kind) for column in around.schema.columns]
    _need([(column.name, column.kind) for column in model.schema.columns] == [*made, *surrounding], "steps")
    _need(not model.copies.columns, "steps")


def _need(condition: object, what: str) -> None:
    if not condition:
        raise DataRefused(f"The model file is not one of ours: the {what} of its sequences do not fit together.")
