"""Completing records from some of their columns, without the training rows.

Columns are made in the trained order. A given column is held at its value; how well that value fits what a candidate already holds is the
candidate's weight. Every record has several candidates; where few of them carry the weight they are drawn again by weight (a particle
filter: Gordon, Salmond, Smith 1993), and in the end one of those that may leave is drawn (`choosing`). Numbers fit by nearness on their
scale, not by equality."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.choosing import Candidates, Choice, Chosen, Given, shares_of
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec, Coded, EmptyCodec, NumberCodec, arrow_type, whole
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.leaves import Sketch
from appliance.data_plane.synthesis.relations import difference, implied_source
from appliance.data_plane.synthesis.sampling import (
    CHUNK,
    Draw,
    Request,
    broken_records,
    make_column,
    number_positions,
    with_identifiers,
)
from appliance.data_plane.synthesis.text_writing import with_texts
from appliance.data_plane.synthesis.tree_model import ColumnModel, Sampled, TreeModel
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

CANDIDATES = 32
REACH = 0.02
"""How far on the scale of a number (a share of all training rows) its neighbours still speak for it."""

FLOOR = 1e-4
SPARE = 4
"""Candidates where nothing needs weighing: enough to replace one that is refused."""


class Completed(msgspec.Struct, frozen=True):
    """Records and, for each, what is wrong with it (`choosing.FILTERED` and the like; 0: nothing)."""

    sampled: Sampled
    faults: Array


def complete_records(model: TreeModel, conditions: Table, request: Request) -> Sampled:
    """One record for every row of `conditions`, in their order, the given cells unchanged. A null that is given is a missing value.

    The filters of `request` hold for them; `notes` tell of records whose seeds leave no choice. Raises DataRefused for columns that the
    model does not have or cells that do not fit their column."""
    return complete(model, conditions, request).sampled


def complete(model: TreeModel, conditions: Table, request: Request) -> Completed:
    """`complete_records`, with the faults of every record."""
    given = {name: _given(model, conditions, name) for name in conditions.schema.names}
    held = _held(model, _engine_columns(model, given, generator(request.seed, 14)))
    choice = Choice(model, request, given)
    refuses = model.copies.columns or request.outliers or request.similarity or model.relations.checks or model.relations.unique
    count = CANDIDATES if _need_weights(model, held) else SPARE if refuses else 1
    size = max(CHUNK // count, 1)
    parts, spoke = [], 0.0
    for number, start in enumerate(range(0, conditions.rows, size)):
        rows = min(size, conditions.rows - start)
        some = {c: _slice(coded, start, rows) for c, coded in held.items()}
        part, heard = _completed(
            model, choice, some, {name: cells.slice(start, rows) for name, cells in given.items()}, count, request, number
        )
        parts.append(part)
        spoke += heard
    data = pa.concat_tables([part.data for part in parts]).combine_chunks() if parts else model.sample(0, request.seed).data
    table = with_texts(model.texts, with_identifiers(model, data, request.seed, given), (request.seed, 0), given)
    faults = np.concatenate([np.zeros(0, np.int8), *(part.faults for part in parts)])
    score = np.concatenate([np.zeros(0), *(part.score for part in parts)])
    effective = spoke / max(conditions.rows, 1)
    return Completed(Sampled(table, choice.invalid, effective, count, choice.notes(faults), score), faults)


def _completed(
    model: TreeModel, choice: Choice, held: dict[int, Coded], given: Given, count: int, request: Request, number: int
) -> tuple[Chosen, float]:
    """One chunk of records, and how many candidates spoke for all of them together. Records of which all candidates are refused get new
    ones, `request.rounds` times."""
    waiting = np.arange(len(next(iter(given.values()))))
    rounds = 1 if set(model.order) <= held.keys() else max(request.rounds, 1)
    parts: list[Chosen] = []
    spoke, border = 0.0, None
    for attempt in range(rounds):
        random = generator(request.seed, 13, number, attempt)
        some = {column: _take(coded, waiting) for column, coded in held.items()}
        draw, weights, heard = _candidates(model, some, len(waiting), count, random, request.temperature)
        if not attempt:
            spoke, border = float(heard.sum()), choice.border(draw, weights)
        filtered = choice.filtered(draw, border).reshape(weights.shape)
        cells = {name: column.take(pa.array(waiting)) for name, column in given.items()}
        found = choice.choose(Candidates(draw, weights, filtered), cells, random, last=attempt + 1 == rounds)
        parts += [msgspec.structs.replace(part, places=waiting[part.places]) for part in found]
        waiting = np.setdiff1d(waiting, np.concatenate([part.places for part in parts])) if parts else waiting
        if not len(waiting):
            break
    return _in_order(parts), spoke


def _in_order(parts: list[Chosen]) -> Chosen:
    places = np.concatenate([part.places for part in parts])
    order = np.argsort(places)
    data = pa.concat_tables([part.data for part in parts]).take(pa.array(order))
    faults, score = np.concatenate([part.faults for part in parts]), np.concatenate([part.score for part in parts])
    return Chosen(places[order], data, faults[order], score[order])


def _given(model: TreeModel, conditions: Table, name: str) -> pa.Array:
    """A given column in the type of the model's column."""
    if name not in model.schema.names:
        raise DataRefused(f"The seeds name the column {name!r}, which the model was not trained on.")
    column, codec = whole(conditions.data.column(name)), model.columns[model.schema.names.index(name)].codec
    kind = pa.int64() if isinstance(codec, PatternCodec) and codec.integer else arrow_type(model.schema.column(name).kind)
    try:
        return column if column.type == kind else column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataRefused(f"The seeds of column {name!r} do not fit its kind ({model.schema.column(name).kind.value}).") from None


