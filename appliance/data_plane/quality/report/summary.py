"""The first screen: verdict, gauges, warnings, scores, uses, the two tables side by side."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.figures import gauge, meter, tone
from appliance.data_plane.quality.report.markup import count, facts, name, percent, section, table, text

MEANINGS = (
    (
        "column_distribution_stability",
        "Column distribution",
        "Does every column on its own look the same? Mean Jensen–Shannon distance of the columns.",
    ),
    (
        "column_correlation_stability",
        "Column correlation",
        "Do columns depend on each other as before? Mean change of the association of every pair.",
    ),
    (
        "deep_structure_stability",
        "Deep structure",
        "Do whole rows fall into the same shapes? Distance of two principal components fitted on training rows.",
    ),
    (
        "text_structure_similarity",
        "Text structure",
        "Are texts built alike? Sentences per record, words per sentence, characters per word.",
    ),
    ("text_semantic_similarity", "Text meaning", "Do texts speak of the same things? Needs an embedding model."),
    (
        "membership_inference_protection_score",
        "Membership inference",
        "Can an attacker tell who was in the training data? 360 attacks with unseen real rows, repeated where those are few.",
    ),
    (
        "attribute_inference_protection_score",
        "Attribute inference",
        "Can an attacker who knows three columns of a person guess the others from the synthetic rows?",
    ),
)
FITS = {"yes": ("ok", "✓", "Yes"), "care": ("warn", "!", "With care"), "no": ("bad", "✕", "No"), "unsure": ("warn", "?", "Unsure")}
LEVELS = {"bad": ("✕", "Act"), "warn": ("!", "Check"), "note": ("i", "Note")}
MISSING_SCORE = {"raw_score": None, "grade": "Unavailable", "score": None}


def opening(report: dict[str, Any]) -> str:
    """Title, verdict and the two gauges."""
    verdict = report.get("verdict") or {}
    reference = ((report.get("reference") or {}).get("synthetic_quality_score") or {}).get("raw_score")
    alarm = bool((report.get("privacy") or {}).get("alarm"))
    found = '<b class="s-bad">training rows show</b>' if alarm else ""
    gauges = (
        f"<figure>{gauge('g-quality', 'Synthetic quality', report.get('synthetic_quality_score') or MISSING_SCORE, reference)}"
        "<figcaption>Synthetic quality</figcaption></figure>"
        f"<figure>{gauge('g-privacy', 'Data privacy', report.get('data_privacy_score') or MISSING_SCORE, None, alarm=alarm)}"
        f"<figcaption>Data privacy{found}</figcaption></figure>"
    )
    note = '<p class="quiet">The mark on the arc: what unseen real rows score.</p>' if reference is not None else ""
    sentences = f'<p class="verdict">{text(verdict.get("quality", ""))}</p><p class="verdict">{text(verdict.get("privacy", ""))}</p>{note}'
    heading = f'<p class="eyebrow">Quality and privacy report</p><h1>{name(report.get("title") or "Synthetic data")}</h1>'
    return f'<header>{heading}<div class="top"><div>{sentences}</div><div class="gauges">{gauges}</div></div></header>\n'


def warnings_list(report: dict[str, Any]) -> str:
    """What needs action; a reassuring line when nothing does."""
    found = report.get("warnings") or []
    if not found:
        return section("warnings", "Warnings", '<p class="calm"><b>✓</b> Nothing needs action.</p>')
    lines = []
    for warning in found:
        icon, word = LEVELS.get(warning["level"], LEVELS["note"])
        action = f"<span>{text(warning['action'])}</span>" if warning.get("action") else ""
        lines.append(f'<li class="w-{text(warning["level"])}"><b><i>{icon}</i> {word}</b><div>{text(warning["what"])} {action}</div></li>')
    return section("warnings", "Warnings", f'<ul class="warnings">{"".join(lines)}</ul>')


def scores(report: dict[str, Any]) -> str:
    """One card per score with what it means."""
    cards = [_card(label, meaning, report[key]) for key, label, meaning in MEANINGS if key in report]
    lead = "Each score runs from 0 to 100. Grades: below 20 the worst, then in steps of 20; 80 and more is excellent."
    return section("scores", "Scores", f'<div class="cards">{"".join(cards)}</div>', lead)


def _card(label: str, meaning: str, score: dict[str, Any]) -> str:
    style, value = tone(score["grade"]), score.get("score")
    shown = "–" if value is None else str(value)
    notes = f'<p class="quiet">{text(score["notes"])}</p>' if score.get("notes") else ""
    share = None if score.get("raw_score") is None else score["raw_score"] / 100
    return (
        f'<article class="card"><h3>{text(label)}</h3>'
        f'<p class="score"><b>{shown}</b> <span class="s-{style}">{text(score["grade"])}</span></p>'
        f"{meter(share, f't-{style}')}<p>{text(meaning)}</p>{notes}</article>"
    )


def uses(report: dict[str, Any]) -> str:
    """Fit for use: what the table may serve for, with reasons."""
    rows = []
    for use in report.get("fit_for_use") or []:
        style, icon, word = FITS.get(use["fit"], FITS["no"])
        rows.append([text(use["use"]), f'<span class="fit s-{style}"><i>{icon}</i> {word}</span>', text(use["reason"])])
    return section("uses", "Fit for use", table([("Use", ""), ("Fit", ""), ("Reason", "wide")], rows, "What the table may be used for"))


def data_and_engine(report: dict[str, Any]) -> str:
    """The two tables in numbers, and how the synthetic one was made."""
    heads = [("", ""), ("Training", "num"), ("Synthetic", "num")]
    data = table(heads, _data_rows(report), "Training and synthetic table in numbers")
    engine = report.get("engine") or {}
    pairs = [("Model type", engine.get("model_type")), ("Engine", engine.get("engine"))]
    pairs += [(word[:1].upper() + word[1:], value) for word, value in engine.get("mechanism", []) if word != "engine"]
    card = facts([(word, value) for word, value in pairs if value not in (None, "")]) or ""
    held = f"Real rows set aside before training and used as the holdout: {report.get('holdout_rows', 0):,}."
    if not report.get("holdout_rows"):
        held = "No real rows were set aside before training."
    body = (
        f'<div class="two"><div>{data}</div><div class="card"><h3>Engine and mechanisms</h3>{card}<p class="quiet">{held}</p></div></div>'
    )
    return section("data", "Data and engine", body)


def _data_rows(report: dict[str, Any]) -> list[list[str]]:
    rows = [
        ["Rows", count(report.get("left_rows")), count(report.get("right_rows"))],
        ["Columns", count(report.get("left_cols")), count(report.get("right_cols"))],
    ]
    shares = []
    for side in ("left", "right"):
        cells = (report.get(f"{side}_rows") or 0) * max(1, len(report.get("fields") or []) + (report.get("fields_not_shown") or 0))
        shares.append(percent(report.get(f"{side}_missing", 0) / cells if cells else 0.0))
    rows.append(["Missing values", *shares])
    rows.append(["Repeated rows", count(report.get("left_duplicate_rows")), count(report.get("right_duplicate_rows"))])
    rows.append(["Rows equal to a training row", "–", count(report.get("memorized_lines"))])
    return rows
