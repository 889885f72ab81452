"""Parquet as record batches: untouched columns keep their arrays, changed ones their type where the made values fit it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from appliance.data_plane.tables.parquet import ParquetSource
from appliance.data_plane.tables.storage import canonical_json, is_text
from appliance.data_plane.transform.evaluation.vectors import Places, listed, text_of
from appliance.data_plane.transform.rendering import OutColumn

_ROWS_AT_ONCE = 32_768


class ParquetRows:
    """One record batch."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    @property
    def count(self) -> int:
        """How many rows."""
        return int(self.batch.num_rows)

    def raw(self, name: str) -> pa.Array:
        """A column; nested values as JSON texts, so that equal ones can be told."""
        column = self.batch.column(name)
        if pa.types.is_dictionary(column.type):
            return column.cast(column.type.value_type)
        if pa.types.is_nested(column.type):
            return pa.array([None if value is None else canonical_json(value) for value in column.to_pylist()], pa.string())
        return column


class ParquetFile:
    """A Parquet file as batches of rows."""

    def __init__(self, path: Path, source: ParquetSource) -> None:
        self._path = path
        self._source = source
        self.schema: pa.Schema = source._file.schema_arrow
        self.codec = _codec_of(source)
        self._rows = 0

    def consumed(self) -> int:
        """Bytes of the file that were read so far, by the share of its rows."""
        return int(self._path.stat().st_size * self._rows / max(self._source.rows, 1))

    def batches(self, most_rows: int | None) -> Iterator[ParquetRows]:
        """Rows in order."""
        for batch in self._source.batches():
            size = most_rows or _ROWS_AT_ONCE
            for start in range(0, batch.num_rows, size):
                part = batch.slice(start, size)
                self._rows += part.num_rows
                yield ParquetRows(part)


def _codec_of(source: ParquetSource) -> str:
    metadata = source._file.metadata
    if not metadata.num_row_groups or not metadata.num_columns:
        return "snappy"
    codec = str(metadata.row_group(0).column(0).compression).lower()
    return "none" if codec == "uncompressed" else codec


class ParquetWriter:
    """Writes record batches. A changed column keeps its type unless a rule makes texts of it (`texts`: such columns), or the first values
    made do not fit; a later value that does not fit becomes null and is counted in `unfit`."""

    guarded = 0

    def __init__(self, stream: IO[bytes], read: ParquetFile, texts: frozenset[str], columns: Sequence[OutColumn]) -> None:
        self.unfit = 0
        self._stream = stream
        self._read = read
        self._texts = texts
        self._columns = columns
        self._types: dict[str, pa.DataType] = {}
        self._writer: Any = None

    def rows(self, rows: Any, kept: Places | None, columns: Sequence[OutColumn]) -> None:
        """The rows that are left."""
        batch = rows.batch if kept is None else rows.batch.take(pa.array(kept))
        arrays = [self._array(column, batch) for column in columns]
        self._begin([pa.field(column.header, array.type) for column, array in zip(columns, arrays, strict=True)])
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._writer.schema))

    def close(self) -> None:
        """All is written; a file without rows gets its columns all the same."""
        if self._writer is None:
            self._begin([pa.field(column.header, self._own_type(column) or pa.string()) for column in self._columns])
        self._writer.close()
        self._stream.close()

    def _begin(self, fields: list[pa.Field]) -> None:
        if self._writer is None:
            schema = pa.schema(fields)
            same = [(field.name, field.type) for field in fields] == [(field.name, field.type) for field in self._read.schema]
            self._writer = arrow_parquet.ParquetWriter(self._stream, self._read.schema if same else schema, compression=self._read.codec)

    def _own_type(self, column: OutColumn) -> pa.DataType | None:
        if column.source is None:
            return None
        place = self._read._source.names.index(column.source)
        return self._read.schema.field(place).type

    def _array(self, column: OutColumn, batch: pa.RecordBatch) -> pa.Array:
        own = self._own_type(column)
        held = None if column.source is None else batch.column(column.source)
        if column.cells is None and held is not None:
            kind = self._types.setdefault(column.name, held.type)
            return held if held.type == kind else _as_texts(held)
        assert column.cells is not None
        values = listed(column.cells.pool.vector, column.cells.pool.size)
        if column.name not in self._types:
            self._types[column.name] = self._settled(column, own, values)
        return self._filled(column, held, values, self._types[column.name])

    def _settled(self, column: OutColumn, own: pa.DataType | None, values: list[Any]) -> pa.DataType:
        """The column's own type where it holds all that was made so far; for an added column, that of its values; else text."""
        assert column.cells is not None
        made = [value for value, new in zip(values, column.cells.pool.made.tolist(), strict=True) if new and value is not None]
        if own is None:
            kinds = {type(value) for value in made}
            return {frozenset({int}): pa.int64(), frozenset({float}): pa.float64(), frozenset({bool}): pa.bool_()}.get(
                frozenset(kinds), pa.string()
            )
        if is_text(own):
            return own
        if column.name in self._texts or any(_fitted(value, own) is None for value in made):
            return pa.string()
        return own

    def _filled(self, column: OutColumn, held: pa.Array | None, values: list[Any], kind: pa.DataType) -> pa.Array:
        assert column.cells is not None
        pool, codes = column.cells.pool, column.cells.codes
        made = pool.made[codes]
        if is_text(kind):
            plain = pa.array([None if value is None else text_of(value) for value in values], pa.string())
            new = plain.take(pa.array(codes))
            texts = new if held is None or made.all() else _where(made, new, _as_texts(held))
            return texts.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else texts.cast(kind)
        fitted = [_fitted(value, kind) if new else None for value, new in zip(values, pool.made.tolist(), strict=True)]
        lost = [value is not None and fit is None for value, fit in zip(values, fitted, strict=True)]
        weights = column.cells.weights()
        self.unfit += sum(int(weights[place]) for place, gone in enumerate(lost) if gone and pool.made[place])
        new = _typed(fitted, kind).take(pa.array(codes))
        return new if held is None or made.all() else _where(made, new, held)


def _where(made: Any, new: pa.Array, held: pa.Array) -> pa.Array:
    """The new value where it was made, else the held one; by taking, which works for every type."""
    places = pa.array([place if one else len(new) + place for place, one in enumerate(made.tolist())])
    return pa.concat_arrays([new, held.cast(new.type)]).take(places)


def _as_texts(held: pa.Array) -> pa.Array:
    if is_text(held.type):
        return held.cast(pa.string())
    return pa.array([None if value is None else _told(value) for value in held.to_pylist()], pa.string())


def _told(value: Any) -> str:
    if isinstance(value, list | dict | bytes):
        return canonical_json(value)
    return text_of(value) if isinstance(value, bool | int | float | datetime.date | datetime.time | datetime.timedelta) else str(value)


def _fitted(value: Any, kind: pa.DataType) -> Any:
    """The value as the type takes it; None where it cannot."""
    try:
        return pa.scalar(value, kind).as_py() if not isinstance(value, str) else pa.scalar(value, pa.string()).cast(kind).as_py()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _typed(values: list[Any], kind: pa.DataType) -> pa.Array:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    array = pa.array(values, plain)
    return array.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else array
