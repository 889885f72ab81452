"""Our engine beside the strongest open ones, table by table, and the goals that it is held to.

    OMP_NUM_THREADS=1 APPLIANCE_BENCH=… APPLIANCE_TEST_DATA=… \\
        python -m scripts.bench.anchors --folder DIR [adult credit loans pbc acs] [--halvings 8] [--private]

Each rival runs once per table in an environment of its own under `DIR` (made on first use; TabularARGN on one thread, MST at
epsilon 1); its rows and costs are kept there with its version. Ours runs beside it with three seeds; the median counts, and
privacy is read in the same run as quality. Only CPU seconds are compared: they bear a busy machine."""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import pandas as pd

from appliance.data_plane.models.engine import PRIVATE, find_engine
from appliance.data_plane.synthesis.options import Budget, EngineOptions
from scripts.bench import synthesis

PINS = {
    "argn": ("torch==2.13.0", "mostlyai-engine==2.7.3"),
    "mst": ("torch==2.13.0", "smartnoise-synth==1.0.8", "pyarrow"),
}
UNWANTED = ("torchvision", "torchaudio")
"""Built for CUDA where torch is not: importing the engine dies in them."""

SEEDS = (1, 2, 3)
TABLES = ("adult", "credit", "loans", "pbc", "acs")
WITHOUT_ANCHOR = frozenset({"acs"})
_CHILD = Path(__file__).with_name("anchor_engine.py")


def environment(folder: Path, name: str) -> Path:
    """The interpreter of a rival's environment, installed on first use."""
    home = folder / f"env-{name}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        for pin in PINS[name]:
            subprocess.run([python, "-m", "pip", "install", "-q", pin], check=True)
        subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", *UNWANTED], check=True)
        (home / "complete").touch()
    return python


def split(folder: Path, table: str) -> Path:
    """The folder with `train.parquet` and `holdout.parquet`, 80/20, the same for every engine."""
    import common

    place = folder / table
    if not (place / "holdout.parquet").exists():
        place.mkdir(parents=True, exist_ok=True)
        train, holdout = common.split(common.load(table)[0])
        train.to_parquet(place / "train.parquet", index=False)
        holdout.to_parquet(place / "holdout.parquet", index=False)
    return place


def anchor(folder: Path, table: str, name: str) -> dict[str, Any]:
    """The rival's costs; its rows lie beside them. Cached."""
    place = split(folder, table)
    account = place / f"{name}.json"
    if not account.exists():
        outputs = [str(place / f"{name}.parquet"), str(account)]
        alone = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        subprocess.run([environment(folder, name), _CHILD, name, str(place / "train.parquet"), *outputs], check=True, env=alone)
    found: dict[str, Any] = json.loads(account.read_text())
    return found


def quality(train: pd.DataFrame, holdout: pd.DataFrame, made: pd.DataFrame, table: str) -> dict[str, float]:
    """The measures of one engine's rows."""
    import common
    import metrics

    target, task = common.DATASETS[table][1:3]
    found: dict[str, float] = metrics.sqs(train, made) | metrics.marginal_acc(train, made)
    found["c2st"] = metrics.c2st(holdout, made)
    found["tstr"] = metrics.tstr(made, holdout, target, task)
    return found | metrics.privacy(train, holdout, made) | {"copies": synthesis.copies_of_unique(train, made)}


def kept(path: Path, find: Any) -> dict[str, Any]:
    """What `find()` returns, from the file when it was found before."""
    if not path.exists():
        path.write_text(json.dumps(find()))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def ours(train: pd.DataFrame, holdout: pd.DataFrame, table: str, engine: str) -> dict[str, float]:
    """The median over three seeds of every measure."""
    runs = []
    for seed in SEEDS:
        made, costs = trained(train, seed, engine)
        runs.append(costs | quality(train, holdout, made, table))
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def trained(train: pd.DataFrame, seed: int, name: str) -> tuple[pd.DataFrame, dict[str, float]]:
    """As many rows as the frame has, and what they cost in CPU seconds, the model file's included."""
    table, engine = synthesis.to_table(train), find_engine(name)
    began = time.process_time()
    budget = Budget(1.0) if name == PRIVATE else None
    model = engine.fit(table, EngineOptions(seed=seed, budget=budget))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
    fitted = time.process_time()
    made = model.sample(table.rows, seed)
    costs = {"rows": float(made.rows), "fit_cpu": fitted - began, "sample_cpu": time.process_time() - fitted}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return synthesis.to_frame(made, train), costs | {"rss_mb": peak}


