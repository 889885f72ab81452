"""Training rows do not leave, and the tail measure tells a leaking engine from this one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from synthesis_tables import make_table, people

from appliance.data_plane.synthesis import EngineOptions, TreeModel, fit, make_copy_filter
from appliance.data_plane.synthesis.pruning import prune
from appliance.data_plane.tables.schema import ColumnKind, Table
from appliance.errors import JobFailed

NAMES = [f"x{n}" for n in range(8)]


def numbers(rows: int, seed: int) -> np.ndarray:
    """Eight related numbers a row, no two rows alike."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(rows, 2))
    return np.round(hidden @ random.normal(size=(2, 8)) + random.normal(size=(rows, 8)) * 0.6, 3)


def as_table(values: np.ndarray) -> Table:
    return make_table({name: (ColumnKind.NUMERIC, values[:, n]) for n, name in enumerate(NAMES)})


def tail(members: np.ndarray, others: np.ndarray, made: np.ndarray, share: float = 0.02) -> float:
    """The share of members among the probes nearest to the made rows (one half: nothing leaks); ties count half."""
    scale = members.std(0)
    distances = [np.min(np.linalg.norm((probes[:, None, :] - made[None, :, :]) / scale, axis=2), axis=1) for probes in (members, others)]
    every = np.concatenate(distances)
    cut = np.partition(every, int(share * len(every)))[int(share * len(every))]
    near = [(d < cut).sum() + 0.5 * (d == cut).sum() for d in distances]
    return float(near[0] / max(near[0] + near[1], 1))


