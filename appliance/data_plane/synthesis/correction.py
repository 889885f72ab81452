"""What columns made one after another still miss, put right on whole records.

Every column is learnt from those before it, so small errors add up along a wide table. Boosted trees (Friedman 2001) are taught to tell
training records from made ones; their odds say how much too rare or too frequent a kind of record is made (Sugiyama, Suzuki, Kanamori
2012). A record is kept with the probability odds / `MOST_ODDS`, so what is made too often is thinned out (rejection sampling with a
discriminator: Azadi et al. 2019). The trees stop where other rows no longer gain, ask for many rows in a leaf, and stay out of the model
where records cannot be told apart by a clear margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from appliance.data_plane.synthesis.arrays import Array
from appliance.data_plane.synthesis.encoding import Codec
from appliance.data_plane.synthesis.growth import predictor_order
from appliance.data_plane.synthesis.lookup import leaf_nodes

CORRECTED_ROWS = 30_000
"""At most so many training records, and as many made ones, are compared."""

SCREEN_ROWS = 5000
SCREEN_TREES = 10
"""A look at fewer rows with fewer trees first where there are more than twice as many: most tables need nothing."""

LEAST_ROWS = 1000
TREES = 100
LEAVES = 127
LEAF_ROWS = 20
RATE = 0.2
PATIENCE = 12
JUDGING = 0.25
"""The share of the records that no tree is grown from: they say when to stop."""

CLEAR = 0.004
"""The gain in log likelihood a judging record (nats) from which on records are corrected; about an AUC of .54."""

CHANCE = 8.0
"""Chance alone may give a total of so much to few judging records."""

MOST_ODDS = 3.0


class Correction(msgspec.Struct, frozen=True):
    """Trees end to end: tree t has the nodes `first[t] : first[t + 1]`, whose `left` and `right` count from its first one. A node asks
    whether feature `feature` (-1: a leaf, which adds `value`) is above `threshold`. Feature f is column `column[f]`, its codes replaced by
    the order numbers `order[start[f] : start[f + 1]]`. `base`: the logarithm of the odds before any tree."""

    first: Array
    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array
    column: Array
    order: Array
    start: Array
    base: float

    def log_odds(self, codes: Mapping[int, Array], rows: int) -> Array:
        """The logarithm of how much more often a training record is like this than a made one; `codes` by column number."""
        features = [self.order[self.start[f] : self.start[f + 1]].take(codes[int(c)]) for f, c in enumerate(self.column)]
        total = np.full(rows, self.base)
        for first, end in zip(self.first[:-1].tolist(), self.first[1:].tolist(), strict=True):
            here = slice(first, end)
            nodes = leaf_nodes(self.feature[here], self.threshold[here], self.left[here], self.right[here], features, rows)
            total += self.value[here].take(nodes)
        return total

    def log_chance(self, codes: Mapping[int, Array], rows: int) -> Array:
        """The logarithm of the probability with which each record is kept."""
        return np.asarray(np.minimum(self.log_odds(codes, rows) - np.log(MOST_ODDS), 0.0))


def fit_correction(
    codecs: Sequence[Codec], real: Mapping[int, Array], made: Mapping[int, Array], seed: int, trees: int = TREES
) -> Correction | None:
    """The trees for training records (`real`) and as many made ones, codes by column number; None where they are as good as alike."""
    columns = sorted(made)
    rows = len(real[columns[0]]) if columns else 0
    if rows < LEAST_ROWS:
        return None
    label = np.r_[np.ones(rows), np.zeros(rows)]
    orders, features = [], np.empty((2 * rows, len(columns)), np.float32, order="F")
    for place, column in enumerate(columns):
        codec = codecs[column]
        known = np.where(real[column] > codec.size, made[column], real[column])
        codes = np.r_[known, made[column]]
        orders.append(predictor_order(codec, codes, label[:, None]))
        features[:, place] = orders[-1][codes]
    return _boosted(features, label, columns, orders, seed, trees)


def _boosted(features: Array, label: Array, columns: Sequence[int], orders: Sequence[Array], seed: int, most: int) -> Correction | None:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    trees = HistGradientBoostingClassifier(
        learning_rate=RATE,
        max_iter=most,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAF_ROWS,
        max_bins=64,
        early_stopping=True,
        validation_fraction=JUDGING,
        n_iter_no_change=PATIENCE,
        random_state=seed,
    )
    with threadpool_limits(1, "openmp"):  # sums over several threads would differ in their last digits
        trees.fit(features, label)
    gain = float(np.max(trees.validation_score_) - trees.validation_score_[0])
    return _arrays(trees, columns, orders) if gain > max(CLEAR, CHANCE / (JUDGING * len(label))) else None


def _arrays(trees: Any, columns: Sequence[int], orders: Sequence[Array]) -> Correction:
    """The boosted trees as plain arrays."""
    nodes = [predictor[0].nodes for predictor in trees._predictors]
    every = np.concatenate(nodes)
    leaf = every["is_leaf"].astype(bool)
    return Correction(
        np.r_[0, np.cumsum([len(part) for part in nodes])].astype(np.int32),
        np.where(leaf, -1, every["feature_idx"]).astype(np.int32),
        np.where(leaf, 0, np.floor(np.where(leaf, 0, every["num_threshold"])) + 0.5).astype(np.float32),
        np.where(leaf, -1, every["left"]).astype(np.int32),
        np.where(leaf, -1, every["right"]).astype(np.int32),
        every["value"].astype(np.float32),
        np.asarray(columns, np.int32),
        np.concatenate(orders),
        np.r_[0, np.cumsum([len(order) for order in orders])].astype(np.int32),
        float(np.ravel(trees._baseline_prediction)[0]),
    )
