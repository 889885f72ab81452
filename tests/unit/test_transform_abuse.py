"""Hostile cells, rules and archives: a transform ends in a sentence or goes on, holds little memory, and names no value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from passing_jobs import Job

from appliance.data_plane.transform.values.masks import partial_mask
from appliance.errors import DataRefused

HALF = '{"a":"\\ud800q","n":1}\n{"a":"b","n":2}\n'


def transform(folder: Path, content: str, value: str, *, name: str = "in.csv", **more: Any) -> Job:
    """A job with one rule on column `a`."""
    rule = {"name": "a", "value": value, **{key: more.pop(key) for key in ("condition", "foreach", "fallback_value") if key in more}}
    step: dict[str, Any] = {"vars": more.pop("variables", {}), "rows": {"update": [rule]}}
    section = {"data_source": "x", "globals": {"classify": {"enable": False}}, "steps": [step], "appliance": more}
    source = folder / name
    source.write_text(content, "utf-8")
    return Job(folder / "run", source, {"schema_version": "1.0", "name": "abuse", "models": [{"transform_v2": section}]})


@pytest.mark.parametrize(
    ("value", "made"), [("this ~ 'x'", "\ufffdqx"), ("this | upper", "\ufffdQ"), ("this | fake_entities", "\ufffdq"), ("row.n", "1")]
)
def test_half_a_character_in_json_is_shown_as_the_replacement_character(tmp_path: Path, value: str, made: str) -> None:
    job = transform(tmp_path, HALF, value, name="in.jsonl").perform()
    assert job.text("data_preview").splitlines()[1] == f"{made},1"


def test_half_a_character_in_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="half of a surrogate pair"):
        transform(tmp_path, HALF.replace('"n"', '"\\udfffn"'), "this", name="in.jsonl").perform()


def test_a_mask_that_keeps_a_thousand_million_characters_is_made_at_once() -> None:
    assert partial_mask(["hello", ""], 10**10, "X", 4) == ["heXlo", "X"]
    assert partial_mask(["hello"], 10**10, "X", 1) == ["helXo"]
    assert partial_mask(["hello"], 1, "X", 10**10) == ["hXllo"]
