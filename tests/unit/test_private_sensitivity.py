"""The model is a function of noisy answers alone, and one row changes each question by no more than its price assumes.

An engine is run on a table while every question it asks and every noisy answer it gets is written down. Then it is run on another table and
given the same answers. If the two models differ in anything, something looked at the table past the noise. On a neighbour the questions'
true answers must differ by at most one in all. No statistics are needed: one leak of one bit fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from private_tables import SeededNoise, people, table_of

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.options import Budget, EngineOptions
from appliance.data_plane.synthesis.private import accountant, census, learning, noise, selection, workload
from appliance.data_plane.synthesis.private.census import Census
from appliance.data_plane.synthesis.private.learning import Learner
from appliance.data_plane.synthesis.private.model import PrivateModel
from appliance.data_plane.tables.schema import ColumnFormat, ColumnKind, ColumnSchema, Table, TableSchema

Answer = TypeVar("Answer")


LAST = 6


class Coins:
    """The same words from the start at every call, so that a row's coin does not hang on how many rows there are."""

    def words(self, count: int) -> Array:
        return SeededNoise(5).words(count)


class Transcript:
    """Questions and noisy answers of one fit, to be given again to another."""

    def __init__(self, seed: int) -> None:
        self.source = SeededNoise(seed)
        self.asked: list[tuple[Array, Any]] = []
        self.again: Iterator[tuple[Array, Any]] | None = None
        self.apart: list[float] = []
        self.more = 0
        self.scales: list[int] = []

    def answer(self, truth: Array, noisy: Answer, *, choice: bool = False) -> Answer:
        """The noisy answer to a question; in the second fit that of the first one."""
        if self.again is None:
            self.asked.append((truth, noisy))
            return noisy
        first, answer = next(self.again)
        size = max(len(first), len(truth))
        apart = np.abs(np.pad(first, (0, size - len(first))) - np.pad(truth, (0, size - len(truth))))
        self.apart.append(float(apart.max() if choice else apart.sum()))
        return cast(Answer, answer)


@pytest.fixture
def transcript(monkeypatch: pytest.MonkeyPatch) -> Transcript:
    kept = Transcript(11)

    class Written(Census):
        def count_all(
            self, sizes: list[int], codes_of: Callable[[int], Array], rho: float, purpose_of: Callable[[int], str]
        ) -> list[Array]:
            real = Census(self.ledger, kept.source)
            before = len(self.ledger.expenses)
            found = real.count_all(sizes, codes_of, rho, purpose_of)
            assert [each.rho for each in self.ledger.expenses[before:]] == [0.5 / accountant.variance_for(rho)] * len(sizes)
            truths = [census._rows(codes_of(number), size) for number, size in enumerate(sizes)]
            return [kept.answer(truth, found[n]) for n, truth in enumerate(truths)]

        def figures(self, values: Array, rho: float, purpose: str) -> tuple[Array, float]:
            found = Census(self.ledger, kept.source).figures(values, rho, purpose)
            return kept.answer(values, found, choice=True)

        def heavy(self, counts: Array, missing: int, rho: float, delta: float, purpose: str) -> tuple[Array, Array, float]:
            found = Census(self.ledger, kept.source).heavy(counts, missing, rho, delta, purpose)
            return kept.answer(np.r_[missing, counts], found)

    def laplace(scale: int, count: int, _: noise.NoiseSource) -> Array:
        """For the number of rows: in the second fit the noise that makes the answer the same."""
        kept.scales.append(scale)
        drawn = kept.answer(np.zeros(1), noise.discrete_laplace(scale, count, kept.source))
        return np.asarray(drawn - kept.more) if kept.again is not None else drawn

    def chosen(scores: Array, wanted: int, rho: float, asked: Census, purpose: str, ends: Array | None = None) -> list[int]:
        found = choose(scores, wanted, rho, Census(asked.ledger, kept.source), purpose, ends)
        return kept.answer(scores, found, choice=True)

    choose = selection.choose
    monkeypatch.setattr(learning, "Census", Written)
    monkeypatch.setattr(learning, "discrete_laplace", laplace)
    monkeypatch.setattr(workload, "choose", chosen)
    return kept


