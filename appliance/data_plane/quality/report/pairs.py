"""How columns go together: maps of associations, the pairs that changed most, the rows seen whole."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted
from appliance.data_plane.quality.report.maps import LABELLED, density_map, heat_map, legend
from appliance.data_plane.quality.report.markup import (
    explained,
    figure,
    name,
    number,
    paragraph,
    percent,
    plain_table,
    section,
    table,
    text,
)
from appliance.data_plane.quality.report.plots import Scale, estimate, forest
from appliance.data_plane.quality.report.twin_maps import twin_caption, twin_map, twin_numbers
from appliance.data_plane.quality.thresholds import ACCURATE

LARGEST_CHANGE = 0.3


def correlations(report: dict[str, Any]) -> str:
    """Heat maps of training, synthetic and their difference, and the pairs that changed most."""
    left = report.get("left_correlation") or {}
    if not left:
        return section("correlation", "Pairs of columns", paragraph("No column of this table can be correlated."))
    changes = f'<div class="changes"><h3>Largest changes</h3>{_changes(report)}</div>'
    error = report.get("mean_absolute_error")
    lead = "Does one column still tell about the other? Green: they rise together; brown: one falls as the other rises."
    lead += f" Mean absolute change: {error:.4f}." if error is not None else ""
    worst = (report.get("pairs") or {}).get("worst") or []
    how = explained("correlation", "pairs") if worst else explained("correlation")
    body = f'<div class="maps">{_maps(report, left)}{changes}</div>{_worst(worst)}{how}'
    return section("correlation", "Pairs of columns", body, lead)


def _worst(pairs: list[dict[str, Any]]) -> str:
    """The pairs whose joint distribution moved most, as small twin maps."""
    if not pairs:
        return ""
    drawn = []
    for i, pair in enumerate(pairs):
        caption, aside = twin_caption(pair)
        drawn.append(figure(f"pair{i}-f", caption, twin_map(f"pair{i}", pair), twin_numbers(pair), aside=aside, level=4))
    lead = "The pairs that differ most, training on the left. Dotted cells: fewer than 10 training rows, not told."
    heading = f"<h3>The {counted(len(pairs), 'pair')} furthest from the training table</h3>"
    return f'{heading}<p class="quiet">{lead}</p><div class="grid">{"".join(drawn)}</div>'


WAYS = (("one_way", "One column"), ("pairs", "Two columns together"), ("three_way", "Three columns together"))


def accuracy(report: dict[str, Any]) -> str:
    """How much of the marginals of one, two and three columns is kept, beside held-out rows."""
    dots = []
    for key, label in WAYS:
        part = report.get(key)
        if part and part.get("accuracy"):
            found = part["accuracy"]
            note = f"{part['compared']:,} of {part['marginals']:,} compared"
            dots.append(estimate(text(label), found, _reading(found), text(note)))
    if not dots:
        return ""
    low = min(0.8, *(value for dot in dots for value in (dot.value, dot.low, dot.reference) if value is not None))
    scale = Scale(low, 1.0, None, (f"{low:.2f}", "", "1 (the same)"))
    shown = forest(dots, scale, "Accuracy over one, two and three columns", ("Seen together", "Accuracy", "Unseen real rows", "Reading"))
    lead = "How much of the table’s shares is kept when one, two or three columns are seen together. The upright mark: real rows."
    return section("accuracy", "Accuracy", shown + explained("accuracy"), lead)


def _reading(found: dict[str, Any]) -> tuple[str, str]:
    reference = found.get("reference")
    lost = (1.0 if reference is None else reference) - found["value"]
    return ("ok", "as good as real rows") if lost <= ACCURATE else ("warn", "less accurate")


def _maps(report: dict[str, Any], left: dict[str, Any]) -> str:
    many = f"{counted(len(left), 'column')}. The table beside lists the largest changes."
    shown = (
        ("m-left", "Training", "Correlation in the training table", left, 1.0),
        ("m-right", "Synthetic", "Correlation in the synthetic table", report["right_correlation"], 1.0),
        ("m-difference", "Difference", "Difference of the correlations", report["correlation_difference"], LARGEST_CHANGE),
    )
    made = []
    for identity, caption, title, square, span in shown:
        ends = legend(f"−{span:g}", f"{span:g}", both=True)
        drawn = heat_map(identity, title, square, span=span, spoken=many) + ends
        made.append(figure(f"{identity}-f", caption, drawn, _square(square, title), aside=_said(caption), style=""))
    return "".join(made)


def _said(caption: str) -> str:
    return "synthetic less training" if caption == "Difference" else ""


def _square(square: dict[str, dict[str, float]], title: str) -> str:
    if len(square) > LABELLED:
        return paragraph("The whole matrix is in the report’s JSON.")
    rows = [[name(row, 24), *(number(value, 2) for value in line.values())] for row, line in square.items()]
    return plain_table(["", *(name(column, 24) for column in square)], rows, title)


def _changes(report: dict[str, Any]) -> str:
    rows = [
        [f"{name(pair['first'])} · {name(pair['second'])}", number(pair["left"], 2), number(pair["right"], 2)]
        for pair in report.get("correlation_changes") or []
    ]
    return table([("Pair", ""), ("Training", "num"), ("Synthetic", "num")], rows, "Pairs whose association changed most", kind="dense")


def structure(report: dict[str, Any]) -> str:
    """Both tables in the plane of the first two principal components."""
    found = report.get("deep_structure")
    if not found:
        return section("structure", "Whole rows", paragraph("No column of this table can be projected."))
    grids = [found["left_density"], found["right_density"]]
    top = max(max(line) for grid in grids for line in grid)
    shares = [*found.get("explained", []), 0.0, 0.0]
    axes = (f"component 1 ({percent(shares[0], 0)} of the variance)", f"component 2 ({percent(shares[1], 0)})")
    maps = "".join(
        figure(f"d-{side}-f", caption, density_map(f"d-{side}", f"Density of the {caption.lower()} rows", grid, top, axes), style="")
        for side, caption, grid in (("left", "Training", grids[0]), ("right", "Synthetic", grids[1]))
    )
    lead = "Whole rows seen along the two directions in which the training rows differ most. "
    lead += f"Distance {found['distance']:.3f} (0 is the same)."
    body = f'<div class="maps">{maps}</div>{legend("few rows", "many rows", both=False)}{explained("structure")}'
    return section("structure", "Whole rows", body, lead)
