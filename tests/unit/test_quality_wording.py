"""Words: each follows from figures, the worst of what was found decides, and no score hides it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from quality_tables import people

from appliance.data_plane.quality import JudgeOptions
from appliance.data_plane.quality.advice import warnings_of
from appliance.data_plane.quality.alarms import PrivacyTest
from appliance.data_plane.quality.attacks import Attacks
from appliance.data_plane.quality.attribute import Attribute
from appliance.data_plane.quality.comparison import compare
from appliance.data_plane.quality.constraints import Constraint
from appliance.data_plane.quality.copies import exact_copies
from appliance.data_plane.quality.discriminator import Discriminator, Told
from appliance.data_plane.quality.estimate import Estimate
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.membership import Membership
from appliance.data_plane.quality.phrases import listed, quoted, share, widened
from appliance.data_plane.quality.risk import Tally, attack
from appliance.data_plane.quality.sections import Sections
from appliance.data_plane.quality.subgroups import Subgroups, Worst
from appliance.data_plane.quality.thresholds import GROUPS, LEARNING, SHARING, TESTING
from appliance.data_plane.quality.utility import Compared, TargetUtility, Utility
from appliance.data_plane.quality.wording import fit_for_use, verdict, worst_attack

PLAIN = JudgeOptions()
PROVEN = JudgeOptions(budget=(("epsilon", "1.0"), ("delta", "1e-06")))


@pytest.fixture(scope="module")
def found() -> Findings:
    """Findings about which there is nothing to say: a good table, attacks that failed."""
    comparison = compare(people(1200, 1), people(1200, 2), people(250, 3), PLAIN, 3, lambda step, done, total: None)
    return Findings(
        comparison=comparison, distribution=(0.0, 100.0), correlation=None, structure=None, text_structure=None, quality=92.0,
        reference=94.0, no_attacks="", membership=Membership(90.0, 1.0, {}, 0.5, 250, 360), attribute=Attribute(80.0, (), 200, 10),
        exact=exact_copies(comparison), near=None, tail=None, discriminator=None,
    )  # fmt: skip


def but(found: Findings, **changes: Any) -> Findings:
    return msgspec.structs.replace(found, **changes)


def fits(found: Findings, options: JudgeOptions = PLAIN) -> dict[str, str]:
    return {use["use"]: use["fit"] for use in fit_for_use(found, options)}


def answers(found: Findings, options: JudgeOptions = PLAIN) -> tuple[str, str]:
    given = verdict(found, options)["answers"]
    return given["quality"]["fit"], given["privacy"]["fit"]


def learnt(synthetic: float, spread: float) -> Sections:
    """A target on which real rows teach 0.9 and synthetic rows this much."""
    difference = synthetic - 0.9
    model = Compared("linear", Estimate(0.9), Estimate(synthetic), Estimate(difference, difference - spread, difference + spread))
    target = TargetUtility("team", "classification", "auc", "given", 3, (model,), 0.9, synthetic / 0.9)
    return Sections(utility=Utility(250, 1200, (target,)))


def tried(*rights: float) -> Sections:
    """Inference attacks that are right on so many of a hundred training rows, and on 50 of a hundred unseen ones."""
    every = tuple(attack(f"column {i}", Tally(1000, 10 * right, 1000, 500.0, 0.4)) for i, right in enumerate(rights))
    return Sections(attacks=Attacks((), (), every, ""))


def test_a_good_and_safe_table_is_called_so(found):
    assert answers(found) == ("yes", "yes")
    assert set(fits(found).values()) == {"yes"}
    assert [warning for warning in warnings_of(found, PLAIN) if warning["level"] != "note"] == []


@pytest.mark.parametrize(("quality", "fit"), [(95.0, "yes"), (59.9, "care"), (39.0, "no"), (None, "unsure")])
def test_the_answer_on_quality_follows_the_score(found, quality, fit):
    assert answers(but(found, quality=quality))[0] == fit


def test_a_failed_privacy_test_outweighs_any_score(found):
    leaking = but(found, tests=(PrivacyTest("tail", True, 0.7, 0.5),), membership=Membership(100.0, 0.0, {}, 0.5, 250, 360))
    assert answers(leaking)[1] == "no"
    assert fits(leaking)[SHARING] == "no"
    assert "show through" in verdict(leaking)["privacy"]
    assert answers(leaking, PROVEN)[1] == "no"


def test_low_quality_does_not_make_a_table_safe(found):
    noise = but(found, quality=12.0)
    assert answers(noise) == ("no", "unsure")
    assert fits(noise)[SHARING] == "unsure"
    assert "proves little" in verdict(noise)["privacy"]
    assert fits(noise, PROVEN)[SHARING] == "yes"


def test_differential_privacy_is_stated(found):
    assert verdict(found, PROVEN)["privacy"].startswith("Made under differential privacy")
    said = [warning["what"] for warning in warnings_of(found, PROVEN)]
    assert "Made under differential privacy: epsilon 1.0, delta 1e-06." in said


def test_the_worst_attack_stands_beside_the_score_and_weighs_in(found):
    bad = but(found, sections=tried(50, 62, 50))
    worst = worst_attack(bad)
    assert worst is not None
    assert worst["found"] is True
    assert "“column 1”" in worst["said"]
    assert worst["low"] < worst["value"] < worst["high"]
    assert answers(bad)[1] == "care"
    assert fits(bad)[SHARING] == "care"


def test_the_worst_of_many_attacks_may_be_bad_by_chance(found):
    alone = worst_attack(but(found, sections=tried(55.5)))
    many = worst_attack(but(found, sections=tried(55.5, *[50.0] * 60)))
    assert alone is not None
    assert many is not None
    assert alone["found"] is True
    assert many["found"] is False
    assert many["said"].startswith("none worked; ")
    assert "is explained by chance" in many["said"]


@pytest.mark.parametrize(("skill", "spread", "fit"), [(0.89, 0.02, "yes"), (0.8, 0.02, "care"), (0.8, 0.2, "yes"), (0.4, 0.02, "no")])
def test_models_that_learn_less_lower_the_use_for_learning(found, skill, spread, fit):
    given = but(found, sections=learnt(skill, spread))
    assert {fits(given)[use] for use in LEARNING} == {fit}
    assert any("“team”" in warning["what"] for warning in warnings_of(given, PLAIN)) is (fit != "yes")


def test_rows_that_a_machine_tells_are_named_with_the_columns_that_tell(found):
    told = Discriminator(0.9, 0.88, 0.92, 250, True, 5, columns_told=(Told("pay", 0.2, 0.8), Told("team", 0.01, 0.05)))
    given = but(found, discriminator=told)
    assert answers(given)[0] == "care"
    assert {fits(given)[use] for use in LEARNING} == {"care"}
    said = next(warning["what"] for warning in warnings_of(given, PLAIN) if "A machine" in warning["what"])
    assert "“pay”" in said
    assert "“team”" not in said


def test_broken_rules_are_told_with_what_to_set(found):
    broken = Constraint("ordered", ("years", "pay"), True, 24, 0.02, 0.0, (3, 5))
    given = but(found, sections=Sections(constraints=(broken,)))
    assert fits(given)[TESTING] == "care"
    warning = next(warning for warning in warnings_of(given, PLAIN) if "Broken rules" in warning["what"])
    assert warning["what"] == "Broken rules: “years” is above “pay” in 2.00 % of rows."
    assert "appliance.constraints" in warning["action"]


def test_the_worst_group_is_named_only_where_it_clearly_loses(found):
    groups = {
        lost: but(found, sections=Sections(subgroups=Subgroups((), Worst("team", "east", 0.95 - lost, 0.95)))) for lost in (0.01, 0.2)
    }
    assert [fits(groups[lost])[GROUPS] for lost in (0.01, 0.2)] == ["yes", "care"]
    said = [[warning["what"] for warning in warnings_of(groups[lost], PLAIN) if "“east”" in warning["what"]] for lost in (0.01, 0.2)]
    assert [len(found) for found in said] == [0, 1]


def test_sentences_of_the_engine_come_last_as_notes(found):
    given = warnings_of(but(found, tests=(PrivacyTest("copies", True, 3.0, 0.0),)), JudgeOptions(warnings=("pay: was cut",)))
    assert [warning["level"] for warning in given] == ["bad", "note"]
    assert given[-1]["what"] == "pay: was cut"


def test_phrases_are_short_and_typographic():
    assert quoted("x" * 100) == "“" + "x" * 59 + "…”"
    assert listed([f"c{i}" for i in range(7)]) == "“c0”, “c1”, “c2”, “c3”, “c4” and 2 more"
    assert share(-0.0312) == "−3.1 %"
    low, high = widened(0.5, 0.4, 0.6, 20)
    assert low == pytest.approx(0.5 - 0.1 * 3.0233 / 1.96, abs=1e-3)
    assert high - 0.5 == pytest.approx(0.5 - low)
