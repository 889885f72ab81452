"""Small tables for evaluations: plan and income follow the age, a comment of some words follows nothing."""

from __future__ import annotations

import csv
import random
from pathlib import Path

WORDS = ("blue", "round", "late", "again", "with", "care", "small", "house", "river", "letter", "often", "bread")


def write_customers(path: Path, rows: int, seed: int) -> Path:
    """A CSV of customers, the same for the same seed."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "city", "income", "plan", "comment"])
        for _ in range(rows):
            age = draw.randint(18, 90)
            income = round(age * 400 + draw.gauss(0, 900), 2)
            comment = " ".join(draw.choices(WORDS, k=draw.randint(6, 14)))
            writer.writerow([age, draw.choice(["Bern", "Graz", "Lyon", "Oslo"]), income, "gold" if age > 50 else "basic", comment])
    return path
