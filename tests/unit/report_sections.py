"""The newer sections of a report written by hand: every key that the page reads, with plain and with awkward figures."""

from __future__ import annotations

from typing import Any


def estimate(value: float | None, spread: float = 0.01, reference: float | None = None) -> dict[str, Any]:
    """An estimate as the judge writes it."""
    low, high = (None, None) if value is None else (value - spread, value + spread)
    return {"value": value, "low": low, "high": high, "reference": reference}


def sections(first: str, second: str) -> dict[str, Any]:
    """All newer keys, for a table that has the columns `first` (numbers) and `second` (categories)."""
    scores = ("synthetic_quality_score", "column_distribution_stability", "column_correlation_stability", "deep_structure_stability")
    return {
        "report_version": 2,
        "intervals": {
            "level": 0.95, "method": "delete-a-group jackknife", "groups": 20,
            "scores": {name: estimate(95.4, 1.5, 96.0) for name in scores} | {"data_privacy_score": estimate(80.0, 3.0)},
        },
        "validity": _validity(first, second),
        "one_way": _marginal(3, 3, 0.985), "pairs": _marginal(3, 3, 0.965) | {"worst": [_grid(first, second), _grid(second, first)]},
        "three_way": _marginal(1, 1, 0.95),
        "utility": _utility(first, second),
        "queries": {"ranges": _errors(0.004), "groups": _errors(0.06)},
        "subgroups": _subgroups(second),
        "pii_replay": {"columns": [_replayed(first, alarm=False), _replayed(second, alarm=True)]},
        "sequences": None,
        "provenance": {"seed": 3, "schema_digest": "0f" * 32, "facts": [["training digest", "ab" * 32], ["holdout share", "0.05"]]},
        "not_measured": {"sequences": "Rows stand alone: the configuration names no key of sequences."},
    }  # fmt: skip


def _validity(first: str, second: str) -> dict[str, Any]:
    kept = {"check": "type", "failed": False, "offending": 0, "share": 0.0, "reference": 0.0, "rows": []}
    broken = {"check": "range", "failed": True, "offending": 31, "share": 0.02, "reference": 0.001, "rows": list(range(5, 15))}
    return {
        "rows": 1500, "checks": 4, "failed": 2,
        "columns": [
            {"name": first, "kind": "numeric", "checks": [kept, broken]},
            {"name": second, "kind": "categorical", "checks": [kept]},
        ],
        "constraints": [
            {"form": "determined", "columns": [second, first], "failed": True, "offending": 3, "share": 0.002, "reference": 0.0,
             "rows": [9, 70, 400]},
            {"form": "ordered", "columns": [first, second], "failed": False, "offending": 0, "share": 0.0, "reference": None, "rows": []},
        ],
    }  # fmt: skip


def _marginal(marginals: int, compared: int, accuracy: float | None) -> dict[str, Any]:
    found = None if accuracy is None else estimate(accuracy, 0.004, accuracy - 0.003)
    return {"marginals": marginals, "compared": compared, "rows": 1500, "bins": 10, "accuracy": found}


def _grid(first: str, second: str) -> dict[str, Any]:
    left: list[list[float | None]] = [[0.2, 0.1, None], [0.05, 0.3, 0.02], [None, 0.03, 0.3]]
    return {
        "first": first, "second": second, "distance": 0.08, "reference": 0.07,
        "first_axis": {"form": "bins", "edges": [0, 10, 20, 30], "labels": [], "moment": False},
        "second_axis": {"form": "categories", "labels": ["a", "b", "(other)"], "edges": [], "moment": False},
        "left": left, "right": [[0.19, 0.12, 0.0], [0.05, 0.31, 0.03], [0.01, 0.03, 0.26]],
    }  # fmt: skip


