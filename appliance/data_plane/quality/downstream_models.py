"""The learners of a downstream test: names that people know, and what stands for each here (scikit-learn, one thread, bounded)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from appliance.data_plane.quality.column import Floats
from appliance.data_plane.quality.downstream_design import Design, Matrices
from appliance.data_plane.quality.downstream_table import Part

TREES, NEIGHBOURS = 50, 15
BOOSTED, LEAVES = 60, 15
LANDMARKS = 150

Make = Callable[[int, "Setting"], Any]


class Setting(msgspec.Struct, frozen=True):
    """What some learners are shaped by: which columns of the narrow matrix hold levels, how many classes there are, rows learnt from."""

    categorical: tuple[bool, ...]
    classes: int
    rows: int


class Learner(msgspec.Struct, frozen=True):
    """`name`: the short one. `make` builds an estimator from a seed. `narrow`: it reads numbers and levels as they are."""

    name: str
    label: str
    make: Make
    narrow: bool = False


class Chosen(msgspec.Struct, frozen=True):
    """A learner, and the names by which it was asked for where it only stands in for them."""

    learner: Learner
    stands_for: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What a trained learner says of the test rows: class codes or numbers, and for classes a score of each (rows × classes)."""

    predicted: Floats
    scores: Floats


def _boosted(kind: Any) -> Make:
    def make(seed: int, setting: Setting) -> Any:
        rounds = max(15, BOOSTED // max(1, setting.classes - 1)) if setting.classes > 2 else BOOSTED
        return kind(
            max_iter=rounds, learning_rate=0.12, max_leaf_nodes=LEAVES, max_bins=63, early_stopping=False,
            categorical_features=list(setting.categorical), random_state=seed,
        )  # fmt: skip

    return make


def _landmarks(seed: int, setting: Setting, last: Any) -> Any:
    return make_pipeline(Nystroem(n_components=min(LANDMARKS, setting.rows), random_state=seed), last)


CLASSIFIERS = (
    Learner("lr", "Logistic regression", lambda seed, _: LogisticRegression(max_iter=200)),
    Learner("ridge", "Ridge classifier", lambda seed, _: RidgeClassifier()),
    Learner("lda", "Linear discriminant analysis", lambda seed, _: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
    Learner("knn", "K nearest neighbours", lambda seed, s: KNeighborsClassifier(min(NEIGHBOURS, s.rows), algorithm="brute")),
    Learner("nb", "Naive Bayes", lambda seed, _: GaussianNB(var_smoothing=1e-3)),
    Learner("svm", "Linear support vector machine", lambda seed, _: LinearSVC(C=0.1, dual=False, random_state=seed)),
    Learner("dt", "Decision tree", lambda seed, _: DecisionTreeClassifier(min_samples_leaf=5, random_state=seed)),
    Learner("rf", "Random forest", lambda seed, _: RandomForestClassifier(TREES, min_samples_leaf=2, random_state=seed)),
    Learner("et", "Extremely random trees", lambda seed, _: ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=seed)),
    Learner("gbc", "Gradient-boosted trees", _boosted(HistGradientBoostingClassifier), narrow=True),
)
"""The learners that run when none is named, in this order."""
NAMED_CLASSIFIERS = (
    Learner("qda", "Quadratic discriminant analysis", lambda seed, _: QuadraticDiscriminantAnalysis(reg_param=0.1)),
    Learner("ada", "Boosted stumps (AdaBoost)", lambda seed, _: AdaBoostClassifier(n_estimators=TREES, random_state=seed)),
    Learner(
        "mlp",
        "Neural network",
        lambda seed, _: MLPClassifier(hidden_layer_sizes=(64,), max_iter=60, early_stopping=True, random_state=seed),
    ),
    Learner("rbf", "Radial kernel, linear classifier", lambda seed, s: _landmarks(seed, s, LogisticRegression(max_iter=200))),
    Learner("dummy", "Most frequent class", lambda seed, _: DummyClassifier()),
)
REGRESSORS = (
    Learner("lr", "Linear regression", lambda seed, _: LinearRegression()),
    Learner("ridge", "Ridge regression", lambda seed, _: Ridge()),
    Learner("lasso", "Lasso", lambda seed, _: Lasso(alpha=0.005)),
    Learner("en", "Elastic net", lambda seed, _: ElasticNet(alpha=0.005)),
    Learner("huber", "Huber regression", lambda seed, _: HuberRegressor(max_iter=200)),
    Learner("knn", "K nearest neighbours", lambda seed, s: KNeighborsRegressor(min(NEIGHBOURS, s.rows), algorithm="brute")),
    Learner("svm", "Linear support vector machine", lambda seed, _: LinearSVR(loss="squared_epsilon_insensitive", dual=False)),
    Learner("dt", "Decision tree", lambda seed, _: DecisionTreeRegressor(min_samples_leaf=5, random_state=seed)),
    Learner("rf", "Random forest", lambda seed, _: RandomForestRegressor(TREES, min_samples_leaf=2, max_features=0.4, random_state=seed)),
    Learner(
        "et", "Extremely random trees", lambda seed, _: ExtraTreesRegressor(TREES, min_samples_leaf=2, max_features=0.6, random_state=seed)
    ),
    Learner("gbr", "Gradient-boosted trees", _boosted(HistGradientBoostingRegressor), narrow=True),
)
NAMED_REGRESSORS = (
    Learner("br", "Bayesian ridge", lambda seed, _: BayesianRidge()),
    Learner("ada", "Boosted trees (AdaBoost)", lambda seed, _: AdaBoostRegressor(n_estimators=TREES, random_state=seed)),
    Learner(
        "mlp", "Neural network", lambda seed, _: MLPRegressor(hidden_layer_sizes=(64,), max_iter=80, early_stopping=True, random_state=seed)
    ),
    Learner("kernel", "Radial kernel, ridge regression", lambda seed, s: _landmarks(seed, s, Ridge())),
    Learner("dummy", "Mean of the training rows", lambda seed, _: DummyRegressor()),
)
STAND_INS = {
    True: {"xgboost": "gbc", "lightgbm": "gbc", "catboost": "gbc", "rbfsvm": "rbf", "gpc": "rbf"},
    False: {
        "xgboost": "gbr", "lightgbm": "gbr", "catboost": "gbr", "ard": "br", "lar": "lasso", "llar": "lasso", "omp": "lasso",
        "par": "huber", "ransac": "huber", "tr": "huber", "kr": "kernel",
    },
}  # fmt: skip
"""What stands in for a named learner, for classes (True) and for numbers."""


def choose(names: Iterable[str], *, classify: bool) -> tuple[Chosen, ...]:
    """The learners asked for, each once; all of the usual ones when none is named."""
    usual, more = (CLASSIFIERS, NAMED_CLASSIFIERS) if classify else (REGRESSORS, NAMED_REGRESSORS)
    wanted: dict[str, list[str]] = {}
    for name in names:
        used = STAND_INS[classify].get(name.lower(), name.lower())
        wanted.setdefault(used, []).extend([name] if used != name.lower() else [])
    if not wanted:
        return tuple(Chosen(learner) for learner in usual)
    known = {learner.name: learner for learner in (*usual, *more)}
    return tuple(Chosen(known[name], tuple(dict.fromkeys(stands_for))) for name, stands_for in wanted.items())


class Classroom:
    """The rows of one table made ready once for all learners, and the test rows as that table would read them."""

    def __init__(self, part: Part, test: Part, classes: int, seed: int) -> None:
        design = Design(part)
        self._learn, self._test = design.matrices(part), design.matrices(test)
        self._target = part.target
        self._classes = classes
        self._seed = seed % 2**32
        self._setting = Setting(tuple(design.categorical), len(np.unique(part.target)) if classes else 0, part.rows)

    def teach(self, learner: Learner) -> Answer | None:
        """Train one learner and let it answer; None when it cannot be trained on these rows."""
        if self._classes and self._setting.classes < 2:
            return self._constant()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of convergence and collinear columns: the score tells
            try:
                return self._classes_of(learner) if self._classes else self._numbers_of(learner)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError):
                return None

    def _constant(self) -> Answer:
        """All that can be learnt from one class."""
        scores = np.zeros((len(self._test.wide), self._classes))
        scores[:, int(self._target[0])] = 1.0
        return Answer(np.full(len(scores), self._target[0]), scores)

    def _matrix(self, matrices: Matrices, learner: Learner) -> Floats:
        return matrices.narrow if learner.narrow else matrices.wide

    def _classes_of(self, learner: Learner) -> Answer:
        model = learner.make(self._seed, self._setting)
        model.fit(self._matrix(self._learn, learner), self._target)
        rows = self._matrix(self._test, learner)
        found = np.asarray(
            model.predict_proba(rows) if hasattr(model, "predict_proba") else model.decision_function(rows), dtype=np.float64
        )
        found = np.stack([-found, found], axis=1) if found.ndim == 1 else found
        found = np.nan_to_num(found, nan=0.0, posinf=1e9, neginf=-1e9)
        scores = np.full((len(rows), self._classes), float(found.min()) - 1.0)
        scores[:, model.classes_.astype(np.int64)] = found
        return Answer(scores.argmax(axis=1).astype(np.float64), scores)

    def _numbers_of(self, learner: Learner) -> Answer | None:
        """Learnt on a standardised target; answers stay within three times the range that was seen."""
        low, high = float(self._target.min()), float(self._target.max())
        centre, spread = float(self._target.mean()), float(self._target.std()) or 1.0
        model = learner.make(self._seed, self._setting)
        model.fit(self._matrix(self._learn, learner), (self._target - centre) / spread)
        found = np.asarray(model.predict(self._matrix(self._test, learner)), dtype=np.float64).reshape(-1) * spread + centre
        if not np.isfinite(found).all():
            return None
        return Answer(np.clip(found, low - (high - low), high + (high - low)), np.zeros((0, 0)))
