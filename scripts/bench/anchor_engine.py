"""Runs one rival engine in an environment of its own: fit on a Parquet file, sample as many rows, write both the rows and what it cost.

    PYTHON anchor_engine.py argn|mst TRAIN.parquet OUT.parquet OUT.json

Knows nothing of the appliance, so that the rival's environment holds the rival alone."""

from __future__ import annotations

import json
import resource
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = {"argn": "mostlyai-engine", "mst": "smartnoise-synth"}
MINUTES = 60.0
"""TabularARGN stops by itself when its validation loss no longer falls; the limit is for a machine that stands still."""


def cpu_seconds() -> float:
    """User and system seconds of this process and its children."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def fit_argn(frame: Any) -> Any:
    """TabularARGN with its defaults; a function of the number of rows."""
    from mostlyai.engine import TabularARGN

    model = TabularARGN(max_training_time=MINUTES, verbose=0)
    model.fit(frame)
    return lambda rows: model.sample(n_samples=rows)


def fit_mst(frame: Any) -> Any:
    """MST at epsilon 1, a tenth of it for the domain; a function of the number of rows."""
    from snsynth import Synthesizer

    texts = [name for name in frame.columns if frame[name].dtype == object]
    numbers = [name for name in frame.columns if name not in texts]
    full = frame.copy()
    for name in texts:
        full[name] = full[name].fillna("(none)")
    for name in numbers:
        full[name] = full[name].fillna(full[name].median())
    model = Synthesizer.create("mst", epsilon=1.0, verbose=False)
    model.fit(full, preprocessor_eps=0.1, categorical_columns=texts, continuous_columns=numbers)
    return lambda rows: model.sample(rows).replace("(none)", None)


def main() -> None:
    """Fit, sample, write."""
    name, train, out, account = sys.argv[1:5]
    import pandas as pd

    frame = pd.read_parquet(train)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            texts = frame[column].astype(object)
            frame[column] = texts.where(texts.notna(), None)
    began = cpu_seconds()
    sample = {"argn": fit_argn, "mst": fit_mst}[name](frame)
    fitted = cpu_seconds()
    made = sample(len(frame)).reset_index(drop=True)
    done = cpu_seconds()
    _like(made, frame, pd).to_parquet(out, index=False)
    costs = {"fit_cpu": fitted - began, "sample_cpu": done - fitted, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    Path(account).write_text(json.dumps({"engine": name, "version": version(PACKAGES[name]), **costs}))


def _like(made: Any, frame: Any, pd: Any) -> Any:
    """The rival's rows with the two kinds of column that the measures know: numbers and texts."""
    columns = {}
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]):
            values = pd.to_numeric(made[name], errors="coerce").astype("float64")
            whole = pd.api.types.is_integer_dtype(frame[name])
            columns[name] = values.round().fillna(values.median()).astype("int64") if whole else values
        else:
            texts = made[name].astype(object)
            columns[name] = texts.where(texts.notna(), None).map(lambda value: None if value is None else str(value))
    return pd.DataFrame(columns)


if __name__ == "__main__":
    main()
