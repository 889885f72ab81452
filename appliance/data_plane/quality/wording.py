"""What the numbers mean: the verdict, what the table may be used for, and what needs doing. Counts and column names only."""

from __future__ import annotations

import math
from typing import Any

from appliance.data_plane.quality.column import Role
from appliance.data_plane.quality.facts import Facts
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.quality.score import PRIVACY_GRADES, distribution_curve, grade

QUALITY_SENTENCES = {
    "Excellent": "The synthetic table is a faithful stand-in for the training data",
    "Good": "The synthetic table keeps most of what the training data shows",
    "Moderate": "The synthetic table keeps the outline of the training data but loses detail",
    "Poor": "The synthetic table differs from the training data in many ways",
    "Very Poor": "The synthetic table does not resemble the training data",
}
USES = (
    ("Machine learning and statistics", 60, 40),
    ("Balancing or augmenting machine-learning data", 60, 40),
    ("Testing before production", 40, 20),
    ("Demonstrations and mock data", 20, 0),
)
"""Use, the quality from which it fits, and the quality from which it fits with care."""
SHARING = "Sharing outside the organisation"
SHARED, SHARED_WITH_CARE = 60, 40
"""Privacy scores from which a table may be shared, and may be shared with care."""
TELLING_MARGIN = 5.0
"""Points of uncertainty in the membership score that a reader is told of."""
NAMED_COLUMNS = 5
DETECTABLE, DETECTED = 0.6, 0.75
"""AUC of the discriminator below which rows are hardly told apart, and from which they clearly are: real rows against real rows read
up to 0.55 on small tables; from 0.75 a stranger with the usual tools sees which rows are made."""
ACCURATE = 0.02
"""Accuracy a table may lose against unseen real rows before a reader is told: what binning alone moves on some hundred rows."""
FAITHFUL_MODELS, USABLE_MODELS = 0.95, 0.85
"""Share of the real rows' skill that a model trained on synthetic rows keeps, for `as good` and for `weaker`."""
RISK_HIGH = 0.1
"""Risk beyond control from which an attack counts as working: one more hit in ten than people outside the table suffer."""


def verdict(findings: Findings) -> dict[str, str]:
    """Two plain sentences: quality and privacy."""
    return {"quality": _quality_sentence(findings), "privacy": _privacy_sentence(findings)}


def _quality_sentence(findings: Findings) -> str:
    if findings.quality is None:
        return "There is nothing to judge: no column but keys holds a value, so the quality is not known."
    word = grade(findings.quality)
    text = f"{QUALITY_SENTENCES[word]}: it scores {int(findings.quality)} of 100 ({word})"
    if findings.reference is None:
        return text + "."
    held = f"{counted(findings.comparison.holdout_rows, 'real row')} that the engine never saw"
    return f"{text}; by the same measure {held} score {int(findings.reference)}."


def _privacy_sentence(findings: Findings) -> str:
    if findings.privacy is None:
        return "Privacy was not measured: " + findings.no_attacks[:1].lower() + findings.no_attacks[1:]
    score = f"{int(findings.privacy)} of 100 ({grade(findings.privacy, PRIVACY_GRADES)})"
    if _uncertain(findings):
        score += f", give or take {_margin(findings.privacy_margin)}"
    if leaks(findings):
        return f"Rows of the training data show through; read the warnings before the table leaves your hands (privacy score {score})."
    if findings.privacy < 60:
        return f"The attacks learnt more than they should about the training rows: the privacy score is {score}."
    return f"The attacks told training rows from unseen ones hardly better than chance: the privacy score is {score}."


def copies_excess(findings: Findings) -> bool:
    """Whether exact copies are clearly more frequent than among unseen real rows."""
    exact = findings.exact
    if exact.holdout_unique_share is None:
        return exact.unique > 0
    allowed = exact.holdout_unique_share + 3 * (exact.holdout_unique_share / max(1, findings.comparison.holdout_rows)) ** 0.5
    return exact.unique > 0 and exact.unique_share > allowed


def near_excess(findings: Findings) -> bool:
    """Whether near copies are clearly more frequent than among unseen real rows."""
    return findings.near is not None and findings.near.low > 2 * findings.near.holdout_share


