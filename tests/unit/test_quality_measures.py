"""Measures of the report's sections: each against a figure worked out by hand, or a table whose answer is known."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter

import numpy as np
import pytest
from quality_tables import people, rows_of, shuffled, table
from sklearn.metrics import roc_auc_score

from appliance.data_plane.quality import JudgeOptions, judge
from appliance.data_plane.quality.estimate import Estimate, chance_variation, jackknife_error, same_size
from appliance.data_plane.quality.ranking import area, curve, found_at, found_interval
from appliance.data_plane.quality.risk import Tally, attack
from appliance.data_plane.tables.schema import Table

BARE = JudgeOptions(discriminator=False, utility=False, attacks=False)
LEARNING = JudgeOptions(discriminator=False, attacks=False)


def judged(train: Table, synthetic: Table, holdout: Table | None = None, options: JudgeOptions = BARE, seed: int = 3) -> dict:
    return judge(train, synthetic, holdout, options, seed)


def field(report: dict, name: str) -> dict:
    return next(one for one in report["fields"] if one["name"] == name)


def checks(report: dict, column: str) -> dict[str, dict]:
    found = next(one for one in report["validity"]["columns"] if one["name"] == column)
    return {one["check"]: one for one in found["checks"]}


def test_the_area_is_sklearns_with_ties():
    random = np.random.default_rng(1)
    scores, truth = random.integers(0, 20, 500).astype(float), random.random(500) < 0.3
    assert area(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
    assert area(scores, np.ones(500, dtype=bool)) == 0.5
    points = curve(scores, truth)
    assert points[0] == (0, 0)
    assert points[-1] == (1, 1)
    assert all(one[0] <= two[0] and one[1] <= two[1] for one, two in itertools.pairwise(points))


def test_members_found_at_few_false_alarms_split_ties():
    distances = np.array([0.0] * 10 + [1.0] * 100 + [0.5] * 5 + [2.0] * 95)
    member = np.arange(210) < 110
    assert found_at(distances, member, 0.02) == pytest.approx(10 / 110)
    assert found_at(distances, member, 0.05) == 1
    assert found_at(np.zeros(210), member, 0.01) == pytest.approx(0.01)
    low, high = found_interval(0.2, 0.01, 1000, 1000)
    assert low < 0.2 - 1.96 * math.sqrt(0.2 * 0.8 / 1000)
    assert high > 0.2


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(2).normal(size=400)
    groups = np.arange(400) % 20
    without = np.array([values[groups != g].mean() for g in range(20)])
    assert jackknife_error(without) == pytest.approx(values.std() / 20, rel=0.35)


def test_distances_of_real_rows_are_brought_to_the_synthetic_size():
    assert same_size(0.1, 100, 100, 100) == pytest.approx(0.1)
    assert same_size(0.1, 10_000, 100, 10_000) == pytest.approx(0.1 * math.sqrt(2 / 101))
    assert same_size(None, 1, 1, 1) is None
    random = np.random.default_rng(3)
    shares = np.array([0.5, 0.3, 0.2])
    drawn = [0.5 * np.abs(random.multinomial(400, shares) / 400 - random.multinomial(900, shares) / 900).sum() for _ in range(2000)]
    assert chance_variation(shares, 400, 900) == pytest.approx(np.mean(drawn), rel=0.05)


def test_the_measures_of_a_column_are_worked_out_by_hand():
    left = table(n=("numeric", [float(i) for i in range(100)]), c=("categorical", ["a"] * 80 + ["b"] * 10 + ["c"] * 10))
    right = table(n=("numeric", [float(i) + 10 for i in range(50)] * 2), c=("categorical", ["a"] * 90 + ["b"] * 10))
    report = judged(left, right)
    numbers, words = field(report, "n")["measures"], field(report, "c")["measures"]
    assert numbers["kolmogorov_smirnov"]["value"] == pytest.approx(0.4)
    assert numbers["wasserstein"]["value"] == pytest.approx((sum(range(100)) / 100 - 34.5) / np.std(range(100)), abs=0.12)
    assert numbers["tail_low"] == {"value": 0.0, "expected": 0.01, "reference": None}
    assert numbers["tail_high"] == {"value": 0.0, "expected": 0.01, "reference": None}
    assert numbers["total_variation"] is None
    assert words["total_variation"]["value"] == pytest.approx(0.1)
    assert words["rare_recall"]["value"] == 0.5
    assert words["missing_difference"]["value"] == 0


def test_what_breaks_the_rules_of_training_is_counted_with_its_rows():
    rows = 200
    train = table(
        key=("identifier", [f"K-{i:04d}" for i in range(rows)]),
        code=("identifier", [f"{chr(65 + i % 26)}{i:03d}" for i in range(rows)]),
        age=("integer", [20 + i % 50 for i in range(rows)]),
        word=("categorical", ["x", "y", "z", "x"] * 50),
    )
    made = table(
        key=("identifier", ["K-9001", "K-9001"] + [f"K-{i:04d}" for i in range(5000, 5198)]),
        code=("identifier", ["wrong!"] + [f"Q{i:03d}" for i in range(199)]),
        age=("integer", [None, 19, 90] + [30] * 197),
        word=("categorical", ["x"] * 198 + ["new", "new"]),
    )
    report = judged(train, made)
    assert checks(report, "key")["unique"]["rows"] == [2]
    assert checks(report, "code")["pattern"]["rows"] == [1]
    assert checks(report, "age")["null"]["rows"] == [1]
    assert checks(report, "age")["range"]["rows"] == [2, 3]
    assert checks(report, "word")["category"]["rows"] == [199, 200]
    assert report["validity"]["failed"] == 5
    assert "K-9001" not in json.dumps(report["validity"])


def test_no_more_than_ten_rows_are_listed_and_cells_of_another_type_are_found():
    train = table(n=("integer", list(range(300))), m=("numeric", [float(i) for i in range(300)]))
    made = table(n=("numeric", [0.5] * 20 + [1.0] * 280), m=("categorical", ["many"] * 3 + ["7"] * 297))
    report = judged(train, made)
    assert checks(report, "n")["type"]["offending"] == 20
    assert checks(report, "n")["type"]["rows"] == list(range(1, 11))
    assert checks(report, "m")["type"]["rows"] == [1, 2, 3]


def two_columns(random: np.random.Generator, rows: int, *, broken: int) -> Table:
    start = np.round(random.normal(100, 20, rows), 1)
    end = start + np.round(random.gamma(2, 5, rows), 1)
    place = random.integers(0, 6, rows)
    start[:broken], end[:broken] = end[:broken] + 1, start[:broken].copy()
    land = place // 2
    land[:broken] = 2 - land[:broken]
    return table(
        start=("numeric", start.tolist()),
        end=("numeric", end.tolist()),
        place=("categorical", [f"p{i}" for i in place]),
        land=("categorical", [f"l{i}" for i in land]),
    )


def test_rules_between_columns_are_found_and_rows_that_break_them_counted():
    random = np.random.default_rng(4)
    report = judged(*(two_columns(random, 1000, broken=broken) for broken in (0, 4, 0)))
    found = {(one["form"], *one["columns"]): one for one in report["validity"]["constraints"]}
    assert set(found) == {("ordered", "start", "end"), ("determined", "place", "land")}
    assert found["ordered", "start", "end"]["rows"] == [1, 2, 3, 4]
    assert found["ordered", "start", "end"]["failed"] is True
    assert found["determined", "place", "land"]["failed"] is True
    clean = judged(*(two_columns(random, 1000, broken=0) for _ in range(3)))
    assert clean["validity"]["failed"] == 0


def test_columns_that_do_not_depend_make_no_rule():
    random = np.random.default_rng(5)
    apart = table(
        low=("numeric", random.normal(0, 1, 500).tolist()),
        high=("numeric", random.normal(100, 1, 500).tolist()),
        a=("categorical", [f"a{i}" for i in random.integers(0, 5, 500)]),
        b=("categorical", [f"b{i}" for i in random.integers(0, 3, 500)]),
    )
    assert judged(apart, apart)["validity"]["constraints"] == []


def test_marginals_lose_accuracy_with_the_columns_that_no_longer_go_together():
    train, holdout = people(3000, 1), people(600, 3)
    fresh, mixed = judged(train, people(3000, 2), holdout), judged(train, shuffled(train, 4), holdout)
    for key in ("one_way", "pairs", "three_way"):
        good, bad = (report[key]["accuracy"] for report in (fresh, mixed))
        assert good["low"] <= good["reference"] + 0.01
        assert abs(good["value"] - good["reference"]) < 0.03
        assert (bad["high"] < good["low"]) == (key != "one_way")
    worst = mixed["pairs"]["worst"][0]
    assert {worst["first"], worst["second"]} == {"years", "pay"}
    assert sum(cell for line in worst["right"] for cell in line) == pytest.approx(1, abs=1e-3)


def test_grids_hide_training_cells_of_few_rows():
    rows = 500
    train = table(a=("categorical", ["u", "v"] * 250), b=("categorical", ["s" if i % 2 == 0 or i < 8 else "t" for i in range(rows)]))
    grid = judged(train, shuffled(train, 1))["pairs"]["worst"][0]
    assert grid["left"][0][:2] == [0.5, 0.0]
    assert grid["left"][1][0] is None


def test_usefulness_is_kept_by_fresh_rows_and_lost_by_shuffled_ones():
    train, holdout = people(1500, 1), people(400, 3)
    fresh, mixed = (judged(train, synthetic, holdout, LEARNING)["utility"] for synthetic in (people(1500, 2), shuffled(train, 4)))
    assert [target["target"] for target in fresh["targets"]][:2] == ["pay", "years"]
    assert all(target["ratio"] > 0.95 for target in fresh["targets"][:2])
    assert all(target["ratio"] < 0.3 for target in mixed["targets"][:2])
    for model in fresh["targets"][0]["models"]:
        assert model["difference"]["low"] <= model["synthetic"]["value"] - model["real"]["value"] <= model["difference"]["high"]


def test_the_named_target_is_tested_and_a_wrong_name_is_a_reason():
    train, made, holdout = people(600, 1), people(600, 2), people(200, 3)
    found = judged(train, made, holdout, JudgeOptions(discriminator=False, attacks=False, target="team"))["utility"]["targets"]
    assert [(one["target"], one["task"], one["classes"], one["chosen"]) for one in found] == [("team", "classification", 3, "given")]
    none = judged(train, made, holdout, JudgeOptions(discriminator=False, attacks=False, target="nothing"))
    assert none["utility"] is None
    assert "nothing" in none["not_measured"]["utility"]
    assert "held-out rows" in judged(train, made, None, LEARNING)["not_measured"]["utility"]


def test_queries_err_as_little_as_real_rows_do_and_more_on_shuffled_ones():
    train, holdout = people(3000, 1), people(3000, 3)
    fresh, mixed = (judged(train, synthetic, holdout)["queries"] for synthetic in (people(3000, 2), shuffled(train, 4)))
    assert fresh["ranges"]["mean"] < 1.3 * fresh["ranges"]["reference_mean"]
    assert mixed["ranges"]["mean"] > 1.3 * fresh["ranges"]["mean"]
    assert mixed["groups"]["worst"] > 5 * mixed["groups"]["reference_worst"]


def test_the_group_whose_rows_are_wrong_is_the_worst():
    train = people(3000, 1)
    made = people(3000, 2)
    pay = np.array(made.data.column("pay").to_pylist())
    south = np.array(made.data.column("team").to_pylist()) == "south"
    pay[south] = np.random.default_rng(5).permutation(pay)[: south.sum()]
    broken = Table(made.schema, made.data.set_column(1, "pay", [pay.tolist()]))
    found = judged(train, broken)["subgroups"]
    assert (found["worst"]["column"], found["worst"]["group"]) == ("team", "south")
    fair = judged(train, made)["subgroups"]["worst"]
    assert fair["reference"] - fair["accuracy"] < 0.03


def test_risk_is_what_exceeds_the_control():
    found = attack("x", Tally(1000, 300.0, 1000, 200.0, 0.1))
    assert found.risk == pytest.approx(0.1 / 0.8)
    assert found.low < 0.125 < found.high
    assert found.excess(1.96) > 0.05
    none = attack("x", Tally(1000, 200.0, 1000, 200.0, 0.1))
    assert (none.risk, none.low) == (0, 0)
    assert attack("x", Tally(10, 10.0, 10, 10.0, 1.0)).risk == 0


def lone_rows(source: Table, columns: tuple[str, ...]) -> int:
    return sum(count == 1 for count in Counter(zip(*(source.data.column(name).to_pylist() for name in columns), strict=True)).values())


def test_attacks_succeed_on_copies_and_not_on_fresh_rows():
    options = JudgeOptions(discriminator=False, utility=False)
    train, holdout = people(800, 1), people(800, 3)
    copied, fresh = (judged(train, synthetic, holdout, options)["privacy"] for synthetic in (train, people(800, 2)))
    assert all(one["low"] > 0.3 for one in copied["attacks"]["linkability"] + copied["attacks"]["singling_out"])
    assert copied["distance"]["dcr"]["low"] > 0.95
    assert copied["copies"]["partial"]["columns"] == ["years", "team", "smoker"]
    assert copied["copies"]["partial"]["matches"] == lone_rows(train, ("years", "team", "smoker"))
    assert copied["copies"]["outliers"]["share"] == 1
    assert {test["test"] for test in copied["tests"] if test["failed"]} >= {
        "copies",
        "near_copies",
        "tail",
        "membership",
        "distance",
        "attacks",
    }
    assert [test["test"] for test in fresh["tests"] if test["failed"]] == []
    assert fresh["distance"]["dcr"]["low"] <= 0.5 <= fresh["distance"]["dcr"]["high"]


def test_the_card_of_a_private_engine_says_that_the_report_is_outside_its_budget():
    options = JudgeOptions(discriminator=False, utility=False, attacks=False, budget=(("epsilon", "1"),), provenance=(("digest", "ab"),))
    report = judged(people(300, 1), people(300, 2), None, options)
    assert report["privacy"]["mechanism"]["budget"] == [["epsilon", "1"]]
    assert "outside" in report["privacy"]["mechanism"]["note"]
    assert report["provenance"]["facts"] == [["digest", "ab"]]
    assert judged(people(300, 1), people(300, 2))["privacy"]["mechanism"]["note"] == ""


def mails(prefix: str, rows: int, seed: int) -> Table:
    numbers = np.random.default_rng(seed).integers(0, 10**9, rows)
    return table(mail=("identifier", [f"{prefix}{i:09d}@example.org" for i in numbers]), n=("integer", [i % 7 for i in range(rows)]))


def test_real_values_that_come_back_are_counted_beside_chance():
    train, holdout = mails("a", 400, 1), mails("a", 100, 3)
    found = judged(train, rows_of(train, range(0, 400, 4)), holdout)["pii_replay"]["columns"][0]
    assert (found["entity"], found["values"], found["replayed"], found["alarm"]) == ("e-mail address", 400, 100, True)
    assert found["expected"] < 1
    clean = judged(train, mails("a", 400, 2), holdout)
    assert clean["pii_replay"]["columns"][0]["alarm"] is False
    assert clean["privacy"]["alarm"] is False
    keys = table(key=("identifier", list(range(1, 401))), n=("integer", [i % 7 for i in range(400)]))
    assert judged(keys, keys, None)["pii_replay"]["columns"][0]["expected"] > 200


def test_what_gave_synthetic_rows_away_is_named():
    made = people(1500, 2)
    years = np.array(made.data.column("years").to_pylist())
    even = Table(made.schema, made.data.set_column(0, "years", [years // 2 * 2]))
    found = judged(people(1500, 1), even, people(800, 3), JudgeOptions(utility=False, attacks=False))["detection"]
    assert found["columns_told"][0]["name"] == "years"
    assert found["low"] > found["reference"]["high"]
    assert sum(one["share"] for one in found["columns_told"]) == pytest.approx(1, abs=1e-4)


def test_two_columns_that_no_longer_go_together_are_the_pair_that_tells():
    made = people(1500, 2)
    years = np.random.default_rng(6).permutation(np.array(made.data.column("years").to_pylist()))
    apart = Table(made.schema, made.data.set_column(0, "years", [years]))
    found = judged(people(1500, 1), apart, people(800, 3), JudgeOptions(utility=False, attacks=False))["detection"]["pair"]
    assert {found["first"], found["second"]} == {"years", "pay"}
    assert found["auc"] > found["alone"] + 0.1


def test_intervals_hold_the_mean_score_of_many_samples_nineteen_times_in_twenty():
    made = [judged(people(400, i), people(400, 500 + i), None)["intervals"]["scores"] for i in range(20)]
    for name in ("synthetic_quality_score", "column_distribution_stability", "deep_structure_stability"):
        found = [Estimate(**one[name]) for one in made]
        middle = np.mean([one.value for one in found])
        held = sum(one.low <= middle <= one.high for one in found)
        assert held >= 16, name
        assert np.mean([one.high - one.low for one in found]) < 8 * np.std([one.value for one in found]) + 0.5


def test_a_report_is_the_same_bytes_for_the_same_seed_and_plain_json():
    tables = people(400, 1), people(400, 2), people(100, 3)
    first, second = (json.dumps(judged(*tables, JudgeOptions()), allow_nan=False) for _ in range(2))
    assert first == second
