"""A sample table of believable customers, made here: the same seed gives the same bytes."""

from __future__ import annotations

import csv
import datetime
import io
import random
from pathlib import Path

COLUMNS = (
    "customer_id",
    "first_name",
    "country",
    "city",
    "birth_date",
    "age",
    "segment",
    "plan",
    "monthly_fee",
    "signed_up",
    "last_seen",
    "visits",
    "support_calls",
    "satisfaction",
    "newsletter",
    "churned",
)
ROWS = 5000

_TODAY = datetime.date(2025, 6, 30)
_NAMES = ("Amira", "Ben", "Carla", "Daan", "Elif", "Finn", "Greta", "Hana", "Ivo", "Jana", "Karim", "Lena", "Milo", "Nadia", "Otto")
_CITIES = {
    "Germany": ("Berlin", "Hamburg", "Cologne", "Leipzig"),
    "France": ("Paris", "Lyon", "Nantes", "Lille"),
    "Spain": ("Madrid", "Valencia", "Seville"),
    "Sweden": ("Stockholm", "Malmö"),
    "Poland": ("Warsaw", "Kraków", "Gdańsk"),
}
_COUNTRY_WEIGHTS = (34, 26, 18, 9, 13)
_PLANS = {"basic": 9.9, "plus": 19.9, "family": 29.9, "premium": 49.9}
_PLAN_WEIGHTS = {"student": (70, 25, 2, 3), "private": (40, 30, 25, 5), "business": (5, 25, 5, 65)}


def sample_csv(*, rows: int = ROWS, seed: int = 20250630) -> str:
    """`rows` customers as CSV with a header. Columns depend on one another, some cells are missing; nobody in it exists."""
    source = random.Random(seed)
    ids = source.sample(range(100_000, 1_000_000), rows)
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_customer(source, number) for number in ids)
    return table.getvalue()


def write_sample(file: Path, *, rows: int = ROWS, seed: int = 20250630) -> None:
    """The same as a file in UTF-8."""
    file.write_text(sample_csv(rows=rows, seed=seed), "utf-8", newline="")


def _customer(source: random.Random, number: int) -> tuple[object, ...]:
    country = source.choices(tuple(_CITIES), _COUNTRY_WEIGHTS)[0]
    born, age = _birth(source)
    segment = _segment(source, age)
    plan = source.choices(tuple(_PLANS), _PLAN_WEIGHTS[segment])[0]
    signed_up, last_seen, tenure_days = _dates(source)
    visits = _visits(source, plan, tenure_days)
    calls = min(int(source.expovariate(0.9 if segment == "business" else 1.6)), 12)
    satisfaction = _satisfaction(source, calls)
    churned = source.random() < 0.04 + 0.11 * (satisfaction is not None and satisfaction <= 4) + 0.03 * calls + 0.10 * (tenure_days < 180)
    return (
        f"C-{number}",
        source.choice(_NAMES),
        country,
        source.choices(_CITIES[country], range(len(_CITIES[country]), 0, -1))[0],
        born.isoformat() if source.random() > 0.03 else "",
        age,
        segment,
        plan,
        f"{_PLANS[plan] * (0.8 if source.random() < 0.2 else 1.0):.2f}",
        signed_up.isoformat(),
        last_seen.isoformat(),
        visits,
        calls,
        satisfaction if satisfaction is not None else "",
        "yes" if source.random() < (0.6 if age < 45 else 0.35) else "no",
        "true" if churned else "false",
    )


def _birth(source: random.Random) -> tuple[datetime.date, int]:
    age = int(min(max(source.gauss(43, 15), 18), 92))
    born = _TODAY - datetime.timedelta(days=age * 365 + age // 4 + source.randrange(1, 360))
    return born, age


def _segment(source: random.Random, age: int) -> str:
    weights = (60, 35, 5) if age < 26 else (1, 68, 31) if age < 66 else (0, 95, 5)
    return source.choices(("student", "private", "business"), weights)[0]


def _dates(source: random.Random) -> tuple[datetime.date, datetime.date, int]:
    tenure_days = int(source.triangular(5, 3000, 300))
    signed_up = _TODAY - datetime.timedelta(days=tenure_days)
    last_seen = _TODAY - datetime.timedelta(days=min(int(source.expovariate(1 / 25)), tenure_days))
    return signed_up, last_seen, tenure_days


def _visits(source: random.Random, plan: str, tenure_days: int) -> int:
    pace = {"basic": 0.03, "plus": 0.06, "family": 0.08, "premium": 0.11}[plan]
    return max(int(source.gauss(pace * tenure_days, 0.25 * pace * tenure_days + 1)), 0)


def _satisfaction(source: random.Random, calls: int) -> int | None:
    if source.random() < 0.12:
        return None
    return int(min(max(source.gauss(8.2 - 0.9 * calls, 1.4), 1), 10))
