"""Scores: the published formulas, the field-type rules, and tables whose score is known."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from quality_tables import named, people, rows_of, shuffled, table

from appliance.data_plane.quality import JudgeOptions, judge
from appliance.data_plane.quality.distribution import doane_edges, jensen_shannon, sample_distance
from appliance.data_plane.quality.score import (
    PRIVACY_GRADES,
    correlation_curve,
    distribution_curve,
    grade,
    score_object,
    structure_curve,
    tabular_score,
    text_score,
    text_structure_curve,
)
from appliance.data_plane.tables.schema import Table
from appliance.errors import DataRefused

QUICK = JudgeOptions(discriminator=False, utility=False, attacks=False)
SILENT = lambda step, done, total: None  # noqa: E731


def judged(train: Table, synthetic: Table, holdout: Table | None = None, options: JudgeOptions = QUICK, seed: int = 3) -> dict:
    return judge(train, synthetic, holdout, options, seed, SILENT)


def test_the_published_weights_give_the_published_score():
    score = tabular_score(86, 80, 91)
    assert score == pytest.approx(85.7259259)
    assert score_object(score) == {"raw_score": 85.725926, "grade": "Excellent", "score": 85}


def test_the_weights_of_missing_parts_are_dropped():
    assert tabular_score(None, 80, None) == 80
    assert text_score(None, 55) == 55
    assert text_score(100, 50) == pytest.approx(85)
    assert tabular_score(None, None, None) is None


def test_curves_meet_their_published_points():
    assert [distribution_curve(d) for d in (0.0, 0.019, 1.0)] == [100, 100, 0]
    assert distribution_curve(0.5) == pytest.approx(10 * (7.44 * 0.25 - 8.323 + 10.305))
    assert [correlation_curve(e) for e in (0.0, 0.5)] == [100, 0]
    assert correlation_curve(0.1) == pytest.approx(10 * (0.37562 - 3.5643 + 10.056))
    assert structure_curve(0.2373) == pytest.approx(100 * math.exp(-1.6 * 0.2373))
    assert [text_structure_curve(d) for d in (0.9, 0.1)] == [15, 100]


def test_grades_begin_at_their_lower_edge():
    assert [grade(v) for v in (0, 19.99, 20, 40, 60, 79.99, 80, 100)] == [
        "Very Poor", "Very Poor", "Poor", "Moderate", "Good", "Good", "Excellent", "Excellent",
    ]  # fmt: skip
    assert grade(60, PRIVACY_GRADES) == "Very Good"
    assert score_object(None, notes="why") == {"raw_score": None, "grade": "Unavailable", "score": None, "notes": "why"}


def test_jensen_shannon_is_zero_for_the_same_one_for_disjoint_and_known_in_between():
    assert jensen_shannon(np.array([3, 1]), np.array([6, 2])) == 0
    assert jensen_shannon(np.array([1, 0]), np.array([0, 5])) == 1
    assert jensen_shannon(np.array([1.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(0.5579230452841438)
    assert jensen_shannon(np.array([0, 0]), np.array([1, 2])) == 0.5887


def test_doane_edges_agree_with_numpy():
    values = np.random.default_rng(1).lognormal(size=900)
    np.testing.assert_allclose(doane_edges(values, np.ones(900)), np.histogram_bin_edges(values, bins="doane"))


def test_samples_far_apart_are_at_distance_one():
    assert sample_distance(np.zeros(50), np.full(50, 9.0)) == 1


def test_identical_tables_score_100_and_excellent():
    train = people(600, 1)
    report = judged(train, train)
    for key in ("synthetic_quality_score", "synthetic_data_quality_score", "column_correlation_stability", "deep_structure_stability"):
        assert report[key] == {"raw_score": 100.0, "grade": "Excellent", "score": 100}


@pytest.mark.parametrize(
    "column",
    [
        ("integer", [7]),
        ("categorical", ["x"]),
        ("numeric", [1.5]),
        ("text", ["one two three four five"]),
        ("boolean", [True]),
    ],
)
def test_identical_tables_of_one_cell_score_100(column):
    single = table(only=column)
    assert judged(single, single)["synthetic_quality_score"]["raw_score"] == 100


def keyed(source: Table, keys: list) -> Table:
    """The table with a column of keys in front."""
    key = table(key=("identifier", keys))
    schema = type(source.schema)((*key.schema.columns, *source.schema.columns))
    return Table(schema, source.data.add_column(0, "key", key.data.column("key")))


@pytest.mark.parametrize("form", [int, lambda number: f"k-{number}", lambda number: f"+1 555 12 {number}"])
def test_keys_of_any_type_change_no_score_and_raise_no_warning(form):
    train, synthetic, holdout = people(600, 1), people(600, 2), people(100, 3)
    tables = [keyed(t, [form(i + start) for i in range(t.rows)]) for t, start in ((train, 1), (synthetic, 10**6), (holdout, 700))]
    options = JudgeOptions(discriminator_rows=100)
    plain, report = judged(train, synthetic, holdout, options), judged(*tables, options)
    assert report["summary"] == plain["summary"]
    assert [warning["what"] for warning in report["warnings"]] == [warning["what"] for warning in plain["warnings"]]
    assert report["detection"] == plain["detection"]
    assert report["privacy"]["near_copies"] == plain["privacy"]["near_copies"]
    assert "key" not in report["left_correlation"]
    assert "key" not in {column["name"] for column in report["privacy"]["attributes"]["columns"]}
    field = report["fields"][0]
    assert (field["name"], field["in_score"], field["outside_range_share"], field["unseen_values_share"]) == ("key", False, None, None)
    assert field["distribution_stability"]["notes"] == "not scored: a key"


@pytest.mark.parametrize("column", [("empty", [None] * 300), ("identifier", range(300)), ("identifier", [f"k{i}" for i in range(300)])])
def test_a_table_without_a_value_to_judge_has_no_score(column):
    report = judged(*[table(only=column, other=column)] * 2, table(only=column, other=column))
    for key in ("synthetic_quality_score", "column_distribution_stability", "deep_structure_stability", "data_privacy_score"):
        assert report[key]["grade"] == "Unavailable"
    assert report["synthetic_quality_score"]["notes"] == "Nothing to judge: no column but keys holds a value."
    assert "nothing to judge" in report["verdict"]["quality"]
    assert {use["fit"] for use in report["fit_for_use"][:-1]} == {"unsure"}


def test_columns_without_their_dependence_score_lower_only_where_pairs_count():
    train = people(1500, 1)
    good, bad = judged(train, people(1500, 2)), judged(train, shuffled(train, 5))
    assert bad["column_distribution_stability"]["score"] == 100
    assert bad["column_correlation_stability"]["raw_score"] < good["column_correlation_stability"]["raw_score"] - 10
    assert bad["synthetic_quality_score"]["raw_score"] < good["synthetic_quality_score"]["raw_score"] - 5
    assert good["synthetic_quality_score"]["grade"] == "Excellent"


def test_lost_dependence_is_a_warning_and_kept_dependence_is_not():
    number = np.random.default_rng(1).normal(size=800)
    train = named({f"n{i}": ("numeric", (number * i + 1).tolist()) for i in range(1, 7)})
    said = [warning["what"] for warning in judged(train, shuffled(train, 5))["warnings"]]
    assert any("Columns depend on each other otherwise" in what for what in said)
    assert any("Whole rows fall into other shapes" in what for what in said)
    assert [warning["what"][:11] for warning in judged(train, train)["warnings"] if warning["level"] != "bad"] == ["Privacy was"]


def test_field_types_follow_the_published_rules():
    count = 200
    report = judged(
        *[
            table(
                two=("integer", [i % 2 for i in range(count)]),
                few=("integer", [i % 9 for i in range(count)]),
                below=("integer", [i % 9 - 4 for i in range(count)]),
                many=("integer", range(count)),
                half=("numeric", [i % 7 / 2 for i in range(count)]),
                word=("categorical", [f"w{i % 5}" for i in range(count)]),
                key=("identifier", [f"k{i}" for i in range(count)]),
                prose=("text", [f"this is record number {i} of them" for i in range(count)]),
                nothing=("empty", [None] * count),
            )
        ]
        * 2
    )
    assert {field["name"]: field["type"] for field in report["fields"]} == {
        "two": "binary", "few": "categorical", "below": "numeric", "many": "numeric", "half": "numeric",
        "word": "categorical", "key": "other", "prose": "text", "nothing": "empty",
    }  # fmt: skip
    assert report["text_structure_similarity"]["score"] == 100
    assert report["text_semantic_similarity"]["grade"] == "Unavailable"
    assert "embedding model" in report["text_semantic_similarity"]["notes"]


def test_texts_of_another_build_lower_the_text_score():
    train = table(prose=("text", [f"One short note {i}. And another one here." for i in range(300)]))
    other = table(prose=("text", ["word " * (20 + i % 9) + f"{i}" for i in range(300)]))
    assert judged(train, other)["text_structure_similarity"]["raw_score"] < 60


def test_old_and_new_names_and_the_summary_agree():
    report = judged(people(400, 1), people(400, 2), people(50, 3))
    summary = {line["field"]: line["value"] for line in report["summary"]}
    for old, new in (
        ("synthetic_data_quality_score", "synthetic_quality_score"),
        ("field_correlation_stability", "column_correlation_stability"),
        ("principal_component_stability", "deep_structure_stability"),
        ("field_distribution_stability", "column_distribution_stability"),
        ("privacy_protection_level", "data_privacy_score"),
        ("membership_inference_attack_score", "membership_inference_protection_score"),
        ("attribute_inference_attack_score", "attribute_inference_protection_score"),
    ):
        assert report[old] == report[new]
        assert summary[old] == summary[new] == report[new]["score"] is not None
    assert list(report)[-1] == "run"
    assert report["run"] == {}
    assert {"left_rows", "right_cols", "left_pca", "correlation_difference", "memorized_lines", "average_divergence"} <= set(report)
    assert {"left_distribution", "right_unique_values", "left_field_features", "distribution_distance"} <= set(report["fields"][0])


def test_the_same_inputs_and_seed_give_the_same_report():
    tables = people(400, 1), people(500, 2), people(60, 3)
    whole = JudgeOptions(sample_rows=5)
    assert judged(*tables, whole) == judged(*tables, whole)
    assert judged(*tables, whole, seed=4)["sampling"]["seed"] == 4


def test_columns_that_only_one_table_has_are_named_and_left_out():
    train = table(a=("integer", range(100)), b=("integer", range(100)))
    synthetic = table(b=("integer", range(100)), c=("integer", range(100)))
    report = judged(train, synthetic)
    assert report["columns_missing_in_synthetic"] == ["a"]
    assert report["columns_added_in_synthetic"] == ["c"]
    assert [field["name"] for field in report["fields"]] == ["b"]
    assert any("“a”" in warning["what"] and warning["level"] == "bad" for warning in report["warnings"])


def test_tables_with_no_column_in_common_are_refused():
    with pytest.raises(DataRefused, match="no column in common"):
        judged(table(a=("integer", [1])), table(b=("integer", [1])))


def test_synthetic_columns_of_another_kind_are_read_as_the_training_ones():
    train = people(300, 1)
    texts = {name: ("text", [str(v) for v in train.data.column(name).to_pylist()]) for name in train.schema.names}
    assert judged(train, named(texts))["synthetic_quality_score"]["raw_score"] == 100
    numbers = named({name: ("numeric", [float(i) for i in range(300)]) for name in train.schema.names})
    assert judged(train, numbers)["synthetic_quality_score"]["raw_score"] < 60


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_synthetic_table_of_hardly_a_row_is_judged(rows):
    report = judged(people(300, 1), rows_of(people(5, 2), range(rows)), people(40, 3))
    assert report["right_rows"] == rows
    assert report["synthetic_quality_score"]["raw_score"] < 80


def test_extreme_numbers_are_judged():
    values = [float("inf"), -float("inf"), 1e308, -1e308, 5e-324, float("nan"), None, *np.random.default_rng(0).normal(size=200)]
    odd = table(
        odd=("numeric", values), big=("integer", [2**63 - 1, -(2**63), *range(205)]), flat=("numeric", [1e16, 1e16 + 2] * 103 + [1e16])
    )
    assert judged(odd, odd, rows_of(odd, range(50)))["synthetic_quality_score"]["raw_score"] == 100


@pytest.mark.parametrize("data", ["adult.csv.gz", "loans_wide.csv.gz", "pbc_small.csv.gz"])
def test_the_score_agrees_with_the_bench(data, monkeypatch):
    bench, shared = os.environ.get("APPLIANCE_BENCH"), os.environ.get("APPLIANCE_TEST_DATA")
    if not bench or not shared:
        pytest.skip("APPLIANCE_BENCH and APPLIANCE_TEST_DATA are not set")
    pytest.importorskip("pandas", reason="the bench's measure needs pandas (extra `bench`)")
    monkeypatch.syspath_prepend(str(Path(bench) / "synth"))
    sys.modules.pop("metrics", None)
    import metrics
    from quality_files import plain_table

    train = plain_table(Path(shared) / data, most=20_000)
    synthetic = shuffled_in_part(train)
    expected = metrics.sqs(train.data.to_pandas(), synthetic.data.to_pandas())["sqs"]
    assert judged(train, synthetic)["synthetic_quality_score"]["raw_score"] == pytest.approx(expected, abs=0.3)


def shuffled_in_part(source: Table) -> Table:
    """Three columns of four as they were, the rest without their dependence."""
    mixed, names = shuffled(source, 1), source.schema.names
    columns = [(mixed if i % 4 == 0 else source).data.column(name) for i, name in enumerate(names)]
    return Table(source.schema, source.data.from_arrays(columns, names=list(names)))
