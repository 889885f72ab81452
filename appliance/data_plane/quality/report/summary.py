"""The first screen: both verdicts with their gauges, what the table may serve for, what needs doing, and every score in one table."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.figures import ALARM, gauge, tone
from appliance.data_plane.quality.report.markup import count, explained, fold, name, percent, section, table, text
from appliance.data_plane.quality.report.plots import Dot, Scale, forest

MEANINGS = (
    ("synthetic_quality_score", "Synthetic quality", "All of the quality parts below in one number."),
    ("column_distribution_stability", "Column distribution", "Does every column on its own look the same?"),
    ("column_correlation_stability", "Column correlation", "Do columns depend on each other as before?"),
    ("deep_structure_stability", "Deep structure", "Do whole rows fall into the same shapes?"),
    ("text_structure_similarity", "Text structure", "Are texts built alike?"),
    ("text_semantic_similarity", "Text meaning", "Do texts speak of the same things?"),
    ("data_privacy_score", "Data privacy", "Both attacks below in one number; never read it without the worst attack."),
    ("membership_inference_protection_score", "Membership inference", "Can an attacker tell who was in the training data?"),
    ("attribute_inference_protection_score", "Attribute inference", "Can an attacker who knows three facts guess a fourth?"),
)
FITS = {"yes": ("ok", "✓", "Yes"), "care": ("warn", "!", "With care"), "no": ("bad", "✕", "No"), "unsure": ("warn", "?", "Unsure")}
OPEN_NOTES = 3
LEVELS = {"bad": ("✕", "Act"), "warn": ("!", "Check"), "note": ("i", "Note")}
MISSING_SCORE = {"raw_score": None, "grade": "Unavailable", "score": None}


def whole(value: float | None) -> str:
    """A score as it is shown everywhere: cut to a whole number; a dash for none."""
    return "–" if value is None else str(int(value))


HUNDRED = Scale(0, 100, None, ("0", "", "100"), whole)


def opening(report: dict[str, Any]) -> str:
    """Title, then the two answers: is it good, is it safe."""
    heading = f'<p class="eyebrow">Synthetic data report</p><h1>{name(report.get("title") or "Synthetic data", 120)}</h1>'
    return f'<header>{heading}{_tables(report)}<div class="top">{_good(report)}{_safe(report)}</div></header>\n'


def _tables(report: dict[str, Any]) -> str:
    if report.get("right_rows") is None:
        return ""
    held = report.get("holdout_rows") or 0
    yardstick = f" {held:,} real rows that the engine never saw serve as the yardstick." if held else " No real rows were held out."
    many = (
        f"{report['right_rows']:,} synthetic rows × {report.get('right_cols', 0):,} columns, compared with {report.get('left_rows', 0):,}"
    )
    return f'<p class="sub">{text(f"{many} training rows.{yardstick}")}</p>'


def _good(report: dict[str, Any]) -> str:
    reference = score_reference(report, "synthetic_quality_score")
    score = report.get("synthetic_quality_score") or MISSING_SCORE
    drawn = gauge("g-quality", "Synthetic quality", score, reference, interval=score_interval(report, "synthetic_quality_score"))
    note = f"Mark on the arc: unseen real rows score {int(reference)}. Thin arc: 95 % interval." if reference is not None else ""
    return _answer(report, "quality", "Is it good?", ("Data quality", drawn), text(note))


def _safe(report: dict[str, Any]) -> str:
    alarm = bool((report.get("privacy") or {}).get("alarm"))
    score = report.get("data_privacy_score") or MISSING_SCORE
    drawn = gauge("g-privacy", "Data privacy", score, None, alarm=alarm, interval=score_interval(report, "data_privacy_score"))
    worst = (report.get("verdict") or {}).get("worst_attack")
    note = f"<b>Worst attack:</b> {text(worst['said'])}" if worst else ""
    return _answer(report, "privacy", "Is it safe?", ("Data privacy", drawn), note)


def _answer(report: dict[str, Any], key: str, question: str, figure: tuple[str, str], note: str) -> str:
    verdict = report.get("verdict") or {}
    fit = (verdict.get("answers") or {}).get(key)
    style, icon, _ = FITS.get(fit["fit"], FITS["unsure"]) if fit else ("none", "", "")
    chip = f' <span class="chip fit s-{style}"><i aria-hidden="true">{icon}</i> {text(fit["word"])}</span>' if fit else ""
    caption, drawn = figure
    under = f'<p class="quiet">{note}</p>' if note else ""
    return (
        f'<article class="answer"><figure>{drawn}<figcaption>{text(caption)}</figcaption></figure>'
        f'<div><h2>{text(question)}{chip}</h2><p class="verdict">{text(verdict.get(key, ""))}</p>{under}</div></article>'
    )


def score_interval(report: dict[str, Any], key: str) -> tuple[float, float] | None:
    """The 95 % interval of a score, where the report has one."""
    found: dict[str, Any] | None = _estimate(report, key)
    if not found and key == "data_privacy_score":
        found = (report.get("privacy") or {}).get("interval")
    return (found["low"], found["high"]) if found and found.get("low") is not None else None


def _estimate(report: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = ((report.get("intervals") or {}).get("scores") or {}).get(key) or {}
    return found


def score_reference(report: dict[str, Any], key: str) -> float | None:
    """What unseen real rows score, where it was measured."""
    held: float | None = _estimate(report, key).get("reference")
    return ((report.get("reference") or {}).get(key) or {}).get("raw_score") if held is None else held


def uses(report: dict[str, Any]) -> str:
    """Fit for use: what the table may serve for, with reasons."""
    rows = []
    for use in report.get("fit_for_use") or []:
        style, icon, word = FITS.get(use["fit"], FITS["no"])
        chip = f'<span class="fit s-{style}"><i aria-hidden="true">{icon}</i> {word}</span>'
        rows.append([text(use["use"]), chip, text(use["reason"])])
    shown = table([("Use", ""), ("Fit", ""), ("Why", "wide")], rows, "What the table may be used for", kind="uses")
    return section("uses", "What is it fit for?", shown)


def warnings_list(report: dict[str, Any]) -> str:
    """What needs action, then plain notes (in a fold where there are many); a reassuring line when there is neither."""
    found = report.get("warnings") or []
    urgent, notes = ([warning for warning in found if (warning["level"] == "note") is plain] for plain in (False, True))
    calm = '<p class="calm"><b aria-hidden="true">✓</b> Nothing needs doing.</p>'
    body = f'<ul class="warnings">{"".join(map(_warned, urgent))}</ul>' if urgent else calm
    listed = f'<ul class="warnings">{"".join(map(_warned, notes))}</ul>' if notes else ""
    if len(notes) > OPEN_NOTES:
        listed = fold(f"{len(notes)} notes", listed)
    return section("warnings", "What needs doing?", body + listed)


def _warned(warning: dict[str, str]) -> str:
    icon, word = LEVELS.get(warning["level"], LEVELS["note"])
    action = f"<span>{text(warning['action'])}</span>" if warning.get("action") else ""
    badge = f'<b><i aria-hidden="true">{icon}</i> {word}</b>'
    return f'<li class="w-{text(warning["level"])}">{badge}<div>{text(warning["what"])} {action}</div></li>'


def scores(report: dict[str, Any]) -> str:
    """Every score with its interval, the held-out rows' score and its meaning."""
    dots = [_score(report, key, label, meaning) for key, label, meaning in MEANINGS if key in report]
    shown = forest(dots, HUNDRED, "Every score with its interval", ("Score", "Value", "Unseen real rows", "Grade"))
    texts = ("text",) if "text_structure_similarity" in report else ()
    how = explained("quality", "distribution", "correlation", "structure", *texts, "privacy", "membership", "attribute")
    lead = "From 0 to 100, 80 and more is excellent. The upright mark is what real rows score that the engine never saw."
    return section("scores", "Scores", shown + how, lead)