def compare(folder: Path, table: str, halvings: int) -> None:
    """Prints ours, the anchor's, and the goals of one table."""
    import common
    import metrics

    place = split(folder, table)
    train, holdout = (common.normalise(pd.read_parquet(place / f"{side}.parquet")) for side in ("train", "holdout"))
    target, task = common.DATASETS[table][1:3]
    trtr = metrics.tstr(train, holdout, target, task)
    us = ours(train, holdout, table, "tree")
    them: dict[str, Any] = {}
    if table not in WITHOUT_ANCHOR:
        rows = folder / table / "argn.parquet"
        costs = anchor(folder, table, "argn")
        measured = kept(place / "argn.measures.json", lambda: quality(train, holdout, common.normalise(pd.read_parquet(rows)), table))
        them = costs | measured
    tail: dict[str, float] = {}
    if halvings:
        tail = metrics.membership_tail(pd.concat([train, holdout], ignore_index=True), synthesis.fit_sample, splits=halvings)
    for goal, value, bound in goals(us, them, tail, trtr):
        print(f"{table:8} {goal:44} {value:10.4f}   {bound}", flush=True)
    print(table, "ours  ", line(us), flush=True)
    print(table, "anchor", line(them), flush=True)


def line(figures: dict[str, Any]) -> str:
    """Figures on one line."""
    return "  ".join(f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in figures.items())


def goals(us: dict[str, float], them: dict[str, Any], tail: dict[str, float], trtr: float) -> list[tuple[str, float, str]]:
    """Goal, figure and its bounds (must / aim)."""
    found = [
        ("TSTR of TRTR", us["tstr"] / trtr, ">= .985 / .995"),
        ("discriminator AUC", us["c2st"], "<= .60"),
        ("rows per CPU s", us["rows"] / max(us["sample_cpu"], 1e-9), ">= 200k / 500k at 15 columns"),
        ("copies of unique rows", us["copies"], "0"),
        ("fit + sample CPU s", us["fit_cpu"] + us["sample_cpu"], "acs <= 40"),
        ("peak RSS MB (one process for all seeds and measures)", us["rss_mb"], "acs <= 600 / 400, measured by scripts/bench/scale.py"),
        ("membership AUC", us["mia_auc"], "<= .53 / .51"),
    ]
    if them:
        found += [
            ("anchor's fit CPU / ours", them["fit_cpu"] / us["fit_cpu"], ">= 100 / 200"),
            ("(discriminator - .5) ours / anchor", (us["c2st"] - 0.5) / max(them["c2st"] - 0.5, 1e-9), "<= .6 / .25"),
            ("3-way accuracy ours / anchor", us["acc3"] / them["acc3"], ">= 1.0 / 1.02"),
            ("TSTR ours / anchor", us["tstr"] / them["tstr"], ">= 1"),
        ]
    if tail:
        found.append(("tail, upper 95 %", tail["tail"] + 1.96 * tail["tail_se"], f"<= .58 / .54 ({tail['tail_probes']} probes)"))
    return found


def private(folder: Path) -> None:
    """Differential privacy at epsilon 1 on adult beside MST."""
    import common
    import metrics

    place = split(folder, "adult")
    train, holdout = (common.normalise(pd.read_parquet(place / f"{side}.parquet")) for side in ("train", "holdout"))
    target, task = common.DATASETS["adult"][1:3]
    trtr = metrics.tstr(train, holdout, target, task)
    us = ours(train, holdout, "adult", "private_network")
    them = anchor(folder, "adult", "mst")
    rows = common.normalise(pd.read_parquet(place / "mst.parquet"))
    them |= kept(place / "mst.measures.json", lambda: quality(train, holdout, rows, "adult"))
    print(f"private  TSTR of TRTR ours {us['tstr'] / trtr:.4f} (>= .94 / .97), MST {them['tstr'] / trtr:.4f}")
    print(f"private  fit CPU of MST / ours {them['fit_cpu'] / us['fit_cpu']:.0f} (>= 100 / 300)")
    print("private ours  ", line(us))
    print("private anchor", line(them))


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=list(TABLES))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--halvings", type=int, default=0)
    parser.add_argument("--private", action="store_true", help="differential privacy instead of the tables")
    chosen = parser.parse_args()
    os.environ.setdefault("SYNTH_DATA", os.environ["APPLIANCE_TEST_DATA"])
    sys.path.insert(0, str(Path(os.environ["APPLIANCE_BENCH"]) / "synth"))
    if chosen.private:
        private(chosen.folder)
        return
    for table in chosen.tables:
        compare(chosen.folder, table, chosen.halvings)


if __name__ == "__main__":
    main()
