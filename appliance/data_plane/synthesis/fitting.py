"""Fitting the sequential-tree engine to a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.constraints import with_constraints
from appliance.data_plane.synthesis.correction import CORRECTED_ROWS, SCREEN_ROWS, SCREEN_TREES, TREES, fit_correction
from appliance.data_plane.synthesis.domain import within_domain
from appliance.data_plane.synthesis.encoding import Codec, Coded, EmptyCodec, NumberCodec, fit_codec, whole
from appliance.data_plane.synthesis.filters import CopyFilter, make_copy_filter, make_marks, text_hashes
from appliance.data_plane.synthesis.growth import Grown, grow
from appliance.data_plane.synthesis.identifiers import PatternCodec, fit_pattern
from appliance.data_plane.synthesis.leaves import Sketch, fit_sketch
from appliance.data_plane.synthesis.nearness import near_marks
from appliance.data_plane.synthesis.options import EngineOptions, Note
from appliance.data_plane.synthesis.order import Rule, choose_predictors, column_order, find_rules
from appliance.data_plane.synthesis.relation_search import find_relations
from appliance.data_plane.synthesis.relations import with_differences
from appliance.data_plane.synthesis.sampling import draw_records
from appliance.data_plane.synthesis.targets import column_target
from appliance.data_plane.synthesis.text_fitting import with_text_classes
from appliance.data_plane.synthesis.tree_model import ColumnModel, TreeModel
from appliance.data_plane.tables.memory import release_unused
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

CROSS_ROWS = 3000
"""Tables of fewer rows get three trees a column, each grown on two thirds and pruned on the remaining one, and mix them."""

GROWN_ROWS = 180_000
"""Trees are grown from at most so many rows, drawn at random: a census of more gains nothing that is seen and costs memory."""

CROSS_COLUMNS = 100
"""Wider tables get one tree a column: what a single column's trees get wrong is lost among so many."""

Progress = Callable[[str, int, int, float], None]


class _Columns(msgspec.Struct, frozen=True):
    """The table in codes: what the trees are grown from."""

    schema: TableSchema
    codecs: tuple[Codec, ...]
    coded: tuple[Coded, ...]
    predictors: dict[int, list[int]]
    folds: Array
    ranks: dict[int, Array]


def fit(table: Table, options: EngineOptions | None = None, progress: Progress | None = None) -> TreeModel:
    """Trains on a table. `progress(column, done, total, loss)` is called after every column, from this thread; `loss` is the share of
    the column's squared error that its tree leaves on rows it was not grown on. Raises DataRefused for seed columns that are not there."""
    chosen = options or EngineOptions()
    kept, ranges, outside = within_domain(_kept_columns(table, chosen), chosen)
    relations = find_relations(_made(kept, chosen), [kept.schema.names.index(n) for n in chosen.seed_columns if n in kept.schema.names])
    relations, broken = with_constraints(msgspec.structs.replace(relations, ranges=ranges), kept, chosen)
    learnt = with_differences(kept, relations)
    source = _fast_rows(learnt, chosen) if chosen.effort == "fast" else learnt
    source, texts, told = with_text_classes(source, chosen.seed)
    patterns = {place: fit_pattern(whole(source.data.column(place))) for place in _identifiers(source)}
    fitted = [_fit_column(source, place, place in patterns, chosen) for place in range(len(source.schema.columns))]
    codecs, coded = tuple(f[0] for f in fitted), tuple(f[1] for f in fitted)
    drawn = (Note("", f"the trees are grown from {GROWN_ROWS:,} of the {source.rows:,} rows"),) if source.rows > GROWN_ROWS else ()
    notes = (*drawn, *outside, *broken, *told, *(Note(name, f[2]) for name, f in zip(source.schema.names, fitted, strict=True) if f[2]))
    modelled = [place for place, codec in enumerate(codecs) if not isinstance(codec, EmptyCodec)]
    codes = [column.codes for column in coded]
    context = [place for place in modelled if source.schema.names[place] in chosen.context]
    seeds = [source.schema.names.index(name) for name in chosen.seed_columns if source.schema.names.index(name) in modelled]
    seeds = [*context, *seeds]
    rules = [rule for rule in find_rules(codecs, codes, modelled, seeds) if rule.target not in context]
    order = column_order(codecs, codes, seeds, modelled)
    useful = [column for column in order if len(np.unique(codes[column])) > 1]
    predictors = choose_predictors(codecs, codes, useful, chosen.predictors if chosen.effort != "fast" else min(12, chosen.predictors))
    predictors |= {place: [] for place in context}
    numbers = generator(chosen.seed, 1).permutation(source.rows)
    some = np.flatnonzero(numbers < GROWN_ROWS)
    coded = tuple(_rows(column, some) for column in coded) if len(some) < source.rows else coded
    del codes, fitted  # a census in codes takes a hundred megabytes
    folds = numbers[some] % 3
    columns = _Columns(source.schema, codecs, coded, predictors, folds, _ranks(codecs, coded, modelled))
    grown, losses = _grow_all(columns, order, rules, chosen, progress)
    models = tuple(_column_model(source, place, codecs, patterns, grown, chosen) for place in range(len(codecs)))
    near = near_marks(codecs, source, modelled, chosen.seed)
    model = TreeModel(
        source.schema,
        models,
        tuple(order),
        tuple(rules),
        _copies(kept, models, chosen, frozenset(text.column for text in texts)),
        near,
        source.rows,
        chosen.seed,
        losses,
        notes,
        relations=relations,
        texts=texts,
    )
    return model if context or chosen.effort == "fast" else _corrected(model, columns)