def _engine_columns(model: TreeModel, given: dict[str, pa.Array], random: np.random.Generator) -> dict[str, pa.Array]:
    """The given columns as the engine makes them: of a text its length, of a link's target the difference to its source. Where the source
    was not given, it follows from the target and a difference drawn for it, and from nothing where the target is missing."""
    names, cells = model.schema.names, dict(given)
    linked = {link.target for link in model.relations.links}
    for link in reversed(model.relations.links):
        source, target = names[link.source], names[link.target]
        if target in cells and source not in cells:
            spans = cells[target] if not link.sign else _any_values(model.columns[link.target].codec, len(cells[target]), random)
            cells[source] = implied_source(link, cells[target], spans)
            if link.sign and link.source not in linked:
                cells[source] = pc.coalesce(cells[source], _any_values(model.columns[link.source].codec, len(spans), random))
    spanned = {
        names[link.target]: difference(link, cells[names[link.target]], cells[names[link.source]])
        for link in model.relations.links
        if names[link.target] in cells
    }
    classes = {names[text.column]: text.label(cells[names[text.column]]) for text in model.texts if names[text.column] in cells}
    return {**cells, **spanned, **classes}


def _any_values(codec: Codec | PatternCodec, count: int, random: np.random.Generator) -> pa.Array:
    """Values of a column as it has them on the whole."""
    if not isinstance(codec, NumberCodec):
        return pa.nulls(count, pa.timestamp("us"))
    mass = codec.scale.mass.astype(np.float64)
    return codec.decode(random.choice(codec.size, count, p=mass / mass.sum()), random.random(count))


def _held(model: TreeModel, given: dict[str, pa.Array]) -> dict[int, Coded]:
    """The given columns in codes, and what follows from them without doubt: the source of a rule where only one fits its target."""
    held: dict[int, Coded] = {}
    for name, cells in given.items():
        number = model.schema.names.index(name)
        codec = model.columns[number].codec
        if not isinstance(codec, PatternCodec | EmptyCodec):
            held[number] = codec.encode(cells)
    for rule in model.rules:
        if rule.target in held and rule.source not in held:
            source, target = model.columns[rule.source].codec, model.columns[rule.target].codec
            fits = np.bincount(rule.codes[: source.size], minlength=target.size + 2)
            if (fits <= 1).all():
                back = np.full(target.size + 2, source.size + 1, np.int32)
                back[rule.codes[: source.size]] = np.arange(source.size)
                held[rule.source] = Coded(back[held[rule.target].codes], np.zeros(0))
    return held


def _need_weights(model: TreeModel, held: dict[int, Coded]) -> bool:
    """False where the held columns are the first of the order: then nothing that was drawn has to fit them."""
    return any(c in held for c in model.order[len(held) :]) or any(c not in held for c in model.order[: len(held)])


def _slice(coded: Coded, start: int, rows: int) -> Coded:
    return Coded(coded.codes[start : start + rows], coded.fractions[start : start + rows])


def _take(coded: Coded, rows: Array) -> Coded:
    return Coded(coded.codes[rows], coded.fractions[rows] if len(coded.fractions) else coded.fractions)


