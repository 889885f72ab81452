"""Benchmark of the tree engine: fidelity, usefulness, privacy and CPU seconds on the shared tables.

    OMP_NUM_THREADS=1 APPLIANCE_BENCH=… python scripts/bench/synthesis.py [adult credit loans pbc acs] [--halvings 8] [--measures sqs,c2st]
    … python scripts/bench/synthesis.py --own [chains skewed words sparse clinic eight]      tables that the benchmark makes itself
    … python scripts/bench/synthesis.py --canaries 40 [eight adult …]                        planted rows, half of them trained on

`APPLIANCE_BENCH` is the folder that holds `synth/metrics.py` and `synth/common.py`; `APPLIANCE_TEST_DATA` the tables. Needs the `bench`
extra (lightgbm, pandas). Every figure is from one seed; the membership tail is pooled over random halvings."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema
from scripts.bench.own_tables import OWN, load_own

MEASURES = "sqs,acc,c2st,tstr,privacy"
CANARIES = 20


def to_table(frame: pd.DataFrame) -> Table:
    """A frame of float64, int64 and text columns as the engine's table."""
    columns, arrays = [], []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_integer_dtype(values):
            kind, array = ColumnKind.INTEGER, pa.array(values.to_numpy(), pa.int64())
        elif pd.api.types.is_numeric_dtype(values):
            numbers = values.to_numpy(float)
            whole = bool(np.all(np.isnan(numbers) | (numbers == np.rint(numbers))))
            kind = ColumnKind.INTEGER if whole else ColumnKind.NUMERIC
            array = pa.array(numbers, pa.float64(), from_pandas=True).cast(pa.int64() if whole else pa.float64())
        else:
            kind, array = ColumnKind.CATEGORICAL, pa.array([None if v is None or v != v else v for v in values], pa.string())
        columns.append(ColumnSchema(str(name), kind))
        arrays.append(array)
    return Table(TableSchema(tuple(columns)), pa.Table.from_arrays(arrays, names=[str(name) for name in frame.columns]))


def to_frame(table: Table, like: pd.DataFrame) -> pd.DataFrame:
    """The engine's table as a frame with the dtypes of `like`."""
    out: dict[str, Any] = {}
    for name in like.columns:
        column = table.data.column(str(name))
        if pd.api.types.is_numeric_dtype(like[name]):
            numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
            out[name] = numbers.astype("int64") if pd.api.types.is_integer_dtype(like[name]) else numbers
        else:
            out[name] = pd.Series(column.to_pylist(), dtype=object)
    return pd.DataFrame(out, columns=list(like.columns))


def options(seed: int) -> EngineOptions:
    """The engine's defaults; `ENGINE_EFFORT=fast` for the quick fit."""
    return EngineOptions(seed=seed, effort=os.environ.get("ENGINE_EFFORT", "normal"))


