"""Privacy: planted copies are found, clean tables raise no alarm, without a holdout nothing is claimed, no rare value is shown."""

from __future__ import annotations

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from quality_tables import people, rows_of, table

from appliance.data_plane.quality import JudgeOptions, judge, render_report
from appliance.data_plane.quality.attribute import Attribute
from appliance.data_plane.quality.comparison import compare
from appliance.data_plane.quality.copies import exact_copies
from appliance.data_plane.quality.estimate import wilson
from appliance.data_plane.quality.facts import round_edges
from appliance.data_plane.quality.findings import Findings
from appliance.data_plane.quality.membership import Membership, membership_attack, tail_share
from appliance.data_plane.quality.wording import counted, fit_for_use
from appliance.data_plane.tables.schema import Table

QUICK = JudgeOptions(discriminator=False, utility=False, attacks=False)
SILENT = lambda step, done, total: None  # noqa: E731


def judged(train: Table, synthetic: Table, holdout: Table | None, options: JudgeOptions = QUICK) -> dict:
    return judge(train, synthetic, holdout, options, 3, SILENT)


def joined(*parts: Table) -> Table:
    return Table(parts[0].schema, pa.concat_tables([part.data for part in parts]))


def test_without_a_holdout_privacy_is_unavailable_with_the_reason():
    report = judged(people(100, 1), people(100, 2), None)
    for key in ("data_privacy_score", "membership_inference_protection_score", "attribute_inference_attack_score"):
        assert report[key]["grade"] == "Unavailable"
        assert report[key]["score"] is None
        assert "no holdout" in report[key]["notes"]
    assert report["privacy"]["membership"] is None
    assert "Privacy was not measured" in report["verdict"]["privacy"]
    assert {use["use"]: use["fit"] for use in report["fit_for_use"]}["Sharing outside the organisation"] == "no"


def test_fresh_rows_raise_no_alarm():
    report = judged(people(3000, 1), people(3000, 2), people(500, 3))
    assert report["privacy"]["alarm"] is False
    assert report["privacy"]["exact_copies"]["copies"] == 0
    assert report["membership_inference_protection_score"]["grade"] == "Excellent"
    tail = report["privacy"]["tail"]
    assert tail["low"] <= 0.5 <= tail["high"]
    assert tail["rows"] == 1000
    assert [warning for warning in report["warnings"] if warning["level"] == "bad"] == []


@pytest.mark.parametrize("planted", [30, 1500])
def test_planted_copies_are_found(planted):
    train = people(3000, 1)
    report = judged(train, joined(people(3000 - planted, 2), rows_of(train, range(planted))), people(500, 3))
    assert report["memorized_lines"] == planted
    assert report["privacy"]["exact_copies"]["unique"] == planted
    assert report["privacy"]["exact_copies"]["holdout_share"] == 0
    assert report["privacy"]["alarm"] is True
    assert report["warnings"][0]["what"] == f"{planted:,} synthetic rows are exact copies of rows that the training table holds once."


def test_a_table_of_copies_fails_every_attack():
    train = people(1000, 1)
    report = judged(train, train, people(500, 3))
    assert report["privacy"]["tail"]["share"] == 1
    assert report["privacy"]["near_copies"]["share"] == 1
    assert report["privacy"]["membership"]["precision"] > 0.6
    fresh = judged(train, people(1000, 2), people(500, 3))
    for key in ("membership_inference_protection_score", "attribute_inference_protection_score"):
        assert report[key]["raw_score"] < fresh[key]["raw_score"]


def test_one_of_a_thing_is_not_called_many():
    assert [counted(n, "row") for n in (0, 1, 2, 1500)] == ["0 rows", "1 row", "2 rows", "1,500 rows"]
    train = people(3000, 1)
    planted = judged(train, joined(people(2999, 2), rows_of(train, [7])), people(500, 3))
    assert planted["warnings"][0]["what"] == "1 synthetic row is an exact copy of a row that the training table holds once."
    short = judged(train, people(1, 2), None)
    assert "The synthetic table has only 1 row; scores on so few are uncertain." in [warning["what"] for warning in short["warnings"]]


