"""The cells of a raw batch as the texts that a person would read in them, each distinct one once: what personal data is looked for in."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.missing import MISSING
from appliance.data_plane.tables.storage import canonical_json, is_text

NO_CELL = -1
"""The code of a cell without a value."""

Codes = npt.NDArray[np.int32]


class Cells:
    """A column of a batch: `array` holds its distinct filled cells, `codes` each row's place among them (NO_CELL: nothing there)."""

    def __init__(self, array: pa.Array, codes: Codes) -> None:
        self.array = array
        self.codes = codes

    @cached_property
    def texts(self) -> list[str]:
        """The distinct filled cells."""
        found: list[str] = self.array.to_pylist()
        return found

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Characters of each distinct cell."""
        return np.asarray(pc.utf8_length(self.array), np.int64)

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows that hold a value."""
        return np.flatnonzero(self.codes != NO_CELL)

    @property
    def filled(self) -> int:
        """How many rows hold a value."""
        return len(self.rows)


def cells_of(column: pa.Array, form: str) -> Cells:
    """The cells of one raw column; `form`: the file's format, for in JSON raw cells are JSON texts.

    Blanks and the usual words for a missing value are no cells."""
    encoded = _encoded(column)
    values = _read(encoded.dictionary, form)
    codes = np.asarray(pc.fill_null(encoded.indices.cast(pa.int32()), NO_CELL).to_numpy(zero_copy_only=False), np.int32)
    empty = pc.fill_null(pc.is_in(pc.utf8_trim_whitespace(values), value_set=pa.array(MISSING, values.type)), fill_value=True)
    if not pc.any(empty).as_py():
        return Cells(values, codes)
    kept = ~np.asarray(empty)
    places = np.append(np.where(kept, np.cumsum(kept) - 1, NO_CELL), NO_CELL).astype(np.int32)
    return Cells(values.filter(pa.array(kept)), places[codes])


def as_texts(column: pa.Array, form: str) -> pa.Array:
    """The cells of one raw column as texts, null where there is nothing at all; `form`: as in `cells_of`."""
    encoded = _encoded(column)
    return _read(encoded.dictionary, form).take(encoded.indices)


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    texts = _as_texts(column)
    return texts if pa.types.is_dictionary(texts.type) else pc.dictionary_encode(texts)


def _read(values: pa.Array, form: str) -> pa.Array:
    """The distinct values as people read them: in JSON texts stand in quotes."""
    if form not in ("json", "jsonl"):
        return values
    quoted = pc.starts_with(values, '"')
    if not pc.any(pc.and_(quoted, pc.match_substring(values, "\\"))).as_py():
        return pc.if_else(quoted, pc.utf8_slice_codeunits(values, 1, -1), values)
    read = [json.loads(text) if text is not None and text.startswith('"') else text for text in values.to_pylist()]
    return pa.array([None if text is None else text.encode("utf-8", "replace").decode() for text in read], pa.string())


def _as_texts(column: pa.Array) -> pa.Array:
    """Any array as texts; what arrow cannot write as one is written as JSON."""
    kind = column.type
    if is_text(kind):
        return column.cast(pa.dictionary(pa.int32(), pa.string())) if pa.types.is_dictionary(kind) else column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return _as_texts(column.dictionary_decode())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([_written(value) for value in column.to_pylist()], pa.string())
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else canonical_json(value)
