"""Discriminator: how well a classifier tells real rows from synthetic ones (area under the ROC curve; 0.5 is best), and by what."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.estimate import NORMAL, Estimate
from appliance.data_plane.quality.ranking import area, area_error, curve
from appliance.data_plane.quality.space import Rows, frequency_order

CATEGORIES = 60
COLUMNS = 60
LEAST_ROWS = 50
FOLDS = 2
PERMUTED_ROWS = 1_000
TOLD_COLUMNS = 12
PAIRED_COLUMNS = 5
TELLING_GAIN = 0.02

Integers = npt.NDArray[np.int64]


class Told(msgspec.Struct, frozen=True):
    """A column that gave synthetic rows away: the AUC lost when its values are shuffled, and its share of all such losses."""

    name: str
    importance: float
    share: float


class ToldPair(msgspec.Struct, frozen=True):
    """The two columns that together tell most: their AUC in a small tree, and the better AUC of each alone."""

    first: str
    second: str
    auc: float
    alone: float


class Discriminator(msgspec.Struct, frozen=True):
    """Cross-validated AUC with a 95 % interval (Hanley and McNeil), rows per class, and whether the real rows were unseen ones.

    `reference` is the AUC of training against held-out rows. `curve` are points (false alarms, found) of the ROC curve."""

    auc: float
    low: float
    high: float
    rows: int
    unseen: bool
    columns: int
    reference: Estimate | None = None
    columns_told: tuple[Told, ...] = ()
    pair: ToldPair | None = None
    curve: tuple[tuple[float, float], ...] = ()


class _Fold(msgspec.Struct, frozen=True):
    """A fitted model and the rows it did not see."""

    model: HistGradientBoostingClassifier
    unseen: npt.NDArray[np.bool_]


def discriminate(features: list[Feature], cap: int, seed: int) -> Discriminator | None:
    """Held-out rows (training rows without a holdout) against synthetic ones; None with fewer than 50 of either."""
    usable = [feature for feature in features if feature.measurable][:COLUMNS]
    side = "holdout" if usable and len(usable[0].holdout) >= LEAST_ROWS else "left"
    count = min(cap, len(getattr(usable[0], side)), len(usable[0].right)) if usable else 0
    if count < LEAST_ROWS:
        return None
    random = np.random.default_rng([seed, 41])
    rows, label = _mixture(usable, (side, "right"), count, random)
    folds = _folds(rows, label, usable, seed)
    predicted = _predicted(folds, rows)
    auc = area(predicted, label == 1)
    half = NORMAL * area_error(auc, count, count)
    told, order = _told(folds[0], rows, label, usable, random)
    return Discriminator(
        auc=auc,
        low=max(0.0, auc - half),
        high=min(1.0, auc + half),
        rows=count,
        unseen=side == "holdout",
        columns=len(usable),
        reference=_reference(usable, cap, seed),
        columns_told=told,
        pair=_pair(rows, label, usable, order),
        curve=curve(predicted, label == 1),
    )


def _mixture(features: list[Feature], sides: tuple[str, str], count: int, random: np.random.Generator) -> tuple[Floats, Integers]:
    """`count` rows of each side, mixed; the label is 1 for the first side."""
    groups = [Rows(name, random.permutation(len(getattr(features[0], name)))[:count].astype(np.int64)) for name in sides]
    rows = np.concatenate([_encoded(features, group) for group in groups])
    label = np.repeat([1, 0], count)
    order = random.permutation(2 * count)
    return rows[order], label[order]


def _encoded(features: list[Feature], group: Rows) -> Floats:
    columns = []
    for feature in features:
        codes = group.codes(feature)
        values = feature.numbers(codes) if feature.ordered else np.minimum(frequency_order(feature), CATEGORIES)[codes].astype(np.float64)
        columns.append(values)
    return np.stack(columns, axis=1)


def _folds(rows: Floats, label: Integers, features: list[Feature], seed: int) -> list[_Fold]:
    categories = [not feature.ordered for feature in features]
    fold = np.arange(len(rows)) % FOLDS
    found = []
    for part in range(FOLDS):
        model = HistGradientBoostingClassifier(
            max_iter=50, learning_rate=0.12, max_leaf_nodes=15, min_samples_leaf=20, max_bins=63,
            categorical_features=categories, early_stopping=False, random_state=seed % 2**32,
        )  # fmt: skip
        found.append(_Fold(model.fit(rows[fold != part], label[fold != part]), fold == part))
    return found


def _predicted(folds: list[_Fold], rows: Floats) -> Floats:
    """Every row's probability by a model that did not see it."""
    predicted = np.zeros(len(rows))
    for fold in folds:
        predicted[fold.unseen] = fold.model.predict_proba(rows[fold.unseen])[:, 1]
    return predicted


