"""What a private model keeps, promises and refuses."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from private_tables import SeededNoise, learn, people, table_of

from appliance.data_plane.synthesis.options import Budget, EngineOptions
from appliance.data_plane.synthesis.private.engine import ENGINE
from appliance.data_plane.synthesis.private.learning import Learner
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.tables.schema import ColumnKind, Table, TableSchema
from appliance.errors import DataRefused

RANKS = {"low": 1, "middle": 2, "high": 3, "top": 4}


@pytest.fixture(scope="module")
def model() -> PrivateModel:
    return learn(people(6000), 2.0)


def column(table: Table, name: str) -> list[object]:
    return list(table.data.column(name).to_pylist())


def test_columns_keep_their_shares_their_forms_and_their_missing_cells(model: PrivateModel) -> None:
    real, made = people(6000), model.sample(6000, 3)
    assert made.schema.names == real.schema.names
    for name in ("level", "town", "rich"):
        for value in set(column(real, name)):
            assert column(made, name).count(value) == pytest.approx(column(real, name).count(value), abs=240)
    gains = np.array(column(made, "gain"), float)
    assert (gains == 0).mean() == pytest.approx(0.8, abs=0.03)
    assert np.array_equal(gains, np.round(gains, 2))
    ages = np.array(column(made, "age"), float)
    assert ages.mean() == pytest.approx(np.mean(column(real, "age")), abs=1.5)
    assert all(day.hour == day.minute == 0 for day in column(made, "day"))  # type: ignore[attr-defined]


def test_columns_that_follow_from_another_agree_in_every_record(model: PrivateModel) -> None:
    made = model.sample(5000, 4)
    assert {(str(level), rank) for level, rank in zip(column(made, "level"), column(made, "rank"), strict=True)} <= set(RANKS.items())
    assert [len(model.rules), len(set(column(made, "rank")))] == [1, 4]


def test_dependences_are_kept(model: PrivateModel) -> None:
    made = model.sample(8000, 5).data
    share = {level: pc.mean(made.filter(pc.equal(made["level"], level))["rich"].cast(pa.int8())).as_py() for level in ("low", "high")}
    assert share["low"] == pytest.approx(0.1, abs=0.06)
    assert share["high"] == pytest.approx(0.5, abs=0.1)


def test_keys_are_new_and_texts_are_empty_and_both_are_told(model: PrivateModel) -> None:
    made = model.sample(2000, 6)
    assert len(set(column(made, "key"))) == 2000
    assert set(column(made, "words")) == {None}
    assert {note.column for note in model.notes} == {"key", "words"}


def test_the_same_seed_makes_the_same_records_and_more_records_begin_with_the_fewer(model: PrivateModel) -> None:
    few, many = model.sample(50, 9), model.sample(9000, 9)
    assert many.data.slice(0, 50).equals(few.data)
    assert not model.sample(50, 10).data.equals(few.data)


def test_noise_is_new_in_every_fit_unless_a_test_seeds_it() -> None:
    table, options = people(300), EngineOptions(budget=Budget(2.0))
    assert Learner(table, options, SeededNoise(3), None).learn().columns[1].groups is not None
    first, second = (ENGINE.fit(table, options) for _ in range(2))
    assert first.promise.epsilon == second.promise.epsilon == 2.0
    assert msgspec.to_builtins(first, enc_hook=np.ndarray.tolist) != msgspec.to_builtins(second, enc_hook=np.ndarray.tolist)
    assert "dp_seed" not in EngineOptions.__struct_fields__ + Budget.__struct_fields__


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0, 100.0])
def test_what_was_spent_is_no_more_than_was_promised(epsilon: float) -> None:
    promise = learn(people(400), epsilon).promise
    assert promise.epsilon == epsilon
    assert 0 < promise.count_epsilon < 0.1 * epsilon
    assert promise.spent <= promise.rho * (1 + 1e-9)
    assert sum(share.rho for share in promise.shares) == pytest.approx(promise.spent)
    assert promise.delta <= 400**-1.5


def test_the_mechanism_says_what_is_promised_and_what_is_not(model: PrivateModel) -> None:
    facts = dict(model.mechanism)
    assert "ε = 2" in facts["differential privacy"]
    assert facts["unit of privacy"] == "one row of the table"
    assert "added or removed" in facts["neighbouring tables"]
    assert "zero-concentrated" in facts["accountant"]
    assert "number of rows" in facts["budget"]
    assert "cryptographic" in facts["noise"]
    assert "report" in facts["not covered by the promise"]
    assert "formats" in facts["taken as public"]
    assert "a sample" in facts["taken as public"]
    assert "add up" in facts["several models of the same rows"]


def test_a_sample_of_a_larger_table_pays_twice() -> None:
    table, options = people(400), EngineOptions(budget=Budget(2.0, 1e-6, sampled_from=40_000))
    promise = Learner(table, options, SeededNoise(1), None).learn().promise
    assert promise.rho < learn(table, 2.0, delta=1e-6).promise.rho / 3
    assert "exchanges a row" in dict(promise.facts)["neighbouring tables"]


def test_rare_categories_and_values_are_told_by_nothing() -> None:
    """A canary in every kind of column: a category, a number, a date and a key that one row holds."""
    rows = 2000
    table = table_of(
        {
            "word": (ColumnKind.CATEGORICAL, ["common"] * (rows - 1) + ["canary-3141"]),
            "number": (ColumnKind.INTEGER, [5] * (rows - 1) + [31415926]),
            "share": (ColumnKind.NUMERIC, [0.5] * (rows - 1) + [271.828182]),
            "key": (ColumnKind.IDENTIFIER, [f"k{n}" for n in range(rows - 1)] + ["canary-2718"]),
        }
    )
    model = learn(table, 1.0)
    told = repr(msgspec.to_builtins(model, enc_hook=np.ndarray.tolist))
    assert "canary" not in told
    assert "31415926" not in told
    assert model.sample(3000, 1).data.to_pydict()["number"] == [5] * 3000
    assert set(column(model.sample(3000, 1), "share")) == {0.5}


def test_given_bounds_and_categories_are_used_without_a_note() -> None:
    random = np.random.default_rng(1)
    table = table_of(
        {
            "size": (ColumnKind.NUMERIC, np.round(random.random(120) * 8, 1).tolist()),
            "word": (ColumnKind.CATEGORICAL, random.choice(["a", "b", "never named"], 120).tolist()),
            "part": (ColumnKind.INTEGER, random.integers(0, 2, 120).tolist()),
            "day": (ColumnKind.DATETIME, (np.datetime64("2021-01-01", "us") + np.arange(120) * np.timedelta64(1, "D")).tolist()),
        }
    )
    given = {"size": [0, 8], "day": ["2021-01-01", "2021-12-31"]}
    model = learn(table, 1.0, bounds=given, categories={"word": ["a", "b"], "part": [0, 1]}, infer_domain=False)
    made = model.sample(500, 2)
    assert model.notes == ()
    assert set(column(made, "word")) <= {"a", "b", None}
    assert set(column(made, "part")) <= {0, 1, None}
    assert all(value is None or 0 <= value <= 8 for value in column(made, "size"))  # type: ignore[operator]
    assert all(day is None or day.year == 2021 for day in column(made, "day"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"infer_domain": False}, "'level' has no categories"),
        ({"bounds": {"level": [0, 1]}}, "give categories instead"),
        ({"bounds": {"age": ["young", "old"]}}, "not a number"),
        ({"bounds": {"age": ["-inf", "nan"]}}, "not a number"),
        ({"bounds": {"day": [1, "never"]}}, "not an ISO date"),
        ({"bounds": {"age": [5, 1]}}, "wrong way round"),
    ],
)
def test_domains_that_do_not_fit_are_refused_without_a_value(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataRefused, match=sentence):
        learn(people(50), 1.0, **options)


@pytest.mark.parametrize("rows", [1, 20, 200])
@pytest.mark.parametrize("columns", [1, 3, 60])
def test_every_shape_of_table_gives_records(rows: int, columns: int) -> None:
    random = np.random.default_rng(rows + columns)
    kinds = [
        (ColumnKind.INTEGER, random.integers(0, 90, rows).tolist()),
        (ColumnKind.CATEGORICAL, random.choice(["a", "b"], rows).tolist()),
        (ColumnKind.NUMERIC, [None] * rows),
        (ColumnKind.EMPTY, [None] * rows),
        (ColumnKind.BOOLEAN, [True] * rows),
    ]
    table = table_of({f"c{number}": kinds[number % len(kinds)] for number in range(columns)})
    made = learn(table, 1.0).sample(40, 1)
    assert (made.rows, made.schema.names) == (40, table.schema.names)


def test_what_is_given_of_an_empty_column_or_far_beyond_all_numbers_does_no_harm(tmp_path: Path) -> None:
    """Whether a column has any value must not decide between a model and a failure."""
    table = table_of(
        {
            "none": (ColumnKind.EMPTY, [None] * 300),
            "void": (ColumnKind.EMPTY, [None] * 300),
            "vast": (ColumnKind.NUMERIC, [1e308, -1e308, 0.5] * 100),
            "endless": (ColumnKind.NUMERIC, [float("inf"), 0.5, 0.25] * 100),
        }
    )
    learn(table, 8.0, categories={"none": ["a", "b"]}, bounds={"void": [0, 1], "vast": [-1e299, 1e299]}).save(tmp_path / "model")
    made = ENGINE.load(tmp_path / "model").sample(200, 1).data.to_pydict()
    assert set(made["none"]) == set(made["void"]) == {None}
    assert {value for value in made["endless"] if value is not None} <= {0.25, 0.5}
    assert np.isfinite([value for value in made["vast"] if value is not None]).all()


def test_constant_and_empty_columns_come_back_as_they_were() -> None:
    rows = 600
    table = table_of(
        {
            "same": (ColumnKind.CATEGORICAL, ["x"] * rows),
            "five": (ColumnKind.INTEGER, [5] * rows),
            "none": (ColumnKind.EMPTY, [None] * rows),
        }
    )
    made = learn(table, 2.0).sample(30, 1).data.to_pydict()
    assert made == {"same": ["x"] * 30, "five": [5] * 30, "none": [None] * 30}


def test_wide_tables_choose_their_pairs_and_find_the_ones_that_matter() -> None:
    random = np.random.default_rng(2)
    first = random.integers(0, 3, 4000)
    columns = {f"noise{n}": (ColumnKind.CATEGORICAL, random.choice(["a", "b", "c"], 4000).tolist()) for n in range(40)}
    columns |= {"one": (ColumnKind.CATEGORICAL, np.array(["p", "q", "r"])[first].tolist())}
    columns |= {"two": (ColumnKind.CATEGORICAL, np.where(random.random(4000) < 0.85, np.array(["x", "y", "z"])[first], "x").tolist())}
    model = learn(table_of(columns), 1.0)
    assert any(share.purpose == "pairs of columns" for share in model.promise.shares)
    assert sum(len(part.node.parents) for part in model.columns if part.node) < 42 * 41 / 4
    made = model.sample(3000, 1).data
    assert pc.mean(pc.equal(made.filter(pc.equal(made["one"], "q"))["two"], "y").cast(pa.int8())).as_py() > 0.6


def test_given_cells_stay_and_draw_the_others_towards_them(model: PrivateModel) -> None:
    schema = TableSchema(tuple(c for c in model.schema.columns if c.name in ("rich", "rank")))
    seeds = Table(schema, pa.table({"rank": pa.array([1] * 200 + [4] * 200), "rich": pa.array([True, False] * 200)}))
    sampled = model.sample_records(0, 1, conditions=seeds)
    made = sampled.table
    assert made.data.select(["rank", "rich"]).equals(seeds.data.select(["rank", "rich"]))
    assert column(made, "level") == ["low"] * 200 + ["top"] * 200
    assert np.mean(column(made, "age")[200:]) - np.mean(column(made, "age")[:200]) > 8  # type: ignore[arg-type]
    assert sampled.candidates > 1
    assert sampled.effective_sample_size is not None


def test_seed_columns_come_first_so_that_nothing_is_weighed() -> None:
    model = learn(people(3000), 4.0, seed_columns=("town", "level"))
    assert model.seedable[:2] == ("town", "level")
    schema = TableSchema((model.schema.column("town"), model.schema.column("level")))
    seeds = Table(schema, pa.table({"town": pa.array(["Bari", None]), "level": pa.array(["top", "never seen"])}))
    sampled = model.sample_records(0, 1, conditions=seeds)
    assert sampled.candidates == 1
    assert column(sampled.table, "town") == ["Bari", None]
    assert column(sampled.table, "rank")[0] == 4


def test_seeds_that_do_not_fit_are_refused(model: PrivateModel) -> None:
    renamed = table_of({"x": (ColumnKind.CATEGORICAL, ["a"])})
    words = Table(TableSchema((model.schema.column("age"),)), pa.table({"age": ["old"]}))
    with pytest.raises(DataRefused, match="do not fit its kind"):
        model.sample(0, 1, conditions=words)
    with pytest.raises(DataRefused, match="not trained on"):
        model.sample(0, 1, conditions=renamed)


def test_a_low_temperature_makes_less_variety_and_the_outlier_filter_counts_what_it_drops(model: PrivateModel) -> None:
    cold, warm = (column(model.sample(3000, 1, temperature=t), "town").count("Cork") for t in (0.3, 1.0))
    assert cold < warm / 2
    filtered = model.sample_records(5000, 1, outliers="high")
    assert filtered.table.rows == 5000
    assert filtered.invalid > 0


def test_the_similarity_filter_is_refused_because_it_compares_with_training_rows(model: PrivateModel) -> None:
    with pytest.raises(DataRefused, match="similarity filter"):
        model.sample_records(5, 1, similarity="medium")


def test_a_model_file_comes_back_and_is_written_the_same(model: PrivateModel, tmp_path: Path) -> None:
    model.save(tmp_path / "one")
    again = ENGINE.load(tmp_path / "one")
    again.save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert again.sample(100, 2).data.equals(model.sample(100, 2).data)
    assert again.mechanism == model.mechanism


def test_damaged_and_hostile_model_files_are_refused(model: PrivateModel, tmp_path: Path) -> None:
    path = tmp_path / "model"
    model.save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(6)
    for _ in range(40):
        broken = bytearray(whole)
        broken[random.integers(len(whole))] ^= int(random.integers(1, 256))
        path.write_bytes(broken)
        try:
            assert ENGINE.load(path).mechanism == model.mechanism
        except DataRefused:
            continue
    for content in (b"", b"PK", whole[: len(whole) // 2], struct.pack("<Q", 7) * 99):
        path.write_bytes(content)
        with pytest.raises(DataRefused):
            ENGINE.load(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"order":[', '"order":[99,'),
        ('"trained_rows":', '"trained_rows":-'),
        ('"start":0', '"start":999999999'),
        ('"parents":[', '"parents":[7777,'),
        ('"dtype":"float64"', '"dtype":"object"'),
        ('"unit":1', '"unit":0'),
    ],
)
def test_numbers_that_point_nowhere_are_refused(model: PrivateModel, tmp_path: Path, before: str, after: str) -> None:
    model.save(tmp_path / "good")
    with zipfile.ZipFile(tmp_path / "good") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["model.json"].decode()
    assert before in text
    members["model.json"] = text.replace(before, after).encode()
    digest = msgspec.json.decode(members.pop("digest.json"))
    digest["members"] = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    with zipfile.ZipFile(tmp_path / "bad", "w") as archive:
        for name, data in {"digest.json": msgspec.json.encode(digest), **members}.items():
            archive.writestr(name, data)
    with pytest.raises(DataRefused):
        ENGINE.load(tmp_path / "bad")
