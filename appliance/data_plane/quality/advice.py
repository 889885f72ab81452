"""What needs doing: every warning says what was found, where, and what to set. Counts and names of columns only."""

from __future__ import annotations

import math
from collections.abc import Iterator

from appliance.data_plane.quality.column import Role
from appliance.data_plane.quality.facts import Facts
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.options import JudgeOptions
from appliance.data_plane.quality.phrases import counted, listed, quoted, share
from appliance.data_plane.quality.score import distribution_curve
from appliance.data_plane.quality.subgroups import Worst
from appliance.data_plane.quality.thresholds import (
    DETECTABLE,
    DETECTED,
    FAITHFUL_MODELS,
    FEW_ROWS,
    GAPS,
    GROUP_LOST,
    INVENTED,
    TELLING_MARGIN,
    WEAK,
)  # fmt: skip
from appliance.data_plane.quality.utility import TargetUtility

Warned = dict[str, str]
LEVELS = ("bad", "warn", "note")
FILTERS = "Train again with privacy_filters similarity and outliers set to high, or with differential privacy (tabular_dp)."
NAMED_RULES = 6


def warnings_of(findings: Findings, options: JudgeOptions) -> list[Warned]:
    """What needs action, most serious first: `{level, what, action}`."""
    sources = (_leaks, _measured, _shape, _scores, _columns, _rules, _detection, _learning, _group, _promises)
    found = [warning for source in sources for warning in source(findings, options)]
    found += [_warning("note", sentence, "") for sentence in options.warnings]
    return sorted(found, key=lambda warning: LEVELS.index(warning["level"]))


def _warning(level: str, what: str, action: str) -> Warned:
    return {"level": level, "what": what, "action": action}


