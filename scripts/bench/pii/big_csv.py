"""CSV files of 26 columns, larger than memory, through a transform of six rules: megabytes per CPU second and memory (goal 9).

    OMP_NUM_THREADS=1 python -m scripts.bench.pii.big_csv --folder DIR [0.25 1 2 …] [--customers 800]

Sizes are in GB. Each file is made, transformed by a child process from file to file with the function that jobs use, and removed. With
`--customers N` the rows of N customers repeat; without, addresses for e-mail, numbers of cards, telephones and persons are all distinct.
The last line says what the largest file costs in memory against the smallest. The run fails where memory passes 800 MB."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.bench.pii.transforming import change, plan_of, section_of
from scripts.bench.pii.wide_rows import write_csv

GB = 1_000_000_000
SIZES = (0.25, 1.0, 2.0)
MOST_MEGABYTES = 800
ENTITIES = {
    "email": "email",
    "full_name": "name",
    "ssn": "ssn",
    "card": "credit_card_number",
    "phone": "phone_number",
    "company": "company_name",
}
RULES: list[dict[str, Any]] = [
    {"entity": ["name", "company_name"], "value": "column.entity | fake"},
    {"name": "ssn", "value": "this | hash"},
    {"name": "card", "value": "this | partial_mask(0, 'X', 4)"},
    {"name": "date_of_birth", "value": "this | date_shift('-30d', '+30d')"},
    {"condition": "column.entity == 'email' and not (this | isna)", "value": "this | hash | truncate(12, True, '')"},
    {"name": "phone", "value": "'+1 212 ' + (this | string | hash)[:7]", "fallback_value": "'-'"},
]


def child(path: Path) -> None:
    """Transforms a file and prints what that cost."""
    plan = plan_of(path, section_of([{"rows": {"update": RULES}}]), ENTITIES)
    began, wall = time.process_time(), time.perf_counter()
    account = change(plan, path, path.with_suffix(".out"))
    spent = {"cpu": time.process_time() - began, "wall": time.perf_counter() - wall, "rows": account.rows_out}
    faults = {rule.place: rule.errors for rule in account.rules if rule.errors}
    print(json.dumps(spent | {"rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "faults": faults}))


def measure(folder: Path, size: float, customers: int) -> dict[str, Any]:
    """The costs of a file of so many GB."""
    path = folder / f"wide-{size}.csv"
    rows = write_csv(path, int(size * GB), customers)
    command = [sys.executable, "-m", "scripts.bench.pii.big_csv", "--child", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    megabytes = path.stat().st_size / 1e6
    rate = megabytes / found["cpu"]
    print(f"{size} GB, {rows} rows: {rate:.1f} MB/CPU s, {found['cpu']:.1f} CPU s, {found['wall']:.1f} s, {found['rss']:.0f} MB", end="")
    print(f", faults {found['faults'] or 'none'}", flush=True)
    path.unlink()
    path.with_suffix(".out").unlink()
    return found


def main() -> None:
    """Reads the arguments; size after size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=float, nargs="*")
    parser.add_argument("--folder", type=Path, help="where the files are made; needs twice the largest size")
    parser.add_argument("--customers", type=int, default=0, help="how many customers repeat; 0: none does")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found = [measure(Path(folder), size, options.customers) for size in options.sizes or SIZES]
    memory = [one["rss"] for one in found]
    print(f"memory: largest file {memory[-1]:.0f} MB, {memory[-1] / memory[0] - 1:+.0%} against the smallest")
    if max(memory) > MOST_MEGABYTES:
        raise SystemExit(f"More than {MOST_MEGABYTES} MB.")


if __name__ == "__main__":
    main()
