"""Two or three tables read column by column: all that the measures need, and far smaller than the tables."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.coercion import common_arrays
from appliance.data_plane.quality.column import NAMED_ROWS, Codes, Column, Counts, Feature, Floats, Hashes, Role, Side, feature_of
from appliance.data_plane.quality.entities import replayed_column
from appliance.data_plane.quality.facts import Facts, describe
from appliance.data_plane.quality.options import JudgeOptions, Progress
from appliance.data_plane.quality.validity import check_column
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

SAMPLED_CELLS = 20_000_000
TEXT_ROWS = 5_000
LARGEST = 1e100


class Comparison(msgspec.Struct, frozen=True):
    """Training (left), synthetic (right) and held-out rows, column by column.

    `*_hashes` hold one 64-bit digest per row of the whole tables, identifier columns left out. `absent` and `added` are columns that
    only one of the two tables has. `positions` are the sampled rows' places in the synthetic table."""

    features: tuple[Feature, ...]
    facts: tuple[Facts, ...]
    left_rows: int
    right_rows: int
    holdout_rows: int
    left_hashes: Hashes
    right_hashes: Hashes
    holdout_hashes: Hashes
    left_columns: int
    right_columns: int
    absent: tuple[str, ...]
    added: tuple[str, ...]
    identifiers: tuple[str, ...]
    positions: npt.NDArray[np.int64]


def compare(train: Table, synthetic: Table, holdout: Table | None, options: JudgeOptions, seed: int, progress: Progress) -> Comparison:
    """Read the tables. Raises DataRefused when they have no column in common."""
    there = set(synthetic.schema.names)
    names = [name for name in train.schema.names if name in there]
    if not names:
        raise DataRefused("The two tables have no column in common.", hint="Compare tables with the same column names.")
    if holdout is not None and (holdout.rows == 0 or not set(names) <= set(holdout.schema.names)):
        holdout = None
    reader = _Reader(train, synthetic, holdout, len(names), options, seed)
    identifiers = _identifiers(train, names)
    features, facts = [], []
    for position, name in enumerate(names):
        progress("columns", position, len(names))
        column, described = reader.column(name, position, hashed=name not in identifiers)
        features.append(feature_of(column))
        facts.append(described)
    return _comparison(reader, tuple(features), tuple(facts), identifiers)


def _comparison(reader: _Reader, features: tuple[Feature, ...], facts: tuple[Facts, ...], identifiers: tuple[str, ...]) -> Comparison:
    ours, theirs = (table.schema.names for table in reader.tables[:2])
    return Comparison(
        features=features,
        facts=facts,
        left_rows=reader.tables[0].rows,
        right_rows=reader.tables[1].rows,
        holdout_rows=len(reader.hashes[2]),
        left_hashes=reader.hashes[0],
        right_hashes=reader.hashes[1],
        holdout_hashes=reader.hashes[2],
        left_columns=len(ours),
        right_columns=len(theirs),
        absent=tuple(name for name in ours if name not in theirs),
        added=tuple(name for name in theirs if name not in ours),
        identifiers=identifiers,
        positions=reader.samples[1],
    )


def _identifiers(train: Table, names: list[str]) -> tuple[str, ...]:
    found = tuple(name for name in names if train.schema.column(name).kind is ColumnKind.IDENTIFIER)
    return found if len(found) < len(names) else ()


def sampled(rows: int, cap: int, seed: int) -> npt.NDArray[np.int64]:
    """At most `cap` of `rows` positions, in order; the same for every table with as many rows."""
    if rows <= cap:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng([seed, rows]).choice(rows, cap, replace=False)).astype(np.int64)


