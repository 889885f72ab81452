"""A `transform_v2` configuration run over a file in this process, as a job runs it, with the columns' entities given."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance.configurations import normalise
from appliance.data_plane.detection.sampling import sample_file
from appliance.data_plane.transform.account import TransformAccount
from appliance.data_plane.transform.passage import Batching, Passage
from appliance.data_plane.transform.plan import TransformPlan, make_plan
from appliance.data_plane.transform.stream import transform_file
from appliance.data_plane.transform.values.keys import ValueKey

SEED = 7


def section_of(steps: Sequence[Mapping[str, Any]], **appliance: Any) -> dict[str, Any]:
    """The filled-in section of a configuration with these steps."""
    given = {"data_source": "_", "globals": {"seed": SEED, "locales": ["en_US"]}, "steps": list(steps), "appliance": appliance}
    return normalise({"schema_version": "1.0", "name": "bench", "models": [{"transform_v2": given}]}).section


def plan_of(path: Path, section: dict[str, Any], entities: Mapping[str, str | None]) -> TransformPlan:
    """The plan of a section for the columns of a file."""
    return make_plan(section, sample_file(path, SEED).schema, entities)


def change(plan: TransformPlan, source: Path, sink: Path, rows: int | None = None) -> TransformAccount:
    """Run a plan from file to file, `rows` at a time where it is said; the key is made from the seed."""
    return transform_file(plan, Passage(source, sink, ValueKey.derive(SEED), time.monotonic, batching=Batching(rows=rows)))