def _leaks(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    """One warning for each privacy test that failed."""
    failed = set(findings.failed)
    if "copies" in failed:
        unique = findings.exact.unique
        said = "are exact copies of rows" if unique != 1 else "is an exact copy of a row"
        what = f"{counted(unique, 'synthetic row')} {said} that the training table holds once."
        yield _warning("bad", what, "Remove them, or train again with privacy_filters similarity set to high.")
    if "near_copies" in failed and findings.near is not None:
        ours, theirs = share(findings.near.share), share(findings.near.holdout_share)
        what = f"{ours} of synthetic rows lie as near to a training row as only {theirs} of unseen real rows do."
        yield _warning("bad", what, FILTERS)
    if "tail" in failed and findings.tail is not None:
        what = f"{share(findings.tail.share, 0)} of the real rows nearest to the synthetic table are training rows; half would be chance."
        yield _warning("bad", what, "The engine remembers some rows. " + FILTERS)
    if "membership" in failed and findings.tail is not None:
        what = f"An attacker tells training rows from others with AUC {findings.tail.auc:.2f}; 0.5 is guessing."
        yield _warning("bad", what, FILTERS)
    if "distance" in failed and findings.sections.distances is not None:
        what = (
            f"{share(findings.sections.distances.dcr.share)} of synthetic rows lie nearer to training than to unseen rows; half is chance."
        )
        yield _warning("bad", what, FILTERS)
    yield from _attacked(findings, failed)


def _attacked(findings: Findings, failed: set[str]) -> Iterator[Warned]:
    found = findings.sections.attacks
    if "attacks" in failed and found is not None:
        worst = max((*found.singling_out, *found.linkability, *found.inference), key=lambda attack: attack.low)
        word = "Inference of " + quoted(worst.name) if worst in found.inference else worst.name.replace("_", " ").capitalize()
        what = f"{word} succeeds {share(worst.risk)} more often on training rows than on people outside the table."
        yield _warning("bad", what, FILTERS)
    if "replay" in failed:
        names = [fact.name for fact in findings.comparison.facts if fact.replay is not None and fact.replay.alarm]
        what = f"Real personal data came back more often than by chance in {listed(names)}."
        yield _warning("bad", what, "Transform these columns before training (transform_v2), or drop them (appliance.drop_columns).")


def _measured(findings: Findings, options: JudgeOptions) -> Iterator[Warned]:
    """How far the privacy figures can be trusted."""
    if uncertain(findings) and findings.membership is not None:
        margins = math.ceil(findings.membership.margin), math.ceil(findings.privacy_margin)
        moves = f"may move by ±{margins[0]}, the privacy score by ±{margins[1]}"
        what = f"Only {_held(findings)}: the membership score {moves} (95 % interval)."
        yield _warning("warn", what, "Read them as ranges, or train on more rows for a sharper reading.")
    if findings.no_attacks:
        level = "note" if options.budget else "warn"
        given = options.model_type == "evaluate"
        action = "Judge with such rows before sharing." if given else "Train on at least 200 rows before sharing."
        yield _warning(level, "Privacy was not measured. " + findings.no_attacks, action)
    elif findings.comparison.left_rows < FEW_ROWS:
        what = f"Only {counted(findings.comparison.left_rows, 'training row')}: every interval is wide, and small leaks cannot be seen."
        yield _warning("note", what, "")


def uncertain(findings: Findings) -> bool:
    """Whether so few rows were compared that the scores may well be others."""
    return findings.membership is not None and findings.membership.margin >= TELLING_MARGIN


def _held(findings: Findings) -> str:
    """The rows that limit the membership attack: those that were held out, or the training rows where they are fewer."""
    comparison = findings.comparison
    word = "held-out" if comparison.holdout_rows <= comparison.left_rows else "training"
    return counted(min(comparison.holdout_rows, comparison.left_rows), f"{word} row")


def _shape(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    comparison = findings.comparison
    if comparison.absent:
        many = counted(len(comparison.absent), "training column")
        what = f"{many} missing from the synthetic table: {listed(comparison.absent)}."
        yield _warning("bad", what, "In no score. Generate again with every column.")
    if comparison.added:
        many = counted(len(comparison.added), "synthetic column")
        what = f"{many} not in the training table: {listed(comparison.added)}."
        yield _warning("warn", what, "In no score. Remove what is not wanted.")
    if comparison.right_rows < min(1000, comparison.left_rows):
        what = f"The synthetic table has only {counted(comparison.right_rows, 'row')}; scores on so few are uncertain."
        yield _warning("note", what, "Generate as many rows as the training table has for a sharper reading.")


def _scores(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    action = "Train on more rows or with more effort before you rely on how columns go together."
    if findings.correlation is not None and findings.correlation.score < WEAK:
        yield _warning("warn", "Columns depend on each other otherwise than in the training table.", action)
    if findings.structure is not None and findings.structure.score < WEAK:
        yield _warning("warn", "Whole rows fall into other shapes than in the training table.", action)


def _columns(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    facts = findings.comparison.facts
    log = "Look at the engine’s log for the reason."
    for test, level, one, many, action in (
        (emptied, "bad", "has values in training but none", "have values in training but none", log),
        (_weak, "warn", "is distributed differently", "are distributed differently", "See the drawings below before you rely on it."),
        (_gaps, "warn", "lacks values at another rate than in training", "lack values at another rate than in training", "Check first."),
        (_invented, "warn", "holds values unknown to training", "hold values unknown to training", "Check how the file was read."),
    ):
        names = [fact.name for fact in facts if test(fact)]
        if names:
            said = f"{counted(len(names), 'column')} {one if len(names) == 1 else many}"
            yield _warning(level, f"{said} in the synthetic table: {listed(names)}.", action)


def emptied(facts: Facts) -> bool:
    """Whether a column with values came back without any."""
    return facts.left.missing < facts.left.rows and facts.right.rows > 0 and facts.right.missing == facts.right.rows


def _weak(facts: Facts) -> bool:
    return facts.distance is not None and distribution_curve(facts.distance) < WEAK and not emptied(facts)


def _gaps(facts: Facts) -> bool:
    if not facts.left.rows or not facts.right.rows or emptied(facts):
        return False
    return abs(facts.left.missing / facts.left.rows - facts.right.missing / facts.right.rows) > GAPS


def _invented(facts: Facts) -> bool:
    return facts.role in (Role.CATEGORICAL, Role.BINARY) and facts.unseen_share is not None and facts.unseen_share > INVENTED


BROKEN = {
    "type": ("{} is of another type", "Check how the file was read."),
    "range": ("{} leaves the training range", "Set appliance.bounds for the column."),
    "category": ("{} has unknown categories", "Set appliance.categories for the column."),
    "pattern": ("{} is built otherwise", "Look at the sample rows."),
    "unique": ("{} repeats keys", "Make keys anew after generating."),
    "null": ("{} lacks values that are always there in training", "Look at the engine’s log for the reason."),
    "ordered": ("{} is above {}", "Add the rule to appliance.constraints of the configuration."),
    "determined": ("{} does not go with {}", "Add the rule to appliance.constraints of the configuration."),
}
"""What rows that break a rule look like, and what to do."""


def broken_rules(findings: Findings) -> list[tuple[str, str, float]]:
    """Rules that synthetic rows break clearly more often than real ones: kind, what they look like, share of the rows."""
    found = [
        (check.check, BROKEN[check.check][0].format(quoted(facts.name)), check.share)
        for facts in findings.comparison.facts
        for check in facts.validity.checks
        if check.failed and not _told_already(facts, check.check)
    ]
    pairs = [rule for rule in findings.sections.constraints if rule.failed]
    return found + [(rule.form, BROKEN[rule.form][0].format(*(quoted(name) for name in rule.columns)), rule.share) for rule in pairs]


def _told_already(facts: Facts, check: str) -> bool:
    """Whether another warning says it, or it matters to nobody: keys may be built as they like."""
    if facts.key and check == "pattern":
        return True
    return emptied(facts) or (check == "category" and _invented(facts)) or (check == "null" and _gaps(facts))


def _rules(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    broken = sorted(broken_rules(findings), key=lambda rule: -rule[2])
    for kind, (_looks, action) in BROKEN.items():
        where = [f"{said} in {share(part, 2)} of rows" for check, said, part in broken if check == kind]
        if where:
            more = f"; and {len(where) - NAMED_RULES} more" if len(where) > NAMED_RULES else ""
            yield _warning("warn", f"Broken rules: {'; '.join(where[:NAMED_RULES])}{more}.", action)


def _detection(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    found = findings.discriminator
    if found is None or found.low < DETECTABLE:
        return
    told = [column.name for column in found.columns_told if column.share >= 0.1]
    by = f", most of all by {listed(told)}" if told else ""
    level = "warn" if found.low >= DETECTED else "note"
    yield _warning(
        level, f"A machine tells synthetic from real rows with AUC {found.auc:.2f}{by}.", "See how these columns are distributed."
    )


def weaker_models(findings: Findings) -> list[TargetUtility]:
    """Targets that models trained on synthetic rows clearly learn worse: ratio below the limit, and no model's interval reaches zero."""
    targets = findings.sections.utility.targets if findings.sections.utility else ()
    return [
        target
        for target in targets
        if target.ratio is not None
        and target.ratio < FAITHFUL_MODELS
        and all(model.difference.high is not None and model.difference.high < 0 for model in target.models)
    ]


def _learning(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    for target in weaker_models(findings):
        kept = share(max(0.0, target.ratio or 0.0), 0)
        what = f"Models trained on the synthetic table predict {quoted(target.target)} clearly worse: they keep {kept} of the skill."
        yield _warning("warn", what, "Train on more rows or with more effort, or name the target (appliance.target).")


def group_lost(findings: Findings) -> Worst | None:
    """The worst group, if it is clearly less faithful than real rows would be."""
    worst = findings.sections.subgroups.worst if findings.sections.subgroups else None
    return worst if worst is not None and worst.reference - worst.accuracy > GROUP_LOST else None


def _group(findings: Findings, _: JudgeOptions) -> Iterator[Warned]:
    worst = group_lost(findings)
    if worst is not None:
        where = f"The group {quoted(worst.group)} of {quoted(worst.column)}"
        what = f"{where} is the least faithful: accuracy {worst.accuracy:.2f}, real rows would reach {worst.reference:.2f}."
        yield _warning("warn", what, "Draw no conclusions about it alone, or train on more of its rows.")


def _promises(findings: Findings, options: JudgeOptions) -> Iterator[Warned]:
    """What holds by design: the privacy budget, and what made texts are."""
    if options.budget:
        terms = ", ".join(f"{word} {value}" for word, value in options.budget[:3])
        yield _warning("note", f"Made under differential privacy: {terms}.", "Read all terms under Engine and mechanism.")
    texts = [facts.name for facts in findings.comparison.facts if facts.role is Role.TEXT]
    texts = [name for name in texts if not any(said.startswith(f"{name}: ") for said in options.warnings)]
    if texts:
        what = f"Free text in {listed(texts)} is put together from the words of the column: it looks like the real one and means nothing."
        yield _warning("note", what, "Do not read it, and do not learn language from it.")