def leaks(findings: Findings) -> bool:
    """Whether any test shows that training rows come through."""
    return copies_excess(findings) or near_excess(findings) or (findings.tail is not None and findings.tail.alarm)


def fit_for_use(findings: Findings) -> list[dict[str, Any]]:
    """For every use: `yes`, `care`, `no` or `unsure`, with the reason."""
    quality = findings.quality
    if quality is None:
        return [*({"use": use, "fit": "unsure", "reason": "There is nothing to judge."} for use, _, _ in USES), _sharing(findings)]
    rows = [{"use": use, "fit": _fit(quality, good, fair), "reason": _reason(quality, good, fair)} for use, good, fair in USES]
    return [*rows, _sharing(findings)]


def _fit(quality: float, good: int, fair: int) -> str:
    return "yes" if quality >= good else "care" if quality >= fair else "no"


def _reason(quality: float, good: int, fair: int) -> str:
    if quality >= good:
        return f"The quality score is {int(quality)}; {good} is enough."
    return f"The quality score is {int(quality)}; {good} is wanted" + (", check what you rely on." if quality >= fair else ".")


def _sharing(findings: Findings) -> dict[str, Any]:
    if findings.privacy is None:
        return {"use": SHARING, "fit": "no", "reason": "Privacy was not measured."}
    score = int(findings.privacy)
    if leaks(findings):
        return {"use": SHARING, "fit": "no", "reason": "Training rows show through; see the warnings."}
    margin = findings.privacy_margin
    if any(findings.privacy - margin < edge <= findings.privacy + margin for edge in (SHARED, SHARED_WITH_CARE)):
        why = f"The privacy score is {score}, but may move by ±{_margin(margin)} with only {_held(findings)}; {SHARED} is wanted."
        return {"use": SHARING, "fit": "unsure", "reason": why}
    if score >= SHARED:
        return {"use": SHARING, "fit": "yes", "reason": f"The privacy score is {score} and no copy or tail alarm was raised."}
    return {"use": SHARING, "fit": _fit(score, SHARED, SHARED_WITH_CARE), "reason": f"The privacy score is {score}; {SHARED} is wanted."}


def _uncertain(findings: Findings) -> bool:
    """Whether so few rows were compared that the scores may well be others."""
    return findings.membership is not None and findings.membership.margin >= TELLING_MARGIN


def _margin(points: float) -> int:
    return math.ceil(points)


def _held(findings: Findings) -> str:
    """The rows that limit the membership attack: those that were held out, or the training rows where they are fewer."""
    comparison = findings.comparison
    word = "held-out" if comparison.holdout_rows <= comparison.left_rows else "training"
    return counted(min(comparison.holdout_rows, comparison.left_rows), f"{word} row")


def warnings_of(findings: Findings, options: JudgeOptions) -> list[dict[str, str]]:
    """What needs action, most serious first: `{level, what, action}`."""
    found = [*_privacy_warnings(findings), *_shape_warnings(findings), *_score_warnings(findings), *_column_warnings(findings)]
    found += [_warning("warn", sentence, "") for sentence in options.warnings]
    return sorted(found, key=lambda warning: ("bad", "warn", "note").index(warning["level"]))


def _warning(level: str, what: str, action: str) -> dict[str, str]:
    return {"level": level, "what": what, "action": action}


