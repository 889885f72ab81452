"""One pair of columns drawn twice, training beside synthetic, in shades that mean the same on both sides."""

from __future__ import annotations

import itertools
import math
from typing import Any

from appliance.data_plane.quality.facts import edge_text
from appliance.data_plane.quality.report.figures import short, svg
from appliance.data_plane.quality.report.maps import SHADES, runs
from appliance.data_plane.quality.report.markup import cut, name, number, percent, plain_table, text

SIDE = 132.0
LEFT_EDGE, RIGHT_EDGE, TOP_EDGE = 24.0, 180.0, 18.0
Grid = list[list[float | None]]


def twin_map(identity: str, pair: dict[str, Any], title: str = "") -> str:
    """Shares of rows per cell; a dotted cell is held by fewer than ten training rows and is not told."""
    left, right = _trimmed(pair["left"], pair["right"])
    top = max([cell for grid in (left, right) for line in grid for cell in line if cell], default=0.0)
    body = "".join(
        _panel(grid, place, top, word) for grid, place, word in ((left, LEFT_EDGE, "training"), (right, RIGHT_EDGE, "synthetic"))
    )
    first, second = (cut(pair[side], 22) for side in ("first", "second"))
    body += f'<text class="tick" x="166" y="170" text-anchor="middle">{text(second)}</text>'
    body += f'<text class="tick" transform="rotate(-90 10 84)" x="10" y="84" text-anchor="middle">{text(first)}</text>'
    said = f"Training on the left, synthetic on the right. Distance {pair['distance']:.3f}."
    return svg(identity, 320, 176, title or f"{cut(pair['first'], 60)} and {cut(pair['second'], 60)}", said, body, "plot")


def _trimmed(left: Grid, right: Grid) -> tuple[Grid, Grid]:
    """Both grids without a last line or last column that no row is in: most pairs have no missing values."""
    if not left or not left[0]:
        return left, right
    if len(left) > 2 and not any(cell for line in (left[-1], right[-1]) for cell in line):
        left, right = left[:-1], right[:-1]
    if len(left[0]) > 2 and not any(line[-1] for line in (*left, *right)):
        left, right = [line[:-1] for line in left], [line[:-1] for line in right]
    return left, right


def _panel(grid: Grid, place: float, top: float, word: str) -> str:
    lines, across = max(1, len(grid)), max(1, max((len(line) for line in grid), default=1))
    levels = [[_depth(cell, top) for cell in line] for line in reversed(grid)]
    hidden = "".join(f"M{x} {lines - 1 - y}h1v1h-1z" for y, line in enumerate(grid) for x, cell in enumerate(line) if cell is None)
    scaled = f'<g transform="translate({short(place)} {short(TOP_EDGE)}) scale({SIDE / across:.4f} {SIDE / lines:.4f})">'
    veil = f'<path class="veil" d="{hidden}"/>' if hidden else ""
    frame = f'<rect class="zero" x="{short(place)}" y="{short(TOP_EDGE)}" width="{short(SIDE)}" height="{short(SIDE)}"/>'
    label = f'<text class="tick" x="{short(place + SIDE / 2)}" y="11" text-anchor="middle">{word}</text>'
    return f"{frame}{scaled}{runs(levels)}{veil}</g>{label}"


def _depth(share: float | None, top: float) -> int:
    return min(SHADES, math.ceil(SHADES * math.sqrt(share / top))) if share and top > 0 else 0


def twin_numbers(pair: dict[str, Any], title: str = "") -> str:
    """Both panels as one table: training / synthetic share of every cell."""
    rows, columns = axis_words(pair["first_axis"]), axis_words(pair["second_axis"])
    lines = [
        [text(word), *(f"{_cell(a)} / {_cell(b)}" for a, b in zip(ours, theirs, strict=True))]
        for word, ours, theirs in zip(rows, pair["left"], pair["right"], strict=False)
    ]
    heads = [f"{name(pair['first'], 20)} ↓ {name(pair['second'], 20)} →", *(text(word) for word in columns)]
    return plain_table(heads, lines, title or f"Training / synthetic shares of {cut(pair['first'], 40)} and {cut(pair['second'], 40)}")


def _cell(share: float | None) -> str:
    return "…" if share is None else percent(share, 1).replace(" %", "")


def axis_words(axis: dict[str, Any]) -> list[str]:
    """What the lines or columns of a grid stand for."""
    if axis.get("labels"):
        return [cut(label, 24) for label in axis["labels"]]
    edges, moment = axis.get("edges") or [], bool(axis.get("moment"))
    if len(edges) < 2:
        return []
    texts = [edge_text(edge, moment=moment, step=edges[1] - edges[0]) for edge in edges]
    return [*(f"{a} – {b}" for a, b in itertools.pairwise(texts)), "(missing)"]


def twin_caption(pair: dict[str, Any]) -> tuple[str, str]:
    """Caption and aside (markup) of a pair."""
    held = "" if pair.get("reference") is None else f", unseen real rows {number(pair['reference'])}"
    return f"{name(pair['first'], 28)} · {name(pair['second'], 28)}", text(f"distance {number(pair['distance'])}{held}")
