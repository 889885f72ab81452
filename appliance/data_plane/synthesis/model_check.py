"""Checks of a model that came from a file: every number that is used as an index points somewhere, every tree ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.correction import Correction
from appliance.data_plane.synthesis.encoding import CategoryCodec, EmptyCodec, NumberCodec
from appliance.data_plane.synthesis.filters import SIMILARITY_GROUPS, Marks
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.leaves import Sketch
from appliance.data_plane.synthesis.numbers import NumberScale
from appliance.data_plane.synthesis.pattern_check import fits_pattern
from appliance.data_plane.synthesis.schema_check import fits_schema
from appliance.data_plane.synthesis.text_check import fits_text
from appliance.data_plane.synthesis.tree_model import ColumnModel, TreeModel
from appliance.data_plane.synthesis.trees import Tree
from appliance.data_plane.tables.schema import ColumnKind
from appliance.errors import DataRefused


def check_model(model: TreeModel) -> None:
    """Raises DataRefused for a model that could not have been written by this engine."""
    names = model.schema.names
    _need(len(names) == len(model.columns) and len(set(names)) == len(names) and fits_schema(model.schema), "columns")
    _need(len(set(model.order)) == len(model.order) and all(0 <= c < len(names) for c in model.order), "order")
    made: set[int] = set()
    for column in model.order:
        _check_column(model, column, made)
        made.add(column)
    _need(all(fits_pattern(c.codec) for c in model.columns if isinstance(c.codec, PatternCodec)), "patterns")
    _check_relations(model)
    _check_texts(model)
    ordered = {c for c in range(len(names)) if isinstance(model.columns[c].codec, CategoryCodec | NumberCodec)}
    _need(ordered == made, "order")
    for rule in model.rules:
        _need({rule.source, rule.target} <= made and len(rule.codes) == model.columns[rule.source].codec.size + 2, "rules")
        _inside(rule.codes, model.columns[rule.target].codec.size + 2, "rules")
    _need(set(model.copies.columns) <= set(names), "copies")
    _need(set(model.near) == {str(groups) for groups in SIMILARITY_GROUPS.values()}, "near")
    if model.correction is not None:
        _check_correction(model.correction, model, made)
    for marks in (model.copies.marks, *model.near.values(), *(c.marks for c in model.columns if c.marks), *(t.marks for t in model.texts)):
        _check_marks(marks)


def _check_column(model: TreeModel, number: int, made: set[int]) -> None:
    column: ColumnModel = model.columns[number]
    _need(isinstance(column.codec, CategoryCodec | NumberCodec) and len(column.trees) == len(column.sketches), "column")
    if isinstance(column.codec, NumberCodec):
        _check_scale(column.codec.scale)
        _need(column.codec.unit > 0 and (column.codec.decimals is None or 0 <= column.codec.decimals <= 30), "unit")
        _need(0 <= column.codec.digits <= 400, "digits")
    _need(bool(column.trees) or any(rule.target == number and rule.source in made for rule in model.rules), "trees")
    for tree, sketch in zip(column.trees, column.sketches, strict=True):
        _check_tree(tree, model, made)
        _check_sketch(sketch, tree.leaves, column.codec.size)
        _check_lean(sketch, model, made)


def _check_relations(model: TreeModel) -> None:
    """Links of dates (or of equal columns), sums, bounds and ranges of columns that can be compared; no column follows from itself."""
    relations, kinds = model.relations, [column.kind for column in model.schema.columns]
    _need(len(relations.parents) == len(relations.links) + len(relations.sums), "relations")
    for link in relations.links:
        same = kinds[link.source] is kinds[link.target] if _places(model, (link.source, link.target)) else False
        _need(same and link.sign in (-1, 0, 1) and link.grain >= 1, "relations")
        _need(not link.sign or (_related(model, (link.source, link.target)) and kinds[link.source] is ColumnKind.DATETIME), "relations")
    for total in relations.sums:
        _need(_related(model, (total.target, *total.sources)) and len(total.sources) == len(total.factors) > 0, "sums")
        _need(all(kinds[place] is not ColumnKind.DATETIME for place in (total.target, *total.sources)), "sums")
        _need(all(map(math.isfinite, (*total.factors, total.constant, total.low, total.high))), "sums")
        _need(total.decimals is None or 0 <= total.decimals <= 30, "sums")
    _need(all(_related(model, (bound.low, bound.high)) for bound in relations.bounds), "relations")
    _need(all(_related(model, (part.column,)) for part in relations.ranges), "relations")
    _need(all(_places(model, columns) and columns for columns in relations.unique), "relations")
    for check in relations.combinations:
        _need(_places(model, check.columns) and all(len(row) == len(check.columns) for row in check.rows) and check.rows, "combinations")
        _need(not any(isinstance(model.columns[place].codec, PatternCodec) for place in check.columns), "combinations")
    _check_ends(relations.parents)


def _check_ends(parents: Mapping[int, Sequence[int]]) -> None:
    """Every computed column follows, in the end, from columns that are not computed."""
    open_ = set(parents)
    while open_:
        ready = {target for target in open_ if not open_.intersection(parents[target])}
        _need(ready, "relations")
        open_ -= ready


def _places(model: TreeModel, places: Sequence[int]) -> bool:
    return all(0 <= place < len(model.columns) for place in places)


def _check_texts(model: TreeModel) -> None:
    _need(len({text.column for text in model.texts}) == len(model.texts), "texts")
    for text in model.texts:
        _need(fits_text(text, len(model.columns)) and model.schema.columns[text.column].kind is ColumnKind.TEXT, "texts")
        _need(isinstance(model.columns[text.column].codec, CategoryCodec | EmptyCodec), "texts")


def _related(model: TreeModel, places: Sequence[int]) -> bool:
    """Whether places are columns that can be compared."""
    if not _places(model, places):
        return False
    columns = [(model.schema.columns[place].kind, model.columns[place].codec) for place in places]
    comparable = (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.DATETIME)
    return all(kind in comparable and isinstance(codec, NumberCodec | EmptyCodec) and codec.kind is kind for kind, codec in columns)


def _check_scale(scale: NumberScale) -> None:
    size = len(scale.low)
    _need(
        size > 0 and len(scale.high) == len(scale.heavy) == len(scale.rank) == len(scale.mass) == size and len(scale.light) == size + 1,
        "scale",
    )
    _need(all(np.isfinite(part).all() for part in (scale.low, scale.high, scale.light, scale.rank, scale.mass)), "scale")
    _need(
        bool((np.diff(scale.light) >= 0).all() and (scale.rank >= 0).all() and (scale.rank <= 1).all() and scale.heavy.dtype == bool),
        "scale",
    )


def _check_tree(tree: Tree, model: TreeModel, made: set[int]) -> None:
    nodes, inner = len(tree.feature), tree.feature >= 0
    _need(nodes > 0 and all(len(part) == nodes for part in (tree.threshold, tree.left, tree.right, tree.leaf)), "tree")
    here = np.arange(nodes)[inner]
    _need(all(bool(((side[inner] > here) & (side[inner] < nodes)).all()) for side in (tree.left, tree.right)), "tree")
    _need(bool((tree.leaf[~inner] >= 0).all()) and sorted(tree.leaf[~inner].tolist()) == list(range(int((~inner).sum()))), "leaves")
    _need(len(tree.start) == len(tree.column) + 1 and set(tree.column.tolist()) <= made, "predictors")
    sizes = [model.columns[c].codec.size + 2 for c in tree.column.tolist()]
    _need(np.diff(tree.start).tolist() == sizes and (tree.start[0], tree.start[-1]) == (0, len(tree.order)), "predictors")
    _inside(tree.feature[inner], len(tree.column), "feature")


def _check_sketch(sketch: Sketch, leaves: int, size: int) -> None:
    _need(sketch.size == size and len(sketch.start) == leaves + 1 == len(sketch.pool) + 1, "sketch")
    _need(
        sketch.start[0] == 0 and sketch.start[-1] == len(sketch.symbol) == len(sketch.share) and bool((np.diff(sketch.start) > 0).all()),
        "sketch",
    )
    _inside(sketch.symbol, size + 2, "symbol")
    _need(bool(np.isfinite(sketch.share).all() and (sketch.share > 0).all()), "share")
    if (sketch.symbol == size + 1).any():
        _need(sketch.first[0] == 0 and sketch.first[-1] == len(sketch.border) and bool((np.diff(sketch.first) >= 2).all()), "pools")
        _inside(sketch.pool, len(sketch.first) - 1, "pool")
        _need(bool(np.isfinite(sketch.border).all()), "border")


def _check_lean(sketch: Sketch, model: TreeModel, made: set[int]) -> None:
    lean = sketch.lean
    shape = (len(lean.companion), len(sketch.first) - 1)
    _need(len(shape) == 2 and len(sketch.first) > 0, "slopes")
    _need(lean.companion.shape == lean.slope.shape == lean.center.shape == shape and lean.companion.dtype.kind == "i", "slopes")
    numbers = {c for c in made if isinstance(model.columns[c].codec, NumberCodec)}
    _need(set(np.unique(lean.companion).tolist()) <= numbers | {-1}, "slopes")
    _need(bool(np.isfinite(lean.slope).all() and np.isfinite(lean.center).all()), "slopes")


def _check_correction(correction: Correction, model: TreeModel, made: set[int]) -> None:
    """Trees of a correction end, ask columns that are made, and add finite numbers."""
    first, nodes = correction.first, len(correction.feature)
    _need(first.dtype.kind == "i" and len(first) > 1 and first[0] == 0 and first[-1] == nodes and bool((np.diff(first) > 0).all()), "trees")
    parts = (correction.feature, correction.threshold, correction.left, correction.right, correction.value)
    _need(all(len(part) == nodes for part in parts) and all(part.dtype.kind == "i" for part in (parts[0], *parts[2:4])), "trees")
    size = np.repeat(np.diff(first), np.diff(first))
    here, inner = np.arange(nodes) - np.repeat(first[:-1], np.diff(first)), correction.feature >= 0
    _need(all(bool(((side > here) & (side < size))[inner].all()) for side in (correction.left, correction.right)), "trees")
    sizes = [model.columns[c].codec.size + 2 for c in correction.column.tolist() if c in made]
    start = correction.start
    _need(len(sizes) == len(correction.column) and np.diff(start).tolist() == sizes, "predictors")
    _need(start[0] == 0 and start[-1] == len(correction.order), "predictors")
    _inside(correction.feature[inner], len(correction.column), "feature")
    _need(bool(np.isfinite(correction.value).all()) and bool(np.isfinite(correction.base)), "odds")


def _check_marks(marks: Marks) -> None:
    _need(marks.bits.dtype == np.uint8 and len(marks.bits) > 0 and 0 <= marks.salt < 2**64, "marks")


def _inside(values: Array, limit: int, what: str) -> None:
    _need(values.dtype.kind in "iu" and (not len(values) or (int(values.min()) >= 0 and int(values.max()) < limit)), what)


def _need(condition: object, what: str) -> None:
    if not condition:
        raise DataRefused(f"The model file is not one of ours: its {what} do not fit together.")
