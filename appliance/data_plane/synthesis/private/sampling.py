"""Making records: groups one column after another, fine codes inside them, values inside those. All of it is post-processing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import arrow_type
from appliance.data_plane.synthesis.filters import OUTLIER_SHARE
from appliance.data_plane.synthesis.private.codec import Blank, Key
from appliance.data_plane.synthesis.private.grouping import Groups
from appliance.data_plane.synthesis.private.model import PrivateColumn, PrivateModel
from appliance.data_plane.synthesis.private.network import pick, shares_of
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

BLOCK = 8192
"""Records are drawn in blocks of this size, each with a seed of its own, so that how many are wanted changes none of them."""

NEVER = -1e9


class Draw(msgspec.Struct):
    """Records: groups and fine codes by column number, and the log likelihood of the groups."""

    groups: dict[int, Array]
    fine: dict[int, Array]
    score: Array


def refuse_similarity(similarity: str | None) -> None:
    """Raises DataRefused for the filter that this engine cannot have."""
    if similarity is not None:
        raise DataRefused(
            "The similarity filter compares records with training rows, which a model under differential privacy does not have.",
            hint="Leave the similarity filter off: the promise bounds what any record can tell about a row.",
        )


def draw_batches(model: PrivateModel, count: int, seed: int, temperature: float, outliers: str | None) -> Iterator[Sampled]:
    """`count` records in blocks; of each block the least likely share is dropped where `outliers` says so."""
    found = number = 0
    while found < count:
        random = generator(seed, 41, number)
        draw = draw_groups_of(model, BLOCK, random, temperature)
        arrays = decode(model, draw, random)
        kept = np.ones(BLOCK, bool)
        if outliers is not None and model.order:
            kept = draw.score >= np.quantile(draw.score, OUTLIER_SHARE[outliers])
        data = pa.Table.from_arrays(arrays, names=list(model.schema.names)).filter(pa.array(kept)).slice(0, count - found)
        data = with_keys(model, data, found, generator(seed, 42, number))
        yield Sampled(Table(model.schema, data), int(BLOCK - kept.sum()))
        found, number = found + data.num_rows, number + 1


def empty_table(model: PrivateModel) -> Table:
    """No record, with the model's columns."""
    draw = Draw({c: np.zeros(0, np.int64) for c in model.order}, {}, np.zeros(0))
    return Table(model.schema, pa.Table.from_arrays(decode(model, draw, generator(0)), names=list(model.schema.names)))


def draw_groups_of(model: PrivateModel, rows: int, random: np.random.Generator, temperature: float) -> Draw:
    """Records without conditions."""
    draw = Draw({}, {}, np.zeros(rows))
    for column in model.order:
        shares = group_shares(model.columns[column], draw.groups, rows, temperature)
        draw.groups[column] = pick(shares, random)
        draw.score += np.log(np.maximum(shares[np.arange(rows), draw.groups[column]], 1e-300))
    return draw


def group_shares(column: PrivateColumn, groups: dict[int, Array], rows: int, temperature: float = 1.0) -> Array:
    """The chance of every group for every record; what is never made has none."""
    assert column.node is not None
    assert column.groups is not None
    made = column.groups.masses > 0
    logits = column.node.logits(groups, rows)
    return shares_of(np.where(made | ~made.any(), logits, NEVER), temperature)


def fine_codes(groups: Groups, drawn: Array, random: np.random.Generator) -> Array:
    """Fine codes inside groups, by their noisy rows; *missing* where a group has none."""
    order = np.argsort(groups.of[:-1], kind="stable")
    border = np.cumsum(groups.rows[order])
    ends = np.searchsorted(groups.of[:-1][order], np.arange(groups.size), "right")
    starts = np.r_[0, ends[:-1]]
    below = np.where(starts > 0, border[np.maximum(starts - 1, 0)], 0.0)
    above = np.where(ends > 0, border[np.maximum(ends - 1, 0)], 0.0)
    point = below[drawn] + random.random(len(drawn)) * (above - below)[drawn]
    place = np.clip(np.searchsorted(border, point, "right"), starts[drawn], np.maximum(ends - 1, starts)[drawn])
    return np.asarray(np.where((above - below)[drawn] > 0, order[np.minimum(place, len(order) - 1)], len(groups.of) - 2))


def decode(model: PrivateModel, draw: Draw, random: np.random.Generator) -> list[pa.Array]:
    """The arrow arrays of all columns; keys are still empty. `draw.fine` may hold fine codes that are given already."""
    rows = len(draw.score)
    for column in model.order:
        groups = model.columns[column].groups
        assert groups is not None
        if column not in draw.fine:
            draw.fine[column] = fine_codes(groups, draw.groups[column], random)
    for rule in model.rules:
        if rule.target not in draw.fine:
            followed = rule.codes[np.minimum(draw.fine[rule.source], len(rule.codes) - 1)]
            draw.fine[rule.target] = np.where(followed < 0, model.columns[rule.target].codec.size, followed)
    arrays = []
    for number, part in enumerate(model.columns):
        if isinstance(part.codec, Blank | Key):
            integer = isinstance(part.codec, Key) and part.codec.integer
            arrays.append(pa.nulls(rows, pa.int64() if integer else arrow_type(model.schema.columns[number].kind)))
        else:
            arrays.append(part.codec.decode(draw.fine[number], random.random(rows)))
    return arrays


def with_keys(model: PrivateModel, data: pa.Table, first: int, random: np.random.Generator) -> pa.Table:
    """The records with new keys; `first`: how many records there are before them."""
    for number, column in enumerate(model.columns):
        if isinstance(column.codec, Key):
            keys = column.codec.make(first + 1, random, data.num_rows)
            data = data.set_column(number, model.schema.names[number], keys)
    return data
