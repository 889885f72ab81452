"""Singling out: conditions that fit exactly one synthetic row, and whether they fit exactly one person."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Feature
from appliance.data_plane.quality.risk import Attack, Tally, attack

PREDICATES = 400
TRIED = 1_600
CONDITIONS = 4
POPULATION = 5_000
SYNTHETIC_ROWS = 10_000
DRAWS = 4
EQUAL, AT_MOST, AT_LEAST = 0, 1, 2

Condition = tuple[int, int, float]
"""A column's place, how it is compared, and with what."""
Matrix = npt.NDArray[np.float64]


def singling_out(features: list[Feature], seed: int) -> tuple[Attack, ...]:
    """The attack by one column and by several. Populations of one size are asked: training rows (up to four draws) and held-out rows."""
    random = np.random.default_rng([seed, 121])
    synthetic = _matrix(features, "right", _drawn(len(features[0].right), SYNTHETIC_ROWS, random))
    held, members = len(features[0].holdout), len(features[0].left)
    size = min(held, members, POPULATION)
    order = random.permutation(members)
    training = [_matrix(features, "left", order[i * size : (i + 1) * size]) for i in range(min(DRAWS, members // size))]
    control = _matrix(features, "holdout", _drawn(held, size, random))
    blind = _rate(_guesses(features, synthetic, random), training)
    found = []
    asked = {"one column": _univariate(features, synthetic, random), "several columns": _multivariate(features, synthetic, random)}
    for name, predicates in asked.items():
        right, others = (_rate(predicates, population) * len(predicates) for population in (training, [control]))
        found.append(attack(name, Tally(len(predicates), right, len(predicates), others, blind)))
    return tuple(found)


def _drawn(size: int, most: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    return np.asarray(random.permutation(size)[:most], dtype=np.int64)


def _matrix(features: list[Feature], side: str, rows: npt.NDArray[np.int64]) -> Matrix:
    """Columns × rows: numbers where they are ordered (NaN missing), levels otherwise."""
    columns = []
    for feature in features:
        codes = getattr(feature, side)[rows]
        columns.append(feature.numbers(codes) if feature.ordered else codes.astype(np.float64))
    return np.stack(columns)


def _rate(predicates: list[list[Condition]], populations: list[Matrix]) -> float:
    """Share of the predicates that fit exactly one row of a population, over all populations."""
    hits = [_fitting(predicate, population) == 1 for predicate in predicates for population in populations]
    return float(np.mean(hits)) if hits else 0.0


def _fitting(predicate: list[Condition], population: Matrix) -> int:
    met = np.ones(population.shape[1], dtype=bool)
    for column, form, value in predicate:
        held = population[column]
        met &= held == value if form == EQUAL else held <= value if form == AT_MOST else held >= value
    return int(met.sum())


def _univariate(features: list[Feature], synthetic: Matrix, random: np.random.Generator) -> list[list[Condition]]:
    """Values that one synthetic row has, and the extremes of what is ordered."""
    found: list[list[Condition]] = []
    for column, feature in enumerate(features):
        present = synthetic[column][np.isfinite(synthetic[column])]
        values, counts = np.unique(present, return_counts=True)
        found += [[(column, EQUAL, float(value))] for value in values[counts == 1]]
        if feature.ordered and len(values):
            found += [[(column, AT_MOST, float(values[0]))], [(column, AT_LEAST, float(values[-1]))]]
    picked = np.sort(_drawn(len(found), PREDICATES, random))
    return [found[i] for i in picked]


def _multivariate(features: list[Feature], synthetic: Matrix, random: np.random.Generator) -> list[list[Condition]]:
    """Conditions on four columns of a synthetic row that no other synthetic row meets."""
    middle = [float(np.median(row[np.isfinite(row)])) if np.isfinite(row).any() else 0.0 for row in synthetic]
    found: list[list[Condition]] = []
    for predicate in _tried(features, synthetic, middle, random):
        if _fitting(predicate, synthetic) == 1:
            found.append(predicate)
        if len(found) >= PREDICATES:
            break
    return found


def _tried(features: list[Feature], synthetic: Matrix, middle: list[float], random: np.random.Generator) -> Iterator[list[Condition]]:
    width = min(CONDITIONS, len(features))
    for _ in range(TRIED):
        row = int(random.integers(synthetic.shape[1]))
        columns = random.choice(len(features), width, replace=False)
        yield [_condition(features[column], int(column), float(synthetic[column, row]), middle[column]) for column in columns]


def _condition(feature: Feature, column: int, value: float, middle: float) -> Condition:
    """Equal for categories; at least or at most the value, away from the middle, for what is ordered (all rows where it is missing)."""
    if not feature.ordered:
        return column, EQUAL, value
    if not np.isfinite(value):
        return column, AT_LEAST, -np.inf
    return column, AT_LEAST if value > middle else AT_MOST, value


def _guesses(features: list[Feature], synthetic: Matrix, random: np.random.Generator) -> list[list[Condition]]:
    """Predicates by someone who knows nothing but which values there are: conditions of unrelated rows."""
    width = min(CONDITIONS, len(features))
    made = []
    for _ in range(PREDICATES):
        columns = random.choice(len(features), width, replace=False)
        rows = random.integers(0, synthetic.shape[1], width)
        values = [float(synthetic[column, row]) for column, row in zip(columns, rows, strict=True)]
        made.append([_condition(features[c], int(c), v, float(random.choice(synthetic[c]))) for c, v in zip(columns, values, strict=True)])
    return made
