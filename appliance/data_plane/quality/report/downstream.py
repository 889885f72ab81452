"""The downstream report as one page, written from its JSON alone."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.downstream_scores import LABELS
from appliance.data_plane.quality.downstream_wording import figure
from appliance.data_plane.quality.report.figures import meter
from appliance.data_plane.quality.report.markup import count, fold, name, paragraph, percent, section, table, text
from appliance.data_plane.quality.report.plots import Dot, Scale, forest
from appliance.data_plane.quality.report.sheet import facts_answer, provenance, score_answer, sheet
from appliance.data_plane.quality.report.summary import warnings_list
from appliance.data_plane.quality.wording import counted

LINKS = (
    ("warnings", "To do"), ("models", "Models"), ("metrics", "Metrics"), ("classes", "Classes"), ("data", "Data"),
    ("provenance", "Provenance"),
)  # fmt: skip
GAINS = ((0.9, "ok", "as much"), (0.6, "warn", "less"), (-1.0, "bad", "far less"))
MEANINGS = (
    (
        "Average metric difference",
        "Each model is trained twice, on real and on as many synthetic rows, and tested on the same real rows. A model’s gain is what real "
        "rows teach it beyond guessing (at least 0.05; errors are measured in units of the error of a guess), its loss what synthetic rows "
        "teach less (at most its gain, negative where they teach more). The score is 100 × (1 − all losses ÷ all gains), over the models "
        "that learn anything from the real rows (0.02 and more above guessing). 100: as good as real rows; 0: no better than guessing.",
    ),
    ("Guessing", "The same answer for every row: the most frequent class of the real rows, or their mean."),
    ("Intervals", "95 % of 200 bootstrap resamples of the test rows: how far the figure would move with other test rows."),
    (
        "Metrics",
        "Precision, recall and F1 are means over the classes. The area under the ROC curve of more than two classes is the mean of "
        "each class against the rest. Percentage errors leave rows out whose true value is 0.",
    ),
    (
        "Columns",
        "Keys, free text, empty columns and columns that one table lacks are not learnt from. Means, levels and scales are taken from "
        "the rows that are learnt from, so synthetic rows get no help from real ones.",
    ),
)


def render_downstream(report: dict[str, Any]) -> str:
    """The report of `measure_downstream` as one HTML document; the same report gives the same text."""
    task, data = report["task"], report["data"]
    parts = "".join(part(report) for part in (warnings_list, _models, _metrics, _classes, _data)) + _provenance(report)
    sub = (
        f"{counted(data['real_rows'], 'real row')} and {counted(data['synthetic_rows'], 'synthetic row')} to learn from, "
        f"{counted(data['test_rows'], 'real row')} to be tested on. Target: {task['target']}."
    )
    return sheet(report, f"{task['type'].capitalize()} report", sub, _answers(report), parts, LINKS)


def _answers(report: dict[str, Any]) -> str:
    score, verdict, means = report["average_metric_difference"], report["verdict"], report["average_metrics"]
    interval = report["average_metric_difference_interval"]
    reach = None if interval["low"] is None else (interval["low"], interval["high"])
    first = score_answer("Do models learn as much?", verdict["quality"], score, "Of what real rows teach", reach)
    label = report["task"]["metric_label"]
    label = label[:1].upper() + label[1:]
    pairs = [
        (f"{label}, after real rows", figure(means["real"])),
        (f"{label}, after synthetic rows", figure(means["synthetic"])),
        (f"{label}, guessing", figure(means["guess"])),
        ("Models in the mean", means["models"]),
    ]
    return first + facts_answer("Would you choose the same model?", verdict["choice"] or "Only one model was tried.", pairs)


def _models(report: dict[str, Any]) -> str:
    task, models = report["task"], report["models"]
    ends = [abs(model[key] or 0.0) for model in models for key in ("difference", "difference_low", "difference_high")]
    reach = max(0.02, min(max(ends), 4 * sorted(ends)[len(ends) // 2] + 0.02) if not task["less_is_better"] else max(ends))
    words = ("less", "0", "more") if not task["less_is_better"] else ("less error", "0", "more error")
    scale = Scale(-reach, reach, 0.0, words, _signed)
    caption = f"Difference of {task['metric_label']}, synthetic less real, by model"
    heads = ("Model", "Synthetic less real", "Synthetic / real", "Learns")
    shown = forest([_dot(model, task["metric"]) for model in models], scale, caption, heads)
    lead = f"Best on real rows first, by {task['metric_label']}. The dashed line: synthetic rows teach exactly as much as real ones."
    return section("models", "Models", shown, lead)


def _dot(model: dict[str, Any], metric: str) -> Dot:
    ours, real = model["synthetic"][metric], model["real"][metric]
    tone, word = next((tone, word) for least, tone, word in GAINS if model["kept_share"] >= least)
    reading = (tone, word) if model["learns"] else ("none", "nothing from either")
    note = f"rank {model['rank_real']} by real, {model['rank_synthetic']} by synthetic rows"
    note += f"; stands in for {', '.join(model['stands_for'])}" if model["stands_for"] else ""
    beside = f"{figure(ours)} / {figure(real)}"
    return Dot(
        text(model["label"]), model["difference"], model["difference_low"], model["difference_high"], None, reading, text(note), beside
    )


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    shown = figure(abs(value))
    return shown if shown == "0.000" else ("−" if value < 0 else "+") + shown


def _metrics(report: dict[str, Any]) -> str:
    names = list(report["models"][0]["real"])
    heads = [("Model", ""), *((text(LABELS.get(metric, metric)), "num") for metric in names)]
    rows = [[text(model["label"]), *(_pair(model["synthetic"][key], model["real"][key]) for key in names)] for model in report["models"]]
    shown = table(heads, rows, "Every metric of every model, after synthetic and after real rows", kind="dense")
    return section("metrics", "All metrics", shown, "After synthetic rows / after real rows, on the same test rows.")


def _pair(ours: float | None, real: float | None) -> str:
    return f'<span class="pair">{figure(ours)}<span> / </span>{figure(real)}</span>'


def _classes(report: dict[str, Any]) -> str:
    if not report["classes"]:
        return ""
    heads = [
        ("Class", ""), ("Test rows", "num"), ("Rows learnt from: real", "num"), ("synthetic", "num"),
        ("Found after real rows", "num"), ("Found after synthetic rows", "stab"),
    ]  # fmt: skip
    shown = table(heads, [_class(entry) for entry in report["classes"]], "Share of each class that the best model finds")
    lead = f"Recall of the best model ({report['best']['real']}), class by class. Classes of fewer than 10 training rows are not named."
    return section("classes", "Classes", shown, lead)


def _class(entry: dict[str, Any]) -> list[str]:
    label = name(entry["name"]) if entry["name"] is not None else '<span class="quiet">a rare class</span>'
    drawn = meter(entry["synthetic_found"])
    return [
        label, count(entry["test_rows"]), count(entry["real_rows"]), count(entry["synthetic_rows"]),
        percent(entry["real_found"], 0), f'<span class="both">{drawn}<span>{percent(entry["synthetic_found"], 0)}</span></span>',
    ]  # fmt: skip


def _data(report: dict[str, Any]) -> str:
    data = report["data"]
    used = [*data["numeric_columns"], *data["categorical_columns"]]
    learnt = paragraph(f"Learnt from {counted(len(used), 'column')}:") + f"<p>{', '.join(name(column) for column in used)}</p>"
    left_out = [[name(column["name"]), text(column["reason"])] for column in data["columns_left_out"]]
    rest = fold(
        f"{counted(len(left_out), 'column')} not learnt from",
        table([("Column", ""), ("Reason", "")], left_out, "Columns not learnt from", kind="dense"),
    )
    source = "a table of their own" if data["own_holdout"] else "set aside from the training table before anything was learnt here"
    return section("data", "Data", learnt + (rest if left_out else ""), f"Test rows: {source}.")


def _provenance(report: dict[str, Any]) -> str:
    sampling = report["sampling"]
    settings = [
        ("Seed", str(sampling["seed"])),
        ("Rows to learn from, at most", f"{sampling['rows_limit']:,}" if sampling["rows_limit"] else "as many as fit (20,000)"),
        ("Bootstrap resamples", str(sampling["resamples"])),
        ("Training rows that must hold a class before it is named", str(sampling["named_from_rows"])),
    ]
    return provenance(report, settings, MEANINGS)
