"""The privacy section: attacks, copies, the tail."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.report.figures import interval, meter, stacked, tone
from appliance.data_plane.quality.report.markup import count, name, number, paragraph, percent, section, table, text
from appliance.data_plane.quality.score import PRIVACY_GRADES, grade
from appliance.data_plane.quality.wording import counted

MARKS = (("3", "no use", "m1"), ("2.5", "hardly", "m2"), ("2", "some", "m3"), ("1.5", "much", "m4"), ("1", "works", "m5"))


def privacy(report: dict[str, Any]) -> str:
    """Everything about the training rows that an attacker could try."""
    found = report.get("privacy") or {}
    parts = [_notice(found), _copies(found), _tail(found), _membership(found), _attributes(found)]
    lead = "What a stranger who holds the synthetic table could learn about the training rows."
    return section("privacy", "Privacy", "".join(part for part in parts if part), lead)


def _notice(found: dict[str, Any]) -> str:
    return f'<p class="calm w-warn"><b>!</b> {text(found["unavailable"])}</p>' if found.get("unavailable") else ""


def _copies(found: dict[str, Any]) -> str:
    exact, near = found.get("exact_copies"), found.get("near_copies")
    if not exact:
        return ""
    rows = [
        ["Equal to a training row", count(exact["copies"]), percent(exact["share"], 2), percent(exact["holdout_share"], 2)],
        [
            "Equal to a row the training table holds once",
            count(exact["unique"]),
            percent(exact["unique_share"], 2),
            percent(exact["holdout_unique_share"], 2),
        ],
    ]
    if near:
        rows.append(
            [
                "Within the distance of the nearest 1 % of unseen real rows",
                "–",
                percent(near["share"], 2),
                percent(near["holdout_share"], 2),
            ]
        )
    left_out = found.get("identifier_columns_left_out") or []
    note = f"{counted(len(left_out), 'identifier column')} left out of the comparison. " if left_out else ""
    note += "Unseen real rows repeat training rows by chance; only what exceeds their rate is a copy."
    heads = [("Synthetic rows that are …", ""), ("Rows", "num"), ("Share", "num"), ("Unseen real rows", "num")]
    return f"<h3>Copies</h3>{table(heads, rows, 'Exact and near copies of training rows')}{paragraph(note)}"


def _tail(found: dict[str, Any]) -> str:
    tail = found.get("tail")
    if not tail:
        return ""
    style = "t-bad" if tail["alarm"] else "t-accent"
    drawn = interval(
        "a-tail", "Training rows among the nearest rows", tail["share"], tail["low"], tail["high"], ends=("0 %", "100 %"), style=style
    )
    words = (
        f"Of the {tail['probes']} real rows that lie nearest to the synthetic table (1 % of {tail['rows']:,}, half of them training rows), "
        f"{percent(tail['share'])} are training rows; 95 % interval {percent(tail['low'])} to {percent(tail['high'])}. "
        f"Over all rows: area under the curve {tail['auc']:.3f}; {percent(tail['tpr'])} of members found at 1 % false alarms (chance: 1 %)."
    )
    return f'<h3>The nearest rows</h3><figure class="card narrow">{drawn}</figure>{paragraph(words)}'


def _membership(found: dict[str, Any]) -> str:
    attack = found.get("membership")
    if not attack:
        return ""
    parts = [(word, attack["marks"].get(mark, 0), style) for mark, word, style in MARKS]
    key = "".join(
        f'<span><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="{style}" width="12" height="12"/></svg> {word} {amount}</span>'
        for word, amount, style in parts
    )
    words = (
        f"{attack['attacks']:,} attacks on {counted(attack['rows'], 'training row')} and as many unseen ones: a row is called "
        f"a training row when its nearest synthetic row is near. Mean precision {attack['precision']:.3f}; 0.5 is a coin."
    )
    if attack.get("margin") is not None:
        words += f" Other unseen rows would move the score by ±{attack['margin']:.1f} (95 % interval)."
    drawn = stacked("a-member", "Membership attacks by success", parts)
    return f'<h3>Membership inference</h3><figure class="card">{drawn}<p class="key">{key}</p></figure>{paragraph(words)}'


def _attributes(found: dict[str, Any]) -> str:
    attack = found.get("attributes")
    if not attack:
        return ""
    rows = [_attribute(column) for column in sorted(attack["columns"], key=lambda column: column["score"])]
    heads = [
        ("Column", ""),
        ("Guessed right, training rows", "num"),
        ("unseen rows", "num"),
        ("Difference", "num"),
        ("Variety", "num"),
        ("Protection", "stab"),
    ]
    words = (
        f"{counted(attack['rows'], 'training row')}, {counted(attack['trials'], 'choice')} of known columns (at most three); "
        "the five nearest synthetic rows vote. "
        "Where unseen rows are guessed as well as training rows, the guess comes from the pattern of the data, not from a person’s row."
    )
    shown = table(heads, rows, "Attribute inference by column, least protected first", kind="dense")
    return f"<h3>Attribute inference</h3>{paragraph(words)}{shown}"


def _attribute(column: dict[str, Any]) -> list[str]:
    bar = meter(column["score"] / 100, f"t-{tone(grade(column['score'], PRIVACY_GRADES))}")
    return [
        name(column["name"]),
        percent(column["accuracy"]),
        percent(column["holdout_accuracy"]),
        _points(column["accuracy"], column["holdout_accuracy"]),
        number(column["entropy"], 2),
        f'<span class="both">{bar}<span>{int(column["score"])}</span></span>',
    ]


def _points(ours: float, theirs: float | None) -> str:
    return "–" if theirs is None else f"{100 * (ours - theirs):+.1f}"
