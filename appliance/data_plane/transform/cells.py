"""A column in one batch: distinct values, and for each row the place of its own among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.transform.evaluation.vectors import Places, Same, Vector, listed, text_of

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Reader = Callable[[pa.Array], Vector]
"""Distinct raw cells in, values as expressions see them out (None: missing)."""

_MOST_COMBINED = 1 << 62


class Pool:
    """Distinct values. `raw`: as in the file (entries that a rule made have none); `made`: which entries a rule has made."""

    def __init__(
        self, size: int, raw: pa.Array | None, reader: Reader | None, vector: Vector | None = None, made: Mask | None = None
    ) -> None:
        self.size = size
        self.raw = raw
        self.made = np.zeros(size, np.bool_) if made is None else made
        self._reader = reader
        self._vector = vector
        self._missing: Mask | None = None
        self._texts: pa.Array | None = None

    @property
    def texts(self) -> pa.Array:
        """The values as texts; null for missing ones."""
        if self._texts is None:
            vector = self.vector
            self._texts = vector.cast(pa.string()) if isinstance(vector, pa.Array) else as_texts(listed(vector, self.size))
        return self._texts

    @property
    def vector(self) -> Vector:
        """The values: an arrow array where all are texts, else a list."""
        if self._vector is None:
            self._vector = Same(None) if self._reader is None or self.raw is None else self._reader(self.raw)
        return self._vector

    @property
    def missing(self) -> Mask:
        """Which values are missing."""
        if self._missing is None:
            self._missing = self._missing_now()
        return self._missing

    def _missing_now(self) -> Mask:
        vector = self.vector
        if isinstance(vector, pa.Array):
            return np.asarray(vector.is_null().to_numpy(zero_copy_only=False), np.bool_)
        return np.fromiter((value is None for value in listed(vector, self.size)), np.bool_, self.size)

    def changed(self, places: Places | None, values: Vector) -> Pool:
        """The pool with other values at some places (None: at all)."""
        if places is None or len(places) == self.size:
            return Pool(self.size, self.raw, None, _plain(values, self.size), np.ones(self.size, np.bool_))
        made = self.made.copy()
        made[places] = True
        if isinstance(self.vector, pa.Array) and isinstance(values, pa.Array) and values.type == self.vector.type:
            mask = np.zeros(self.size, np.bool_)
            mask[places] = True
            return Pool(self.size, self.raw, None, pc.replace_with_mask(self.vector, pa.array(mask), values), made)
        held = [*listed(self.vector, self.size)]
        for place, value in zip(places.tolist(), listed(values, len(places)), strict=True):
            held[place] = value
        return Pool(self.size, self.raw, None, held, made)

    def extended(self, values: Vector, count: int) -> Pool:
        """The pool with made values behind its own."""
        made = np.concatenate([self.made, np.ones(count, np.bool_)])
        if isinstance(self.vector, pa.Array) and isinstance(values, pa.Array) and values.type == self.vector.type:
            vector: Vector = pa.concat_arrays([self.vector, values])
        else:
            vector = [*listed(self.vector, self.size), *listed(values, count)]
        return Pool(self.size + count, self.raw, None, vector, made)


def all_texts(values: Vector) -> pa.Array | None:
    """A list of texts and missing values as an arrow array; None where it holds anything else."""
    if isinstance(values, Same):
        return None
    if isinstance(values, pa.Array):
        return values if pa.types.is_string(values.type) else None
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def as_texts(values: list[Any]) -> pa.Array:
    """Values as texts; null for missing ones."""
    found = all_texts(values)
    return pa.array([None if value is None else text_of(value) for value in values], pa.string()) if found is None else found


def _plain(values: Vector, size: int) -> Vector:
    return listed(values, size) if isinstance(values, Same) else values


class Cells:
    """`codes`: for each row an index into the pool."""

    def __init__(self, codes: Codes, pool: Pool) -> None:
        self.codes = codes
        self.pool = pool
        self._weights: Codes | None = None

    @classmethod
    def empty(cls, rows: int) -> Cells:
        """A column without values."""
        return cls(np.zeros(rows, np.int64), Pool(1, None, None, [None]))

    def weights(self) -> Codes:
        """How many rows hold each value of the pool."""
        if self._weights is None:
            self._weights = np.bincount(self.codes, minlength=self.pool.size)
        return self._weights

    def kept(self, rows: Places) -> Cells:
        """Only some of the rows."""
        return Cells(self.codes[rows], self.pool)


def encoded(raw: pa.Array, reader: Reader) -> Cells:
    """A column of raw cells."""
    found = pc.dictionary_encode(raw, null_encoding="encode") if raw.null_count else pc.dictionary_encode(raw)
    codes = found.indices.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return Cells(codes, Pool(len(found.dictionary), found.dictionary, reader))


def grouped(columns: Sequence[tuple[Codes, int]], rows: int) -> tuple[Places, Codes]:
    """Rows that agree in all columns (codes, and how many there are): the first row of each group, and the group of each row."""
    if not columns:
        return np.zeros(min(rows, 1), np.int64), np.zeros(rows, np.int64)
    key, size = columns[0]
    for codes, count in columns[1:]:
        if size * count >= _MOST_COMBINED:
            _, key = np.unique(key, return_inverse=True)
            size = rows
        key, size = key * count + codes, size * count
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return first.astype(np.int64), group.astype(np.int64)
