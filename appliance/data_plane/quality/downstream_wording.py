"""What a downstream test means, in sentences: figures, names of columns and of learners only."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.wording import counted

FEW_TEST_ROWS = 200
NAMED_COLUMNS = 5
STRONG, FAIR = 80, 60
ROUGH = 30
"""Points below the score to which its interval may reach before the verdict says that it is rough."""


def conclusion(report: dict[str, Any]) -> dict[str, str]:
    """The verdict: how much is kept, and whether the same learner would be chosen."""
    score, means, task = report["average_metric_difference"], report["average_metrics"], report["task"]
    value = score["score"]
    if not any(model["learns"] for model in report["models"]):
        first = (
            f"The target “{task['target']}” can hardly be predicted even from the real rows, so the synthetic rows cannot be judged by it: "
            f"{task['metric_label']} {figure(means['real'])}, guessing {figure(means['guess'])}."
        )
        return {"quality": first, "choice": _choice(report)}
    word = (
        "Models learn as much from the synthetic rows as from the real ones"
        if value >= 97
        else "Models learn nearly as much from the synthetic rows as from the real ones"
        if value >= STRONG
        else "Models learn much, but clearly less, from the synthetic rows than from the real ones"
        if value >= FAIR
        else "Models learn far less from the synthetic rows than from the real ones"
    )
    interval = report["average_metric_difference_interval"]
    if interval["low"] is not None and value - interval["low"] > ROUGH:
        word = f"As far as so few test rows can tell, {word[:1].lower()}{word[1:]}"
    range_ = f" (95 % interval {int(interval['low'])} to {int(interval['high'])})" if interval["low"] is not None else ""
    return {
        "quality": (
            f"{word}: {value} of 100{range_}. Mean {task['metric_label']} {figure(means['synthetic'])} after synthetic and "
            f"{figure(means['real'])} after real rows; guessing gives {figure(means['guess'])}."
        ),
        "choice": _choice(report),
    }


def _choice(report: dict[str, Any]) -> str:
    best = report["best"]
    if len(report["models"]) < 2:
        return ""
    if best["same"]:
        return f"Both sides would choose the same model: {best['real']}."
    cost = figure(best["cost"])
    return f"Synthetic rows would choose {best['synthetic']}, real rows {best['real']}; that choice costs {cost} on the test rows."


def figure(value: float | None) -> str:
    """A metric as people write it: three decimals for small numbers, separated thousands for large ones."""
    if value is None:
        return "–"
    return f"{value:.3f}".replace("-0.000", "0.000") if abs(value) < 100 else f"{value:,.0f}"


def caveats(report: dict[str, Any]) -> list[dict[str, str]]:
    """What needs action or care, most serious first: `{level, what, action}`."""
    found = [*_of_scores(report), *_of_data(report), *_of_models(report)]
    return sorted(found, key=lambda warning: ("bad", "warn", "note").index(warning["level"]))


def _warning(level: str, what: str, action: str = "") -> dict[str, str]:
    return {"level": level, "what": what, "action": action}


def _of_scores(report: dict[str, Any]) -> list[dict[str, str]]:
    value, data = report["average_metric_difference"]["score"], report["data"]
    found = []
    if data["classes"] and data["classes_in_synthetic"] == 1:
        what = "Every synthetic row holds the same class, so a model trained on them gives it to every row."
        found.append(_warning("bad", what, "Generate again; rebalance the target if it is rare."))
    elif data["classes_missing_in_synthetic"]:
        missing = data["classes_missing_in_synthetic"]
        what = f"{missing} {'class' if missing == 1 else 'classes'} of the real rows {'is' if missing == 1 else 'are'} in no synthetic row."
        found.append(_warning("warn", what, "They cannot be learnt from the synthetic rows."))
    if not any(model["learns"] for model in report["models"]):
        found.append(_warning("warn", "No model predicts the target from the real rows better than guessing.", "Name another target."))
    elif value < FAIR:
        what = f"Synthetic rows teach models only {value} % of what real rows teach beyond guessing."
        found.append(_warning("bad" if value < 40 else "warn", what, "Do not train on them alone; look at the target’s relations."))
    return found


def _of_data(report: dict[str, Any]) -> list[dict[str, str]]:
    data = report["data"]
    found = []
    if not data["own_holdout"]:
        what = "The test rows were set aside from the training table; the engine that made the synthetic rows may have seen them."
        found.append(_warning("note", what, "Give a holdout for a reading on rows that nothing has seen."))
    if data["test_rows"] < FEW_TEST_ROWS:
        found.append(_warning("note", f"Only {counted(data['test_rows'], 'test row')}: the intervals are wide.", "Give more test rows."))
    absent = [column["name"] for column in data["columns_left_out"] if column["reason"] == "not in every table"]
    if absent:
        said = "is" if len(absent) == 1 else "are"
        what = f"{counted(len(absent), 'column')} {said} not in every table and {said} left out: {_listed(absent)}."
        found.append(_warning("warn", what, "Compare tables with the same columns."))
    dropped = sum(data["rows_without_target"])
    if dropped:
        said = "was" if dropped == 1 else "were"
        found.append(_warning("note", f"{counted(dropped, 'row')} without a value of the target {said} left out."))
    return found


def _of_models(report: dict[str, Any]) -> list[dict[str, str]]:
    found = [
        _warning("note", f"{model['label']} stands in for {', '.join(model['stands_for'])}, which this version does not have.")
        for model in report["models"]
        if model["stands_for"]
    ]
    if report["models_not_trained"]:
        what = f"Could not be trained on these rows, and left out: {', '.join(report['models_not_trained'])}."
        found.append(_warning("note", what))
    return found


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_COLUMNS])
    return shown + (f" and {len(names) - NAMED_COLUMNS} more" if len(names) > NAMED_COLUMNS else "")
