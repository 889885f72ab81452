"""What the pages of the smaller reports share: head, answers, provenance."""

from __future__ import annotations

import re
from typing import Any

from appliance.data_plane.quality.report.document import document
from appliance.data_plane.quality.report.figures import gauge
from appliance.data_plane.quality.report.markup import facts, fold, name, paragraph, section, table, text


def sheet(report: dict[str, Any], kind: str, sub: str, answers: str, parts: str, links: tuple[tuple[str, str], ...]) -> str:
    """A whole page: `kind` says what report it is, `sub` what was compared (plain text); `answers` and `parts` are markup."""
    title = report.get("title") or "Synthetic data"
    written = set(re.findall(r'<section id="([a-z]+)"', parts))
    shown = "".join(f'<a href="#{identity}">{label}</a>' for identity, label in links if identity in written)
    heading = f'<p class="eyebrow">{text(kind)}</p><h1>{name(title, 120)}</h1><p class="sub">{text(sub)}</p>'
    return document(
        f"{title} – {kind.lower()}",
        f'<header>{heading}<div class="top">{answers}</div></header>\n<nav aria-label="Sections">{shown}</nav>'
        f'<main id="main" tabindex="-1">{parts}</main>',
    )


def score_answer(question: str, said: str, score: dict[str, Any], caption: str, interval: tuple[float, float] | None = None) -> str:
    """A question, its answer in a sentence, and the score as a gauge."""
    drawn = gauge("g-score", caption, score, None, interval=interval)
    return (
        f'<article class="answer"><figure>{drawn}<figcaption>{text(caption)}</figcaption></figure>'
        f'<div><h2>{text(question)}</h2><p class="verdict">{text(said)}</p></div></article>'
    )


def facts_answer(question: str, said: str, pairs: list[tuple[str, Any]]) -> str:
    """A question, its answer in a sentence, and the figures behind it."""
    return f'<article class="card"><h3>{text(question)}</h3><p class="verdict">{text(said)}</p>{facts(pairs)}</article>'


def provenance(report: dict[str, Any], settings: list[tuple[str, str]], meanings: tuple[tuple[str, str], ...]) -> str:
    """How it was measured: settings, what each measure means, versions, and the run."""
    words = "".join(f"<h3>{text(term)}</h3>{paragraph(meaning)}" for term, meaning in meanings)
    rows = [[text(word), text(value)] for word, value in settings]
    measured = table([("Setting", ""), ("Value", "num")], rows, "How it was measured", kind="small")
    run = [(str(key).replace("_", " "), value) for key, value in (report.get("run") or {}).items() if value is not None]
    about = f"<h3>Run</h3>{facts(run)}" if run else ""
    versions = facts(sorted((report.get("versions") or {}).items())) if report.get("versions") else ""
    lead = f"Report version {report.get('report_version', 1)}. Everything above is also in the report’s JSON."
    return section("provenance", "Provenance", f"{measured}{fold('How it is computed', words)}{about}{versions}", lead)
