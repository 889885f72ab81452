"""What the numbers mean: the verdict, the worst attack, and what the table may be used for. Counts and names of columns only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from appliance.data_plane.quality.advice import broken_rules, emptied, group_lost, uncertain, warnings_of, weaker_models
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.quality.phrases import counted, evidence, quoted, share, widened
from appliance.data_plane.quality.score import grade
from appliance.data_plane.quality.thresholds import (
    BARELY_USABLE,
    DETECTED,
    GROUPS,
    LEARNING,
    SHARED,
    SHARED_WITH_CARE,
    SHARING,
    TELLING_HOLDOUT,
    TESTING,
    UNLIKE,
    USABLE_MODELS,
    USES,
    WIDE_MARGIN,
)  # fmt: skip

__all__ = ["counted", "fit_for_use", "leaks", "verdict", "warnings_of", "worst_attack"]

QUALITY_SENTENCES = {
    "Excellent": "The synthetic table is a faithful stand-in for the training data",
    "Good": "The synthetic table keeps most of what the training data shows",
    "Moderate": "The synthetic table keeps the outline of the training data but loses detail",
    "Poor": "The synthetic table differs from the training data in many ways",
    "Very Poor": "The synthetic table does not resemble the training data",
}
WORDS = {"yes": "Yes", "care": "With care", "no": "No", "unsure": "Not known"}
ATTACKS = {"singling_out": "Singling out", "linkability": "Linkability", "inference": "Inference"}


def verdict(findings: Findings, options: JudgeOptions | None = None) -> dict[str, Any]:
    """Two plain sentences, quality and privacy; their answers in a word; and the worst attack, which no privacy score may stand without."""
    budget = options.budget if options else ()
    found: dict[str, Any] = {"quality": _quality_sentence(findings), "privacy": _privacy_sentence(findings, proven=bool(budget))}
    fits = {"quality": _good(findings), "privacy": _safe(findings, proven=bool(budget))}
    found["answers"] = {key: {"fit": fit, "word": WORDS[fit]} for key, fit in fits.items()}
    return found | {"worst_attack": worst_attack(findings)}


def _good(findings: Findings) -> str:
    if findings.quality is None:
        return "unsure"
    if findings.quality < UNLIKE:
        return "no"
    return "care" if findings.quality < USES[0][1] or _shortcoming(findings) else "yes"


def _safe(findings: Findings, *, proven: bool) -> str:
    if leaks(findings):
        return "no"
    if findings.privacy is None:
        return "unsure"
    if findings.privacy < SHARED_WITH_CARE:
        return "no"
    if _too_unlike(findings) and not proven:
        return "unsure"
    return "care" if findings.privacy < SHARED or _near_edge(findings) or _found(findings) else "yes"


def _quality_sentence(findings: Findings) -> str:
    if findings.quality is None:
        return "There is nothing to judge: no column but keys holds a value, so the quality is not known."
    text = f"{QUALITY_SENTENCES[grade(findings.quality)]}: it scores {int(findings.quality)} of 100"
    ceiling = _ceiling(findings)
    if ceiling is not None and findings.comparison.holdout_rows >= TELLING_HOLDOUT:
        text += f", where real rows that the engine never saw score {int(ceiling)}"
    flaw = _shortcoming(findings)
    return f"{text}; but {flaw}." if flaw else text + "."


def _ceiling(findings: Findings) -> float | None:
    """What real rows score: as many as the synthetic table has where that is known, the held-out rows as they are otherwise."""
    known = findings.intervals.scores.get("synthetic_quality_score") if findings.intervals else None
    return findings.reference if known is None or known.reference is None else known.reference


def _shortcoming(findings: Findings) -> str:
    """What a good score hides: rows that a machine tells, models that learn less, columns that came back empty."""
    empty = [fact.name for fact in findings.comparison.facts if emptied(fact)]
    if findings.comparison.absent or empty:
        return f"{counted(len(findings.comparison.absent) + len(empty), 'column')} came back without values"
    worse = [target for target in weaker_models(findings) if (target.ratio or 0.0) < USABLE_MODELS]
    if worse:
        least = max(0.0, min(target.ratio or 0.0 for target in worse))
        return f"models trained on it keep only {share(least, 0)} of what real rows teach"
    if findings.discriminator is not None and findings.discriminator.low >= DETECTED:
        return f"a machine still tells its rows from real ones (AUC {findings.discriminator.auc:.2f})"
    return ""


def _privacy_sentence(findings: Findings, *, proven: bool) -> str:
    if findings.privacy is None and not leaks(findings):
        promise = "The table was made under differential privacy; attacks were not tried: " if proven else "Privacy was not measured: "
        return promise + findings.no_attacks[:1].lower() + findings.no_attacks[1:]
    score = ""
    if findings.privacy is not None:
        score = f"{int(findings.privacy)} of 100"
        score += f", give or take {math.ceil(findings.privacy_margin)}" if uncertain(findings) else ""
    if leaks(findings):
        score = f" (privacy score {score})" if score else ""
        return f"Rows of the training data show through; read the warnings before the table leaves your hands{score}."
    if findings.privacy is not None and findings.privacy < SHARED:
        return f"The attacks learnt more than they should about the training rows: the privacy score is {score}."
    if _too_unlike(findings) and not proven:
        return f"The attacks failed, but on a table this unlike the training data they always do: the score of {score} proves little."
    worst = _found(findings)
    if worst:
        start = "Made under differential privacy; yet one" if proven else "No alarm was raised, but one"
        return f"{start} attack learnt somewhat more about training rows than about people outside the table: the privacy score is {score}."
    start = "Made under differential privacy, and no" if proven else "No"
    doubt = "; so few rows leave that uncertain" if _near_edge(findings) else ""
    return f"{start} attack learnt more about training rows than about people outside the table: the privacy score is {score}{doubt}."


def _too_unlike(findings: Findings) -> bool:
    return findings.quality is not None and findings.quality < UNLIKE


def leaks(findings: Findings) -> bool:
    """Whether any privacy test shows that training rows come through."""
    return bool(findings.failed)


def worst_attack(findings: Findings) -> dict[str, Any] | None:
    """The attack with the strongest evidence of working better than chance, in figures and in a sentence; None when none was tried.

    The interval is widened for the number of attacks (Bonferroni), because the worst of many is bad by chance alone."""
    tried = list(_tried(findings))
    if not tried:
        return None
    wide = [one.widened(len(tried)) for one in tried]
    worst = max(wide, key=lambda one: evidence(one.value, one.low, one.high, one.chance))
    low, high = max(0.0, worst.low), min(1.0, worst.high)
    found = worst.low > worst.chance
    between = f"95 % interval {worst.write(low)} to {worst.write(high)}; {counted(len(tried), 'attack')} tried"
    said = f"{worst.said} ({between})." if found else f"none worked; the nearest, {worst.said}, is explained by chance ({between})."
    return {
        "name": worst.name, "value": worst.value, "low": low, "high": high, "chance": worst.chance, "attacks": len(tried),
        "found": found, "said": said,
    }  # fmt: skip


def _found(findings: Findings) -> bool:
    worst = worst_attack(findings)
    return worst is not None and bool(worst["found"])


class _Tried(msgspec.Struct, frozen=True):
    """One attack: its figure and interval, what chance gives, and how it is put."""

    name: str
    value: float
    low: float
    high: float
    chance: float
    said: str
    percent: bool = True

    def widened(self, count: int) -> _Tried:
        low, high = widened(self.value, self.low, self.high, count)
        return msgspec.structs.replace(self, low=low, high=high)

    def write(self, value: float) -> str:
        return share(value) if self.percent else f"{value:.2f}"


def _tried(findings: Findings) -> Iterator[_Tried]:
    found = findings.sections.attacks
    for key, word in ATTACKS.items():
        for attack in getattr(found, key) if found is not None else ():
            target = f" of {quoted(attack.name)}" if key == "inference" else f" ({attack.name})"
            said = f"{word}{target}, {share(attack.risk)} beyond what people outside the table suffer"
            yield _Tried(word, attack.risk, attack.low, attack.high, 0.0, said)
    tail = findings.tail
    if tail is not None:
        said = f"Membership inference, AUC {tail.auc:.2f} where guessing gives 0.50"
        yield _Tried("Membership inference", tail.auc, tail.auc_low, tail.auc_high, 0.5, said, percent=False)
        said = f"Membership in the tail, {share(tail.share, 0)} of the nearest rows are training rows where chance gives 50 %"
        yield _Tried("Membership in the tail", tail.share, tail.low, tail.high, 0.5, said)


def fit_for_use(findings: Findings, options: JudgeOptions | None = None) -> list[dict[str, Any]]:
    """For every use: `yes`, `care`, `no` or `unsure`, with the reason."""
    sharing = _sharing(findings, proven=bool(options and options.budget))
    quality = findings.quality
    if quality is None:
        return [*({"use": use, "fit": "unsure", "reason": "There is nothing to judge."} for use, _, _ in USES), sharing]
    rows = [_use(findings, use, _fit(quality, good, fair), _reason(quality, good, fair)) for use, good, fair in USES]
    return [*rows[:1], *_groups(findings), *rows[1:], sharing]


def _use(findings: Findings, use: str, fit: str, reason: str) -> dict[str, Any]:
    """A use as the quality score has it, lowered by what else was found."""
    doubt = _doubt(findings, use) if fit == "yes" else None
    if doubt is not None:
        fit, reason = doubt
    elif use in LEARNING and fit == "yes":
        reason = _kept(findings) + reason
    return {"use": use, "fit": fit, "reason": reason}


def _doubt(findings: Findings, use: str) -> tuple[str, str] | None:
    """What a good quality score does not show: models that learn less, rows that a machine tells, rules that are broken."""
    worse, found = weaker_models(findings), findings.discriminator
    if use in LEARNING and worse:
        least = max(0.0, min(target.ratio or 0.0 for target in worse))
        why = f"Models trained on it keep {share(least, 0)} of what real rows teach; see the warnings."
        return ("care" if least >= BARELY_USABLE else "no"), why
    if use in LEARNING and found is not None and found.low >= DETECTED:
        return "care", f"A machine tells its rows from real ones (AUC {found.auc:.2f}); see what gave them away."
    broken = broken_rules(findings)
    if use == TESTING and broken:
        return "care", f"{counted(len(broken), 'rule')} of the training table broken; see the warnings."
    return None


def _kept(findings: Findings) -> str:
    targets = findings.sections.utility.targets if findings.sections.utility else ()
    kept = [target.ratio for target in targets if target.ratio is not None]
    return f"Models trained on it keep {share(min(1.0, *kept), 0)} of what real rows teach. " if kept else ""


def _groups(findings: Findings) -> list[dict[str, Any]]:
    """Whether single groups can be relied on; no line where the table has no groups."""
    if findings.sections.subgroups is None:
        return []
    worst = group_lost(findings)
    if worst:
        why = f"The least faithful group loses {share(worst.reference - worst.accuracy)} of its accuracy; see the warnings."
        return [{"use": GROUPS, "fit": "care", "reason": why}]
    if (findings.quality or 0.0) < USES[0][1]:
        return [{"use": GROUPS, "fit": "no", "reason": f"The quality score is {int(findings.quality or 0)}; {USES[0][1]} is wanted."}]
    return [
        {"use": GROUPS, "fit": "yes", "reason": "Every group with 50 training rows or more is about as faithful as real rows would be."}
    ]


def _fit(quality: float, good: int, fair: int) -> str:
    return "yes" if quality >= good else "care" if quality >= fair else "no"


def _reason(quality: float, good: int, fair: int) -> str:
    if quality >= good:
        return f"The quality score is {int(quality)}; {good} is enough."
    return f"The quality score is {int(quality)}; {good} is wanted" + (", check what you rely on." if quality >= fair else ".")


def _sharing(findings: Findings, *, proven: bool) -> dict[str, Any]:
    fit, reason = _shared(findings, proven=proven)
    return {"use": SHARING, "fit": fit, "reason": reason}


def _shared(findings: Findings, *, proven: bool) -> tuple[str, str]:
    if leaks(findings):
        return "no", "Training rows show through; see the warnings."
    if findings.privacy is None:
        return ("care", "Made under differential privacy; attacks were not tried.") if proven else ("no", "Privacy was not measured.")
    score = int(findings.privacy)
    if _near_edge(findings):
        margin = math.ceil(findings.privacy_margin)
        return "unsure", f"The privacy score is {score}, but may move by ±{margin} with so few rows; {SHARED} is wanted."
    if score < SHARED:
        return _fit(score, SHARED, SHARED_WITH_CARE), f"The privacy score is {score}; {SHARED} is wanted."
    if _found(findings):
        return "care", f"One attack learnt somewhat more than it should; the privacy score is {score}."
    if _too_unlike(findings) and not proven:
        return "unsure", "Attacks on a table this unlike the training data prove nothing about what the engine remembers."
    start = "Made under differential privacy; no" if proven else "No"
    return "yes", f"{start} test raised an alarm, and the privacy score is {score}."


def _near_edge(findings: Findings) -> bool:
    """Whether the interval of the privacy score is wide, or spans a limit of sharing."""
    if findings.privacy is None:
        return False
    margin = findings.privacy_margin
    return margin >= WIDE_MARGIN or any(
        findings.privacy - margin < edge <= findings.privacy + margin for edge in (SHARED, SHARED_WITH_CARE)
    )
