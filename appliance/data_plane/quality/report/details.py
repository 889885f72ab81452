"""The middle of the page: columns, correlations, deep structure, discriminator, sample."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appliance.data_plane.quality.report.figures import distribution, interval, meter, tone
from appliance.data_plane.quality.report.maps import density_map, heat_map, legend
from appliance.data_plane.quality.report.markup import count, name, number, paragraph, percent, section, table, text
from appliance.data_plane.quality.wording import counted

LARGEST_CHANGE = 0.3
KEY = (
    '<p class="key"><span><svg viewBox="0 0 18 12" aria-hidden="true"><rect class="ref" width="18" height="12"/></svg> training</span>'
    '<span><svg viewBox="0 0 18 12" aria-hidden="true"><path class="step" d="M0 10H6V3H12V7H18"/></svg> synthetic</span></p>'
)


def columns(report: dict[str, Any]) -> str:
    """Every column in numbers and drawn, the least faithful first."""
    fields = sorted(report.get("fields") or [], key=lambda field: -_order(field))
    heads = [
        ("Column", ""), ("Type", ""), ("Unique values", "num"), ("Missing", "num"), ("Mean length", "num"),
        ("Distance", "num"), ("Stability", "stab"),
    ]  # fmt: skip
    numbers = table(heads, [_numbers(field) for field in fields], "Columns in numbers, least faithful first", kind="dense")
    drawn = "".join(_drawn(f"c{i}", field) for i, field in enumerate(fields))
    more = report.get("fields_not_shown") or 0
    rest = paragraph(f"{counted(more, 'more column')} counted in the scores but not shown.") if more else ""
    lead = "Training / synthetic. Values are named only where at least 10 training rows hold them; the outer bars hold everything beyond."
    return section("columns", "Columns", f'{numbers}{rest}<h3>Distributions</h3>{KEY}<div class="grid">{drawn}</div>', lead)


def _order(field: dict[str, Any]) -> float:
    distance = field.get("distribution_distance")
    return -1.0 if distance is None else float(distance)


def _numbers(field: dict[str, Any]) -> list[str]:
    score = field.get("distribution_stability") or {}
    grade = score.get("grade", "Unavailable")
    raw = score.get("raw_score")
    label = score.get("notes") or "not scored" if score.get("score") is None else f"{score['score']}"
    bar = "" if raw is None else meter(raw / 100, f"t-{tone(grade)}")
    missing = [field[f"{side}_missing_values"] / field[f"{side}_rows"] if field[f"{side}_rows"] else None for side in ("left", "right")]
    return [
        name(field["name"]),
        text(field["type"]),
        _pair(count(field[f"{side}_unique_values"]) for side in ("left", "right")),
        _pair(percent(share) for share in missing),
        _pair(number(field[f"{side}_average_length"], 1) for side in ("left", "right")),
        number(field.get("distribution_distance")),
        f'<span class="both">{bar}<span>{text(label)}</span></span>',
    ]


def _pair(texts: Iterable[str]) -> str:
    ours, theirs = texts
    return f'<span class="pair">{ours}<span> / </span>{theirs}</span>'


def _drawn(identity: str, field: dict[str, Any]) -> str:
    distance = field.get("distribution_distance")
    aside = text(field["type"]) + (f" · distance {distance:.3f}" if distance is not None else "")
    beyond = field.get("outside_range_share")
    unseen = field.get("unseen_values_share")
    notes = [f"{percent(beyond)} of the synthetic values lie outside the training range."] if beyond else []
    notes += [f"{percent(unseen)} of the synthetic values are not in the training table."] if unseen else []
    note = f'<p class="quiet">{text(" ".join(notes))}</p>' if notes else ""
    return (
        f'<figure class="card"><figcaption><h4>{name(field["name"])}</h4><span>{aside}</span></figcaption>'
        f"{distribution(identity, field)}{note}</figure>\n"
    )


def correlations(report: dict[str, Any]) -> str:
    """Heat maps of training, synthetic and their difference, and the pairs that changed most."""
    left = report.get("left_correlation") or {}
    if not left:
        return section("correlation", "Correlation", paragraph("No column of this table can be correlated."))
    right, difference = report["right_correlation"], report["correlation_difference"]
    many = f"{counted(len(left), 'column')}. The table below lists the largest changes."
    maps = [
        _map("m-left", "Training", heat_map("m-left", "Correlation in the training table", left, span=1.0, spoken=many), _scale("−1", "1")),
        _map(
            "m-right",
            "Synthetic",
            heat_map("m-right", "Correlation in the synthetic table", right, span=1.0, spoken=many),
            _scale("−1", "1"),
        ),
        _map(
            "m-difference",
            "Difference, synthetic less training",
            heat_map("m-difference", "Difference of the correlations", difference, span=LARGEST_CHANGE, spoken=many),
            _scale(f"−{LARGEST_CHANGE}", f"{LARGEST_CHANGE}"),
        ),
    ]
    changes = f'<div class="changes"><h3>Largest changes</h3>{_changes(report)}</div>'
    error = report.get("mean_absolute_error")
    lead = "Pearson’s r for two numbers, Theil’s U for two categories, the correlation ratio for one of each."
    lead += f" Mean absolute change: {error:.4f}." if error is not None else ""
    return section("correlation", "Correlation", f'<div class="maps">{"".join(maps)}{changes}</div>', lead)


def _map(identity: str, caption: str, drawn: str, scale: str) -> str:
    return f'<figure id="{identity}"><figcaption>{text(caption)}</figcaption>{drawn}{scale}</figure>\n'


def _scale(low: str, high: str) -> str:
    return legend(low, high, both=True)


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
        return section("structure", "Deep structure", paragraph("No column of this table can be projected."))
    grids = [found["left_density"], found["right_density"]]
    top = max(max(line) for grid in grids for line in grid)
    shares = [*found.get("explained", []), 0.0, 0.0]
    axes = (f"component 1 ({percent(shares[0], 0)} of the variance)", f"component 2 ({percent(shares[1], 0)})")
    maps = "".join(
        _map(f"d-{side}", caption, density_map(f"d-{side}", f"Density of the {caption.lower()} rows", grid, top, axes), "")
        for side, caption, grid in (("left", "Training", grids[0]), ("right", "Synthetic", grids[1]))
    )
    lead = "Whole rows seen along the two directions in which the training rows differ most. "
    lead += f"Distance {found['distance']:.3f} (0 is the same)."
    return section("structure", "Deep structure", f'<div class="maps">{maps}</div>{legend("few rows", "many rows", both=False)}', lead)


def detection(report: dict[str, Any]) -> str:
    """How well a classifier tells real from synthetic."""
    found = report.get("detection")
    if not found:
        return ""
    against = "unseen real rows" if found["unseen"] else "training rows"
    style = "t-accent" if found["auc"] < 0.6 else "t-warn" if found["auc"] < 0.75 else "t-bad"
    drawn = interval("a-detect", "Discriminator", found["auc"], found["low"], found["high"], ends=("0", "1"), style=style)
    lead = f"Gradient-boosted trees tried to tell {found['rows']:,} {against} from as many synthetic ones."
    words = f"Area under the ROC curve {found['auc']:.3f}, 95 % interval {found['low']:.3f} to {found['high']:.3f}; 0.5 means they cannot."
    return section("detection", "Can a machine tell them apart?", f'<figure class="card narrow">{drawn}</figure>{paragraph(words)}', lead)


def sample(report: dict[str, Any]) -> str:
    """Some synthetic rows, when the report has them."""
    found = report.get("synthetic_sample")
    if not found or not found["rows"]:
        return ""
    heads = [("Row", "num")] + [(name(column), "") for column in found["columns"]]
    rows = [
        [str(i + 1), *('<span class="quiet">missing</span>' if cell is None else name(cell) for cell in row)]
        for i, row in enumerate(found["rows"])
    ]
    lead = f"Synthetic rows. A value that fewer than {found['hidden_below_rows']} training rows hold is shown as “…”."
    return section("sample", "Sample of synthetic rows", table(heads, rows, "Sample of synthetic rows", kind="dense cells"), lead)