def _candidates(
    model: TreeModel, held: dict[int, Coded], rows: int, count: int, random: np.random.Generator, temperature: float
) -> tuple[Draw, Array, Array]:
    """Candidates (`count` for every record, side by side), their weights, and by record the fewest that ever spoke for it."""
    draw, weights, heard = Draw({}, {}, np.zeros(rows * count)), np.zeros((rows, count)), np.full(rows, float(count))
    for column in model.order:
        if column not in held:
            make_column(model, draw, column, rows * count, random, temperature, tuple(held))
            continue
        coded = Coded(np.repeat(held[column].codes, count), np.repeat(held[column].fractions, count))
        if count > 1:
            weights += _fit_weight(model, column, coded, draw).reshape(rows, count)
            heard = np.minimum(heard, _effective(weights))
            _redraw(draw, weights, random)
        draw.codes[column], draw.fractions[column] = coded.codes, coded.fractions
    if count > 1:
        weights += _rule_weight(model, held, draw).reshape(rows, count)
        weights += np.where(broken_records(model, draw, rows * count), np.log(FLOOR), 0.0).reshape(rows, count)
        heard = np.minimum(heard, _effective(weights))
        if model.correction is not None:
            weights += model.correction.log_chance(draw.codes, rows * count).reshape(rows, count)
    return draw, weights, heard


def _fit_weight(model: TreeModel, column: int, coded: Coded, draw: Draw) -> Array:
    """Log likelihood of a held value given what each candidate already holds."""
    for rule in model.rules:
        if rule.target == column and rule.source in draw.codes:
            return np.where(rule.codes[draw.codes[rule.source]] == coded.codes, 0.0, np.log(FLOOR))
    part: ColumnModel = model.columns[column]
    total, positions = np.zeros(len(coded.codes)), number_positions(model, column, draw)
    for tree, sketch in zip(part.trees, part.sketches, strict=True):
        leaf = tree.route([draw.codes.get(c, np.zeros(0)) for c in range(len(model.columns))], len(coded.codes))
        if isinstance(part.codec, NumberCodec):
            light = np.r_[~part.codec.scale.heavy, False, False][coded.codes]
            symbols = np.where(light, part.codec.size + 1, coded.codes)
            total += sketch.symbol_likelihood(leaf, symbols) * _nearness(part.codec, sketch, leaf, coded, light, positions)
        else:
            total += sketch.symbol_likelihood(leaf, coded.codes)
    fits = np.log(np.maximum(total / len(part.trees), FLOOR))
    return np.where(coded.codes > part.codec.size, 0.0, fits) if isinstance(part.codec, CategoryCodec) else fits


def _nearness(codec: NumberCodec, sketch: Sketch, leaf: Array, coded: Coded, light: Array, positions: dict[int, Array]) -> Array:
    """Density of the leaf's light numbers around the held one; 1 for heavy and missing ones."""
    near = np.ones(len(leaf))
    rows = np.flatnonzero(light)
    if len(rows):
        codes, border = coded.codes[rows], codec.scale.light
        atom = codec.scale.low[codes] == codec.scale.high[codes]
        places = border[codes] + np.where(atom, 0.5, coded.fractions[rows]) * (border[codes + 1] - border[codes])
        near[rows] = sketch.light_density(leaf[rows], places, {column: values[rows] for column, values in positions.items()}, REACH)
    return near


def _rule_weight(model: TreeModel, held: dict[int, Coded], draw: Draw) -> Array:
    """What contradicts a held column by a rule (its source was made later) loses nearly all weight."""
    weight = np.zeros(len(draw.score))
    place = {column: at for at, column in enumerate(model.order)}
    for rule in model.rules:
        if rule.target in held and rule.source not in held and place[rule.source] > place[rule.target]:
            weight += np.where(rule.codes[draw.codes[rule.source]] == draw.codes[rule.target], 0.0, np.log(FLOOR))
    return weight


def _effective(weights: Array) -> Array:
    return np.asarray(1.0 / (shares_of(weights) ** 2).sum(1))


def _redraw(draw: Draw, weights: Array, random: np.random.Generator) -> None:
    """Draws the candidates of a record again, by weight and evenly spaced, where fewer than half of them speak for it."""
    rows, count = weights.shape
    poor = np.flatnonzero(_effective(weights) < count / 2)
    if not len(poor):
        return
    border = np.cumsum(shares_of(weights[poor]), 1)
    point = (random.random((len(poor), 1)) + np.arange(count)) / count
    chosen = np.minimum((border[:, None, :] <= point[:, :, None]).sum(2), count - 1)
    source = np.arange(rows * count)
    source[(poor[:, None] * count + np.arange(count)).ravel()] = (poor[:, None] * count + chosen).ravel()
    for table in (draw.codes, draw.fractions):
        for column, values in table.items():
            table[column] = values[source] if len(values) else values
    draw.score = draw.score[source]
    weights[poor] = 0.0
