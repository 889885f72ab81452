"""Records completed from seeds keep what all records keep: the filters, constraints and values that do not repeat; what cannot is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from synthesis_tables import make_table

from appliance.data_plane.synthesis import EngineOptions, Sampled, TreeModel, fit
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import SIMILARITY_GROUPS
from appliance.data_plane.synthesis.identifiers import PatternCodec
from appliance.data_plane.synthesis.nearness import near_hashes
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema


def measures(rows: int = 1200, seed: int = 2) -> Table:
    """Three related numbers, a category and one that seldom repeats."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=rows)
    columns: dict[str, tuple[ColumnKind, Any]] = {
        name: (ColumnKind.NUMERIC, np.round(hidden + random.normal(size=rows) * 0.5, 3)) for name in ("a", "b")
    }
    return make_table(
        {
            **columns,
            "kind": (ColumnKind.CATEGORICAL, random.choice(["x", "y", "z"], rows)),
            "low": (ColumnKind.INTEGER, random.integers(0, 60, rows)),
        }
    )


def only(table: Table, names: list[str], rows: int | None = None) -> Table:
    return Table(TableSchema(tuple(table.schema.column(name) for name in names)), table.data.select(names).slice(0, rows))


@pytest.fixture(scope="module")
def model() -> TreeModel:
    return fit(only(measures(), ["a", "b", "kind"]), EngineOptions(seed=1))


def marked(model: TreeModel, table: Table, level: str) -> np.ndarray:
    """Which records the similarity filter would refuse, as they are written."""
    codecs = [column.codec for column in model.columns if not isinstance(column.codec, PatternCodec)]
    groups = SIMILARITY_GROUPS[level]
    codes = [codec.encode(whole(table.data.column(number))).codes for number, codec in enumerate(codecs)]
    return np.asarray(model.near[str(groups)].contain(near_hashes(codecs, codes, groups)))


def texts(sampled: Sampled) -> str:
    return "; ".join(note.text for note in sampled.notes)


@pytest.mark.parametrize("seeds", [["kind"], ["b"]], ids="+".join)
@pytest.mark.parametrize("level", ["medium", "high"])
def test_similarity_holds_for_records_completed_from_seeds(model: TreeModel, seeds: list[str], level: str) -> None:
    given = only(measures(seed=8), seeds)
    free, held = (model.sample_records(0, 4, conditions=given, similarity=wish) for wish in (None, level))
    assert marked(model, free.table, level).mean() > 0.04
    assert marked(model, held.table, level).mean() < 0.2 * marked(model, free.table, level).mean()
    assert held.invalid > free.invalid + 20
    assert "filter" not in texts(held)
    assert held.table.data.select(seeds).equals(given.data)


def test_outliers_holds_for_records_completed_from_seeds(model: TreeModel) -> None:
    given = only(measures(4000, seed=8), ["kind"])
    free, held = (model.sample_records(0, 4, conditions=given, outliers=wish) for wish in (None, "high"))
    assert free.score is not None
    assert held.score is not None
    least = np.quantile(free.score, 0.04)
    assert (held.score < least).mean() < 0.01
    assert held.table.data.select(["kind"]).equals(given.data)


def test_records_that_the_seeds_fix_are_told_and_keep_their_places(model: TreeModel) -> None:
    train = measures()
    given = only(train, ["a", "b"])
    sampled = model.sample_records(0, 4, conditions=given, similarity="high")
    assert sampled.table.data.select(["a", "b"]).equals(given.data)
    count = int(marked(model, sampled.table, "high").sum())
    assert count > 100
    told = next(note.text for note in sampled.notes if "filter" in note.text)
    assert abs(int(told.split()[0]) - count) < 0.2 * count
    assert f"of {train.rows} records" in told
    fixed = Table(given.schema, given.data.take(pa.array(np.flatnonzero(marked(model, sampled.table, "high"))[:8])))
    assert "fewer than 10 of 8 records" in texts(model.sample_records(0, 4, conditions=fixed, similarity="high"))


def test_new_candidates_are_drawn_as_often_as_was_asked(model: TreeModel) -> None:
    given = only(measures(4000, seed=8), [model.seedable[0]])
    once, often = (model.sample_records(0, 4, conditions=given, similarity="high", rounds=rounds) for rounds in (1, 10))
    assert once.candidates == often.candidates == 4
    assert "privacy filter" in texts(once)
    assert not often.notes


def test_seeds_that_give_every_column_come_back_and_it_is_told_whoever_they_are(model: TreeModel) -> None:
    strangers, members = (only(measures(seed=seed), ["a", "b", "kind"], 50) for seed in (8, 2))
    told = []
    for given in (strangers, members):
        sampled = model.sample_records(0, 4, conditions=given, outliers="high", similarity="high")
        assert sampled.table.data.equals(given.data)
        assert sampled.invalid == 0
        told.append(sampled.notes)
    assert told[0] == told[1]
    assert "neither compared with training rows nor filtered" in told[0][0].text


CONSTRAINTS: tuple[dict[str, Any], ...] = (
    {"type": "range", "column": "a", "high": 0.5},
    {"type": "unique", "columns": ["kind", "low"]},
)


@pytest.fixture(scope="module")
def bound() -> TreeModel:
    return fit(measures(), EngineOptions(seed=1, constraints=CONSTRAINTS))


def test_constraints_and_what_may_not_repeat_hold_for_completed_records(bound: TreeModel) -> None:
    given = make_table({"b": (ColumnKind.NUMERIC, [0.6] * 90)})
    sampled = bound.sample_records(0, 4, conditions=given)
    data = sampled.table.data
    assert max(data.column("a").to_pylist()) <= 0.5
    assert len({(row["kind"], row["low"]) for row in data.select(["kind", "low"]).to_pylist()}) == 90
    assert data.column("b").to_pylist() == [0.6] * 90
    assert not sampled.notes


def test_seeds_that_break_a_constraint_or_repeat_are_told(bound: TreeModel) -> None:
    given = make_table(
        {
            "a": (ColumnKind.NUMERIC, [0.1, 0.9, 0.2, 0.3]),
            "kind": (ColumnKind.CATEGORICAL, ["x", "x", "y", "y"]),
            "low": (ColumnKind.INTEGER, [1, 2, 7, 7]),
        }
    )
    sampled = bound.sample_records(0, 4, conditions=given)
    assert sampled.table.data.select(["a", "kind", "low"]).equals(given.data)
    assert "2 of 4 records break a constraint or repeat another" in texts(sampled)


def test_more_records_than_there_are_different_ones_are_told(bound: TreeModel) -> None:
    given = make_table({"kind": (ColumnKind.CATEGORICAL, ["x"] * 80)})
    sampled = bound.sample_records(0, 4, conditions=given)
    lows = sampled.table.data.column("low").to_pylist()
    repeated = 80 - len(set(lows))
    assert repeated >= 20
    assert f"{repeated} of 80 records break a constraint or repeat another" in texts(sampled)


def test_records_with_wanted_shares_pass_the_filters_wherever_the_target_is_made() -> None:
    data = only(measures(), ["kind", "b", "a"])
    late = fit(data, EngineOptions(seed=1, seed_columns=("a", "b")))
    assert late.order[0] != 0
    parts = late.sample_batches(1200, 3, target={"column": "kind", "shares": {"x": 0.5, "y": 0.5}}, similarity="high")
    made = Table(late.schema, pa.concat_tables([part.table.data for part in parts]).unify_dictionaries().combine_chunks())
    assert sorted(made.data.column("kind").to_pylist()) == ["x"] * 600 + ["y"] * 600
    assert marked(late, made, "high").mean() < 0.01
