"""Whether a machine tells synthetic rows from real ones, and by what."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.figures import meter
from appliance.data_plane.quality.report.markup import explained, figure, name, not_measured, number, percent, section, table
from appliance.data_plane.quality.report.plots import Dot, Line, Scale, curve_table, curves, estimate, forest, key
from appliance.data_plane.quality.thresholds import DETECTABLE, DETECTED

CHANCE = Scale(0.4, 1.0, 0.5, ("0.4", "", "1 always right"))
TITLE = "Can a machine tell?"
TOLD = 15
"""Columns named as giving the table away, at most."""


def detection(report: dict[str, Any]) -> str:
    """How well a classifier tells real from synthetic, what gave it away, and its curve."""
    found = report.get("detection")
    if not found:
        return not_measured(report, "detection", "detection", TITLE)
    against = "unseen real rows" if found["unseen"] else "training rows"
    lead = f"A classifier tried to tell {against} from synthetic ones. 0.5 (dashed) means it can only guess, 1 that it is always right."
    beside = [part for part in (_told(found), _curve(found)) if part]
    more = f'<div class="two">{"".join(beside)}</div>' if beside else ""
    return section("detection", TITLE, f"{_dots(found)}{more}{explained('detection')}", lead)


def _dots(found: dict[str, Any]) -> str:
    dots = [_dot("Synthetic from real", found, f"{found['rows']:,} rows of each kind")]
    if found.get("reference"):
        dots.append(estimate("Held-out from training rows", found["reference"], ("none", "real against real"), "what chance alone gives"))
    return forest(dots, CHANCE, "How well a classifier tells rows apart", ("Told apart", "AUC", "Reference", "Reading"))


def _dot(label: str, found: dict[str, Any], note: str) -> Dot:
    reference = found.get("reference") or {}
    return Dot(label, found["auc"], found["low"], found["high"], reference.get("value"), told_word(found["auc"]), note)


def told_word(auc: float) -> tuple[str, str]:
    """How well rows are told apart, in a word."""
    return ("ok", "hardly") if auc < DETECTABLE else ("warn", "partly") if auc < DETECTED else ("bad", "clearly")


def _told(found: dict[str, Any]) -> str:
    columns = (found.get("columns_told") or [])[:TOLD]
    if not columns:
        return ""
    top = max([column["share"] or 0.0 for column in columns] + [1e-9])
    rows = [[name(column["name"]), _bar(column["share"] or 0.0, top)] for column in columns]
    pair = found.get("pair")
    note = ""
    if pair:
        both, alone = number(pair["auc"], 2), number(pair.get("alone"), 2)
        note = f'<p class="quiet">Most telling pair: {name(pair["first"])} with {name(pair["second"])} '
        note += f"(AUC {both} together, {alone} the better one alone).</p>"
    shown = table([("Column", ""), ("Share of what it learnt", "stab")], rows, "Columns that gave the synthetic rows away", kind="dense")
    return f"<div><h3>What gave it away</h3>{shown}{note}</div>"


def _bar(share: float, top: float) -> str:
    return f'<span class="both">{meter(share / top)}<span>{percent(share, 0)}</span></span>'


def _curve(found: dict[str, Any]) -> str:
    points = found.get("curve") or []
    if len(points) < 2:
        return ""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    lines = [Line("Classifier", "syn-line", xs, ys), Line("Guessing", "nil-line", xs, xs)]
    drawn = curves(
        "a-roc", "ROC curve of the classifier", f"Area under the curve {found['auc']:.3f}; 0.5 is guessing.", lines,
        axes=("false alarms", "found"), reach=(0.0, 1.0, 0.0, 1.0),
    ) + key([("syn-line", "classifier"), ("nil-line", "guessing")])  # fmt: skip
    return figure("a-roc-f", "ROC curve", drawn, curve_table(lines, "ROC curve", "False alarms"))
