"""Discriminator: how well a classifier tells real rows from synthetic ones (area under the ROC curve; 0.5 is best)."""

from __future__ import annotations

import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.space import Rows, frequency_order

CATEGORIES = 60
COLUMNS = 60
LEAST_ROWS = 50
FOLDS = 2


class Discriminator(msgspec.Struct, frozen=True):
    """Cross-validated AUC with a 95 % interval (Hanley and McNeil), rows per class, and whether the real rows were unseen ones."""

    auc: float
    low: float
    high: float
    rows: int
    unseen: bool
    columns: int


def discriminate(features: list[Feature], cap: int, seed: int) -> Discriminator | None:
    """Held-out rows (training rows without a holdout) against synthetic ones; None with fewer than 50 of either."""
    usable = [feature for feature in features if feature.measurable][:COLUMNS]
    side = "holdout" if usable and len(usable[0].holdout) >= LEAST_ROWS else "left"
    count = min(cap, len(getattr(usable[0], side)), len(usable[0].right)) if usable else 0
    if count < LEAST_ROWS:
        return None
    random = np.random.default_rng([seed, 41])
    groups = [Rows(name, random.permutation(len(getattr(usable[0], name)))[:count].astype(np.int64)) for name in (side, "right")]
    rows = np.concatenate([_encoded(usable, group) for group in groups])
    label = np.repeat([1, 0], count)
    order = random.permutation(2 * count)
    auc = float(roc_auc_score(label[order], _predicted(rows[order], label[order], usable, seed)))
    half = 1.96 * _error(auc, count)
    return Discriminator(auc, max(0.0, auc - half), min(1.0, auc + half), count, side == "holdout", len(usable))


def _encoded(features: list[Feature], group: Rows) -> Floats:
    columns = []
    for feature in features:
        codes = group.codes(feature)
        values = feature.numbers(codes) if feature.ordered else np.minimum(frequency_order(feature), CATEGORIES)[codes].astype(np.float64)
        columns.append(values)
    return np.stack(columns, axis=1)


def _predicted(rows: Floats, label: Floats, features: list[Feature], seed: int) -> Floats:
    """Every row's probability by a model that did not see it."""
    categories = [not feature.ordered for feature in features]
    predicted = np.zeros(len(rows))
    fold = np.arange(len(rows)) % FOLDS
    for part in range(FOLDS):
        model = HistGradientBoostingClassifier(
            max_iter=50, learning_rate=0.12, max_leaf_nodes=15, min_samples_leaf=20, max_bins=63,
            categorical_features=categories, early_stopping=False, random_state=seed % 2**32,
        )  # fmt: skip
        model.fit(rows[fold != part], label[fold != part])
        predicted[fold == part] = model.predict_proba(rows[fold == part])[:, 1]
    return predicted


def _error(auc: float, count: int) -> float:
    """Standard error of an AUC with `count` rows in each class."""
    first, second = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (count - 1) * (first - auc * auc + second - auc * auc)
    return float(np.sqrt(max(0.0, spread)) / count)
