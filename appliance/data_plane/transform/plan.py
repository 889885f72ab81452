"""What a transform does, fixed when it is trained: the configuration and what every column is taken for. Saved as JSON, run on any file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.configurations.transform_v2 import effective_seed, text_entities
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, TableSchema
from appliance.data_plane.tables.storage import type_of

_TYPES = {
    ColumnKind.INTEGER: "numeric",
    ColumnKind.NUMERIC: "numeric",
    ColumnKind.BOOLEAN: "binary",
    ColumnKind.CATEGORICAL: "categorical",
    ColumnKind.TEXT: "text",
    ColumnKind.EMPTY: "empty",
}
_DTYPES = {ColumnKind.INTEGER: "int64", ColumnKind.NUMERIC: "float64", ColumnKind.BOOLEAN: "bool"}


class PlannedColumn(msgspec.Struct, frozen=True):
    """A column of the training file. `entity`: the configuration's word for what it holds; `type` and `dtype`: what expressions read as
    `column.type` and `column.dtype`; `mixed`: whether its cells are whole values of several labels, or of none."""

    schema: ColumnSchema
    entity: str | None
    type: str
    dtype: str
    mixed: bool = False

    @property
    def name(self) -> str:
        return self.schema.name


class TransformPlan(msgspec.Struct, frozen=True):
    """`section`: the filled-in `transform_v2` section. `columns`: of the training file, in its order."""

    section: dict[str, Any]
    columns: tuple[PlannedColumn, ...]

    @property
    def seed(self) -> int | None:
        """The seed that is mixed into fakes and hashes; never the key."""
        return effective_seed(self.section)

    @property
    def locales(self) -> tuple[str, ...]:
        """Locales of fakes; none: the default one."""
        given = self.section["globals"]["locales"]
        return (given,) if isinstance(given, str) else tuple(given or ())

    @property
    def text_entities(self) -> tuple[str, ...]:
        """Words that free text is searched for."""
        return text_entities(self.section)

    @property
    def needs_detector(self) -> bool:
        """Whether any expression searches free text."""
        return "_entities" in msgspec.json.encode(self.section["steps"]).decode()

    def column(self, name: str) -> PlannedColumn | None:
        """The column of this name, or None for one that the training file lacked."""
        return next((column for column in self.columns if column.name == name), None)


def make_plan(
    section: dict[str, Any], schema: TableSchema, entities: Mapping[str, str | None], types: Mapping[str, str] | None = None,
    mixed: frozenset[str] = frozenset(),
) -> TransformPlan:  # fmt: skip
    """The plan of a filled-in section for the training file's columns. `entities`: the configuration's word for each column that has one;
    `types`: `column.type` where detection knows better than the column's kind; `mixed`: columns that were judged so."""
    columns = (
        planned(column, entities.get(column.name), (types or {}).get(column.name), mixed=column.name in mixed) for column in schema.columns
    )
    return TransformPlan(section, tuple(columns))


def planned(column: ColumnSchema, entity: str | None = None, kind: str | None = None, *, mixed: bool = False) -> PlannedColumn:
    """A column as expressions see it. What is one entity throughout is no free text, however long its values are."""
    own = type_word(column)
    return PlannedColumn(column, entity, kind or ("other" if entity and own == "text" else own), dtype_word(column), mixed)


def type_word(column: ColumnSchema) -> str:
    """`column.type` by the column's kind: text, numeric, categorical, binary, empty, or other (dates, and keys that are texts)."""
    if column.kind is ColumnKind.IDENTIFIER and column.format.storage == "int64":
        return "numeric"
    return _TYPES.get(column.kind, "other")


def dtype_word(column: ColumnSchema) -> str:
    """`column.dtype` as data frames name it: int64, float64, bool, object, and datetime64[ns] where the file has a type for dates."""
    if column.kind is ColumnKind.IDENTIFIER and column.format.storage == "int64":
        return "int64"
    if column.kind is ColumnKind.DATETIME and column.format.storage and str(type_of(column.format.storage)).startswith("timestamp"):
        return "datetime64[ns]"
    return _DTYPES.get(column.kind, "object")
