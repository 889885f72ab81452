"""What attackers get out of the table: the legal criteria, membership over all rows and in the tail, attributes."""

from __future__ import annotations

from typing import Any

from appliance.data_plane.quality.phrases import counted, evidence, widened
from appliance.data_plane.quality.report.figures import meter
from appliance.data_plane.quality.report.markup import explained, fold, name, number, percent, section, table, text
from appliance.data_plane.quality.report.plots import Dot, Scale, forest
from appliance.data_plane.quality.thresholds import RISK_HIGH

SHOWN = 10
"""Attacks that stand in the open; the others are in a fold."""
ATTACKS = (
    ("singling_out", "Singling out", "a description that fits one person only"),
    ("linkability", "Linkability", "two parts of one person’s row brought together"),
    ("inference", "Inference", "an unknown fact of a person guessed"),
)


def attacks(report: dict[str, Any]) -> str:
    """All attacks, each with its interval beside what it reaches on people who are not in the table."""
    found = report.get("privacy") or {}
    lead = "What a stranger who holds the synthetic table could learn about the people it was trained on. "
    lead += "The same attack on unseen real rows shows what would be learnt anyway."
    notice = f'<p class="calm w-warn"><b aria-hidden="true">!</b> {text(found["unavailable"])}</p>' if found.get("unavailable") else ""
    body = notice + _criteria(found) + _membership(found) + _attributes(found)
    keys = ["attacks"] if found.get("attacks") else []
    keys += ["membership"] if found.get("membership") else []
    keys += ["tail"] if found.get("tail") else []
    keys += ["attribute"] if found.get("attributes") else []
    return section("attacks", "Attacks", body + (explained(*keys) if keys else ""), lead) if body else ""


def _criteria(found: dict[str, Any]) -> str:
    every = found.get("attacks") or {}
    groups = [(word, attack) for key, word, _ in ATTACKS for attack in every.get(key) or []]
    if not groups:
        return ""
    groups = sorted(groups, key=lambda group: -_strength(group[1]))
    dots = [_attack(attack, word, len(groups)) for word, attack in groups]
    high = max([0.2, *(attack["high"] for _, attack in groups[:SHOWN] if attack["high"] is not None)])
    scale = Scale(-0.02, high, 0.0, ("0 nothing", "", _points(high)), _points)
    heads = ("Attack", "Risk beyond control", "Right: members / unseen / guess", "Reading")
    caption = "Attacks: risk beyond what unseen rows show"
    shown = forest(dots[:SHOWN], scale, caption, heads, kind="dense")
    rest = forest(dots[SHOWN:], scale, "Further attacks", heads, kind="dense") if len(dots) > SHOWN else ""
    more = fold(f"{counted(len(dots) - SHOWN, 'further attack')} with less evidence", rest) if rest else ""
    meant = "; ".join(f"{word}: {said}" for _, word, said in ATTACKS)
    said = f"{meant}. {counted(len(dots), 'attack')} tried, strongest evidence first; the readings allow for their number."
    note = f'<p class="quiet">{text(said)}</p>'
    return f"<h3>The three criteria of European data protection</h3>{note}{shown}{more}"


def _least(attack: dict[str, Any], count: int) -> float:
    """The lower end of the risk's interval, widened for the number of attacks."""
    if attack["low"] is None or attack["high"] is None:
        return 0.0
    return widened(attack["risk"], attack["low"], attack["high"], count)[0]


def _strength(attack: dict[str, Any]) -> float:
    if attack["low"] is None or attack["high"] is None:
        return 0.0
    return evidence(attack["risk"], attack["low"], attack["high"], 0.0)


def _attack(attack: dict[str, Any], word: str, count: int) -> Dot:
    beside = " / ".join(percent(attack.get(key)) for key in ("success", "control", "baseline"))
    own = str(attack.get("name") or "")
    label = text(word) if own.lower() in ("", word.lower()) else f"{text(word)}: {name(own, 40)}"
    note = text(f"{attack['attacks']:,} guesses")
    return Dot(label, attack["risk"], attack["low"], attack["high"], None, _risk(attack, count), note, beside)


