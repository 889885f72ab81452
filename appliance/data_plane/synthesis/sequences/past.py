"""What a row's sequence holds before it: all that the next row may depend on."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.sequences.grouping import Groups
from appliance.data_plane.synthesis.sequences.layout import Layout, last_known


class Past(msgspec.Struct, frozen=True):
    """One entry for every row that follows another. `parents`: the constant columns. `position`: rows before it; `coming`: rows behind it.
    `last` and `before`: the events one and two rows before (missing where there is none). By column, in steps of its grid: `known`, the
    last present number; `changed`, how it came about from the one before; `total` and `count`, sum and number of all present ones.
    `begun`: the order column's first number, not a number where there is no such column."""

    parents: pa.Table
    position: Array
    coming: Array
    last: pa.Table
    before: pa.Table
    known: dict[str, Array]
    changed: dict[str, Array]
    total: dict[str, Array]
    count: dict[str, Array]
    begun: Array

    @property
    def rows(self) -> int:
        """How many entries there are."""
        return len(self.position)

    def mean(self, name: str) -> Array:
        """The mean of a column's present numbers before each row, in steps."""
        count = self.count[name]
        return np.where(count > 0, self.total[name] / np.maximum(count, 1), np.nan)

    def take(self, rows: Array) -> Past:
        """Some of the entries."""
        index = pa.array(rows)
        return Past(
            self.parents.take(index),
            self.position[rows],
            self.coming[rows],
            self.last.take(index),
            self.before.take(index),
            _taken(self.known, rows),
            _taken(self.changed, rows),
            _taken(self.total, rows),
            _taken(self.count, rows),
            self.begun[rows],
        )

    def followed(self, events: pa.Table, layout: Layout) -> Past:
        """The entries for the rows behind, when these rows hold `events`."""
        steps = {name: grid.steps(events.column(name).combine_chunks()) for name, grid in layout.grids.items()}
        present = {name: np.isfinite(values) for name, values in steps.items()}
        known = {name: np.where(present[name], values, self.known[name]) for name, values in steps.items()}
        begun = self.begun if layout.order is None else np.where(np.isfinite(self.begun), self.begun, steps[layout.order])
        return Past(
            self.parents,
            self.position + 1,
            self.coming - 1,
            events,
            self.last,
            known,
            {name: values - self.known[name] for name, values in steps.items()},
            {name: self.total[name] + np.where(present[name], values, 0.0) for name, values in steps.items()},
            {name: self.count[name] + present[name] for name in steps},
            begun,
        )


def _taken(columns: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}


def beginning(parents: pa.Table, events: pa.Table, lengths: Array, layout: Layout) -> Past:
    """The past of every sequence's second row, from its first."""
    rows = len(lengths)
    blank = pa.Table.from_arrays([pa.nulls(rows, field.type) for field in events.schema], names=events.column_names)
    unknown = {name: np.full(rows, np.nan) for name in layout.grids}
    none = {name: np.zeros(rows) for name in layout.grids}
    nothing = Past(parents, np.zeros(rows, np.int64), lengths - 1, blank, blank, unknown, unknown, none, none, np.full(rows, np.nan))
    return nothing.followed(events, layout)


def past_rows(groups: Groups, events: pa.Table, layout: Layout) -> tuple[Array, Past]:
    """The rows of a training table that follow another, and what is before each; `events`: the event columns of all rows."""
    rows = np.flatnonzero(groups.position > 0)
    second = groups.position[rows] < 2
    twice = pa.array(np.where(second, 0, rows - 2), mask=second)
    steps = {name: grid.steps(events.column(name).combine_chunks()) for name, grid in layout.grids.items()}
    known = {name: last_known(values, groups.start) for name, values in steps.items()}
    total, count = _sums(groups, steps)
    first = np.repeat(groups.start[:-1], groups.lengths)
    past = Past(
        groups.table.data.select(list(layout.parents)).take(pa.array(rows)),
        groups.position[rows],
        (np.repeat(groups.lengths, groups.lengths) - groups.position - 1)[rows],
        events.take(pa.array(rows - 1)),
        events.take(twice),
        {name: values[rows] for name, values in known.items()},
        {name: (steps[name] - values)[rows - 1] for name, values in known.items()},
        {name: values[rows] for name, values in total.items()},
        {name: values[rows] for name, values in count.items()},
        steps[layout.order][first][rows] if layout.order is not None else np.full(len(rows), np.nan),
    )
    return rows, past


def _sums(groups: Groups, steps: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    """By column the sum and the number of the present steps before each row of its group."""
    total, count = {}, {}
    first = np.repeat(groups.start[:-1], groups.lengths)
    for name, values in steps.items():
        present = np.isfinite(values)
        middle = float(values[present].mean()) if present.any() else 0.0
        sums, held = np.r_[0.0, np.cumsum(np.where(present, values - middle, 0.0))], np.r_[0, np.cumsum(present)]
        rows = np.arange(len(values))
        count[name] = held[rows] - held[first]
        total[name] = sums[rows] - sums[first] + middle * count[name]
    return total, count
