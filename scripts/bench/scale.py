"""Any size: CPU seconds and peak memory of whole worker jobs on tables that this script makes for itself.

    OMP_NUM_THREADS=1 python -m scripts.bench.scale tall --rows 10000000 --columns 15
    OMP_NUM_THREADS=1 python -m scripts.bench.scale wide | short | amplify | import
    OMP_NUM_THREADS=1 python -m scripts.bench.scale file --table acs_income_large.parquet --records 300000 --threads 2

Each case trains (with report) and makes records in processes of their own, as a worker does but without a server. One JSON line a step."""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from appliance.clock import SystemClock, SystemRandom
from appliance.configurations import normalise, normalise_run
from appliance.contract.job import Assignment, AttemptLimits, Input, Kind
from appliance.contract.run_directory import RunDirectory
from appliance.data_plane.context import Context

SHAPES = {"tall": (10_000_000, 15), "wide": (5_000, 500), "short": (200, 15), "amplify": (50_000, 15)}
_ROWS_AT_ONCE = 200_000
_COUNTRIES = np.asarray(["Österreich", "Česko", "Deutschland", "France", "Italia", "Magyarország", "Polska", "Suomi"])


def write_table(path: Path, rows: int, columns: int, seed: int = 1) -> None:
    """A table of mixed kinds as CSV: a few columns decide the rest, with missing cells; each further column follows two earlier ones."""
    random = np.random.default_rng(seed)
    weights = np.random.default_rng(seed + 1).normal(0, 1, (columns, 2))
    writer = None
    for start in range(0, rows, _ROWS_AT_ONCE):
        batch = make_batch(min(_ROWS_AT_ONCE, rows - start), columns, weights, random)
        writer = writer or arrow_csv.CSVWriter(path, batch.schema)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()


def make_batch(rows: int, columns: int, weights: Any, random: np.random.Generator) -> pa.RecordBatch:
    """Rows of the table."""
    latent: list[Any] = []
    arrays: list[pa.Array] = []
    for place in range(columns):
        noise = random.normal(0, 1, rows)
        value = noise if place < 2 else (weights[place, 0] * latent[place // 2] + weights[place, 1] * latent[place // 3] + noise) / 2
        latent.append(value)
        arrays.append(_column(place, value, random.random(rows) < 0.05))
    return pa.record_batch(arrays, names=[f"feature {place}" for place in range(columns)])


def _column(place: int, value: Any, hidden: Any) -> pa.Array:
    match place % 5:
        case 0:
            return pa.array(np.round(np.exp(7 + value), 2), pa.float64(), mask=hidden)
        case 1:
            return pa.array(_COUNTRIES[np.clip((value + 2) * 2, 0, 7).astype(int)], pa.string(), mask=hidden)
        case 2:
            return pa.array(np.clip(40 + 12 * value, 0, 99).astype(np.int64), pa.int64())
        case 3:
            return pa.array(value > 0.3, pa.bool_())
    days = (18_000 + 300 * value).astype(np.int64) * 86_400
    return pa.array(days, pa.timestamp("s")).cast(pa.date32())


def job(folder: Path, kind: Kind, model_type: str, inputs: dict[str, Path], options: argparse.Namespace) -> Context:
    """The context of an attempt in `folder`, whose inputs are links to these files."""
    section = {"data_source": "x"} | ({"params": {"num_records": options.records}} if model_type == "amplify" else {})
    configuration = normalise({"schema_version": "1.0", "models": [{model_type: section}]})
    params = {"params": normalise_run(configuration, {"params": {"num_records": options.records}}).params} if kind is Kind.RUN else {}
    named = tuple(Input(role, path.name) for role, path in inputs.items())
    directory = RunDirectory(folder)
    limits = AttemptLimits(threads=options.threads)
    directory.create(Assignment("a" * 24, 1, kind, model_type, configuration.document, params, named, limits=limits, seed=11))
    for made in (directory.artifacts, directory.staging, directory.tmp):
        made.mkdir(exist_ok=True)
    for path in inputs.values():
        (directory.inputs / path.name).symlink_to(path.resolve())
    return Context(directory.read_assignment(), directory, SystemClock(), SystemRandom())


def perform(options: argparse.Namespace) -> None:
    """One step in this process; prints what it used."""
    from appliance.data_plane.models import tabular

    began = time.monotonic()
    folder, step = Path(options.folder), options.step
    if step == "train":
        tabular.train(job(folder / "train", Kind.TRAIN, options.type, {"data_source": Path(options.table)}, options))
    else:
        archive = folder / "train" / "artifacts" / "model.tar.gz"
        tabular.run(job(folder / "run", Kind.RUN, options.type, {"model": archive}, options))
    print(json.dumps({"step": step, "wall_s": round(time.monotonic() - began, 2), **usage()}), flush=True)


def usage() -> dict[str, float]:
    """CPU seconds with children, peak MB of this process and of its largest child."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"cpu_s": round(seconds, 2), "peak_mb": own.ru_maxrss // 1024, "child_peak_mb": children.ru_maxrss // 1024}


def cold_import() -> None:
    """What it costs to start each part."""
    modules = ("appliance.data_plane.synthesis", "sklearn.tree", "appliance.data_plane.models.training")
    for known in range(1, len(modules) + 1):
        text = "".join(f"import {name}; " for name in modules[:known])
        script = f"{text}import resource, json; u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime, u.ru_maxrss)"
        seconds, peak = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
        print(json.dumps({"import": list(modules[:known]), "cpu_s": round(float(seconds), 2), "peak_mb": int(peak) // 1024}))


def measure(case: str, options: argparse.Namespace) -> None:
    """Make the table where the case has one of its own, train, make records: each in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        if case == "file":
            table = Path(os.environ.get("APPLIANCE_TEST_DATA", "")) / options.table
        else:
            table, (rows, columns) = folder / "table.csv", SHAPES[case]
            write_table(table, options.rows or rows, options.columns or columns)
        print(json.dumps({"case": case, "file_mb": table.stat().st_size >> 20}), flush=True)
        model_type = "amplify" if case == "amplify" else options.type
        more = ["--records", str(options.records), "--threads", str(options.threads), "--type", model_type]
        for step in ("train", "run"):
            own = ["--step", step, "--folder", str(folder), "--table", str(table)]
            subprocess.run([sys.executable, "-m", "scripts.bench.scale", case, *own, *more], check=True)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Run a case, or (called by itself) one step of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=[*SHAPES, "file", "import"])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--columns", type=int)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--type", default="actgan")
    parser.add_argument("--table", help="a file of the test data folder")
    parser.add_argument("--step", choices=["train", "run"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        perform(options)
    elif options.case == "import":
        cold_import()
    else:
        measure(options.case, options)


if __name__ == "__main__":
    main()
