"""The report's measures beside independent implementations: sdmetrics, mostlyai-qa and Anonymeter.

    OMP_NUM_THREADS=1 python scripts/bench/report_crosscheck.py --python PYTHON [--rows 3000] [--seed 1]

PYTHON is the interpreter of an environment with sdmetrics 0.32, mostlyai-qa 1.10 and anonymeter 1.1; none of them is needed here. What is
deterministic must agree within the report's rounding; mean accuracies on other bins within 0.02; risks by their intervals: on a table of
which half is copied both must be above chance, on fresh rows neither. Prints one line a figure; ends with 1 where two disagree."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from appliance.data_plane.quality import JudgeOptions, judge
from appliance.data_plane.quality.binning import bin_columns
from appliance.data_plane.quality.comparison import compare
from appliance.data_plane.tables.schema import Table
from scripts.bench.report_truth import Columns, as_table, population

ROUNDED = 2e-6
CORRELATION_ROUNDED = 1.1e-4
OTHER_BINS = 0.02

Line = tuple[str, float, float, bool]


def half_copied(train: Columns, rows: int, seed: int) -> Columns:
    """Fresh rows of which every other one is a training row."""
    made = population(rows, seed)
    return {name: np.where(np.arange(rows) % 2 == 0, train[name][:rows], values) for name, values in made.items()}


def witness(python: str, folder: Path) -> dict[str, Any]:
    """What the other implementations say of the tables in a folder. Raises RuntimeError with their words where they fail."""
    script = Path(__file__).with_name("report_witness.py")
    done = subprocess.run(
        [python, str(script), str(folder)], capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": ""}
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("WITNESS ")]
    if done.returncode or not lines:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, Any] = json.loads(lines[0].removeprefix("WITNESS "))
    return told


def bins_table(train: Table, synthetic: Table, side: str) -> pa.Table:
    """The report's own bins of a side, as whole numbers."""
    compared = compare(train, synthetic, None, JudgeOptions(), 1, lambda step, done, total: None)
    return pa.table({part.name: getattr(part, side) for part in bin_columns(list(compared.features))})


def plain_lines(report: dict[str, Any], told: dict[str, Any]) -> Iterator[Line]:
    """Measures that both compute the same way."""
    fields = {field["name"]: field for field in report["fields"]}
    checks = {(one["name"], check["check"]): check for one in report["validity"]["columns"] for check in one["checks"]}
    rows = report["right_rows"]
    for measure in ("kolmogorov_smirnov", "total_variation", "missing_difference"):
        for name, theirs in told["measures"][measure].items():
            found = fields[name]["measures"][measure]
            if found is not None:
                yield f"{measure} of {name}", abs(found["value"]), theirs, abs(abs(found["value"]) - theirs) <= ROUNDED
    for rule in ("range", "category"):
        for name, theirs in told["measures"][rule].items():
            if (name, rule) in checks:
                ours = checks[name, rule]["offending"] / (rows - fields[name]["right_missing_values"])
                yield f"{rule} of {name}", ours, theirs, abs(ours - theirs) <= ROUNDED
    for pair, theirs in told["measures"]["correlation"].items():
        one, two = pair.split("|")
        if not (fields[one]["is_numeric"] and fields[two]["is_numeric"]):
            continue
        ours = abs(report["left_correlation"][one][two] - report["right_correlation"][one][two])
        yield f"correlation of {pair}", ours, theirs, abs(ours - theirs) <= CORRELATION_ROUNDED


def accuracy_lines(report: dict[str, Any], told: dict[str, Any]) -> Iterator[Line]:
    """Mean accuracies: the same on the same bins, near on others."""
    for ways, key in ((1, "one_way"), (2, "pairs"), (3, "three_way")):
        ours = report[key]["accuracy"]["value"]
        for word, allowed in (("same_bins", ROUNDED), ("own_bins", OTHER_BINS)):
            theirs = told["accuracies"][f"{word}_{ways}"]
            yield f"{key} accuracy, {word.replace('_', ' ')}", ours, theirs, abs(ours - theirs) <= allowed


def risk_lines(word: str, report: dict[str, Any], told: dict[str, Any]) -> Iterator[Line]:
    """Risks: both surely above nothing where half of the rows are copies; intervals that meet where none is."""
    attacks = report["privacy"]["attacks"]
    every = {one["name"]: one for key in ("singling_out", "linkability", "inference") for one in attacks[key]}
    for name, theirs in told[word].items():
        ours = every[name]
        meet = ours["low"] <= theirs["high"] and theirs["low"] <= ours["high"]
        agree = meet if word == "fresh" else ours["low"] > 0 and theirs["low"] > 0
        yield f"risk, {word}, {name}", ours["risk"], theirs["risk"], agree


def main() -> int:
    """Compare, print, and say whether all agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    rows, seed = wanted.rows, wanted.seed
    columns = population(rows, seed)
    made = {"synthetic": population(rows, seed + 1), "holdout": population(rows, seed + 2), "leak": half_copied(columns, rows, seed + 3)}
    tables = {"train": as_table(columns)} | {name: as_table(part) for name, part in made.items()}
    options = JudgeOptions(utility=False, discriminator=False)
    reports = {
        word: judge(tables["train"], tables[side], tables["holdout"], options, seed)
        for word, side in (("fresh", "synthetic"), ("leak", "leak"))
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, table in tables.items():
            pq.write_table(table.data, folder / f"{side}.parquet")
        for side, word in (("left", "train"), ("right", "synthetic")):
            pq.write_table(bins_table(tables["train"], tables["synthetic"], side), folder / f"{word}_bins.parquet")
        told = witness(wanted.python, folder)
    lines = [*plain_lines(reports["fresh"], told), *accuracy_lines(reports["fresh"], told)]
    lines += [line for word, report in reports.items() for line in risk_lines(word, report, told)]
    for what, ours, theirs, agree in lines:
        print(f"{'ok ' if agree else 'NO '} {what:52} {ours:.6f} {theirs:.6f}")
    return int(not all(line[3] for line in lines))


if __name__ == "__main__":
    sys.exit(main())
