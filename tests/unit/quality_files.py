"""Shared data files read plainly, for comparing our scores with the bench's on the same values."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema


def plain_table(path: Path, *, most: int) -> Table:
    """At most `most` rows; whole numbers, numbers and texts only."""
    convert = pa.csv.ConvertOptions(strings_can_be_null=True, timestamp_parsers=["no dates"])
    data = pa.csv.read_csv(path, parse_options=pa.csv.ParseOptions(newlines_in_values=True), convert_options=convert).slice(0, most)
    schemas, columns = [], []
    for name in data.column_names:
        kind = _kind(data.column(name).type)
        schemas.append(ColumnSchema(name, kind))
        target = {ColumnKind.INTEGER: pa.int64(), ColumnKind.NUMERIC: pa.float64()}.get(kind, pa.string())
        columns.append(data.column(name).cast(target))
    return Table(TableSchema(tuple(schemas)), pa.table(columns, names=data.column_names))


def _kind(found: pa.DataType) -> ColumnKind:
    if pa.types.is_integer(found):
        return ColumnKind.INTEGER
    return ColumnKind.NUMERIC if pa.types.is_floating(found) else ColumnKind.CATEGORICAL
