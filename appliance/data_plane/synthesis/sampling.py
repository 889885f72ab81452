"""Making records: columns one after another, every record through the trees, decoded and filtered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec, Coded, EmptyCodec, NumberCodec, arrow_type
from appliance.data_plane.synthesis.filters import (
    OUTLIER_SHARE,
    TextMarks,
)
from appliance.data_plane.synthesis.identifiers import MarkTest, PatternCodec, draw_identifiers
from appliance.data_plane.synthesis.nearness import near_copies
from appliance.data_plane.synthesis.relations import Bound, excess_of
from appliance.data_plane.synthesis.tree_model import ColumnModel, TreeModel
from appliance.data_plane.tables.schema import Table

CHUNK = 65_536
REDRAWS = 8
"""Times a column is drawn again where it breaks a relation; records that break it still are dropped."""


ROUNDS = 10
"""Rounds of drawing again what was refused, unless the configuration says otherwise."""


class Request(msgspec.Struct, frozen=True):
    """What is asked of one sampling, beside the number of records. `rounds`: how often what was refused is drawn again; `most_invalid`:
    refused records that end the job, None: no such end. `target`: the column and the shares that its values shall have, as the
    configuration has them."""

    seed: int
    temperature: float = 1.0
    outliers: str | None = None
    similarity: str | None = None
    rounds: int = ROUNDS
    most_invalid: int | None = None
    target: dict[str, Any] | None = None


class Draw(msgspec.Struct):
    """Records in codes, by column number, and their log likelihood."""

    codes: dict[int, Array]
    fractions: dict[int, Array]
    score: Array


def expected_loss(request: Request) -> float:
    """The share of drawn records that the filters drop by their construction: one in sixteen each, and the outliers."""
    share = OUTLIER_SHARE[request.outliers] if request.outliers else 0.0
    return 0.065 + share + (0.065 if request.similarity else 0.0)


def draw_records(model: TreeModel, rows: int, random: np.random.Generator, temperature: float = 1.0) -> Draw:
    """Records in codes, without conditions: those that the model's correction keeps."""
    if model.correction is None or not rows or temperature != 1.0:
        return draw_columns(model, rows, random, temperature)
    parts, found, drawn = [], 0, 0
    while found < rows:
        size = 16 + int(1.02 * (rows - found) * (drawn + 2) / (found + 1))
        draw = draw_columns(model, min(size, rows + 1000), random, temperature)
        kept = np.log(random.random(len(draw.score))) < model.correction.log_chance(draw.codes, len(draw.score))
        parts.append(taken(draw, np.flatnonzero(kept)[: rows - found]))
        found, drawn = found + len(parts[-1].score), drawn + len(kept)
    return _joined(parts)


def draw_columns(model: TreeModel, rows: int, random: np.random.Generator, temperature: float = 1.0) -> Draw:
    """Records in codes as the columns' trees make them."""
    draw = Draw({}, {}, np.zeros(rows))
    for column in model.order:
        make_column(model, draw, column, rows, random, temperature)
    return draw


def taken(draw: Draw, rows: Array) -> Draw:
    """Some records of a draw."""
    codes = {column: values[rows] for column, values in draw.codes.items()}
    fractions = {column: values[rows] if len(values) else values for column, values in draw.fractions.items()}
    return Draw(codes, fractions, draw.score[rows])


def _joined(parts: Sequence[Draw]) -> Draw:
    """Draws one after another."""
    codes = {column: np.concatenate([part.codes[column] for part in parts]) for column in parts[0].codes}
    fractions = {column: np.concatenate([part.fractions[column] for part in parts]) for column in parts[0].fractions}
    return Draw(codes, fractions, np.concatenate([part.score for part in parts]))


