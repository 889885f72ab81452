"""What holds in every row of a sequence holds in every made row: learnt sums and orders, and what the configuration says."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sequence_tables import DAY
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.sequences.engine import ENGINE
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

K = ColumnKind
OPTIONS = EngineOptions(seed=2, group_by=("client",), order_by="ordered")


@pytest.fixture(scope="module")
def orders() -> Table:
    random = np.random.default_rng(3)
    who = np.repeat(np.arange(160), random.integers(1, 7, 160))
    net = np.round(random.gamma(3, 40, len(who)), 2)
    fee = np.round(net * random.uniform(0.02, 0.2, len(who)), 2)
    day = [DAY + datetime.timedelta(days=int(d)) for d in random.integers(0, 40, len(who))]
    until = [d + datetime.timedelta(days=int(n)) for d, n in zip(day, random.integers(0, 90, len(who)), strict=True)]
    return make_table(
        {
            "client": (K.INTEGER, who + 900),
            "ordered": (K.DATETIME, day),
            "until": (K.DATETIME, until),
            "net": (K.NUMERIC, net),
            "fee": (K.NUMERIC, fee),
            "gross": (K.NUMERIC, np.round(net + fee, 2)),
            "way": (K.CATEGORICAL, list(random.choice(["post", "shop", "boat"], len(who), p=[0.6, 0.39, 0.01]))),
            "score": (K.INTEGER, random.integers(0, 100, len(who))),
            "limit": (K.INTEGER, random.integers(40, 140, len(who))),
        }
    )


def made(table: Table, folder: Path, **changes: Any) -> dict[str, list[Any]]:
    model = ENGINE.fit(table, msgspec.structs.replace(OPTIONS, **changes))
    model.save(folder / "model")
    return dict(ENGINE.load(folder / "model").sample(500, 4).data.to_pydict())


def test_learnt_sums_and_orders_hold(orders: Table, tmp_path: Path) -> None:
    rows = made(orders, tmp_path)
    assert all(abs(n + f - g) < 0.006 for n, f, g in zip(rows["net"], rows["fee"], rows["gross"], strict=True))
    assert all(a <= b for a, b in zip(rows["ordered"], rows["until"], strict=True))


def test_declared_rules_hold(orders: Table, tmp_path: Path) -> None:
    constraints = (
        {"type": "inequality", "low": "score", "high": "limit"},
        {"type": "range", "column": "fee", "low": 1, "high": 12},
        {"type": "unique", "columns": ["client", "ordered"]},
    )
    rows = made(orders, tmp_path, constraints=constraints)
    assert all(a <= b for a, b in zip(rows["score"], rows["limit"], strict=True))
    assert all(1 <= fee <= 12 for fee in rows["fee"])
    pairs = list(zip(rows["client"], rows["ordered"], strict=True))
    assert len(set(pairs)) == len(pairs)
    plain = made(orders, tmp_path)
    again = list(zip(plain["client"], plain["ordered"], strict=True))
    assert len(set(again)) < len(again)


def test_public_categories_and_bounds_count(orders: Table, tmp_path: Path) -> None:
    rare = made(orders, tmp_path)
    assert "boat" not in rare["way"]
    rows = made(orders, tmp_path, categories={"way": ["post", "shop", "boat", "train"]}, bounds={"net": [20, 150]})
    assert "boat" in rows["way"]
    assert min(rows["net"]) >= 20
    assert max(rows["net"]) <= 150
    only = made(orders, tmp_path, categories={"way": ["post"]})
    assert set(only["way"]) == {"post"}


def test_rules_that_cannot_be_kept_are_refused(orders: Table) -> None:
    for constraint, said in (
        ({"type": "unique", "columns": ["net"]}, "names no key"),
        ({"type": "range", "column": "client", "low": 1, "high": 5}, "is made anew"),
        ({"type": "inequality", "low": "nobody", "high": "net"}, "no such column"),
    ):
        with pytest.raises(DataRefused, match=said):
            ENGINE.fit(orders, msgspec.structs.replace(OPTIONS, constraints=(constraint,)))
