"""What holds between two columns in every training row holds in every made one, and the columns keep their distributions."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import ks_2samp
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.relation_search import find_relations
from appliance.data_plane.synthesis.relations import Relations
from appliance.data_plane.tables.schema import ColumnKind, ColumnSchema, Table, TableSchema
from appliance.errors import DataRefused

DAY = 86_400_000_000
START = 1_600_000_000_000_000 // DAY * DAY


def moments(values: np.ndarray) -> pa.Array:
    return pa.array(values.astype(np.int64), pa.timestamp("us"))


def numbers(table: Table, name: str) -> np.ndarray:
    column = table.data.column(name)
    return np.asarray(pc.fill_null(column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column, 0))


def trips(rows: int = 3000) -> Table:
    """Trips: a start, an end some days later (open for some), a record made on the day of the start, a last change after it, a deadline."""
    random = np.random.default_rng(5)
    kind = random.integers(0, 3, rows)
    start = START + (730 * random.beta(1 + kind, 2)).astype(np.int64) * DAY
    end = start + random.geometric(1 / (2 + 6 * kind)).astype(np.int64) * DAY - DAY
    open_ = random.random(rows) < 0.1
    created = start + random.integers(6 * 3600, 22 * 3600, rows) * 1_000_000
    changed = created + (random.exponential(40, rows) * 3_600_000_000).astype(np.int64) // 1_000_000 * 1_000_000
    deadline = START + 731 * DAY + random.integers(0, 30, rows) * DAY
    day = datetime.datetime(1970, 1, 1)
    return make_table(
        {
            "kind": (ColumnKind.CATEGORICAL, [f"k{k}" for k in kind]),
            "created": (ColumnKind.DATETIME, moments(created)),
            "start": (ColumnKind.DATETIME, moments(start)),
            "end": (
                ColumnKind.DATETIME,
                [None if o else day + datetime.timedelta(microseconds=int(e)) for e, o in zip(end, open_, strict=True)],
            ),
            "changed": (ColumnKind.DATETIME, moments(changed)),
            "booked": (ColumnKind.DATETIME, moments(start)),
            "deadline": (ColumnKind.DATETIME, moments(deadline)),
            "price": (ColumnKind.NUMERIC, np.round(50 * (1 + kind) * random.lognormal(0, 0.3, rows), 2)),
        }
    )


@pytest.fixture(scope="module")
def trained() -> tuple[Table, TreeModel, Table]:
    table = trips()
    model = fit(table, EngineOptions(seed=2))
    return table, model, model.sample(4000, 3)


def test_dates_keep_their_order_and_their_day_in_every_row(trained: tuple[Table, TreeModel, Table]) -> None:
    _, _, made = trained
    assert made.rows == 4000
    start, end, created, changed = (numbers(made, name) for name in ("start", "end", "created", "changed"))
    here = np.asarray(made.data.column("end").is_valid())
    assert (start <= end)[here].all()
    assert (created // DAY == start // DAY).all()
    assert (created <= changed).all()
    assert (numbers(made, "booked") == start).all()


def test_dates_keep_their_unit_and_their_missing_values(trained: tuple[Table, TreeModel, Table]) -> None:
    _, _, made = trained
    for name in ("start", "end", "deadline", "booked"):
        assert not (numbers(made, name) % DAY).any()
    assert not (numbers(made, "changed") % 1_000_000).any()
    assert 0.07 < made.data.column("end").null_count / made.rows < 0.13
    assert made.data.column("start").null_count == 0


@pytest.mark.parametrize("name", ["created", "start", "end", "changed", "booked", "deadline", "price"])
def test_relations_do_not_hurt_the_marginals(trained: tuple[Table, TreeModel, Table], name: str) -> None:
    table, _, made = trained
    pair = [numbers(t, name)[np.asarray(t.data.column(name).is_valid())] for t in (table, made)]
    assert ks_2samp(*pair).statistic < 0.04


def test_durations_are_learnt(trained: tuple[Table, TreeModel, Table]) -> None:
    table, _, made = trained
    for kind in ("k0", "k2"):
        lengths = []
        for t in (table, made):
            rows = np.asarray(pc.equal(t.data.column("kind"), kind)) & np.asarray(t.data.column("end").is_valid())
            lengths.append((numbers(t, "end") - numbers(t, "start"))[rows] / DAY)
        assert ks_2samp(*lengths).statistic < 0.08


def test_what_needs_no_help_is_left_alone(trained: tuple[Table, TreeModel, Table]) -> None:
    """What follows from other relations is not held twice."""
    _, model, _ = trained
    names = model.schema.names
    assert {(names[link.source], names[link.target]) for link in model.relations.links} == {
        ("start", "created"),
        ("start", "end"),
        ("start", "booked"),
        ("created", "changed"),
    }
    assert {(names[bound.low], names[bound.high]) for bound in model.relations.bounds} == {("end", "deadline")}


def scored(rows: int = 2500) -> Table:
    random = np.random.default_rng(8)
    total = np.round(random.gamma(3, 100, rows), 2)
    paid = np.round(total * np.minimum(random.beta(2, 1, rows) * 1.1, 1), 2)
    low = random.integers(0, 60, rows)
    high = low + random.poisson(8, rows)
    return make_table(
        {
            "total": (ColumnKind.NUMERIC, total),
            "paid": (ColumnKind.NUMERIC, [None if random.random() < 0.05 else p for p in paid]),
            "again": (ColumnKind.NUMERIC, total),
            "low": (ColumnKind.INTEGER, low),
            "high": (ColumnKind.INTEGER, high),
            "year": (ColumnKind.INTEGER, random.integers(1990, 2020, rows)),
        }
    )


def test_numbers_keep_their_order_and_their_distribution() -> None:
    table = scored()
    model = fit(table, EngineOptions(seed=2))
    made = model.sample(3000, 3)
    assert made.rows == 3000
    here = np.asarray(made.data.column("paid").is_valid())
    assert (numbers(made, "paid") <= numbers(made, "total"))[here].all()
    assert (numbers(made, "low") <= numbers(made, "high")).all()
    assert (numbers(made, "again") == numbers(made, "total")).all()
    assert not any(5 in (bound.low, bound.high) for bound in model.relations.bounds)
    free = msgspec.structs.replace(model, relations=Relations(model.relations.links)).sample(3000, 3)
    assert not (numbers(free, "low") <= numbers(free, "high")).all()
    for name in ("total", "paid", "low", "high"):
        train, bound, loose = (numbers(t, name)[np.asarray(t.data.column(name).is_valid())] for t in (table, made, free))
        assert ks_2samp(train, bound).statistic < ks_2samp(train, loose).statistic + 0.02, name


def test_one_row_to_the_contrary_and_few_rows_make_no_relation() -> None:
    table = scored()
    low = np.asarray(table.data.column("low")).copy()
    low[17] = 999
    broken = Table(table.schema, table.data.set_column(3, "low", pa.array(low)))
    assert (3, 4) in {(bound.low, bound.high) for bound in find_relations(table).bounds}
    assert (3, 4) not in {(bound.low, bound.high) for bound in find_relations(broken).bounds}
    assert find_relations(Table(table.schema, table.data.slice(0, 90))) == Relations()


def test_the_same_seed_and_the_file_give_the_same_records(trained: tuple[Table, TreeModel, Table], tmp_path: Path) -> None:
    table, model, made = trained
    model.save(tmp_path / "a")
    fit(table, EngineOptions(seed=2, threads=2)).save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    loaded = TreeModel.load(tmp_path / "a")
    assert loaded.relations == model.relations
    assert loaded.sample(4000, 3).data.equals(made.data)


def only(table: Table, names: list[str]) -> Table:
    return Table(TableSchema(tuple(table.schema.column(name) for name in names)), table.data.select(names))


@pytest.mark.parametrize(
    "names", [["start"], ["end"], ["created"], ["changed"], ["booked", "end"], ["start", "end", "created"]], ids="+".join
)
def test_seeds_stay_as_they_are_and_the_rest_follows_them(trained: tuple[Table, TreeModel, Table], names: list[str]) -> None:
    table, model, _ = trained
    seeds = Table(only(table, names).schema, only(table, names).data.slice(0, 300))
    made = model.sample(0, 4, conditions=seeds)
    assert made.rows == 300
    for name in names:
        assert made.data.column(name).equals(seeds.data.column(name))
    here = np.asarray(made.data.column("end").is_valid())
    assert np.mean((numbers(made, "start") <= numbers(made, "end"))[here]) > 0.97
    assert np.mean(numbers(made, "created") // DAY == numbers(made, "start") // DAY) > 0.97


def test_seeds_that_break_a_relation_come_back_all_the_same(trained: tuple[Table, TreeModel, Table]) -> None:
    _, model, _ = trained
    seeds = make_table(
        {"start": (ColumnKind.DATETIME, moments(np.full(20, START + 50 * DAY))), "end": (ColumnKind.DATETIME, moments(np.full(20, START)))}
    )
    made = model.sample(0, 4, conditions=seeds)
    assert made.data.column("start").equals(seeds.data.column("start"))
    assert made.data.column("end").equals(seeds.data.column("end"))


def test_seed_columns_are_never_put_together_from_others() -> None:
    table = trips(1200)
    model = fit(table, EngineOptions(seed=2, seed_columns=("end", "created")))
    names = model.schema.names
    assert not {"end", "created"} & {names[link.target] for link in model.relations.links}
    assert model.seedable[:2] == ("end", "created")
    made = model.sample(1000, 1)
    here = np.asarray(made.data.column("end").is_valid())
    assert (numbers(made, "start") <= numbers(made, "end"))[here].all()
    assert (numbers(made, "created") // DAY == numbers(made, "start") // DAY).all()


def circle(relations: dict) -> None:
    relations["links"].append({"target": relations["links"][0]["source"], "source": relations["links"][0]["target"], "sign": 1, "grain": 1})


def outside(relations: dict) -> None:
    relations["bounds"].append({"low": 0, "high": 99})


def of_words(relations: dict) -> None:
    relations["bounds"].append({"low": 0, "high": 1})


@pytest.mark.parametrize("change", [circle, outside, of_words], ids=lambda change: change.__name__)
def test_hostile_relations_are_refused(trained: tuple[Table, TreeModel, Table], tmp_path: Path, change: Callable[[dict], None]) -> None:
    from test_synthesis_model_file import rewrite

    trained[1].save(tmp_path / "model")

    def damage(parts: dict[str, bytes]) -> None:
        model = json.loads(parts["model.json"])
        change(model["relations"])
        parts["model.json"] = json.dumps(model).encode()

    with pytest.raises(DataRefused, match="relations"):
        TreeModel.load(rewrite(tmp_path / "model", tmp_path / "bad", damage))


def test_a_whole_number_under_a_broken_one_ties_only_where_it_can() -> None:
    draws = np.random.default_rng(4)
    high = np.round(draws.normal(40, 12, 800) * 2) / 2
    low = np.where(draws.random(800) < 0.4, np.floor(high), np.floor(high - draws.exponential(6, 800)))
    columns = (ColumnSchema("low", ColumnKind.INTEGER), ColumnSchema("high", ColumnKind.NUMERIC))
    data = pa.table({"low": pa.array(low.astype(np.int64)), "high": pa.array(high)})
    made = fit(Table(TableSchema(columns), data), EngineOptions(seed=1)).sample(800, 1).data
    assert made.num_rows == 800
    assert all(a <= b for a, b in zip(made.column("low").to_pylist(), made.column("high").to_pylist(), strict=True))