def _privacy_warnings(findings: Findings) -> list[dict[str, str]]:
    found = []
    if copies_excess(findings):
        unique = findings.exact.unique
        said = "are exact copies of rows" if unique != 1 else "is an exact copy of a row"
        what = f"{counted(unique, 'synthetic row')} {said} that the training table holds once."
        found.append(_warning("bad", what, "Remove them, or train again with the similarity filter on."))
    if near_excess(findings) and findings.near is not None:
        ours, theirs = 100 * findings.near.share, 100 * findings.near.holdout_share
        what = f"{ours:.1f} % of synthetic rows lie as near to a training row as only {theirs:.1f} % of unseen real rows do."
        found.append(_warning("bad", what, "Train again with the similarity filter on, or with fewer details kept."))
    if findings.tail is not None and findings.tail.alarm:
        what = f"{100 * findings.tail.share:.0f} % of the rows nearest to the synthetic table are training rows; half would be chance."
        found.append(_warning("bad", what, "The engine remembers some rows: train on more rows or with the outlier filter on."))
    if _uncertain(findings) and findings.membership is not None:
        moves = f"may move by ±{_margin(findings.membership.margin)}, the privacy score by ±{_margin(findings.privacy_margin)}"
        what = f"Only {_held(findings)}: the membership score {moves} (95 % interval)."
        found.append(_warning("warn", what, "Read them as ranges, or train on more rows for a sharper reading."))
    if findings.no_attacks:
        found.append(_warning("warn", "Privacy was not measured. " + findings.no_attacks, "Train on at least 200 rows before sharing."))
    return found


def _shape_warnings(findings: Findings) -> list[dict[str, str]]:
    comparison = findings.comparison
    found = []
    if comparison.absent:
        many = counted(len(comparison.absent), "training column")
        what = f"{many} missing from the synthetic table: {_listed(list(comparison.absent))}."
        found.append(_warning("bad", what, "In no score. Generate again with every column."))
    if comparison.added:
        many = counted(len(comparison.added), "synthetic column")
        what = f"{many} not in the training table: {_listed(list(comparison.added))}."
        found.append(_warning("warn", what, "In no score. Remove what is not wanted."))
    if comparison.right_rows < min(1000, comparison.left_rows):
        what = f"The synthetic table has only {counted(comparison.right_rows, 'row')}; scores on so few are uncertain."
        found.append(_warning("note", what, "Generate as many rows as the training table has for a sharper reading."))
    return found


def _score_warnings(findings: Findings) -> list[dict[str, str]]:
    found = []
    action = "Train on more rows or with more effort before you rely on how columns go together."
    if findings.correlation is not None and findings.correlation.score < 60:
        found.append(_warning("warn", "Columns depend on each other otherwise than in the training table.", action))
    if findings.structure is not None and findings.structure.score < 60:
        found.append(_warning("warn", "Whole rows fall into other shapes than in the training table.", action))
    return found


def _column_warnings(findings: Findings) -> list[dict[str, str]]:
    facts = findings.comparison.facts
    found = []
    for test, level, one, many, action in (
        (
            _emptied,
            "bad",
            "has values in training but none",
            "have values in training but none",
            "Look at the engine’s log for the reason.",
        ),
        (_weak, "warn", "is distributed differently", "are distributed differently", "See the drawings below before you rely on it."),
        (_gaps, "warn", "lacks values at another rate than in training", "lack values at another rate than in training", "Check first."),
        (_invented, "warn", "holds values unknown to training", "hold values unknown to training", "Check how the file was read."),
    ):
        names = [fact.name for fact in facts if test(fact)]
        if names:
            said = f"{counted(len(names), 'column')} {one if len(names) == 1 else many}"
            found.append(_warning(level, f"{said} in the synthetic table: {_listed(names)}.", action))
    return found


def _emptied(facts: Facts) -> bool:
    return facts.left.missing < facts.left.rows and facts.right.rows > 0 and facts.right.missing == facts.right.rows


def _weak(facts: Facts) -> bool:
    return facts.distance is not None and distribution_curve(facts.distance) < 60 and not _emptied(facts)


def _gaps(facts: Facts) -> bool:
    if not facts.left.rows or not facts.right.rows or _emptied(facts):
        return False
    return abs(facts.left.missing / facts.left.rows - facts.right.missing / facts.right.rows) > 0.05


def _invented(facts: Facts) -> bool:
    return facts.role in (Role.CATEGORICAL, Role.BINARY) and facts.unseen_share is not None and facts.unseen_share > 0.01


def counted(number: int, thing: str) -> str:
    """`1 row`, `2 rows`: a number of things whose plural ends in s."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMED_COLUMNS])
    return shown + (f" and {len(names) - NAMED_COLUMNS} more" if len(names) > NAMED_COLUMNS else "")
