"""The report as one HTML page, written from its JSON alone. Every string of the data passes through `name` or `text`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.document import document
from appliance.data_plane.quality.report.markup import count, facts, fold, name, number, paragraph, percent, section, table, text

LINKS = (
    ("warnings", "To do"), ("columns", "Columns"), ("entities", "Kinds of data"), ("texts", "Free text"), ("rest", "Other columns"),
    ("provenance", "Provenance"),
)  # fmt: skip
LEVELS = {"bad": ("✕", "Act"), "warn": ("!", "Check"), "note": ("i", "Note")}
TONES = {"bad": ("bad", "✕"), "warn": ("warn", "!"), "ok": ("ok", "✓")}
SHAPES = {"whole": "every cell", "mixed": "some cells", "text": "inside free text"}
_SURE, _LIKELY = 0.9, 0.75
_SHOWN_LABELS = 4


def render(report: dict[str, Any]) -> str:
    """The whole page; the same report gives the same text."""
    parts = [*advice(report), columns(report), entities(report), texts(report), rest(report), provenance(report)]
    return page(report, "Personal data report", _sub(report), _answers(report), "".join(parts), LINKS)


def page(report: dict[str, Any], kind: str, sub: str, answers: str, parts: str, links: Iterable[tuple[str, str]]) -> str:
    """A page of our reports: `kind` says which one, `sub` what it is about (plain text); `answers` and `parts` are markup."""
    title = report.get("title") or kind
    written = set(re.findall(r'<section id="([a-z]+)"', parts))
    shown = "".join(f'<a href="#{identity}">{label}</a>' for identity, label in links if identity in written)
    heading = f'<p class="eyebrow">{text(kind)}</p><h1>{name(title, 120)}</h1><p class="sub">{text(sub)}</p>'
    return document(
        f"{title} – {kind.lower()}",
        f'<header>{heading}<div class="top">{answers}</div></header>\n<nav aria-label="Sections">{shown}</nav>'
        f'<main id="main" tabindex="-1">{parts}</main>',
    )


def answer(question: str, said: str, mark: tuple[str, str], pairs: Iterable[tuple[str, Any]]) -> str:
    """A question with a mark (level and word), its answer in a sentence, and the figures behind it."""
    level, word = mark
    style, icon = TONES.get(level, TONES["warn"])
    chip = f'<span class="chip fit s-{style}"><i aria-hidden="true">{icon}</i> {text(word)}</span>'
    return f'<article class="card"><h2>{text(question)} {chip}</h2><p class="verdict">{text(said)}</p>{facts(pairs)}</article>'


def _sub(report: dict[str, Any]) -> str:
    return f"{report['record_count']:,} rows × {report['field_count']:,} columns were searched for personal data. Nothing was changed."


def _answers(report: dict[str, Any]) -> str:
    verdict, found = report["verdict"], {entry["field"]: entry["value"] for entry in report["summary"]}
    first = [("columns with personal data", f"{found['fields_with_personal_data']:,} of {report['field_count']:,}")]
    first += [("findings", f"{found['findings']:,}")]
    second = [("columns with identifiers", f"{found['fields_that_identify']:,}"), ("kinds of data", f"{found['labels']:,}")]
    level = verdict["level"]
    held = ("ok", "Nothing found") if level == "ok" else ("warn", "Personal data")
    whom = {"bad": "People", "warn": "Only together", "ok": "Nobody"}[level]
    if level != "ok" and not found["findings"]:
        held, whom = ("warn", "Not judged"), "Not judged"
    return answer("What was found?", verdict["found"], held, first) + answer(
        "Whom does it identify?", verdict["identifying"], (level, whom), second
    )


def advice(report: dict[str, Any]) -> list[str]:
    """What needs doing."""
    found = [*_sharing(report), *(report.get("advice") or [])]
    if not found:
        return [section("warnings", "What needs doing?", '<p class="calm"><b aria-hidden="true">✓</b> Nothing needs doing.</p>')]
    return [section("warnings", "What needs doing?", f'<ul class="warnings">{"".join(map(_warned, found))}</ul>')]


def _sharing(report: dict[str, Any]) -> list[dict[str, str]]:
    """What to do with a table that identifies people; nothing for one that was transformed already."""
    if report["verdict"]["level"] != "bad" or report.get("kind") == "transform":
        return []
    action = "Transform it before it is shared: appliance transform TABLE --template transform/default --output FOLDER."
    return [{"level": "bad", "what": "The table identifies people as it stands.", "action": action}]


def _warned(warning: dict[str, str]) -> str:
    icon, word = LEVELS.get(warning["level"], LEVELS["note"])
    more = f"<span>{text(warning['action'])}</span>" if warning.get("action") else ""
    badge = f'<b><i aria-hidden="true">{icon}</i> {word}</b>'
    return f'<li class="w-{text(warning["level"])}">{badge}<div>{text(warning["what"])} {more}</div></li>'


def columns(report: dict[str, Any]) -> str:
    """Every column with personal data: what, how sure, how much, why, and how it looks."""
    held = [column for column in report["columns"] if column["findings"]]
    if not held:
        return ""
    heads = [
        ("Column", ""), ("Holds", ""), ("Where", ""), ("Sure", ""), ("Cells with it", "num"), ("Of filled cells", "num"),
        ("Evidence", "few"), ("Looks like", "few"),
    ]  # fmt: skip
    rows = [_row(column) for column in held]
    lead = (
        "Examples are shapes, never values: letters are shown as x (three at most), digits as 9, and short values not at all. "
        "Evidence: matched is the share of values that fit the label’s pattern, checksum of those whose check digits are right, listed of "
        "those on a list of known words; header is what the column’s name suggests, neighbour how much the columns "
        "beside it speak for the label."
    )
    return section("columns", "Columns with personal data", table(heads, rows, "Columns with personal data", kind="dense"), lead)


def _row(column: dict[str, Any]) -> list[str]:
    return [
        name(column["name"]),
        _labels(column["findings"]),
        text(SHAPES.get(column["shape"], column["shape"])),
        _sureness(column["score"]),
        count(column["cells_found"]),
        percent(column["coverage"]),
        _evidence(column["evidence"]),
        _shown(column["examples"]),
    ]


def _labels(findings: dict[str, int]) -> str:
    words = [name(label) for label in list(findings)[:_SHOWN_LABELS]]
    return ", ".join(words) + (f" and {len(findings) - _SHOWN_LABELS} more" if len(findings) > _SHOWN_LABELS else "")


def _sureness(score: float | None) -> str:
    if score is None:
        return '<span class="quiet">cell by cell</span>'
    style, word = ("ok", "sure") if score >= _SURE else ("ok", "likely") if score >= _LIKELY else ("warn", "unsure")
    return f'<span class="s-{style}">{word}</span> <span class="quiet">{_unbroken(percent(score, 0))}</span>'


def _evidence(found: dict[str, Any]) -> str:
    words = [f"{str(word).replace('_', ' ')} {_told(value)}" for word, value in found.items()]
    return text(", ".join(words)) if words else "–"


def _unbroken(said: str) -> str:
    """A number and its unit on one line."""
    return said.replace(" ", "\N{NO-BREAK SPACE}")


def _told(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return _unbroken(percent(value, 0)) if 0 <= value <= 1 else number(value, 1)


def _shown(examples: dict[str, list[str]]) -> str:
    shapes = list(dict.fromkeys(shape for found in examples.values() for shape in found))
    return "<br>".join(name(shape) for shape in shapes[:3]) if shapes else "–"


def entities(report: dict[str, Any]) -> str:
    """Every label: its group, whether it identifies a person, how often and where it was found."""
    found = report["entities"]
    if not found:
        return ""
    heads = [("Label", ""), ("Group", ""), ("Class", ""), ("Findings", "num"), ("Columns", "wide")]
    rows = [
        [
            name(entity["label"]),
            text(entity["group"].replace("_", " ")),
            "quasi-identifier" if entity["quasi"] else '<span class="s-bad">identifier</span>',
            count(entity["findings"]),
            ", ".join(name(column) for column in entity["columns"][:6]) + (" …" if len(entity["columns"]) > 6 else ""),
        ]
        for entity in found
    ]
    return section("entities", "Kinds of personal data", table(heads, rows, "Kinds of personal data", kind="dense"))


def texts(report: dict[str, Any]) -> str:
    """Columns of free text and mixed cells, a line for each label in them."""
    held = [column for column in report["columns"] if column["findings"] and column["shape"] in ("text", "mixed")]
    if not held:
        return ""
    heads = [("Column", ""), ("Label", ""), ("Findings", "num"), ("Looks like", "few"), ("Characters covered", "num")]
    rows = [
        [name(column["name"]), name(label), count(found), _shown({label: column["examples"].get(label, [])}), percent(covered)]
        for column in held
        for covered in (column["characters_covered"],)
        for label, found in column["findings"].items()
    ]
    lead = "Where personal data stands among other text or other values. Characters covered: of all characters of the column."
    return section("texts", "Free text and mixed cells", table(heads, rows, "Findings in texts and mixed cells", kind="dense"), lead)


def rest(report: dict[str, Any]) -> str:
    """The columns in which nothing was found."""
    free = [column for column in report["columns"] if not column["findings"]]
    if not free:
        return ""
    heads = [("Column", ""), ("Filled cells", "num"), ("Missing", "num"), ("Distinct values, about", "num"), ("", "")]
    rows = [
        [
            name(column["name"]),
            count(column["filled"]),
            count(column["missing"]),
            count(column["distinct"]),
            "empty" if column["shape"] == "empty" else "nothing found",
        ]
        for column in free
    ]
    shown = table(heads, rows, "Columns without personal data", kind="dense")
    return section("rest", "Other columns", fold(f"{counted(len(free), 'column')} in which nothing was found", shown))


def provenance(report: dict[str, Any]) -> str:
    """How it was searched, with what, and the run."""
    rows = [[text(word), name(value, 200)] for word, value in report["settings"]]
    rows.append(["Configuration (SHA-256)", name(report["configuration_sha256"], 64)])
    measured = table([("Setting", ""), ("Value", "num")], rows, "How it was done", kind="small")
    run = [(str(key).replace("_", " "), value) for key, value in (report.get("run") or {}).items() if value is not None]
    versions = facts(sorted((report.get("versions") or {}).items()), 64)
    limits = paragraph(
        "Detection is a matter of evidence, not of certainty: a label says what the values look like, not what they were meant to be. "
        "What was not found may still be there."
    )
    lead = f"Report version {report['report_version']}. Everything above is also in the report’s JSON."
    return section("provenance", "Provenance", f"{measured}<h3>Versions</h3>{versions}<h3>Run</h3>{facts(run)}{limits}", lead)
