"""Records whose target column has wanted shares instead of those of the training data.

The target's values are not drawn: every chunk of records has a quota of each, the quotas of all chunks together are exact. Where the model
makes the target first (as it does when the shares are known at training) the rest of a record is drawn from it like any other record, and
passes the same filters. Otherwise records are completed from it by candidates, as from seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.conditions import complete
from appliance.data_plane.synthesis.domain import number_of
from appliance.data_plane.synthesis.encoding import CategoryCodec, Coded, NumberCodec
from appliance.data_plane.synthesis.sampling import Draw, Request, draw_records, make_column, taken
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

MEASURED = 20_000
"""Records from which the shares of the values without a wanted share are told."""


class Balance(msgspec.Struct, frozen=True):
    """What is wanted of one sampling: the target's place, its codes and how many records of `count` shall have each."""

    place: int
    codes: tuple[int, ...]
    quotas: tuple[int, ...]

    @property
    def count(self) -> int:
        return sum(self.quotas)

    def chunk(self, number: int, size: int) -> Array:
        """The codes of chunk `number` of `size` records, evenly mixed; the first records of a chunk have the wanted shares as well."""
        left = np.asarray(self.quotas, np.int64)
        for _ in range(number):
            left = left - _rounded(left, min(size, int(left.sum())))
        mine = _rounded(left, min(size, int(left.sum())))
        places = np.concatenate([(np.arange(quota) + 0.5) / quota for quota in mine.tolist() if quota] or [np.zeros(0)])
        return np.repeat(np.asarray(self.codes, np.int32), mine)[np.argsort(places, kind="stable")]


def _rounded(weights: Array, total: int) -> Array:
    """Whole numbers in proportion to weights that add up to `total` (largest remainders)."""
    exact = weights * (total / max(float(weights.sum()), 1e-300))
    whole = np.floor(exact + 1e-9).astype(np.int64)
    missing = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return whole


def find_balance(model: TreeModel, target: Mapping[str, Any], count: int, seed: int) -> Balance:
    """The quotas of a configuration's `target`. Raises DataRefused for a column or a value that the model does not make."""
    name, shares = str(target["column"]), dict(target["shares"])
    if name not in model.schema.names:
        raise DataRefused(f"The target names the column {name!r}, which the model was not trained on.")
    place = model.schema.names.index(name)
    if place not in model.order:
        raise DataRefused(f"The target column {name!r} has no values of its own in the model: it is a key, empty, or computed from others.")
    codes = [_code(model, place, value, number) for number, value in enumerate(shares)]
    wanted = dict(zip(codes, map(float, shares.values()), strict=True))
    rest = 1.0 - sum(wanted.values())
    if rest > 1e-6:
        wanted |= _rest(model, place, set(codes), rest, seed)
    listed = [code for code, share in wanted.items() if share > 0]
    return Balance(place, tuple(listed), tuple(_rounded(np.asarray([wanted[code] for code in listed]), count).tolist()))


def _code(model: TreeModel, place: int, value: str, number: int) -> int:
    codec, schema = model.columns[place].codec, model.schema.columns[place]
    if isinstance(codec, CategoryCodec):
        texts = {schema.format.true: "true", schema.format.false: "false"} if codec.boolean else {}
        text = texts.get(value, value.lower() if codec.boolean else value)
        if text in codec.levels:
            return codec.levels.index(text)
    if isinstance(codec, NumberCodec):
        cell = _cell(number_of(_typed(value, schema.kind), schema.kind), schema.kind)
        code = int(codec.encode(cell).codes[0])
        atom = code < codec.size and codec.scale.low[code] == codec.scale.high[code]
        if atom and codec.decode(np.asarray([code]), np.zeros(1)).equals(cell):
            return code
    raise DataRefused(
        f"Value {number + 1} of the target's shares is none that the model can make in the column {schema.name!r}: "
        "too few training rows hold it, or none."
    )


def _typed(value: str, kind: ColumnKind) -> object:
    try:
        return value if kind is ColumnKind.DATETIME else float(value)
    except ValueError:
        return None


def _cell(value: float | None, kind: ColumnKind) -> pa.Array:
    if kind is ColumnKind.NUMERIC:
        return pa.array([value], pa.float64())
    whole = pa.array([None if value is None else int(value)], pa.int64())
    return whole.cast(pa.timestamp("us")) if kind is ColumnKind.DATETIME else whole


def _rest(model: TreeModel, place: int, listed: set[int], share: float, seed: int) -> dict[int, float]:
    """Shares of the other values, in the proportion in which the model makes them; none where it makes no others."""
    codes = draw_records(model, MEASURED, generator(seed, 16)).codes[place]
    values, counts = np.unique(codes[~np.isin(codes, list(listed))], return_counts=True)
    return dict(zip(values.tolist(), (share * counts / max(int(counts.sum()), 1)).tolist(), strict=True))


def is_first(model: TreeModel, place: int) -> bool:
    """Whether the model makes the column before all others, so that records can simply be drawn from it."""
    return model.order[0] == place


def draw_from(model: TreeModel, place: int, codes: Array, random: np.random.Generator, temperature: float) -> Draw:
    """Records drawn from given codes of the first column; fewer than codes, by the model's correction."""
    draw = Draw({}, {}, np.zeros(len(codes)))
    number = isinstance(model.columns[place].codec, NumberCodec)
    held = Coded(codes, random.random(len(codes)) if number else np.zeros(0))
    draw.codes[place], draw.fractions[place] = held.codes, held.fractions
    for column in model.order[1:]:
        make_column(model, draw, column, len(codes), random, temperature, (place,))
    keep = np.ones(len(codes), bool)
    for rule in model.rules:
        if rule.target == place:
            keep &= rule.codes[draw.codes[rule.source]] == codes
    if model.correction is not None and temperature == 1.0 and len(codes):
        keep &= np.log(random.random(len(codes))) < model.correction.log_chance(draw.codes, len(codes))
    return taken(draw, np.flatnonzero(keep))


def complete_from(model: TreeModel, place: int, codes: Array, request: Request, path: tuple[int, int]) -> tuple[pa.Table, Array]:
    """Records completed from given codes of any column, and the codes of those that may leave; no others come back."""
    schema = model.schema.columns[place]
    codec = model.columns[place].codec
    assert isinstance(codec, CategoryCodec | NumberCodec)
    random = generator(request.seed, 17, *path)
    cells = codec.decode(codes, random.random(len(codes)))
    conditions = Table(TableSchema((schema,), model.schema.file), pa.table({schema.name: cells}))
    own = msgspec.structs.replace(request, seed=int(random.integers(2**53)))
    completed = complete(model, conditions, own)
    good = np.flatnonzero(completed.faults == 0)
    return completed.sampled.table.data.take(pa.array(good)), codes[good]


def within_quota(codes: Array, missing: Mapping[int, int]) -> Array:
    """Which records are needed: of every code the first so many as are missing."""
    keep = np.zeros(len(codes), bool)
    for code, count in missing.items():
        keep[np.flatnonzero(codes == code)[:count]] = True
    return keep


def in_order(found: Array, wanted: Array) -> Array:
    """The places of found records in the order of wanted codes, those that were not found left out."""
    queue = {code: iter(np.flatnonzero(found == code).tolist()) for code in np.unique(found).tolist()}
    places = (next(queue[code], -1) if code in queue else -1 for code in wanted.tolist())
    return np.asarray([place for place in places if place >= 0], np.int64)
