"""The report as one HTML page, written from its JSON alone. Every string of the data passes through `name` or `text`."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.detection.report.page import advice, answer, page, provenance
from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.markup import count, fold, name, paragraph, percent, section, table, text
from appliance.data_plane.transform.report.wording import identifies

LINKS = (
    ("warnings", "To do"), ("columns", "Columns"), ("rules", "Rules"), ("drops", "Rows dropped"), ("rest", "Other columns"),
    ("terms", "Terms"), ("provenance", "Provenance"),
)  # fmt: skip
STATES = {
    "changed": ("ok", "✓", "changed"),
    "partly": ("warn", "!", "changed in part"),
    "searched": ("ok", "✓", "searched inside"),
    "exposed": ("bad", "✕", "as before"),
    "dropped": ("ok", "✓", "dropped"),
    "kept": ("none", "–", "as before"),
}
MODES = {"compiled": "compiled", "distinct": "once per distinct value", "row": "row by row", "": "–"}
TERMS = (
    ("Looks like now", "What a second search found in the output. It cannot tell a fake from a source value: in columns that were "
     "changed it names what the fakes are."),
    ("Replayed", "The share of distinct source values that are among the column’s values again. Of names and places some come again by "
     "chance, in other rows; of numbers that are one person’s own none should."),
    ("Distinct", "Distinct values before → after. Fewer after: different values became the same one; unique keeps them apart."),
    ("Failed", "Cells whose expression could not be worked out. They never keep their source value."),
    ("Redrawn", "Fakes that equalled the value they replace and were drawn again."),
)  # fmt: skip


def render(report: dict[str, Any]) -> str:
    """The whole page; the same report gives the same text."""
    parts = [*advice(report), columns(report), rules(report), drops(report), rest(report), terms(), provenance(report)]
    return page(report, "Transform report", _sub(report), _answers(report), "".join(parts), LINKS)


def _sub(report: dict[str, Any]) -> str:
    rows, wide = report["rows"], len(report["columns_in"])
    gone = f", {rows['dropped']:,} of them dropped" if rows["dropped"] else ""
    return f"{rows['in']:,} rows × {wide:,} columns went in{gone}; {rows['out']:,} rows × {len(report['columns_out']):,} columns came out."


def _answers(report: dict[str, Any]) -> str:
    verdict, found = report["verdict"], {entry["field"]: entry["value"] for entry in report["summary"]}
    first = [
        ("columns changed", f"{found['fields_changed']:,}"),
        ("columns dropped", f"{found['fields_dropped']:,}"),
        ("left and identifying", f"{found['fields_left_identifying']:,}"),
        ("cells changed", f"{found['cells_changed']:,}"),
        ("cells that failed", f"{found['cells_failed']:,}"),
    ]
    key = report["key"]
    second = [("key", "made from the seed" if key["weak"] else f"number {key['number']} of the project")]
    words = {"bad": "Personal data is left", "warn": "Look closer", "ok": "Nothing is left"}
    level = verdict["level"]
    linking = "warn" if key["weak"] else "ok"
    return answer("What became of it?", verdict["changed"], (level, words[level]), first) + answer(
        "Who can link it back?", verdict["linking"], (linking, "Guessable" if key["weak"] else "Nobody by what was changed"), second
    )


def _mark(column: dict[str, Any]) -> str:
    style, icon, word = STATES[column["state"]]
    if column["state"] == "exposed" and not identifies(column):
        style, icon = "warn", "!"
    return f'<span class="fit s-{style}"><i aria-hidden="true">{icon}</i> {text(word)}</span>'


def columns(report: dict[str, Any]) -> str:
    """Every column that held personal data or that a rule has touched."""
    shown = [column for column in report["columns"] if column["found"] or column["residual"] or column["made"]]
    if not shown:
        return ""
    heads = [
        ("Column", ""), ("Held", ""), ("Now", ""), ("Changed cells", "num"), ("Distinct", "num"), ("Missing", "num"),
        ("Replayed", "num"), ("Looks like now", "few"),
    ]  # fmt: skip
    order = ("exposed", "partly", "changed", "searched", "dropped", "kept")
    rows = [_column(column) for column in sorted(shown, key=lambda column: order.index(column["state"]))]
    lead = (
        "Columns that held personal data or that rules have touched, those that need a look first. Arrows: before → after. "
        "“Looks like now” is what a second search takes the output for: made e-mail addresses look like e-mail addresses, so beside "
        "“changed” it means made values, and only beside “as before” or “changed in part” values of the source."
    )
    return section("columns", "Columns", table(heads, rows, "Columns before and after", kind="dense"), lead)


def _column(column: dict[str, Any]) -> list[str]:
    origin = f"was {name(column['source'])}" if column["source"] else "added"
    was = f' <span class="quiet">{origin}</span>' if column["source"] != column["name"] else ""
    entity = column["entity"]
    return [
        name(column["name"]) + was,
        _labels(column["found"]) + (f' <span class="quiet">as {name(entity)}</span>' if entity and [entity] != column["found"] else ""),
        _mark(column),
        _share_of(column["changed"], column["changed"] + column["kept"]) if column["made"] else "–",
        _course(column["distinct_before"], column["distinct_after"], "" if column["exact"] else "≈ "),
        _course(column["missing_before"], column["missing_after"]),
        percent(column["replayed"]) if column["replayed"] is not None else "–",
        _labels(column["residual"]) + (' <span class="quiet">(made)</span>' if column["residual"] and column["state"] == "changed" else ""),
    ]


def _share_of(part: int, whole: int) -> str:
    return f'<span class="pair">{count(part)} <span>of {count(whole)}</span></span>'


def _course(before: int | None, after: int | None, about: str = "") -> str:
    return "–" if before is None else f'<span class="pair">{about}{count(before)} → {count(after)}</span>'


def _labels(found: list[str]) -> str:
    return ", ".join(name(label) for label in found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "") if found else "–"


def rules(report: dict[str, Any]) -> str:
    """What every rule did, in the order in which they ran; those that selected nothing in a fold."""
    heads = [
        ("Rule", ""), ("Columns", "few"), ("Ran", ""), ("Selected", "num"), ("Changed", "num"), ("As before", "num"), ("Missing", "num"),
        ("Failed", "num"), ("Redrawn", "num"),
    ]  # fmt: skip
    used = [rule for rule in report["rules"] if rule["matched"]]
    idle = [rule for rule in report["rules"] if not rule["matched"]]
    if not report["rules"]:
        return ""
    body = table(heads, map(_rule, used), "Rules in their order", kind="dense") if used else paragraph("No rule selected a cell.")
    if idle:
        body += fold(f"{counted(len(idle), 'rule')} that selected nothing", table(heads, map(_rule, idle), "Idle rules", kind="dense"))
    body += fold("The rules as they were given", f"<pre>{text_lines(report['rules_text'])}</pre>") if report["rules_text"] else ""
    lead = (
        "In the order in which they ran. “As before” counts cells that a rule selected and left alone, on purpose or by chance. "
        "“Ran”: compiled is over whole columns at once, once per distinct value is one evaluation for equal cells, row by row is one for "
        "each row; the three differ in speed only."
    )
    return section("rules", "Rules", body, lead)


def text_lines(plain: str) -> str:
    """Text of several lines, escaped line by line."""
    return "\n".join(text(line) for line in plain.split("\n"))


def _rule(rule: dict[str, Any]) -> list[str]:
    said = f'<br><span class="quiet">{name(rule["description"], 120)}</span>' if rule["description"] else ""
    said = f'<br><span class="quiet">{name(rule["text"], 170)}</span>{said}' if rule.get("text") else said
    locked = f'<span class="quiet">locked: {", ".join(map(name, rule["locked"][:4]))}</span>' if rule.get("locked") else ""
    more = f" and {len(rule['columns']) - 4} more" if len(rule["columns"]) > 4 else ""
    left = f"{count(rule['unchanged'])}" if not rule["passthrough"] else f"{count(rule['matched'] - rule['changed'])} passed through"
    return [
        name(rule["place"], 120) + said,
        " ".join(filter(None, [", ".join(name(column) for column in rule["columns"][:4]) + more, locked])) or "–",
        text(MODES.get(rule["mode"], rule["mode"])),
        count(rule["matched"]),
        count(rule["changed"]),
        left,
        count(rule["missing"]),
        count(rule["errors"]) + (f' <span class="quiet">{count(rule["fallbacks"])} by fallback</span>' if rule["fallbacks"] else ""),
        count(rule["redrawn"]),
    ]


def drops(report: dict[str, Any]) -> str:
    """Rules that dropped rows."""
    if not report["row_drops"]:
        return ""
    heads = [("Rule", ""), ("Rows dropped", "num"), ("Condition failed", "num")]
    rows = [[name(rule["place"], 120), count(rule["dropped"]), count(rule["errors"])] for rule in report["row_drops"]]
    return section("drops", "Rows dropped", table(heads, rows, "Rules that drop rows", kind="small"))


def rest(report: dict[str, Any]) -> str:
    """Columns in which nothing personal was found and that no rule touched."""
    free = [column for column in report["columns"] if not (column["found"] or column["residual"] or column["made"])]
    if not free:
        return ""
    rows = [[name(column["name"]), "dropped" if column["state"] == "dropped" else "as before"] for column in free]
    shown = table([("Column", ""), ("Now", "")], rows, "Other columns", kind="dense")
    return section("rest", "Other columns", fold(f"{counted(len(free), 'column')} without personal data", shown))


def terms() -> str:
    """What the words of the tables mean."""
    words = "".join(f"<h3>{text(term)}</h3>{paragraph(meaning)}" for term, meaning in TERMS)
    return section("terms", "Terms", fold("What the words mean", words))
