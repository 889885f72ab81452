"""Whether the synthetic rows are possible at all: every rule of the columns and between them, with the rows that break it."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.markup import count, explained, fold, name, not_measured, percent, section, table, text

CHECKS = {
    "type": ("can be read as the column’s type", "type"),
    "range": ("lies within the training range", "range"),
    "category": ("is a category of the training table", "categories"),
    "pattern": ("is built like the training values", "pattern"),
    "unique": ("occurs once, as a key must", "keys once"),
    "null": ("is there where training rows always have one", "always there"),
}
TITLE = "Valid rows"


def validity(report: dict[str, Any]) -> str:
    """Ticks with counts: the broken rules in the open, the kept ones in a fold, a line for each column."""
    found = report.get("validity")
    if not found:
        return not_measured(report, "validity", "validity", TITLE)
    broken = sorted((line for line in [*_columns(found), *_constraints(found)] if line[0]), key=lambda line: -line[1])
    failed, every = int(found.get("failed") or 0), int(found.get("checks") or 0)
    said = "Every rule holds as it does for real rows." if not failed else f"{counted(failed, 'rule')} broken more often than by real rows."
    style, icon = ("", "✓") if not failed else (" w-warn", "!")
    body = f'<p class="calm{style}"><b aria-hidden="true">{icon}</b> {text(said)}</p>'
    body += _shown([line[2] for line in broken], "Broken rules, most often first") if broken else ""
    body += _kept(found, every - failed)
    lead = f"{counted(every, 'rule')} found in the training table, tried on {counted(found.get('rows', 0), 'synthetic row')}."
    return section("validity", TITLE, body + explained("validity"), lead)


Line = tuple[bool, float, list[str]]
"""Whether the rule is broken, by what share of the rows, and its cells."""


def _kept(found: dict[str, Any], many: int) -> str:
    rows = []
    for column in found.get("columns") or []:
        kept = [CHECKS.get(check["check"], ("", check["check"]))[1] for check in column["checks"] if not check["failed"]]
        if kept:
            rows.append([name(column["name"]), text(", ".join(kept))])
    for rule in found.get("constraints") or []:
        if not rule["failed"]:
            first, second = (name(column) for column in rule["columns"])
            rows.append([first, f"{'never above' if rule['form'] == 'ordered' else 'decides'} {second}"])
    shown = table([("Column", ""), ("Rules kept", "wide")], rows, "Rules that hold", kind="dense")
    return fold(f"{counted(many, 'rule')} kept", shown, "long") if rows else ""


def _columns(found: dict[str, Any]) -> list[Line]:
    return [
        _line(name(column["name"]), text(CHECKS.get(check["check"], (check["check"], ""))[0]), check)
        for column in found.get("columns") or []
        for check in column["checks"]
    ]


def _constraints(found: dict[str, Any]) -> list[Line]:
    lines = []
    for rule in found.get("constraints") or []:
        first, second = (name(column) for column in rule["columns"])
        ordered = rule["form"] == "ordered"
        said = f"is never above {second}" if ordered else f"decides {second}"
        lines.append(_line(first, said, rule))
    return lines


def _line(subject: str, rule: str, check: dict[str, Any]) -> Line:
    rows = ", ".join(f"{row:,}" for row in check.get("rows") or [])
    more = "" if not rows else rows + (" …" if check["offending"] > len(check["rows"]) else "")
    cells = [subject, rule, _mark(bool(check["failed"])), count(check["offending"]), percent(check.get("share"), 2)]
    return bool(check["failed"]), float(check.get("share") or 0.0), [*cells, percent(check.get("reference"), 2), more]


def _mark(failed: bool) -> str:
    style, icon, word = ("bad", "✕", "Broken") if failed else ("ok", "✓", "Kept")
    return f'<span class="fit s-{style}"><i aria-hidden="true">{icon}</i> {word}</span>'


def _shown(rows: list[list[str]], caption: str) -> str:
    heads = [
        ("Column", ""), ("A value …", ""), ("", ""), ("Rows against it", "num"), ("Share", "num"), ("Unseen real rows", "num"),
        ("First rows", "few"),
    ]  # fmt: skip
    return table(heads, rows, caption, kind="dense")
