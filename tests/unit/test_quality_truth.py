"""Planted truth in short: copies and a leaking engine raise the alarm, honest rows do not (`scripts/bench/report_truth.py` in long)."""

from __future__ import annotations

import pytest

from appliance.data_plane.quality import JudgeOptions
from scripts.bench.report_truth import judged

OPTIONS = JudgeOptions(discriminator=False, utility=False)


@pytest.mark.parametrize(("case", "alarm"), [("copied", True), ("leaking", True), ("fresh", False), ("engine", False)])
@pytest.mark.parametrize("seed", [70, 72])
def test_the_alarm_is_raised_where_rows_come_through_and_only_there(case, alarm, seed):
    raised, failed = judged(case, 1500, seed, OPTIONS)
    assert raised is alarm
    assert bool(failed) is alarm
