"""The tables of an evaluation: which reference is what, how each is read, and the columns that all of them share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.tables import TableOverrides, read_sample
from appliance.data_plane.tables.schema import Table, TableSchema
from appliance.errors import DataRefused

TRAINING_NAMES = ("0", "training", "train", "reference", "real")
HOLDOUT_NAMES = ("holdout", "test", "test_data", "validation")
NAMED_COLUMNS = 10
_ROLES = {"training": TRAINING_NAMES, "holdout": HOLDOUT_NAMES}


class Compared(msgspec.Struct, frozen=True):
    """What is compared; `remarks` are sentences about rows and columns that are not."""

    train: Table
    synthetic: Table
    holdout: Table | None
    remarks: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[Table, ...]:
        """The tables that there are."""
        return (self.train, self.synthetic) if self.holdout is None else (self.train, self.synthetic, self.holdout)


def assign_references(paths: dict[str, Path]) -> tuple[Path | None, Path | None]:
    """The training table and the holdout among the references: by their names, the rest in order (numbers by size)."""
    left = sorted(paths, key=lambda key: (not key.isdecimal(), int(key) if key.isdecimal() else 0))
    lowered = {key.lower(): key for key in reversed(left)}
    named = {role: next((lowered[name] for name in names if name in lowered), None) for role, names in _ROLES.items()}
    left = [key for key in left if key not in named.values()]
    training = named["training"] or (left.pop(0) if left else None)
    holdout = named["holdout"] or (left.pop(0) if left else None)
    return paths.get(training or ""), paths.get(holdout or "")


def read_tables(synthetic: Path, training: Path, holdout: Path | None, seed: int) -> Compared:
    """Read the training table, and the others as it was read. Raises DataRefused.

    Of a table that is too large to be held a sample of rows is read, with a remark."""
    remarks: list[str] = []
    train = _read(training, "training table", seed, remarks)
    like = train.schema
    made = _read(synthetic, "synthetic table", seed, remarks, like)
    held = _read(holdout, "holdout", seed, remarks, like) if holdout is not None else None
    return Compared(train, made, held, tuple(remarks))


def _read(path: Path, word: str, seed: int, remarks: list[str], like: TableSchema | None = None) -> Table:
    """A table read as the training one was; as its own values suggest where those do not fit."""
    try:
        found = read_sample(path, seed, overrides=TableOverrides(like=like))
    except DataRefused:
        if like is None:
            raise
        found = read_sample(path, seed)
    if found.partial:
        remarks.append(f"The {word} is read by {found.table.rows:,} of its {found.total_rows:,} rows, drawn at random.")
    return found.table


def without_dropped(tables: Compared, names: list[str]) -> Compared:
    """The tables less some columns. Raises DataRefused when no table has one of them."""
    dropped = set(names)
    unknown = dropped - {name for side in tables.sides for name in side.schema.names}
    if unknown:
        raise DataRefused(f"The configuration drops the column {min(unknown)!r}, but no table has such a column.")
    kept = [chosen(side, [name for name in side.schema.names if name not in dropped]) for side in tables.sides]
    return Compared(kept[0], kept[1], kept[2] if len(kept) > 2 else None, tables.remarks)


def chosen(table: Table, names: list[str]) -> Table:
    """The table with these columns, in this order."""
    columns = tuple(table.schema.column(name) for name in names)
    return Table(TableSchema(columns, table.schema.file), table.data.select(names))


def comparable(tables: Compared, params: dict[str, Any], seed: int) -> Compared:
    """The tables with the mandatory columns first, and no more shared columns than wanted; those that the holdout lacks are left out."""
    shared = _shared(tables.train, tables.synthetic)
    missing = [name for name in params["mandatory_columns"] if name not in shared]
    if missing:
        raise DataRefused(f"The mandatory column {missing[0]!r} is not in both tables.", hint="Name columns that every table has.")
    remarks = list(tables.remarks)
    if tables.holdout is not None and shared:
        held = set(tables.holdout.schema.names)
        lost = [name for name in shared if name not in held]
        if len(lost) == len(shared):
            raise DataRefused("The holdout has no column in common with the other two tables.", hint="Give rows of the same kind.")
        if lost:
            remarks.append(f"The holdout lacks {_listed(lost)}, so the report leaves that out.")
            shared = [name for name in shared if name in held]
    kept = _limited(shared, params["mandatory_columns"], params["sqs_report_columns"], seed)
    if len(kept) < len(shared):
        remarks.append(f"{len(kept)} of {len(shared)} columns are judged, as configured (sqs_report_columns).")
    sides = [_arranged(side, kept, tables) for side in (tables.train, tables.synthetic)]
    holdout = chosen(tables.holdout, kept) if tables.holdout is not None and kept else tables.holdout
    return Compared(sides[0], sides[1], holdout, tuple(remarks))


def _shared(first: Table, second: Table) -> list[str]:
    there = set(second.schema.names)
    return [name for name in first.schema.names if name in there]


def _limited(shared: list[str], mandatory: list[str], limit: int, seed: int) -> list[str]:
    """At most `limit` columns (0: all): the mandatory ones first, then others by lot, in the order of the table."""
    first = [name for name in dict.fromkeys(mandatory) if name in shared]
    rest = [name for name in shared if name not in first]
    room = max(0, (limit or len(shared)) - len(first))
    if len(rest) > room:
        drawn = np.sort(np.random.default_rng([seed, 61]).choice(len(rest), room, replace=False))
        rest = [rest[place] for place in drawn]
    return [*first, *rest]


def _arranged(side: Table, kept: list[str], tables: Compared) -> Table:
    """`kept` first; then the columns that only this table has, which the report names."""
    both = set(_shared(tables.train, tables.synthetic))
    return chosen(side, [*kept, *(name for name in side.schema.names if name not in both)])


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_COLUMNS])
    many = "the column " if len(names) == 1 else "the columns "
    return many + shown + (f" and {len(names) - NAMED_COLUMNS} more" if len(names) > NAMED_COLUMNS else "")
