"""Shares of a target and constraints from the configuration to the file, in a training and in a run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from test_models_tabular import make_context, rows_of, unpack, write_people

from appliance.contract.job import Kind
from appliance.data_plane.models import tabular
from appliance.errors import DataRefused


def test_a_training_and_a_run_keep_the_wanted_shares_and_the_constraints(tmp_path: Path) -> None:
    people = write_people(tmp_path / "people.csv", 600)
    own = {
        "target": {"column": "plan", "shares": {"gold": 0.25, "basic": 0.75}},
        "constraints": [{"type": "range", "column": "age", "low": 30, "high": 60}, {"type": "combinations", "columns": ["city", "plan"]}],
        "bounds": {"joined": ["2012-01-01", "2022-12-31"]},
    }
    training = make_context(tmp_path / "train", Kind.TRAIN, {"data_source": people}, appliance=own, generate={"num_records": 400})
    tabular.train(training)
    made = rows_of(unpack(training, "data_preview.gz"))
    counts = Counter(row["plan"] for row in made)
    assert len(made) == 400
    assert abs(counts["gold"] - 100) <= 2
    assert all(30 <= int(row["age"]) <= 60 and "2012" <= row["joined"][:4] <= "2022" for row in made)
    log = "".join(path.read_text("utf-8") for path in (tmp_path / "train").glob("events.jsonl"))
    assert "constraint 0 (range)" in log
    assert "has the shares that were asked for" in log

    archive = training.directory.artifacts / "model.tar.gz"
    params = {"num_records": 200, "appliance": {"target": {"column": "plan", "shares": {"gold": 1}}}}
    running = make_context(tmp_path / "run", Kind.RUN, {"model": archive}, params=params, appliance=own)
    tabular.run(running)
    assert Counter(row["plan"] for row in rows_of(unpack(running, "data.gz"))) == {"gold": 200}
    assert json.loads(unpack(running, "run_report_json.json.gz"))["target"] == params["appliance"]["target"]

    (tmp_path / "seeds.csv").write_text("plan\ngold\nbasic\n", "utf-8")
    both = make_context(
        tmp_path / "both",
        Kind.RUN,
        {"model": archive, "data_source": tmp_path / "seeds.csv"},
        params=params | {"num_records": None},
        appliance=own,
    )
    with pytest.raises(DataRefused, match="do not go together"):
        tabular.run(both)
