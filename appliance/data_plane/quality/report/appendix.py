"""The end of the report: sample rows, how it was made and measured, the data dictionary, the glossary."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.columns import dictionary
from appliance.data_plane.quality.report.markup import facts, fold, name, section, table, text

SCHEMA = "report.schema.json"
GLOSSARY = (
    ("Training rows", "The real rows that the engine learnt from."),
    ("Unseen real rows, holdout", "Real rows set aside before training. The engine never saw them, so they show what chance alone gives."),
    ("95 % interval", "Had other rows been drawn, the figure would lie within it nineteen times in twenty. Wide means few rows."),
    ("Risk beyond control", "How much more often an attack is right about training rows than about unseen ones, of what was left to win."),
    ("The tail", "The rows that lie nearest to a synthetic row: where an engine that remembers rows shows it first."),
    ("AUC", "Area under the ROC curve: the chance that a guesser ranks a right case above a wrong one. 0.5 is guessing."),
    (
        "Differential privacy, ε and δ",
        "A proven bound on what anybody can learn of any one row from what was made; a smaller ε promises more.",
    ),
    ("Key, identifier", "A column whose values name one row each. It is made anew, listed, and in no score."),
)


def sample(report: dict[str, Any]) -> str:
    """Some synthetic rows, when the report has them."""
    found = report.get("synthetic_sample")
    if not found or not found["rows"]:
        return ""
    heads = [("Row", "num")] + [(name(column, 40), "") for column in found["columns"]]
    rows = [
        [str(i + 1), *('<span class="quiet">missing</span>' if cell is None else name(cell, 120) for cell in row)]
        for i, row in enumerate(found["rows"])
    ]
    lead = f"Synthetic rows. A value that fewer than {found['hidden_below_rows']} training rows hold is shown as “…”."
    return section("sample", "Sample rows", table(heads, rows, "Sample of synthetic rows", kind="dense cells"), lead)


def appendix(report: dict[str, Any]) -> str:
    """Settings, seeds, versions, digests; then dictionary and glossary in folds."""
    found = report.get("provenance") or {}
    version = report.get("report_version", 1)
    settings = [[text(word), text(value)] for word, value in _settings(report.get("sampling") or {})]
    method = (report.get("intervals") or {}).get("method")
    settings += [["Intervals of the scores", text(method)]] if method else []
    measured = table([("Setting", ""), ("Value", "num")], settings, "How it was measured", kind="dense")
    origin = [(str(word), value) for word, value in found.get("facts") or []]
    origin += [("seed", found["seed"])] if found.get("seed") is not None else []
    origin += [("digest of the columns", found["schema_digest"])] if found.get("schema_digest") else []
    words = "".join(f"<dt>{text(term)}</dt><dd>{text(meaning)}</dd>" for term, meaning in GLOSSARY)
    cards = _card("Run", _flat(report.get("run") or {})) + _card("Versions", sorted((report.get("versions") or {}).items()))
    body = f'<div class="two">{cards}{_card("Origin", origin)}</div>' + _left_out(report) + fold("How it was measured", measured)
    body += fold("Data dictionary", dictionary(report)) + fold("Glossary", f'<dl class="words">{words}</dl>')
    lead = f"Report version {version}, written from report.json alone; its shape is the JSON Schema {SCHEMA}, version {version}."
    return section("appendix", "Appendix", body, lead)


def _card(title: str, pairs: list[tuple[str, Any]]) -> str:
    return f'<div class="card facts"><h3>{text(title)}</h3>{facts(pairs)}</div>' if pairs else ""


def _left_out(report: dict[str, Any]) -> str:
    """What was not measured, and why, where no section of its own says so."""
    reasons = sorted((report.get("not_measured") or {}).items())
    if not reasons:
        return ""
    lines = "".join(f"<dt>{text(key.replace('_', ' ').capitalize())}</dt><dd>{text(reason)}</dd>" for key, reason in reasons)
    return fold("Not measured", f'<dl class="words">{lines}</dl>')


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
        *((f"Most {str(key).replace('_', ' ')}", f"{value:,}") for key, value in (sampling.get("caps") or {}).items()),
    ]


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Words and values of nested objects, keys joined by a space."""
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        word = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, dict):
            found += _flat(value, word + " ")
        elif value is not None:
            found.append((word, f"{value:,.2f}" if isinstance(value, float) else str(value)))
    return found
