"""Attribute inference: can someone who knows three columns of a training row learn the others from the synthetic table?"""

from __future__ import annotations

import itertools
import math

import msgspec
import numpy as np
import numpy.typing as npt

from appliance.data_plane.quality.column import Codes, Feature, Floats
from appliance.data_plane.quality.membership import synthetic_rows
from appliance.data_plane.quality.space import Rows, ranks

KNOWN_COLUMNS = 3
TRIALS = 10
ALL_TRIALS = 20
"""Up to so many triples all are tried: a draw among few would leave columns that are never guessed."""
NEIGHBOURS = 5
LEAST_ROWS = 200
MOST_ROWS = 1_000
CAP = 0.7

Indices = npt.NDArray[np.int64]


class Inferred(msgspec.Struct, frozen=True):
    """One column under attack: share of right guesses on training rows and on held-out rows, its normalised entropy, its score (0–100)."""

    name: str
    accuracy: float
    holdout_accuracy: float | None
    entropy: float
    score: float


class Attribute(msgspec.Struct, frozen=True):
    """The mean score, the columns, the rows attacked and how many triples of known columns were tried.

    `margin`: points by which the score would move with other rows attacked (half the width of its 95 % interval)."""

    score: float
    columns: tuple[Inferred, ...]
    rows: int
    trials: int
    margin: float = 0.0


def attribute_attack(features: list[Feature], cap: int, seed: int) -> Attribute | None:
    """Attack 1 % of the training rows (at least 200) and as many held-out rows; None with fewer than two columns."""
    usable = [feature for feature in features if feature.tabular]
    if len(usable) < 2:
        return None
    random = np.random.default_rng([seed, 21])
    synthetic = synthetic_rows(features, cap, seed)
    wanted = min(MOST_ROWS, max(LEAST_ROWS, len(usable[0].left) // 100))
    groups = [_drawn(side, len(getattr(usable[0], side)), wanted, random) for side in ("left", "holdout")]
    triples = _triples(len(usable), random)
    hits = [_group_hits(usable, group, synthetic, triples, np.random.default_rng([seed, 22])) for group in groups]
    means = [[float(mean) if np.isfinite(mean) else None for mean in rates.mean(axis=0)] if len(rates) else None for rates in hits]
    columns = _inferred_columns(usable, means[0] or [], means[1])
    score = float(np.mean([column.score for column in columns]))
    return Attribute(score, tuple(columns), len(groups[0].positions), len(triples), _margin(columns, usable, hits[0]))


def _inferred_columns(features: list[Feature], ours: list[float | None], held: list[float | None] | None) -> list[Inferred]:
    found = []
    for i, feature in enumerate(features):
        accuracy = ours[i]
        if accuracy is not None:
            found.append(_inferred(feature, accuracy, held[i] if held else None))
    return found


def _margin(columns: list[Inferred], features: list[Feature], hits: Floats) -> float:
    """Half the 95 % interval of the mean score over the attacked rows: every row's share of the score is one observation."""
    places = {feature.name: i for i, feature in enumerate(features)}
    slopes = np.array([column.entropy / CAP * 100 if column.accuracy * column.entropy < CAP else 0.0 for column in columns])
    shares = hits[:, [places[column.name] for column in columns]] @ slopes / len(columns)
    return 1.96 * float(shares.std(ddof=1)) / math.sqrt(len(shares)) if len(shares) > 1 else 0.0


def _triples(width: int, random: np.random.Generator) -> list[Indices]:
    """The choices of known columns: all of them where they are few, else ten by lot."""
    known = min(KNOWN_COLUMNS, width - 1)
    if math.comb(width, known) <= ALL_TRIALS:
        return [np.array(chosen, dtype=np.int64) for chosen in itertools.combinations(range(width), known)]
    return [random.permutation(width)[:known] for _ in range(TRIALS)]


def _drawn(side: str, size: int, wanted: int, random: np.random.Generator) -> Rows:
    return Rows(side, np.sort(random.choice(size, min(size, wanted), replace=False)).astype(np.int64))


def _group_hits(features: list[Feature], group: Rows, synthetic: Rows, triples: list[Indices], random: np.random.Generator) -> Floats:
    """Share of right guesses per row and column over all triples that do not know the column (NaN where all know it)."""
    right = np.zeros((len(group.positions), len(features)))
    tried = np.zeros(len(features))
    if not len(right):
        return right
    for triple in triples:
        neighbours = _neighbours([features[i] for i in triple], group, synthetic, random)
        for i, feature in enumerate(features):
            if i not in triple:
                right[:, i] += _hits(feature, group, synthetic, neighbours)
                tried[i] += 1
    rates: Floats = np.divide(right, tried, out=np.full(right.shape, np.nan), where=tried > 0)
    return rates


def _neighbours(known: list[Feature], group: Rows, synthetic: Rows, random: np.random.Generator) -> Indices:
    """The five synthetic rows nearest in the known columns; rows at the same distance are drawn by lot."""
    distances = np.tile(random.random(len(synthetic.positions)) * 1e-6, (len(group.positions), 1))
    for feature in known:
        ours, theirs = group.codes(feature), synthetic.codes(feature)
        if feature.ordered:
            distances += np.abs(ranks(feature, ours)[:, None] - ranks(feature, theirs)[None, :])
        else:
            distances += ours[:, None] != theirs[None, :]
    count = min(NEIGHBOURS, distances.shape[1])
    found = np.argpartition(distances, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def _hits(feature: Feature, group: Rows, synthetic: Rows, neighbours: Indices) -> npt.NDArray[np.bool_]:
    guesses = synthetic.codes(feature)[neighbours]
    truth = group.codes(feature)
    if feature.numeric:
        return _near(feature.numbers(truth), feature.numbers(guesses))
    votes = (guesses[:, :, None] == guesses[:, None, :]).sum(axis=2)
    winners = np.take_along_axis(guesses, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
    right: npt.NDArray[np.bool_] = winners == truth
    return right


def _near(truth: Floats, guesses: Floats) -> npt.NDArray[np.bool_]:
    """Whether the mean guess is within 1 % of the truth (a tenth of that for each decimal beyond two)."""
    present = np.isfinite(guesses)
    count = np.maximum(1, present.sum(axis=1))
    guess = np.where(present, guesses, 0.0).sum(axis=1) / count
    allowed = 10.0 ** -_decimals(truth) * np.abs(truth)
    hit: npt.NDArray[np.bool_] = np.isfinite(truth) & present.any(axis=1) & (np.abs(guess - truth) <= allowed)
    return hit


def _decimals(values: Floats) -> int:
    """Decimals that the values need: 2 to 6."""
    held = values[np.isfinite(values) & (np.abs(values) < 1e9)][:200]
    return next((digits for digits in range(2, 6) if np.allclose(held, np.round(held, digits), rtol=0, atol=1e-9)), 6)


def _inferred(feature: Feature, accuracy: float, control: float | None) -> Inferred:
    entropy = _normalised_entropy(feature.left)
    told = accuracy * entropy
    score = (CAP - min(CAP, told)) / CAP * 100
    return Inferred(feature.name, accuracy, control, entropy, score)


def _normalised_entropy(codes: Codes) -> float:
    """Entropy of the training values over its greatest: 0 for a constant, 1 when all are equally common."""
    counts = np.bincount(codes)
    counts = counts[counts > 0]
    if len(counts) < 2:
        return 0.0
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(counts)))
