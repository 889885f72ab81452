"""Planted truth: does the report find copied rows and a leaking engine, and does it let honest tables pass?

    OMP_NUM_THREADS=1 python scripts/bench/report_truth.py [--seeds 50] [--rows 4000] [--cases copied,leaking,fresh,engine]

Every case is made anew for every seed: `copied` is fresh rows among which one in a thousand is a training row; `leaking` is CART with donor
values from leaves of few rows, without any protection; `filtered` the same without exact copies (no goal: shown to tell what the other
tests find); `fresh` is rows that the engine never saw; `engine` is our own engine. Prints, for
each case, the share of seeds in which the report raised the alarm, the tests that failed, and CPU seconds. Ends with 1 if a goal is missed:
100 % of `copied` and `leaking`, at most 5 % of the others."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.tree import DecisionTreeRegressor

from appliance.data_plane.quality import JudgeOptions, judge
from appliance.data_plane.synthesis import EngineOptions, fit
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

HOLDOUT_SHARE = 0.05
COPIED_SHARE = 0.001
LEAF_ROWS = 5
GOALS = {"copied": (1.0, 1.0), "leaking": (1.0, 1.0), "filtered": (0.0, 1.0), "fresh": (0.0, 0.05), "engine": (0.0, 0.05)}
KINDS = {
    "age": ColumnKind.INTEGER,
    "income": ColumnKind.NUMERIC,
    "region": ColumnKind.CATEGORICAL,
    "job": ColumnKind.CATEGORICAL,
    "hours": ColumnKind.NUMERIC,
    "debt": ColumnKind.NUMERIC,
    "children": ColumnKind.INTEGER,
    "member": ColumnKind.BOOLEAN,
}
TYPES = {ColumnKind.INTEGER: pa.int64(), ColumnKind.NUMERIC: pa.float64(), ColumnKind.BOOLEAN: pa.bool_()}

Columns = dict[str, npt.NDArray[np.float64]]


def population(rows: int, seed: int) -> Columns:
    """Rows of one population: skewed and rounded numbers, common and rare categories (as codes), missing values, dependences."""
    random = np.random.default_rng([seed, 1])
    age = np.clip(np.round(random.gamma(9, 5, rows)), 17, 95)
    region = np.minimum(random.geometric(0.25, rows) - 1, 14).astype(float)
    job = np.floor(np.clip(age / 12 + random.normal(0, 1.5, rows), 0, 11))
    income = np.round(np.exp(8.5 + 0.012 * age + 0.08 * job + random.normal(0, 0.4, rows)), 2)
    hours = np.round(np.clip(random.normal(36, 9, rows) - 0.4 * region, 0, 80), 1)
    debt = np.where(random.random(rows) < 0.35, np.nan, np.round(income * random.gamma(2, 0.7, rows), 2))
    children = np.minimum(random.poisson(np.clip((age - 20) / 18, 0.05, 2.2)), 7).astype(float)
    member = (random.random(rows) < 1 / (1 + np.exp(3 - income / 8_000))).astype(float)
    return dict(zip(KINDS, (age, income, region, job, hours, debt, children, member), strict=True))


def as_table(columns: Columns) -> Table:
    """Columns of numbers as a table; codes of categories become names."""
    arrays = [_array(columns[name], kind) for name, kind in KINDS.items()]
    return Table(TableSchema(tuple(ColumnSchema(name, kind) for name, kind in KINDS.items())), pa.table(arrays, names=list(KINDS)))


def _array(values: npt.NDArray[np.float64], kind: ColumnKind) -> pa.Array:
    if kind is ColumnKind.CATEGORICAL:
        return pa.array([f"code {int(value)}" for value in values], pa.string())
    return pa.array(values, pa.float64(), from_pandas=True).cast(TYPES[kind])


def leaking_rows(train: Columns, rows: int, seed: int) -> Columns:
    """Sequential CART: each column is drawn from the training values (donors) in the leaf of the columns made so far."""
    random = np.random.default_rng([seed, 2])
    made: Columns = {}
    for name, values in train.items():
        if not made:
            made[name] = random.choice(values, rows)
            continue
        known, wanted = (np.nan_to_num(np.column_stack([side[other] for other in made]), nan=-1.0) for side in (train, made))
        tree = DecisionTreeRegressor(min_samples_leaf=LEAF_ROWS, random_state=0).fit(known, np.nan_to_num(values, nan=-1.0))
        made[name] = _donors(tree.apply(known), values, tree.apply(wanted), random)
    return made


def _donors(
    leaves: npt.NDArray[np.int64], values: npt.NDArray[np.float64], wanted: npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.float64]:
    order = np.argsort(leaves, kind="stable")
    first = np.searchsorted(leaves[order], wanted, "left")
    count = np.searchsorted(leaves[order], wanted, "right") - first
    drawn: npt.NDArray[np.float64] = values[order[first + (random.random(len(wanted)) * count).astype(np.int64)]]
    return drawn


def copied_rows(train: Columns, rows: int, seed: int) -> Columns:
    """Fresh rows of which one in a thousand (one at least) is replaced by a training row."""
    random = np.random.default_rng([seed, 3])
    count = max(1, round(COPIED_SHARE * rows))
    places, donors = random.choice(rows, count, replace=False), random.choice(len(train["age"]), count, replace=False)
    made = population(rows, seed + 20_000)
    for name, values in made.items():
        values[places] = train[name][donors]
    return made


def filtered_rows(train: Columns, rows: int, seed: int) -> Columns:
    """The leaking engine behind a filter that drops exact copies: what is left still tells who was trained on."""
    made = leaking_rows(train, round(1.3 * rows), seed)
    known = set(zip(*(np.nan_to_num(values, nan=-1.0) for values in train.values()), strict=True))
    lines = zip(*(np.nan_to_num(values, nan=-1.0) for values in made.values()), strict=True)
    kept = np.array([line not in known for line in lines])
    return {name: values[kept][:rows] for name, values in made.items()}


def fresh_rows(train: Columns, rows: int, seed: int) -> Columns:
    """Rows of the same population that no one has seen."""
    return population(rows, seed + 30_000)


CASES: dict[str, Callable[[Columns, int, int], Columns]] = {
    "copied": copied_rows,
    "leaking": leaking_rows,
    "filtered": filtered_rows,
    "fresh": fresh_rows,
}


def judged(case: str, rows: int, seed: int, options: JudgeOptions) -> tuple[bool, tuple[str, ...]]:
    """Whether the report of one case raised the alarm, and which privacy tests failed."""
    train = population(rows, seed)
    holdout = as_table(population(max(50, round(HOLDOUT_SHARE * rows)), seed + 10_000))
    table = as_table(train)
    made = CASES.get(case)
    synthetic = as_table(made(train, rows, seed)) if made else fit(table, EngineOptions(seed=seed)).sample(rows, seed)
    report = judge(table, synthetic, holdout, options, seed)
    privacy = report["privacy"]
    return bool(privacy["alarm"]), tuple(test["test"] for test in privacy["tests"] if test["failed"])


def main() -> int:
    """Run the cases and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--cases", default="copied,leaking,fresh,engine")
    wanted = parser.parse_args()
    missed = False
    for case in wanted.cases.split(","):
        start = time.process_time()
        found = [judged(case, wanted.rows, seed, JudgeOptions(utility=False, discriminator=False)) for seed in range(wanted.seeds)]
        share = sum(alarm for alarm, _ in found) / len(found)
        tests = Counter(test for _, failed in found for test in failed)
        low, high = GOALS[case]
        missed |= not low <= share <= high
        print(f"{case:8} alarms {share:.0%} of {len(found)} seeds; {dict(tests)}; {time.process_time() - start:.0f} CPU s", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