def _utility(first: str, second: str) -> dict[str, Any]:
    def model(word: str, real: float, ours: float) -> dict[str, Any]:
        return {"model": word, "real": estimate(real), "synthetic": estimate(ours), "difference": estimate(ours - real, 0.02)}

    models = [model("boosted trees", 0.91, 0.905), model("linear", 0.88, 0.79), model("small tree", 0.7, 0.5)]
    shown = {"metric": "auc", "classes": 3, "models": models, "rank_agreement": 0.93, "ratio": 0.994}
    return {
        "test_rows": 200, "training_rows": 1500,
        "targets": [
            {"target": second, "task": "classification", "chosen": "given", **shown},
            {"target": first, "task": "regression", "chosen": "predictable", **shown, "metric": "r2", "rank_agreement": None, "ratio": None,
             "models": [model("linear", -0.1, -0.3)]},
        ],
    }  # fmt: skip


def _errors(mean: float) -> dict[str, Any]:
    return {"count": 300, "mean": mean, "worst": 3 * mean, "reference_mean": mean, "reference_worst": 2.8 * mean}


def _subgroups(column: str) -> dict[str, Any]:
    shares = {"left_rows": 500, "left_share": 0.3, "right_share": 0.31, "holdout_share": 0.3}
    groups = [
        {"group": "a", **shares, "accuracy": estimate(0.96, 0.01, 0.965)},
        {"group": "b", **shares, "accuracy": estimate(0.81, 0.02, 0.95)},
        {"group": "c", **shares, "accuracy": None},
    ]
    return {
        "columns": [{"column": column, "groups": groups}],
        "worst": {"column": column, "group": "b", "accuracy": 0.81, "reference": 0.95},
    }


def _replayed(column: str, *, alarm: bool) -> dict[str, Any]:
    counts = {"values": 900, "replayed": 12, "expected": 11.4, "rare_values": 880, "rare_replayed": 2 if alarm else 0, "rare_expected": 0.1}
    return {"name": column, "entity": "email_address", **counts, "alarm": alarm}


def privacy_sections() -> dict[str, Any]:
    """What stands inside `privacy` beside the older keys."""

    def rated(share: float) -> dict[str, Any]:
        return {"share": share, "low": share * 0.8, "high": share * 1.2, "reference": share}

    def attack(word: str, risk: float, low: float) -> dict[str, Any]:
        rates = {"success": 0.12, "control": 0.11, "baseline": 0.1}
        return {"name": word, "attacks": 500, **rates, "risk": risk, "low": low, "high": 2 * risk - low}

    levels = [i / 20 for i in range(21)]
    shares = {"share": 0.503, "low": 0.48, "high": 0.526, "ideal": 0.5, "levels": levels}
    lists = {"to_training": [level**2 for level in levels], "to_holdout": [level**2 * 1.02 for level in levels]}
    return {
        "copies": {
            "partial": {"columns": 4, "matches": 20, **rated(0.013)},
            "rare_values": {"values": 140, "replayed": 3, "rows": 4, **rated(0.002)},
            "outliers": {"rows": 15, **rated(0.01)},
        },
        "distance": {"dcr": {**shares, **lists}, "nndr": {**shares, **lists}},
        "attacks": {
            "singling_out": [attack("univariate", 0.004, -0.01), attack("multivariate", 0.02, -0.02)],
            "linkability": [attack("linkability", 0.06, 0.02)],
            "inference": [attack("smoker", 0.15, 0.11)],
            "worst": "smoker",
        },
        "mechanism": {
            "facts": [["leaves", "sketches"], ["similarity filter", "auto"]],
            "budget": [["epsilon", "1.0"], ["delta", "1e-6"], ["unit", "one row"], ["accountant", "zCDP"]],
            "note": "Neighbours differ by one row.",
        },
        "tests": [
            {"test": "exact_copies", "failed": False, "value": 0.0, "limit": 0.003},
            {"test": "tail", "failed": True, "value": 0.62, "limit": 0.5},
        ],
    }  # fmt: skip
