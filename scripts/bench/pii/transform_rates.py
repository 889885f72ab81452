"""Our transform engine beside the reference's on the five works of `bench_reference_transform.py`: cells per CPU second.

    OMP_NUM_THREADS=1 APPLIANCE_BENCH=… APPLIANCE_TEST_DATA=… python -m scripts.bench.pii.transform_rates --folder DIR [--rows 200000]

Two tables of the same columns: in one every value is met once (birth dates as far as there are days), in the other 800 customers repeat.
Ours goes from CSV to CSV; `alone` is that pass less one that only drops a row, so that reading and writing do not count, as they do
not with the reference, which has its table in memory and works cell by cell, alike for both tables. It runs in an environment of its own
under `DIR`, made on first use, without the model packages that these works do not touch."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scripts.bench.pii.beside_presidio import given, labelled
from scripts.bench.pii.transforming import change, plan_of, section_of
from scripts.bench.pii.wide_rows import batch, day, digits, header, joined, lines

PINS = (
    "anyascii pycountry jinja2 json_repair pandas faker pyyaml colorama structlog pydantic[email] pydantic-settings rich typing-extensions"
)
MORE = "joblib flashtext dateparser python-stdnum tldextract regex tqdm setuptools"
REFERENCE = "nemo-safe-synthesizer==0.1.16"
ENTITIES: dict[str, str | None] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone_number",
    "ssn": "ssn",
    "full_name": "name",
    "street_address": "street_address",
    "city": "city",
    "card": "credit_card_number",
}
CUSTOMERS = 800
REPEATS = 3
"""The least of so many runs counts: what a neighbour on the machine costs is not ours."""
WORKS: dict[str, dict[str, Any]] = {
    "hash 1 col": {"name": "ssn", "value": "this | hash"},
    "fake 9 cols by entity": {"entity": sorted(str(word) for word in ENTITIES.values()), "value": "column.entity | fake"},
    "date_shift 1 col": {"name": "date_of_birth", "value": "this | date_shift('-30d','+30d') | date_format"},
    "partial_mask 1 col": {"name": "card", "value": "this | partial_mask(0,'X',4)"},
    "condition over all columns": {"condition": "column.entity == 'ssn' and not (this | isna)", "value": "this | hash"},
}
_IDLE = {"rows": {"drop": [{"condition": "index == 0"}]}}


def environment(folder: Path) -> Path:
    """The interpreter of the reference's environment, installed on first use."""
    home = folder / "env-reference"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        for words in (["--no-deps", REFERENCE], [*PINS.split(), *MORE.split()]):
            subprocess.run([python, "-m", "pip", "install", "-q", *words], check=True)
        (home / "complete").touch()
    return python


def reference(folder: Path) -> dict[str, float]:
    """Work → cells per CPU second of the reference."""
    command = [environment(folder), given("APPLIANCE_BENCH") / "pii" / "bench_reference_transform.py", labelled(folder)]
    printed = subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    ).stdout
    found = (re.match(r"(.+?)  +\d+ rows: .* (\d+) cells/CPU s", line) for line in printed.splitlines())
    return {match[1]: float(match[2]) for match in found if match}


def letters(numbers: np.ndarray) -> pa.Array:
    """A word for every number, no two alike."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    words = ("".join(alphabet[number // 26**place % 26] for place in range(5)) for number in numbers.tolist())
    return pa.array([word.capitalize() for word in words])


def table(path: Path, rows: int, *, distinct: bool) -> None:
    """The CSV of 26 columns; with `distinct` each value of the nine columns is met once, else there are 800 customers."""
    numbers = np.arange(rows) if distinct else np.arange(rows) % CUSTOMERS
    found = pa.Table.from_batches([batch(0, rows if distinct else CUSTOMERS)]).take(pa.array(numbers))
    names = letters(np.arange(rows))
    order = pa.array(np.arange(rows)).cast(pa.string())
    own = {
        "first_name": names,
        "last_name": joined("Mac", names),
        "full_name": joined(names, " Mac", names),
        "phone": joined("+1 212 2", digits(np.arange(rows), 3, 7)),
        "ssn": joined("5", digits(np.arange(rows) % 10**8, 5, 8)),
        "street_address": joined(order, " Mill Lane"),
        "city": joined(names, "ton"),
        "date_of_birth": day(np.arange(rows), 8, "1940-01-01", 24_000),
    }
    if distinct:
        for name, values in own.items():
            found = found.set_column(found.schema.get_field_index(name), name, values)
    with path.open("wb") as sink:
        sink.write(header(found) + lines(found))


def seconds(path: Path, steps: list[dict[str, Any]]) -> float:
    """CPU seconds from file to file, the plan being made."""
    plan = plan_of(path, section_of(steps), ENTITIES)
    began = time.process_time()
    change(plan, path, path.with_suffix(".out"))
    return time.process_time() - began


def main() -> None:
    """Reads the arguments and prints a line per work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the environment, the set and the tables are kept")
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    theirs = reference(options.folder)
    for distinct in (True, False):
        path = options.folder / f"transform-{options.rows}-{distinct}.csv"
        table(path, options.rows, distinct=distinct)
        idle = min(seconds(path, [_IDLE]) for _ in range(REPEATS))
        print(f"{'every value once' if distinct else '800 customers'}: {options.rows} rows, idle pass {idle:.2f} CPU s")
        for name, rule in WORKS.items():
            spent = min(seconds(path, [{"rows": {"update": [rule]}}]) for _ in range(REPEATS))
            cells = options.rows * (len(ENTITIES) if "9 cols" in name else 1)
            whole, alone, their = cells / spent, cells / max(spent - idle, 1e-3), theirs[name]
            print(f"  {name:<27} {whole:>12,.0f} ({whole / their:,.0f}×)  alone {alone:>12,.0f} ({alone / their:,.0f}×)", end="")
            print(f"  reference {their:,.0f}", flush=True)


if __name__ == "__main__":
    main()