def _risk(attack: dict[str, Any], count: int) -> tuple[str, str]:
    """A risk is there when its widened interval lies above zero; it is high when that lies beyond a stated size."""
    least = _least(attack, count)
    return ("ok", "none found") if least <= 0 else ("bad", "high") if least > RISK_HIGH else ("warn", "some")


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %".replace("-", "−")


CHANCE = Scale(0.0, 1.0, 0.5, ("0", "0.5 chance", "1"))


def _membership(found: dict[str, Any]) -> str:
    tail, attack = found.get("tail"), found.get("membership")
    dots = []
    if tail:
        dots.append(
            Dot(
                "All rows, AUC",
                tail["auc"],
                tail.get("auc_low"),
                tail.get("auc_high"),
                None,
                _above(tail.get("auc_low")),
                f"{tail['rows']:,} rows, half of them training rows",
                "0.500",
            )
        )
        style = ("bad", "training rows show") if tail["alarm"] else ("ok", "no more than chance")
        note = f"training rows among the {tail['probes']:,} real rows nearest to a synthetic one"
        dots.append(Dot("The tail", tail["share"], tail["low"], tail["high"], None, style, note, "0.500"))
    if attack:
        note = f"{attack['attacks']:,} attacks on {counted(attack['rows'], 'training row')}"
        dots.append(Dot("Threshold attacks, precision", attack["precision"], None, None, None, ("none", ""), note, "0.500"))
    if not dots:
        return ""
    shown = forest(dots, CHANCE, "Membership inference", ("Was this person in the data?", "Value", "By chance", "Reading"))
    return f"<h3>Membership inference</h3>{shown}{_alarms(tail)}"


def _above(low: float | None) -> tuple[str, str]:
    if low is None:
        return "none", ""
    return ("warn", "above chance") if low > 0.5 else ("ok", "no more than chance")


def _alarms(tail: dict[str, Any] | None) -> str:
    """Members found while few others are accused wrongly."""
    if not tail:
        return ""
    between = ""
    if tail.get("tpr_low") is not None:
        between = f" (95 % interval {percent(tail['tpr_low'])} to {percent(tail['tpr_high'])})"
    words = f"At 1 % false alarms {percent(tail['tpr'])} of the training rows are found{between}; chance finds 1 %."
    if tail.get("tpr_tenth") is not None:
        words += f" At 0.1 %: {percent(tail['tpr_tenth'], 2)}; chance finds 0.1 %."
    return f'<p class="quiet">{text(words)}</p>'


def _attributes(found: dict[str, Any]) -> str:
    attack = found.get("attributes")
    if not attack:
        return ""
    rows = [_attribute(column) for column in sorted(attack["columns"], key=lambda column: column["score"])]
    heads = [
        ("Column", ""), ("Right, training rows", "num"), ("unseen rows", "num"), ("Difference", "num"), ("Variety", "num"),
        ("Protection", "stab"),
    ]  # fmt: skip
    words = (
        "Read the difference: where unseen rows are guessed as well as training rows, the guess comes from the pattern of the data, not "
        "from a person’s row. The protection score counts every right guess, also those. "
        f"{counted(attack['rows'], 'training row')}, {counted(attack['trials'], 'choice')} of known columns."
    )
    shown = table(heads, rows[:SHOWN], "Attribute inference by column, least protected first", kind="dense")
    if len(rows) > SHOWN:
        more = table(heads, rows[SHOWN:], "Attribute inference, better protected columns", kind="dense")
        shown += fold(f"{counted(len(rows) - SHOWN, 'column')} better protected", more, "long")
    return f'<h3>Attribute inference</h3><p class="quiet">{text(words)}</p>{shown}'


def _attribute(column: dict[str, Any]) -> list[str]:
    bar = meter(column["score"] / 100)
    difference = None if column["holdout_accuracy"] is None else column["accuracy"] - column["holdout_accuracy"]
    return [
        name(column["name"]),
        percent(column["accuracy"]),
        percent(column["holdout_accuracy"]),
        "–" if difference is None else f"{100 * difference:+.1f}".replace("-", "−"),
        number(column["entropy"], 2),
        f'<span class="both">{bar}<span>{int(column["score"])}</span></span>',
    ]
