"""Every column on its own: distances on one scale, and a drawing of each, least faithful first."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.figures import distribution, distribution_numbers, tone
from appliance.data_plane.quality.report.markup import (
    count,
    cut,
    explained,
    figure,
    name,
    number,
    paragraph,
    percent,
    plain_table,
    section,
    table,
    text,
)
from appliance.data_plane.quality.report.plots import Dot, Scale, forest

KEY = (
    '<p class="key"><span><svg viewBox="0 0 18 12" aria-hidden="true"><rect class="ref" width="18" height="12"/></svg> training</span>'
    '<span><svg viewBox="0 0 18 12" aria-hidden="true"><path class="step" d="M0 10H6V3H12V7H18"/></svg> synthetic</span></p>'
)
MEASURES = (
    ("total_variation", "Total variation"), ("kolmogorov_smirnov", "Kolmogorov–Smirnov"), ("wasserstein", "Wasserstein, in deviations"),
    ("tail_low", "Share at or below the 1 % quantile"), ("tail_high", "Share at or above the 99 % quantile"),
    ("rare_recall", "Rare categories kept"), ("missing_difference", "Difference of missing shares"),
)  # fmt: skip
SPAN = 0.25
"""The least distance at which the scale of all columns ends."""


def columns(report: dict[str, Any]) -> str:
    """Every column in numbers and drawn, the least faithful first."""
    fields = sorted(report.get("fields") or [], key=lambda field: -_order(field))
    drawn = "".join(_drawn(f"c{i}", field) for i, field in enumerate(fields))
    more = report.get("fields_not_shown") or 0
    rest = paragraph(f"{counted(more, 'more column')} counted in the scores but not shown.") if more else ""
    lead = "Each column on its own, least faithful first. Values are named only where at least 10 training rows hold them; "
    lead += "the outer bars hold everything beyond."
    body = f'{_distances(fields)}{rest}<h3>Distributions</h3>{KEY}<div class="grid">{drawn}</div>{explained("distribution")}'
    return section("columns", "Columns", body, lead)


def _order(field: dict[str, Any]) -> float:
    distance = field.get("distribution_distance")
    return -1.0 if distance is None else float(distance)


def _distances(fields: list[dict[str, Any]]) -> str:
    top = max([SPAN, *(_order(field) for field in fields)])
    scale = Scale(0.0, top, None, ("0 (the same)", "", f"{top:.2g}"))
    return forest(
        [_dot(field) for field in fields],
        scale,
        "Distance of every column, least faithful first",
        ("Column", "Distance", "Unseen real rows", "Stability"),
        kind="dense close",
    )


def _dot(field: dict[str, Any]) -> Dot:
    score = field.get("distribution_stability") or {}
    grade = score.get("grade", "Unavailable")
    shown = score.get("score")
    word = str(score.get("notes") or "not scored") if shown is None else f"{shown} {grade}"
    low, high = (field.get(f"distribution_distance_{end}") for end in ("low", "high"))
    return Dot(
        name(field["name"]), field.get("distribution_distance"), low, high, field.get("holdout_distance"), (tone(grade), word),
        text(field["type"]),
    )  # fmt: skip


def _drawn(identity: str, field: dict[str, Any]) -> str:
    distance = field.get("distribution_distance")
    aside = text(field["type"]) + (f" · distance {distance:.3f}" if distance is not None else "")
    notes = "".join(f'<p class="quiet">{text(note)}</p>' for note in _notes(field))
    drawn = distribution(identity, field) + notes
    return figure(f"{identity}-f", name(field["name"]), drawn, distribution_numbers(field) + measure_table(field), aside=aside, level=4)


def _notes(field: dict[str, Any]) -> list[str]:
    """What the drawing does not show: missing values, values beyond or unknown, lost tails and rare categories."""
    found = []
    shares = [field[f"{side}_missing_values"] / field[f"{side}_rows"] if field.get(f"{side}_rows") else 0.0 for side in ("left", "right")]
    if max(shares) > 0:
        found.append(f"Missing: {percent(shares[0])} in training, {percent(shares[1])} synthetic.")
    if field.get("outside_range_share"):
        found.append(f"{percent(field['outside_range_share'])} of the synthetic values lie outside the training range.")
    if field.get("unseen_values_share"):
        found.append(f"{percent(field['unseen_values_share'])} of the synthetic values are not in the training table.")
    return found + _lost(field)


def measure_table(field: dict[str, Any]) -> str:
    """The further measures of one column: tails, rare categories, scaled distances; nothing in older reports."""
    found = {key: value for key, value in (field.get("measures") or {}).items() if value and value.get("value") is not None}
    rows = [
        [text(word), number(found[key]["value"]), number(found[key].get("expected")), number(found[key].get("reference"))]
        for key, word in MEASURES
        if key in found
    ]
    if not rows:
        return ""
    return plain_table(("Measure", "Synthetic", "Training", "Unseen real rows"), rows, f"Measures of {cut(field['name'], 60)}")


def _lost(field: dict[str, Any]) -> list[str]:
    """Tails and rare categories of which less than half came through."""
    found, notes = field.get("measures") or {}, []
    for key, word in (("tail_low", "smallest"), ("tail_high", "largest")):
        tail = found.get(key) or {}
        if tail.get("expected") and tail.get("value") is not None and tail["value"] < tail["expected"] / 2:
            notes.append(f"Few of the {word} values: {percent(tail['value'], 2)} of rows, {percent(tail['expected'], 2)} in training.")
    rare = found.get("rare_recall") or {}
    if rare.get("value") is not None and rare["value"] < 0.5:
        notes.append(f"{percent(rare['value'], 0)} of the rare categories came through.")
    return notes


def dictionary(report: dict[str, Any]) -> str:
    """The data dictionary: how each column was read and judged, with its counts on both sides."""
    heads = [
        ("Column", ""), ("Read as", ""), ("Judged as", ""), ("Distinct values", "num"), ("Missing", "num"), ("Mean length", "num"),
        ("In the score", ""),
    ]  # fmt: skip
    rows = [_entry(field) for field in report.get("fields") or []]
    return table(heads, rows, "Data dictionary: training / synthetic", kind="dense")


def _entry(field: dict[str, Any]) -> list[str]:
    sides = ("left", "right")
    missing = [field[f"{side}_missing_values"] / field[f"{side}_rows"] if field[f"{side}_rows"] else None for side in sides]
    return [
        name(field["name"], 200),
        text(field.get("kind", "–")),
        text(field["type"]),
        " / ".join(count(field[f"{side}_unique_values"]) for side in sides),
        " / ".join(percent(share) for share in missing),
        " / ".join(number(field[f"{side}_average_length"], 1) for side in sides),
        "yes" if field.get("in_score") else "no",
    ]
