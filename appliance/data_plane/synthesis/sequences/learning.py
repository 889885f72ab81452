"""Fitting the engine of sequences to a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.domain import category_texts, within_domain
from appliance.data_plane.synthesis.encoding import Codec, whole
from appliance.data_plane.synthesis.filters import CopyFilter, make_copy_filter, make_marks, unique_only
from appliance.data_plane.synthesis.fitting import Progress, fit
from appliance.data_plane.synthesis.options import RARE, EngineOptions, Note
from appliance.data_plane.synthesis.relations import Range
from appliance.data_plane.synthesis.sequences.grid import Grid
from appliance.data_plane.synthesis.sequences.grouping import Groups, chosen_groups, group_rows, shortened
from appliance.data_plane.synthesis.sequences.layout import Layout, choose_layout, staying, with_columns
from appliance.data_plane.synthesis.sequences.past import Past, past_rows
from appliance.data_plane.synthesis.sequences.protection import bounded, hide_rare, spread_few
from appliance.data_plane.synthesis.sequences.rules import distinct_columns, learn_rules, row_constraints
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.synthesis.sequences.steps import joined, reference_of, surroundings, value_columns
from appliance.data_plane.synthesis.sequences.whole import row_numbers, sequence_hashes
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema
from appliance.errors import DataRefused

MOST_CELLS = 20_000_000
"""Steps are learnt from at most this many cells (rows times columns, the surroundings included); more than that adds nothing."""

LONGEST = 5_000
"""Sequences are learnt and made up to this many rows: they are made row after row."""

FAST_LENGTH = 50
"""The same for early previews, which show how rows look and not how long sequences are."""

SURROUNDED = 4
"""Columns of a step for every event column, about."""


def fit_sequences(table: Table, options: EngineOptions, progress: Progress | None = None) -> SequenceModel:
    """Trains on a table whose rows belong together by `options.group_by`. Raises DataRefused for columns that are not there, for keys of a
    kind that makes none, and for fewer than `RARE` sequences."""
    kept = with_columns(table, [name for name in table.schema.names if name not in options.drop_columns])
    kept, ranges, outside = within_domain(kept, options)
    every = group_rows(kept, options.group_by, options.order_by)
    if every.count < RARE:
        raise DataRefused(
            f"The column {options.group_by[0]!r} has {every.count} different values: at least {RARE} sequences are needed, so that none of "
            "them is learnt by heart. Leave group_training_examples_by out to learn rows that stand alone."
        )
    short = shortened(every, FAST_LENGTH if options.effort == "fast" else LONGEST)
    groups = chosen_groups(short, _most_rows(every, options), options.seed)
    layout, codecs = choose_layout(groups, options.group_by, options.order_by, options.seed)
    _check_seed_columns(layout, options)
    layout = msgspec.structs.replace(layout, distinct=distinct_columns(options, layout))
    rules, broken = learn_rules(with_columns(groups.table, layout.told), layout, options)
    safe, layout = _protected(groups, layout, codecs, options)
    told = (*_notes(every, groups, layout), *outside, *broken)
    rules = msgspec.structs.replace(rules, ranges=(*rules.ranges, *_told_ranges(ranges, kept.schema, layout)))
    model = _assembled(every, groups, layout, safe, options, _Counted(progress, layout))
    rows = msgspec.structs.replace(model.rows, relations=rules)
    return msgspec.structs.replace(model, rows=rows, notes=tuple(dict.fromkeys((*told, *model.notes))))


def _told_ranges(ranges: Sequence[Range], schema: TableSchema, layout: Layout) -> list[Range]:
    """The configured bounds of the columns that rows are compared by, at their places there."""
    named = [(schema.names[one.column], one) for one in ranges]
    return [Range(layout.told.index(name), one.low, one.high) for name, one in named if name in layout.told]


def _most_rows(groups: Groups, options: EngineOptions) -> int:
    if options.effort == "fast":
        return options.fast_rows
    return MOST_CELLS // (SURROUNDED * max(len(groups.table.schema.names), 1))


def _check_seed_columns(layout: Layout, options: EngineOptions) -> None:
    for name in options.seed_columns:
        if name not in layout.schema.names:
            raise DataRefused(f"The configuration names the seed column {name!r}, but the table has no such column.")
        if name not in layout.seedable:
            raise DataRefused(f"The seed column {name!r} changes inside sequences: only columns that do not change there can be given.")


def _protected(groups: Groups, layout: Layout, codecs: dict[str, Codec], options: EngineOptions) -> tuple[pa.Table, Layout]:
    """The event columns without what belongs to few sequences, and the layout with bounds that several sequences pass."""
    cells, grids = [], dict(layout.grids)
    for number, name in enumerate(layout.events):
        column, kind = groups.column(name), layout.schema.column(name).kind
        if name in grids:
            loose = np.zeros(len(column), bool) if name in layout.changes else ~staying(groups, name) | (name not in layout.stays)
            steps = bounded(grids[name].steps(column), groups.start)
            steps = spread_few(steps, groups.owner, loose, generator(options.seed, 22, number), grids[name].whole)
            grids[name] = _narrowed(grids[name], steps)
            cells.append(grids[name].values(steps))
        else:
            public = category_texts(options.categories.get(name, ()))
            cells.append(hide_rare(column, groups.owner, kind, public) if kind is ColumnKind.CATEGORICAL else column)
    return pa.Table.from_arrays(cells, names=list(layout.events)), msgspec.structs.replace(layout, grids=grids)


def _narrowed(grid: Grid, steps: Array) -> Grid:
    present = steps[np.isfinite(steps)]
    if not len(present):
        return grid
    return msgspec.structs.replace(grid, low=max(grid.low, float(present.min())), high=min(grid.high, float(present.max())))


class _Counted:
    """Progress over all inner models: the columns that are made, one after another."""

    def __init__(self, progress: Progress | None, layout: Layout) -> None:
        self._progress = progress
        self._total = len(layout.parents) + 2 * len(layout.events) + 1
        self._done = 0

    def follow(self, made: Sequence[str]) -> Progress | None:
        """The progress of one inner model; only the columns that it makes count."""
        if self._progress is None:
            return None
        tell = self._progress

        def told(column: str, done: int, total: int, loss: float) -> None:
            if column in made:
                self._done = min(self._done + 1, self._total)
                tell(column, self._done, self._total, loss)

        return told


def _assembled(every: Groups, groups: Groups, layout: Layout, safe: pa.Table, options: EngineOptions, progress: _Counted) -> SequenceModel:
    """All parts of the model. `every` are all groups, also those that steps are not learnt from: no key and no row of theirs leaves."""
    salt = int(generator(options.seed, 23).integers(2**63))
    firsts = _fit_firsts(groups, layout, options, progress)
    moves, steps = _fit_steps(groups, layout, safe, options, progress)
    rows = _fit_rows(every, groups, layout, safe, options, salt)
    texts = _fit_texts(groups, layout, safe, options)
    hashes = sequence_hashes(row_numbers(every.table.data, layout.told, every.table.rows), every.start)
    notes = [note for note in firsts.notes if note.column in layout.parents or steps is None]
    notes += [note for part in (moves, steps, texts) if part is not None for note in part.notes if note.column in layout.schema.names]
    return SequenceModel(
        layout,
        _fit_labels(with_columns(every.firsts(), [layout.key]), options, distinct=True),
        msgspec.structs.replace(firsts, copies=rows.copies),
        rows,
        moves,
        steps,
        _fit_labels(with_columns(every.table, layout.row_labels), options) if layout.row_labels else None,
        _fit_labels(with_columns(every.firsts(), layout.group_labels), options) if layout.group_labels else None,
        texts,
        make_marks(unique_only(hashes), salt),
        every.table.rows,
        every.count,
        tuple(notes),
    )


def _plain(options: EngineOptions, **changes: Any) -> EngineOptions:
    """The options of an inner model, which knows nothing of groups."""
    cleared: dict[str, Any] = {
        "group_by": (),
        "order_by": None,
        "seed_columns": (),
        "drop_columns": (),
        "bounds": {},
        "categories": {},
        "constraints": (),
    }
    return msgspec.structs.replace(options, **{**cleared, **changes})


def _fit_labels(table: Table, options: EngineOptions, distinct: bool = False) -> TreeModel:
    """A model that makes identifiers, whatever kind the columns were read as."""
    columns = tuple(msgspec.structs.replace(column, kind=ColumnKind.IDENTIFIER) for column in table.schema.columns)
    data = table.data
    if distinct:
        data = pa.Table.from_arrays([pc.unique(whole(data.column(0)))], names=data.column_names)
    return fit(Table(TableSchema(columns, table.schema.file), data), _plain(options, effort="normal"))


def _fit_firsts(groups: Groups, layout: Layout, options: EngineOptions, progress: _Counted) -> TreeModel:
    """First rows: constant columns, first events and the length of the sequence."""
    table = with_columns(groups.firsts(), layout.values)
    schema = TableSchema((*table.schema.columns, ColumnSchema(layout.length, ColumnKind.INTEGER)), table.schema.file)
    data = table.data.append_column(layout.length, pa.array(groups.lengths, pa.int64()))
    seeds = tuple(name for name in options.seed_columns if name in layout.parents)
    inner = _plain(
        options,
        seed_columns=seeds,
        bounds={name: bounds for name, bounds in options.bounds.items() if name in layout.values},
        categories={name: listed for name, listed in options.categories.items() if name in layout.values},
        constraints=row_constraints(options, layout),
    )
    return fit(Table(schema, data), inner, progress.follow(schema.names))


def _fit_steps(
    groups: Groups, layout: Layout, safe: pa.Table, options: EngineOptions, progress: _Counted
) -> tuple[TreeModel | None, TreeModel | None]:
    """The models of a step: how far the order column moves, then the other events of the row that it moved to."""
    rows, past = past_rows(groups, safe, layout)
    if not len(rows) or not layout.events:
        return None, None
    owner, moves, clock, gap = groups.owner[rows], None, None, None
    if layout.order is not None:
        grid = layout.grids[layout.order]
        clock = grid.steps(whole(safe.column(layout.order)))[rows]
        gap = _protected_steps(clock - past.known[layout.order], owner, options.seed, grid.whole)
        kind, cells = grid.change(gap)
        made = Table(TableSchema((ColumnSchema(layout.order, kind),)), pa.Table.from_arrays([cells], names=[layout.order]))
        moves = _fit_step(made, surroundings(past, layout, past.known[layout.order]).table(), options, progress)
    made = _value_table(groups, rows, past, layout, safe, clock, options.seed)
    if not made.schema.columns:
        return moves, None
    return moves, _fit_step(made, surroundings(past, layout, clock, gap).table(), options, progress)


def _fit_step(made: Table, around: Table, options: EngineOptions, progress: _Counted) -> TreeModel:
    public = {c.name: options.categories[c.name] for c in made.schema.columns if c.name in options.categories}
    inner = _plain(options, context=around.schema.names, categories=public)
    model = fit(joined(made, around), inner, progress.follow(made.schema.names))
    return msgspec.structs.replace(model, copies=CopyFilter((), make_marks(np.zeros(0, np.uint64), model.copies.marks.salt)))


def _value_table(groups: Groups, rows: Array, past: Past, layout: Layout, safe: pa.Table, clock: Array | None, seed: int) -> Table:
    """The event columns of every step, but for the order column, in the form in which they are learnt."""
    values, index = {}, pa.array(rows)
    for name in layout.events:
        if name == layout.order:
            continue
        cells = whole(safe.column(name)).take(index)
        if name in layout.changes:
            grid = layout.grids[name]
            change = grid.steps(cells) - reference_of(past, layout, name, clock)
            cells = grid.change(_protected_steps(change, groups.owner[rows], seed, grid.whole))[1]
        values[name] = cells
    return value_columns(layout, values, {name: staying(groups, name)[rows] for name in layout.stays})


def _protected_steps(steps: Array, owner: Array, seed: int, integral: bool) -> Array:
    """Differences inside bounds that several groups pass, none of them one group's own; `owner` ascends."""
    start = np.r_[np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]), len(owner)]
    held = bounded(steps, start)
    return spread_few(held, owner, np.ones(len(held), bool), generator(seed, 24), integral)


