"""Linear models of few steps: ridge regression, and logistic regression by a bounded number of steps."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from appliance.data_plane.quality.column import Feature, Floats
from appliance.data_plane.quality.space import frequency_order, ranks

COMMON = 12
WIDTH = 200
"""Most columns of the encoded matrix; wider tables show fewer categories each."""

Matrix = npt.NDArray[np.float32]


def spread_out(features: list[Feature], side: str, rows: npt.NDArray[np.int64]) -> Matrix:
    """Ranks (centred, missing in the middle and marked) for ordered columns, one column for each common category of the others."""
    common = max(2, min(COMMON, WIDTH // max(1, len(features))))
    parts = []
    for feature in features:
        codes = getattr(feature, side)[rows]
        if feature.ordered:
            placed = ranks(feature, codes)
            parts.append(np.column_stack([np.where(placed < 0, 0.0, placed - 0.5), placed < 0]))
        else:
            places = np.minimum(frequency_order(feature), common)
            parts.append(np.eye(common + 1)[places][:, :common][codes])
    return np.concatenate(parts, axis=1).astype(np.float32)


def linear_numbers(train: Matrix, truth: Floats, test: Matrix) -> Floats:
    """Ridge regression of the numbers."""
    predicted: Floats = Ridge(alpha=1.0).fit(train, truth).predict(test)
    return predicted


def linear_classes(train: Matrix, truth: npt.NDArray[np.int64], test: Matrix, width: int) -> Floats:
    """Probabilities of each of `width` classes by logistic regression; 40 steps are enough for a comparison."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=1.0, max_iter=40, tol=1e-3).fit(train, truth)
    made = np.zeros((len(test), width))
    made[:, model.classes_] = model.predict_proba(test)
    return made