def make_column(
    model: TreeModel, draw: Draw, column: int, rows: int, random: np.random.Generator, temperature: float, held: Sequence[int] = ()
) -> None:
    """Makes one column of a draw: by its rule where its source is there, else by its trees; then sets right what follows from it."""
    rule = next((rule for rule in model.rules if rule.target == column and rule.source in draw.codes), None)
    if rule is not None:
        draw.codes[column], draw.fractions[column] = rule.codes[draw.codes[rule.source]], np.zeros(0)
        return
    positions = number_positions(model, column, draw)
    coded, score = draw_column(model.columns[column], draw.codes, positions, rows, random, temperature)
    draw.codes[column], draw.fractions[column] = coded.codes, coded.fractions
    _draw_again(model, draw, column, positions, score, random, temperature)
    draw.score += score
    for rule in model.rules:
        if rule.source == column and rule.target in draw.codes and rule.target not in held:
            draw.codes[rule.target] = rule.codes[coded.codes]


def _draw_again(
    model: TreeModel,
    draw: Draw,
    column: int,
    positions: Mapping[int, Array],
    score: Array,
    random: np.random.Generator,
    temperature: float,
) -> None:
    """Draws a column again where it breaks a relation to columns that are there already, a few times."""
    relations, codec = model.relations, model.columns[column].codec
    checks = [check for check in relations.checks if column in (needed := relations.needs(check)) and needed <= draw.codes.keys()]
    for check in checks:
        if isinstance(check, Bound) and check.ties:
            _tie(model, draw, column, check)
    for _ in range(REDRAWS if checks else 0):
        broken = np.zeros(len(score), bool)
        for check in checks:
            broken |= relations.broken(check, lambda place: decode_column(model, draw, place))
        some = np.flatnonzero(broken)
        if not len(some):
            return
        codes = {place: values[some] for place, values in draw.codes.items() if place != column}
        near = {place: values[some] for place, values in positions.items()}
        coded, score[some] = draw_column(model.columns[column], codes, near, len(some), random, temperature)
        draw.codes[column][some] = coded.codes
        if isinstance(codec, NumberCodec):
            draw.fractions[column][some] = coded.fractions


def _tie(model: TreeModel, draw: Draw, column: int, bound: Bound) -> None:
    """Sets the values that miss a bound by least to the other column's, until as large a share is equal as in training."""
    codec, other = model.columns[column].codec, bound.low + bound.high - column
    linked = {link.target for link in model.relations.links} & {bound.low, bound.high}
    if linked or column not in (bound.low, bound.high) or not isinstance(codec, NumberCodec) or {column, other} - draw.codes.keys():
        return
    low, high = (decode_column(model, draw, place) for place in (bound.low, bound.high))
    excess, present = excess_of(low, high)
    broken = np.flatnonzero(present & (excess > 0))
    wanted = int(bound.ties * present.sum()) - int((present & (excess == 0)).sum())
    some = broken[np.argsort(excess[broken], kind="stable")[: max(wanted, 0)]]
    coded = codec.encode(
        _as_kind(high if column == bound.low else low, codec, pc.floor if column == bound.low else pc.ceil).take(pa.array(some))
    )
    draw.codes[column][some], draw.fractions[column][some] = coded.codes, coded.fractions