def fit_sample(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """What `metrics.membership_tail` asks for: train on a frame, return as many synthetic rows as wanted."""
    return to_frame(fit(to_table(frame), options(seed)).sample(rows, seed), frame)


def trained(frame: pd.DataFrame) -> tuple[TreeModel, pd.DataFrame, dict[str, float]]:
    """Model, as many synthetic rows as the frame has, and what they cost."""
    table = to_table(frame)
    start = time.process_time()
    model = fit(table, options(1))
    fitted = time.process_time()
    sampled = model.sample(table.rows, 1)
    done = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        kilobytes = (Path(folder) / "model").stat().st_size / 1024
    costs = {"fit_cpu": fitted - start, "sample_cpu": done - fitted, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    costs["file_kb"] = kilobytes
    return model, to_frame(sampled, frame), costs


def shared(name: str) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    """Training rows, holdout, target and task of a shared table."""
    import common

    frame, target, task = common.load(name)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = pd.Series([None if v is None or v != v else str(v) for v in frame[column]], dtype=object)
    return (*common.split(frame), target, task)


def measure(name: str, own: bool, wanted: str, halvings: int) -> dict[str, float]:
    """All wanted measures of one table."""
    import metrics

    train, holdout, target, task = (*load_own(name), "clf") if own else shared(name)
    _, synthetic, figures = trained(train)
    if "sqs" in wanted:
        figures |= metrics.sqs(train, synthetic)
    if "acc" in wanted:
        figures |= metrics.marginal_acc(train, synthetic)
    if "c2st" in wanted:
        figures["c2st"] = metrics.c2st(holdout, synthetic)
    if "tstr" in wanted:
        figures["tstr"] = metrics.tstr(synthetic, holdout, target, task)
        figures["trtr"] = metrics.tstr(train, holdout, target, task)
        figures["tstr/trtr"] = figures["tstr"] / figures["trtr"]
    if "privacy" in wanted:
        figures |= metrics.privacy(train, holdout, synthetic)
        figures["copies_of_unique"] = copies_of_unique(train, synthetic)
    if halvings:
        figures |= fresh_tail(name, halvings) if own else pooled(metrics.membership_tail(pd.concat([train, holdout]), fit_sample, halvings))
    return figures


def pooled(tail: dict[str, float]) -> dict[str, float]:
    """The tail with its upper 95 % bound."""
    return tail | {"tail_upper_95": tail["tail"] + 1.96 * tail["tail_se"]}


def fresh_tail(name: str, halvings: int) -> dict[str, float]:
    """The membership tail of a made table: every halving has rows of its own, so that the probes are independent."""
    import metrics

    make, rows, _ = OWN[name]
    runs = [metrics.membership_tail(make(2 * rows, np.random.default_rng([99, n])), fit_sample, 1, seed=n) for n in range(halvings)]
    probes = sum(run["tail_probes"] for run in runs)
    tail = sum(run["tail"] * run["tail_probes"] for run in runs) / probes
    return pooled({"tail": tail, "tail_se": (tail * (1 - tail) / probes) ** 0.5, "tail_probes": probes})


def canaries(frame: pd.DataFrame, count: int, rounds: int) -> dict[str, float]:
    """Rows like no other are planted, `count` in each of `rounds` trainings; as many are kept back. The AUC of telling the planted ones by
    their distance to the synthetic rows (.5: they leave no trace), with its standard error."""
    import metrics
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import NearestNeighbors

    found = []
    for number in range(rounds):
        random = np.random.default_rng([7, number])
        every = frame.iloc[random.permutation(len(frame))].reset_index(drop=True)
        odd = unlike_any(every, 2 * count, random)
        train = pd.concat([every.iloc[: len(every) // 2], odd.iloc[:count]], ignore_index=True).astype(frame.dtypes.to_dict())
        synthetic = fit_sample(train, len(train), number)
        probes, made = metrics._space(train, odd, synthetic)
        near = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(made).kneighbors(probes)[0][:, 0]
        found.append(roc_auc_score(np.arange(2 * count) < count, -near))
    return {"canary_auc": float(np.mean(found)), "canary_se": float(np.std(found) / len(found) ** 0.5), "canaries": float(count * rounds)}


def unlike_any(frame: pd.DataFrame, count: int, random: np.random.Generator) -> pd.DataFrame:
    """Rows whose cells come from the rarest tenth of every column, each from another row: combinations that nobody has."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name].dropna()
        if pd.api.types.is_numeric_dtype(values):
            low, high = values.quantile(0.05), values.quantile(0.95)
            pool = values[(values <= low) | (values >= high)]
        else:
            pool = values[values.map(values.value_counts()) <= values.value_counts().quantile(0.25)]
        columns[name] = pool.to_numpy()[random.integers(0, len(pool), count)]
    return pd.DataFrame(columns)


def copies_of_unique(train: pd.DataFrame, synthetic: pd.DataFrame) -> float:
    """How many synthetic rows equal a training row that occurs once."""
    keys = pd.util.hash_pandas_object(train.astype(str), index=False)
    unique = set(keys[~keys.duplicated(keep=False)])
    return float(pd.util.hash_pandas_object(synthetic.astype(str), index=False).isin(unique).sum())


def main() -> None:
    """Prints one line a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--halvings", type=int, default=0)
    parser.add_argument("--canaries", type=int, default=0, metavar="ROUNDS")
    parser.add_argument("--measures", default=MEASURES)
    chosen = parser.parse_args()
    os.environ.setdefault("SYNTH_DATA", os.environ["APPLIANCE_TEST_DATA"])
    sys.path.insert(0, str(Path(os.environ["APPLIANCE_BENCH"]) / "synth"))
    for name in chosen.tables or (list(OWN) if chosen.own else ["adult"]):
        own = chosen.own or name in OWN
        if chosen.canaries:
            figures = canaries(pd.concat((load_own(name) if own else shared(name))[:2]), CANARIES, chosen.canaries)
        else:
            figures = measure(name, own, chosen.measures, chosen.halvings)
        print(name, "  ".join(f"{key}={value:.4g}" for key, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
