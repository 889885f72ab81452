"""Escaped text, tables and short numbers: every string of the report passes through here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from appliance.data_plane.quality.report.explanations import EXPLANATIONS

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


NAME = 64
TITLE = 1_000
"""Characters of a name of the data that are shown, and that its title holds."""


def text(value: Any) -> str:
    """Any value as escaped text; control characters become a visible mark."""
    return html.escape(CONTROL.sub("\ufffd", str(value)), quote=True)


def name(value: Any, limit: int = NAME) -> str:
    """A string from the data, escaped and kept from turning the direction of the text around it; of a long one the title holds the rest."""
    plain = str(value)
    if not plain.strip():
        return '<bdi class="quiet">(blank)</bdi>'
    whole = f' title="{text(cut(plain, TITLE))}"' if len(plain) > limit else ""
    return f"<bdi{whole}>{text(cut(plain, limit)).replace('_', '_<wbr>')}</bdi>"


def cut(value: Any, limit: int) -> str:
    """Plain text (not escaped) of at most `limit` characters."""
    plain = str(value)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def count(value: Any) -> str:
    """A whole number with thousands separated; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def number(value: Any, digits: int = 3) -> str:
    """A number with so many decimals; a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def percent(share: Any, digits: int = 1) -> str:
    """A share (0–1) as per cent; a dash for none."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def table(heads: Iterable[tuple[str, str]], rows: Iterable[Iterable[str]], caption: str, *, kind: str = "") -> str:
    """A table in a frame that scrolls on narrow screens. Heads are (escaped text, class), cells markup; the first cell heads its row."""
    columns = list(heads)
    head = "".join(f'<th scope="col"{_class(style)}>{label}</th>' for label, style in columns)
    body = "".join(_row(list(row), [style for _, style in columns]) for row in rows)
    frame = f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}">'
    return (
        f"{frame}<table{_class(kind)}><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"
    )


def _row(cells: list[str], styles: list[str]) -> str:
    first = f'<th scope="row"{_class(styles[0])}>{cells[0]}</th>'
    return f"<tr>{first}{''.join(f'<td{_class(style)}>{cell}</td>' for cell, style in zip(cells[1:], styles[1:], strict=True))}</tr>"


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""


def facts(pairs: Iterable[tuple[str, Any]], limit: int = NAME) -> str:
    """A list of words and their values, of which at most `limit` characters are shown."""
    return "<dl>" + "".join(f"<div><dt>{text(word)}</dt><dd>{name(value, limit)}</dd></div>" for word, value in pairs) + "</dl>\n"


def section(identity: str, title: str, body: str, lead: str = "") -> str:
    """A headed section; `lead` is plain text."""
    opening = f'<p class="lead">{text(lead)}</p>' if lead else ""
    heading = f'<h2 id="{identity}-title">{text(title)}</h2>'
    return f'<section id="{identity}" aria-labelledby="{identity}-title">{heading}{opening}\n{body}</section>\n'


def fold(title: str, body: str, style: str = "") -> str:
    """A part that opens on demand (and in print)."""
    return f"<details{_class(style)}><summary>{text(title)}</summary>{body}</details>\n"


def figure(identity: str, caption: str, drawn: str, data: str = "", *, aside: str = "", level: int = 3, style: str = "card") -> str:
    """A drawing under its caption (markup) with its numbers in a fold; `aside` (markup) stands beside the caption."""
    beside = f"<span>{aside}</span>" if aside else ""
    heading = f"<figcaption><h{level}>{caption}</h{level}>{beside}</figcaption>"
    numbers = fold("Numbers", data, "data") if data else ""
    return f'<figure id="{identity}"{_class(style)}>{heading}{drawn}{numbers}</figure>\n'


def plain_table(heads: Iterable[str], rows: Iterable[Iterable[str]], caption: str) -> str:
    """The numbers of a figure, small and in few bytes. Heads and cells are markup; the first cell heads its row."""
    head = "".join(f'<th scope="col">{label}</th>' for label in heads)
    body = "".join(f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in map(list, rows))
    frame = f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}">'
    return f"{frame}<table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def explained(*keys: str) -> str:
    """A fold that tells how the named measures are computed, and after whom."""
    words = "".join(
        f"<dt>{text(EXPLANATIONS[key].term)}</dt><dd>{text(EXPLANATIONS[key].how)}"
        + (f" <cite>{text(EXPLANATIONS[key].source)}</cite>" if EXPLANATIONS[key].source else "")
        + "</dd>"
        for key in keys
    )
    return fold("How it is computed", f"<dl>{words}</dl>", "how")


def not_measured(report: dict[str, Any], key: str, identity: str, title: str) -> str:
    """A section that tells why it holds no figures; nothing for a report that does not know the measure."""
    reason = (report.get("not_measured") or {}).get(key)
    return section(identity, title, f'<p class="calm">{text(reason)}</p>') if reason else ""


def paragraph(plain: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{text(plain)}</p>"
