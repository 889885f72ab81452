"""Named SQL: `queries.sql` and `people.sql` by statement name, and the row Structs that its answers become."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)
Parameters = Mapping[str, Any]


@cache
def statements() -> Mapping[str, str]:
    """Every statement of both files, read on the first call."""
    texts = [files(__package__).joinpath(name).read_text("utf-8") for name in ("queries.sql", "people.sql")]
    parts = [part.partition("\n") for text in texts for part in text.split("-- name: ")[1:]]
    return {name.strip(): body.strip() for name, _, body in parts}


def sql(name: str) -> str:
    """The statement of that name. Raises KeyError."""
    return statements()[name]


def one(connection: sqlite3.Connection, name: str, row: type[Row], parameters: Parameters, *, json: tuple[str, ...] = ()) -> Row | None:
    """The first row of statement `name` as a Struct, or None."""
    found = connection.execute(sql(name), parameters).fetchall()
    return decode(row, found[0], json) if found else None


def only(connection: sqlite3.Connection, name: str, row: type[Row], parameters: Parameters, *, json: tuple[str, ...] = ()) -> Row:
    """The row of statement `name`, which always answers one."""
    return decode(row, connection.execute(sql(name), parameters).fetchall()[0], json)


def many(connection: sqlite3.Connection, name: str, row: type[Row], parameters: Parameters, *, json: tuple[str, ...] = ()) -> list[Row]:
    """All rows of statement `name` as Structs."""
    return decode_all(row, connection.execute(sql(name), parameters).fetchall(), json)


def run(connection: sqlite3.Connection, name: str, parameters: Parameters) -> int:
    """Execute a statement that answers no rows; how many rows it changed."""
    return connection.execute(sql(name), parameters).rowcount


def value(connection: sqlite3.Connection, name: str, parameters: Parameters) -> Any:
    """The first column of the first row, or None."""
    found = connection.execute(sql(name), parameters).fetchall()
    return found[0][0] if found else None


def decode(row: type[Row], values: tuple[Any, ...], json: tuple[str, ...] = ()) -> Row:
    """A row as its Struct: columns in field order, `json` names the columns that hold JSON text."""
    cells = list(values)
    for index in _positions(row, json):
        if cells[index] is not None:
            cells[index] = msgspec.json.decode(cells[index])
    return msgspec.convert(cells, row, strict=False)


def decode_all(row: type[Row], values: Iterable[tuple[Any, ...]], json: tuple[str, ...] = ()) -> list[Row]:
    """`decode` for every row, for answers of `Store.long_read`."""
    return [decode(row, cells, json) for cells in values]


def to_json(thing: Any) -> str | None:
    """JSON text for a column, None for None."""
    return None if thing is None else msgspec.json.encode(thing).decode()


@cache
def _positions(row: type[msgspec.Struct], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(row.__struct_fields__.index(name) for name in names)
