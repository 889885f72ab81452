"""Which part each column has in a sequence: key, constant, event; and in which form an event's value is learnt."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array, generator
from appliance.data_plane.synthesis.encoding import CategoryCodec, Codec, NumberCodec, fit_codec
from appliance.data_plane.synthesis.sequences.grid import Grid
from appliance.data_plane.synthesis.sequences.grouping import Groups, owners_of, ranks
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

KEY_KINDS = (ColumnKind.IDENTIFIER, ColumnKind.INTEGER, ColumnKind.CATEGORICAL, ColumnKind.TEXT)
NUMBERS = (ColumnKind.INTEGER, ColumnKind.NUMERIC, ColumnKind.DATETIME)

CLOSE = 0.3
"""A number that lies this near to an earlier one, against any two of the column, is learnt as the difference to it."""

STAYING = 0.1
"""A value that equals the one before in this share of the steps more than chance would give is learnt as staying or not."""

MOSTLY = 0.8
"""The least share of cells with a number in a column that is learnt by differences."""

FEW_LEVELS = 24
LEAST_STEPS = 30


class Change(msgspec.Struct, frozen=True):
    """An event column that is learnt as a difference: to the `last` known value of its sequence, to the `mean` of all before, or to the
    `order` column's value in the same row."""

    reference: str


