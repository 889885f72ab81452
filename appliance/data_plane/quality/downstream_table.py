"""Tables as a learning problem: real and synthetic rows to learn from, real rows to be tested on, in shared codes."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.quality.coercion import common_arrays
from appliance.data_plane.quality.column import Codes, Floats
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

MOST_CLASSES = 100
LEAST_ROWS, LEAST_TEST_ROWS = 20, 10
MOST_ROWS, MOST_TEST_ROWS = 20_000, 10_000
FREE_TEXT_SHARE = 0.5
LARGEST = 1e100

Positions = npt.NDArray[np.int64]


class Part(msgspec.Struct, frozen=True):
    """Some rows: `numbers` (rows × numeric columns, NaN where missing), `codes` (rows × other columns, −1 where missing) and the target
    (class codes, or numbers)."""

    numbers: Floats
    codes: Codes
    target: Floats

    @property
    def rows(self) -> int:
        return len(self.target)


class Problem(msgspec.Struct, frozen=True):
    """`classes`: texts of the target's classes by code, empty for a regression; `class_rows` training rows of each. `left_out`: columns
    that are not learnt from, with the reason. `own_holdout`: the test rows came as a table of their own. `dropped`: rows without a
    target in real, synthetic and test rows."""

    target: str
    classes: tuple[str, ...]
    class_rows: tuple[int, ...]
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    real: Part
    synthetic: Part
    test: Part
    own_holdout: bool
    dropped: tuple[int, int, int]


class Plan(msgspec.Struct, frozen=True):
    """What to learn: the target, as classes or as numbers, the most rows (0: as many as fit) and columns, and the share of the training
    rows that becomes the test where there is no holdout."""

    target: str
    classify: bool
    rows: int = 5_000
    columns: int = 250
    holdout: float = 0.2


def state_problem(train: Table, synthetic: Table, holdout: Table | None, plan: Plan, seed: int) -> Problem:
    """Draw the rows and read the columns. Raises DataRefused when the target is missing, cannot be predicted, or too few rows have one."""
    tables = [train, synthetic] + ([holdout] if holdout is not None else [])
    check_target(train, plan.target, classify=plan.classify)
    for table, word in zip(tables[1:], ("synthetic table", "holdout"), strict=False):
        check_target(table, plan.target, classify=True, word=word)
    targets = _target_arrays(tables, plan)
    held = [np.flatnonzero(np.asarray(pc.is_valid(array))) for array in targets]
    real, made, test = _draw(held, _labels(targets[0]) if plan.classify else None, plan, seed)
    sources = (train, synthetic, holdout if holdout is not None else train)
    values = _read_target((targets[0], targets[1], targets[-1] if holdout is not None else targets[0]), (real, made, test), plan)
    columns = _Columns(sources, (real, made, test), plan)
    return Problem(
        target=plan.target,
        classes=values.classes,
        class_rows=values.class_rows,
        numeric=tuple(columns.numeric),
        categorical=tuple(columns.categorical),
        left_out=tuple(columns.left_out),
        real=columns.part(0, values.parts[0]),
        synthetic=columns.part(1, values.parts[1]),
        test=columns.part(2, values.parts[2]),
        own_holdout=holdout is not None,
        dropped=(train.rows - len(held[0]), synthetic.rows - len(held[1]), holdout.rows - len(held[2]) if holdout is not None else 0),
    )


def check_target(table: Table, target: str, *, classify: bool, word: str = "training table") -> None:
    """Raises DataRefused when the table lacks the target, or holds no numbers in one that a regression is to predict."""
    if target not in table.schema.names:
        raise DataRefused(f"The {word} has no column {target!r}, which is the target.", hint="Name a column that every table has.")
    kind = table.data.column(target).type
    if not classify and not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        read = table.schema.column(target).kind.value
        hint = "Name a column of numbers, or make it a classification."
        raise DataRefused(f"A regression predicts numbers, but the column {target!r} is read as {read}.", hint=hint)


def _target_arrays(tables: list[Table], plan: Plan) -> list[pa.Array]:
    """The target of every table in one type: texts for classes, numbers for a regression."""
    arrays = common_arrays([table.data.column(plan.target) for table in tables])
    if plan.classify:
        return [_class_texts(array) for array in arrays]
    numbers = [array.cast(pa.float64(), safe=False) for array in arrays]
    return [pc.if_else(pc.fill_null(pc.is_finite(array), False), array, pa.scalar(None, pa.float64())) for array in numbers]


def _class_texts(array: pa.Array) -> pa.Array:
    """Values as texts; whole numbers without a decimal point, whatever type they are held in."""
    if pa.types.is_floating(array.type):
        encoded = array.dictionary_encode()
        texts = [str(int(value)) if value == int(value) else repr(value) for value in _finite(encoded.dictionary)]
        return pa.array(texts, pa.string()).take(encoded.indices)
    return array.cast(pa.string())


def _finite(values: pa.Array) -> list[float]:
    return [max(-1e300, min(1e300, value)) for value in values.to_pylist()]


def _labels(array: pa.Array) -> Codes:
    return np.asarray(pc.fill_null(array.dictionary_encode().indices, -1)).astype(np.int32)


def _draw(held: list[Positions], labels: Codes | None, plan: Plan, seed: int) -> tuple[Positions, Positions, Positions]:
    """Rows to learn from, as many real as synthetic ones, and rows to be tested on. Raises DataRefused when there are too few."""
    random = np.random.default_rng([seed, 71])
    order = random.permutation(held[0])
    if len(held) > 2:
        real, test = order, random.permutation(held[2])
    else:
        real, test = _set_aside(order, labels, plan.holdout)
    made = random.permutation(held[1])
    count = min(plan.rows or MOST_ROWS, MOST_ROWS, len(real), len(made))
    if count < LEAST_ROWS or len(test) < LEAST_TEST_ROWS:
        found = f"{len(real):,} training, {len(made):,} synthetic and {len(test):,} test rows have one"
        needed = f"at least {LEAST_ROWS} training, {LEAST_ROWS} synthetic and {LEAST_TEST_ROWS} test rows are needed"
        raise DataRefused(f"Too few rows have a value of the target {plan.target!r}: {found}, and {needed}.")
    return np.sort(real[:count]), np.sort(made[:count]), np.sort(test[:MOST_TEST_ROWS])


def _set_aside(order: Positions, labels: Codes | None, share: float) -> tuple[Positions, Positions]:
    """Split shuffled rows; of each class the same share goes to the test, so that a class of one row stays where it can be learnt."""
    if labels is None:
        cut = round(share * len(order))
        return order[cut:], order[:cut]
    classes = labels[order]
    place = np.zeros(len(order), dtype=np.int64)
    for label in np.unique(classes):
        own = classes == label
        place[own] = np.arange(own.sum()) < round(share * int(own.sum()))
    return order[place == 0], order[place == 1]


class _Target(msgspec.Struct, frozen=True):
    parts: tuple[Floats, Floats, Floats]
    classes: tuple[str, ...] = ()
    class_rows: tuple[int, ...] = ()


def _read_target(arrays: tuple[pa.Array, pa.Array, pa.Array], rows: tuple[Positions, Positions, Positions], plan: Plan) -> _Target:
    taken = [array.take(pa.array(positions)) for array, positions in zip(arrays, rows, strict=True)]
    if not plan.classify:
        real, made, test = (np.asarray(array, dtype=np.float64) for array in taken)
        _check_variety(plan, len(np.unique(real)), len(np.unique(test)))
        return _Target((real, made, test))
    whole = arrays[0].drop_null().value_counts()
    if len(whole) > MOST_CLASSES:
        many = f"The target {plan.target!r} has {len(whole):,} different values; a classification takes at most {MOST_CLASSES}"
        raise DataRefused(many + ".", hint="Predict numbers with a regression, or name a column with fewer values.")
    encoded = pa.concat_arrays(taken).dictionary_encode()
    names = tuple(encoded.dictionary.to_pylist())
    codes = np.asarray(encoded.indices, dtype=np.float64)
    real, made, test = np.split(codes, np.cumsum([len(array) for array in taken])[:-1])
    _check_variety(plan, len(np.unique(real)), len(np.unique(test)))
    counts = dict(zip(whole.field("values").to_pylist(), whole.field("counts").to_pylist(), strict=True))
    return _Target((real, made, test), names, tuple(int(counts.get(name, 0)) for name in names))


def _check_variety(plan: Plan, learnt: int, tested: int) -> None:
    for count, word in ((learnt, "training"), (tested, "test")):
        if count < 2:
            hint = "Name a column with at least two values, or a holdout that has them."
            raise DataRefused(
                f"All {word} rows hold the same value of the target {plan.target!r}, so there is nothing to predict.", hint=hint
            )


class _Columns:
    """The columns that every table has, but for keys, free text and empty ones."""

    def __init__(self, tables: tuple[Table, Table, Table], rows: tuple[Positions, Positions, Positions], plan: Plan) -> None:
        self.numeric: list[str] = []
        self.categorical: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self._numbers: list[list[Floats]] = [[], [], []]
        self._codes: list[list[Codes]] = [[], [], []]
        self._rows = [len(positions) for positions in rows]
        for name in tables[0].schema.names:
            if name != plan.target:
                self._read(name, tables, rows, plan.columns)
        if not self.numeric and not self.categorical:
            raise DataRefused(
                f"There is no column to predict {plan.target!r} from: every other one is a key, free text, empty, or not in all tables."
            )

    def _read(self, name: str, tables: tuple[Table, Table, Table], rows: tuple[Positions, Positions, Positions], most: int) -> None:
        if any(name not in table.schema.names for table in tables[1:]):
            self.left_out.append((name, "not in every table"))
            return
        if len(self.numeric) + len(self.categorical) >= (most or len(tables[0].schema.names)):
            self.left_out.append((name, "beyond the columns asked for"))
            return
        taken = [table.data.column(name).take(pa.array(own)) for table, own in zip(tables, rows, strict=True)]
        arrays = common_arrays(taken)
        reason = _unusable(tables[0].schema.column(name).kind, arrays[0])
        if reason:
            self.left_out.append((name, reason))
        elif _is_ordered(arrays[0].type):
            self.numeric.append(name)
            for side, array in zip(self._numbers, arrays, strict=True):
                side.append(_numbers_of(array))
        else:
            self.categorical.append(name)
            encoded = pa.concat_arrays(arrays).dictionary_encode()
            codes = np.asarray(pc.fill_null(encoded.indices, -1)).astype(np.int32)
            for codes_side, part in zip(self._codes, np.split(codes, np.cumsum(self._rows)[:-1]), strict=True):
                codes_side.append(part)

    def part(self, side: int, target: Floats) -> Part:
        rows = self._rows[side]
        numbers = np.stack(self._numbers[side], axis=1) if self.numeric else np.zeros((rows, 0))
        codes = np.stack(self._codes[side], axis=1) if self.categorical else np.zeros((rows, 0), dtype=np.int32)
        return Part(numbers, codes, target)


def _unusable(kind: ColumnKind, values: pa.Array) -> str:
    """Why a column is not learnt from, or nothing."""
    present = len(values) - values.null_count
    if present == 0:
        return "empty"
    if kind is ColumnKind.IDENTIFIER:
        return "a key"
    if kind is ColumnKind.TEXT or (pa.types.is_string(values.type) and pc.count_distinct(values).as_py() > FREE_TEXT_SHARE * present > 10):
        return "free text"
    return ""


def _is_ordered(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind))


def _numbers_of(array: pa.Array) -> Floats:
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    numbers = np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64).copy()
    numbers[~np.isfinite(numbers)] = np.nan
    return np.clip(numbers, -LARGEST, LARGEST)
