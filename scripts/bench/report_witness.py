"""Runs independent implementations of the report's measures; started by `report_crosscheck.py` in an environment that holds them.

    python scripts/bench/report_witness.py FOLDER

FOLDER holds train, synthetic, holdout and leak as Parquet, and train_bins and synthetic_bins (whole numbers). Prints one JSON object."""

from __future__ import annotations

import itertools
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ATTACKS = 400
TRIPLES = 10


def shared_measures(train: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, Any]:
    """The measures of sdmetrics that the report has too."""
    from sdmetrics.column_pairs import CorrelationSimilarity
    from sdmetrics.single_column import BoundaryAdherence, CategoryAdherence, KSComplement, MissingValueSimilarity, TVComplement

    numbers = [name for name in train if pd.api.types.is_numeric_dtype(train[name]) and train[name].nunique() > 2]
    words = [name for name in train if train[name].dtype == object]
    sides = {name: (train[name], synthetic[name]) for name in train}
    pairs = {
        f"{one}|{two}": CorrelationSimilarity.compute(train[[one, two]].dropna(), synthetic[[one, two]].dropna())
        for one, two in itertools.combinations(numbers, 2)
    }
    return {
        "kolmogorov_smirnov": {name: 1 - KSComplement.compute(*sides[name]) for name in numbers},
        "total_variation": {name: 1 - TVComplement.compute(*sides[name]) for name in words},
        "missing_difference": {name: 1 - MissingValueSimilarity.compute(*sides[name]) for name in train},
        "range": {name: 1 - BoundaryAdherence.compute(*sides[name]) for name in numbers},
        "category": {name: 1 - CategoryAdherence.compute(*sides[name]) for name in words},
        "correlation": {pair: 2 * (1 - value) for pair, value in pairs.items()},
    }


def accuracies(folder: Path, train: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, Any]:
    """mostlyai-qa's mean accuracy of one, two and three columns: on the report's bins, and on its own."""
    from mostlyai.qa._accuracy import bin_data, calculate_accuracy

    left, edges = bin_data(train, 10)
    right, _ = bin_data(synthetic, edges)
    ours = pd.read_parquet(folder / "train_bins.parquet"), pd.read_parquet(folder / "synthetic_bins.parquet")
    found: dict[str, Any] = {}
    for word, (one, two) in (("same_bins", ours), ("own_bins", (left, right))):
        for ways in (1, 2, 3):
            chosen = [list(columns) for columns in itertools.combinations(one.columns, ways)]
            found[f"{word}_{ways}"] = float(np.mean([calculate_accuracy(one[columns], two[columns])[0] for columns in chosen]))
    return found


def attacks(train: pd.DataFrame, synthetic: pd.DataFrame, holdout: pd.DataFrame) -> dict[str, Any]:
    """Anonymeter's three risks with their intervals."""
    from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

    names = list(train.columns)
    found = {}
    single = SinglingOutEvaluator(ori=train, syn=synthetic, control=holdout, n_attacks=ATTACKS, n_cols=4)
    single.evaluate(mode="multivariate")
    found["several columns"] = _risk(single.risk())
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    linked = LinkabilityEvaluator(ori=train, syn=synthetic, control=holdout, n_attacks=ATTACKS, aux_cols=halves, n_neighbors=3)
    found["two halves of the columns"] = _risk(linked.evaluate(n_jobs=1).risk())
    for secret in ("job", "region"):
        known = [name for name in names if name != secret]
        guess = InferenceEvaluator(
            ori=train, syn=synthetic, control=holdout, n_attacks=ATTACKS, secret=secret, aux_cols=known, regression=False
        )
        found[secret] = _risk(guess.evaluate(n_jobs=1).risk())
    return found


def _risk(risk: Any) -> dict[str, float]:
    return {"risk": float(risk.value), "low": float(risk.ci[0]), "high": float(risk.ci[1])}


def main() -> None:
    """Print what all three libraries say."""
    warnings.simplefilter("ignore")
    np.random.seed(1)
    folder = Path(sys.argv[1])
    train, synthetic, holdout, leak = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "synthetic", "holdout", "leak"))
    told = {"measures": shared_measures(train, synthetic), "accuracies": accuracies(folder, train, synthetic)}
    told |= {"fresh": attacks(train, synthetic, holdout), "leak": attacks(train, leak, holdout)}
    print("WITNESS " + json.dumps(told))


if __name__ == "__main__":
    main()
