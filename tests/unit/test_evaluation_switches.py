"""What an evaluation leaves out when told to, and what it does when a table turns out to be unreadable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from appliance.errors import DataRefused
from tests.unit.test_evaluation_jobs import evaluate, files, make_context

SCORES = ("data_privacy_score", "membership_inference_protection_score", "attribute_inference_protection_score")


@pytest.mark.parametrize(
    ("switches", "measured"),
    [({"skip": True}, ()), ({"skip_mia": True}, (0, 2)), ({"skip_aia": True}, (0, 1))],
)
def test_attacks_are_left_out_as_configured(tmp_path: Path, switches: dict[str, Any], measured: tuple[int, ...]) -> None:
    report = evaluate(make_context(tmp_path / "run", files(tmp_path, rows=60), privacy_metrics=switches))
    found = {name: report[name] for name in SCORES}
    assert {name for name, score in found.items() if score["score"] is not None} == {SCORES[place] for place in measured}
    assert all(
        "eft out" in score["notes"] or "leaves the attacks out" in score["notes"] for score in found.values() if score["score"] is None
    )
    assert report["synthetic_data_quality_score"]["score"] is not None


@pytest.mark.parametrize("role", ["data_source", "ref_data.0", "ref_data.1"])
@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b'a,b\n1,2\n3,"4\n'])
def test_a_table_that_cannot_be_read_ends_the_job_without_an_artifact(tmp_path: Path, role: str, content: bytes) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(content)
    context = make_context(tmp_path / "run", files(tmp_path, rows=40) | {role: broken})
    with pytest.raises(DataRefused):
        evaluate(context)
    assert not context.artifacts


def test_columns_can_be_dropped_from_all_tables(tmp_path: Path) -> None:
    report = evaluate(make_context(tmp_path / "run", files(tmp_path, rows=60), appliance={"drop_columns": ["note", "id"]}))
    assert {field["name"] for field in report["fields"]} == {"age", "town", "income", "plan"}
