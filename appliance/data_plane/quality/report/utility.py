"""What the table is good for: models trained on it, questions asked of it, groups within it."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.markup import count, explained, name, not_measured, number, percent, section, table, text
from appliance.data_plane.quality.report.plots import Dot, Scale, estimate, forest
from appliance.data_plane.quality.thresholds import ACCURATE, FAITHFUL_MODELS, USABLE_MODELS

METRICS = {"auc": "AUC", "r2": "R²"}


def utility(report: dict[str, Any]) -> str:
    """Trained on synthetic rows beside trained on real rows, both tested on held-out rows; then range and group questions."""
    found = report.get("utility")
    if not found or not found.get("targets"):
        return not_measured(report, "utility", "utility", "Machine learning") + _queries(report)
    lead = "Models trained on synthetic rows and on real rows, both tested on "
    lead += f"{counted(found.get('test_rows', 0), 'real row')} that none of them saw. 0 means the synthetic rows teach as much."
    tables = "".join(_target(target) for target in found["targets"])
    return section("utility", "Machine learning", tables + explained("utility"), lead) + _queries(report)


def _target(target: dict[str, Any]) -> str:
    metric = METRICS.get(target["metric"], target["metric"])
    models = target["models"]
    ends = [abs(model["difference"].get(end) or 0.0) for model in models for end in ("value", "low", "high")]
    reach = max(0.05, *ends) if ends else 0.05
    scale = Scale(-reach, reach, 0.0, (f"−{reach:.2f} worse", "0", f"+{reach:.2f} better"), _signed)
    dots = [_model(model, metric) for model in models]
    kept = "" if target.get("ratio") is None else f" · {percent(target['ratio'], 0)} of the real rows’ {metric} kept"
    chosen = "chosen by you" if target.get("chosen") == "given" else "the column that other columns predict well"
    agree = target.get("rank_agreement")
    ranks = "" if agree is None else f'<p class="quiet">Order of the most telling columns: agreement {agree:.2f} (1 is the same).</p>'
    caption = f"Difference of {metric}, synthetic less real, target {str(target['target'])[:60]}"
    shown = forest(dots, scale, caption, ("Model", f"Difference of {metric}", "Synthetic / real", "Reading"))
    return f'<h3>{name(target["target"])} <span class="aside">{text(target["task"])}, {text(chosen)}{text(kept)}</span></h3>{shown}{ranks}'


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def _model(model: dict[str, Any], metric: str) -> Dot:
    ours, real, difference = model["synthetic"], model["real"], model["difference"]
    beside = f"{number(ours.get('value'))} / {number(real.get('value'))}"
    return Dot(
        text(str(model["model"]).capitalize()), difference.get("value"), difference.get("low"), difference.get("high"), None,
        _kept(ours.get("value"), real.get("value")), "", beside,
    )  # fmt: skip


def _kept(ours: float | None, real: float | None) -> tuple[str, str]:
    """How much of the real rows' skill is kept."""
    if ours is None or not real or real <= 0:
        return "none", "no skill to keep"
    share = ours / real
    return ("ok", "as good") if share >= FAITHFUL_MODELS else ("warn", "weaker") if share >= USABLE_MODELS else ("bad", "much weaker")


def _queries(report: dict[str, Any]) -> str:
    found = report.get("queries")
    if not found:
        return not_measured(report, "queries", "queries", "Questions")
    rows = []
    for key, word, write in (("ranges", "What share of rows lies in a range?", _share), ("groups", "What is a group’s mean?", _spread)):
        part = found.get(key)
        if part:
            rows.append(
                [word, count(part["count"]), *(write(part.get(end)) for end in ("mean", "reference_mean", "worst", "reference_worst"))]
            )
    heads = [
        ("Question", ""), ("Asked", "num"), ("Mean error", "num"), ("unseen real rows", "num"), ("Error of the worst 5 %", "num"),
        ("unseen real rows", "num"),
    ]  # fmt: skip
    lead = "Random questions asked of both tables: how far apart are the answers?"
    return section("queries", "Questions", table(heads, rows, "Errors of random questions") + explained("queries"), lead)


def _share(value: float | None) -> str:
    return percent(value, 2)


def _spread(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f} sd"


def subgroups(report: dict[str, Any]) -> str:
    """Every group of the grouping columns, the worst one marked."""
    found = report.get("subgroups")
    if not found or not found.get("columns"):
        return not_measured(report, "subgroups", "subgroups", "Groups")
    worst = found.get("worst") or {}
    shown = "".join(_groups(column, worst) for column in found["columns"])
    lead = "Is any group served worse than the others? Accuracy within the group; 1 is the same as in the training table."
    return section("subgroups", "Groups", shown + explained("subgroups"), lead)


def _groups(column: dict[str, Any], worst: dict[str, Any]) -> str:
    groups = column["groups"]
    found = [group.get("accuracy") or {} for group in groups]
    ends = [one.get(end) for one in found for end in ("value", "low", "reference")]
    low = min([0.8, *(value for value in ends if value is not None)])
    scale = Scale(low, 1.0, None, (f"{low:.2f}", "", "1"))
    dots = [_group(column["column"], group, worst) for group in groups]
    caption = f"Accuracy within each group of {str(column['column'])[:60]}"
    return f"<h3>{name(column['column'])}</h3>" + forest(dots, scale, caption, ("Group", "Accuracy", "Real rows would reach", "Reading"))


def _group(column: str, group: dict[str, Any], worst: dict[str, Any]) -> Dot:
    lowest = worst.get("column") == column and worst.get("group") == group["group"]
    found = group.get("accuracy") or {}
    reading = _reading(found)
    drift = f"{percent(group.get('left_share'))} of training rows, {percent(group.get('right_share'))} synthetic"
    drift += "" if group.get("auc") is None else f"; told apart with AUC {group['auc']:.2f}"
    label = name(group["group"]) + (' <b class="tag">worst group</b>' if lowest else "")
    return estimate(label, found, reading, text(drift))


def _reading(found: dict[str, Any]) -> tuple[str, str]:
    value, reference = found.get("value"), found.get("reference")
    if value is None:
        return "none", "too few rows"
    lost = (reference if reference is not None else 1.0) - value
    return ("ok", "as good as real rows") if lost <= ACCURATE else ("warn", "less accurate")
