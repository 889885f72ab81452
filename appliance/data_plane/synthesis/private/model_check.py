"""Checks of a private model that came from a file: every number that is used as an index points somewhere, all others are finite."""

from __future__ import annotations

import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.private.codec import MOST_DECIMALS, Key, Levels, Numbers
from appliance.data_plane.synthesis.private.domain import NUMERIC
from appliance.data_plane.synthesis.private.model import ENGINE, PrivateColumn, PrivateModel
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema
from appliance.errors import DataRefused


def check_model(model: PrivateModel) -> None:
    """Raises DataRefused for a model that could not have been written by this engine."""
    names, drawn, targets = model.schema.names, set(model.order), {rule.target for rule in model.rules}
    _need(model.engine == ENGINE and len(names) == len(model.columns) and len(set(names)) == len(names), "columns")
    _need(len(drawn) == len(model.order) and len(targets) == len(model.rules), "order")
    _need(model.trained_rows >= 1 and model.promise.epsilon > 0 and model.promise.rho > 0, "promise")
    coded = {number for number, column in enumerate(model.columns) if isinstance(column.codec, Levels | Numbers)}
    _need(drawn | targets == coded and not drawn & targets, "order")
    for number, column in enumerate(model.columns):
        _check_codec(model.schema.columns[number], column)
    made: set[int] = set()
    for number in model.order:
        _check_drawn(model, number, made)
        made.add(number)
    for rule in model.rules:
        _need(rule.source in drawn and rule.codes.shape == (model.columns[rule.source].codec.size + 1,), "rules")
        _inside(rule.codes, -1, model.columns[rule.target].codec.size + 1, "rules")


def _check_codec(schema: ColumnSchema, column: PrivateColumn) -> None:
    codec = column.codec
    if isinstance(codec, Numbers):
        _need(schema.kind is codec.grid.kind and schema.kind in NUMERIC and codec.grid.unit >= 1, "numbers")
        _need(codec.grid.decimals is None or 0 <= codec.grid.decimals <= MOST_DECIMALS, "numbers")
        _need(codec.atoms.ndim == codec.low.ndim == codec.high.ndim == 1 and codec.low.shape == codec.high.shape, "numbers")
        _need(all(bool(np.isfinite(values).all()) for values in (codec.atoms, codec.low, codec.high)), "numbers")
        _need(bool((np.diff(codec.atoms) > 0).all() and (np.diff(codec.low) > 0).all() and (codec.high >= codec.low).all()), "numbers")
    elif isinstance(codec, Levels):
        _need(codec.boolean == (schema.kind is ColumnKind.BOOLEAN) and schema.kind not in NUMERIC, "levels")
        _need(len(set(codec.texts)) == len(codec.texts) and schema.kind is not ColumnKind.EMPTY, "levels")
    elif isinstance(codec, Key):
        _need(schema.kind is ColumnKind.IDENTIFIER, "key")


def _check_drawn(model: PrivateModel, number: int, made: set[int]) -> None:
    _need(0 <= number < len(model.columns), "order")
    column = model.columns[number]
    groups, node = column.groups, column.node
    if groups is None or node is None:
        raise DataRefused("The model file does not fit together (column).")
    _need(groups.size >= 1 and groups.of.shape == (column.codec.size + 2,) and groups.rows.shape == (column.codec.size + 1,), "groups")
    _inside(groups.of, 0, groups.size, "groups")
    _need(bool(np.isfinite(groups.rows).all() and (groups.rows >= 0).all()), "groups")
    _need(node.bias.shape == (groups.size,) and bool(np.isfinite(node.bias).all()), "node")
    _need(len(node.parents) == len(node.weights) and set(node.parents) <= made, "node")
    for parent, weight in zip(node.parents, node.weights, strict=True):
        above = model.columns[parent].groups
        _need(above is not None and weight.shape == (above.size, groups.size) and bool(np.isfinite(weight).all()), "node")


def _inside(values: Array, low: int, high: int, what: str) -> None:
    _need(values.dtype.kind == "i" and bool(((values >= low) & (values < high)).all()), what)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise DataRefused(f"The model file does not fit together ({what}).")
