"""Square maps: heat maps of associations and two-dimensional densities, drawn as one path per shade."""

from __future__ import annotations

import math
from typing import Any

from appliance.data_plane.quality.report.figures import short, svg
from appliance.data_plane.quality.report.markup import cut, text

SHADES = 6
LABELLED = 32
SIDE = 440.0
ROOM = 112.0


def heat_map(identity: str, title: str, square: dict[str, dict[str, float]], *, span: float, spoken: str) -> str:
    """A square of values from −`span` (brown) to `span` (green); columns are named when there are at most 32."""
    names = list(square)
    labelled = len(names) <= LABELLED
    room = ROOM if labelled else 0.0
    cell = (SIDE - room) / max(1, len(names))
    levels = [[_shade(square[row].get(column, 0.0), span) for column in names] for row in names]
    body = f'<rect class="zero" x="{short(room)}" y="{short(room)}" width="{short(SIDE - room)}" height="{short(SIDE - room)}"/>'
    body += f'<g transform="translate({short(room)} {short(room)}) scale({cell:.4f})">{runs(levels)}</g>'
    return svg(identity, SIDE, SIDE, title, spoken, body + (_labels(names, room, cell) if labelled else ""), "map")


def density_map(identity: str, title: str, grid: list[list[int]], top: int, axes: tuple[str, str]) -> str:
    """Rows per cell in shades that grow with the root of the count; the same `top` makes two maps comparable."""
    levels = [[_depth(value, top) for value in line] for line in reversed(grid)]
    size = max(1, len(grid))
    body = f'<rect class="zero" x="18" width="322" height="322"/><g transform="translate(18 0) scale({322 / size:.4f})">{runs(levels)}</g>'
    body += f'<text class="tick" x="179" y="337" text-anchor="middle">{text(axes[0])}</text>'
    body += f'<text class="tick" transform="translate(11 161) rotate(-90)" text-anchor="middle">{text(axes[1])}</text>'
    return svg(identity, 340, 342, title, "Shades from few rows (pale) to many rows (strong).", body, "map")


def legend(low: str, high: str, *, both: bool) -> str:
    """The scale of a map, from its low end to its high end."""
    steps = list(range(-SHADES, SHADES + 1)) if both else list(range(SHADES + 1))
    cells = "".join(f'<rect class="{_style(step)}" x="{12 * i}" width="12" height="10"/>' for i, step in enumerate(steps))
    bar = f'<svg class="scale" viewBox="0 0 {12 * len(steps)} 10" aria-hidden="true">{cells}</svg>'
    return f'<p class="legend"><span>{text(low)}</span>{bar}<span>{text(high)}</span></p>'


def _shade(value: Any, span: float) -> int:
    if value is None or not math.isfinite(value):
        return 0
    return max(-SHADES, min(SHADES, round(SHADES * float(value) / span)))


def _depth(value: int, top: int) -> int:
    return min(SHADES, math.ceil(SHADES * math.sqrt(value / top))) if value > 0 and top > 0 else 0


def _style(level: int) -> str:
    return "zero" if level == 0 else f"{'p' if level > 0 else 'n'}{abs(level)}"


def runs(levels: list[list[int]]) -> str:
    """One stroked path per shade, neighbouring cells of a line joined."""
    paths: dict[int, list[str]] = {}
    for y, line in enumerate(levels):
        x = 0
        while x < len(line):
            end = x
            while end < len(line) and line[end] == line[x]:
                end += 1
            if line[x]:
                paths.setdefault(line[x], []).append(f"M{x} {y}.5h{end - x}")
            x = end
    return "".join(f'<path class="run {_style(level)}" d="{"".join(path)}"/>' for level, path in sorted(paths.items()))


def _labels(names: list[str], room: float, cell: float) -> str:
    size = short(min(11.5, max(7.0, cell * 0.72)))
    made = []
    for i, label in enumerate(names):
        place = short(room + (i + 0.5) * cell)
        shown = text(cut(label, 16))
        made.append(f'<text x="{short(room - 6)}" y="{place}" text-anchor="end">{shown}</text>')
        made.append(f'<text transform="translate({place} {short(room - 6)}) rotate(-90)">{shown}</text>')
    return f'<g class="names" font-size="{size}" dominant-baseline="central">{"".join(made)}</g>'
