"""Escaped text, tables and short numbers: every string of the report passes through here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def text(value: Any) -> str:
    """Any value as escaped text; control characters become a visible mark."""
    return html.escape(CONTROL.sub("\ufffd", str(value)), quote=True)


def name(value: Any) -> str:
    """A string from the data, escaped and kept from turning the direction of the text around it."""
    return f"<bdi>{text(value).replace('_', '_<wbr>')}</bdi>"


def cut(value: Any, limit: int) -> str:
    """Plain text (not escaped) of at most `limit` characters."""
    plain = str(value)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def count(value: Any) -> str:
    """A whole number with thousands separated; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def number(value: Any, digits: int = 3) -> str:
    """A number with so many decimals; a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}"


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


def facts(pairs: Iterable[tuple[str, Any]]) -> str:
    """A list of words and their values."""
    return "<dl>" + "".join(f"<div><dt>{text(word)}</dt><dd>{name(value)}</dd></div>" for word, value in pairs) + "</dl>\n"


def section(identity: str, title: str, body: str, lead: str = "") -> str:
    """A headed section; `lead` is plain text."""
    opening = f'<p class="lead">{text(lead)}</p>' if lead else ""
    heading = f'<h2 id="{identity}-title">{text(title)}</h2>'
    return f'<section id="{identity}" aria-labelledby="{identity}-title">{heading}{opening}\n{body}</section>\n'


def fold(title: str, body: str) -> str:
    """A part that opens on demand (and in print)."""
    return f"<details><summary>{text(title)}</summary>{body}</details>\n"


def paragraph(plain: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{text(plain)}</p>"
