"""Copies, distances, the mechanism that protects, and personal data that came through."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.markup import (
    count,
    explained,
    facts,
    figure,
    name,
    not_measured,
    number,
    percent,
    section,
    table,
    text,
)
from appliance.data_plane.quality.report.plots import Line, curve_table, curves, key

WHOLE = 400
"""Characters of a fact of the promise: none of it is cut."""

HEADS = [("Synthetic rows that …", ""), ("Rows", "num"), ("Share", "num"), ("95 % interval", "num"), ("Unseen real rows", "num")]


def copies(report: dict[str, Any]) -> str:
    """Exact, near and partial copies beside the rate of real rows."""
    found = report.get("privacy") or {}
    exact = found.get("exact_copies")
    if not exact:
        return ""
    rows = [
        ["equal a training row", count(exact["copies"]), percent(exact["share"], 2), "–", percent(exact["holdout_share"], 2)],
        [
            "equal a row the training table holds once",
            count(exact["unique"]),
            percent(exact["unique_share"], 2),
            "–",
            percent(exact["holdout_unique_share"], 2),
        ],
        *_near(found.get("near_copies")),
        *_partial(found.get("copies") or {}),
    ]
    left_out = found.get("identifier_columns_left_out") or []
    note = f"{counted(len(left_out), 'key column')} left out of the comparison. " if left_out else ""
    note += "Real rows repeat each other by chance; only what exceeds the rate of unseen real rows is a copy."
    shown = table(HEADS, rows, "Exact, near and partial copies of training rows")
    return section("copies", "Copies", shown + _tests(found) + explained("copies"), note)


def _near(near: dict[str, Any] | None) -> list[list[str]]:
    if not near:
        return []
    words = "come as near to one as the nearest 1 % of unseen real rows"
    return [[words, "–", percent(near["share"], 2), _between(near), percent(near["holdout_share"], 2)]]


def _between(found: dict[str, Any]) -> str:
    return "–" if found.get("low") is None else f"{percent(found['low'], 2)} to {percent(found['high'], 2)}"


def _partial(found: dict[str, Any]) -> list[list[str]]:
    rows = []
    partial, rare, outliers = (found.get(key) for key in ("partial", "rare_values", "outliers"))
    if partial:
        columns = partial["columns"]
        many = len(columns) if isinstance(columns, list) else columns
        words = f"repeat a combination of {counted(many, 'column')} that one training row has"
        rows.append(_copied(words, partial.get("matches"), partial))
    if rare:
        words = f"hold one of the values of fewer than 10 training rows ({rare['replayed']:,} of {rare['values']:,} came back)"
        rows.append(_copied(words, rare.get("rows"), rare))
    if outliers:
        rows.append(_copied("lie beside one of the most unusual training rows", outliers.get("rows"), outliers))
    return rows


def _copied(words: str, rows: Any, found: dict[str, Any]) -> list[str]:
    shown = count(rows) if isinstance(rows, (int, float)) else "–"
    return [text(words), shown, percent(found.get("share"), 2), _between(found), percent(found.get("reference"), 2)]


def _tests(found: dict[str, Any]) -> str:
    tests = found.get("tests") or []
    if not tests:
        return ""
    rows = []
    for test in tests:
        style, icon, word = ("bad", "✕", "Alarm") if test["failed"] else ("ok", "✓", "Calm")
        chip = f'<span class="fit s-{style}"><i aria-hidden="true">{icon}</i> {word}</span>'
        rows.append(
            [text(str(test["test"]).replace("_", " ").capitalize()), number(test.get("value"), 4), number(test.get("limit"), 4), chip]
        )
    heads = [("Test", ""), ("Value", "num"), ("Alarm above", "num"), ("Reading", "")]
    return f"<h3>What would raise the alarm</h3>{table(heads, rows, 'Tests behind the alarm')}"


DISTANCES = (
    ("dcr", "To the nearest real row", "Distance to the closest record"),
    ("nndr", "Nearest by second nearest", "Nearest-neighbour distance ratio"),
)


def distances(report: dict[str, Any]) -> str:
    """Two pairs of cumulated curves: synthetic rows to training rows and to held-out rows."""
    found = (report.get("privacy") or {}).get("distance")
    if not found:
        return not_measured(report, "distance", "distances", "Distances")
    drawn = [_distance(f"e-{key}", title, spoken, found[key]) for key, title, spoken in DISTANCES if found.get(key)]
    lead = "Synthetic rows should be no nearer to training rows than to real rows that the engine never saw: both curves lie on each other."
    return section("distances", "Distances", f'<div class="two">{"".join(drawn)}</div>{explained("distance")}', lead)


def _distance(identity: str, title: str, spoken: str, found: dict[str, Any]) -> str:
    levels = list(found.get("levels") or [])
    lines = [
        Line("To training rows", "syn-line", found.get("to_training") or [], levels, steps=True),
        Line("To unseen rows", "held-line", found.get("to_holdout") or [], levels, steps=True),
    ]
    ideal = found.get("ideal")
    aside = f"{percent(found['share'])} nearer to training ({percent(found.get('low'))} to {percent(found.get('high'))}"
    aside += f"; ideal {percent(ideal, 0)})" if ideal is not None else ")"
    if not levels:
        return figure(f"{identity}-f", text(title), "", aside=text(aside))
    ends = [value for line in lines for value in line.xs if value is not None]
    drawn = curves(
        identity, spoken, aside, lines, axes=("distance", "share of synthetic rows"), reach=(min(ends), max(ends), 0.0, 1.0)
    ) + key([("syn-line", "to training rows"), ("held-line", "to unseen real rows")])
    quantiles = [Line("To training rows", "", levels, lines[0].xs), Line("To unseen rows", "", levels, lines[1].xs)]
    return figure(f"{identity}-f", text(title), drawn, curve_table(quantiles, spoken, "Quantile"), aside=text(aside))


def mechanism(report: dict[str, Any]) -> str:
    """How the table was made, and the promise that goes with it."""
    engine = report.get("engine") or {}
    found = (report.get("privacy") or {}).get("mechanism") or {}
    pairs = [("Model type", engine.get("model_type")), ("Engine", engine.get("engine"))]
    told = found.get("facts") or engine.get("mechanism") or []
    pairs += [(str(word)[:1].upper() + str(word)[1:], value) for word, value in told if word != "engine"]
    body = f'<div class="card"><h3>How it was made</h3>{facts([(word, value) for word, value in pairs if value not in (None, "")])}</div>'
    budget = found.get("budget") or []
    if budget:
        body += f'<div class="card"><h3>Differential privacy</h3>{facts([(str(word), value) for word, value in budget], WHOLE)}</div>'
    note = f'<p class="quiet">{text(found["note"])}</p>' if found.get("note") else ""
    return section("mechanism", "Engine and mechanism", f'<div class="two">{body}</div>{note}')


def replay(report: dict[str, Any]) -> str:
    """Personal data of the training table that came back, beside what chance expects."""
    found = report.get("pii_replay")
    if not found or not found.get("columns"):
        return not_measured(report, "pii_replay", "replay", "Personal data")
    rows = []
    for column in found["columns"]:
        style, icon, word = ("bad", "✕", "Too many") if column.get("alarm") else ("ok", "✓", "No more than chance")
        chip = f'<span class="fit s-{style}"><i aria-hidden="true">{icon}</i> {word}</span>'
        seen = [count(column.get(key)) for key in ("values", "replayed")]
        rare = [count(column.get(key)) for key in ("rare_values", "rare_replayed")]
        rows.append([
            name(column["name"]), text(str(column["entity"]).replace("_", " ")), *seen, number(column.get("expected"), 1), *rare,
            number(column.get("rare_expected"), 1), chip,
        ])  # fmt: skip
    heads = [
        ("Column", ""), ("Kind", ""), ("Real values", "num"), ("came back", "num"), ("by chance", "num"), ("Rare ones", "num"),
        ("came back", "num"), ("by chance", "num"), ("Reading", ""),
    ]  # fmt: skip
    lead = "Columns of personal data: how many real values stand in the synthetic table? Rare ones are held by fewer than 10 training rows."
    return section("replay", "Personal data", table(heads, rows, "Personal data that came back", kind="dense") + explained("replay"), lead)
