"""Customers of nobody, and one configuration of each type that goes through a file."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

RULES = [
    {"conditions": {"field_label": ["email_address", "person_name"]}, "transforms": [{"type": "fake"}, {"type": "hash"}]},
    {"conditions": {"field_name": ["plan"]}, "transforms": [{"type": "passthrough"}]},
]
SECTIONS: dict[str, dict[str, Any]] = {
    "classify": {"labels": ["person_name", "email_address"]},
    "transform_v2": {
        "globals": {"classify": {"enable": True, "entities": ["name", "email"]}},
        "steps": [{"rows": {"update": [{"entity": ["name", "email"], "value": "column.entity | fake"}]}}],
    },
    "transforms": {"policies": [{"name": "all", "rules": RULES}]},
}


def write_customers(path: Path, rows: int, seed: int) -> Path:
    """A table of customers with names and mail addresses."""
    draw = random.Random(seed)
    first, last = ("Anna", "Bea", "Carl", "Dora", "Emil"), ("Keller", "Meier", "Novak", "Olsen", "Rossi")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer_name", "email", "plan", "amount"])
        for number in range(rows):
            name = f"{draw.choice(first)} {draw.choice(last)}"
            mail = f"{name.replace(' ', '.').lower()}{seed}{number}@customers.example"
            writer.writerow([name, mail, draw.choice(("gold", "basic")), f"{draw.uniform(5, 500):.2f}"])
    return path


def write_configuration(folder: Path, model_type: str) -> Path:
    """The configuration of a type, as a file."""
    path = folder / f"{model_type}.json"
    section = {"data_source": "__tmp__", **SECTIONS[model_type]}
    path.write_text(json.dumps({"schema_version": "1.0", "name": model_type.replace("_", "-"), "models": [{model_type: section}]}))
    return path