def _reference(features: list[Feature], cap: int, seed: int) -> Estimate | None:
    """The AUC between training and held-out rows: real rows cannot be told from real ones, but for chance."""
    count = min(cap, len(features[0].left), len(features[0].holdout))
    if count < LEAST_ROWS:
        return None
    rows, label = _mixture(features, ("holdout", "left"), count, np.random.default_rng([seed, 42]))
    auc = area(_predicted(_folds(rows, label, features, seed), rows), label == 1)
    half = NORMAL * area_error(auc, count, count)
    return Estimate(auc, max(0.0, auc - half), min(1.0, auc + half))


def _told(
    fold: _Fold, rows: Floats, label: Integers, features: list[Feature], random: np.random.Generator
) -> tuple[tuple[Told, ...], list[int]]:
    """Columns by the AUC that is lost when their values are shuffled among unseen rows, most first."""
    unseen, truth = rows[fold.unseen][:PERMUTED_ROWS], label[fold.unseen][:PERMUTED_ROWS] == 1
    whole = area(fold.model.predict_proba(unseen)[:, 1], truth)
    lost = []
    for column in range(len(features)):
        changed = unseen.copy()
        changed[:, column] = random.permutation(changed[:, column])
        lost.append(max(0.0, whole - area(fold.model.predict_proba(changed)[:, 1], truth)))
    total = sum(lost) or 1.0
    order = sorted(range(len(features)), key=lambda column: (-lost[column], column))
    told = [Told(features[column].name, lost[column], lost[column] / total) for column in order[:TOLD_COLUMNS] if lost[column] > 0]
    return tuple(told), order


def _pair(rows: Floats, label: Integers, features: list[Feature], order: list[int]) -> ToldPair | None:
    """Of the most telling columns the two that tell most together beyond what the better one tells alone; None if that is little."""
    chosen = order[:PAIRED_COLUMNS]
    if len(chosen) < 2:
        return None
    plain = np.nan_to_num(rows[:, chosen], nan=-1e30).astype(np.float32)
    alone = [_tree_area(plain[:, [i]], label) for i in range(len(chosen))]
    found = [(_tree_area(plain[:, [i, j]], label), i, j) for i, j in itertools.combinations(range(len(chosen)), 2)]
    auc, i, j = max(found, key=lambda pair: pair[0] - max(alone[pair[1]], alone[pair[2]]))
    if auc - max(alone[i], alone[j]) < TELLING_GAIN:
        return None
    return ToldPair(features[chosen[i]].name, features[chosen[j]].name, auc, max(alone[i], alone[j]))


def _tree_area(rows: npt.NDArray[np.float32], label: Integers) -> float:
    fold = np.arange(len(rows)) % FOLDS
    predicted = np.zeros(len(rows))
    for part in range(FOLDS):
        tree = DecisionTreeClassifier(max_leaf_nodes=24, min_samples_leaf=20, random_state=0).fit(rows[fold != part], label[fold != part])
        predicted[fold == part] = tree.predict_proba(rows[fold == part])[:, 1]
    return area(predicted, label == 1)
