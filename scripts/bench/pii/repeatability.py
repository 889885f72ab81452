"""The same seed, key and inputs give the same bytes (goal 10), whatever the batches, threads, order of rows; a million fakes that differ.

    OMP_NUM_THREADS=1 python -m scripts.bench.pii.repeatability [--rows 120000] [--unique 1000000]

A table of 26 columns goes through fakes, hashes, masks, date shifts and a rule that reads other columns. Compared are: batches of 1,000
rows and of 50,000, byte for byte; one thread and two, in processes of their own; rows shuffled, after sorting; three tables that share a
column, value by value. Then fakes of a million sources are counted under `unique`. Ends with 1 where anything differs."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from scripts.bench.pii.transforming import change, plan_of, section_of
from scripts.bench.pii.wide_rows import batch, joined

ENTITIES = {
    "first_name": "first_name",
    "last_name": "last_name",
    "full_name": "name",
    "email": "email",
    "phone": "phone_number",
    "ssn": "ssn",
    "card": "credit_card_number",
    "city": "city",
    "company": "company_name",
}
FAKES: dict[str, Any] = {"entity": sorted(set(ENTITIES.values()) - {"ssn"}), "value": "column.entity | fake"}
RULES: list[dict[str, Any]] = [
    FAKES,
    {"name": "ssn", "value": "this | hash"},
    {"name": "street_address", "value": "this | partial_mask(2, '*', 2)"},
    {"name": "date_of_birth", "value": "this | date_shift('-30d', '+30d')"},
    {"name": "note", "condition": "row['gender'] == 'female'", "value": "row['city'] | upper"},
]


def write(path: Path, table: pa.Table) -> Path:
    """The table as CSV."""
    with path.open("wb") as sink:
        pyarrow.csv.write_csv(table, sink)
    return path


def changed(path: Path, rows: int | None = None, rules: list[dict[str, Any]] = RULES, **appliance: Any) -> bytes:
    """What becomes of a file, in batches of so many rows."""
    sink = path.with_suffix(f".{rows}.out")
    change(plan_of(path, section_of([{"rows": {"update": rules}}], **appliance), ENTITIES), path, sink, rows)
    return sink.read_bytes()


def with_threads(path: Path, threads: int) -> str:
    """The digest of what becomes of a file in a process with so many threads."""
    command = [sys.executable, "-m", "scripts.bench.pii.repeatability", "--child", str(path), "--threads", str(threads)]
    alone = os.environ | {"OMP_NUM_THREADS": str(threads)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=alone).stdout.strip()


def child(path: Path, threads: int) -> None:
    """Prints the digest of what becomes of a file."""
    pa.set_cpu_count(threads)
    print(hashlib.sha256(changed(path)).hexdigest())


def column(content: bytes, name: str) -> list[str]:
    """A column of a CSV as text."""
    read = pyarrow.csv.ConvertOptions(column_types={name: pa.string()}, include_columns=[name], strings_can_be_null=False)
    texts: list[str] = pyarrow.csv.read_csv(pa.BufferReader(content), convert_options=read)[name].to_pylist()
    return texts


def same_batches(folder: Path, table: pa.Table) -> bool:
    """Whether small and large batches give the same bytes."""
    path = write(folder / "batches.csv", table)
    return changed(path, 1_000) == changed(path, 50_000) == changed(path)


def same_threads(folder: Path, table: pa.Table) -> bool:
    """Whether one thread and two give the same bytes."""
    path = write(folder / "threads.csv", table)
    return with_threads(path, 1) == with_threads(path, 2)


def same_shuffled(folder: Path, table: pa.Table) -> bool:
    """Whether rows in another order give the same rows."""
    order = np.random.default_rng(5).permutation(table.num_rows)
    first, second = (changed(write(folder / f"order{n}.csv", one)) for n, one in enumerate((table, table.take(pa.array(order)))))
    return sorted(first.splitlines()) == sorted(second.splitlines())


def same_tables(folder: Path, table: pa.Table) -> bool:
    """Whether a value becomes the same in three tables of other rows, other columns beside it and another order."""
    seen: dict[str, str] = {}
    parts = (table, table.slice(1_000).select(["email", "age"]), table.slice(0, 5_000).select(["id", "note", "email"]))
    for number, part in enumerate(parts):
        content = changed(write(folder / f"table{number}.csv", part), rules=[FAKES])
        for source, fake in zip(part["email"].to_pylist(), column(content, "email"), strict=True):
            if seen.setdefault(source, fake) != fake:
                return False
    return True


def collisions(folder: Path, rows: int, name: str) -> int:
    """How many of so many sources share a fake with another where `unique` is asked for."""
    numbers = pa.array(np.arange(rows)).cast(pa.string())
    sources = {"email": joined("user", numbers, "@example.org"), "full_name": joined("Person ", numbers)}
    path = write(folder / f"unique-{name}.csv", pa.table({name: sources[name]}))
    return rows - len(set(column(changed(path, rules=[FAKES], unique=True), name)))


def main() -> None:
    """Reads the arguments and prints every comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=120_000)
    parser.add_argument("--unique", type=int, default=1_000_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child, options.threads)
    table = pa.Table.from_batches([batch(0, options.rows)])
    held = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for compare in (same_batches, same_threads, same_shuffled, same_tables):
            began = sum(os.times()[:4])
            answer = compare(folder, table)
            held &= answer
            print(
                f"{compare.__name__.replace('_', ' ')}: {'yes' if answer else 'NO'} ({sum(os.times()[:4]) - began:.1f} CPU s)", flush=True
            )
        for name in ("email", "full_name"):
            shared = collisions(folder, options.unique, name)
            held &= shared == 0
            print(f"unique {name} of {options.unique:,} sources: {shared} collisions", flush=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