def _as_kind(values: pa.Array, codec: NumberCodec, rounded: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Numbers in the type of a column; a whole number on the right side where they are none."""
    wanted = arrow_type(codec.kind)
    return (rounded(values) if pa.types.is_floating(values.type) and pa.types.is_integer(wanted) else values).cast(wanted)


def broken_records(model: TreeModel, draw: Draw, rows: int) -> Array:
    """Which records break a relation that holds in every training row."""
    broken = np.zeros(rows, bool)
    for check in model.relations.checks:
        if model.relations.needs(check) <= draw.codes.keys():
            broken |= model.relations.broken(check, lambda place: decode_column(model, draw, place))
    return broken


def decode_column(model: TreeModel, draw: Draw, place: int) -> pa.Array:
    """A column of the engine that was drawn as arrow array; a link's target is its difference."""
    codec, codes, fractions = model.columns[place].codec, draw.codes[place], draw.fractions[place]
    assert not isinstance(codec, PatternCodec)
    return codec.decode(codes, fractions if len(fractions) else np.zeros(len(codes)))


def number_positions(model: TreeModel, column: int, draw: Draw) -> dict[int, Array]:
    """Ranks of the numeric columns that a column's numbers lean on."""
    positions = {}
    for other in sorted({c for sketch in model.columns[column].sketches for c in sketch.lean.columns}):
        codec = model.columns[other].codec
        if isinstance(codec, NumberCodec):
            fractions = draw.fractions[other]
            positions[other] = codec.scale.position(
                draw.codes[other], fractions if len(fractions) else np.full(len(draw.codes[other]), 0.5)
            )
    return positions


def draw_column(
    model: ColumnModel,
    codes: Mapping[int, Array],
    positions: Mapping[int, Array],
    rows: int,
    random: np.random.Generator,
    temperature: float,
) -> tuple[Coded, Array]:
    """Codes of one column for every record, from one of its trees each, and their log likelihood."""
    assert not isinstance(model.codec, PatternCodec)
    which = random.integers(0, len(model.trees), rows) if len(model.trees) > 1 else np.zeros(rows, np.int64)
    out, fractions, scores = np.zeros(rows, np.int32), np.zeros(rows), np.zeros(rows)
    for number, (tree, sketch) in enumerate(zip(model.trees, model.sketches, strict=True)):
        some = np.flatnonzero(which == number) if len(model.trees) > 1 else np.arange(rows)
        taken = {int(c): codes[int(c)][some] if len(model.trees) > 1 else codes[int(c)] for c in tree.column}
        leaf = tree.route(taken, len(some))
        near = {column: values[some] for column, values in positions.items() if column in sketch.lean.columns}
        symbols, places, score = sketch.draw(leaf, sketch.tempered(temperature), near, random)
        out[some], fractions[some], scores[some] = *_codes(model.codec, symbols, places), score
    return Coded(out, fractions if isinstance(model.codec, NumberCodec) else np.zeros(0)), scores


def _codes(codec: Codec, symbols: Array, places: Array) -> tuple[Array, Array]:
    """Symbols of a sketch as codes: light numbers take the code at their place of the light scale."""
    fractions = np.zeros(len(symbols))
    if isinstance(codec, NumberCodec):
        light = symbols == codec.size + 1
        symbols = symbols.copy()
        symbols[light], fractions[light] = codec.scale.locate(places[light])
    return symbols, fractions


def decode_records(model: TreeModel, draw: Draw, rows: int, *, coded: bool = False) -> Table:
    """A draw as a table; identifier columns are left empty. `coded`: categories as dictionary arrays."""
    arrays = []
    written = {text.column for text in model.texts}
    for number, (schema, column) in enumerate(zip(model.schema.columns, model.columns, strict=True)):
        if isinstance(column.codec, PatternCodec):
            arrays.append(pa.nulls(rows, pa.int64() if column.codec.integer else pa.string()))
        elif isinstance(column.codec, EmptyCodec):
            arrays.append(pa.nulls(rows, arrow_type(schema.kind)))
        elif coded and isinstance(column.codec, CategoryCodec) and number not in written:
            arrays.append(column.codec.decode_coded(draw.codes[number]))
        else:
            arrays.append(decode_column(model, draw, number))
    arrays = [model.relations.value(place, arrays.__getitem__) for place in range(len(arrays))]
    return Table(model.schema, pa.Table.from_arrays(arrays, names=list(model.schema.names)))


def with_identifiers(model: TreeModel, data: pa.Table, seed: int, given: Mapping[str, pa.Array]) -> Table:
    """The table with its identifier columns made for all records at once (so that they are unique), or as `given`."""
    for number, (name, column) in enumerate(zip(model.schema.names, model.columns, strict=True)):
        if isinstance(column.codec, PatternCodec):
            test = TextMarks(column.marks) if column.marks is not None else MarkTest()
            made = given.get(name)
            if made is None:
                made = draw_identifiers(column.codec, data.num_rows, test, generator(seed, 12, number))
            data = data.set_column(number, name, made)
    return Table(model.schema, data)


def valid_records(model: TreeModel, draw: Draw, request: Request) -> Array:
    """Which records pass the similarity and the outlier filter, where they were asked for."""
    keep = np.ones(len(draw.score), bool)
    if request.similarity:
        keep &= ~near_copies(model, draw.codes, draw.fractions, request.similarity)
    if request.outliers and len(keep):
        keep &= draw.score >= np.quantile(draw.score, OUTLIER_SHARE[request.outliers])
    return keep