def compared(transcript: Transcript, table: Table, other: Table, **options: Any) -> tuple[PrivateModel, bool, list[float]]:
    """The first model, whether the second one is the same, and how far apart the true answers were, question by question."""
    asked = EngineOptions(budget=Budget(2.0, 1e-6), **options)
    first = Learner(table, asked, Coins(), None).learn()
    transcript.again, transcript.more = iter(transcript.asked), other.rows - table.rows
    second = Learner(other, asked, Coins(), None).learn()
    assert next(transcript.again, None) is None
    one, two = (repr(msgspec.to_builtins(model, enc_hook=lambda array: array.tobytes())) for model in (first, second))
    return first, one == two, transcript.apart


def with_row(table: Table, cells: dict[str, Any]) -> Table:
    row = [pa.array([cells[column.name]], column.type) for column in table.data.schema]
    return Table(table.schema, pa.concat_tables([table.data, pa.Table.from_arrays(row, names=list(table.schema.names))]))


def scrambled(table: Table, times: int) -> Table:
    """The table and behind it many rows more: each column's cells are drawn anew, most from one of the last rows, each from another one.
    Nothing but the values is as before."""
    random, count, more = np.random.default_rng(1), times * table.rows, []
    for place, column in enumerate(table.data.columns):
        anew = random.integers(0, table.rows, count)
        more.append(column.take(np.where(random.random(count) < 0.7, table.rows - 1 - place % LAST, anew)))
    return Table(table.schema, pa.concat_tables([table.data, pa.Table.from_arrays(more, names=list(table.schema.names))]))


def odd() -> Table:
    """People and a number with many digits in a few rows, the last ones."""
    table = people(1500)
    fine = pa.array([0.5] * (1500 - LAST) + [0.123456] * LAST)
    schema = TableSchema((*table.schema.columns, ColumnSchema("fine", ColumnKind.NUMERIC, ColumnFormat(decimals=6, misfits=3))))
    return Table(schema, table.data.append_column("fine", fine))


def wide(rows: int = 600) -> Table:
    """Enough columns that pairs have to be chosen."""
    random = np.random.default_rng(3)
    return table_of({f"c{n}": (ColumnKind.CATEGORICAL, random.choice(["a", "b", "c"], rows).tolist()) for n in range(14)})


NEW = {
    "key": "k-new",
    "level": "canary",
    "rank": 10**12,
    "age": 10**4,
    "gain": 5e15,
    "day": None,
    "rich": None,
    "town": "Zug",
    "words": "x",
}
BREAKS = {"level": "low", "rank": 4, "gain": -0.0001, "town": None}
BLANK: dict[str, Any] = dict.fromkeys(NEW)


@pytest.mark.parametrize("changed", [NEW, BREAKS, BLANK])
@pytest.mark.parametrize(
    "given", [{}, {"bounds": {"gain": [0, 100], "age": [18, 40]}, "categories": {"rank": [1, 2, 3, 4], "town": ["Bari"]}}]
)
def test_one_row_changes_every_question_by_at_most_one_and_nothing_else(
    transcript: Transcript, changed: dict[str, Any], given: dict[str, Any]
) -> None:
    table = people(1500)
    row = {name: table.data.column(name)[0].as_py() for name in table.schema.names} | changed
    first, same, apart = compared(transcript, table, with_row(table, row), **given)
    assert same
    assert max(apart) <= 1
    assert sum(apart) > 5
    assert first.rules


def test_one_row_changes_every_score_of_a_choice_by_at_most_one(transcript: Transcript) -> None:
    table = wide()
    _, same, apart = compared(transcript, table, with_row(table, dict.fromkeys(table.schema.names, "a")))
    assert same
    assert max(apart) <= 1