def _corrected(model: TreeModel, columns: _Columns) -> TreeModel:
    """The model with what it needs to thin out records that it makes too often; a quick look first, because most need nothing."""
    release_unused()
    random, correction = generator(model.seed, 6), None
    chosen, seed = random.permutation(len(columns.folds)), int(random.integers(2**31))
    looks = ((SCREEN_ROWS, SCREEN_TREES), (CORRECTED_ROWS, TREES))
    for most, trees in looks if model.trained_rows > 2 * SCREEN_ROWS else looks[1:]:
        rows = np.sort(chosen[:most])
        made = draw_records(model, len(rows), random).codes
        real = {column: columns.coded[column].codes[rows] for column in made}
        correction = fit_correction(columns.codecs, real, made, seed, trees)
        if correction is None:
            break
    return msgspec.structs.replace(model, correction=correction)


def _kept_columns(table: Table, options: EngineOptions) -> Table:
    missing = [name for name in options.seed_columns if name not in table.schema.names]
    if missing:
        raise DataRefused(f"The configuration names the seed column {missing[0]!r}, but the table has no such column.")
    dropped = set(options.drop_columns)
    if not dropped:
        return table
    columns = tuple(column for column in table.schema.columns if column.name not in dropped)
    return Table(TableSchema(columns, table.schema.file), table.data.select([column.name for column in columns]))


def _made(table: Table, options: EngineOptions) -> Table:
    """The columns that are made, not given."""
    count = len(table.schema.columns) - len(options.context)
    return Table(TableSchema(table.schema.columns[:count], table.schema.file), table.data.select(range(count)))


def _fast_rows(table: Table, options: EngineOptions) -> Table:
    if table.rows <= options.fast_rows:
        return table
    chosen = np.sort(generator(options.seed, 3).permutation(table.rows)[: options.fast_rows])
    return Table(table.schema, table.data.take(chosen))


def _identifiers(table: Table) -> list[int]:
    columns = table.schema.columns
    return [p for p, c in enumerate(columns) if c.kind is ColumnKind.IDENTIFIER and table.data.column(p).null_count < table.rows]


def _fit_column(table: Table, place: int, pattern: bool, options: EngineOptions) -> tuple[Codec, Coded, str]:
    schema, column = table.schema.columns[place], whole(table.data.column(place))
    if pattern:
        codec = EmptyCodec(schema.kind)
        return codec, codec.encode(column), ""
    return fit_codec(schema, column, options.categories.get(schema.name, ()))