def _fit_rows(every: Groups, groups: Groups, layout: Layout, safe: pa.Table, options: EngineOptions, salt: int) -> TreeModel:
    """What knows unique training rows: exactly, and with numbers taken coarsely. Nothing is made by it."""
    model = fit(_told_rows(groups, layout, safe), _plain(options, context=layout.told, effort="normal"))
    return msgspec.structs.replace(model, copies=make_copy_filter(every.table, layout.told, salt), notes=())


def _told_rows(groups: Groups, layout: Layout, safe: pa.Table) -> Table:
    """All rows in the columns that they are compared by, without what belongs to few sequences."""
    cells = [safe.column(name) if name in layout.events else groups.table.data.column(name) for name in layout.told]
    schema = TableSchema(tuple(layout.schema.column(name) for name in layout.told), layout.schema.file)
    return Table(schema, pa.Table.from_arrays(cells, names=list(layout.told)))


def _fit_texts(groups: Groups, layout: Layout, safe: pa.Table, options: EngineOptions) -> TreeModel | None:
    """Free text that changes from row to row, learnt from one row of every sequence: what ten rows hold may be one person's."""
    if not layout.texts:
        return None
    rows = groups.start[:-1] + (generator(options.seed, 26).random(groups.count) * groups.lengths).astype(np.int64)
    made, told = with_columns(groups.table, layout.texts), _told_rows(groups, layout, safe)
    made, told = (Table(table.schema, table.data.take(pa.array(rows))) for table in (made, told))
    model = fit(joined(made, told), _plain(options, context=layout.told))
    return msgspec.structs.replace(model, copies=CopyFilter((), model.copies.marks))


def _notes(every: Groups, groups: Groups, layout: Layout) -> tuple[Note, ...]:
    """What the user must know of how the sequences were read."""
    found = [
        Note(layout.key, f"is the key of {every.count} sequences with {every.table.rows} rows; it is made anew for every sequence"),
    ]
    if every.keyless:
        found.append(Note(layout.key, f"is missing in {every.keyless} rows, which were left out"))
    if groups.count < every.count:
        found.append(Note(layout.key, f"{groups.count} sequences, drawn at random, were enough to learn the steps from"))
    longest = int(every.lengths.max())
    if longest > LONGEST:
        found.append(Note(layout.key, f"{int((every.lengths > LONGEST).sum())} sequences were learnt up to row {LONGEST}"))
    if layout.parents:
        found.append(Note(layout.key, f"columns that never change in a sequence stay constant: {', '.join(layout.parents)}"))
    return tuple(found)
