"""Records in chunks: the same for any number of processes, unique over chunk borders, with a cap on refused ones, and on a full disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pytest
from synthesis_tables import make_table, people

from appliance.control_plane.api import submission
from appliance.data_plane.models.generation import Wish
from appliance.data_plane.models.packing import disk_errors
from appliance.data_plane.synthesis import EngineOptions, TreeModel, chunks, fit, lookup
from appliance.data_plane.synthesis.chunks import Request, make_chunk, sample_batches, sample_records
from appliance.data_plane.synthesis.tree_model import Sampled
from appliance.data_plane.tables import sampled, write_batches
from appliance.data_plane.tables.schema import ColumnKind, FileFormat, Table
from appliance.data_plane.tables.types import plain
from appliance.errors import JobFailed

COUNT = 1_000
SIZE = 300


@pytest.fixture(scope="module")
def model() -> TreeModel:
    return fit(people(800), EngineOptions(seed=3))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK", SIZE)
    monkeypatch.setattr(chunks, "LEAST_CHUNK", SIZE)


def joined(parts: Iterator[Sampled]) -> pa.Table:
    return plain(pa.concat_tables([part.table.data for part in parts]).combine_chunks())


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
def test_any_number_of_processes_writes_the_same_bytes(model: TreeModel, tmp_path: Path, form: str) -> None:
    written = set()
    for processes in (1, 2, 3):
        parts = model.sample_batches(COUNT, 7, outliers="medium", processes=processes, folder=tmp_path)
        path = tmp_path / f"made-{processes}"
        write_batches(model.schema, (part.table for part in parts), path, file=FileFormat(format=form, compression="gz"))
        written.add(path.read_bytes())
    assert len(written) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"made-1", "made-2", "made-3"}  # no chunk is left behind


def test_batches_and_records_are_one(model: TreeModel) -> None:
    sizes = [part.table.rows for part in sample_batches(model, COUNT, Request(7))]
    assert sizes == [SIZE, SIZE, SIZE, COUNT - 3 * SIZE]
    records = sample_records(model, COUNT, Request(7))
    assert records.table.data.equals(joined(sample_batches(model, COUNT, Request(7))))
    assert records.table.data.equals(model.sample(COUNT, 7).data)
    fewer = sample_records(model, 2 * SIZE, Request(7)).table.data
    modelled = [name for name in fewer.schema.names if name not in ("key", "number")]
    assert fewer.select(modelled).equals(records.table.data.slice(0, 2 * SIZE).select(modelled))  # a chunk does not know how many follow
    assert sample_records(model, 0, Request(7)).table.rows == 0


def test_identifiers_are_unique_over_chunk_borders(model: TreeModel) -> None:
    made = joined(model.sample_batches(COUNT, 7))
    for name in ("key", "number"):
        assert len(set(made.column(name).to_pylist())) == COUNT
    numbers = made.column("number").to_pylist()
    assert numbers == list(range(numbers[0], numbers[0] + COUNT))  # a running number runs on


def test_a_process_that_dies_costs_nothing(model: TreeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = joined(model.sample_batches(COUNT, 7))
    parent, whole = os.getpid(), make_chunk

    def deadly(model: TreeModel, rows: int, number: int, *more: Any) -> Sampled:
        if os.getpid() != parent and number % 2:
            os.kill(os.getpid(), 9)
        return whole(model, rows, number, *more)

    monkeypatch.setattr(chunks, "make_chunk", deadly)
    assert joined(model.sample_batches(COUNT, 7, processes=3, folder=tmp_path)).equals(expected)


def test_nobody_outlives_a_reader_that_stops(model: TreeModel, tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    parts = model.sample_batches(20 * SIZE, 7, processes=3, folder=tmp_path)
    next(parts)
    assert set(psutil.Process().children()) - before
    parts.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())
    assert not set(psutil.Process().children()) - before


def twins() -> TreeModel:
    """A model of two columns that makes hardly anything but copies: each pair of values occurs once in training."""
    pairs = [(f"a{x:02d}", f"b{y:02d}") for x in range(20) for y in range(20)]
    left, right = zip(*(pair for pair in pairs if (int(pair[0][1:]) + int(pair[1][1:])) % 40 != 13), strict=True)
    return fit(make_table({"left": (ColumnKind.CATEGORICAL, left), "right": (ColumnKind.CATEGORICAL, right)}), EngineOptions(seed=1))


def test_too_many_refused_records_end_the_job() -> None:
    model = twins()
    with pytest.raises(JobFailed, match=r"More than 50 records \(max_invalid\) were refused before 500 valid ones were made") as raised:
        list(model.sample_batches(500, 1, most_invalid=50))
    assert "max_invalid" in raised.value.hint
    done = list(model.sample_batches(20, 1, most_invalid=100_000))
    assert sum(part.table.rows for part in done) > 0


def test_rounds_bound_how_often_is_drawn_again() -> None:
    model = twins()
    once = list(model.sample_batches(200, 1, rounds=1))
    often = list(model.sample_batches(200, 1, rounds=10))
    assert sum(part.invalid for part in once) < sum(part.invalid for part in often)
    assert sum(part.table.rows for part in once) < sum(part.table.rows for part in often)
    assert "could be made" in once[-1].notes[0].text


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_full_disk_has_words_of_its_own(model: TreeModel, form: str) -> None:
    def endless() -> Iterator[Table]:
        for _ in range(400):
            yield from (part.table for part in model.sample_batches(SIZE, 7))

    with pytest.raises(JobFailed, match="The disk is full"), disk_errors():
        write_batches(model.schema, endless(), Path("/dev/full"), file=FileFormat(format=form))


def test_other_errors_of_the_disk_stay_what_they_are() -> None:
    with pytest.raises(FileNotFoundError), disk_errors():
        Path("/nowhere/at/all").write_text("")


def test_the_quick_searches_are_the_plain_ones() -> None:
    random = np.random.default_rng(5)
    for edges in (1, 7, 300, 5_000):
        for span in (1, 40, 900):
            places = np.sort(np.r_[random.random(edges) * span, np.repeat(random.random() * span, 30)])
            keys = np.r_[random.random(20_000) * span, places[places < span], 0.0]
            assert (lookup.places_above(places, keys, span) == np.searchsorted(places, keys, side="right")).all()


def test_leaves_are_those_of_the_walk_of_each_record(model: TreeModel) -> None:
    random = np.random.default_rng(6)
    trees = [tree for column in model.columns for tree in column.trees if len(tree.feature) > 3]
    assert trees
    for tree in trees:
        codes = {int(c): random.integers(0, tree.start[f + 1] - tree.start[f], 3_000) for f, c in enumerate(tree.column)}
        found = tree.route(codes, 3_000)
        for row in range(0, 3_000, 97):
            node = 0
            while tree.feature[node] >= 0:
                f = tree.feature[node]
                value = tree.order[tree.start[f] : tree.start[f + 1]][codes[int(tree.column[f])][row]]
                node = int(tree.right[node] if value > tree.threshold[node] else tree.left[node])
            assert found[row] == tree.leaf[node]


def section(**generate: int | None) -> dict[str, Any]:
    return {"generate": generate, "privacy_filters": {"outliers": None, "max_iterations": 4}, "appliance": {}}


def test_the_configuration_says_when_to_give_up() -> None:
    assert Wish.of(section(max_invalid=None), count=9, seed=1).most_invalid is None
    assert Wish.of(section(max_invalid=70), count=9, seed=1).most_invalid == 70
    assert Wish.of(section(max_invalid=5000), count=900_000, seed=1).most_invalid is None  # nobody's own choice
    run = Wish.of(section(max_invalid=70), count=9, seed=1, max_invalid=3)
    assert (run.most_invalid, run.rounds) == (3, 4)


def test_what_is_learnt_from_at_most_is_known_on_both_sides() -> None:
    assert submission.MOST_CELLS == sampled.MOST_CELLS
