"""The engine of sequences: what stays constant, what follows what, and what never leaves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from sequence_tables import DAY, visits
from synthesis_tables import make_table

from appliance.data_plane.quality.sequences import measure_sequences
from appliance.data_plane.synthesis import EngineOptions
from appliance.data_plane.synthesis.sequences.engine import ENGINE
from appliance.data_plane.synthesis.sequences.grouping import group_rows
from appliance.data_plane.synthesis.sequences.layout import Change
from appliance.data_plane.synthesis.sequences.sequence_model import SequenceModel
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

OPTIONS = EngineOptions(seed=4, group_by=("patient",), order_by="seen")


@pytest.fixture(scope="module")
def table() -> Table:
    return visits()


@pytest.fixture(scope="module")
def model(table: Table) -> SequenceModel:
    return ENGINE.fit(table, OPTIONS)


@pytest.fixture(scope="module")
def made(model: SequenceModel, table: Table) -> Table:
    return model.sample(table.rows, 9)


def column(table: Table, name: str) -> list[Any]:
    return table.data.column(name).to_pylist()


def by_patient(table: Table, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in zip(column(table, "patient"), column(table, name), strict=True):
        found.setdefault(key, []).append(value)
    return found


def seeds(table: Table, columns: dict[str, list[Any]]) -> Table:
    schema = TableSchema(tuple(table.schema.column(name) for name in columns))
    kinds = [table.data.schema.field(name).type for name in columns]
    return Table(schema, pa.Table.from_arrays([pa.array(v, k) for v, k in zip(columns.values(), kinds, strict=True)], names=list(columns)))


def test_every_column_finds_its_part(model: SequenceModel) -> None:
    layout = model.layout
    assert (layout.key, layout.order) == ("patient", "seen")
    assert layout.parents == ("ward", "born")
    assert layout.events == ("seen", "state", "weight", "meter", "bill")
    assert (layout.group_labels, layout.row_labels) == (("mail",), ("ticket",))
    assert layout.changes == {"seen": Change("last"), "weight": Change("mean"), "meter": Change("last")}
    assert layout.stays == ("bill",)


def test_sequences_look_like_those_of_training(table: Table, made: Table) -> None:
    """Other sequences from the same source bound what may be asked: distances stay near what chance alone shows."""
    found = measure_sequences(table, made, visits(seed=2), ("patient",), "seen", 1)
    assert found is not None
    assert found.lengths.distance < 1.6 * found.lengths.chance
    assert found.gaps is not None
    assert found.gaps.distance < 1.6 * found.gaps.chance
    assert found.moves[0].distance < 1.6 * found.moves[0].chance
    for memory in found.memory:
        room = memory.high - memory.left
        assert abs(memory.right - memory.left) < 1.6 * room, memory
        assert abs(memory.right_between - memory.left_between) < 0.15
    assert all(entry.right == 1.0 for entry in found.coherence)
    assert (found.ordered, found.replayed_keys) == (1.0, 0)


def test_a_meter_never_falls_and_a_bill_stays_as_often_as_before(table: Table, made: Table) -> None:
    assert all(left <= right for values in by_patient(made, "meter").values() for left, right in pairwise(values))

    def staying(some: Table) -> float:
        groups = group_rows(some, ["patient"], "seen")
        bills = groups.column("bill").to_pylist()
        rows = np.flatnonzero(groups.position > 0)
        return float(np.mean([bills[row] == bills[row - 1] for row in rows]))

    assert abs(staying(made) - staying(table)) < 0.07


def test_keys_and_labels_are_new_and_of_the_same_form(table: Table, made: Table) -> None:
    for name in ("patient", "mail", "ticket"):
        assert not set(column(made, name)) & set(column(table, name))
    assert all(key.startswith("PT-") and key[3:].isdigit() for key in column(made, "patient"))
    assert all(len(set(values)) == 1 for values in by_patient(made, "mail").values())
    assert len(set(column(made, "ticket"))) == made.rows
    keys = column(made, "patient")
    assert sum(left != right for left, right in pairwise(keys)) + 1 == len(set(keys))


def test_no_unique_training_row_and_no_unique_sequence_leaves() -> None:
    """Few values, so that rows and sequences meet by chance all the time, and some stand once only."""
    random = np.random.default_rng(5)
    keys = np.repeat(np.arange(400), random.integers(2, 5, 400))
    values = random.choice(40, len(keys), p=np.r_[np.full(8, 0.11), np.full(32, 0.12 / 32)])
    table = make_table(
        {"who": (ColumnKind.INTEGER, keys + 5000), "code": (ColumnKind.INTEGER, values), "turn": (ColumnKind.INTEGER, values % 3)}
    )
    result = ENGINE.fit(table, EngineOptions(seed=1, group_by=("who",))).sample(3000, 2)

    def rows(some: Table) -> list[tuple[Any, ...]]:
        return list(zip(column(some, "code"), column(some, "turn"), strict=True))

    def sequences(some: Table) -> list[tuple[Any, ...]]:
        found: dict[int, list[Any]] = {}
        for key, row in zip(column(some, "who"), rows(some), strict=True):
            found.setdefault(key, []).append(row)
        return [tuple(sequence) for sequence in found.values()]

    for of in (rows, sequences):
        source = of(table)
        unique = {entry for entry in source if source.count(entry) == 1}
        assert unique
        assert not unique & set(of(result))


def test_what_few_sequences_hold_is_protected() -> None:
    """One sequence has many rows: a code, a number and a great length of its own are no common values."""
    random = np.random.default_rng(6)
    lengths = np.r_[random.integers(3, 7, 150), 120]
    keys = np.repeat(np.arange(len(lengths)), lengths)
    own = keys == 150
    drug = np.where(own & (random.random(len(keys)) < 0.5), "zqxcanary", random.choice(["aspirin", "iron"], len(keys)))
    dose = np.where(own, 7777.25, np.round(random.gamma(4, 10, len(keys)), 2))
    days = [DAY.replace(year=2021 + int(k % 3)) for k in keys]
    table = make_table(
        {
            "person": (ColumnKind.IDENTIFIER, [f"P{k:05d}" for k in keys]),
            "drug": (ColumnKind.CATEGORICAL, list(drug)),
            "dose": (ColumnKind.NUMERIC, dose),
            "year": (ColumnKind.DATETIME, days),
        }
    )
    fitted = ENGINE.fit(table, EngineOptions(seed=1, group_by=("person",)))
    result = fitted.sample(4000, 3)
    assert "zqxcanary" not in column(result, "drug")
    assert max(value for value in column(result, "dose") if value is not None) < 500
    assert int(group_rows(result, ["person"], None).lengths.max()) < 60
    assert b"zqxcanary" not in msgspec.json.encode(fitted.layout)


def test_rows_asked_for_are_reached_by_whole_sequences(model: SequenceModel, table: Table) -> None:
    sampled = model.sample_records(500, 2)
    assert 500 <= sampled.table.rows < 500 + 15
    lengths = group_rows(sampled.table, ["patient"], "seen").lengths
    assert int(lengths[:-1].sum()) < 500
    assert sampled.table.schema == table.schema
    assert model.sample(0, 1).rows == 0


def test_the_same_seed_gives_the_same_bytes_for_any_number_of_threads(table: Table, model: SequenceModel, tmp_path: Path) -> None:
    again = ENGINE.fit(table, msgspec.structs.replace(OPTIONS, threads=3))
    for name, some in (("one", model), ("two", again)):
        some.save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert ENGINE.load(tmp_path / "one").sample(200, 8).data.equals(again.sample(200, 8).data)


def test_seed_rows_become_one_sequence_each(model: SequenceModel, table: Table) -> None:
    given = {"patient": ["mine-1", "mine-2", "mine-3"] * 20, "ward": ["north", "west", "west"] * 20}
    sampled = model.sample_records(1, 6, conditions=seeds(table, given))
    sequences = by_patient(sampled.table, "ward")
    assert list(sequences) == ["mine-1", "mine-2", "mine-3"]
    assert {key: set(values) for key, values in sequences.items()} == {"mine-1": {"north"}, "mine-2": {"west"}, "mine-3": {"west"}}
    lengths = {ward: np.mean([len(v) for v in by_patient(table, "ward").values() if v[0] == ward]) for ward in ("north", "west")}
    assert len(sequences["mine-2"]) / 20 == pytest.approx(lengths["west"], rel=0.3)
    assert len(sequences["mine-1"]) / 20 == pytest.approx(lengths["north"], rel=0.3)


def test_seed_rows_with_what_changes_are_refused(model: SequenceModel, table: Table) -> None:
    with pytest.raises(DataRefused, match="'state', which changes inside sequences"):
        model.sample(1, 1, conditions=seeds(table, {"state": ["well"]}))
    with pytest.raises(DataRefused, match="not trained on"):
        model.sample(1, 1, conditions=make_table({"other": (ColumnKind.CATEGORICAL, ["x"])}))
    with pytest.raises(DataRefused, match="seed column 'state' changes"):
        ENGINE.fit(table, msgspec.structs.replace(OPTIONS, seed_columns=("state",)))


def test_filters_are_honoured(model: SequenceModel, table: Table) -> None:
    """The similarity filter: no row that, in the model's own stretches of numbers, is a unique training row."""
    plain, strict = (model.sample_records(500, 3, similarity=level) for level in (None, "high"))
    assert strict.invalid > plain.invalid
    assert model.sample_records(500, 3, outliers="high").invalid > plain.invalid
    same = []
    for heat in (0.3, 1.0):
        states = by_patient(model.sample(700, 3, temperature=heat), "state").values()
        same.append(np.mean([a == b for values in states for a, b in pairwise(values)]))
    assert same[0] > same[1] + 0.1


def test_refusals_say_what_to_do(table: Table) -> None:
    with pytest.raises(DataRefused, match="groups by the column 'nobody'"):
        ENGINE.fit(table, EngineOptions(group_by=("nobody",)))
    with pytest.raises(DataRefused, match="orders sequences by the column 'nothing'"):
        ENGINE.fit(table, EngineOptions(group_by=("patient",), order_by="nothing"))
    with pytest.raises(DataRefused, match="3 different values: at least 10 sequences"):
        ENGINE.fit(table, EngineOptions(group_by=("ward",)))
    with pytest.raises(DataRefused, match="make no key"):
        ENGINE.fit(table, EngineOptions(group_by=("bill",)))
