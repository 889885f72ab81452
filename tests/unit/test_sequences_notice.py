"""Unmarked sequences are noticed; tables whose rows stand alone raise no alarm. Holdouts keep sequences whole."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import numpy as np
import pytest
from sequence_tables import DAY, visits
from synthesis_tables import make_table, people

from appliance.data_plane.models.holdout import split_holdout
from appliance.data_plane.synthesis.sequences.notice import notice_sequences
from appliance.data_plane.tables import read_table
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import DataRefused

K = ColumnKind
ALONE = ("loans_wide", "pbc_small", "daily_website_visitors", "patient_events_pii")


def panel(shuffled: bool, by_date: bool) -> Table:
    """A row for every one of thirty machines and every day, by machine, by date or in no order."""
    random = np.random.default_rng(1)
    machine, day = (side.ravel() for side in np.meshgrid(np.arange(30), np.arange(60), indexing="ij"))
    order = random.permutation(len(day)) if shuffled else np.lexsort((machine, day)) if by_date else np.arange(len(day))
    machine, day = machine[order], day[order]
    return make_table(
        {
            "anlage": (K.CATEGORICAL, [f"Halle {m}" for m in machine]),
            "tag": (K.DATETIME, [DAY + datetime.timedelta(days=int(d)) for d in day]),
            "takt": (K.NUMERIC, random.normal(size=len(day))),
        }
    )


def test_a_key_is_noticed_with_the_keys_to_set() -> None:
    note = notice_sequences(visits())
    assert note is not None
    assert note.column == "patient"
    assert "group_training_examples_by: patient and order_training_examples_by: seen" in note.text
    assert "300 keys" in note.text


@pytest.mark.parametrize("by_date", [True, False])
def test_a_panel_is_noticed_whatever_its_column_is_called(by_date: bool) -> None:
    note = notice_sequences(panel(shuffled=False, by_date=by_date))
    assert note is not None
    assert "group_training_examples_by: anlage and order_training_examples_by: tag" in note.text


def test_rows_that_stand_alone_raise_no_alarm() -> None:
    random = np.random.default_rng(2)
    town = random.integers(0, 400, 4000)
    moments = [DAY + datetime.timedelta(seconds=int(s)) for s in np.sort(random.integers(0, 10**7, 4000))]
    sales = make_table(
        {
            "plz": (K.CATEGORICAL, [f"{8000 + t}" for t in town]),
            "kanton": (K.CATEGORICAL, [f"K{t % 20}" for t in town]),
            "wann": (K.DATETIME, moments),
            "betrag": (K.NUMERIC, random.gamma(2, 30, 4000)),
        }
    )
    assert notice_sequences(sales) is None
    assert notice_sequences(people()) is None
    assert notice_sequences(make_table({"id": (K.INTEGER, np.arange(300)), "x": (K.NUMERIC, random.normal(size=300))})) is None


def test_the_shared_tables_raise_no_false_alarm() -> None:
    folder = os.environ.get("APPLIANCE_TEST_DATA")
    if not folder:
        pytest.skip("APPLIANCE_TEST_DATA is not set: the shared tables are not here")
    for name in ALONE:
        assert notice_sequences(read_table(Path(folder) / f"{name}.csv.gz")) is None, name
    note = notice_sequences(read_table(Path(folder) / "cdnow_purchases.csv.gz"))
    assert note is not None
    assert "group_training_examples_by: users_id and order_training_examples_by: date" in note.text


def test_a_holdout_keeps_every_sequence_on_one_side() -> None:
    table = visits()
    split = split_holdout(table, 5, ("patient",))
    assert split.holdout is not None
    sides = [set(side.data.column("patient").to_pylist()) for side in (split.train, split.holdout)]
    assert not sides[0] & sides[1]
    assert split.train.rows + split.holdout.rows == table.rows
    assert split.holdout.rows == pytest.approx(0.05 * table.rows, abs=15)
    again = split_holdout(table, 5, ("patient",)).holdout
    assert again is not None
    assert again.data.equals(split.holdout.data)
    other = split_holdout(table, 6, ("patient",)).holdout
    assert other is not None
    assert not other.data.equals(split.holdout.data)


def test_a_giant_sequence_and_rows_without_key_stay_in_training() -> None:
    keys = [*(["giant"] * 3000), *([None] * 500), *(f"k{n // 4}" for n in range(2000))]
    table = make_table({"who": (K.CATEGORICAL, keys), "n": (K.INTEGER, np.arange(len(keys)))})
    for seed in range(8):
        split = split_holdout(table, seed, ("who",))
        assert split.holdout is not None
        held = set(split.holdout.data.column("who").to_pylist())
        assert not held & {"giant", None}
        assert 200 < split.holdout.rows <= round(0.05 * table.rows)


def test_few_long_sequences_give_one_or_none() -> None:
    def table(groups: int) -> Table:
        keys = np.repeat(np.arange(groups), 100)
        return make_table({"who": (K.INTEGER, keys), "n": (K.INTEGER, np.arange(len(keys)))})

    assert split_holdout(table(19), 1, ("who",)).holdout is None
    held = split_holdout(table(20), 1, ("who",)).holdout
    assert held is not None
    assert held.rows == 100
    with pytest.raises(DataRefused, match="no such column"):
        split_holdout(table(20), 1, ("what",))
