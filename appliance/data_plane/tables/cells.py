"""The cells of a raw batch as the texts that a person would read in them, each distinct one once: what personal data is looked for in."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.tables.missing import MISSING
from appliance.data_plane.tables.storage import canonical_json, is_text

NO_CELL = -1
"""The code of a cell without a value."""


class Cells(msgspec.Struct, frozen=True):
    """A column of a batch: `texts` are its distinct filled cells, `codes` each row's place among them (NO_CELL: nothing there)."""

    texts: list[str]
    codes: npt.NDArray[np.int32]

    @property
    def filled(self) -> int:
        """Rows that hold a value."""
        return int((self.codes != NO_CELL).sum())


def cells_of(column: pa.Array, form: str) -> Cells:
    """The cells of one raw column; `form`: the file's format, for in JSON raw cells are JSON texts.

    Blanks and the usual words for a missing value are no cells."""
    encoded = _encoded(column)
    values = _read(encoded, form)
    codes = np.asarray(pc.fill_null(encoded.indices.cast(pa.int32()), NO_CELL).to_numpy(zero_copy_only=False), np.int32)
    return _filled(values, codes)


def as_texts(column: pa.Array, form: str) -> pa.Array:
    """The cells of one raw column as texts, null where there is nothing at all; `form`: as in `cells_of`."""
    encoded = _encoded(column)
    return pa.array(_read(encoded, form), pa.string()).take(encoded.indices)


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    texts = _as_texts(column)
    return texts if pa.types.is_dictionary(texts.type) else pc.dictionary_encode(texts)


def _read(encoded: pa.DictionaryArray, form: str) -> list[str | None]:
    """The distinct values as people read them: in JSON texts stand in quotes."""
    values: list[str | None] = encoded.dictionary.to_pylist()
    if form not in ("json", "jsonl"):
        return values
    return [json.loads(text) if text is not None and text.startswith('"') else text for text in values]


def _filled(values: list[str | None], codes: npt.NDArray[np.int32]) -> Cells:
    """Without the texts that stand for nothing."""
    places = np.full(len(values) + 1, NO_CELL, np.int32)
    texts: list[str] = []
    for place, text in enumerate(values):
        if text is not None and text.strip() not in MISSING:
            places[place] = len(texts)
            texts.append(text)
    return Cells(texts, places[codes])


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
