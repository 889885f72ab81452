"""Of the candidates of a completed record one leaves: drawn by weight among those that nothing refuses.

What protects training rows in records of their own protects them here as well: exact copies of unique training rows, near copies and the
least likely records where the filters are asked for; what must hold in every record and what may not repeat are kept. A record whose seeds
leave no other choice is returned all the same, because every seed row has its record; how many did so is told.

Avoiding training rows tells of them where seeds leave little open: who gives all columns of a training row but one of two values gets the
other value, because the row itself may not leave. Seeds that give every column are not compared at all, whoever's they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.constraints import repeated_rows
from appliance.data_plane.synthesis.encoding import whole
from appliance.data_plane.synthesis.filters import OUTLIER_SHARE
from appliance.data_plane.synthesis.nearness import near_copies
from appliance.data_plane.synthesis.options import RARE, Note
from appliance.data_plane.synthesis.relations import Bound, Check, Combination, Range, Relations
from appliance.data_plane.synthesis.sampling import Draw, Request, decode_records
from appliance.data_plane.synthesis.sum_settling import settled
from appliance.data_plane.synthesis.tree_model import TreeModel
from appliance.data_plane.synthesis.unique_rows import UniqueRows
from appliance.data_plane.tables.schema import Table

ATTEMPTS = 12
"""Choices among the same candidates before new ones are drawn."""

WORTH = 0.02
"""Candidates that nothing refuses must have so much of the weight; where they have less, new candidates are drawn."""

NUDGES = 6

FILTERED, BROKEN, COPY = 1, 2, 4
"""What is wrong with a record that its seeds leave no choice: a filter refuses it, it breaks a constraint, it may be a copy of a unique
training row and has lost its cells that were not given."""

Given = Mapping[str, pa.Array]


class Candidates(msgspec.Struct):
    """`draw`: the candidates of all records, side by side; `weights` (records × candidates): logarithms; `filtered` (the same shape):
    which the filters refuse."""

    draw: Draw
    weights: Array
    filtered: Array


class Chosen(msgspec.Struct, frozen=True):
    """Records: their `places` among those that were wanted, what is wrong with them (`faults`) and their candidates' log likelihoods."""

    places: Array
    data: pa.Table
    faults: Array
    score: Array


class Choice:
    """Chooses for one sampling: knows what was given and which values may not repeat."""

    def __init__(self, model: TreeModel, request: Request, given: Given) -> None:
        names, fixed = model.schema.names, {model.schema.names.index(name) for name in given}
        self.invalid = 0
        self.entire = bool(model.copies.columns) and set(model.copies.columns) <= set(given)
        self._model, self._request = model, request
        self._checks = [check for check in model.relations.checks if not _columns(check) <= fixed]
        self._unique = UniqueRows(tuple(columns for columns in model.relations.unique if not set(columns) <= fixed), 0, 1)
        self._broken = _broken_seeds(model, given, names, fixed)

    def border(self, draw: Draw, weights: Array) -> float | None:
        """The log likelihood below which the outlier filter refuses: the candidates below it have the filter's share of the weight."""
        if not self._request.outliers or self.entire:
            return None
        order = np.argsort(draw.score, kind="stable")
        mass = np.cumsum(shares_of(weights).ravel()[order]) / len(weights)
        place = int(np.searchsorted(mass, OUTLIER_SHARE[self._request.outliers]))
        return float(draw.score[order[min(place, len(order) - 1)]])

    def filtered(self, draw: Draw, border: float | None) -> Array:
        """Which candidates the filters refuse."""
        refused = np.zeros(len(draw.score), bool)
        if self._request.similarity and not self.entire:
            refused |= near_copies(self._model, draw.codes, draw.fractions, self._request.similarity)
        return refused if border is None else refused | (draw.score < border)

    def choose(self, candidates: Candidates, given: Given, random: np.random.Generator, *, last: bool) -> list[Chosen]:
        """A record for each seed row of `given` that has one; `last`: the others get the least bad of their candidates. Rows of which the
        first choice is refused count as one refused record each."""
        shares, refused = shares_of(candidates.weights), candidates.filtered.copy()
        waiting, parts = np.arange(len(shares)), []
        bad = refused[waiting, _pick(shares, np.ones_like(refused), random)]
        for attempt in range(ATTEMPTS):
            some = waiting[(shares * ~refused)[waiting].sum(1) > (0.0 if last else WORTH)]
            if not len(some):
                break
            chosen = _pick(shares[some], ~refused[some], random)
            data = self._records(candidates.draw, some, chosen, shares.shape[1], given)
            good = self._good(data)
            refused[some[~good], chosen[~good]] = True
            bad[some] |= ~good & (attempt == 0)
            kept = np.flatnonzero(good)
            score = candidates.draw.score[some * shares.shape[1] + chosen]
            parts.append(Chosen(some[kept], data.take(pa.array(kept)), np.zeros(len(kept), np.int8), score[kept]))
            waiting = np.setdiff1d(waiting, some[kept])
        self.invalid += int(bad.sum())
        if last and len(waiting):
            parts.append(self._least_bad(candidates, refused, waiting, given, random))
        return parts

    def _good(self, data: pa.Table) -> Array:
        """Which records may leave; they are remembered, so that none repeats them."""
        good = self._fresh(data) & ~self._breaks(data)
        some = np.flatnonzero(good)
        good[some] = self._unique.are_fresh(data.take(pa.array(some)))
        return good

    def _fresh(self, data: pa.Table) -> Array:
        if self.entire:
            return np.ones(data.num_rows, bool)
        return self._model.copies.drop_copies(Table(self._model.schema, data))

    def _breaks(self, data: pa.Table) -> Array:
        """Which records break what holds in every record, as far as their cells were not given."""
        broken = np.zeros(data.num_rows, bool)
        for check in self._checks:
            broken |= Relations().broken(check, lambda place: whole(data.column(place)))
        return broken

    def _least_bad(self, candidates: Candidates, refused: Array, rows: Array, given: Given, random: np.random.Generator) -> Chosen:
        """The likeliest kind of record for seeds that leave no choice; where it may be a copy, a cell is changed, and in the end all cells
        that were not given are emptied."""
        filtered, shares = candidates.filtered[rows], shares_of(candidates.weights[rows])
        untried = filtered | ~refused[rows]
        chosen = _pick(shares, np.where(untried.any(1, keepdims=True), untried, True), random)
        count = shares.shape[1]
        for attempt in range(NUDGES + 1):
            data = self._records(candidates.draw, rows, chosen, count, given)
            copies = np.flatnonzero(~self._fresh(data))
            if len(copies) and attempt < NUDGES:
                _nudge(self._model, candidates.draw, rows[copies] * count + chosen[copies], given)
        faults = FILTERED * filtered[np.arange(len(rows)), chosen].astype(np.int8)
        faults |= np.where(self._breaks(data) | ~self._unique.are_fresh(data), BROKEN, 0).astype(np.int8)
        faults[copies] |= COPY
        return Chosen(rows, self._emptied(data, copies, given), faults, candidates.draw.score[rows * count + chosen])

    def _records(self, draw: Draw, rows: Array, chosen: Array, count: int, given: Given) -> pa.Table:
        """The chosen candidates as records, with the cells that were given."""
        at = rows * count + chosen
        codes = {column: values[at] for column, values in draw.codes.items()}
        fractions = {column: values[at] if len(values) else values for column, values in draw.fractions.items()}
        data = decode_records(self._model, Draw(codes, fractions, draw.score[at]), len(at)).data
        cells = {name: column.take(pa.array(rows)) for name, column in given.items()}
        for name, column in cells.items():
            data = data.set_column(self._model.schema.names.index(name), name, column)
        return settled(self._model, data, cells)

    def _emptied(self, data: pa.Table, rows: Array, given: Given) -> pa.Table:
        hide = np.isin(np.arange(data.num_rows), rows)
        for number, name in enumerate(self._model.schema.names if hide.any() else ()):
            if name not in given:
                cells = whole(data.column(number))
                data = data.set_column(number, name, pc.if_else(pa.array(hide), pa.nulls(data.num_rows, cells.type), cells))
        return data

    def notes(self, faults: Array) -> tuple[Note, ...]:
        """What the user must be told of all records' faults."""
        told = [
            (FILTERED, "were kept although a privacy filter refuses them: their seeds leave no other choice"),
            (COPY, "may equal a training row whatever is made of their seeds; their cells that were not given are empty"),
        ]
        found = [f"{_few(count)} of {len(faults)} records {text}" for flag, text in told if (count := int((faults & flag > 0).sum()))]
        broken = int(((faults & BROKEN > 0) | self._broken).sum())
        if broken:
            found.append(f"{broken} of {len(faults)} records break a constraint or repeat another record, because their seeds do")
        if self.entire and len(faults):
            found.append("the seeds give every column: the records are the seed rows, neither compared with training rows nor filtered")
        return tuple(Note("", text) for text in found)


