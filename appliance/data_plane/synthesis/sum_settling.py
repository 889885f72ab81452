"""Records with a given total: their free parts are moved until they add up to it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import NumberCodec, whole
from appliance.data_plane.synthesis.relations import Sum, cells_of, computed
from appliance.data_plane.synthesis.tree_model import TreeModel


def settled(model: TreeModel, data: pa.Table, given: Mapping[str, pa.Array]) -> pa.Table:
    """The records with every sum kept that the given cells leave open: what is missing to a given total is shared among its free parts by
    their size; totals that were not given are computed again. Given cells never change."""
    names, fixed = model.schema.names, {model.schema.names.index(name) for name in given}
    waiting = [total for total in model.relations.sums if {total.target, *total.sources} & fixed]
    if not any(total.target in fixed for total in waiting):
        return data
    waiting = list(model.relations.sums)
    while waiting:
        total = next((total for total in waiting if total.target in fixed), waiting[0])
        waiting.remove(total)
        free = [place for place in total.sources if place not in fixed]
        if total.target in fixed and free:
            data = _shared_out(model, data, total, free)
            fixed.update(free)
        elif total.target not in fixed and fixed.intersection(total.sources):
            column = computed(total, [whole(data.column(place)) for place in total.sources])
            data = data.set_column(total.target, names[total.target], column)
    return data


def _shared_out(model: TreeModel, data: pa.Table, total: Sum, free: list[int]) -> pa.Table:
    cells = {place: cells_of(whole(data.column(place))) for place in (total.target, *total.sources)}
    present = np.logical_and.reduce([here for _, here in cells.values()])
    factor = dict(zip(total.sources, total.factors, strict=True))
    values: dict[int, Array] = {place: cells[place][0].astype(np.float64) for place in cells}
    size = {place: np.abs(factor[place] * values[place]) + 1e-9 for place in free}
    for turn in (0, 1):
        rest = values[total.target] - total.constant - sum(factor[place] * values[place] for place in total.sources)
        largest = np.argmax(np.stack([size[place] for place in free]), 0)
        for number, place in enumerate(free):
            share = (largest == number) if turn else size[place] / sum(size.values())
            values[place] = _written(model, place, values[place] + np.where(present, rest * share / factor[place], 0.0))
    for place in free:
        kind = data.column(place).type
        column = np.rint(values[place]).astype(np.int64) if pa.types.is_integer(kind) else values[place]
        data = data.set_column(place, model.schema.names[place], pa.array(column, kind, mask=~cells[place][1]))
    return data


def _written(model: TreeModel, place: int, values: Array) -> Array:
    """Numbers rounded as the column writes them."""
    codec = model.columns[place].codec
    decimals = next((total.decimals for total in model.relations.sums if total.target == place), None)
    if isinstance(codec, NumberCodec):
        decimals = codec.decimals if pa.types.is_floating(codec.decode(np.zeros(0, np.int64), np.zeros(0)).type) else 0
    return values if decimals is None else np.round(values, decimals)
