"""Sequences: lengths, gaps, memory and moves of the rows that belong together."""

from __future__ import annotations

import itertools
import math
from typing import Any

from appliance.data_plane.quality.report.figures import distribution, distribution_numbers
from appliance.data_plane.quality.report.markup import count, explained, figure, name, number, percent, section, table, text
from appliance.data_plane.quality.report.plots import Dot, Scale, forest
from appliance.data_plane.quality.report.twin_maps import twin_map, twin_numbers

MOVES = 12
"""Columns whose moves are drawn: those furthest from the training sequences."""
KEY = '<p class="quiet">Wide bars are training sequences, thin ones synthetic sequences.</p>'


def sequences(report: dict[str, Any]) -> str:
    """What the measures of sequences found; nothing for tables whose rows stand alone."""
    found = report.get("sequences")
    if not found:
        return ""
    keys = ", ".join(name(key) for key in found["group_by"])
    order = f", in the order of {name(found['order_by'])}" if found.get("order_by") else ""
    lead = f'<p class="lead">Rows with the same {keys} belong together{order}.</p>'
    body = lead + _counts(found) + _spreads(found) + _memory(found) + _moves(found) + _coherence(found)
    return section("sequences", "Sequences", body + explained("sequences"))


def _counts(found: dict[str, Any]) -> str:
    rows = [
        ["Sequences", count(found["left_sequences"]), count(found["right_sequences"])],
        ["Rows", count(found["left_rows"]), count(found["right_rows"])],
        ["Rows a sequence", *(number(_mean(found, side), 2) for side in ("left", "right"))],
        ["Keys that are training keys", "–", count(found["replayed_keys"])],
    ]
    if found.get("ordered") is not None:
        rows.append(["Neighbouring rows in order", "–", percent(found["ordered"], 2)])
    return table([("", ""), ("Training", "num"), ("Synthetic", "num")], rows, "Sequences in numbers", kind="dense")


def _mean(found: dict[str, Any], side: str) -> float | None:
    return found[f"{side}_rows"] / found[f"{side}_sequences"] if found[f"{side}_sequences"] else None


def _spreads(found: dict[str, Any]) -> str:
    drawn = [
        _spread(f"s-{key}", title, found[key])
        for key, title in (("lengths", "Rows a sequence"), ("gaps", "Gap to the row before"))
        if found.get(key)
    ]
    return f'<h3>Lengths and gaps</h3>{KEY}<div class="grid">{"".join(drawn)}</div>' if drawn else ""


def _spread(identity: str, title: str, spread: dict[str, Any]) -> str:
    unit = f", {spread['unit']}" if spread.get("unit") else ""
    held = "" if spread.get("reference") is None else f", unseen real {number(spread['reference'])}"
    aside = f"distance {number(spread['distance'])}, by chance up to {number(spread['chance'])}{held}; "
    aside += f"mean {number(spread['left_mean'], 1)} / {number(spread['right_mean'], 1)}"
    drawing = {"form": "categories", "labels": _ranges(spread["edges"]), "left": spread["left"], "right": spread["right"]}
    field = {"name": title, "distribution_distance": spread["distance"], "drawing": drawing}
    return figure(f"{identity}-f", text(title + unit), distribution(identity, field), distribution_numbers(field), aside=text(aside))


def _ranges(edges: list[float]) -> list[str]:
    """The bins between inner edges in words; edges at halves part whole numbers."""
    if not edges:
        return ["all"]
    whole = all(edge % 1 == 0.5 for edge in edges)
    words = [f"up to {math.floor(edges[0]) if whole else edges[0]:g}"]
    for low, high in itertools.pairwise(edges):
        first, last = (math.ceil(low), math.floor(high)) if whole else (low, high)
        words.append(f"{first:g}" if first == last else f"{first:g} – {last:g}")
    return [*words, f"{math.ceil(edges[-1]) if whole else edges[-1]:g} and more"]


def _memory(found: dict[str, Any]) -> str:
    columns = found.get("memory") or []
    if not columns:
        return ""
    scale = Scale(-1.0, 1.0, 0.0, ("−1", "0", "1"))
    dots = [
        Dot(
            name(column["column"]), column["right"], column["low"], column["high"], column["left"],
            ("ok", "as in training") if column["held"] else ("warn", "otherwise"),
            text(f"between sequences: {percent(column['left_between'], 0)} / {percent(column['right_between'], 0)} of the variance"),
        )
        for column in columns
    ]  # fmt: skip
    said = (
        "How strongly a number follows from the one before it (rank correlation). The bar: where chance would put it; the mark: training."
    )
    heads = ("Column", "Synthetic", "Training", "Reading")
    shown = forest(dots, scale, "Correlation of a number with the one before it", heads, kind="dense")
    return f'<h3>Memory</h3><p class="quiet">{said}</p>{shown}'


def _moves(found: dict[str, Any]) -> str:
    columns = sorted(found.get("moves") or [], key=lambda column: column["chance"] - column["distance"])[:MOVES]
    drawn = "".join(_moved(f"mv{i}", column) for i, column in enumerate(columns))
    said = "What follows what: from the line’s category to the column’s, as shares of the line. Dotted cells are too rare to be told."
    return f'<h3>Moves</h3><p class="quiet">{said}</p><div class="grid">{drawn}</div>' if drawn else ""


def _moved(identity: str, column: dict[str, Any]) -> str:
    axis = {"form": "categories", "labels": column["labels"], "edges": [], "moment": False}
    pair = {"first": "now", "second": "next", "first_axis": axis, "second_axis": axis}
    pair |= {key: column[key] for key in ("left", "right", "distance")}
    aside = f"distance {number(column['distance'])}, by chance up to {number(column['chance'])}"
    title = f"Moves of {column['column']}"
    drawn = twin_map(identity, pair, title)
    return figure(f"{identity}-f", name(column["column"]), drawn, twin_numbers(pair, title), aside=text(aside), level=4)


def _coherence(found: dict[str, Any]) -> str:
    rows = [[name(column["column"]), percent(column["left"]), percent(column["right"])] for column in found.get("coherence") or []]
    heads = [("Column", ""), ("Training", "num"), ("Synthetic", "num")]
    said = "Columns that belong to the whole sequence: share of sequences in which they never change."
    return f'<h3>What stays the same</h3><p class="quiet">{said}</p>{table(heads, rows, said, kind="dense")}' if rows else ""
