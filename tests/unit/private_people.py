"""Tables with personal data of nobody, for the jobs that look for it."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

CANARY = "Quintavius Zyxxwoth"
CANARY_MAIL = "quintavius.zyxxwoth@canary-9d41.example"
FIRST = ("Anna", "Bea", "Carl", "Dora", "Emil", "Frieda", "Georg", "Hanna", "Ivan", "Julia")
LAST = ("Keller", "Meier", "Novak", "Olsen", "Petrov", "Rossi", "Smith", "Taylor", "Ulrich", "Weber")


def people(rows: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of customers; the name and the mail of row 3 are held by nobody else."""
    draw = random.Random(seed)
    found = []
    for number in range(rows):
        first, last = draw.choice(FIRST), draw.choice(LAST)
        name, mail = f"{first} {last}", f"{first}.{last}{number}@example.org".lower()
        if number == 3:
            name, mail = CANARY, CANARY_MAIL
        found.append(
            {
                "customer": 1_000 + number,
                "full_name": name,
                "email": mail,
                "ssn": f"{draw.randint(100, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}",
                "plan": draw.choice(("gold", "basic")),
                "amount": f"{draw.uniform(5, 500):.2f}",
                "note": draw.choice(("paid on time", "called twice")) if number % 3 else f"Please write to {mail} or ask {name}.",
            }
        )
    return found


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_text(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The notes as plain text, a line each."""
    path.write_text("".join(f"{row['note']} Nothing more was said that day.\n" for row in rows), "utf-8")
    return path
