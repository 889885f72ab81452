"""Records of which no two may have the same values in some columns, made in chunks that know nothing of each other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import cell_hashes, mix, row_hashes


class UniqueRows:
    """Keeps the records of one chunk apart: from each other, and from all other chunks, because every set of values belongs to one chunk
    alone. Records with a missing value among them repeat nothing."""

    def __init__(self, unique: tuple[tuple[int, ...], ...], chunk: int, chunks: int) -> None:
        self._unique, self._chunk, self._chunks = unique, np.uint64(chunk), np.uint64(chunks)
        self._seen = [np.zeros(0, np.uint64) for _ in unique]

    def fresh(self, data: pa.Table) -> pa.Table:
        """The records that repeat none that were kept before."""
        return data.filter(pa.array(self.are_fresh(data))) if self._unique else data

    def are_fresh(self, data: pa.Table) -> Array:
        """Which records repeat none that were kept before; they are kept now."""
        keep = np.ones(data.num_rows, bool)
        keys = [self._keys(data, columns) for columns in self._unique]
        for (hashes, present), seen in zip(keys, self._seen, strict=True):
            keep &= ~present | ((mix(hashes) % self._chunks == self._chunk) & ~np.isin(hashes, seen))
        for hashes, present in keys:
            some = np.flatnonzero(keep & present)
            first = np.unique(hashes[some], return_index=True)[1]
            keep[np.delete(some, first)] = False
        self._seen = [np.r_[seen, hashes[keep & present]] for (hashes, present), seen in zip(keys, self._seen, strict=True)]
        return keep

    def _keys(self, data: pa.Table, columns: tuple[int, ...]) -> tuple[Array, Array]:
        cells = [whole(data.column(place)) for place in columns]
        present = np.logical_and.reduce([np.asarray(column.is_valid()) for column in cells])
        return row_hashes([cell_hashes(column) for column in cells]), present
