"""What the `outliers` and `similarity` filters change: near copies, far records and the tail of membership, off, medium and high.

    OMP_NUM_THREADS=1 APPLIANCE_TEST_DATA=… python -m scripts.bench.filters [adult.csv.gz credit_default.csv.gz …] [--rows 8000] [--seeds 3]

Half of the rows are trained on. `near copies`: made records that agree with a training row that stands alone in every category and in
every number's stretch of 64 (of 16), in 10,000; the same share of rows that were not trained on stands beside it as what chance gives.
`far`: made records further from all training rows than 99 in 100 of the other half are, in percent. `tail`: members among the 1 % of all
rows nearest to the made ones (.5: nothing leaks). `kept`: made records that passed, in percent of those drawn."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from sklearn.neighbors import NearestNeighbors

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.encoding import CategoryCodec, EmptyCodec, NumberCodec, whole
from appliance.data_plane.synthesis.filters import unique_only
from appliance.data_plane.synthesis.nearness import near_hashes
from appliance.data_plane.tables import read_table
from appliance.data_plane.tables.schema import Table

Floats = npt.NDArray[np.float64]

SETTINGS = ((None, None), ("medium", None), ("high", None), (None, "medium"), (None, "high"), ("medium", "medium"), ("high", "high"))
TAIL = 0.01


def main() -> None:
    """Prints a table for every file."""
    arguments = _arguments()
    folder = Path(os.environ["APPLIANCE_TEST_DATA"])
    for name in arguments.tables:
        table = read_table(folder / name)
        print(f"{name}: {arguments.rows} rows trained on, {arguments.seeds} seeds")
        print("outliers similarity  kept %  near/64  near/16   far %    tail")
        figures = np.mean([list(_measured(table, arguments.rows, seed)) for seed in range(arguments.seeds)], 0)
        for (outliers, similarity), line in zip(SETTINGS, figures[:-1], strict=True):
            print(f"{outliers or 'off':8} {similarity or 'off':10} " + "  ".join(f"{value:7.3f}" for value in line))
        print(f"{'rows that were not trained on':21}" + "  ".join(f"{value:7.3f}" for value in figures[-1][1:3]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tables", nargs="*", default=["adult.csv.gz", "credit_default.csv.gz"])
    parser.add_argument("--rows", type=int, default=8000)
    parser.add_argument("--seeds", type=int, default=3)
    return parser.parse_args()


def _measured(table: Table, rows: int, seed: int) -> Iterator[tuple[float, ...]]:
    """One line of figures for every setting, and one of the rows that were not trained on."""
    order = np.random.default_rng(seed).permutation(table.rows)
    rows = min(rows, table.rows // 2)
    members, others = (Table(table.schema, table.data.take(np.sort(part))) for part in (order[:rows], order[rows : 2 * rows]))
    model = fit(members, EngineOptions(seed=seed))
    own, strange = _points(model, members), _points(model, others)
    index = NearestNeighbors().fit(own)
    far = np.quantile(index.kneighbors(strange, 1)[0], 0.99)
    alone = {groups: unique_only(_cells(model, members, groups)) for groups in (64, 16)}
    for outliers, similarity in SETTINGS:
        sampled = model.sample_records(rows, seed + 100, outliers=outliers, similarity=similarity)
        made = _points(model, sampled.table)
        near = [1e4 * float(np.isin(_cells(model, sampled.table, groups), alone[groups]).mean()) for groups in (64, 16)]
        distance = 100 * float((index.kneighbors(made, 1)[0] > far).mean())
        yield 100 * rows / (rows + sampled.invalid), *near, distance, _tail(own, strange, made)
    yield 0.0, *(1e4 * float(np.isin(_cells(model, others, groups), alone[groups]).mean()) for groups in (64, 16)), 0.0, 0.0


def _cells(model: TreeModel, table: Table, groups: int) -> npt.NDArray[np.uint64]:
    """What the similarity filter looks at."""
    codecs = [c.codec for c in model.columns]
    coded = [
        (codec, codec.encode(whole(table.data.column(n))).codes)
        for n, codec in enumerate(codecs)
        if isinstance(codec, CategoryCodec | NumberCodec | EmptyCodec)
    ]
    return np.asarray(near_hashes([codec for codec, _ in coded], [codes for codec, codes in coded if codec.size], groups), np.uint64)


def _points(model: TreeModel, table: Table) -> Floats:
    """Rows as points: numbers by their rank, categories by one place each."""
    parts: list[Floats] = []
    for number, column in enumerate(model.columns):
        cells = whole(table.data.column(number))
        if isinstance(column.codec, NumberCodec):
            coded = column.codec.encode(cells)
            parts.append(np.nan_to_num(column.codec.scale.position(coded.codes, coded.fractions), nan=-0.5)[:, None])
        elif isinstance(column.codec, CategoryCodec):
            codes = column.codec.encode(
                cells.dictionary_decode() if hasattr(cells, "dictionary_decode") else pc.cast(cells, cells.type)
            ).codes
            parts.append(0.35 * (codes[:, None] == np.arange(min(column.codec.size, 40))))
    return np.hstack(parts)


def _tail(members: Floats, others: Floats, made: Floats) -> float:
    """The share of members among the nearest rows; ties count half."""
    index = NearestNeighbors().fit(made)
    near, strange = (index.kneighbors(points, 1)[0].ravel() for points in (members, others))
    cut = np.quantile(np.r_[near, strange], TAIL)
    counts = [float((part < cut).sum() + 0.5 * (part == cut).sum()) for part in (near, strange)]
    return counts[0] / max(sum(counts), 1.0)


if __name__ == "__main__":
    main()