def _grow_all(
    columns: _Columns, order: Sequence[int], rules: Sequence[Rule], options: EngineOptions, progress: Progress | None
) -> tuple[dict[int, ColumnModel], Array]:
    """Every column's trees; the result does not depend on the number of threads, because every column has its own randomness."""
    place_of = {column: place for place, column in enumerate(order)}
    follows = {rule.target for rule in rules if place_of[rule.source] < place_of[rule.target]}
    losses = np.zeros(len(columns.codecs), np.float32)
    grown: dict[int, ColumnModel] = {}
    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        waiting = {
            column: pool.submit(_grow_column, columns, column, place_of[column], options) for column in order if column not in follows
        }
        for done, column in enumerate(order, 1):
            if column in waiting:
                grown[column], losses[column] = waiting.pop(column).result()
            if progress is not None:
                progress(columns.schema.names[column], done, len(order), float(losses[column]))
    return grown, losses


def _grow_column(columns: _Columns, column: int, place: int, options: EngineOptions) -> tuple[ColumnModel, float]:
    """The trees and sketches of one column, and the mean share of squared error left on judging rows."""
    codec, coded = columns.codecs[column], columns.coded[column]
    predictors = [(p, columns.codecs[p], columns.coded[p].codes) for p in columns.predictors.get(column, [])]
    random = generator(options.seed, 2, column)
    positions = _positions(columns, column)
    target = column_target(codec, coded.codes, [(codec, codes) for _, codec, codes in predictors])
    counted = coded.codes <= codec.size
    rows = int(counted.sum())
    small = rows < CROSS_ROWS and len(columns.codecs) <= CROSS_COLUMNS
    folds = (0, 1, 2) if small and options.effort != "fast" else (place % 3,)
    least = max(5, min(options.leaf_rows, rows // 20)) * (2 if options.effort == "fast" else 1)
    trees: list[Grown] = []
    for fold in folds:
        growing = np.flatnonzero(counted & (columns.folds != fold))
        judging = np.flatnonzero(counted & (columns.folds == fold))
        trees.append(grow(target, predictors, growing, judging, least, int(random.integers(2**31))))
    sketches = tuple(_sketch(columns, column, grown, positions, random) for grown in trees)
    return ColumnModel(codec, tuple(grown.tree for grown in trees), sketches), float(np.mean([grown.loss for grown in trees]))


def _positions(columns: _Columns, column: int) -> dict[int, Array]:
    """Ranks of the earlier numeric columns; empty where the column itself is not numeric."""
    if not isinstance(columns.codecs[column], NumberCodec):
        return {}
    return {other: columns.ranks[other] for other in columns.predictors.get(column, []) if other in columns.ranks}


def _ranks(codecs: Sequence[Codec], coded: Sequence[Coded], modelled: Sequence[int]) -> dict[int, Array]:
    """The ranks of every numeric column."""
    numbers = [(place, codec) for place in modelled if isinstance(codec := codecs[place], NumberCodec)]
    return {place: codec.scale.position(coded[place].codes, coded[place].fractions).astype(np.float32) for place, codec in numbers}


def _sketch(columns: _Columns, column: int, grown: Grown, positions: dict[int, Array], random: np.random.Generator) -> Sketch:
    coded = _rows(columns.coded[column], grown.rows)
    near = {other: ranks[grown.rows] for other, ranks in positions.items()}
    return fit_sketch(grown.leaf, grown.tree.leaves, columns.codecs[column], coded, near, random)


def _rows(coded: Coded, numbers: Array) -> Coded:
    return Coded(coded.codes[numbers], coded.fractions[numbers] if len(coded.fractions) else coded.fractions)


def _column_model(
    table: Table,
    place: int,
    codecs: Sequence[Codec],
    patterns: dict[int, PatternCodec],
    grown: dict[int, ColumnModel],
    options: EngineOptions,
) -> ColumnModel:
    if place not in patterns:
        return grown.get(place, ColumnModel(codecs[place]))
    texts = [str(value) for value in table.data.column(place).drop_null().to_pylist()]
    return ColumnModel(patterns[place], marks=make_marks(np.unique(text_hashes(texts)), _salt(options, place + 1)))


def _salt(options: EngineOptions, number: int) -> int:
    return int(generator(options.seed, 4, number).integers(2**63))


def _copies(table: Table, models: Sequence[ColumnModel], options: EngineOptions, texts: frozenset[int]) -> CopyFilter:
    """The copy filter over all rows and every column that carries values of the table; `texts` are made anew."""
    kept = [place for place, model in enumerate(models) if not isinstance(model.codec, PatternCodec | EmptyCodec) and place not in texts]
    return make_copy_filter(table, [table.schema.names[place] for place in kept], _salt(options, 0))