@pytest.mark.parametrize("table", [odd(), wide()])
def test_whatever_the_table_the_same_answers_make_the_same_model(transcript: Transcript, table: Table) -> None:
    _, same, apart = compared(transcript, table, scrambled(table, 9))
    assert same
    assert max(apart) > 100


def test_what_is_told_of_formats_comes_from_answers_and_the_count_is_paid_for(transcript: Transcript) -> None:
    model, _, _ = compared(transcript, odd(), odd())
    told = {column.name: column.format for column in model.schema.columns}
    assert (told["fine"].decimals, told["fine"].misfits) == (1, 0)
    promise = model.promise
    assert model.rules
    assert promise.count_epsilon == sum(1 / scale for scale in transcript.scales[:1])
    rest = accountant.epsilon_of(promise.rho, promise.delta * (1 - accountant.LIST_SHARE))
    assert rest + promise.count_epsilon <= promise.epsilon * (1 + 1e-9)


def test_choices_from_a_part_of_the_rows_are_a_function_of_answers_too(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "SCORED_CELLS", 20_000)
    table = wide()
    _, same, apart = compared(transcript, table, with_row(table, dict.fromkeys(table.schema.names, "a")))
    assert same
    assert max(apart) <= 1


def test_every_kind_of_answer_has_the_noise_that_is_paid_for() -> None:
    paid, size = 0.002, 6000
    for ask in (
        lambda asked: asked.count(np.zeros(0, np.int64), size, paid, "cells"),
        lambda asked: asked.figures(np.zeros(size, np.int64), paid * size, "figures")[0],
        lambda asked: asked.heavy(np.full(size, 10**6), 0, paid, 1e-6, "values")[1] - 10**6,
        lambda asked: np.array([asked.heavy(np.zeros(0, np.int64), 0, paid, 1e-6, "blanks")[2] for _ in range(300)]),
    ):
        asked = Census(accountant.Ledger(1e9), SeededNoise(2))
        drawn = ask(asked)
        spent = asked.ledger.spent / (size if asked.ledger.expenses[0].purpose == "figures" else len(asked.ledger.expenses))
        assert np.var(drawn) == pytest.approx(0.5 / spent, rel=5 * (2 / len(drawn)) ** 0.5)


@pytest.mark.parametrize("rho", [0.5, 0.02, 0.0005])
def test_values_of_the_fewest_rows_that_are_looked_at_pass_with_at_most_delta(rho: float) -> None:
    delta, size = 0.02, 20_000
    asked = Census(accountant.Ledger(1e9), SeededNoise(4))
    least = next(n for n in range(1, 100) if len(asked.heavy(np.full(size, n), 0, rho, 0.4, "probe")[0]))
    share = len(asked.heavy(np.full(size, least), 0, rho, delta, "values")[0]) / size
    assert share <= delta + 4 * (delta / size) ** 0.5
    assert len(asked.heavy(np.full(size, 10**4), 0, rho, delta, "many")[0]) == size


def test_the_sign_of_a_zero_is_not_told() -> None:
    """Rows of 0 and one that rounds to -0: which of them sorts first must not be seen in the model."""
    zeros = table_of({"x": (ColumnKind.NUMERIC, [0.0] * 300 + [0.25] * 300 + [-0.001] * 3)})
    signed = table_of({"x": (ColumnKind.NUMERIC, [-0.0] * 300 + [0.25] * 300 + [-0.001] * 3)})
    for table in (zeros, signed):
        codec = Learner(table, EngineOptions(budget=Budget(8.0)), SeededNoise(1), None).learn().columns[0].codec
        assert 0.0 in codec.atoms  # type: ignore[union-attr]
        assert not np.signbit(codec.atoms).any()  # type: ignore[union-attr]
