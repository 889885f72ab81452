"""Audit of the private engine: tries to tell neighbouring tables apart by the models learnt from them, and bounds ε from below.

    OMP_NUM_THREADS=1 python scripts/bench/private_audit.py [--trainings 4000] [--epsilon 1 4]

For each pair of neighbours (a table, and the same with one row more) models are learnt from both. An attacker sees everything that is in a
model file. On half of the models it looks for the figure, or the weighted sum of figures, and the threshold that part the two best; on the
other half the shares are counted. With confidence 1 - 2 * RISK, ε >= log((true - δ) / false) of the Clopper-Pearson bounds (Jagielski,
Ullman, Oprea, "Auditing differentially private machine learning", 2020). A sound engine stays below the ε it promises."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from appliance.data_plane.synthesis.options import Budget, EngineOptions
from appliance.data_plane.synthesis.private.codec import Levels, Numbers
from appliance.data_plane.synthesis.private.learning import Learner
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.synthesis.private.noise import NoiseSource, SystemNoise
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema

RISK = 0.01
"""The chance with which each of the two shares is bounded wrongly, over all figures of a pair together."""

_CODES = 8

Array = npt.NDArray[np.float64]
Row = tuple[str, int, int]


class Neighbours(msgspec.Struct, frozen=True):
    """Rows of a table of three columns (word, number, number), one row more, and what the configuration gives."""

    name: str
    rows: tuple[Row, ...]
    more: Row
    options: EngineOptions = EngineOptions()


class Finding(msgspec.Struct, frozen=True):
    """What the attack on one pair of neighbours reached: the lower bound on ε, and by which figure."""

    name: str
    epsilon: float
    figure: str
    share_with: float
    share_without: float


def cases() -> tuple[Neighbours, ...]:
    """Neighbours that differ where an engine would leak: an outlier in learnt and in given bounds, a category that is rare or on the edge
    of being told, a row that breaks a determined pair, a row of an empty cell in a given domain."""
    plain: tuple[Row, ...] = tuple((("a", 1, 10), ("b", 2, 20))[place % 2] for place in range(60))
    given = EngineOptions(categories={"word": ["a", "b", "c"], "first": [1, 2, 3], "second": [10, 20, 30]})
    bounded = EngineOptions(categories={"word": ["a", "b"]}, bounds={"first": [0, 4], "second": [0, 1000]})
    edge: tuple[Row, ...] = (*plain, *((("c", 3, 30),) * 12))
    return (
        Neighbours("outlier, bounds learnt", plain, ("a", 1, 900_000)),
        Neighbours("outlier, bounds given", plain, ("a", 1, 1000), bounded),
        Neighbours("rare category", plain, ("canary", 1, 10)),
        Neighbours("category on the edge of being told", edge, ("c", 3, 30)),
        Neighbours("row against a determined pair", plain, ("a", 2, 10), given),
        Neighbours("row of an empty cell, domain given", plain, ("c", 3, 30), given),
    )


def as_table(rows: tuple[Row, ...]) -> Table:
    """The rows as the engine's table."""
    kinds = (
        ("word", ColumnKind.CATEGORICAL, pa.string()),
        ("first", ColumnKind.INTEGER, pa.int64()),
        ("second", ColumnKind.INTEGER, pa.int64()),
    )
    arrays = [pa.array([row[place] for row in rows], kind) for place, (_, _, kind) in enumerate(kinds)]
    schema = TableSchema(tuple(ColumnSchema(name, kind) for name, kind, _ in kinds))
    return Table(schema, pa.Table.from_arrays(arrays, names=[name for name, _, _ in kinds]))


def figures(model: PrivateModel) -> dict[str, float]:
    """Everything in a model that may differ, as numbers by name."""
    found = {"rows": float(model.trained_rows), "rules": float(len(model.rules)), "delta": math.log(model.promise.delta)}
    for number, column in enumerate(model.columns):
        codec = column.codec
        found[f"{number} codes"] = float(codec.size)
        if isinstance(codec, Levels):
            found |= {f"{number} has {text}": float(text in codec.texts) for text in ("a", "b", "c", "canary")}
        if isinstance(codec, Numbers):
            found[f"{number} atoms"] = float(len(codec.atoms))
            if len(codec.low):
                found |= {f"{number} low": float(codec.low[0]), f"{number} high": math.log1p(abs(float(codec.high[-1])))}
        if column.groups is not None and column.node is not None:
            for code, rows in enumerate(column.groups.rows[:_CODES].tolist()):
                found[f"{number} rows {code}"] = rows
            found |= {f"{number} groups": float(column.groups.size), f"{number} parents": float(len(column.node.parents))}
            for group, bias in enumerate(column.node.bias[:_CODES].tolist()):
                found[f"{number} bias {group}"] = max(bias, -10.0)
            for place, weight in enumerate(column.node.weights):
                for cell, value in enumerate(weight.ravel()[: 2 * _CODES].tolist()):
                    found[f"{number} weight {place} {cell}"] = value
    return found


