"""The rows that are worked on at once: columns fetched when they are first read, and what steps have made of them so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa

from appliance.data_plane.transform.cells import Cells, Codes, Mask, Reader, encoded
from appliance.data_plane.transform.evaluation.bounds import held_bytes
from appliance.data_plane.transform.evaluation.scope import Fetch, Scope
from appliance.data_plane.transform.evaluation.vectors import Places, Vector, picked


class RawRows(Protocol):
    """Some rows of a file as they stand in it."""

    @property
    def count(self) -> int:
        """How many rows."""

    def raw(self, name: str) -> pa.Array:
        """A column's cells as the file has them; null where JSON or Parquet has nothing."""


class Batch:
    """`start`: rows of the file above. Columns are known by keys that renaming does not change."""

    def __init__(self, rows: RawRows, start: int, sources: Mapping[str, tuple[str, Reader]]) -> None:
        self.rows = rows
        self.start = start
        self.kept: Places | None = None
        """Which rows are left, None for all."""
        self._sources = sources
        self._cells: dict[str, Cells] = {}
        self._originals: dict[str, Cells] = {}
        self.touched: dict[str, int] = {}

    @property
    def size(self) -> int:
        """Rows that are left."""
        return self.rows.count if self.kept is None else len(self.kept)

    @property
    def index(self) -> Codes:
        """Their numbers in the file, from 0."""
        places = np.arange(self.rows.count, dtype=np.int64) if self.kept is None else self.kept
        return places + self.start

    def cells(self, key: str) -> Cells:
        """A column as it is now."""
        if key not in self._cells:
            self._cells[key] = self.original(key)
        return self._cells[key]

    def original(self, key: str) -> Cells:
        """A column as the file has it."""
        if key not in self._originals:
            self._originals[key] = self._fetched(key)
        return self._originals[key]

    def _fetched(self, key: str) -> Cells:
        if key not in self._sources:
            return Cells.empty(self.size)
        name, reader = self._sources[key]
        found = encoded(self.rows.raw(name), reader)
        return found if self.kept is None else found.kept(self.kept)

    def put(self, key: str, cells: Cells) -> None:
        """What a rule made of a column."""
        self._cells[key] = cells
        self.touched[key] = held_bytes(cells.pool.vector)

    @property
    def held(self) -> int:
        """About how many bytes everything takes that rules have made."""
        return sum(self.touched.values())

    def drop(self, dropped: Mask) -> None:
        """Leave rows out."""
        left = np.flatnonzero(~dropped)
        self.kept = left if self.kept is None else self.kept[left]
        for held in (self._cells, self._originals):
            for key, cells in held.items():
                held[key] = cells.kept(left)

    def scope(self, this: str | None, row: Mapping[str, str], rows: Places) -> Scope:
        """What expressions see at these rows; `row`: keys of the row's columns by name."""
        fetches: dict[str, Fetch] = {name: self._fetch(key, rows) for name, key in row.items()}
        index: Fetch = lambda: self.index[rows].tolist()  # noqa: E731
        if this is None:
            return Scope(len(rows), row=fetches, index=index)
        return Scope(len(rows), this=self._fetch(this, rows), row=fetches, index=index)

    def _fetch(self, key: str, rows: Places) -> Fetch:
        def fetch() -> Vector:
            cells = self.cells(key)
            return picked(cells.pool.vector, cells.codes[rows])

        return fetch