def test_copies_of_rows_that_real_people_share_are_no_alarm():
    common = table(a=("integer", [i % 3 for i in range(600)]), b=("categorical", ["x", "y"] * 300))
    report = judged(common, common, rows_of(common, range(60)))
    assert report["memorized_lines"] == 600
    assert report["privacy"]["exact_copies"]["unique"] == 0
    assert report["privacy"]["alarm"] is False


def test_identifiers_do_not_hide_copies():
    train = people(400, 1)
    keyed = [Table(*_with_key(part, prefix)) for part, prefix in ((train, "t"), (train, "s"), (people(50, 4), "h"))]
    report = judged(*keyed)
    assert report["memorized_lines"] == 400
    assert report["privacy"]["identifier_columns_left_out"] == ["key"]


def _with_key(source: Table, prefix: str):
    keys = table(key=("identifier", [f"{prefix}{i}" for i in range(source.rows)]))
    schema = type(source.schema)((*source.schema.columns, *keys.schema.columns))
    return schema, source.data.append_column("key", keys.data.column("key"))


def test_the_tail_splits_ties_at_its_border():
    distances = np.zeros(1000)
    member = np.arange(1000) < 250
    assert tail_share(distances, member) == (0.25, 20)
    assert tail_share(np.where(member, 0.0, 1.0), member) == (1.0, 20)


def membership_of(train: Table, synthetic: Table, holdout: Table, seed: int) -> Membership:
    features = [f for f in compare(train, synthetic, holdout, QUICK, 3, SILENT).features if f.measurable]
    return membership_attack(features, 5000, seed)


def test_few_held_out_rows_give_nearly_the_same_score_by_every_seed_because_draws_are_averaged():
    tables = people(800, 1), people(800, 2), people(75, 3)
    found = [membership_of(*tables, seed) for seed in range(8)]
    assert np.std([one.score for one in found]) < 2.5
    assert {one.attacks for one in found} == {360 * 20}
    assert sum(found[0].marks.values()) == 360 * 20


def test_the_margin_of_the_membership_score_covers_other_holdouts_and_shrinks_with_more_rows():
    train, synthetic = people(800, 1), people(800, 2)
    found = [membership_of(train, synthetic, people(75, 50 + i), 3) for i in range(12)]
    middle = np.mean([one.score for one in found])
    assert sum(abs(one.score - middle) <= one.margin for one in found) >= 10
    many = membership_of(train, synthetic, people(800, 4), 3)
    assert many.margin < np.mean([one.margin for one in found]) / 1.5
    assert all(one.margin < 25 for one in found)


def test_few_held_out_rows_are_a_warning_with_the_range_of_the_score():
    report = judged(people(800, 1), people(800, 2), people(75, 3))
    said = [warning["what"] for warning in report["warnings"] if warning["what"].startswith("Only 75 held-out rows: the membership score")]
    assert len(said) == 1
    assert f"±{math.ceil(report['privacy']['membership']['margin'])}," in said[0]
    assert "give or take" in report["verdict"]["privacy"]
    assert "give or take" not in judged(people(3000, 1), people(3000, 2), people(1500, 3))["verdict"]["privacy"]


@pytest.mark.parametrize(
    ("membership", "margin", "fit"),
    [
        (90, 5, "yes"),
        (65, 20, "unsure"),
        (55, 20, "unsure"),
        (50, 10, "care"),
        (30, 30, "unsure"),
        (20, 10, "no"),
        (60, 0, "yes"),
        (59, 0, "care"),
    ],
)
def test_sharing_is_unsure_where_the_interval_crosses_a_threshold(membership, margin, fit):
    comparison = compare(people(300, 1), people(300, 2), people(50, 3), QUICK, 3, SILENT)
    exact = exact_copies(comparison)
    found = Findings(
        comparison=comparison, distribution=(0.0, 100.0), correlation=None, structure=None, text_structure=None, quality=90.0,
        reference=None, no_attacks="", membership=Membership(membership, margin, {}, 0.5, 50, 360),
        attribute=Attribute(membership, (), 200, 10), exact=exact, near=None, tail=None, discriminator=None,
    )  # fmt: skip
    assert found.privacy_margin == margin / 2
    assert fit_for_use(found)[-1]["fit"] == fit


