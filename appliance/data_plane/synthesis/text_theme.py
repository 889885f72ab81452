"""On which other column the words of a text column depend most, and how much more often each word stands beside each of its values."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.options import RARE
from appliance.data_plane.tables.schema import ColumnKind, Table

LEAST_ROWS = 200
"""Rows of a value whose words are told apart from those of others."""

MOST_VALUES = 24
SCREENED = 300
CLEAR = 3.0
"""Words must differ between values by this many times what chance alone would make them."""

STEPS = 16
"""Steps of the table of ratios in one doubling."""

_MIDDLE = 128
_KINDS = (ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN, ColumnKind.INTEGER)


class Theme(msgspec.Struct, frozen=True):
    """`values` of the column, as text; `lean` (values × tokens): how much more often a token stands beside the value, as
    `128 + STEPS · log2(ratio)`."""

    column: int
    values: tuple[str, ...]
    lean: Array

    def ratios(self, cells: pa.Array) -> tuple[Array, Array]:
        """For every cell the line of the returned table of ratios that it goes by; the last line is of cells that have no value of their
        own: all ratios are 1."""
        table = 2.0 ** ((self.lean.astype(np.float32) - _MIDDLE) / STEPS)
        plain = cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells
        found = pc.index_in(plain.cast(pa.string()), value_set=pa.array(self.values, pa.string()))
        lines = np.asarray(pc.fill_null(found, len(self.values)), np.int64)
        return lines, np.vstack([table, np.ones((1, table.shape[1]), np.float32)])


def find_theme(table: Table, place: int, codes: Array, owners: Array, size: int) -> Theme | None:
    """The theme of a text column; None where no other column tells its words apart. `codes` and `owners`: each token and its row."""
    some = codes >= 0
    pairs = np.unique(codes[some] * table.rows + owners[some])
    words, rows = pairs // table.rows, pairs % table.rows
    texts = np.zeros(table.rows, bool)
    texts[owners] = True
    frequent = np.argsort(-np.bincount(words, minlength=size), kind="stable")[:SCREENED]
    best: tuple[float, Theme] | None = None
    for column, schema in enumerate(table.schema.columns):
        values = _values(whole(table.data.column(column)), texts) if column != place and schema.kind in _KINDS else None
        if values is None:
            continue
        names, lines = values
        held = np.zeros((len(names) + 1, size))
        np.add.at(held, (lines[rows], words), 1.0)
        sizes = np.bincount(lines[texts], minlength=len(names) + 1).astype(np.float64)
        clear = _clearness(held[:-1, frequent], sizes[:-1])
        if clear > CLEAR and (best is None or clear > best[0]):
            best = clear, Theme(column, names, _lean(held[:-1], sizes[:-1]))
    return best[1] if best is not None else None


def _values(column: pa.Array, texts: Array) -> tuple[tuple[str, ...], Array] | None:
    """Values of a column that enough texts stand beside, and by row the number of its value (the last one: none of them)."""
    encoded = column.cast(pa.string()).dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)))
    counts = np.bincount(codes[texts], minlength=len(encoded.dictionary) + 1)[:-1]
    kept = np.flatnonzero(counts >= LEAST_ROWS)
    kept = kept[np.argsort(-counts[kept], kind="stable")][:MOST_VALUES]
    if len(kept) < 2:
        return None
    line = np.full(len(counts) + 1, len(kept), np.int64)
    line[kept] = np.arange(len(kept))
    names = encoded.dictionary.to_pylist()
    return tuple(str(names[number]) for number in kept.tolist()), line[codes]


def _clearness(held: Array, sizes: Array) -> float:
    """The mean of chi-squared over its degrees of freedom, over words (1: chance)."""
    share = held.sum(0) / sizes.sum()
    expected = sizes[:, None] * share
    usual = np.maximum(expected * (1 - share), 1e-9)
    return float(np.mean(((held - expected) ** 2 / usual).sum(0) / (len(sizes) - 1))) if held.size else 0.0


def _lean(held: Array, sizes: Array) -> Array:
    """The table of ratios; where fewer than `RARE` texts of a value hold a word it counts as half of them."""
    share = held.sum(0) / max(sizes.sum(), 1.0)
    expected = sizes[:, None] * share
    shown = np.where(held >= RARE, held, RARE / 2)
    ratio = np.where((held < RARE) & (expected < RARE), 1.0, shown / np.maximum(expected, 1e-9))
    steps = np.rint(_MIDDLE + STEPS * np.log2(ratio))
    return np.asarray(np.clip(steps, _MIDDLE - 4 * STEPS, _MIDDLE + 4 * STEPS), np.uint8)
