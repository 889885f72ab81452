"""Every kind of column comes back as it was: names, order, types, formats, missing values; nothing rare or unique leaves."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from synthesis_tables import CANARY_INTEGER, CANARY_NUMBER, CANARY_TEXT, make_table, people, with_canaries

from appliance.data_plane.synthesis import EngineOptions, Sampled, TreeModel, fit, fitting
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, Table
from appliance.errors import DataRefused


@pytest.fixture(scope="module")
def trained() -> tuple[Table, TreeModel, Sampled]:
    table = people()
    model = fit(table, EngineOptions(seed=3))
    return table, model, model.sample_records(1500, 5)


def test_names_order_and_types_are_kept(trained: tuple[Table, TreeModel, Sampled]) -> None:
    table, _, sampled = trained
    assert sampled.table.schema == table.schema
    assert sampled.table.data.schema.names == table.data.schema.names
    assert sampled.table.data.schema.types == table.data.schema.types
    assert sampled.table.rows == 1500


def test_marginals_and_missing_values_are_like_the_training_table(trained: tuple[Table, TreeModel, Sampled]) -> None:
    table, _, sampled = trained
    for city in ("Basel", "Bern", "Genf", "Zug"):
        shares = [pc.mean(pc.equal(t.data.column("city"), city).cast(pa.float64())).as_py() for t in (table, sampled.table)]
        assert abs(shares[0] - shares[1]) < 0.05
    assert 0.06 < sampled.table.data.column("age").null_count / 1500 < 0.14
    assert sampled.table.data.column("income").null_count == 0
    assert sampled.table.data.column("nothing").null_count == 1500
    assert pc.unique(sampled.table.data.column("country")).to_pylist() == ["CH"]


def test_dependences_are_kept(trained: tuple[Table, TreeModel, Sampled]) -> None:
    _, _, sampled = trained
    columns = {name: np.asarray(sampled.table.data.column(name)) for name in ("income", "spent")}
    assert np.corrcoef(columns["income"], columns["spent"])[0, 1] > 0.85
    means = sampled.table.data.group_by("city").aggregate([("income", "mean")]).sort_by("city")
    assert means.column("income_mean")[3].as_py() > 2 * means.column("income_mean")[0].as_py()


def test_columns_that_determine_each_other_never_disagree(trained: tuple[Table, TreeModel, Sampled]) -> None:
    table, _, sampled = trained
    pairs = {(row["city"], row["code"]) for row in table.data.select(["city", "code"]).to_pylist()}
    assert {(row["city"], row["code"]) for row in sampled.table.data.select(["city", "code"]).to_pylist()} == pairs


def test_decimals_and_days_are_kept(trained: tuple[Table, TreeModel, Sampled]) -> None:
    _, _, sampled = trained
    income = np.asarray(sampled.table.data.column("income"))
    assert np.array_equal(income, np.round(income, 2))
    assert all(moment.time() == datetime.time() for moment in sampled.table.data.column("joined").to_pylist())


def test_identifiers_follow_the_pattern_are_unique_and_never_copied(trained: tuple[Table, TreeModel, Sampled]) -> None:
    table, _, sampled = trained
    made = sampled.table.data.column("key").to_pylist()
    assert len(set(made)) == len(made)
    assert not set(made) & set(table.data.column("key").to_pylist())
    assert all(re.fullmatch(r"CU-\d{6}", key) for key in made)
    numbers = sampled.table.data.column("number").to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert not set(numbers) & set(table.data.column("number").to_pylist())


def test_identifiers_stay_unique_when_more_are_wanted_than_the_pattern_holds() -> None:
    table = make_table(
        {"id": (ColumnKind.IDENTIFIER, [f"K{n:02d}" for n in range(60)]), "x": (ColumnKind.INTEGER, [n % 5 for n in range(60)])}
    )
    made = fit(table, EngineOptions(seed=1)).sample(150, 2).data.column("id").to_pylist()
    assert len(set(made)) == 150
    assert not set(made) & set(table.data.column("id").to_pylist())


def test_phrases_are_resampled_and_the_rest_is_left_empty_and_noted(trained: tuple[Table, TreeModel, Sampled]) -> None:
    _, model, sampled = trained
    assert set(sampled.table.data.column("remark").to_pylist()) == {"all fine", None}
    assert any(note.column == "remark" and "left empty" in note.text for note in model.notes)


def test_canaries_never_leave() -> None:
    model = fit(with_canaries(people()), EngineOptions(seed=3))
    data = model.sample(6000, 5).data
    assert CANARY_TEXT not in set(data.column("city").to_pylist()) | set(data.column("remark").to_pylist())
    assert pc.max(data.column("income")).as_py() < CANARY_NUMBER / 10
    assert pc.max(data.column("age")).as_py() < CANARY_INTEGER / 10
    assert not any(CANARY_TEXT in note.text for note in model.notes)


@pytest.mark.parametrize("rows", [20, 57, 199])
def test_few_rows_train_and_come_back(rows: int) -> None:
    sampled = fit(people(rows), EngineOptions(seed=1)).sample(rows, 1)
    assert sampled.rows == rows
    assert sampled.data.column("income").null_count == 0
    assert set(sampled.data.column("member").to_pylist()) <= {True, False}


def test_wide_tables_ask_a_bounded_number_of_columns() -> None:
    random = np.random.default_rng(4)
    hidden = random.normal(size=200)
    columns = {f"c{n}": (ColumnKind.NUMERIC, np.round(hidden * (n % 3) + random.normal(size=200), 3)) for n in range(500)}
    model = fit(make_table(columns), EngineOptions(seed=1, predictors=10))
    assert max(len(tree.column) for column in model.columns for tree in column.trees) <= 10
    data = model.sample(300, 1).data
    assert data.num_columns == 500
    assert np.corrcoef(np.asarray(data.column("c2")), np.asarray(data.column("c5")))[0, 1] > 0.3


def test_hundreds_of_categories_keep_their_shares() -> None:
    random = np.random.default_rng(2)
    weights = 1 / np.arange(1, 301)
    levels = random.choice(300, 8000, p=weights / weights.sum())
    side = np.where(random.random(8000) < 0.95, levels % 2, 1 - levels % 2)
    table = make_table(
        {"level": (ColumnKind.CATEGORICAL, [f"L{v}" for v in levels]), "side": (ColumnKind.CATEGORICAL, [f"s{v}" for v in side])}
    )
    data = fit(table, EngineOptions(seed=1)).sample(8000, 1).data
    top = pc.mean(pc.equal(data.column("level"), "L0").cast(pa.float64())).as_py()
    assert abs(top - np.mean(levels == 0)) < 0.03
    agree = np.mean([int(row["level"][1:]) % 2 == int(row["side"][1:]) for row in data.to_pylist()])
    assert agree > 0.88


def test_integers_past_2_to_the_53_come_back_as_integers_of_that_size() -> None:
    values = [2**60 + 17 * n for n in range(400)]
    made = fit(
        make_table({"big": (ColumnKind.INTEGER, values), "x": (ColumnKind.INTEGER, [n % 7 for n in range(400)])}), EngineOptions()
    ).sample(50, 1)
    assert all(2**60 - 10**6 <= value <= 2**60 + 10**6 for value in made.data.column("big").to_pylist())


def test_a_seed_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataRefused, match="no such column"):
        fit(people(30), EngineOptions(seed_columns=("absent",)))


@pytest.mark.parametrize(("power", "digits"), [(-12, 3), (-40, 2), (17, 4), (0, 3)])
@pytest.mark.parametrize("told", [True, False])
def test_small_and_large_numbers_keep_their_significant_digits(power: int, digits: int, told: bool) -> None:
    random = np.random.default_rng(3)
    values = [float(f"{value:.{digits - 1}e}") for value in random.lognormal(0, 3, 2000) * 10.0**power]
    form = ColumnFormat(significant=digits if told else 0)
    table = make_table({"x": (ColumnKind.NUMERIC, values), "y": (ColumnKind.INTEGER, [n % 4 for n in range(2000)])}, {"x": form})
    made = np.asarray(fit(table, EngineOptions(seed=1)).sample(2000, 2).data.column("x"))
    assert all(float(f"{value:.{digits - 1}e}") == value for value in made)
    assert (made > 0).all()
    quantiles = np.linspace(0.1, 0.9, 9)
    assert np.allclose(np.log(np.quantile(made, quantiles)), np.log(np.quantile(values, quantiles)), atol=0.35)


def test_rounding_left_in_a_column_of_cents_is_no_digit() -> None:
    values = np.round(np.random.default_rng(3).uniform(1, 90, 1000), 2)
    values[::7] += 1e-15
    table = make_table({"x": (ColumnKind.NUMERIC, values), "y": (ColumnKind.INTEGER, [n % 4 for n in range(1000)])})
    made = np.asarray(fit(table, EngineOptions(seed=1)).sample(500, 2).data.column("x"))
    assert np.array_equal(made, np.round(made, 2))


def test_trees_of_a_large_table_are_grown_from_a_sample_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "GROWN_ROWS", 900)
    draws = np.random.default_rng(3)
    low = draws.normal(50, 10, 3000).round(1)
    high = (low + draws.normal(0, 2, 3000)).round(1)
    table = make_table({"low": (ColumnKind.NUMERIC, low), "high": (ColumnKind.NUMERIC, high)})
    model = fit(table, EngineOptions(seed=1))
    assert [note.text for note in model.notes if not note.column] == ["the trees are grown from 900 of the 3,000 rows"]
    made = model.sample(3000, 1).data
    assert np.corrcoef(made.column("low").to_numpy(), made.column("high").to_numpy())[0, 1] > 0.95
    assert model.trained_rows == 3000