class Layout(msgspec.Struct, frozen=True):
    """The parts of the columns. `key` is made anew for every sequence; `parents` are constant in every training sequence, `events` are not
    (the column `order`, by whose differences rows follow each other, is one of them); `changes` and `stays` are forms of event columns;
    `group_labels` and `row_labels` are other identifiers, made anew for every sequence or row; `texts` free text that changes from row to
    row. `sorted_by`: the column that the
    configuration orders by; `length`: the name of the column that holds a sequence's length among the first rows. `distinct`: columns
    that no two rows of one sequence share."""

    schema: TableSchema
    key: str
    length: str
    sorted_by: str | None = None
    order: str | None = None
    parents: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    group_labels: tuple[str, ...] = ()
    row_labels: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    changes: dict[str, Change] = {}
    stays: tuple[str, ...] = ()
    grids: dict[str, Grid] = {}
    distinct: tuple[tuple[str, ...], ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """Parents and events, as in the table."""
        return tuple(name for name in self.schema.names if name in (*self.parents, *self.events))

    @property
    def told(self) -> tuple[str, ...]:
        """Parents and events that are no free text: what rows depend on and are compared by."""
        return tuple(name for name in self.values if self.schema.column(name).kind is not ColumnKind.TEXT)

    @property
    def step_columns(self) -> int:
        """How many columns are made in a step, beside the order column: every other event, and for some whether it stays."""
        return sum(name != self.order for name in self.events) + len(self.stays)

    @property
    def seedable(self) -> tuple[str, ...]:
        """The columns that a seed row may hold."""
        return tuple(name for name in self.schema.names if name == self.key or name in (*self.parents, *self.group_labels))


def fresh_name(wanted: str, taken: set[str]) -> str:
    """A column name that no other column has; it is added to the taken ones."""
    name = wanted
    while name in taken:
        name += " ·"
    taken.add(name)
    return name


def choose_layout(groups: Groups, keys: Sequence[str], sorted_by: str | None, seed: int) -> tuple[Layout, dict[str, Codec]]:
    """The layout of a table, and the codecs of its event columns. Raises DataRefused where no column can be the key."""
    schema = groups.table.schema
    key = choose_key(groups, keys)
    constant = {c.name for c in schema.columns if c.name != key and is_constant(groups, c.name)}
    labels = {c.name for c in schema.columns if c.kind is ColumnKind.IDENTIFIER and c.name != key}
    texts = {c.name for c in schema.columns if c.kind is ColumnKind.TEXT} - constant - {key}
    events = tuple(name for name in schema.names if name not in constant | labels | texts | {key})
    codecs: dict[str, Codec] = {name: fit_codec(schema.column(name), groups.column(name))[0] for name in events}
    grids = {name: Grid.of(codec) for name, codec in codecs.items() if isinstance(codec, NumberCodec)}
    order = sorted_by if sorted_by in grids else None
    steps = {name: grid.steps(groups.column(name)) for name, grid in grids.items()}
    changes = _changes(groups, steps, grids, order, seed)
    layout = Layout(
        schema,
        key,
        fresh_name("rows in a sequence", set(schema.names)),
        sorted_by,
        order,
        tuple(name for name in schema.names if name in constant - labels),
        events,
        tuple(name for name in schema.names if name in labels & constant),
        tuple(name for name in schema.names if name in labels - constant),
        tuple(name for name in schema.names if name in texts),
        changes,
        tuple(name for name in events if name not in changes and _stays(groups, name, codecs[name])),
        grids,
    )
    return layout, codecs


def choose_key(groups: Groups, keys: Sequence[str]) -> str:
    """The most detailed of the key columns that can be one: it is made anew, so that every sequence has a key of its own."""
    schema = groups.table.schema
    able = [name for name in keys if schema.column(name).kind in KEY_KINDS]
    if not able:
        kind = schema.column(keys[0]).kind.value
        raise DataRefused(
            f"The column {keys[0]!r} of group_training_examples_by holds values of kind {kind}, which make no key of sequences."
        )
    firsts = groups.firsts()
    return max(able, key=lambda name: int(owners_of(firsts, [name]).max(initial=0)))


def is_constant(groups: Groups, name: str) -> bool:
    """Whether a column has one value (or none) in every group."""
    inside = groups.position > 0
    level = ranks(groups.column(name))
    return bool((level[1:] == level[:-1])[inside[1:]].all())


def _changes(groups: Groups, steps: dict[str, Array], grids: dict[str, Grid], order: str | None, seed: int) -> dict[str, Change]:
    found = {order: Change("last")} if order is not None else {}
    clock = steps[order] if order is not None and grids[order].kind is ColumnKind.DATETIME else None
    for name, values in steps.items():
        if name == order:
            continue
        scale = grids[name].unit / grids[order].unit if order is not None else 1.0
        beside = clock / scale if clock is not None and grids[name].kind is ColumnKind.DATETIME else None
        reference = _reference(groups, values, beside, seed)
        if reference:
            found[name] = Change(reference)
    return found


def _reference(groups: Groups, values: Array, clock: Array | None, seed: int) -> str:
    """To what a column's numbers are close; empty where they are learnt as they are."""
    known = last_known(values, groups.start)
    mean = running_mean(values, groups.start)
    rows = np.flatnonzero(np.isfinite(values) & np.isfinite(known))
    if len(rows) < LEAST_STEPS or np.isfinite(values).mean() < MOSTLY:
        return ""
    step = values[rows] - known[rows]
    if (step >= 0).all() or (step <= 0).all():
        return "last"
    other = values[generator(seed, 21).permutation(rows)]
    spread = float(np.abs(values[rows] - other).mean())
    if spread <= 0:
        return ""
    near = {"last": float(np.abs(step).mean()), "mean": float(np.abs(values[rows] - mean[rows]).mean())}
    if clock is not None:
        near["order"] = float(np.nanmean(np.abs(values[rows] - clock[rows])))
    best = min(near, key=lambda name: near[name])
    return best if near[best] < CLOSE * spread else ""


def last_known(values: Array, start: Array) -> Array:
    """For every row the last present number before it in its group; not a number where there is none."""
    rows = np.arange(len(values))
    present = np.maximum.accumulate(np.where(np.isfinite(values), rows, -1)) if len(rows) else rows
    before = np.r_[-1, present[:-1]]
    first = np.repeat(start[:-1], np.diff(start))
    return np.where(before >= first, values[np.maximum(before, 0)], np.nan)


def running_mean(values: Array, start: Array) -> Array:
    """For every row the mean of the present numbers before it in its group; not a number where there is none."""
    present = np.isfinite(values)
    middle = float(values[present].mean()) if present.any() else 0.0
    total = np.r_[0.0, np.cumsum(np.where(present, values - middle, 0.0))]
    count = np.r_[0, np.cumsum(present)]
    first = np.repeat(start[:-1], np.diff(start))
    rows = np.arange(len(values))
    held = count[rows] - count[first]
    return np.where(held > 0, middle + (total[rows] - total[first]) / np.maximum(held, 1), np.nan)


def _stays(groups: Groups, name: str, codec: Codec) -> bool:
    """Whether a value of many repeats itself from row to row."""
    many = isinstance(codec, NumberCodec) or (isinstance(codec, CategoryCodec) and codec.size > FEW_LEVELS)
    equal = staying(groups, name)
    if not many or int((groups.position > 0).sum()) < LEAST_STEPS:
        return False
    level = ranks(groups.column(name)).astype(np.int64)
    chance = float(((np.bincount(level) / max(len(level), 1)) ** 2).sum())
    return float(equal[groups.position > 0].mean()) - chance > STAYING


def staying(groups: Groups, name: str) -> Array:
    """Which rows hold the value of the row before (or none, like it) in their group."""
    level = ranks(groups.column(name))
    return np.asarray(np.r_[False, level[1:] == level[:-1]][: len(level)] & (groups.position > 0))


def with_columns(table: Table, names: Sequence[str]) -> Table:
    """Some columns of a table, in the order of the names."""
    return Table(TableSchema(tuple(table.schema.column(name) for name in names), table.schema.file), table.data.select(list(names)))
