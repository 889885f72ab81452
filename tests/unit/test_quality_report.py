"""The page: well formed, safe, whole, small, the same every time."""

from __future__ import annotations

import json

import numpy as np
import pytest
from quality_tables import named, people, table
from report_page import checked

from appliance.data_plane.quality import JudgeOptions, judge, render_report

QUICK = JudgeOptions(discriminator=False)
ATTACKS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title><script>alert(2)</script>", "'--><svg onload=alert(3)>",
    "</style><script>x</script>", "&lt;b&gt;", "javascript:alert(4)", "\u202etxet", "nul\x00\x1b[31m", "${7*7}{{7*7}}",
)  # fmt: skip


def report_of(train, synthetic, holdout=None, options=QUICK) -> dict:
    return judge(train, synthetic, holdout, options, 3, lambda step, done, total: None)


def test_a_full_report_is_well_formed_and_says_it_all():
    report = report_of(people(1500, 1), people(1500, 2), people(200, 3), JudgeOptions(title="People", engine="trees", sample_rows=3))
    report["run"] = {"wall_seconds": 1.5, "usage": {"cpu_seconds": 2.25}}
    written, page = checked(json.loads(json.dumps(report)))
    for heading in (
        "Is it good?", "Is it safe?", "What is it fit for?", "What needs doing?", "Scores", "The two tables", "Columns", "Pairs of columns",
        "Whole rows", "Can a machine tell?", "Attacks", "Copies", "Engine and mechanism", "Appendix",
    ):  # fmt: skip
        assert heading in page.text
    for said in (report["verdict"]["quality"], report["verdict"]["privacy"], "usage cpu seconds", "trees", "Sample rows"):
        assert said in page.text
    assert page.tags.count("h1") == 1
    assert page.tags.count("title") == page.tags.count("desc") + 1
    assert written == render_report(report)


def test_strings_of_the_data_are_text_and_nothing_else():
    cells = [attack for attack in ATTACKS for _ in range(30)]
    train = named(dict.fromkeys(ATTACKS, ("categorical", cells)))
    options = JudgeOptions(title=ATTACKS[0], engine=ATTACKS[1], mechanism=((ATTACKS[2], ATTACKS[3]),), warnings=ATTACKS, sample_rows=10)
    written, page = checked(report_of(train, train, train, options))
    assert "<script" not in written
    assert "onerror=alert(1)>" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert "\x00" not in written
    assert "\x1b" not in written


@pytest.mark.parametrize(
    "columns",
    [
        {"one": ("integer", [5])},
        {"constant": ("numeric", [2.5] * 300)},
        {"gaps": ("integer", [None] * 299 + [4])},
        {"prose": ("text", [f"some words in a line {i}" for i in range(300)])},
        {"": ("categorical", ["", " "] * 150)},
        {"many": ("text", ["only one value " * 30] * 300), "flag": ("boolean", [True, None, False] * 100)},
    ],
)
def test_odd_columns_make_a_page(columns):
    odd = named(columns)
    report = report_of(odd, odd, odd)
    assert report["synthetic_quality_score"]["raw_score"] == 100
    checked(report)


@pytest.mark.parametrize("column", [("empty", [None] * 300), ("identifier", range(300)), ("identifier", [f"k{i}" for i in range(300)])])
def test_a_table_without_a_value_to_judge_makes_a_page_that_says_so(column):
    odd = named({"only": column})
    _, page = checked(report_of(odd, odd, odd))
    for said in ("There is nothing to judge", "Nothing to judge: no column but keys holds a value.", "Unsure", "Unavailable"):
        assert said in page.text
    assert ("not scored: empty" if column[0] == "empty" else "not scored: a key") in page.text


def test_columns_that_came_back_empty_are_named():
    train = people(300, 1)
    emptied = named({name: ("empty", [None] * 300) for name in train.schema.names})
    report = report_of(train, emptied)
    checked(report)
    assert "5 columns have values in training but none" in report["warnings"][0]["what"]
    assert report["synthetic_quality_score"]["raw_score"] < 60


def wide(columns: int, rows: int, seed: int):
    random = np.random.default_rng(seed)
    made = {}
    for i in range(columns):
        numeric = ("numeric", random.normal(size=rows).round(3).tolist())
        made[f"measured_value_{i}"] = numeric if i % 2 else ("categorical", [f"category-{v}" for v in random.integers(0, 14, rows)])
    return named(made)


def test_fifty_columns_stay_under_600_kilobytes():
    options = JudgeOptions(discriminator=False, sample_rows=10)
    written, _ = checked(report_of(wide(50, 1500, 1), wide(50, 1500, 2), wide(50, 200, 3), options))
    assert len(written.encode()) < 600_000


def test_wide_tables_are_bounded_and_say_so():
    report = report_of(wide(320, 300, 1), wide(320, 300, 2), wide(320, 30, 3))
    written, page = checked(report)
    assert len(report["fields"]) == 250
    assert len(report["left_correlation"]) == 75
    assert "70 more columns counted in the scores but not shown" in page.text
    assert len(written.encode()) < 4_000_000


def test_a_report_of_an_older_version_is_still_rendered():
    checked({"synthetic_quality_score": {"raw_score": 71.0, "grade": "Good", "score": 71}})


def test_moments_are_drawn_with_dates_on_their_axis():
    report = report_of(people(1000, 1), people(1000, 2))
    field = next(field for field in report["fields"] if field["name"] == "joined")
    assert field["type"] == "other"
    assert field["in_score"] is False
    assert field["distribution_distance"] < 0.2
    assert all(label[:2] == "20" for label in field["left_distribution"])
    assert sum(field["left_distribution"].values()) == pytest.approx(100, abs=0.01)


def test_a_table_with_one_categorical_column_has_no_attribute_attack_but_a_membership_attack():
    single = table(word=("categorical", ["a", "b", "c"] * 100))
    report = report_of(single, single, single)
    checked(report)
    assert report["attribute_inference_protection_score"]["grade"] == "Unavailable"
    assert report["membership_inference_protection_score"]["score"] == 100
    assert report["data_privacy_score"]["score"] == 100


def test_the_discriminator_tells_shuffled_columns_from_real_ones():
    train, held = people(800, 1), people(300, 3)
    other = named({name: ("numeric", np.random.default_rng(i).normal(size=800)) for i, name in enumerate(("years", "pay"))})
    good = report_of(train, people(800, 2), held, JudgeOptions())["detection"]
    bad = report_of(train, other, held, JudgeOptions())["detection"]
    assert good["auc"] < 0.6
    assert good["unseen"] is True
    assert bad["auc"] > 0.95
    assert bad["low"] > good["high"]


def test_times_of_day_are_drawn_as_clock_times():
    random = np.random.default_rng(1)
    clock = [np.datetime64("1970-01-01", "us") + np.timedelta64(int(minute), "m") for minute in random.integers(0, 1440, 800)]
    once = table(at=("datetime", clock))
    labels = list(report_of(once, once)["fields"][0]["left_distribution"])
    assert labels[0] == "00:00 – 01:00"
    assert labels[-1] == "23:00 – 24:00"


def test_a_column_that_is_nearly_all_zero_still_shows_its_tail():
    values = [0.0] * 1985 + [float(i) + 0.37 for i in range(15)]
    drawn = report_of(table(fee=("numeric", values)), table(fee=("numeric", values)))["fields"][0]["drawing"]
    assert drawn["form"] == "bins"
    assert len(drawn["left"]) > 5
    assert drawn["left"][0] > 0.99