def learn_all(rows: tuple[Row, ...], options: EngineOptions, trainings: int, source: Callable[[], NoiseSource]) -> list[dict[str, float]]:
    """The figures of that many models."""
    table = as_table(rows)
    return [figures(Learner(table, options, source(), None).learn()) for _ in range(trainings)]


def audit(case: Neighbours, budget: Budget, trainings: int, source: Callable[[], NoiseSource] = SystemNoise) -> Finding:
    """The lower bound on ε that an attacker proves with `trainings` models of each table."""
    options = msgspec.structs.replace(case.options, budget=budget)
    without = learn_all(case.rows, options, trainings, source)
    with_it = learn_all((*case.rows, case.more), options, trainings, source)
    names = sorted({name for found in (*without, *with_it) for name in found})
    values = np.array([[found.get(name, -1.0) for name in names] for found in (*without, *with_it)])
    truth = np.repeat([False, True], trainings)
    half = np.arange(2 * trainings) % 2 == 0
    delta = budget.delta if budget.delta is not None else 1.0
    tried = [(name, values[:, place]) for place, name in enumerate(names)] + [("weighted sum", _weighted(values, truth, half))]
    best = max(((_guess(column[half], truth[half], delta), name, column) for name, column in tried), key=lambda each: each[0][0])
    (_, cut, above), name, column = best
    says = (column[~half] >= cut) == above
    there, absent = says[truth[~half]], says[~truth[~half]]
    bound = _bound(np.array([there.sum()]), np.array([absent.sum()]), (len(there), len(absent)), delta)
    return Finding(case.name, float(bound[0]), name, float(there.mean()), float(absent.mean()))


def _weighted(values: Array, truth: npt.NDArray[np.bool_], half: npt.NDArray[np.bool_]) -> Array:
    scaled = StandardScaler().fit(values[half]).transform(values)
    return np.asarray(LogisticRegression(C=0.1, max_iter=500).fit(scaled[half], truth[half]).decision_function(scaled))


def _guess(column: Array, truth: npt.NDArray[np.bool_], delta: float) -> tuple[float, float, bool]:
    """The bound of the best threshold, the threshold, and on which side of it the row is taken to be there."""
    cuts = np.unique(np.quantile(column, np.linspace(0, 1, 41)))
    says = column[None, :] >= cuts[:, None]
    one, other = says[:, truth].sum(1), says[:, ~truth].sum(1)
    sizes = int(truth.sum()), int((~truth).sum())
    above = _bound(one, other, sizes, delta)
    below = _bound(sizes[0] - one, sizes[1] - other, sizes, delta)
    place = int(np.argmax(np.maximum(above, below)))
    return float(max(above[place], below[place])), float(cuts[place]), bool(above[place] >= below[place])


def _bound(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], sizes: tuple[int, int], delta: float) -> Array:
    """Lower bounds on ε from how many times the attacker says *there* with and without the row, in either direction."""
    forth = _one_way(one, sizes[0], other, sizes[1], delta)
    return np.maximum(forth, _one_way(sizes[1] - other, sizes[1], sizes[0] - one, sizes[0], delta))


def _one_way(yes: npt.NDArray[np.int64], asked: int, no: npt.NDArray[np.int64], others: int, delta: float) -> Array:
    low = np.where(yes > 0, beta.ppf(RISK, np.maximum(yes, 1), asked - yes + 1), 0.0)
    high = np.where(no < others, beta.ppf(1 - RISK, no + 1, np.maximum(others - no, 1)), 1.0)
    return np.log(np.maximum((low - delta) / high, 1.0))


def main() -> None:
    """Prints one line a case and ends with 1 where a bound exceeds the ε promised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=4000)
    parser.add_argument("--epsilon", type=float, nargs="*", default=[1.0, 4.0])
    chosen = parser.parse_args()
    broken = False
    for epsilon in chosen.epsilon:
        for case in cases():
            found = audit(case, Budget(epsilon, 1e-5), chosen.trainings)
            broken |= found.epsilon > epsilon
            print(
                f"ε = {epsilon:g}  {case.name}: ε >= {found.epsilon:.3f} by {found.figure} "
                f"({found.share_with:.3f} with, {found.share_without:.3f} without)",
                flush=True,
            )
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
