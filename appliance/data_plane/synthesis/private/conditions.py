"""Completing records from some of their columns, by likelihood weighting (Fung, Chang 1990; Shachter, Peot 1990).

Columns are drawn in the model's order. A given column is held at its group; how likely the network finds that group given what a candidate
already holds is the candidate's weight. Where the given columns come first nothing has to be weighed and the draw is exact."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import arrow_type, whole
from appliance.data_plane.synthesis.private.codec import Blank, Key, Levels, Numbers
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.synthesis.private.network import pick
from appliance.data_plane.synthesis.private.sampling import Draw, decode, group_shares, with_keys
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

CANDIDATES = 32
BLOCK = 1024
_FLOOR = 1e-12


def complete_records(model: PrivateModel, conditions: Table, seed: int, temperature: float) -> Sampled:
    """One record for every row of `conditions`, in their order, the given cells unchanged. A null that is given is a missing value."""
    given = {name: _given(model, conditions, name) for name in conditions.schema.names}
    fine = _given_codes(model, given)
    first = set(model.order[: len(fine)])
    count = 1 if set(fine) <= first and not _backward(model, fine) else CANDIDATES
    parts, spoke = [], 0.0
    for number, start in enumerate(range(0, max(conditions.rows, 1), BLOCK)):
        random = generator(seed, 43, number)
        some = {column: codes[start : start + BLOCK] for column, codes in fine.items()}
        rows = min(BLOCK, conditions.rows - start)
        draw, weights = _candidates(model, some, rows, count, random, temperature)
        spoke += float((weights.sum(1) ** 2 / np.maximum((weights**2).sum(1), 1e-300)).sum())
        chosen = np.arange(rows) * count + pick(weights, random)
        arrays = decode(model, _some(draw, chosen), random)
        data = pa.Table.from_arrays(arrays, names=list(model.schema.names))
        parts.append(with_keys(model, data, start, generator(seed, 44, number)))
    data = pa.concat_tables(parts).combine_chunks()
    for name, cells in given.items():
        data = data.set_column(model.schema.names.index(name), name, cells)
    return Sampled(Table(model.schema, data), 0, spoke / max(conditions.rows, 1), count)


def _given(model: PrivateModel, conditions: Table, name: str) -> pa.Array:
    """A given column in the type of the model's column."""
    if name not in model.schema.names:
        raise DataRefused(f"The seeds name the column {name!r}, which the model was not trained on.")
    number = model.schema.names.index(name)
    codec, kind = model.columns[number].codec, model.schema.columns[number].kind
    wanted = pa.int64() if isinstance(codec, Key) and codec.integer else arrow_type(kind)
    column = whole(conditions.data.column(name))
    try:
        return column if column.type == wanted else column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataRefused(f"The seeds of column {name!r} do not fit its kind ({kind.value}).") from None


def _given_codes(model: PrivateModel, given: dict[str, pa.Array]) -> dict[int, Array]:
    """Fine codes of the given columns that say something about others."""
    codes = {}
    for name, cells in given.items():
        number = model.schema.names.index(name)
        codec = model.columns[number].codec
        if isinstance(codec, Levels | Numbers) and not isinstance(codec, Blank):
            codes[number] = codec.encode(cells).astype(np.int64)
    return codes


def _backward(model: PrivateModel, fine: dict[int, Array]) -> bool:
    return any(rule.target in fine and rule.source not in fine for rule in model.rules)


def _candidates(
    model: PrivateModel, fine: dict[int, Array], rows: int, count: int, random: np.random.Generator, temperature: float
) -> tuple[Draw, Array]:
    """`count` candidates for every record, side by side, and their weights (rows by count)."""
    held = {column: np.repeat(codes, count) for column, codes in fine.items()}
    draw, logs = Draw({}, {}, np.zeros(rows * count)), np.zeros(rows * count)
    for column in model.order:
        groups = model.columns[column].groups
        assert groups is not None
        if column in held:
            shares = _soft_shares(model, column, draw, rows * count)
            draw.groups[column] = groups.of[held[column]]
            logs += np.log(np.maximum(shares[np.arange(rows * count), draw.groups[column]], _FLOOR))
            continue
        shares = group_shares(model.columns[column], draw.groups, rows * count, temperature)
        allowed = _allowed(model, column, held)
        if allowed is not None:
            draw.fine[column], logs = _bound_codes(groups.rows, groups.of[:-1], shares, allowed, logs, random)
            draw.groups[column] = groups.of[draw.fine[column]]
            continue
        draw.groups[column] = pick(shares, random)
    weights = logs.reshape(rows, count)
    return draw, np.asarray(np.exp(weights - weights.max(1, keepdims=True)))


def _soft_shares(model: PrivateModel, column: int, draw: Draw, rows: int) -> Array:
    """The chance of every group, of those too that are never made: a given value may be one."""
    node = model.columns[column].node
    assert node is not None
    logits = node.logits(draw.groups, rows).astype(np.float64)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shares / shares.sum(1, keepdims=True))


def _allowed(model: PrivateModel, source: int, held: dict[int, Array]) -> Array | None:
    """Which fine codes of a source fit the given columns that follow from it (records by codes); None where nothing is bound."""
    allowed: Array | None = None
    for rule in model.rules:
        if rule.source == source and rule.target in held:
            fits = rule.codes[None, :] == held[rule.target][:, None]
            fits |= ~fits.any(1, keepdims=True)
            allowed = fits if allowed is None else allowed & fits
    return allowed


def _bound_codes(rows: Array, of: Array, shares: Array, allowed: Array, logs: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Fine codes drawn among the allowed ones, and the log weights with the chance that one of these would have been drawn."""
    inside = rows / np.maximum(np.bincount(of, rows, minlength=shares.shape[1])[of], 1e-300)
    chance = shares[:, of] * inside * allowed
    chance = np.where(chance.sum(1, keepdims=True) > 0, chance, allowed * 1e-300 + _FLOOR * allowed)
    chance = np.where(chance.sum(1, keepdims=True) > 0, chance, 1.0)
    return pick(chance, random), logs + np.log(np.maximum(chance.sum(1), _FLOOR))


def _some(draw: Draw, rows: Array) -> Draw:
    return Draw(
        {column: codes[rows] for column, codes in draw.groups.items()},
        {column: codes[rows] for column, codes in draw.fine.items()},
        draw.score[rows],
    )
