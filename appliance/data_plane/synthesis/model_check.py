"""Checks of a model that came from a file: every number that is used as an index points somewhere, every tree ends."""

from __future__ import annotations

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
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
    """Links of dates (or of equal columns) in an order in which every source is there before its target; bounds of numbers and dates."""
    kinds = [column.kind for column in model.schema.columns]
    waiting = {link.target for link in model.relations.links}
    _need(len(waiting) == len(model.relations.links), "relations")
    for link in model.relations.links:
        places = (link.source, link.target)
        _need(_related(model, places) and link.source not in waiting and link.sign in (-1, 0, 1), "relations")
        spans = kinds[link.source] is kinds[link.target] is ColumnKind.DATETIME
        _need(link.grain >= 1 and (spans if link.sign else kinds[link.source] is kinds[link.target]), "relations")
        waiting.discard(link.target)
    _need(all(_related(model, (bound.low, bound.high)) for bound in model.relations.bounds), "relations")


def _check_texts(model: TreeModel) -> None:
    _need(len({text.column for text in model.texts}) == len(model.texts), "texts")
    for text in model.texts:
        _need(fits_text(text, len(model.columns)) and model.schema.columns[text.column].kind is ColumnKind.TEXT, "texts")
        _need(isinstance(model.columns[text.column].codec, CategoryCodec | EmptyCodec), "texts")


def _related(model: TreeModel, places: tuple[int, int]) -> bool:
    """Whether two places are columns that can be compared."""
    if min(places) < 0 or max(places) >= len(model.columns):
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


def _check_marks(marks: Marks) -> None:
    _need(marks.bits.dtype == np.uint8 and len(marks.bits) > 0 and 0 <= marks.salt < 2**64, "marks")


def _inside(values: Array, limit: int, what: str) -> None:
    _need(values.dtype.kind in "iu" and (not len(values) or (int(values.min()) >= 0 and int(values.max()) < limit)), what)


def _need(condition: object, what: str) -> None:
    if not condition:
        raise DataRefused(f"The model file is not one of ours: its {what} do not fit together.")
