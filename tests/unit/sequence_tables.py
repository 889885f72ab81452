"""Small made tables of sequences."""

from __future__ import annotations

import datetime

import numpy as np
from synthesis_tables import make_table

from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, Table

DAY = datetime.datetime(2021, 1, 4)
WARDS = ("north", "south", "west")
MOVES = np.asarray([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.3, 0.1, 0.6]])
"""From which state to which: `well`, `ill`, `critical`."""

STATES = ("well", "ill", "critical")


def visits(patients: int = 300, seed: int = 1) -> Table:
    """Visits of patients: keys, two constant columns, a constant address, ascending dates with personal gaps, a state that follows the one
    before, a weight around a personal level, a meter that never falls, a slow bill that often stays, and a ticket for every row."""
    random = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    ticket = 0
    for patient in range(patients):
        ward = int(random.integers(3))
        pace, level, meter, bill = float(random.uniform(2, 30)), float(random.normal(75 + 4 * ward, 14)), 0, None
        day, state = int(random.integers(0, 300)), int(random.integers(3))
        born = DAY - datetime.timedelta(days=int(random.integers(7000, 30000)))
        for _ in range(1 + int(random.poisson(2 + 2 * ward))):
            ticket += 1
            meter += int(random.integers(0, 40))
            bill = round(float(random.uniform(20, 900)), 2) if bill is None or random.random() < 0.4 else bill
            weight = None if random.random() < 0.05 else round(level + float(random.normal(0, 1)), 1)
            rows.append(
                (
                    f"PT-{10_000 + patient * 7}",
                    WARDS[ward],
                    born,
                    f"p{patient * 13 + 500}@mail.test",
                    DAY + datetime.timedelta(days=day),
                    STATES[state],
                    weight,
                    meter,
                    bill,
                    f"T{ticket * 3:07d}",
                )
            )
            day += 1 + int(random.poisson(pace))
            state = int(random.choice(3, p=MOVES[state]))
    order = random.permutation(len(rows))
    columns = list(zip(*(rows[place] for place in order), strict=True))
    kinds = {
        "patient": ColumnKind.IDENTIFIER,
        "ward": ColumnKind.CATEGORICAL,
        "born": ColumnKind.DATETIME,
        "mail": ColumnKind.IDENTIFIER,
        "seen": ColumnKind.DATETIME,
        "state": ColumnKind.CATEGORICAL,
        "weight": ColumnKind.NUMERIC,
        "meter": ColumnKind.INTEGER,
        "bill": ColumnKind.NUMERIC,
        "ticket": ColumnKind.IDENTIFIER,
    }
    formats = {"born": ColumnFormat(pattern="%Y-%m-%d"), "seen": ColumnFormat(pattern="%Y-%m-%d")}
    return make_table({name: (kind, list(column)) for (name, kind), column in zip(kinds.items(), columns, strict=True)}, formats)
