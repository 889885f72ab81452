"""Privacy: planted copies are found, clean tables raise no alarm, without a holdout nothing is claimed, no rare value is shown."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from quality_tables import people, rows_of, table

from appliance.data_plane.quality import JudgeOptions, judge, render_report
from appliance.data_plane.quality.facts import round_edges
from appliance.data_plane.quality.membership import tail_share, wilson
from appliance.data_plane.tables.schema import Table

QUICK = JudgeOptions(discriminator=False)
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
