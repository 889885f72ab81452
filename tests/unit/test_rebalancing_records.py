"""A target column gets the shares that are wanted, exactly, in order and with the rest of each record drawn from it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from synthesis_tables import make_table

from appliance.configurations.constraints import first_columns
from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.rebalancing import find_balance
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, Table
from appliance.errors import DataRefused


def payments(rows: int = 3000) -> Table:
    """One payment in twenty is fraud; fraud is large and comes by night."""
    random = np.random.default_rng(5)
    fraud = random.random(rows) < 0.05
    return make_table(
        {
            "fraud": (ColumnKind.BOOLEAN, [bool(value) for value in fraud]),
            "amount": (ColumnKind.NUMERIC, np.round(random.gamma(2, 30 + 200 * fraud), 2)),
            "hour": (ColumnKind.INTEGER, (random.normal(13 + 11 * fraud, 3, rows) % 24).astype(int)),
            "channel": (ColumnKind.CATEGORICAL, random.choice(["web", "shop", "phone"], rows, p=[0.6, 0.3, 0.1])),
            "key": (ColumnKind.IDENTIFIER, [f"P-{number:06d}" for number in random.permutation(rows)]),
        },
        {"fraud": ColumnFormat(true="yes", false="no")},
    )


@pytest.fixture(scope="module")
def first() -> TreeModel:
    return fit(payments(), EngineOptions(seed=1, seed_columns=("fraud",)))


@pytest.fixture(scope="module")
def late() -> TreeModel:
    return fit(payments(), EngineOptions(seed=1))


def made(model: TreeModel, count: int, shares: dict[str, Any], column: str = "fraud", **more: Any) -> pa.Table:
    parts = model.sample_batches(count, 3, target={"column": column, "shares": shares}, **more)
    return pa.concat_tables([part.table.data for part in parts])


@pytest.mark.parametrize("kind", ["first", "late"])
def test_the_shares_are_exact_and_records_belong_to_their_value(kind: str, request: pytest.FixtureRequest) -> None:
    model: TreeModel = request.getfixturevalue(kind)
    data = made(model, 2001, {"yes": 0.5, "no": 0.5}, outliers="medium", similarity="medium")
    fraud = np.asarray(data.column("fraud"))
    assert sorted(Counter(fraud.tolist()).values()) == [1000, 1001]
    assert sorted(Counter(fraud[:100].tolist()).values()) == [50, 50]
    real = payments().data
    for value in (True, False):
        ours = np.median(np.asarray(data.column("amount"))[fraud == value])
        theirs = np.median(np.asarray(real.column("amount"))[np.asarray(real.column("fraud")) == value])
        assert abs(ours / theirs - 1) < 0.25
    assert len(set(data.column("key").to_pylist())) == 2001


def test_values_without_a_share_keep_their_proportion(first: TreeModel, late: TreeModel) -> None:
    data = made(late, 2000, {"phone": 0.5}, "channel")
    counts = Counter(data.column("channel").to_pylist())
    assert counts["phone"] == 1000
    assert 1.5 < counts["web"] / counts["shop"] < 2.7
    assert set(made(late, 500, {"web": 0, "shop": 0.5}, "channel").column("channel").to_pylist()) == {"shop", "phone"}


def test_numbers_can_be_targets_where_enough_rows_hold_them(late: TreeModel) -> None:
    assert Counter(made(late, 300, {"13": 0.5, "14": 0.5}, "hour").column("hour").to_pylist()) == {13: 150, 14: 150}


@pytest.mark.parametrize(
    ("column", "shares", "said"),
    [("fraud", {"perhaps": 1}, "Value 1 of"), ("amount", {"1.005": 1}, "Value 1 of"), ("key", {"a": 1}, "key"), ("gone", {"a": 1}, "gone")],
)
def test_what_the_model_does_not_make_is_refused_without_telling_values(
    late: TreeModel, column: str, shares: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataRefused, match=said) as refused:
        made(late, 10, shares, column)
    assert "perhaps" not in str(refused.value)


def test_quotas_add_up_over_chunks_of_any_size(first: TreeModel) -> None:
    balance = find_balance(first, {"column": "fraud", "shares": {"yes": 1 / 3, "no": 2 / 3}}, 1000, 1)
    chunks = [balance.chunk(number, 64) for number in range(16)]
    assert [len(chunk) for chunk in chunks] == [64] * 15 + [40]
    together = Counter(np.concatenate(chunks).tolist())
    assert sorted(together.values()) == sorted(balance.quotas)
    assert all(abs(np.mean(chunk == balance.codes[0]) - balance.quotas[0] / 1000) < 0.03 for chunk in chunks)


def test_the_same_seed_gives_the_same_records(first: TreeModel) -> None:
    assert made(first, 300, {"yes": 0.7}).equals(made(first, 300, {"yes": 0.7}))


def test_a_target_with_shares_is_trained_first() -> None:
    own = {"target": {"column": "b", "shares": {"x": 1}}, "seed_columns": ["a", "b"]}
    assert first_columns(own) == ("b", "a")
    assert first_columns({"target": "b", "seed_columns": ["a"]}) == ("a",)