def _score(report: dict[str, Any], key: str, label: str, meaning: str) -> Dot:
    score = report[key]
    reference = score_reference(report, key)
    low, high = score_interval(report, key) or (None, None)
    word = score.get("grade", "Unavailable")
    alarm = key == "data_privacy_score" and (report.get("privacy") or {}).get("alarm")
    reading = ("bad", ALARM) if alarm else (tone(word), word)
    note = text(score.get("notes") or meaning)
    return Dot(text(label), score.get("raw_score"), low, high, reference, reading, note)


def data_and_engine(report: dict[str, Any]) -> str:
    """The two tables in numbers."""
    heads = [("", ""), ("Training", "num"), ("Synthetic", "num")]
    return section("data", "The two tables", table(heads, _data_rows(report), "Training and synthetic table in numbers", kind="small"))


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
    rows.append(["Rows equal to a training row", "–", _copies(report)])
    return rows


def _copies(report: dict[str, Any]) -> str:
    """How many rows are copies, and how many of these could point at somebody: only a row that the training table holds once can."""
    exact = (report.get("privacy") or {}).get("exact_copies") or {}
    alone = (
        f" ({count(exact['unique'])} of them of a row that stands there once)"
        if report.get("memorized_lines") and "unique" in exact
        else ""
    )
    return count(report.get("memorized_lines")) + alone