def _few(count: int) -> str:
    """A count that says nothing of a single row."""
    return f"fewer than {RARE}" if count < RARE else str(count)


def _columns(check: Check) -> set[int]:
    if isinstance(check, Combination):
        return set(check.columns)
    if isinstance(check, Bound):
        return {check.low, check.high}
    return {check.column if isinstance(check, Range) else check.target}


def _broken_seeds(model: TreeModel, given: Given, names: Sequence[str], fixed: set[int]) -> Array:
    """Which seed rows break what holds in every record by themselves; borders that were only learnt do not bind them."""
    broken = np.zeros(len(next(iter(given.values()))) if given else 0, bool)
    for check in model.relations.checks:
        if isinstance(check, Bound | Range | Combination) and _columns(check) <= fixed:
            broken |= Relations().broken(check, lambda place: given[names[place]])
    for columns in model.relations.unique:
        if set(columns) <= fixed:
            broken |= repeated_rows([given[names[place]] for place in columns])
    return broken


def shares_of(weights: Array) -> Array:
    """Weights (logarithms, records × candidates) as shares of each record."""
    share = np.exp(weights - weights.max(1, keepdims=True))
    return np.asarray(share / share.sum(1, keepdims=True))


def _pick(shares: Array, allowed: Array, random: np.random.Generator) -> Array:
    """One allowed candidate for every record, drawn by its share."""
    mass = shares * allowed
    mass = np.where(mass.sum(1, keepdims=True) > 0, mass, allowed)
    border = np.cumsum(mass, 1)
    point = random.random((len(border), 1)) * border[:, -1:]
    return np.asarray(np.minimum((border <= point).sum(1), border.shape[1] - 1))


def _free(model: TreeModel, given: Given) -> int | None:
    """The most detailed column that was not given and that nothing follows from."""
    bound = {rule.target for rule in model.rules} | {rule.source for rule in model.rules}
    free = [c for c in model.order if model.schema.names[c] not in given and c not in bound and model.columns[c].codec.size > 1]
    return max(free, key=lambda c: (model.columns[c].codec.size, c), default=None)


def _nudge(model: TreeModel, draw: Draw, rows: Array, given: Given) -> None:
    """Moves the records' most detailed free column to the next of its values."""
    column = _free(model, given)
    if column is not None:
        draw.codes[column][rows] = (draw.codes[column][rows] + 1) % model.columns[column].codec.size
