"""Small figures as SVG text: gauges, meters, distributions, intervals. Attributes and classes only, a title and a description each."""

from __future__ import annotations

import math
from typing import Any

from appliance.data_plane.quality.facts import edge_text
from appliance.data_plane.quality.report.markup import cut, percent, plain_table, text

WIDTH = 320
ALARM = "not safe"
"""What stands in place of a grade when a privacy test failed."""
TONES = {"Excellent": "ok", "Very Good": "ok", "Good": "ok", "Moderate": "warn", "Poor": "bad", "Very Poor": "bad", "Unavailable": "none"}


def tone(grade: str) -> str:
    """The colour class of a grade."""
    return TONES.get(grade, "none")


def short(value: float) -> str:
    """A coordinate in as few characters as one decimal allows."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def svg(identity: str, width: float, height: float, title: str, description: str, body: str, style: str = "") -> str:
    """A labelled figure; title and description are plain text, the body is markup."""
    opening = f'<svg viewBox="0 0 {short(width)} {short(height)}" role="img" aria-labelledby="{identity}-t {identity}-d" class="{style}">'
    return f'{opening}<title id="{identity}-t">{text(title)}</title><desc id="{identity}-d">{text(description)}</desc>{body}</svg>'


def gauge(
    identity: str,
    label: str,
    score: dict[str, Any],
    reference: float | None,
    *,
    alarm: bool = False,
    interval: tuple[float, float] | None = None,
) -> str:
    """A half circle filled up to the score, a mark where unseen real rows stand, the 95 % interval as a thin arc outside; an alarm
    colours it whatever the score."""
    value, word = score.get("score"), ALARM if alarm else score.get("grade", "Unavailable")
    raw = score.get("raw_score")
    arc = "" if raw is None else f'<path class="arc t-{"bad" if alarm else tone(word)}" d="{_arc(0, raw, 80)}"/>'
    mark = "" if reference is None else _mark(reference)
    around = "" if interval is None or raw is None else f'<path class="around" d="{_arc(*interval, 95)}"/>'
    shown = f'<text class="big" x="104" y="98">{"–" if value is None else value}</text>'
    shown += f'<text class="word" x="104" y="121">{text(word)}</text>'
    spoken = f"{label}: {word if value is None else f'{value} of 100, {word}'}."
    spoken += f" 95 % interval {interval[0]:.0f} to {interval[1]:.0f}." if around and interval else ""
    spoken += f" Unseen real rows score {int(reference)}." if reference is not None else ""
    return svg(identity, 208, 128, label, spoken, f'<path class="track" d="{_arc(0, 100, 80)}"/>{arc}{around}{mark}{shown}', "gauge")


def _arc(low: float, high: float, radius: float) -> str:
    (x1, y1), (x2, y2) = _on_circle(low, radius), _on_circle(max(high, low + 0.2), radius)
    return f"M{short(x1)} {short(y1)}A{short(radius)} {short(radius)} 0 0 1 {short(x2)} {short(y2)}"


def _on_circle(value: float, radius: float) -> tuple[float, float]:
    angle = math.pi * (1 - min(100.0, max(0.0, value)) / 100)
    return 104 + radius * math.cos(angle), 104 - radius * math.sin(angle)


def _mark(value: float) -> str:
    (x1, y1), (x2, y2) = _on_circle(value, 70), _on_circle(value, 92)
    return f'<path class="mark" d="M{short(x1)} {short(y1)}L{short(x2)} {short(y2)}"/>'


def meter(share: float | None, style: str = "t-accent") -> str:
    """A decorative bar (0–1) beside a number that is written out."""
    filled = "" if share is None else f'<rect class="{style}" width="{short(100 * min(1.0, max(0.0, share)))}" height="8"/>'
    frame = '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
    return f'{frame}<rect class="track" width="100" height="8"/>{filled}</svg>'


def distribution(identity: str, field: dict[str, Any]) -> str:
    """Training and synthetic shares of one column, or a sentence where there is nothing to draw."""
    drawing = field.get("drawing") or {}
    form = drawing.get("form")
    if form == "bins" and drawing.get("left") and len(drawing.get("edges") or []) == len(drawing["left"]) + 1:
        return _histogram(identity, field, drawing)
    if form == "categories" and drawing.get("labels"):
        return _bars(identity, field, drawing)
    return '<p class="quiet">No drawing: the values are free text, keys or too rare to be shown.</p>'


def distribution_numbers(field: dict[str, Any]) -> str:
    """The drawing of one column as a table, or nothing."""
    drawing = field.get("drawing") or {}
    left, right = drawing.get("left") or [], drawing.get("right") or []
    words = drawing.get("labels") or _ranges(drawing)
    if not left or len(words) != len(left):
        return ""
    rows = [[text(word), percent(ours), percent(theirs)] for word, ours, theirs in zip(words, left, right, strict=True)]
    return plain_table(("Value", "Training", "Synthetic"), rows, f"Shares of {cut(field['name'], 60)}")


def _ranges(drawing: dict[str, Any]) -> list[str]:
    edges, moment = drawing.get("edges") or [], bool(drawing.get("moment"))
    if len(edges) < 2:
        return []
    texts = [edge_text(edge, moment=moment, step=edges[1] - edges[0]) for edge in edges]
    last = len(texts) - 2
    return [
        f"under {texts[1]}" if i == 0 and last else f"{texts[i]} and more" if i == last and i else f"{texts[i]} to {texts[i + 1]}"
        for i in range(last + 1)
    ]


def _described(field: dict[str, Any]) -> str:
    distance = field.get("distribution_distance")
    return "Training rows as filled bars, synthetic rows as a line or thin bars." + (
        f" Distance {distance:.3f} (0 is the same)." if distance is not None else ""
    )


def _histogram(identity: str, field: dict[str, Any], drawing: dict[str, Any]) -> str:
    left, right, edges = drawing["left"], drawing["right"], drawing["edges"]
    top = max([*left, *right, 1e-9])
    base, step = 170.0, WIDTH / len(left)
    bars = "".join(
        f"M{short(i * step)} {short(base)}v{short(-160 * share / top)}h{short(max(0.5, step - 1))}v{short(160 * share / top)}z"
        for i, share in enumerate(left)
        if share > 0
    )
    line = f"M0 {short(base)}" + "".join(f"V{short(base - 160 * share / top)}H{short((i + 1) * step)}" for i, share in enumerate(right))
    axis = f'<path class="axis" d="M0 {short(base)}H{WIDTH}"/>' + _ticks(edges, bool(drawing.get("moment")), step)
    body = f'<path class="ref" d="{bars}"/><path class="step" d="{line}V{short(base)}"/>{axis}'
    return svg(identity, WIDTH, 190, f"Distribution of {field['name']}", _described(field), body, "plot")


def _ticks(edges: list[float], moment: bool, step: float) -> str:
    width = edges[1] - edges[0]
    places = (0, len(edges) // 2, len(edges) - 1) if len(edges) > 2 else (0, 1)
    anchors = ("start", "middle", "end") if len(edges) > 2 else ("start", "end")
    texts = [text(edge_text(edge, moment=moment, step=width)) for edge in edges]
    return "".join(
        f'<text class="tick" x="{short(place * step)}" y="186" text-anchor="{anchor}">{texts[place]}</text>'
        for place, anchor in zip(places, anchors, strict=True)
    )


def _bars(identity: str, field: dict[str, Any], drawing: dict[str, Any]) -> str:
    labels, left, right = drawing["labels"], drawing["left"], drawing["right"]
    top = max([*left, *right, 1e-9])
    rows = []
    for i, label in enumerate(labels):
        y = 18 * i + 2
        ours, theirs = (short(150 * share / top) for share in (left[i], right[i]))
        rows.append(
            f'<text class="label" x="112" y="{y + 10}" text-anchor="end">{text(cut(label, 18))}</text>'
            f'<rect class="ref" x="120" y="{y}" width="{ours}" height="12"/>'
            f'<rect class="syn" x="120" y="{y + 4}" width="{theirs}" height="4"/>'
            f'<text class="tick" x="320" y="{y + 10}" text-anchor="end">{text(percent(right[i], 1))}</text>'
        )
    body = "".join(rows) + f'<path class="axis" d="M120 0V{18 * len(labels)}"/>'
    return svg(identity, WIDTH, 18 * len(labels) + 2, f"Distribution of {field['name']}", _described(field), body, "plot")
