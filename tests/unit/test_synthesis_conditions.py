"""Records are completed from given columns: one per row, in order, the given cells unchanged, the rest as the data would have it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from synthesis_tables import make_table, people

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused


def only(table: Table, names: list[str]) -> Table:
    return Table(TableSchema(tuple(table.schema.column(name) for name in names)), table.data.select(names))


@pytest.fixture(scope="module")
def model() -> TreeModel:
    return fit(people(3000), EngineOptions(seed=3))


@pytest.mark.parametrize("names", [["city"], ["code"], ["income"], ["spent", "joined"], ["age", "member", "income", "key"]], ids="+".join)
def test_seeds_come_back_unchanged_and_in_order(model: TreeModel, names: list[str]) -> None:
    seeds = only(people(200, seed=8), names)
    sampled = model.sample_records(0, 4, conditions=seeds)
    assert sampled.table.rows == 200
    assert sampled.table.schema == model.schema
    for name in names:
        assert sampled.table.data.column(name).equals(seeds.data.column(name))
    assert sampled.effective_sample_size is not None
    assert 1 <= sampled.effective_sample_size <= sampled.candidates


def test_a_late_column_decides_the_earlier_ones(model: TreeModel) -> None:
    seeds = make_table({"income": (ColumnKind.NUMERIC, [1800.0] * 150 + [12000.0] * 150)})
    cities = model.sample(0, 4, conditions=seeds).data.column("city").to_pylist()
    assert cities[:150].count("Basel") > 90
    assert cities[150:].count("Zug") > 110


def test_a_determined_column_decides_its_source(model: TreeModel) -> None:
    seeds = make_table({"code": (ColumnKind.CATEGORICAL, ["00", "03"] * 50)})
    assert model.sample(0, 4, conditions=seeds).data.column("city").to_pylist() == ["Basel", "Zug"] * 50


def test_values_never_seen_and_missing_seeds_are_taken_as_they_are(model: TreeModel) -> None:
    seeds = make_table({"city": (ColumnKind.CATEGORICAL, ["Atlantis", None, "Bern"]), "income": (ColumnKind.NUMERIC, [1e12, -5.0, None])})
    made = model.sample(0, 4, conditions=seeds).data
    assert made.column("city").to_pylist() == ["Atlantis", None, "Bern"]
    assert made.column("income").to_pylist() == [1e12, -5.0, None]


def test_same_seed_same_records(model: TreeModel) -> None:
    seeds = only(people(60, seed=8), ["income"])
    assert model.sample(0, 4, conditions=seeds).data.equals(model.sample(0, 4, conditions=seeds).data)


def test_no_completed_record_is_a_copy_of_a_training_row() -> None:
    table = people(600)
    names = ["city", "age", "income", "spent", "member", "joined"]
    model = fit(table, EngineOptions(seed=3))
    made = model.sample(0, 4, conditions=only(table, ["income", "age"])).data.select(names).to_pylist()
    rows = {tuple(row.values()) for row in table.data.select(names).to_pylist()}
    assert not rows & {tuple(row.values()) for row in made}


def test_seed_columns_are_made_first() -> None:
    model = fit(people(300), EngineOptions(seed=3, seed_columns=("income", "age")))
    assert model.seedable[:2] == ("income", "age")


def test_seeds_that_do_not_fit_are_refused(model: TreeModel) -> None:
    with pytest.raises(DataRefused, match="not trained on"):
        model.sample(0, 1, conditions=make_table({"absent": (ColumnKind.INTEGER, [1])}))
    with pytest.raises(DataRefused, match="do not fit"):
        model.sample(0, 1, conditions=make_table({"income": (ColumnKind.CATEGORICAL, ["much"])}))


def distance(real: pa.ChunkedArray, made: pa.ChunkedArray) -> float:
    """Total variation of two columns: by value, numbers with more than 20 values in ten stretches of like mass."""
    if pa.types.is_integer(real.type) and pc.count_distinct(real).as_py() > 20:
        cuts = np.unique(np.quantile(np.asarray(real), np.linspace(0.1, 0.9, 9)))
        codes = [np.searchsorted(cuts, np.asarray(column), side="right") for column in (real, made)]
    else:
        values = pa.concat_arrays([real.combine_chunks(), made.combine_chunks()]).cast(pa.string()).fill_null("").dictionary_encode()
        every = np.asarray(values.indices)
        codes = [every[: len(real)], every[len(real) :]]
    width = int(max(c.max() for c in codes)) + 1
    shares = [np.bincount(c, minlength=width) / len(c) for c in codes]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


SEEDED = [
    ["education"],
    ["age"],
    ["hours_per_week"],
    ["education_num", "sex", "income"],
    ["occupation", "age", "capital_gain"],
    ["age", "workclass", "education", "marital_status", "occupation", "race", "sex", "native_country"],
    ["age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week", "occupation", "income"],
]


@pytest.fixture(scope="module")
def adult() -> tuple[TreeModel, Table]:
    """A model of the census table and 12,000 rows that it did not see, of the same kind as those it saw."""
    folder = os.environ.get("APPLIANCE_TEST_DATA")
    if not folder or not (Path(folder) / "adult.csv.gz").exists():
        pytest.skip("APPLIANCE_TEST_DATA is not set: the census table is not here")
    from appliance.data_plane.tables import read_table

    whole = read_table(Path(folder) / "adult.csv.gz")
    order = np.random.default_rng(7).permutation(whole.rows)
    train, rest = (Table(whole.schema, whole.data.take(part)) for part in (order[12_000:], order[:12_000]))
    return fit(train, EngineOptions(seed=1)), rest


@pytest.mark.parametrize("names", SEEDED, ids="+".join)
def test_conditional_marginals_of_the_census_are_those_of_the_holdout(adult: tuple[TreeModel, Table], names: list[str]) -> None:
    model, holdout = adult
    made = pa.concat_tables([model.sample(0, seed, conditions=only(holdout, names)).data for seed in (7, 8, 9)])
    distances = {name: distance(holdout.data.column(name), made.column(name)) for name in holdout.schema.names if name not in names}
    assert max(distances.values()) < 0.03, distances
