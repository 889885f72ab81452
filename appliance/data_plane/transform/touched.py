"""What became of every touched column: distinct values before and after, empty cells, and source values that are still there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.transform.account import ColumnAccount
from appliance.data_plane.transform.cells import Cells
from appliance.data_plane.transform.layout import LayoutColumn
from appliance.data_plane.transform.sketch import Sketch, hashes_of


class Comparison:
    """One column, gathered batch by batch."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._before, self._after = Sketch(), Sketch()
        self.cells = self.made = self.kept = self.missing_before = self.missing_after = 0

    def add(self, before: Cells, after: Cells) -> None:
        """The next rows, as they were and as they are."""
        self.cells += len(after.codes)
        self.missing_before += self._taken(before, self._before)
        self.missing_after += self._taken(after, self._after)
        self.made += int(after.weights()[after.pool.made].sum())
        self.kept += _kept(before, after)

    def _taken(self, cells: Cells, sketch: Sketch) -> int:
        weights = cells.weights()
        used = weights > 0
        texts = cells.pool.texts
        sketch.add(hashes_of(texts if used.all() else texts.filter(pa.array(used)), self._secret))
        return int(weights[cells.pool.missing].sum())

    def account(self, column: LayoutColumn) -> ColumnAccount:
        """The figures."""
        return ColumnAccount(
            column.name,
            column.source or "",
            column.planned.entity,
            self.cells,
            self.made,
            self._before.distinct,
            self._after.distinct,
            self.missing_before,
            self.missing_after,
            self._before.share_in(self._after),
            exact=not (self._before.shift or self._after.shift),
            kept=self.kept,
        )


def _kept(before: Cells, after: Cells) -> int:
    """Filled cells whose text is as it was."""
    old, new = before.pool.texts, after.pool.texts
    if after.codes is before.codes and len(old) == len(new):
        weights = before.weights()
    else:
        pairs, weights = np.unique_counts(before.codes * len(new) + after.codes)
        first, second = np.divmod(pairs, len(new))
        old, new = old.take(pa.array(first)), new.take(pa.array(second))
    same = pc.equal(old, new)
    return int(weights[np.asarray(pc.fill_null(same, fill_value=False))].sum())


class Comparisons:
    """All columns that rules have touched."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._columns: dict[str, Comparison] = {}

    def add(self, key: str, before: Cells, after: Cells) -> None:
        """The next rows of a column."""
        self._columns.setdefault(key, Comparison(self._secret)).add(before, after)

    def accounts(self, layout: Mapping[str, LayoutColumn]) -> tuple[ColumnAccount, ...]:
        """The figures of every column that is still there."""
        return tuple(self._columns[key].account(column) for key, column in layout.items() if key in self._columns)