def test_attribute_inference_tries_every_choice_of_few_columns_so_that_each_is_guessed():
    report = judged(people(300, 1), people(300, 2), people(50, 3))
    attributes = report["privacy"]["attributes"]
    assert attributes["trials"] == 4
    assert all(column["accuracy"] > 0 for column in attributes["columns"] if column["name"] in ("team", "smoker"))


def test_wilson_intervals_are_known():
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(1.0, 20)[1] == 1


def test_attacks_read_no_more_synthetic_rows_than_allowed():
    options = JudgeOptions(discriminator=False, attack_rows=100, score_rows=300, copy_rows=200)
    report = judged(people(900, 1), people(900, 2), people(100, 3), options)
    assert report["sampling"]["score_rows"] == [300, 300]
    assert report["sampling"]["attack_rows"] == 100
    assert report["privacy"]["near_copies"]["rows"] == 300


CANARIES = ("Zanzibarius", 987_654.321, 424_242, "2031-07-13", "xq-4711-canary", "a very secret sentence that nobody else wrote")


def with_canaries() -> Table:
    """A table where nine rows hold values that no other row holds."""
    rows = 600
    random = np.random.default_rng(5)
    rare = [True] * 9 + [False] * (rows - 9)
    days = [
        np.datetime64("2031-07-13", "us") if r else np.datetime64("2020-01-01", "us") + np.timedelta64(i % 300, "D")
        for i, r in enumerate(rare)
    ]
    return table(
        city=("categorical", [CANARIES[0] if r else f"city{i % 4}" for i, r in enumerate(rare)]),
        pay=("numeric", [CANARIES[1] if r else round(v, 2) for r, v in zip(rare, random.normal(5000, 900, rows), strict=True)]),
        number=("integer", [CANARIES[2] if r else int(v) for r, v in zip(rare, random.integers(20, 90, rows), strict=True)]),
        few=("integer", [77 if r else i % 3 for i, r in enumerate(rare)]),
        day=("datetime", days),
        key=("identifier", [f"{CANARIES[4]}-{i}" for i in range(rows)]),
        prose=("text", [CANARIES[5] if r else f"common words in a row, number {i}" for i, r in enumerate(rare)]),
        flag=("categorical", ["Othello-canary" if i == 0 else "no" for i in range(rows)]),
    )


def test_values_of_fewer_than_ten_rows_are_in_neither_json_nor_html():
    train = with_canaries()
    report = judged(train, train, rows_of(train, range(5, 60)), JudgeOptions(sample_rows=20))
    for written in (json.dumps(report, ensure_ascii=False), render_report(report)):
        for canary in (*CANARIES, "987,654", "424,242", "Othello", "city0 (2)"):
            assert str(canary) not in written
        assert "city1" in written
    assert 77 not in [cell for field in report["fields"] if field["name"] == "few" for cell in field["left_distribution"]]
    assert "77" not in next(field for field in report["fields"] if field["name"] == "few")["left_distribution"]
    assert report["synthetic_sample"]["rows"][0][:3] == ["…", "…", "…"]


def test_a_value_of_ten_rows_is_named_and_of_nine_is_not():
    column = ["ten"] * 10 + ["nine"] * 9 + ["rest"] * 181
    field = judged(table(word=("categorical", column)), table(word=("categorical", column)), None)["fields"][0]
    assert field["left_distribution"] == {"rest": 90.5, "ten": 5.0, "(other)": 4.5}


@pytest.mark.parametrize(
    ("low", "high", "whole"), [(17.0, 90.0, True), (0.0, 1.0, False), (-3.2e9, 8.7e11, False), (5.0, 5.0, True), (1e-7, 3e-7, False)]
)
def test_edges_are_round_cover_the_range_and_are_few(low, high, whole):
    edges = round_edges(low, high, whole=whole, moment=False)
    assert edges[0] <= low
    assert edges[-1] >= high * (1 - 1e-9)
    assert 2 <= len(edges) <= 40
    step = edges[1] - edges[0]
    assert float(f"{step:.1g}") == pytest.approx(step)
    assert not whole or step >= 2
