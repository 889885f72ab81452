"""The page: sections in order, the style sheet inside, not a byte from elsewhere."""

from __future__ import annotations

from importlib import resources
from typing import Any

from appliance.data_plane.quality.report.details import columns, correlations, detection, sample, structure
from appliance.data_plane.quality.report.markup import facts, fold, paragraph, section, table, text
from appliance.data_plane.quality.report.privacy import privacy
from appliance.data_plane.quality.report.summary import data_and_engine, opening, scores, uses, warnings_list

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
SECTIONS = (warnings_list, scores, uses, data_and_engine, columns, correlations, structure, detection, privacy, sample)
LINKS = (
    ("scores", "Scores"), ("uses", "Fit for use"), ("data", "Data"), ("columns", "Columns"), ("correlation", "Correlation"),
    ("structure", "Structure"), ("privacy", "Privacy"), ("provenance", "Provenance"),
)  # fmt: skip
GLOSSARY = (
    (
        "Synthetic quality score",
        "(correlation + 0.84 × deep structure + 0.86 × distribution) ÷ 2.7 for the tabular columns, 0.7 × meaning + 0.3 × structure for "
        "texts, averaged by the number of columns. Parts that cannot be measured are left out with their weight. "
        "Identical tables score 100.",
    ),
    (
        "Column distribution",
        "Jensen–Shannon distance (base 2) of each column, numbers binned by Doane’s rule. Mean distance d: 100 below 0.02, "
        "else 10 × (7.44 d² − 16.646 d + 10.305).",
    ),
    (
        "Column correlation",
        "Mean absolute difference e of the two association matrices: 100 below 0.01, 0 above 0.46, "
        "else 10 × (37.562 e² − 35.643 e + 10.056).",
    ),
    ("Deep structure", "Two principal components fitted on the training rows; mean distance p of their values: 100 × exp(−1.6 p)."),
    ("Data privacy score", "Mean of membership and attribute inference protection. It never replaces the worst finding above."),
    ("Holdout", "Real rows set aside before training. The engine never saw them, so they show what chance alone gives."),
)


def render_report(report: dict[str, Any]) -> str:
    """The report as one HTML document; the same report gives the same text. `report` is what `judge` returned, `run` filled or not."""
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    title = report.get("title") or "Synthetic data"
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{text(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{text(title)} – quality and privacy report</title><style>{style}</style></head>\n"
    )
    links = "".join(f'<a href="#{identity}">{label}</a>' for identity, label in LINKS)
    body = "".join(part(report) for part in SECTIONS) + _provenance(report)
    skip = '<a class="skip" href="#main">Skip to the report</a>'
    return f'{head}<body>{skip}{opening(report)}<nav aria-label="Sections">{links}</nav><main id="main">{body}</main></body></html>\n'


def _provenance(report: dict[str, Any]) -> str:
    sampling = report.get("sampling") or {}
    run = _flat(report.get("run") or {})
    measured = table(
        [("Setting", ""), ("Value", "num")], [[text(word), text(value)] for word, value in _settings(sampling)], "How it was measured"
    )
    versions = facts(sorted((report.get("versions") or {}).items())) if report.get("versions") else ""
    about = f"<h3>Run</h3>{facts(run)}" if run else ""
    words = "".join(f"<h3>{text(term)}</h3>{paragraph(meaning)}" for term, meaning in GLOSSARY)
    body = f"{about}{versions}{measured}{fold('How the scores are computed', words)}"
    return section(
        "provenance",
        "Provenance",
        body,
        f"Report version {report.get('report_version', 1)}. Everything above is also in the report’s JSON.",
    )


def _settings(sampling: dict[str, Any]) -> list[tuple[str, str]]:
    def pair(key: str) -> str:
        ours, theirs = sampling.get(key) or (0, 0)
        return f"{ours:,} / {theirs:,}"

    return [
        ("Seed", str(sampling.get("seed", "–"))),
        ("Rows read for the scores (training / synthetic)", pair("score_rows")),
        ("Rows read for correlation (training / synthetic)", pair("correlation_rows")),
        ("Columns in correlation (most)", f"{sampling.get('correlation_columns', 0)} ({sampling.get('correlation_columns_limit', 75)})"),
        ("Synthetic rows an attack may search", f"{sampling.get('attack_rows', 0):,}"),
        ("Columns by which attacks compare rows (most)", f"{sampling.get('attack_columns_limit', 0):,}"),
        ("Rows a search for copies may read", f"{sampling.get('copy_rows', 0):,}"),
        ("Columns shown (most)", f"{sampling.get('report_columns_limit', 0):,}"),
        ("Training rows that must hold a value before it is named", str(sampling.get("named_from_rows", 10))),
    ]


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Words and values of nested objects, keys joined by a space."""
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        word = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, dict):
            found += _flat(value, word + " ")
        elif value is not None:
            found.append((word, f"{value:,.2f}" if isinstance(value, float) else str(value)))
    return found