def donor_engine(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Trees as leaking engines use them: grown to leaves of five rows, not pruned, a training value drawn from the leaf."""
    from sklearn.tree import DecisionTreeRegressor

    made = values[random.integers(0, len(values), len(values))][:, :1]
    for column in range(1, values.shape[1]):
        grown = DecisionTreeRegressor(min_samples_leaf=5, random_state=0).fit(values[:, :column], values[:, column])
        homes, guests = grown.apply(values[:, :column]), grown.apply(made)
        donors = {leaf: values[homes == leaf, column] for leaf in np.unique(homes)}
        made = np.column_stack([made, [random.choice(donors[leaf]) for leaf in guests]])
    return made


def tree_engine(values: np.ndarray, seed: int) -> np.ndarray:
    data = fit(as_table(values), EngineOptions(seed=seed)).sample(len(values), seed).data
    return np.stack([np.asarray(data.column(name)) for name in NAMES], 1)


def test_the_tail_measure_fails_a_leaking_engine_and_passes_this_one() -> None:
    leaking, honest = [], []
    for seed in range(16):
        every = numbers(1600, seed)
        members, others = every[:800], every[800:]
        leaking.append(tail(members, others, donor_engine(members, np.random.default_rng(seed))))
        honest.append(tail(members, others, tree_engine(members, seed)))
    assert np.mean(leaking) > 0.75
    assert np.mean(honest) < 0.60


def planted(rows: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and rows like none of them: every cell from the outer tenth of its column, each from another row."""
    usual, random = numbers(rows, seed), np.random.default_rng([seed, 1])
    outer = np.sort(usual, 0)[np.r_[: rows // 20, rows - rows // 20 : rows]]
    return usual, np.stack([column[random.integers(0, len(column), count)] for column in outer.T], 1)


def canary_auc(engine: Callable[[np.ndarray, int], np.ndarray]) -> float:
    """How well rows that were planted are told from such that were kept back, by their distance to the made rows (one half: not at all)."""
    wins = []
    for seed in range(12):
        usual, odd = planted(500, 40, seed)
        made = engine(np.concatenate([usual, odd[:20]]), seed)
        near = np.min(np.linalg.norm((odd[:, None, :] - made[None, :, :]) / usual.std(0), axis=2), axis=1)
        wins.append(np.mean(near[:20, None] < near[None, 20:]))
    return float(np.mean(wins))


def test_planted_rows_leave_no_trace() -> None:
    """Twenty rows like no other, in each of twelve trainings: the made rows are no nearer to them than to such that were kept back."""
    assert canary_auc(lambda values, seed: donor_engine(values, np.random.default_rng(seed))) > 0.6
    assert canary_auc(tree_engine) < 0.58


def test_copies_of_unique_rows_never_leave_although_the_table_is_tiny_in_its_values() -> None:
    random = np.random.default_rng(3)
    columns = {name: (ColumnKind.INTEGER, random.integers(0, 5, 400)) for name in ("a", "b", "c", "d")}
    table = make_table(columns)
    rows = [tuple(row.values()) for row in table.data.to_pylist()]
    unique = {row for row in rows if rows.count(row) == 1}
    assert len(unique) > 100
    made = fit(table, EngineOptions(seed=1)).sample(3000, 2)
    assert made.rows == 3000
    assert not unique & {tuple(row.values()) for row in made.data.to_pylist()}


def test_the_copy_filter_finds_every_copy_and_refuses_few_others() -> None:
    table = as_table(numbers(4000, 1))
    copies = make_copy_filter(table, NAMES, salt=5)
    assert not copies.drop_copies(table).any()
    assert 0.90 < copies.drop_copies(as_table(numbers(4000, 2))).mean() < 0.98


def test_rows_that_occur_twice_may_leave() -> None:
    values = numbers(300, 1)
    copies = make_copy_filter(as_table(np.concatenate([values, values])), NAMES, salt=5)
    assert copies.drop_copies(as_table(values)).mean() > 0.8


def test_a_table_of_which_nothing_may_leave_says_so() -> None:
    """Every record that can be made is a unique training row."""
    pairs = [(f"a{i}", f"b{j}") for i in range(12) for j in range(12)]
    table = make_table({"a": (ColumnKind.CATEGORICAL, [a for a, _ in pairs]), "b": (ColumnKind.CATEGORICAL, [b for _, b in pairs])})
    with pytest.raises(JobFailed, match="nothing that may leave"):
        fit(table, EngineOptions(seed=1)).sample(10, 1)


def test_outliers_are_dropped_more_the_higher_the_level() -> None:
    random = np.random.default_rng(2)
    kinds = random.choice(["usual", "rare"], 4000, p=[0.97, 0.03])
    table = make_table({"kind": (ColumnKind.CATEGORICAL, kinds), "x": (ColumnKind.NUMERIC, np.round(random.normal(size=4000), 4))})
    model = fit(table, EngineOptions(seed=1))

    def rare(level: str | None) -> float:
        return float(np.mean(np.asarray(model.sample_records(4000, 3, outliers=level).table.data.column("kind")) == "rare"))

    assert rare(None) > rare("medium") > rare("high")
    assert model.sample_records(500, 3, outliers="auto").table.rows == 500


def test_near_copies_are_dropped_where_similarity_is_asked_for() -> None:
    random = np.random.default_rng(2)
    table = make_table({name: (ColumnKind.NUMERIC, np.round(random.normal(size=600), 3)) for name in ("a", "b")})
    model: TreeModel = fit(table, EngineOptions(seed=1))
    edges = {name: np.quantile(np.asarray(table.data.column(name)), np.linspace(0, 1, 17)[1:-1]) for name in ("a", "b")}

    def cells(data: pa.Table) -> list[tuple[int, int]]:
        return list(zip(*(np.searchsorted(edges[name], np.asarray(data.column(name))).tolist() for name in ("a", "b")), strict=True))

    trained = cells(table.data)
    unique = {cell for cell in trained if trained.count(cell) == 1}
    shares = [
        np.mean([cell in unique for cell in cells(model.sample_records(800, 1, similarity=level).table.data)]) for level in (None, "high")
    ]
    assert shares[1] < 0.8 * shares[0]


def test_pruning_keeps_a_split_only_where_other_rows_gain_by_it() -> None:
    left, right = np.asarray([1, -1, -1]), np.asarray([2, -1, -1])
    grown = np.asarray([20.0, 10.0, 10.0]), np.asarray([[10.0], [0.0], [10.0]])
    agrees = np.asarray([20.0, 10.0, 10.0]), np.asarray([[10.0], [1.0], [9.0]])
    differs = np.asarray([20.0, 10.0, 10.0]), np.asarray([[10.0], [9.0], [1.0]])
    assert prune(left, right, grown, agrees)[0].tolist() == [False, True, True]
    assert prune(left, right, grown, differs)[0].tolist()[0] is True


def test_noise_is_pruned_away() -> None:
    """Columns that have nothing to do with each other end as trees of next to no leaves."""
    random = np.random.default_rng(6)
    table = make_table({name: (ColumnKind.NUMERIC, random.normal(size=6000)) for name in ("a", "b", "c")})
    model = fit(table, EngineOptions(seed=1))
    assert sum(tree.leaves for column in model.columns for tree in column.trees) < 60


def test_the_quick_fit_is_good_enough_for_a_preview() -> None:
    table = people(6000)
    model = fit(table, EngineOptions(seed=1, effort="fast", fast_rows=2000))
    assert model.trained_rows == 2000
    rows = {tuple(row.values()) for row in table.data.drop_columns(["key", "number"]).to_pylist()}
    made = model.sample(2000, 1)
    assert not rows & {tuple(row.values()) for row in made.data.drop_columns(["key", "number"]).to_pylist()}
