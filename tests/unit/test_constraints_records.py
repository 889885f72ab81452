"""What a configuration says of a table holds in every record, also where training rows break it; sums are learnt by themselves."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit
from appliance.data_plane.synthesis.model_check import check_model
from appliance.data_plane.synthesis.relation_search import find_relations
from appliance.data_plane.synthesis.relations import Sum
from appliance.data_plane.synthesis.sum_search import find_sums
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

CONSTRAINTS: tuple[dict[str, Any], ...] = (
    {"type": "combinations", "columns": ["city", "zip"]},
    {"type": "inequality", "low": "least", "high": "most", "strict": True},
    {"type": "inequality", "low": "opened", "high": "closed"},
    {"type": "sum", "column": "total", "parts": ["net", "tax"]},
    {"type": "range", "column": "weight", "low": 0, "high": 20},
    {"type": "unique", "columns": ["shop", "day"]},
    {"type": "equal", "columns": ["mail", "login"]},
    {"type": "range", "column": "opened", "low": "2020-02-01"},
)


def bookings(rows: int = 2000) -> Table:
    """A table in which each constraint nearly holds."""
    random = np.random.default_rng(1)
    city, least = random.integers(0, 5, rows), random.integers(0, 50, rows)
    opened = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=int(day)) for day in random.integers(0, 300, rows)]
    closed = [day + datetime.timedelta(days=int(more)) for day, more in zip(opened, random.integers(-2, 40, rows), strict=True)]
    net, tax = random.integers(1, 30, rows), random.integers(1, 30, rows)
    total = net + tax
    total[:7] += 1
    zips = city * 3 + random.integers(0, 3, rows)
    login = [f"s{number}" for number in city]
    login[3] = "s4" if login[3] != "s4" else "s1"
    return make_table(
        {
            "city": (ColumnKind.CATEGORICAL, [f"c{number}" for number in city]),
            "zip": (ColumnKind.CATEGORICAL, [f"z{number}" if random.random() > 0.01 else "z0" for number in zips]),
            "least": (ColumnKind.INTEGER, least),
            "most": (ColumnKind.INTEGER, least + random.integers(-3, 20, rows)),
            "opened": (ColumnKind.DATETIME, opened),
            "closed": (ColumnKind.DATETIME, closed),
            "net": (ColumnKind.INTEGER, net),
            "tax": (ColumnKind.INTEGER, tax),
            "total": (ColumnKind.INTEGER, total),
            "weight": (ColumnKind.NUMERIC, np.round(random.normal(10, 5, rows), 2)),
            "grade": (ColumnKind.CATEGORICAL, random.choice(["u", "v", "w", "rare"], rows, p=[0.5, 0.3, 0.198, 0.002])),
            "level": (ColumnKind.INTEGER, random.integers(0, 9, rows)),
            "shop": (ColumnKind.INTEGER, random.integers(0, 300, rows)),
            "day": (ColumnKind.INTEGER, random.integers(0, 300, rows)),
            "mail": (ColumnKind.CATEGORICAL, [f"s{number}" for number in city]),
            "login": (ColumnKind.CATEGORICAL, login),
        }
    )


@pytest.fixture(scope="module")
def trained() -> TreeModel:
    options = EngineOptions(
        seed=2,
        constraints=CONSTRAINTS,
        bounds={"shop": [5, 250]},
        categories={"grade": ["u", "v", "rare", "absent"], "level": [1, 2, 3, 7]},
    )
    return fit(bookings(), options)


def test_every_constraint_holds_in_every_record_and_the_file_keeps_them(trained: TreeModel, tmp_path: Path) -> None:
    trained.save(tmp_path / "model")
    made = TreeModel.load(tmp_path / "model").sample(3000, 3)
    assert made.data.equals(trained.sample(3000, 3).data)
    cells = {name: np.asarray(made.data.column(name).to_pylist(), object) for name in made.schema.names}
    real = bookings().data.to_pydict()
    assert set(zip(cells["city"], cells["zip"], strict=True)) <= set(zip(real["city"], real["zip"], strict=True))
    assert len(set(zip(cells["city"], cells["zip"], strict=True))) == 15
    assert (cells["least"] < cells["most"]).all()
    assert (cells["opened"] <= cells["closed"]).all()
    assert (cells["total"] == cells["net"] + cells["tax"]).all()
    assert (cells["weight"].min() >= 0, cells["weight"].max() <= 20) == (True, True)
    assert len(set(zip(cells["shop"], cells["day"], strict=True))) == 3000
    assert (cells["mail"] == cells["login"]).all()
    assert cells["opened"].min() >= datetime.datetime(2020, 2, 1)


def test_bounds_hold_and_public_categories_need_no_ten_rows(trained: TreeModel) -> None:
    made = trained.sample(3000, 4).data.to_pydict()
    assert (min(made["shop"]), max(made["shop"])) == (5, 250)
    assert set(made["grade"]) == {"u", "v", "rare"}
    assert {value for value in made["level"] if value is not None} == {1, 2, 3, 7}


def test_broken_training_rows_are_counted_by_number_and_no_value_is_told(trained: TreeModel) -> None:
    told = {note.text.split(":")[0]: note.text for note in trained.notes if note.text.startswith("constraint")}
    assert "7 of 2000 training rows break it; the records made keep it" in told["constraint 3 (sum)"]
    assert "1 of 2000" in told["constraint 6 (equal)"]
    assert len(told) == 8
    assert {note.column for note in trained.notes if "configured" in note.text} == {"shop", "grade", "level"}


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ({"type": "inequality", "low": "least", "high": "opened"}, "dates with numbers"),
        ({"type": "inequality", "low": "city", "high": "most"}, "categorical"),
        ({"type": "range", "column": "least", "low": "2020-01-01"}, "does not fit"),
        ({"type": "unique", "columns": ["gone"]}, "no such column"),
        ({"type": "equal", "columns": ["city", "least"]}, "different kinds"),
        ({"type": "combinations", "columns": ["weight", "day", "shop"]}, "no combination"),
    ],
)
def test_a_constraint_that_does_not_fit_the_table_is_refused(constraint: dict[str, Any], said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        fit(bookings(300), EngineOptions(constraints=(constraint,), effort="fast"))


def test_constraints_in_a_circle_are_refused() -> None:
    circle = ({"type": "sum", "column": "net", "parts": ["tax"]}, {"type": "sum", "column": "tax", "parts": ["net"]})
    with pytest.raises(DataRefused, match="from itself"):
        fit(bookings(300), EngineOptions(constraints=circle, effort="fast"))


def accounts(rows: int = 800) -> Table:
    """Totals of two, three and twelve parts, a balance, a multiple and a complement among other numbers."""
    random = np.random.default_rng(3)
    months = {f"m{number}": np.round(random.gamma(2, 100, rows), 2) for number in range(12)}
    first, second, third = (random.integers(0, 1000, rows) for _ in range(3))
    start, paid, taken = (
        np.round(random.normal(1000, 300, rows), 2),
        np.round(random.gamma(1, 50, rows), 2),
        np.round(random.gamma(1, 50, rows), 2),
    )
    free = random.integers(0, 100, rows)
    numbers = {
        **months,
        "year": np.round(sum(months.values()), 2),
        "first": first,
        "second": second,
        "third": third,
        "all": first + second + third,
        "gap": first - second,
        "start": start,
        "paid": paid,
        "taken": taken,
        "end": np.round(start + paid - taken, 2),
        "monthly": start * 2,
        "yearly": np.round(start * 24, 2),
        "free": free,
        "used": 100 - free,
        **{f"noise{number}": random.integers(0, 5, rows) for number in range(20)},
    }
    kinds = {name: ColumnKind.INTEGER if values.dtype.kind == "i" else ColumnKind.NUMERIC for name, values in numbers.items()}
    return make_table({name: (kinds[name], values) for name, values in numbers.items()})


def test_sums_differences_multiples_and_long_totals_are_found() -> None:
    table = accounts()
    names = table.schema.names
    found = {frozenset({names[total.target], *(names[place] for place in total.sources)}) for total in find_sums(table, {})}
    assert {frozenset({"year", *(f"m{number}" for number in range(12))}), frozenset({"free", "used"})} <= found
    assert {frozenset({"first", "second", "gap"}), frozenset({"all", "first", "second", "third"})} <= found
    assert frozenset({"start", "paid", "taken", "end"}) in found
    assert not any(name.startswith("noise") for group in found for name in group)


def test_a_single_row_to_the_contrary_makes_no_sum() -> None:
    table = accounts()
    values = np.asarray(table.data.column("all")).copy()
    values[17] += 1
    place = table.schema.names.index("all")
    broken = Table(table.schema, table.data.set_column(place, "all", [values]))
    assert place in {part for total in find_sums(table, {}) for part in (total.target, *total.sources)}
    assert place not in {part for total in find_sums(broken, {}) for part in (total.target, *total.sources)}


def test_learnt_sums_hold_in_every_record_and_a_given_total_is_kept() -> None:
    table = accounts()
    kept = ("first", "second", "third", "all", "start", "paid", "taken", "end")
    schema = TableSchema(tuple(table.schema.column(name) for name in kept))
    narrow = Table(schema, table.data.select(kept))
    model = fit(narrow, EngineOptions(seed=1))
    made = {name: np.asarray(column) for name, column in zip(narrow.schema.names, model.sample(1500, 2).data.columns, strict=True)}
    assert (made["all"] == made["first"] + made["second"] + made["third"]).all()
    assert np.allclose(made["end"], made["start"] + made["paid"] - made["taken"], atol=0.005)
    totals = Table(TableSchema((schema.column("all"), schema.column("end"))), narrow.data.select(["all", "end"]).slice(0, 200))
    given = model.sample(200, 2, conditions=totals)
    seen = {name: np.asarray(given.data.column(name)) for name in kept}
    assert given.data.select(["all", "end"]).equals(totals.data)
    assert (seen["all"] == seen["first"] + seen["second"] + seen["third"]).all()
    assert np.allclose(seen["end"], seen["start"] + seen["paid"] - seen["taken"], atol=0.0051)


def test_seed_columns_are_never_computed() -> None:
    table = accounts()
    place = table.schema.names.index("all")
    assert place in {total.target for total in find_relations(table).sums}
    assert place not in {total.target for total in find_relations(table, [place]).sums}


def test_hostile_sums_are_refused(trained: TreeModel) -> None:
    check_model(trained)
    target = trained.relations.sums[0].target
    for bad in (
        Sum(target, (99,), (1.0,)),
        Sum(target, (target,), (1.0,)),
        Sum(target, (2,), (float("nan"),)),
        Sum(target, (0,), (1.0,)),
        Sum(target, (2, 3), (1.0,)),
        Sum(target, (2,), (1.0,), decimals=-5),
    ):
        relations = msgspec.structs.replace(trained.relations, sums=(bad,))
        with pytest.raises(DataRefused):
            check_model(msgspec.structs.replace(trained, relations=relations))


def test_public_categories_that_are_no_numbers_are_refused_for_numbers() -> None:
    table = make_table({"age": (ColumnKind.INTEGER, [20, 30, 40] * 100), "city": (ColumnKind.CATEGORICAL, ["a", "b", "c"] * 100)})
    with pytest.raises(DataRefused, match="'age' are not all numbers"):
        fit(table, EngineOptions(seed=1, categories={"age": ["x", "y"]}))
