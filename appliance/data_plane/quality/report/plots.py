"""Figures with axes: intervals in a table (forest plot), curves with bands, keys. SVG text of attributes and classes only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from appliance.data_plane.quality.report.figures import short, svg
from appliance.data_plane.quality.report.markup import number, plain_table, text

REACH = 200.0
LEFT, RIGHT, TOP, BASE = 50.0, 314.0, 8.0, 168.0
DATA_ROWS = 25
"""Rows of a curve's table of numbers."""


class Dot(msgspec.Struct, frozen=True):
    """One line of a forest plot: label and note (markup), value, interval, reference, and the reading as (tone, word).

    `beside` (markup) takes the place of the written reference where it is none on the drawn scale."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    reading: tuple[str, str] = ("none", "")
    note: str = ""
    beside: str | None = None


class Scale(msgspec.Struct, frozen=True):
    """What a forest plot spans: both ends, the line of no effect (None: none), the words at these places, how numbers are written."""

    low: float
    high: float
    zero: float | None
    words: tuple[str, str, str]
    write: Callable[[float | None], str] = number


class Line(msgspec.Struct, frozen=True):
    """One curve: its word, its class, points in the order they are joined; `steps` joins them by stairs."""

    label: str
    style: str
    xs: Sequence[float]
    ys: Sequence[float]
    steps: bool = False


def forest(dots: Iterable[Dot], scale: Scale, caption: str, heads: tuple[str, str, str, str], *, kind: str = "") -> str:
    """Values with intervals drawn on one scale, as a table: heads name the thing, the value, the reference and the reading."""
    thing, value, reference, reading = (text(head) for head in heads)
    low, zero, high = (text(word) for word in scale.words)
    ruler = f'<span class="ruler" aria-hidden="true"><span>{low}</span><span>{zero}</span><span>{high}</span></span>'
    head = (
        f'<th scope="col">{thing}</th><th scope="col" class="plotted"><span class="unseen">Drawn with its 95 % interval</span>{ruler}</th>'
        f'<th scope="col" class="num">{value}</th><th scope="col" class="num">{reference}</th><th scope="col">{reading}</th>'
    )
    body = "".join(_dotted(dot, scale) for dot in dots)
    frame = f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}">'
    caught = f'<table class="forest {kind}"><caption>{text(caption)}</caption>'
    return f"{frame}{caught}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n"


def estimate(label: str, found: dict[str, float | None] | None, reading: tuple[str, str], note: str = "") -> Dot:
    """A line for an estimate of the report (`value low high reference`); label and note are markup."""
    held = found or {}
    return Dot(label, held.get("value"), held.get("low"), held.get("high"), held.get("reference"), reading, note)


def _dotted(dot: Dot, scale: Scale) -> str:
    between = "" if dot.low is None or dot.high is None else f"<small>{scale.write(dot.low)} to {scale.write(dot.high)}</small>"
    note = f"<small>{dot.note}</small>" if dot.note else ""
    style, word = dot.reading
    held = scale.write(dot.reference) if dot.beside is None else dot.beside
    return (
        f'<tr><th scope="row">{dot.label}{note}</th><td class="plotted">{whisker(dot, scale)}</td>'
        f'<td class="num">{scale.write(dot.value)}{between}</td><td class="num">{held}</td>'
        f'<td><span class="s-{style}">{text(word)}</span></td></tr>'
    )


def whisker(dot: Dot, scale: Scale) -> str:
    """A dot on its interval, the reference as an upright mark, the line of no effect dashed; decorative, the numbers stand beside it."""
    parts = ['<path class="rail" d="M0 11H200"/>']
    if scale.zero is not None:
        parts.append(f'<path class="nil" d="M{_along(scale.zero, scale)} 0V22"/>')
    if dot.low is not None and dot.high is not None:
        parts.append(f'<path class="span t-{dot.reading[0]}" d="M{_along(dot.low, scale)} 11H{_along(dot.high, scale)}"/>')
    if dot.reference is not None:
        parts.append(f'<path class="held" d="M{_along(dot.reference, scale)} 3V19"/>')
    if dot.value is not None:
        parts.append(f'<path class="dot t-{dot.reading[0]}" d="M{_along(dot.value, scale)} 11h.01"/>')
    return f'<svg viewBox="0 0 200 22" preserveAspectRatio="none" aria-hidden="true" class="whisk">{"".join(parts)}</svg>'


def _along(value: float, scale: Scale) -> str:
    share = (value - scale.low) / ((scale.high - scale.low) or 1.0)
    return short(4 + (REACH - 8) * min(1.0, max(0.0, share)))


def curves(
    identity: str,
    title: str,
    described: str,
    lines: Sequence[Line],
    *,
    axes: tuple[str, str],
    reach: tuple[float, float, float, float] | None = None,
    band: tuple[Sequence[float], Sequence[float], Sequence[float]] | None = None,
) -> str:
    """Curves over two axes; `reach` is (x low, x high, y low, y high), found from the points when None; `band` is (xs, lows, highs)."""
    frame = reach or _reach(lines)
    body = "" if band is None else f'<path class="band" d="{_band(band, frame)}"/>'
    body += "".join(f'<path class="curve {line.style}" d="{_joined(line, frame)}"/>' for line in lines)
    return svg(identity, 320, 204, title, described, _axes(frame, axes) + body, "plot")


def _reach(lines: Sequence[Line]) -> tuple[float, float, float, float]:
    xs = [x for line in lines for x in line.xs if math.isfinite(x)] or [0.0, 1.0]
    ys = [y for line in lines for y in line.ys if math.isfinite(y)] or [0.0, 1.0]
    return min(xs), max(xs), min(ys), max(ys)


def _place(x: float, y: float, frame: tuple[float, float, float, float]) -> tuple[str, str]:
    x1, x2, y1, y2 = frame
    across = min(1.0, max(0.0, (x - x1) / ((x2 - x1) or 1.0)))
    up = min(1.0, max(0.0, (y - y1) / ((y2 - y1) or 1.0)))
    return short(LEFT + (RIGHT - LEFT) * across), short(BASE - (BASE - TOP) * up)


def _joined(line: Line, frame: tuple[float, float, float, float]) -> str:
    path: list[str] = []
    for x, y in zip(line.xs, line.ys, strict=True):
        if math.isfinite(x) and math.isfinite(y):
            a, b = _place(x, y, frame)
            path.append(f"M{a} {b}" if not path else f"H{a}V{b}" if line.steps else f"L{a} {b}")
    return "".join(path)


def _band(band: tuple[Sequence[float], Sequence[float], Sequence[float]], frame: tuple[float, float, float, float]) -> str:
    xs, lows, highs = band
    there = [" ".join(_place(x, y, frame)) for x, y in zip(xs, highs, strict=True)]
    back = [" ".join(_place(x, y, frame)) for x, y in zip(reversed(xs), reversed(lows), strict=True)]
    return f"M{'L'.join(there + back)}z" if there else ""


def _axes(frame: tuple[float, float, float, float], axes: tuple[str, str]) -> str:
    x1, x2, y1, y2 = frame
    ticks = "".join(
        f'<path class="gridline" d="M{short(LEFT)} {height}H{short(RIGHT)}"/>'
        f'<text class="tick" x="{short(LEFT - 5)}" y="{height}" text-anchor="end" dominant-baseline="central">{brief(value)}</text>'
        for value in (y1, (y1 + y2) / 2, y2)
        for height in (_place(x1, value, frame)[1],)
    )
    for value, anchor in ((x1, "start"), ((x1 + x2) / 2, "middle"), (x2, "end")):
        ticks += f'<text class="tick" x="{_place(value, y1, frame)[0]}" y="182" text-anchor="{anchor}">{brief(value)}</text>'
    across, down = short((LEFT + RIGHT) / 2), short((TOP + BASE) / 2)
    ticks += f'<text class="tick" x="{across}" y="199" text-anchor="middle">{text(axes[0])}</text>'
    if axes[1]:
        ticks += f'<text class="tick" x="10" y="{down}" transform="rotate(-90 10 {down})" text-anchor="middle">{text(axes[1])}</text>'
    return ticks


def brief(value: float) -> str:
    """A tick in at most about five characters."""
    return "0" if value == 0 else f"{value:.3g}".replace("-", "−")


def curve_table(lines: Sequence[Line], caption: str, along: str) -> str:
    """The numbers of curves that share their x; at most 25 rows, evenly chosen."""
    xs = list(lines[0].xs)
    chosen = sorted({round(i * (len(xs) - 1) / (DATA_ROWS - 1)) for i in range(DATA_ROWS)}) if len(xs) > DATA_ROWS else range(len(xs))
    rows = [[brief(xs[i]), *(number(line.ys[i]) for line in lines)] for i in chosen]
    return plain_table([text(along), *(text(line.label) for line in lines)], rows, caption)


def key(lines: Iterable[tuple[str, str]]) -> str:
    """What the curves of a figure mean: pairs of a class and a word."""
    shown = "".join(
        f'<span><svg viewBox="0 0 22 10" aria-hidden="true"><path class="curve {style}" d="M0 5H22"/></svg> {text(word)}</span>'
        for style, word in lines
    )
    return f'<p class="key">{shown}</p>'
