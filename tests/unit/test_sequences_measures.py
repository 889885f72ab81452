"""Measures of sequences against planted truth: alike sources pass, each planted fault is seen by the measure that is there for it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from sequence_tables import visits

from appliance.data_plane.quality.sequence_facts import SequenceMeasures
from appliance.data_plane.quality.sequences import measure_sequences
from appliance.data_plane.tables.schema import Table


@pytest.fixture(scope="module")
def train() -> Table:
    return visits(seed=1)


def measured(train: Table, other: Table, holdout: Table | None = None) -> SequenceMeasures:
    found = measure_sequences(train, other, holdout, ("patient",), "seen", 3)
    assert found is not None
    return found


def changed(table: Table, **columns: list[Any]) -> Table:
    data = table.data
    for name, values in columns.items():
        place = table.schema.names.index(name)
        data = data.set_column(place, name, pa.array(values, data.schema.field(name).type))
    return Table(table.schema, data)


def shuffled(table: Table, name: str, seed: int = 1) -> list[Any]:
    values = np.asarray(table.data.column(name).to_pylist(), object)
    return [values[place] for place in np.random.default_rng(seed).permutation(len(values))]


def test_alike_sources_lie_within_chance(train: Table) -> None:
    found = measured(train, visits(seed=7), visits(80, seed=8))
    assert found.lengths.distance < 1.5 * found.lengths.chance
    assert found.lengths.reference is not None
    assert found.gaps is not None
    assert found.gaps.distance < 1.5 * found.gaps.chance
    assert found.gaps.unit == "days"
    assert found.gaps.left_mean == pytest.approx(found.gaps.right_mean, rel=0.1)
    assert [memory.column for memory in found.memory] == ["weight", "meter", "bill"]
    assert sum(memory.held for memory in found.memory) >= 2
    assert found.moves[0].distance < 1.5 * found.moves[0].chance
    assert {entry.column for entry in found.coherence} == {"ward", "born", "mail"}
    assert found.ordered == 1.0


def test_a_lost_memory_is_seen(train: Table) -> None:
    other = visits(seed=7)
    found = measured(train, changed(other, weight=shuffled(other, "weight"), state=shuffled(other, "state")))
    weight = next(memory for memory in found.memory if memory.column == "weight")
    assert not weight.held
    assert abs(weight.right) < 0.15 < weight.left
    assert weight.right_between < 0.2 < weight.left_between
    assert found.moves[0].distance > 3 * found.moves[0].chance


def test_wrong_lengths_and_gaps_are_seen(train: Table) -> None:
    other = visits(seed=7)
    every_other = Table(other.schema, other.data.filter(pa.array(np.arange(other.rows) % 2 == 0)))
    found = measured(train, every_other)
    assert found.lengths.distance > 2 * found.lengths.chance
    assert found.gaps is not None
    assert found.gaps.distance > 2 * found.gaps.chance


def test_a_constant_that_changes_and_a_key_that_returns_are_seen(train: Table) -> None:
    other = visits(seed=7)
    found = measured(train, changed(other, ward=shuffled(other, "ward")))
    ward = next(entry for entry in found.coherence if entry.column == "ward")
    assert ward.left == 1.0
    assert ward.right < 0.5
    assert found.replayed_keys == len(set(other.data.column("patient").to_pylist()) & set(train.data.column("patient").to_pylist())) > 0


def test_moves_tell_the_truth_about_the_source(train: Table) -> None:
    move = measured(train, visits(seed=7)).moves[0]
    at = {label: place for place, label in enumerate(move.labels)}
    assert move.left[at["well"]][at["well"]] == pytest.approx(0.8, abs=0.06)
    assert move.right[at["ill"]][at["critical"]] == pytest.approx(0.2, abs=0.07)


def test_no_rare_value_is_named(train: Table) -> None:
    states = train.data.column("state").to_pylist()
    states[10:16] = ["zqxcanary"] * 6
    bills = train.data.column("bill").to_pylist()
    bills[3] = 98_765_432.125
    text = msgspec.json.encode(measured(changed(train, state=states, bill=bills), visits(seed=7))).decode()
    assert "zqxcanary" not in text
    assert "98765432" not in text


def test_without_a_key_or_rows_there_is_nothing_to_measure(train: Table) -> None:
    assert measure_sequences(train, train, None, ("nobody",), None, 1) is None
    assert measure_sequences(train, train, None, (), None, 1) is None
    empty = Table(train.schema, train.data.slice(0, 0))
    assert measure_sequences(train, empty, None, ("patient",), "seen", 1) is None
    single = Table(train.schema, train.data.slice(0, 1))
    found = measure_sequences(train, single, None, ("patient",), None, 1)
    assert found is not None
    assert (found.gaps, found.moves, found.memory) == (None, (), ())