class _Reader:
    """Holds what is common to all columns while they are read one after another."""

    def __init__(self, train: Table, synthetic: Table, holdout: Table | None, width: int, options: JudgeOptions, seed: int) -> None:
        self.train = train
        self.tables = [train, synthetic] + ([holdout] if holdout is not None else [])
        self.seed = seed
        cap = max(200, min(options.score_rows, SAMPLED_CELLS // width))
        self.samples = [sampled(table.rows, cap, seed) for table in self.tables]
        sizes = [table.rows for table in self.tables] + [0]
        self.hashes = [np.zeros(size, dtype=np.uint64) for size in sizes[:3]]

    def column(self, name: str, position: int, *, hashed: bool) -> tuple[Column, Facts]:
        given = [table.data.column(name) for table in self.tables]
        arrays = common_arrays(given)
        encoded = pa.concat_arrays(arrays).dictionary_encode()
        levels = len(encoded.dictionary)
        codes = np.asarray(pc.fill_null(encoded.indices, levels)).astype(np.int32)
        parts = np.split(codes, np.cumsum([len(array) for array in arrays])[:-1])
        if hashed:
            self._add_hashes(parts, levels, position)
        counts = [np.bincount(part, minlength=levels + 1).astype(np.int64) for part in parts]
        column = self._described(name, encoded.dictionary, arrays, parts, counts)
        unread = [_unread(before, after) for before, after in zip(given, arrays, strict=True)]
        checked = check_column(column, encoded.dictionary, parts, unread)
        return column, describe(column, checked, replayed_column(column, encoded.dictionary))

    def _add_hashes(self, parts: list[Codes], levels: int, position: int) -> None:
        table = mixed(np.arange(levels + 1, dtype=np.uint64) + (np.uint64(position + 1) << np.uint64(40)))
        for hashes, part in zip(self.hashes, parts, strict=False):
            hashes += table[part]

    def _described(self, name: str, levels: pa.Array, arrays: list[pa.Array], parts: list[Codes], counts: list[Counts]) -> Column:
        kind = self.train.schema.column(name).kind
        role = _role(kind, levels, counts[0])
        sides = [
            Side(count, part[rows], _text_features(array, self.seed) if role is Role.TEXT else None)
            for array, part, count, rows in zip(arrays, parts, counts, self.samples, strict=True)
        ]
        return Column(
            name=name,
            kind=kind,
            role=role,
            moment=bool(pa.types.is_timestamp(levels.type)) and kind is not ColumnKind.IDENTIFIER,
            values=_values(levels),
            lengths=_lengths(levels),
            names=_names(levels, counts[0]),
            left=sides[0],
            right=sides[1],
            holdout=sides[2] if len(sides) > 2 else None,
        )


def _unread(before: pa.ChunkedArray, after: pa.Array) -> npt.NDArray[np.bool_]:
    """Cells that hold a value, but none that can be read in the training table's type."""
    if before.null_count == after.null_count:
        return np.zeros(len(after), dtype=bool)
    lost = pc.and_(pc.is_valid(before), pc.is_null(pa.chunked_array([after])))
    if pa.types.is_floating(before.type):
        lost = pc.and_(lost, pc.invert(pc.fill_null(pc.is_nan(before), False)))
    return np.asarray(lost, dtype=bool)


def mixed(numbers: Hashes) -> Hashes:
    """Splitmix64: neighbouring numbers become unrelated 64-bit ones."""
    with np.errstate(over="ignore"):
        numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
        numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed_numbers: Hashes = numbers ^ (numbers >> np.uint64(31))
    return mixed_numbers


def _role(kind: ColumnKind, levels: pa.Array, counts: Counts) -> Role:
    """The published field-type rules, on the training table's values; a key is never compared by value, because new keys are wanted."""
    held = counts[:-1] > 0
    unique, total = int(held.sum()), int(counts[:-1].sum())
    if unique == 0:
        return Role.EMPTY
    if kind is ColumnKind.IDENTIFIER:
        return Role.OTHER
    if unique == 2:
        return Role.BINARY
    if pa.types.is_floating(levels.type):
        return Role.NUMERIC
    if pa.types.is_integer(levels.type):
        few = unique <= 10 and np.asarray(levels)[held].min() >= 0
        return Role.CATEGORICAL if few else Role.NUMERIC
    if pa.types.is_boolean(levels.type) or 1 - unique / total >= (0.9 if total > 50 else 0.7):
        return Role.CATEGORICAL
    return Role.TEXT if _spaces(levels, counts) > 2 else Role.OTHER


def _spaces(levels: pa.Array, counts: Counts) -> float:
    if not pa.types.is_string(levels.type):
        return 0.0
    spaces = np.asarray(pc.count_substring(levels, " "))
    return float(spaces @ counts[:-1]) / max(1, int(counts[:-1].sum()))


def _values(levels: pa.Array) -> Floats:
    if pa.types.is_timestamp(levels.type):
        return np.asarray(levels.cast(pa.timestamp("us")).cast(pa.int64()), dtype=np.float64) / 1e6
    if pa.types.is_boolean(levels.type) or pa.types.is_integer(levels.type) or pa.types.is_floating(levels.type):
        numbers = np.asarray(levels.cast(pa.float64(), safe=False), dtype=np.float64).copy()
        numbers[~np.isfinite(numbers)] = np.nan
        return np.clip(numbers, -LARGEST, LARGEST)
    return np.full(len(levels), np.nan)


def _lengths(levels: pa.Array) -> Counts:
    if pa.types.is_null(levels.type):
        return np.zeros(len(levels), dtype=np.int64)
    return np.asarray(pc.utf8_length(levels.cast(pa.string()))).astype(np.int64)


def _names(levels: pa.Array, counts: Counts) -> dict[int, str]:
    common = np.flatnonzero(counts[:-1] >= NAMED_ROWS)
    common = common[np.argsort(-counts[common], kind="stable")][:40]
    texts = levels.take(pa.array(common)).cast(pa.string()).to_pylist() if len(common) else []
    return {int(level): str(text) for level, text in zip(common, texts, strict=True)}


def _text_features(array: pa.Array, seed: int) -> tuple[Floats, Floats, Floats]:
    records = array.take(pa.array(sampled(len(array), TEXT_ROWS, seed))).drop_null()
    sentences = np.maximum(1.0, np.asarray(pc.count_substring_regex(records, pattern=r"[.!?]+"), dtype=np.float64))
    words = np.asarray(pc.count_substring_regex(records, pattern=r"\S+"), dtype=np.float64)
    letters = np.asarray(pc.count_substring_regex(records, pattern=r"\S"), dtype=np.float64)
    return sentences, words / sentences, letters / np.maximum(1.0, words)
